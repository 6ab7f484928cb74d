-- To whom invoices are made out, where the customer said so; without a row it is what is known of
-- the customer (src/customer).  Changing it changes no invoice that was issued.
CREATE TABLE billing (
    customer_n BIGINT PRIMARY KEY REFERENCES customer (n),
    name TEXT NOT NULL,
    line1 TEXT NOT NULL,
    line2 TEXT NOT NULL,
    city TEXT NOT NULL,
    postcode TEXT NOT NULL,
    country TEXT NOT NULL,
    tax_id TEXT NOT NULL,
    changed_ms BIGINT NOT NULL,
    version BIGINT NOT NULL
);
