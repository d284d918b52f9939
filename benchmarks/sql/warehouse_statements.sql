-- What analysts and shop managers ask of the warehouse: sixty statements, with the weight that each has.

-- name: revenue by region and month
SELECT s.region, c.year, c.month, sum(l.quantity * l.unit_price - l.discount) AS revenue
  FROM sale_line l
  JOIN store s ON s.store_id = l.store_id
  JOIN calendar c ON c.day_id = l.day_id
 WHERE c.year = 2023 AND c.quarter = 2
 GROUP BY s.region, c.year, c.month
 ORDER BY s.region, c.month;

-- name: one shop day by day
-- weight: 4
SELECT c.day, count(DISTINCT l.receipt_no) AS receipts, sum(l.quantity * l.unit_price) AS revenue
  FROM sale_line l
  JOIN calendar c USING (day_id)
 WHERE l.store_id = 42 AND c.day BETWEEN DATE '2024-03-01' AND DATE '2024-03-31'
 GROUP BY c.day
 ORDER BY c.day;

-- name: a receipt
-- weight: 12
SELECT l.sale_line_id, a.title, l.quantity, l.unit_price, l.discount
  FROM sale_line l
  JOIN article a ON a.article_id = l.article_id
 WHERE l.receipt_no = 18765
 ORDER BY l.sale_line_id;

-- name: latest purchases of a shopper
-- weight: 10
SELECT l.sold_at, a.title, l.quantity, l.unit_price
  FROM sale_line l
  JOIN article a ON a.article_id = l.article_id
 WHERE l.shopper_id = 1234
 ORDER BY l.sold_at DESC
 LIMIT 20;

-- name: best articles of a department
-- weight: 4
SELECT a.article_id, a.title, sum(l.quantity) AS sold
  FROM sale_line l
  JOIN article a ON a.article_id = l.article_id
 WHERE a.department = 'cycling' AND l.day_id BETWEEN 1400 AND 1460
 GROUP BY a.article_id, a.title
 ORDER BY sold DESC
 LIMIT 10;

-- name: best clerks of a region
SELECT k.clerk_id, k.name, sum(l.quantity * (l.unit_price - l.unit_cost)) AS margin
  FROM clerk k
  JOIN store s ON s.store_id = k.store_id
  JOIN sale_line l ON l.clerk_id = k.clerk_id
 WHERE s.region = 'islands' AND k.position = 'seller'
 GROUP BY k.clerk_id, k.name
 ORDER BY margin DESC
 LIMIT 15;

-- name: returns by brand
-- weight: 2
SELECT a.brand, count(*) AS returns, avg(l.returned_on - l.sold_at::date) AS days
  FROM sale_line l
  JOIN article a USING (article_id)
 WHERE l.status = 'returned' AND l.returned_on >= DATE '2024-06-01'
 GROUP BY a.brand
 HAVING count(*) > 5
 ORDER BY returns DESC;

-- name: disputes that are open
-- weight: 4
SELECT l.sale_line_id, l.sold_at, l.store_id, l.quantity * l.unit_price AS amount
  FROM sale_line l
 WHERE l.status = 'disputed'
 ORDER BY l.sold_at DESC
 LIMIT 50;

-- name: shoppers who never came back
SELECT h.shopper_id, h.name
  FROM shopper h
 WHERE h.joined_on BETWEEN DATE '2021-02-01' AND DATE '2021-02-14'
   AND NOT EXISTS (SELECT 1 FROM sale_line l WHERE l.shopper_id = h.shopper_id AND l.day_id > 730)
 ORDER BY h.shopper_id;

-- name: shoppers with a return
SELECT count(*)
  FROM shopper h
 WHERE h.segment = 'school'
   AND EXISTS (SELECT 1 FROM sale_line l WHERE l.shopper_id = h.shopper_id AND l.status = 'returned');

-- name: articles without a sale this quarter
SELECT a.code, a.title
  FROM article a
 WHERE a.family = 'bike' AND NOT a.is_discontinued
   AND NOT EXISTS (SELECT 1 FROM sale_line l WHERE l.article_id = a.article_id AND l.day_id >= 1369)
 ORDER BY a.code;

-- name: stock of an article by shop
-- weight: 8
SELECT m.store_id, sum(m.quantity) AS stock
  FROM stock_movement m
 WHERE m.article_id = 321
 GROUP BY m.store_id
 ORDER BY stock;

-- name: stock of a shop in one family
-- weight: 3
SELECT a.article_id, a.title, sum(m.quantity) AS stock
  FROM stock_movement m
  JOIN article a ON a.article_id = m.article_id
 WHERE m.store_id = 17 AND a.family = 'jacket'
 GROUP BY a.article_id, a.title
HAVING sum(m.quantity) < 5
 ORDER BY stock, a.article_id;

-- name: losses by reason
SELECT m.note, date_trunc('month', m.moved_at) AS month, count(*), sum(-m.quantity * m.unit_cost) AS value
  FROM stock_movement m
 WHERE m.kind = 'loss' AND m.moved_at >= TIMESTAMPTZ '2024-01-01 00:00+00'
 GROUP BY m.note, month
 ORDER BY month, value DESC;

-- name: movements nobody checked
-- weight: 6
SELECT m.movement_id, m.moved_at, m.store_id, m.document_no
  FROM stock_movement m
 WHERE NOT m.is_checked AND m.store_id = 5
 ORDER BY m.moved_at DESC
 LIMIT 30;

-- name: a delivery note
-- weight: 5
SELECT m.movement_id, a.code, a.title, m.quantity, m.unit_cost
  FROM stock_movement m
  JOIN article a USING (article_id)
 WHERE m.document_no = 'DE00001236'
 ORDER BY a.code;

-- name: last delivery of each article of a vendor
SELECT DISTINCT ON (m.article_id) m.article_id, m.moved_at, m.quantity, m.unit_cost
  FROM stock_movement m
 WHERE m.vendor_id = 88 AND m.kind = 'delivery'
 ORDER BY m.article_id, m.moved_at DESC;

-- name: latest movement of each shop
SELECT s.store_id, s.name, last.moved_at, last.kind
  FROM store s
 CROSS JOIN LATERAL (
       SELECT m.moved_at, m.kind
         FROM stock_movement m
        WHERE m.store_id = s.store_id
        ORDER BY m.moved_at DESC
        LIMIT 1) AS last
 WHERE s.region = 'islands'
 ORDER BY last.moved_at;

-- name: vendors by delivered value
SELECT v.vendor_id, v.name, sum(m.quantity * m.unit_cost) AS delivered
  FROM vendor v
  JOIN stock_movement m ON m.vendor_id = v.vendor_id
 WHERE v.country = 'IT' AND m.day_id BETWEEN 1096 AND 1186
 GROUP BY v.vendor_id, v.name
 ORDER BY delivered DESC;

-- name: campaign by channel
SELECT p.channel, count(DISTINCT l.receipt_no) AS receipts, sum(l.quantity * l.unit_price - l.discount) AS revenue, sum(DISTINCT p.spending)
  FROM campaign p
  JOIN sale_line l ON l.campaign_id = p.campaign_id
 WHERE p.starts_on >= DATE '2024-01-01'
 GROUP BY p.channel
 ORDER BY revenue DESC;

-- name: one campaign by day
-- weight: 3
SELECT l.day_id, sum(l.quantity) AS pieces, sum(l.quantity * l.unit_price - l.discount) AS revenue
  FROM sale_line l
 WHERE l.campaign_id = 200
 GROUP BY l.day_id
 ORDER BY l.day_id;

-- name: shares of departments in each shop
WITH sold AS (
    SELECT l.store_id, a.department, sum(l.quantity * l.unit_price) AS revenue
      FROM sale_line l
      JOIN article a USING (article_id)
     WHERE l.day_id BETWEEN 1430 AND 1460
     GROUP BY l.store_id, a.department)
SELECT store_id, department, revenue, round(revenue / sum(revenue) OVER (PARTITION BY store_id), 4) AS share
  FROM sold
 ORDER BY store_id, share DESC;

-- name: three best days of each shop
SELECT store_id, day_id, revenue
  FROM (SELECT l.store_id, l.day_id, sum(l.quantity * l.unit_price) AS revenue,
               rank() OVER (PARTITION BY l.store_id ORDER BY sum(l.quantity * l.unit_price) DESC) AS place
          FROM sale_line l
         WHERE l.store_id IN (3, 8, 21, 60)
         GROUP BY l.store_id, l.day_id) AS ranked
 WHERE place <= 3
 ORDER BY store_id, place;

-- name: moving average of one article
SELECT day_id, pieces, avg(pieces) OVER (ORDER BY day_id ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS week
  FROM (SELECT l.day_id, sum(l.quantity) AS pieces
          FROM sale_line l
         WHERE l.article_id = 77
         GROUP BY l.day_id) AS daily
 ORDER BY day_id;

-- name: time between two visits
SELECT shopper_id, avg(pause) AS pause
  FROM (SELECT l.shopper_id, l.day_id - lag(l.day_id) OVER (PARTITION BY l.shopper_id ORDER BY l.day_id) AS pause
          FROM sale_line l
         WHERE l.shopper_id BETWEEN 5000 AND 5200) AS visits
 WHERE pause > 0
 GROUP BY shopper_id
 ORDER BY pause
 LIMIT 40;

-- name: bought together
SELECT other.article_id, count(*) AS times
  FROM sale_line l
  JOIN sale_line other ON other.receipt_no = l.receipt_no AND other.article_id <> l.article_id
 WHERE l.article_id = 150
 GROUP BY other.article_id
 ORDER BY times DESC
 LIMIT 10;

-- name: sold for less than the usual price
WITH lately AS MATERIALIZED (
    SELECT l.sale_line_id, l.store_id, l.article_id, l.unit_price - l.discount AS price
      FROM sale_line l
     WHERE l.article_id = 900 AND l.day_id >= 1400)
SELECT sale_line_id, store_id, price
  FROM lately
 WHERE price < (SELECT avg(i.unit_price) * 0.95 FROM sale_line i WHERE i.article_id = lately.article_id)
 ORDER BY price;

-- name: shoppers above the average of their city
SELECT h.shopper_id, h.name, sum(l.quantity * l.unit_price) AS spent
  FROM shopper h
  JOIN sale_line l USING (shopper_id)
 WHERE h.city = 'City 40' AND l.day_id >= 1096
 GROUP BY h.shopper_id, h.name
HAVING sum(l.quantity * l.unit_price) > (
       SELECT avg(i.quantity * i.unit_price) * 10
         FROM sale_line i
         JOIN store s USING (store_id)
        WHERE s.city = 'City 40' AND i.day_id >= 1096)
 ORDER BY spent DESC;

-- name: everything that happened to an article
SELECT 'sale' AS event, l.sold_at AS at, l.store_id, -l.quantity AS quantity
  FROM sale_line l
 WHERE l.article_id = 2500 AND l.sold_at >= TIMESTAMPTZ '2024-09-01 00:00+00'
UNION ALL
SELECT m.kind, m.moved_at, m.store_id, m.quantity
  FROM stock_movement m
 WHERE m.article_id = 2500 AND m.moved_at >= TIMESTAMPTZ '2024-09-01 00:00+00'
 ORDER BY at DESC
 LIMIT 100;

-- name: shops that sold or received
SELECT l.store_id FROM sale_line l WHERE l.day_id = 1450 AND l.status = 'void'
UNION
SELECT m.store_id FROM stock_movement m WHERE m.day_id = 1450 AND m.kind = 'loss';

-- name: sold where nothing was delivered
SELECT l.store_id, l.article_id
  FROM sale_line l
 WHERE l.day_id BETWEEN 1455 AND 1460
EXCEPT
SELECT m.store_id, m.article_id
  FROM stock_movement m
 WHERE m.kind = 'delivery' AND m.day_id >= 1000;

-- name: rollup of country, region and shop
SELECT s.country, s.region, s.store_id, sum(l.quantity) AS pieces
  FROM store s
  JOIN sale_line l USING (store_id)
 WHERE l.day_id BETWEEN 700 AND 720
 GROUP BY ROLLUP (s.country, s.region, s.store_id)
 ORDER BY s.country, s.region, s.store_id;

-- name: grouping sets of season and format
SELECT c.season, s.format, count(*) AS lines
  FROM sale_line l
  JOIN calendar c USING (day_id)
  JOIN store s USING (store_id)
 WHERE c.is_holiday
 GROUP BY GROUPING SETS ((c.season, s.format), (c.season), ());

-- name: holidays against other days
SELECT c.is_holiday, avg(lines) AS lines
  FROM (SELECT l.day_id, count(*) AS lines FROM sale_line l WHERE l.store_id = 1 GROUP BY l.day_id) AS daily
  JOIN calendar c USING (day_id)
 GROUP BY c.is_holiday;

-- name: distinct shoppers by month
SELECT c.year, c.month, count(DISTINCT l.shopper_id) AS shoppers
  FROM sale_line l
  JOIN calendar c USING (day_id)
 WHERE c.year = 2024 AND l.store_id BETWEEN 100 AND 109
 GROUP BY c.year, c.month
 ORDER BY c.month;

-- name: loyal shoppers of a country
-- weight: 2
SELECT h.shopper_id, h.name, h.loyalty
  FROM shopper h
 WHERE h.country = 'PT' AND h.loyalty >= 3
 ORDER BY h.loyalty DESC, h.name
 LIMIT 50;

-- name: shopper by address
-- weight: 40
SELECT h.shopper_id, h.name, h.segment FROM shopper h WHERE h.email = 'shopper4711@example.net';

-- name: shopper by a part of the name
-- weight: 5
SELECT h.shopper_id, h.name, h.city FROM shopper h WHERE h.name LIKE 'Shopper 123%' ORDER BY h.name LIMIT 20;

-- name: article by code
-- weight: 80
SELECT a.article_id, a.title, a.list_price FROM article a WHERE a.code = 'A000791900';

-- name: newest articles of a family
-- weight: 10
SELECT a.article_id, a.title, a.list_price
  FROM article a
 WHERE a.family = 'tent' AND NOT a.is_discontinued
 ORDER BY a.introduced_on DESC
 LIMIT 24;

-- name: articles by brand and price, third page
-- weight: 4
SELECT a.article_id, a.title, a.list_price
  FROM article a
 WHERE a.brand = 'Brand 3' AND a.list_price BETWEEN 10 AND 20
 ORDER BY a.list_price, a.article_id
 LIMIT 20 OFFSET 40;

-- name: sales of a shop by page
-- weight: 3
SELECT l.sale_line_id, l.sold_at, l.article_id, l.quantity
  FROM sale_line l
 WHERE l.store_id = 12 AND (l.sold_at, l.sale_line_id) < (TIMESTAMPTZ '2023-05-05 12:00+00', 900000000)
 ORDER BY l.sold_at DESC, l.sale_line_id DESC
 LIMIT 50;

-- name: large lines of last week
SELECT l.sale_line_id, s.name, l.quantity * l.unit_price AS amount
  FROM sale_line l
  JOIN store s USING (store_id)
 WHERE l.sold_at >= TIMESTAMPTZ '2024-12-20 00:00+00' AND l.unit_price > 100
 ORDER BY amount DESC
 LIMIT 25;

-- name: online share by loyalty
SELECT h.loyalty, count(*) FILTER (WHERE t.is_online) AS online, count(*) AS lines
  FROM sale_line l
  JOIN tender t USING (tender_id)
  JOIN shopper h USING (shopper_id)
 WHERE l.day_id BETWEEN 1300 AND 1330
 GROUP BY h.loyalty
 ORDER BY h.loyalty;

-- name: payments with vouchers
SELECT s.region, count(*) AS lines
  FROM sale_line l
  JOIN tender t ON t.tender_id = l.tender_id
  JOIN store s ON s.store_id = l.store_id
 WHERE t.kind = 'gift card' AND l.day_id > 1200
 GROUP BY s.region;

-- name: margin by vendor country
SELECT v.country, sum(l.quantity * (l.unit_price - l.discount - l.unit_cost)) AS margin
  FROM sale_line l
  JOIN article a ON a.article_id = l.article_id
  JOIN vendor v ON v.vendor_id = a.vendor_id
 WHERE v.rating = 1 AND l.status = 'completed'
 GROUP BY v.country
 ORDER BY margin;

-- name: sold by managers themselves
SELECT k.clerk_id, count(*) AS lines
  FROM sale_line l
  JOIN clerk k ON k.clerk_id = l.clerk_id
 WHERE k.position = 'manager' AND k.hired_on < DATE '2012-01-01' AND l.day_id BETWEEN 1096 AND 1150
 GROUP BY k.clerk_id;

-- name: clerk against the team
SELECT k.name, lead.name AS manager, sum(l.quantity) AS pieces
  FROM clerk k
  LEFT JOIN clerk lead ON lead.clerk_id = k.manager_id
  LEFT JOIN sale_line l ON l.clerk_id = k.clerk_id AND l.day_id BETWEEN 1440 AND 1460
 WHERE k.store_id = 30
 GROUP BY k.name, lead.name
 ORDER BY pieces DESC NULLS LAST;

-- name: who recommended whom
SELECT h.shopper_id, h.name, count(r.shopper_id) AS recommended
  FROM shopper h
  JOIN shopper r ON r.referred_by_id = h.shopper_id
 WHERE h.segment = 'club' AND h.country = 'BE'
 GROUP BY h.shopper_id, h.name
 ORDER BY recommended DESC
 LIMIT 20;

-- name: purchases of recommended shoppers
SELECT r.shopper_id, sum(l.quantity * l.unit_price) AS spent
  FROM shopper r
  JOIN sale_line l ON l.shopper_id = r.shopper_id
 WHERE r.referred_by_id IN (10, 11, 12, 500, 1500)
 GROUP BY r.shopper_id;

-- name: one article in December, year against year
SELECT c.year, sum(l.quantity) AS pieces
  FROM calendar c
  JOIN sale_line l ON l.day_id = c.day_id
 WHERE c.month = 12 AND l.article_id IN (SELECT a.article_id FROM article a WHERE a.family = 'ski' AND a.colour = 'red')
 GROUP BY c.year
 ORDER BY c.year;

-- name: shops opened lately
SELECT s.name, min(l.sold_at) AS first_sale, count(*) AS lines
  FROM store s
  JOIN sale_line l USING (store_id)
 WHERE s.opened_on >= DATE '2019-01-01' AND s.closed_on IS NULL
 GROUP BY s.name
 ORDER BY first_sale;

-- name: last sale in closed shops
SELECT s.store_id, (SELECT max(l.sold_at) FROM sale_line l WHERE l.store_id = s.store_id) AS last_sale
  FROM store s
 WHERE s.closed_on IS NOT NULL;

-- name: first purchase of new shoppers
SELECT h.shopper_id, first.sold_at, first.article_id
  FROM shopper h
  LEFT JOIN LATERAL (
       SELECT l.sold_at, l.article_id
         FROM sale_line l
        WHERE l.shopper_id = h.shopper_id
        ORDER BY l.sold_at
        LIMIT 1) AS first ON true
 WHERE h.joined_on = DATE '2024-12-20' AND h.segment = 'single'
 ORDER BY h.shopper_id
 LIMIT 200;

-- name: days without a delivery
SELECT c.day
  FROM calendar c
 WHERE c.year = 2022
   AND c.day_id NOT IN (SELECT m.day_id FROM stock_movement m WHERE m.store_id = 140 AND m.kind = 'delivery')
 ORDER BY c.day;

-- name: cost of two years by family
WITH years AS (
    SELECT a.family, c.year, sum(l.quantity * l.unit_cost) AS cost
      FROM sale_line l
      JOIN article a USING (article_id)
      JOIN calendar c USING (day_id)
     WHERE a.department = 'games' AND c.year IN (2023, 2024)
     GROUP BY a.family, c.year)
SELECT before.family, before.cost AS cost_before, after.cost AS cost_after
  FROM years AS before
  JOIN years AS after ON after.family = before.family AND after.year = before.year + 1
 ORDER BY after.cost - before.cost DESC;

-- name: categories of spenders
SELECT band, count(*) AS shoppers
  FROM (SELECT CASE WHEN sum(l.quantity * l.unit_price) > 2000 THEN 'high' WHEN sum(l.quantity * l.unit_price) > 300 THEN 'middle' ELSE 'low' END AS band
          FROM sale_line l
         WHERE l.shopper_id IS NOT NULL AND l.day_id >= 1400
         GROUP BY l.shopper_id) AS spenders
 GROUP BY band;

-- name: transfers between two dates
-- weight: 2
SELECT m.store_id, count(*) AS transfers, sum(m.quantity) AS pieces
  FROM stock_movement m
 WHERE m.kind = 'transfer' AND m.day_id BETWEEN 900 AND 907
 GROUP BY m.store_id
 ORDER BY transfers DESC;

-- name: slow vendors of fast articles
SELECT DISTINCT v.name, v.lead_days
  FROM vendor v
  JOIN article a USING (vendor_id)
 WHERE v.lead_days > 20
   AND a.article_id IN (SELECT l.article_id FROM sale_line l WHERE l.day_id > 1450 GROUP BY l.article_id HAVING sum(l.quantity) > 20)
 ORDER BY v.lead_days DESC;

-- name: a discount on old stock
UPDATE article SET list_price = round(list_price * 0.8, 2)
 WHERE is_discontinued AND introduced_on < DATE '2017-03-01';
