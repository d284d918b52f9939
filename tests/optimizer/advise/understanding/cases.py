"""Statements as pg_stat_statements keeps them; indented below each, what it asks of its tables.

`table: column=` one value, `in` a list, `range`, `like` a fixed beginning, `join`; then what no
parameter can change (`is_active true`, `status value failed`), what is searched for inside a value
(`substring`, `contains`, `keys`), the arms of an `or`, `order`, what `also order`s by a window or
its groups, `group`, and what is read (`*` for whole rows).
"""

from __future__ import annotations

PLAIN_SQL = """
SELECT * FROM products WHERE sku = $1
    products: sku=; reads *
SELECT * FROM products WHERE $1 = sku
    products: sku=; reads *
SELECT * FROM public.products WHERE public.products.sku = $1
    products: sku=; reads *
SELECT p.title FROM products AS p WHERE p.sku = $1 AND p.supplier_id = $2
    products: sku=; supplier_id=; reads sku, supplier_id, title
SELECT id FROM products WHERE supplier_id IN ($1, $2, $3)
    products: supplier_id in; reads id, supplier_id
SELECT id FROM products WHERE supplier_id = ANY ($1)
    products: supplier_id in; reads id, supplier_id
SELECT id FROM products WHERE supplier_id = ANY ($1::bigint[])
    products: supplier_id in; reads id, supplier_id
SELECT id FROM products WHERE supplier_id <> ALL ($1)
    products: reads id, supplier_id
SELECT id FROM products WHERE supplier_id NOT IN ($1, $2)
    products: reads id, supplier_id
SELECT id FROM products WHERE price > $1 AND price <= $2
    products: price range; reads id, price
SELECT id FROM products WHERE $1 < price
    products: price range; reads id, price
SELECT id FROM products WHERE price BETWEEN $1 AND $2
    products: price range; reads id, price
SELECT id FROM products WHERE price NOT BETWEEN $1 AND $2
    products: reads id, price
SELECT id FROM products WHERE created_at >= now() - interval $1
    products: created_at range; reads created_at, id
SELECT id FROM products WHERE created_at > CURRENT_DATE - $1::int
    products: created_at range; reads created_at, id
SELECT id FROM products WHERE title LIKE 'Lamp%'
    products: title like; reads id, title
SELECT id FROM products WHERE title LIKE '%Lamp%'
    products: title substring; reads id, title
SELECT id FROM products WHERE title LIKE $1
    products: title substring; reads id, title
SELECT id FROM products WHERE title::text LIKE $1
    products: title substring; reads id, title
SELECT id FROM products WHERE title NOT LIKE 'Lamp%'
    products: reads id, title
SELECT id FROM products WHERE title ILIKE 'lamp%'
    products: title substring; reads id, title
SELECT id FROM products WHERE is_active
    products: is_active=; is_active true; reads id, is_active
SELECT id FROM products WHERE NOT is_active
    products: is_active=; is_active false; reads id, is_active
SELECT id FROM products WHERE is_active = true AND stock = $1
    products: is_active=; stock=; is_active true; reads id, is_active, stock
SELECT id FROM products WHERE is_active IS TRUE
    products: is_active=; is_active true; reads id, is_active
SELECT id FROM products WHERE is_active IS NOT TRUE
    products: reads id, is_active
SELECT id FROM products WHERE is_active = $1
    products: is_active=; reads id, is_active
SELECT id FROM products WHERE NOT (NOT is_active)
    products: is_active=; is_active true; reads id, is_active
SELECT id FROM products WHERE NOT (is_active OR stock = $1)
    products: is_active=; is_active false; reads id, is_active, stock
SELECT id FROM products WHERE description IS NULL
    products: description=; description null; reads description, id
SELECT id FROM products WHERE description IS NOT NULL AND price IS NULL
    products: price=; description not null; price null; reads description, id, price
SELECT id FROM products WHERE NOT (price IS NULL)
    products: price not null; reads id, price
SELECT id FROM products WHERE sku = title
    products: reads id, sku, title
SELECT id FROM products WHERE sku = upper(title)
    products: reads id, sku, title
SELECT id FROM products WHERE upper(sku) = $1
    products: upper(sku)=; reads id, sku
SELECT id FROM products WHERE sku = upper($1)
    products: sku=; reads id, sku
SELECT id FROM products WHERE stock + $1 > $2
    products: reads id, stock
SELECT id FROM products WHERE stock::text = $1
    products: CAST(stock AS text)=; reads id, stock
SELECT id FROM products WHERE sku::text = $1
    products: sku=; reads id, sku
SELECT id FROM products WHERE sku = $1 OR title = $2
    products: or sku=; or title=; reads id, sku, title
SELECT id FROM products WHERE is_active AND (sku = $1 OR supplier_id = $2 AND price > $3)
    products: is_active=; is_active true; or sku=; or supplier_id= and price range; reads id, is_active, price, sku, supplier_id
SELECT id FROM products WHERE sku = $1 OR upper(title) = $2
    products: or sku=; or upper(title)=; reads id, sku, title
SELECT id FROM products WHERE (supplier_id, sku) = ($1, $2)
    products: supplier_id=; sku=; reads id, sku, supplier_id
SELECT id FROM products WHERE (supplier_id, sku) IN (($1, $2), ($3, $4))
    products: supplier_id in; sku in; reads id, sku, supplier_id
SELECT id FROM products WHERE (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC LIMIT $3
    products: created_at range; order created_at desc, id desc limit; reads created_at, id
SELECT id FROM products WHERE attributes @> $1
    products: attributes contains; reads attributes, id
SELECT id FROM products WHERE attributes ->> $1 = $2
    products: reads attributes, id
SELECT id FROM products WHERE sku IS NOT DISTINCT FROM $1
    products: reads id, sku
SELECT id FROM products WHERE CASE WHEN is_active THEN $1 ELSE $2 END = $3
    products: reads id, is_active
SELECT id FROM products ORDER BY created_at DESC LIMIT $1
    products: order created_at desc limit; reads created_at, id
SELECT id FROM products ORDER BY created_at DESC NULLS LAST, id LIMIT $1 OFFSET $2
    products: order created_at desc nulls last, id limit; reads created_at, id
SELECT id FROM products ORDER BY title
    products: order title; reads id, title
SELECT id FROM products ORDER BY upper(title), id
    products: order upper(title), id; reads id, title
SELECT id, created_at AS made FROM products ORDER BY made DESC
    products: order created_at desc; reads created_at, id
SELECT id, created_at FROM products ORDER BY 2 DESC, 1
    products: order created_at desc, id; reads created_at, id
SELECT id, created_at FROM products ORDER BY 3
    products: reads created_at, id
SELECT supplier_id, count(*) FROM products GROUP BY supplier_id
    products: group supplier_id; reads supplier_id
SELECT supplier_id, count(*) AS n FROM products WHERE is_active GROUP BY 1 ORDER BY n DESC LIMIT $1
    products: is_active=; is_active true; group supplier_id; reads is_active, supplier_id
SELECT DISTINCT supplier_id FROM products
    products: group supplier_id; reads supplier_id
SELECT DISTINCT ON (supplier_id) supplier_id, id FROM products ORDER BY supplier_id, created_at DESC
    products: order supplier_id, created_at desc; reads created_at, id, supplier_id
SELECT max(created_at) FROM products
    products: order created_at desc limit; reads created_at
SELECT min(price) FROM products WHERE supplier_id = $1
    products: supplier_id=; order price limit; reads price, supplier_id
SELECT count(*) FROM products
    products: reads nothing
SELECT count(*) FROM products WHERE supplier_id = $1
    products: supplier_id=; reads supplier_id
SELECT count(DISTINCT supplier_id) FROM products WHERE is_active
    products: is_active=; is_active true; reads is_active, supplier_id
SELECT sum(stock) FILTER (WHERE is_active) FROM products
    products: reads is_active, stock
SELECT row_number() OVER (PARTITION BY supplier_id ORDER BY created_at DESC) FROM products
    products: also order supplier_id, created_at desc; reads created_at, supplier_id
SELECT row_to_json(p) FROM products p WHERE id = $1
    products: id=; reads *
SELECT ctid, xmin FROM products WHERE id = $1
    products: id=; reads id
SELECT id FROM products WHERE id = $1 FOR UPDATE
    products: id=; reads *
SELECT id FROM products TABLESAMPLE SYSTEM ($1) WHERE stock = $2
    products: stock=; reads id, stock
SELECT id FROM ONLY products WHERE stock = $1
    products: stock=; reads id, stock
TABLE products
    products: reads *
UPDATE products SET stock = $1 WHERE sku = $2
    products: sku=; reads *
UPDATE products AS p SET stock = s.id FROM suppliers s WHERE s.id = p.supplier_id AND s.name = $1
    products: supplier_id join; reads *
    suppliers: id join; name=; reads id, name
UPDATE products SET (stock, price) = ($1, $2) WHERE id = $3 RETURNING id
    products: id=; reads *
DELETE FROM products WHERE created_at < $1
    products: created_at range; reads *
DELETE FROM products USING suppliers s WHERE s.id = products.supplier_id AND s.country = $1
    products: supplier_id join; reads *
    suppliers: id join; country=; reads country, id
INSERT INTO products (sku, stock) SELECT sku, stock FROM products WHERE supplier_id = $1
    products: supplier_id=; reads sku, stock, supplier_id
MERGE INTO products p USING suppliers s ON s.id = p.supplier_id WHEN MATCHED THEN UPDATE SET stock = $1
    products: supplier_id join; reads *
    suppliers: id join; reads id
SELECT p.id FROM products p JOIN suppliers s ON s.id = p.supplier_id WHERE s.country = $1
    products: supplier_id join; reads id, supplier_id
    suppliers: id join; country=; reads country, id
SELECT p.id FROM products p, suppliers s WHERE s.id = p.supplier_id AND s.country = $1
    products: supplier_id join; reads id, supplier_id
    suppliers: id join; country=; reads country, id
SELECT p.id FROM products p LEFT JOIN suppliers s ON s.id = p.supplier_id AND s.country = $1 WHERE p.is_active
    products: supplier_id join; is_active=; is_active true; reads id, is_active, supplier_id
    suppliers: id join; country=; reads country, id
SELECT id FROM products JOIN notifications USING (id)
    products: id join; reads id
    notifications: id join; reads id
SELECT p.id FROM products p RIGHT JOIN suppliers s ON p.supplier_id = s.id ORDER BY s.name, p.title
    products: supplier_id join; reads id, supplier_id, title
    suppliers: id join; order name; reads id, name
SELECT p.id FROM products p CROSS JOIN LATERAL (SELECT j.id FROM import_jobs j WHERE j.supplier_id = p.supplier_id ORDER BY j.created_at DESC LIMIT $1) AS last WHERE p.stock = $2
    products: stock=; supplier_id join; reads id, stock, supplier_id
    import_jobs: supplier_id join; order created_at desc limit; reads created_at, supplier_id
SELECT a.id FROM products a JOIN products b ON a.sku = b.sku AND a.id < b.id
    products: sku join; id range; reads id, sku
    products: sku join; id range; reads id, sku
SELECT id FROM products WHERE supplier_id IN (SELECT id FROM suppliers WHERE country = $1)
    products: supplier_id join; reads id, supplier_id
    suppliers: id join; country=; reads country, id
SELECT id FROM products WHERE supplier_id = (SELECT max(id) FROM suppliers WHERE name = $1)
    products: supplier_id=; reads id, supplier_id
    suppliers: name=; order id desc limit; reads id, name
SELECT id FROM products WHERE supplier_id NOT IN (SELECT id FROM suppliers WHERE country = $1)
    products: reads id, supplier_id
    suppliers: country=; reads country, id
SELECT s.id FROM suppliers s WHERE EXISTS (SELECT 1 FROM products p WHERE p.supplier_id = s.id AND p.stock = $1)
    suppliers: id join; reads id
    products: supplier_id join; stock=; reads stock, supplier_id
SELECT s.id FROM suppliers s WHERE NOT EXISTS (SELECT 1 FROM products p WHERE p.supplier_id = s.id)
    suppliers: id join; reads id
    products: supplier_id join; reads supplier_id
SELECT s.name, (SELECT max(created_at) FROM products p WHERE p.supplier_id = s.id) FROM suppliers s
    suppliers: id join; reads id, name
    products: supplier_id join; order created_at desc limit; reads created_at, supplier_id
SELECT x.sku FROM (SELECT sku, supplier_id AS owner FROM products WHERE is_active) AS x WHERE x.owner = $1
    products: supplier_id=; is_active=; is_active true; reads is_active, sku, supplier_id
SELECT b FROM (SELECT sku, supplier_id FROM products) AS x (a, b) WHERE a = $1
    products: sku=; reads sku, supplier_id
SELECT * FROM (SELECT * FROM products) AS x WHERE sku = $1
    products: sku=; reads attributes, created_at, description, id, is_active, price, sku, stock, supplier_id, title, updated_at
WITH recent AS (SELECT job_id, log_level FROM import_logs WHERE created_at > $1) SELECT * FROM recent WHERE job_id = $2
    import_logs: job_id=; created_at range; reads created_at, job_id, log_level
WITH a AS (SELECT id AS x FROM products), b (y) AS (SELECT x FROM a) SELECT y FROM b WHERE y = $1
    products: id=; reads id
WITH RECURSIVE t AS (SELECT id, supplier_id FROM products WHERE id = $1 UNION ALL SELECT p.id, p.supplier_id FROM products p JOIN t ON p.supplier_id = t.id) SELECT id FROM t
    products: id=; reads id, supplier_id
    products: supplier_id=; reads id, supplier_id
WITH gone AS (DELETE FROM notifications WHERE read_at < $1 RETURNING user_id) SELECT user_id FROM gone
    notifications: read_at range; reads *
WITH products AS (SELECT id FROM suppliers) SELECT id FROM products WHERE id = $1
    suppliers: id=; reads id
SELECT id FROM products WHERE sku = $1 UNION SELECT id FROM suppliers WHERE name = $2
    products: sku=; reads id, sku
    suppliers: name=; reads id, name
SELECT id FROM (SELECT id, sku AS code FROM products UNION ALL SELECT id, name FROM suppliers) AS u WHERE code = $1
    products: sku=; reads id, sku
    suppliers: name=; reads id, name
SELECT id FROM active_products WHERE supplier_id = $1
    products: supplier_id=; is_active=; is_active true; reads id, is_active, supplier_id
SELECT generate_series FROM generate_series($1, $2) JOIN products ON id = generate_series
    products: id=; reads id
SELECT "order", "Group" FROM "Odd Schema"."Odd.Table" WHERE "select" = $1 ORDER BY "order" DESC LIMIT $2
    Odd.Table: select=; order order desc limit; reads Group, order, select
"""

DJANGO = """
SELECT "products"."id", "products"."title" FROM "products" WHERE "products"."is_active" ORDER BY "products"."created_at" DESC LIMIT $1
    products: is_active=; is_active true; order created_at desc limit; reads created_at, id, is_active, title
SELECT COUNT(*) AS "__count" FROM "products" WHERE ("products"."is_active" AND "products"."supplier_id" = $1)
    products: is_active=; supplier_id=; is_active true; reads is_active, supplier_id
SELECT $1 AS "a" FROM "products" WHERE "products"."sku" = $2 LIMIT $3
    products: sku=; reads sku
SELECT "products"."id" FROM "products" WHERE UPPER("products"."title"::text) LIKE UPPER($1)
    products: upper(title) substring; reads id, title
SELECT "products"."id" FROM "products" WHERE "products"."sku"::text LIKE $1
    products: sku substring; reads id, sku
SELECT "products"."id" FROM "products" WHERE ("products"."attributes" -> $1) = ($2)::jsonb
    products: reads attributes, id
SELECT "products"."id" FROM "products" INNER JOIN "suppliers" ON ("products"."supplier_id" = "suppliers"."id") WHERE ("suppliers"."country" = $1 AND "products"."created_at" BETWEEN $2::timestamptz AND $3::timestamptz) ORDER BY "products"."created_at" ASC
    products: supplier_id join; created_at range; order created_at; reads created_at, id, supplier_id
    suppliers: id join; country=; reads country, id
SELECT "suppliers"."id", COUNT("products"."id") AS "n" FROM "suppliers" LEFT OUTER JOIN "products" ON ("suppliers"."id" = "products"."supplier_id") GROUP BY "suppliers"."id" ORDER BY "n" DESC
    suppliers: id join; group id; reads id
    products: supplier_id join; reads id, supplier_id
SELECT "suppliers"."id", (SELECT U0."created_at" FROM "import_jobs" U0 WHERE U0."supplier_id" = ("suppliers"."id") ORDER BY U0."created_at" DESC LIMIT $1) AS "last_job" FROM "suppliers"
    suppliers: id join; reads id
    import_jobs: supplier_id join; order created_at desc limit; reads created_at, supplier_id
SELECT "suppliers"."id" FROM "suppliers" WHERE EXISTS(SELECT $1 AS "a" FROM "products" U0 WHERE (U0."is_active" AND U0."supplier_id" = ("suppliers"."id")) LIMIT $2)
    suppliers: id join; reads id
    products: is_active=; supplier_id join; is_active true; reads is_active, supplier_id
SELECT "suppliers"."id" FROM "suppliers" WHERE "suppliers"."id" IN (SELECT U0."supplier_id" FROM "products" U0 WHERE NOT (U0."is_active"))
    suppliers: id join; reads id
    products: supplier_id join; is_active=; is_active false; reads is_active, supplier_id
SELECT "suppliers"."id" FROM "suppliers" WHERE NOT ("suppliers"."id" IN (SELECT U0."supplier_id" FROM "products" U0 WHERE U0."price" IS NULL))
    suppliers: reads id
    products: price=; price null; reads price, supplier_id
SELECT "notifications"."id" FROM "notifications" WHERE ("notifications"."read_at" IS NULL AND "notifications"."user_id" = $1) ORDER BY "notifications"."created_at" DESC LIMIT $2
    notifications: read_at=; user_id=; read_at null; order created_at desc limit; reads created_at, id, read_at, user_id
SELECT "notifications"."id" FROM "notifications" WHERE (NOT "notifications"."is_read" AND "notifications"."user_id" = $1)
    notifications: is_read=; user_id=; is_read false; reads id, is_read, user_id
SELECT "import_logs"."id" FROM "import_logs" WHERE ("import_logs"."job_id" = $1 AND "import_logs"."log_level" IN ($2, $3)) ORDER BY "import_logs"."created_at" DESC LIMIT $4
    import_logs: job_id=; log_level in; order created_at desc limit; reads created_at, id, job_id, log_level
SELECT "products"."id" FROM "products" WHERE ("products"."created_at" AT TIME ZONE $1)::date = $2
    products: reads created_at, id
SELECT DATE_TRUNC($1, "products"."created_at" AT TIME ZONE $2) AS "day", COUNT(*) FROM "products" GROUP BY 1
    products: reads created_at
SELECT DISTINCT "products"."supplier_id" FROM "products" WHERE "products"."supplier_id" IS NOT NULL
    products: supplier_id not null; group supplier_id; reads supplier_id
SELECT "products"."id" FROM "products" WHERE ("products"."id" > $1 AND "products"."is_active") ORDER BY "products"."id" ASC LIMIT $2
    products: id range; is_active=; is_active true; order id limit; reads id, is_active
UPDATE "products" SET "stock" = ("products"."stock" - $1), "updated_at" = $2::timestamptz WHERE "products"."id" = $3
    products: id=; reads *
UPDATE "products" SET "is_active" = $1 WHERE "products"."id" IN (SELECT U0."id" FROM "products" U0 INNER JOIN "suppliers" U1 ON (U0."supplier_id" = U1."id") WHERE U1."name" = $2)
    products: id join; reads *
    products: id join; supplier_id join; reads id, supplier_id
    suppliers: id join; name=; reads id, name
DELETE FROM "notifications" WHERE "notifications"."id" IN ($1, $2, $3)
    notifications: id in; reads *
"""
