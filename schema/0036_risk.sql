-- How likely a checkout is a fraud (src/risk): what was looked at, when it was made, and what
-- followed.  reasons: a JSON list of features with value and points.  origin: a keyed hash of the
-- address that it was made from, for a day; '' where there is none.
CREATE TABLE risk (
    order_n BIGINT PRIMARY KEY REFERENCES purchase (n),
    at_ms BIGINT NOT NULL,
    score BIGINT NOT NULL CHECK (score BETWEEN 0 AND 100),
    action BIGINT NOT NULL CHECK (action BETWEEN 0 AND 2), -- risk.h
    reasons TEXT NOT NULL,
    origin TEXT NOT NULL,
    released_ms BIGINT NOT NULL, -- a person let it pass; 0: nobody did
    verdict BIGINT NOT NULL CHECK (verdict BETWEEN 0 AND 2) -- a person's: 0 none, 1 good, 2 fraud
);
CREATE INDEX risk_origin ON risk (origin, order_n) WHERE origin <> '';
CREATE INDEX risk_fresh ON risk (order_n) WHERE origin <> '';

-- What follows for the order: 0 nothing, 1 its payment is held for a person, 2 it is not sold.
ALTER TABLE purchase ADD COLUMN risk BIGINT NOT NULL DEFAULT 0 CHECK (risk BETWEEN 0 AND 2);

CREATE INDEX decline_customer ON decline (customer_n, n) WHERE customer_n > 0;
CREATE INDEX decline_guest ON decline (guest, n) WHERE guest <> '';
CREATE INDEX decline_origin ON decline (origin, n) WHERE origin <> '';
