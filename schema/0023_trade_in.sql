-- Credits that were counted in the price of another plan, where purser collects it later: those
-- that are used before it is paid come off what the new plan gives (src/grant).
ALTER TABLE subscription_change ADD COLUMN allowed_credits BIGINT NOT NULL DEFAULT 0;
CREATE INDEX subscription_change_order ON subscription_change (order_n, n) WHERE order_n > 0;
