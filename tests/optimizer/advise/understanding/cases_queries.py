"""More of what is in `cases`: joins, subqueries, CTEs, set operations, windows, views and writes.

The tables are those of the company, and a few that `MORE_TABLES` makes.
"""

from __future__ import annotations

MORE_TABLES = """
CREATE SCHEMA other;
CREATE TABLE other.products (code integer, sku text);
CREATE TABLE "Mixed Names" (id integer, "CamelCase" text, "Select" integer);
CREATE VIEW cheap AS
    SELECT id, price AS dearest, supplier_id FROM active_products WHERE price < 5;
CREATE VIEW all_products AS
    SELECT * FROM active_products UNION ALL SELECT * FROM products WHERE NOT is_active;
CREATE MATERIALIZED VIEW totals AS SELECT supplier_id, count(*) AS n FROM products GROUP BY 1;
"""

QUERY_CASES = """
SELECT a.id FROM (products a JOIN suppliers b USING (id)) JOIN notifications n ON n.user_id = a.id
    products: id join; reads id
    suppliers: id join; reads id
    notifications: user_id join; reads user_id
SELECT products.id FROM products JOIN suppliers USING (id) JOIN notifications USING (id) WHERE suppliers.name = $1
    products: id join; reads id
    suppliers: name=; id join; reads id, name
    notifications: id join; reads id
SELECT p.sku FROM products p JOIN suppliers s ON s.id = p.supplier_id JOIN import_jobs j USING (supplier_id)
    products: supplier_id join; reads sku, supplier_id
    suppliers: id join; reads id
    import_jobs: supplier_id join; reads supplier_id
SELECT id FROM products NATURAL JOIN suppliers
    products: id join; reads id
    suppliers: id join; reads id
SELECT sku FROM products NATURAL JOIN import_jobs
    products: id join; supplier_id join; created_at join; reads created_at, id, sku, supplier_id
    import_jobs: id join; supplier_id join; created_at join; reads created_at, id, supplier_id
SELECT s.id FROM suppliers s, LATERAL (SELECT id FROM products p WHERE p.supplier_id = s.id AND p.is_active ORDER BY price LIMIT $1) x
    suppliers: id join; reads id
    products: supplier_id join; is_active=; is_active true; order price limit; reads is_active, price, supplier_id
SELECT p.id FROM products p FULL JOIN suppliers s ON s.id = p.supplier_id WHERE p.stock = $1
    products: supplier_id join; stock=; reads id, stock, supplier_id
    suppliers: id join; reads id
SELECT p.id FROM products p JOIN (VALUES (1, 'a'), (2, 'b')) AS v (id, code) ON v.id = p.id
    products: id=; reads id
SELECT p.id FROM (products p JOIN suppliers s ON s.id = p.supplier_id) LEFT JOIN import_jobs j ON j.supplier_id = s.id AND j.status = $1
    products: supplier_id join; reads id, supplier_id
    suppliers: id join; reads id
    import_jobs: supplier_id join; status=; reads status, supplier_id
SELECT supplier_id, stock, sum(price) FROM products GROUP BY ROLLUP (supplier_id, stock)
    products: group supplier_id, stock; reads price, stock, supplier_id
SELECT supplier_id, stock, sum(price) FROM products GROUP BY GROUPING SETS ((supplier_id), (stock))
    products: reads price, stock, supplier_id
SELECT supplier_id, count(*) FROM products GROUP BY supplier_id HAVING supplier_id > $1 AND count(*) > 5
    products: supplier_id range; group supplier_id; reads supplier_id
SELECT supplier_id, sku FROM products GROUP BY supplier_id, sku ORDER BY sku DESC, supplier_id
    products: also order sku desc, supplier_id; group supplier_id, sku; reads sku, supplier_id
SELECT supplier_id, max(price) FROM products GROUP BY supplier_id ORDER BY max(price)
    products: group supplier_id; reads price, supplier_id
SELECT upper(sku), count(*) FROM products GROUP BY upper(sku)
    products: group upper(sku); reads sku
SELECT DISTINCT supplier_id, sku FROM products ORDER BY sku
    products: also order sku, supplier_id; group supplier_id, sku; reads sku, supplier_id
SELECT DISTINCT ON (supplier_id, sku) id FROM products
    products: order supplier_id, sku; reads id, sku, supplier_id
SELECT count(*) FILTER (WHERE stock > $1) FROM products WHERE supplier_id = $2
    products: supplier_id=; reads stock, supplier_id
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY price) FROM products
    products: reads price
SELECT string_agg(sku, ',' ORDER BY title) FROM products GROUP BY supplier_id
    products: group supplier_id; reads sku, supplier_id, title
SELECT lag(price) OVER w, sum(stock) OVER (PARTITION BY supplier_id) FROM products WINDOW w AS (PARTITION BY sku ORDER BY created_at DESC NULLS LAST)
    products: also order supplier_id; also order sku, created_at desc nulls last; reads created_at, price, sku, stock, supplier_id
SELECT id, rank() OVER (ORDER BY price DESC) FROM products WHERE supplier_id = $1 ORDER BY id
    products: supplier_id=; order id; also order price desc; reads id, price, supplier_id
SELECT * FROM (SELECT id, row_number() OVER (PARTITION BY supplier_id ORDER BY created_at) AS n FROM import_jobs) AS numbered WHERE n <= $1
    import_jobs: also order supplier_id, created_at; reads created_at, id, supplier_id
SELECT id, sku FROM products WHERE stock = $1 UNION ALL SELECT id, name FROM suppliers ORDER BY sku LIMIT $2
    products: stock=; order sku limit; reads id, sku, stock
    suppliers: order name limit; reads id, name
SELECT id AS a, sku AS b FROM products UNION ALL SELECT id, file_name FROM import_jobs ORDER BY 1 DESC, b LIMIT 5
    products: order id desc, sku limit; reads id, sku
    import_jobs: order id desc, file_name limit; reads file_name, id
SELECT id FROM products UNION SELECT id FROM import_jobs ORDER BY id
    products: reads id
    import_jobs: reads id
(SELECT id FROM products ORDER BY id LIMIT $1) UNION ALL (SELECT id FROM import_jobs ORDER BY created_at LIMIT $2)
    products: order id limit; reads id
    import_jobs: order created_at limit; reads created_at, id
SELECT id FROM products INTERSECT SELECT id FROM import_jobs WHERE status = $1
    products: reads id
    import_jobs: status=; reads id, status
SELECT id FROM products EXCEPT SELECT id FROM import_jobs WHERE status = 'failed'
    products: reads id
    import_jobs: status=; status value failed; reads id, status
SELECT id FROM (SELECT id, sku, title FROM products UNION ALL SELECT id, name, country FROM suppliers) AS both_of_them
    products: reads id
    suppliers: reads id
WITH x AS (UPDATE products SET stock = $1 WHERE sku = $2 RETURNING id, supplier_id) SELECT s.name FROM x JOIN suppliers s ON s.id = x.supplier_id
    suppliers: id join; reads id, name
    products: supplier_id join; sku=; reads *
WITH moved AS (DELETE FROM import_jobs WHERE created_at < $1 RETURNING *) INSERT INTO import_jobs SELECT * FROM moved
    import_jobs: created_at range; reads *
WITH active AS MATERIALIZED (SELECT * FROM products WHERE is_active) SELECT count(*) FROM active a JOIN active b ON a.sku = b.title
    products: is_active=; is_active true; reads is_active, sku, title
WITH RECURSIVE t (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT p.id FROM t JOIN products p ON p.id = t.n
    products: id=; reads id
SELECT id FROM products WHERE id IN (WITH a AS (SELECT supplier_id FROM import_jobs WHERE status = $1) SELECT supplier_id FROM a)
    products: id join; reads id
    import_jobs: supplier_id join; status=; reads status, supplier_id
SELECT dearest FROM cheap WHERE supplier_id = $1
    products: supplier_id=; price range; is_active=; is_active true; reads is_active, price, supplier_id
SELECT n FROM totals WHERE supplier_id = $1
    totals: supplier_id=; reads n, supplier_id
SELECT id FROM all_products WHERE sku = $1
    products: sku=; is_active=; is_active true; reads id, is_active, sku
    products: sku=; is_active=; is_active false; reads id, is_active, sku
SELECT id FROM import_logs WHERE job_id = $1 AND created_at >= $2 ORDER BY created_at
    import_logs: job_id=; created_at range; order created_at; reads created_at, id, job_id
SELECT id FROM import_logs_2025_01 WHERE job_id = $1
    import_logs_2025_01: job_id=; reads id, job_id
SELECT b FROM products AS p (a, b) WHERE a = $1
    products: id=; reads id, supplier_id
SELECT p FROM products AS p (a, b) WHERE a = $1
    products: id=; reads *
SELECT * FROM products AS p (a, b) WHERE b = $1
    products: supplier_id=; reads *
SELECT p.sku FROM products AS p (id, owner) JOIN suppliers s ON s.id = p.owner
    products: supplier_id join; reads sku, supplier_id
    suppliers: id join; reads id
SELECT public.products.sku, other.products.sku FROM public.products, other.products WHERE other.products.code = $1
    products: reads sku
    products: code=; reads code, sku
SELECT a.sku, b.sku FROM public.products a JOIN other.products b ON a.sku = b.sku
    products: sku join; reads sku
    products: sku join; reads sku
SELECT "CamelCase" FROM "Mixed Names" WHERE "Mixed Names"."CamelCase" = $1 ORDER BY "Select"
    Mixed Names: CamelCase=; order Select; reads CamelCase, Select
SELECT x.a FROM (SELECT lower(sku) AS a FROM products) AS x WHERE x.a = $1
    products: lower(sku)=; reads sku
SELECT day, count(*) FROM (SELECT (created_at AT TIME ZONE 'UTC')::date AS day FROM products) AS days GROUP BY day
    products: group CAST(timezone('UTC', created_at) AS date); reads created_at
SELECT (SELECT name FROM suppliers s WHERE s.id = p.supplier_id) FROM products p ORDER BY (SELECT 1), p.title
    products: supplier_id join; reads supplier_id, title
    suppliers: id join; reads id, name
SELECT id FROM products p WHERE p.stock = (SELECT max(stock) FROM products q WHERE q.supplier_id = p.supplier_id)
    products: stock=; supplier_id join; reads id, stock, supplier_id
    products: supplier_id join; order stock desc limit; reads stock, supplier_id
SELECT id FROM products WHERE price > ALL (SELECT price FROM products WHERE supplier_id = $1)
    products: reads id, price
    products: supplier_id=; reads price, supplier_id
SELECT id FROM products WHERE price > (SELECT avg(price) FROM products) AND supplier_id = ANY (SELECT id FROM suppliers)
    products: price range; supplier_id join; reads id, price, supplier_id
    suppliers: id join; reads id
    products: reads price
SELECT id FROM products WHERE (supplier_id, sku) IN (SELECT supplier_id, file_name FROM import_jobs)
    products: supplier_id join; sku join; reads id, sku, supplier_id
    import_jobs: supplier_id join; file_name join; reads file_name, supplier_id
SELECT s.id FROM suppliers s WHERE EXISTS (SELECT FROM products p JOIN import_jobs j USING (supplier_id) WHERE p.supplier_id = s.id AND j.status = 'failed')
    suppliers: id join; reads id
    products: supplier_id join; reads supplier_id
    import_jobs: status=; supplier_id join; status value failed; reads status, supplier_id
SELECT s.id FROM suppliers s WHERE EXISTS (SELECT * FROM products p WHERE p.supplier_id = s.id AND p.stock < p.price)
    suppliers: id join; reads id
    products: supplier_id join; reads price, stock, supplier_id
SELECT s.id FROM suppliers s WHERE NOT EXISTS (SELECT p.* FROM products p WHERE p.supplier_id = s.id)
    suppliers: id join; reads id
    products: supplier_id join; reads supplier_id
SELECT s.id FROM suppliers s WHERE EXISTS (SELECT * FROM products p WHERE p.supplier_id = s.id FOR UPDATE)
    suppliers: id join; reads id
    products: supplier_id join; reads *
SELECT s.id, ARRAY(SELECT p.sku FROM products p WHERE p.supplier_id = s.id ORDER BY p.sku) FROM suppliers s
    suppliers: id join; reads id
    products: supplier_id join; order sku; reads sku, supplier_id
SELECT t.id FROM ROWS FROM (generate_series(1, 2), generate_series(1, 3)) AS t (id, b) JOIN products p ON p.id = t.id
    products: id=; reads id
INSERT INTO notifications (user_id, body, is_read, created_at) VALUES ($1, (SELECT title FROM products WHERE id = $2), false, now())
    products: id=; reads id, title
INSERT INTO suppliers (name, country) SELECT sku, title FROM products ON CONFLICT (id) DO UPDATE SET name = excluded.name WHERE suppliers.country = $1
    products: reads sku, title
UPDATE products SET stock = 0 FROM suppliers s JOIN import_jobs j ON j.supplier_id = s.id WHERE products.supplier_id = s.id AND j.status = $1
    products: supplier_id join; reads *
    suppliers: id join; reads id
    import_jobs: supplier_id join; status=; reads status, supplier_id
MERGE INTO products p USING (SELECT supplier_id, max(created_at) AS seen FROM import_jobs GROUP BY 1) j ON j.supplier_id = p.supplier_id WHEN MATCHED AND p.stock = 0 THEN DELETE WHEN NOT MATCHED THEN DO NOTHING
    products: supplier_id join; reads *
    import_jobs: supplier_id join; group supplier_id; reads created_at, supplier_id
"""
