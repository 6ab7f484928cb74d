-- Days where customers live (src/credit).  A day of the limit is a stretch of time that no other
-- day of its customer overlaps.  told: the customer heard that it is nearly used.
ALTER TABLE credit_day RENAME COLUMN day TO begins_ms;
ALTER TABLE credit_day ADD COLUMN ends_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE credit_day ADD COLUMN told BIGINT NOT NULL DEFAULT 0 CHECK (told IN (0, 1));
UPDATE credit_day SET begins_ms = begins_ms * 86400000;
UPDATE credit_day SET ends_ms = begins_ms + 86400000;


-- What a use took of which day's limit, so that it can be given back to it.
ALTER TABLE credit_move ADD COLUMN counted BIGINT NOT NULL DEFAULT 0 CHECK (counted >= 0);
ALTER TABLE credit_move ADD COLUMN counted_ms BIGINT NOT NULL DEFAULT 0;
