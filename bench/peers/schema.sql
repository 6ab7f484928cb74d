-- The tables of the peers: what one order, its payment and its story need, for both engines.
-- {key} and {bytes} are INTEGER PRIMARY KEY and BLOB on SQLite, BIGSERIAL and BYTEA on PostgreSQL.
CREATE TABLE purchase (
    n {key},
    id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    email TEXT NOT NULL,
    country TEXT NOT NULL,
    currency TEXT NOT NULL,
    subtotal BIGINT NOT NULL CHECK (subtotal >= 0),
    tax BIGINT NOT NULL CHECK (tax >= 0),
    total BIGINT NOT NULL CHECK (total >= 0),
    lines TEXT NOT NULL,
    basket {bytes} NOT NULL,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    completed_ms BIGINT,
    version BIGINT NOT NULL
);
CREATE INDEX purchase_email ON purchase (email, n);
CREATE INDEX purchase_basket ON purchase (basket, n);
CREATE INDEX purchase_unpaid ON purchase (expires_ms, n) WHERE status = 'pending';
CREATE TABLE attempt (
    n {key},
    id TEXT NOT NULL UNIQUE,
    order_n BIGINT NOT NULL REFERENCES purchase (n),
    status TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    session_id TEXT UNIQUE,
    checkout_url TEXT,
    method TEXT,
    confirmed_by TEXT,
    created_ms BIGINT NOT NULL,
    captured_ms BIGINT,
    version BIGINT NOT NULL
);
CREATE INDEX attempt_order ON attempt (order_n, n);
CREATE UNIQUE INDEX attempt_captured ON attempt (order_n) WHERE status = 'captured';
CREATE TABLE event (
    n {key},
    id TEXT NOT NULL UNIQUE,
    event_key {bytes} NOT NULL UNIQUE,
    name TEXT NOT NULL,
    reference TEXT NOT NULL,
    status TEXT NOT NULL,
    headers TEXT NOT NULL,
    body {bytes} NOT NULL,
    order_n BIGINT,
    received_ms BIGINT NOT NULL
);
CREATE INDEX event_order ON event (order_n, n);
-- Audit trail and outgoing events in one, as at purser.
CREATE TABLE fact (
    n {key},
    at_ms BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    subject TEXT NOT NULL,
    data TEXT NOT NULL,
    address TEXT
);
CREATE INDEX fact_subject ON fact (subject, n);
CREATE TABLE ledger_entry (
    n {key},
    order_n BIGINT NOT NULL,
    account BIGINT NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount <> 0),
    at_ms BIGINT NOT NULL
);
CREATE INDEX ledger_entry_account ON ledger_entry (account, currency, n);
CREATE TABLE job (
    n {key},
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    due_ms BIGINT NOT NULL,
    UNIQUE (kind, subject)
);
CREATE INDEX job_due ON job (due_ms, n);
CREATE TABLE operation (
    n {key},
    key {bytes} NOT NULL UNIQUE,
    fingerprint {bytes} NOT NULL,
    state TEXT NOT NULL,
    status BIGINT,
    body TEXT,
    created_ms BIGINT NOT NULL
);
-- What customers hold: a balance that gates, lots that end, and every use of them.
CREATE TABLE credit_account (
    n {key},
    customer TEXT NOT NULL UNIQUE,
    plan TEXT NOT NULL,
    balance BIGINT NOT NULL CHECK (balance >= 0),
    version BIGINT NOT NULL
);
CREATE TABLE credit_lot (
    n {key},
    account_n BIGINT NOT NULL REFERENCES credit_account (n),
    remaining BIGINT NOT NULL CHECK (remaining >= 0),
    ends_ms BIGINT NOT NULL
);
CREATE INDEX credit_lot_account ON credit_lot (account_n, ends_ms, n);
CREATE TABLE credit_use (
    n {key},
    id TEXT NOT NULL UNIQUE,
    account_n BIGINT NOT NULL REFERENCES credit_account (n),
    lot_n BIGINT NOT NULL,
    state TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    balance BIGINT NOT NULL,
    at_ms BIGINT NOT NULL
);
-- Plans, paid period by period.
CREATE TABLE subscription (
    n {key},
    reference TEXT NOT NULL UNIQUE,
    account_n BIGINT NOT NULL REFERENCES credit_account (n),
    email TEXT NOT NULL,
    status TEXT NOT NULL,
    price BIGINT NOT NULL,
    begins_ms BIGINT NOT NULL,
    ends_ms BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX subscription_ends ON subscription (ends_ms, n) WHERE status = 'active';
CREATE INDEX credit_use_account ON credit_use (account_n, n);
