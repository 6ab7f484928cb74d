-- A phone that is asked to pay (src/payment/prompt.h): a row for each attempt at a gateway without
-- a page of its own, from the number to what its owner answered.
CREATE TABLE prompt (
    attempt_n BIGINT PRIMARY KEY REFERENCES attempt (n),
    state BIGINT NOT NULL CHECK (state BETWEEN 0 AND 3), -- enum prompt_state
    country TEXT NOT NULL,
    operator TEXT NOT NULL,      -- whose message is waited for: for words only
    phone TEXT NOT NULL,         -- "+256700000000"
    fee_minor BIGINT NOT NULL CHECK (fee_minor >= 0), -- what the gateway takes of the payer on top
    code_id TEXT NOT NULL,       -- the gateway's name of the code that was sent; empty: none was
    codes BIGINT NOT NULL CHECK (codes >= 0), -- that were sent since codes_ms
    wrong BIGINT NOT NULL CHECK (wrong >= 0), -- tries of the newest one
    codes_ms BIGINT NOT NULL,
    code_ms BIGINT NOT NULL,
    ends_ms BIGINT NOT NULL,     -- until when the phone is asked
    trouble BIGINT NOT NULL CHECK (trouble BETWEEN 0 AND 9), -- enum prompt_trouble
    words TEXT NOT NULL,         -- the gateway's, about that
    version BIGINT NOT NULL
);
-- When the phone was asked; 0: not yet, or it certainly was not.
ALTER TABLE attempt ADD COLUMN prompted_ms BIGINT NOT NULL DEFAULT 0;
