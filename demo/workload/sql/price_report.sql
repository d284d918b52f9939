-- How many prices each supplier changed since a moment, and how far they are from the present ones.
SELECT suppliers.name AS supplier,
       count(*) AS changes,
       count(DISTINCT price_history.product_id) AS products,
       round(avg(products.price - price_history.price), 2) AS average_difference
  FROM price_history
  JOIN products ON products.id = price_history.product_id
  JOIN suppliers ON suppliers.id = products.supplier_id
 WHERE price_history.recorded_at >= %(since)s
 GROUP BY suppliers.name
 ORDER BY changes DESC
