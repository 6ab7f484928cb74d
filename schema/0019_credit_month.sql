-- The month whose allowance a customer's credits count from, as the subscription that gives it says
-- (src/grant); 0: none gives any.  renews_ms is when the next allowance comes; 0: none does.
ALTER TABLE credit_account ADD COLUMN month_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE credit_account ADD COLUMN renews_ms BIGINT NOT NULL DEFAULT 0;
