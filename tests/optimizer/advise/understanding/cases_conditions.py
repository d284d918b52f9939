"""More of what is in `cases`: what conditions ask, literals and expressions among them."""

from __future__ import annotations

CONDITION_CASES = """
SELECT id FROM products WHERE (supplier_id, stock) < ($1, $2)
    products: supplier_id range; reads id, stock, supplier_id
SELECT id FROM products WHERE supplier_id = ANY (ARRAY[$1, $2]::bigint[])
    products: supplier_id in; reads id, supplier_id
SELECT id FROM products WHERE supplier_id = ANY (ARRAY[1, 2])
    products: supplier_id in; supplier_id values 1 2; reads id, supplier_id
SELECT id FROM products WHERE supplier_id = ANY ('{1,2}'::bigint[])
    products: supplier_id in; reads id, supplier_id
SELECT id FROM products WHERE price BETWEEN SYMMETRIC $1 AND $2
    products: price range; reads id, price
SELECT id FROM products WHERE sku IS NOT DISTINCT FROM NULL
    products: sku=; sku null; reads id, sku
SELECT id FROM products WHERE price IS DISTINCT FROM NULL
    products: price not null; reads id, price
SELECT id FROM products WHERE sku ^@ $1
    products: sku like; reads id, sku
SELECT id FROM products WHERE starts_with(sku, 'abc')
    products: sku like; reads id, sku
SELECT id FROM products WHERE sku ~ '^abc'
    products: sku like; reads id, sku
SELECT id FROM products WHERE sku ~* '^abc'
    products: sku substring; reads id, sku
SELECT id FROM products WHERE NOT (stock > $1)
    products: stock range; reads id, stock
SELECT id FROM products WHERE NOT (stock <> $1)
    products: stock=; reads id, stock
SELECT id FROM products WHERE NOT (stock = $1)
    products: reads id, stock
SELECT id FROM products WHERE NOT (sku LIKE 'a%' OR stock > $1)
    products: stock range; reads id, sku, stock
SELECT p.id FROM products p JOIN import_jobs j ON j.supplier_id = p.supplier_id WHERE p.supplier_id = $1
    products: supplier_id join; supplier_id=; reads id, supplier_id
    import_jobs: supplier_id join; supplier_id=; reads supplier_id
SELECT p.id FROM products p JOIN import_jobs j ON j.supplier_id = p.supplier_id JOIN suppliers s ON s.id = j.supplier_id WHERE s.id = 5
    products: supplier_id join; supplier_id=; supplier_id value 5; reads id, supplier_id
    import_jobs: supplier_id join; supplier_id=; supplier_id value 5; reads supplier_id
    suppliers: id join; id=; id value 5; reads id
SELECT p.id FROM products p, import_jobs j WHERE p.sku = j.file_name AND j.file_name = 'a.csv'
    products: sku join; sku=; reads id, sku
    import_jobs: file_name join; file_name=; file_name value a.csv; reads file_name
SELECT p.id FROM products p JOIN suppliers s USING (id) WHERE s.id = $1
    products: id join; id=; reads id
    suppliers: id=; id join; reads id
SELECT id FROM products WHERE id = $1 AND id = supplier_id
    products: id=; supplier_id=; reads id, supplier_id
SELECT sum(p.price) FROM products p, import_jobs j WHERE (p.supplier_id = j.supplier_id AND p.stock > 5 AND j.status = 'a') OR (p.supplier_id = j.supplier_id AND p.stock < 2 AND j.status = 'b')
    products: supplier_id join; or supplier_id join and stock range; or supplier_id join and stock range; reads price, stock, supplier_id
    import_jobs: supplier_id join; or supplier_id join and status=; or supplier_id join and status=; reads status, supplier_id
SELECT id FROM products WHERE sku = $1 OR sku = $2
    products: or sku=; or sku=; reads id, sku
SELECT id FROM products WHERE (sku = $1 AND is_active) OR (title = $2 AND is_active)
    products: is_active=; is_active true; or sku= and is_active=; or title= and is_active=; reads id, is_active, sku, title
SELECT id FROM import_jobs WHERE status = 'failed'
    import_jobs: status=; status value failed; reads id, status
SELECT id FROM import_jobs WHERE 'failed' = status
    import_jobs: status=; status value failed; reads id, status
SELECT id FROM import_jobs WHERE status::text = 'it''s'::text
    import_jobs: status=; status value it's; reads id, status
SELECT id FROM import_jobs WHERE status IN ('pending', 'failed', 'pending')
    import_jobs: status in; status values failed pending; reads id, status
SELECT id FROM import_jobs WHERE status IN ('failed', $1)
    import_jobs: status in; reads id, status
SELECT id FROM import_jobs WHERE supplier_id = -5
    import_jobs: supplier_id=; supplier_id value -5; reads id, supplier_id
SELECT id FROM products WHERE price = 5
    products: price=; reads id, price
SELECT id FROM products WHERE stock IN (1, 2.5)
    products: stock in; reads id, stock
SELECT id FROM products WHERE sku COLLATE "C" = $1
    products: reads id, sku
SELECT id FROM products WHERE sku = $1 COLLATE "C"
    products: sku=; reads id, sku
SELECT id FROM products WHERE lower(sku) = lower($1)
    products: lower(sku)=; reads id, sku
SELECT id FROM products WHERE lower(sku) IN ('a', 'b') AND upper(title) LIKE 'LAMP%'
    products: lower(sku) in; upper(title) like; reads id, sku, title
SELECT id FROM products WHERE lower(title || sku) > $1 ORDER BY lower(title || sku)
    products: lower(title || sku) range; order lower(title || sku); reads id, sku, title
SELECT id FROM products WHERE stock * price BETWEEN $1 AND $2
    products: stock * price range; reads id, price, stock
SELECT id FROM products WHERE -stock < $1
    products: - stock range; reads id, stock
SELECT id FROM products WHERE coalesce(price, 0) = $1
    products: COALESCE(price, 0)=; reads id, price
SELECT id FROM products WHERE (attributes ->> 'size')::int > $1
    products: CAST(attributes ->> 'size' AS integer) range; reads attributes, id
SELECT id FROM products WHERE attributes -> 'a' ->> 'b' = $1
    products: attributes -> 'a' ->> 'b'=; reads attributes, id
SELECT id FROM products WHERE attributes #>> '{a,b}' = $1
    products: attributes #>> '{a,b}'=; reads attributes, id
SELECT id FROM products WHERE attributes ? $1 AND attributes @> $2
    products: attributes keys; attributes contains; reads attributes, id
SELECT id FROM products WHERE created_at::date = $1
    products: reads created_at, id
SELECT id FROM products WHERE date_trunc('month', created_at) = $1
    products: reads created_at, id
SELECT id FROM products WHERE EXTRACT(year FROM created_at AT TIME ZONE 'UTC') = $1
    products: "extract"('year', timezone('UTC', created_at))=; reads created_at, id
SELECT id FROM products WHERE (created_at AT TIME ZONE 'UTC')::date >= $1
    products: CAST(timezone('UTC', created_at) AS date) range; reads created_at, id
SELECT p.id FROM products p JOIN suppliers s ON lower(s.name) = lower(p.title)
    products: lower(title) join; reads id, title
    suppliers: lower(name) join; reads name
SELECT p.id FROM products p JOIN suppliers s ON s.name = p.title || p.sku
    products: title || sku join; reads id, sku, title
    suppliers: name join; reads name
SELECT max(lower(sku)) FROM products
    products: order lower(sku) desc limit; reads sku
SELECT id FROM products WHERE (stock > 5) = true
    products: reads id, stock
SELECT id FROM products WHERE (stock > 5 AND is_active) IS TRUE
    products: reads id, is_active, stock
SELECT id FROM products WHERE is_active IS UNKNOWN
    products: is_active=; is_active null; reads id, is_active
SELECT id FROM products WHERE is_active IN (true)
    products: is_active in; reads id, is_active
SELECT id FROM products p WHERE p IS NOT NULL
    products: reads *
SELECT id FROM products WHERE random() < $1
    products: reads id
"""
