-- Credits whose payment is argued about (src/credit): what comes back to such a lot is out of reach
-- with the rest of it, also where nothing was left to be frozen when it began.
ALTER TABLE credit_lot ADD COLUMN argued BIGINT NOT NULL DEFAULT 0 CHECK (argued IN (0, 1));
UPDATE credit_lot SET argued = 1 WHERE order_n > 0
    AND order_n IN (SELECT n FROM purchase WHERE status = 8);
