-- What the suppliers of one country offer, by category: how much of it and at what prices.
SELECT suppliers.name AS supplier,
       categories.path AS category,
       count(*) AS products,
       count(*) FILTER (WHERE products.stock = 0) AS sold_out,
       round(avg(products.price), 2) AS average_price,
       sum(products.price * products.stock) AS value
  FROM products
  JOIN suppliers ON suppliers.id = products.supplier_id
  JOIN categories ON categories.id = products.category_id
 WHERE products.is_active
   AND suppliers.country = %(country)s
 GROUP BY suppliers.name, categories.path
 ORDER BY value DESC
 LIMIT 100
