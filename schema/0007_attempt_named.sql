-- A gateway that the caller named is used alone: no other is tried when it does not answer.
ALTER TABLE attempt ADD COLUMN named BIGINT NOT NULL DEFAULT 0 CHECK (named IN (0, 1));
