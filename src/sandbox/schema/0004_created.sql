-- Lists are asked for by a span of time and by what events say: what was not asked for is passed
-- over without its body being read.
ALTER TABLE stripe_object ADD COLUMN created BIGINT NOT NULL DEFAULT 0;
-- only sqlite
UPDATE stripe_object SET created = COALESCE(json_extract(body, '$.created'), 0);
-- both
DROP INDEX stripe_object_kind;
CREATE INDEX stripe_object_kind ON stripe_object (kind, n, created, parent);
