-- What customers used (src/credit), added up by a job, so that nobody has to read all of it.

-- day: the date for which it counts, as its customer's zone had it then (days since 1970); of what
-- is given back the use's.  What was given back before this step counts for no day, nor does its
-- use: the two were not linked.
ALTER TABLE credit_move ADD COLUMN day BIGINT NOT NULL DEFAULT -1;
UPDATE credit_move SET day = created_ms / 86400000 WHERE undone = 0 AND kind <> 3;
CREATE INDEX credit_move_other ON credit_move (customer_n, n) WHERE kind <> 2;

-- Moves of a customer up to summed_n are in the sums below, those behind it are not: whoever adds
-- the two up is right at any time.
ALTER TABLE credit_account ADD COLUMN summed_n BIGINT NOT NULL DEFAULT 0;
CREATE TABLE credit_used (
    customer_n BIGINT NOT NULL REFERENCES credit_account (customer_n),
    day BIGINT NOT NULL,
    operation TEXT NOT NULL, -- empty: a bare amount
    credits BIGINT NOT NULL CHECK (credits >= 0),
    uses BIGINT NOT NULL CHECK (uses >= 0),
    quantity BIGINT NOT NULL CHECK (quantity >= 0),
    PRIMARY KEY (customer_n, day, operation)
);

-- By label, a month in all; a customer's month has a limited number of them, what comes later
-- counts for the empty label.
CREATE TABLE credit_labelled (
    customer_n BIGINT NOT NULL REFERENCES credit_account (customer_n),
    month BIGINT NOT NULL, -- the date of its first day
    label TEXT NOT NULL,
    value TEXT NOT NULL,
    credits BIGINT NOT NULL CHECK (credits >= 0),
    uses BIGINT NOT NULL CHECK (uses >= 0),
    PRIMARY KEY (customer_n, month, label, value)
);

-- Of everybody, for the owner: by the business's days, kinds of credit.h.
CREATE TABLE credit_total (
    day BIGINT NOT NULL,
    kind BIGINT NOT NULL CHECK (kind BETWEEN 0 AND 7),
    operation TEXT NOT NULL,
    credits BIGINT NOT NULL,
    moves BIGINT NOT NULL CHECK (moves > 0),
    PRIMARY KEY (day, kind, operation)
);
INSERT INTO setting (name, value) VALUES ('credit.summed', '0');
