-- The engine's own tables.  Written in PostgreSQL's words; the migrator says INTEGER, BLOB and
-- STRICT to SQLite.
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
