-- What was said to the gateway about a change (src/renewal), so that who takes over says the same;
-- and the order for what it costs, where purser collects that.
ALTER TABLE subscription_change ADD COLUMN prorate BIGINT NOT NULL DEFAULT 0;
ALTER TABLE subscription_change ADD COLUMN allowed_minor BIGINT NOT NULL DEFAULT 0;
ALTER TABLE subscription_change ADD COLUMN order_n BIGINT NOT NULL DEFAULT 0;
-- Those that purser renews.
CREATE INDEX subscription_managed ON subscription (n) WHERE reference IS NULL AND status <> 4;
