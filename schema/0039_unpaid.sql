-- A subscription whose gateway has given up collecting: past due without the days of grace.
ALTER TABLE subscription ADD COLUMN unpaid BIGINT NOT NULL DEFAULT 0 CHECK (unpaid IN (0, 1));
