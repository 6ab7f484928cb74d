-- Why an attempt was made at this gateway, as the catalogue was then; '' before this was written
-- down.
ALTER TABLE attempt ADD COLUMN route TEXT NOT NULL DEFAULT '';
