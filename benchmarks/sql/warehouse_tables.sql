-- The warehouse of an invented chain of shops: eight dimensions and two facts, with primary keys and nothing else.
CREATE TABLE calendar (
    day_id integer PRIMARY KEY,
    day date NOT NULL,
    year smallint NOT NULL,
    quarter smallint NOT NULL,
    month smallint NOT NULL,
    week smallint NOT NULL,
    weekday smallint NOT NULL,
    season text NOT NULL,
    is_holiday boolean NOT NULL
);

CREATE TABLE store (
    store_id integer PRIMARY KEY,
    name text NOT NULL,
    city text NOT NULL,
    region text NOT NULL,
    country char(2) NOT NULL,
    format text NOT NULL,
    floor_area integer NOT NULL,
    opened_on date NOT NULL,
    closed_on date
);

CREATE TABLE clerk (
    clerk_id integer PRIMARY KEY,
    store_id integer NOT NULL,
    manager_id integer,
    name text NOT NULL,
    position text NOT NULL,
    hired_on date NOT NULL
);

CREATE TABLE article (
    article_id integer PRIMARY KEY,
    code text NOT NULL,
    title text NOT NULL,
    brand text NOT NULL,
    department text NOT NULL,
    family text NOT NULL,
    colour text NOT NULL,
    list_price numeric(10, 2) NOT NULL,
    introduced_on date NOT NULL,
    is_discontinued boolean NOT NULL,
    vendor_id integer NOT NULL
);

CREATE TABLE shopper (
    shopper_id integer PRIMARY KEY,
    name text NOT NULL,
    email text NOT NULL,
    city text NOT NULL,
    country char(2) NOT NULL,
    birth_year smallint,
    segment text NOT NULL,
    loyalty smallint NOT NULL,
    joined_on date NOT NULL,
    referred_by_id integer
);

CREATE TABLE campaign (
    campaign_id integer PRIMARY KEY,
    title text NOT NULL,
    channel text NOT NULL,
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    spending numeric(12, 2) NOT NULL
);

CREATE TABLE vendor (
    vendor_id integer PRIMARY KEY,
    name text NOT NULL,
    country char(2) NOT NULL,
    rating smallint NOT NULL,
    lead_days smallint NOT NULL
);

CREATE TABLE tender (
    tender_id integer PRIMARY KEY,
    kind text NOT NULL,
    is_online boolean NOT NULL
);

CREATE TABLE sale_line (
    sale_line_id bigint PRIMARY KEY,
    receipt_no bigint NOT NULL,
    sold_at timestamp with time zone NOT NULL,
    day_id integer NOT NULL,
    store_id integer NOT NULL,
    clerk_id integer NOT NULL,
    article_id integer NOT NULL,
    shopper_id integer,
    campaign_id integer,
    tender_id integer NOT NULL,
    status text NOT NULL,
    quantity smallint NOT NULL,
    unit_price numeric(10, 2) NOT NULL,
    discount numeric(10, 2) NOT NULL,
    unit_cost numeric(10, 2) NOT NULL,
    returned_on date
);

CREATE TABLE stock_movement (
    movement_id bigint PRIMARY KEY,
    moved_at timestamp with time zone NOT NULL,
    day_id integer NOT NULL,
    store_id integer NOT NULL,
    article_id integer NOT NULL,
    vendor_id integer,
    kind text NOT NULL,
    document_no text NOT NULL,
    quantity integer NOT NULL,
    unit_cost numeric(10, 2) NOT NULL,
    is_checked boolean NOT NULL,
    note text
);
