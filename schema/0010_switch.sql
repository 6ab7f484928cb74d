-- What a person has switched off (src/switch): a row is a flow that is held back, and why.
CREATE TABLE held (
    name TEXT NOT NULL PRIMARY KEY,
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    since_ms BIGINT NOT NULL
);
