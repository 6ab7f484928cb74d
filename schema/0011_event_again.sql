-- When a person had it applied once more: from then it waits for its gateway like a new one.
ALTER TABLE event ADD COLUMN again_ms BIGINT NOT NULL DEFAULT 0;
