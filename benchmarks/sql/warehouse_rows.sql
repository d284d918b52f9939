-- Rows for the warehouse: the same in every run, skewed (few articles make most sales) and correlated (shoppers buy near home).
CREATE FUNCTION pg_temp.share(number bigint, salt bigint) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS 'SELECT (hashint8extended(number, salt) & 9007199254740991) / 9007199254740992.0::double precision';

CREATE FUNCTION pg_temp.one_of(names text[], share double precision) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS 'SELECT names[1 + floor(share * cardinality(names))::integer]';

INSERT INTO calendar
SELECT number, day, extract(year FROM day), extract(quarter FROM day), extract(month FROM day),
       extract(week FROM day), extract(isodow FROM day),
       (ARRAY['winter', 'spring', 'summer', 'autumn'])[1 + mod(extract(month FROM day)::integer / 3, 4)],
       to_char(day, 'MMDD') IN ('0101', '0501', '0714', '0815', '1101', '1225', '1226')
  FROM generate_series(0, 1460) AS number
 CROSS JOIN LATERAL (SELECT DATE '2021-01-01' + number AS day) AS found;

INSERT INTO store
SELECT number, 'Shop ' || number, 'City ' || number / 2,
       (ARRAY['north', 'north', 'west', 'west', 'west', 'south', 'east', 'centre', 'centre', 'islands'])[1 + number / 15],
       (ARRAY['FR', 'FR', 'FR', 'FR', 'BE', 'BE', 'DE', 'DE', 'ES', 'PT'])[1 + number / 15],
       pg_temp.one_of(ARRAY['street', 'street', 'mall', 'mall', 'mall', 'outlet', 'flagship'], pg_temp.share(number, 1)),
       (80 + 1800 * pg_temp.share(number, 2) ^ 3)::integer,
       DATE '1998-03-01' + (8000 * pg_temp.share(number, 3))::integer,
       CASE WHEN pg_temp.share(number, 4) < 0.08 THEN DATE '2023-06-30' + (400 * pg_temp.share(number, 5))::integer END
  FROM generate_series(0, 149) AS number;

INSERT INTO clerk
SELECT number, number / 8, CASE WHEN mod(number, 8) > 0 THEN number - mod(number, 8) END,
       'Clerk ' || number,
       CASE mod(number, 8) WHEN 0 THEN 'manager' WHEN 1 THEN 'deputy' ELSE 'seller' END,
       DATE '2010-01-01' + (5200 * pg_temp.share(number, 6))::integer
  FROM generate_series(0, 1199) AS number;

INSERT INTO vendor
SELECT number, 'Vendor ' || number,
       pg_temp.one_of(ARRAY['CN', 'CN', 'CN', 'IT', 'IT', 'FR', 'DE', 'PT', 'TR', 'IN'], pg_temp.share(number, 7)),
       1 + floor(5 * sqrt(pg_temp.share(number, 8))), 2 + floor(60 * pg_temp.share(number, 9) ^ 2)
  FROM generate_series(0, 399) AS number;

INSERT INTO tender
VALUES (0, 'card', false), (1, 'cash', false), (2, 'voucher', false), (3, 'card', true), (4, 'wallet', true),
       (5, 'transfer', true), (6, 'instalments', true), (7, 'gift card', false), (8, 'invoice', true);

INSERT INTO article
SELECT number, 'A' || lpad((number * 7919)::text, 9, '0'),
       initcap(family) || ' ' || pg_temp.one_of(ARRAY['light', 'pro', 'classic', 'junior', 'travel', 'city'], pg_temp.share(number, 12))
           || ' ' || number,
       'Brand ' || floor(12 * family_no + 12 * pg_temp.share(number, 13) ^ 2), department, family,
       pg_temp.one_of(ARRAY['black', 'black', 'black', 'white', 'white', 'blue', 'red', 'green', 'sand'], pg_temp.share(number, 14)),
       round((4 + 18 * (1 + mod(family_no, 7)) * (0.3 + pg_temp.share(number, 15) ^ 3))::numeric, 2),
       DATE '2017-01-01' + (2800 * pg_temp.share(number, 16))::integer,
       pg_temp.share(number, 17) < 0.17,
       floor(400 * ((family_no + pg_temp.share(number, 18)) / 24))::integer
  FROM generate_series(0, %(articles)s - 1) AS number
 CROSS JOIN LATERAL (SELECT floor(24 * pg_temp.share(number, 10) ^ 1.4)::integer AS family_no) AS drawn
 CROSS JOIN LATERAL (
       SELECT (ARRAY['tent', 'bag', 'stove', 'lamp', 'rope', 'mat', 'jacket', 'shoe', 'sock', 'glove', 'hat', 'shirt',
                     'bike', 'wheel', 'pump', 'helmet', 'lock', 'bottle', 'ball', 'racket', 'net', 'skate', 'ski', 'board'
              ])[1 + family_no] AS family,
              (ARRAY['camping', 'clothing', 'cycling', 'games'])[1 + family_no / 6] AS department) AS named;

INSERT INTO shopper
SELECT number, 'Shopper ' || number, 'shopper' || number || '@' || pg_temp.one_of(ARRAY['example.com', 'example.net', 'example.org'], pg_temp.share(number, 20)),
       'City ' || home / 2, (ARRAY['FR', 'FR', 'FR', 'FR', 'BE', 'BE', 'DE', 'DE', 'ES', 'PT'])[1 + home / 15],
       CASE WHEN pg_temp.share(number, 21) > 0.12 THEN 1940 + floor(66 * sqrt(pg_temp.share(number, 22))) END,
       pg_temp.one_of(ARRAY['family', 'family', 'family', 'single', 'single', 'club', 'school', 'trade'], pg_temp.share(number, 23)),
       floor(5 * pg_temp.share(number, 24) ^ 4),
       DATE '2015-01-01' + (3650 * number::bigint / %(shoppers)s)::integer,
       CASE WHEN pg_temp.share(number, 25) < 0.2 THEN floor(number * pg_temp.share(number, 26))::integer END
  FROM generate_series(0, %(shoppers)s - 1) AS number
 CROSS JOIN LATERAL (SELECT floor(150 * pg_temp.share(number, 19) ^ 1.6)::integer AS home) AS drawn;

INSERT INTO campaign
SELECT number, 'Campaign ' || number,
       pg_temp.one_of(ARRAY['mail', 'mail', 'search', 'search', 'social', 'poster', 'radio'], pg_temp.share(number, 27)),
       starts_on, starts_on + 5 + (25 * pg_temp.share(number, 28))::integer,
       round((500 + 90000 * pg_temp.share(number, 29) ^ 3)::numeric, 2)
  FROM generate_series(0, 239) AS number
 CROSS JOIN LATERAL (SELECT DATE '2021-01-01' + number * 6 AS starts_on) AS drawn;

-- Receipts have four lines on average; sales grow over the years and double in December.
INSERT INTO sale_line
SELECT number, receipt, DATE '2021-01-01' + day_id + (9 + 10 * pg_temp.share(receipt, 31)) * INTERVAL '1 hour', day_id, store_id,
       store_id * 8 + floor(8 * pg_temp.share(receipt, 32) ^ 1.5)::integer, article_id, shopper_id,
       CASE WHEN pg_temp.share(receipt, 33) < 0.22 THEN least(239, day_id / 6) END,
       CASE WHEN pg_temp.share(receipt, 34) < 0.7 THEN floor(3 * pg_temp.share(receipt, 35) ^ 2)::integer
            ELSE 3 + floor(6 * pg_temp.share(receipt, 35) ^ 2)::integer END,
       CASE WHEN fate < 0.94 THEN 'completed' WHEN fate < 0.985 THEN 'returned' WHEN fate < 0.997 THEN 'void' ELSE 'disputed' END,
       1 + floor(9 * pg_temp.share(number, 37) ^ 5), list_price,
       CASE WHEN pg_temp.share(receipt, 33) < 0.22 THEN round(list_price * 0.15, 2) ELSE 0 END,
       round(list_price * (0.45 + 0.2 * pg_temp.share(article_id, 38))::numeric, 2),
       CASE WHEN fate >= 0.94 AND fate < 0.985 THEN DATE '2021-01-01' + day_id + 1 + (28 * pg_temp.share(number, 39))::integer END
  FROM (SELECT number, receipt, least(1460, floor(1461 * (receipt * 4.0 / %(sales)s) ^ 0.85))::integer AS day_id,
               CASE WHEN pg_temp.share(receipt, 40) < 0.72
                    THEN floor(%(shoppers)s * pg_temp.share(receipt, 41) ^ 1.8)::integer END AS shopper_id,
               floor(%(articles)s * pg_temp.share(number, 42) ^ 2.5)::integer AS article_id,
               pg_temp.share(number, 36) AS fate
          FROM generate_series(0, %(sales)s - 1) AS number
         CROSS JOIN LATERAL (SELECT number::bigint / 4 AS receipt) AS numbered) AS drawn
 CROSS JOIN LATERAL (
       SELECT floor(150 * CASE WHEN shopper_id IS NOT NULL AND pg_temp.share(receipt, 43) < 0.8
                               THEN pg_temp.share(shopper_id, 19) ^ 1.6 ELSE pg_temp.share(receipt, 44) ^ 1.3 END)::integer AS store_id) AS placed
  JOIN article USING (article_id)
 ORDER BY number;

INSERT INTO stock_movement
SELECT number, DATE '2021-01-01' + day_id + (6 + 8 * pg_temp.share(number, 51)) * INTERVAL '1 hour', day_id,
       floor(150 * pg_temp.share(number, 52) ^ 1.2)::integer, article_id,
       CASE WHEN kind = 'delivery' THEN vendor_id END, kind,
       upper(left(kind, 2)) || lpad((number / 12)::text, 8, '0'),
       CASE kind WHEN 'delivery' THEN 6 + floor(90 * pg_temp.share(number, 53) ^ 3) WHEN 'count' THEN 0
                 ELSE -1 - floor(12 * pg_temp.share(number, 53) ^ 4) END,
       round(list_price * 0.55, 2), pg_temp.share(number, 54) < 0.965,
       CASE WHEN kind = 'loss' THEN pg_temp.one_of(ARRAY['broken', 'stolen', 'expired', 'unknown'], pg_temp.share(number, 55)) END
  FROM (SELECT number, floor(1461 * (number::double precision / %(movements)s))::integer AS day_id,
               floor(%(articles)s * pg_temp.share(number, 56) ^ 1.6)::integer AS article_id,
               pg_temp.one_of(ARRAY['delivery', 'delivery', 'delivery', 'delivery', 'delivery', 'delivery', 'transfer', 'transfer',
                                    'transfer', 'count', 'count', 'loss'], pg_temp.share(number, 57)) AS kind
          FROM generate_series(0, %(movements)s - 1) AS number) AS drawn
  JOIN article USING (article_id)
 ORDER BY number;
