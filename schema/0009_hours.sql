-- Closed hours: what a job has added up of facts and of ledger entries, so that nobody has to read
-- a million rows for one figure.  Each is closed by the chain's own numbers (seq), which have no
-- gaps and never change: what the setting names is in these rows, what is sealed after it is not.
-- hour is the time divided by 3,600,000.

-- How many facts of a kind (src/fact); for figures, not for decisions.
CREATE TABLE fact_hour (
    kind TEXT NOT NULL,
    hour BIGINT NOT NULL,
    facts BIGINT NOT NULL CHECK (facts > 0),
    PRIMARY KEY (kind, hour)
);
INSERT INTO setting (name, value) VALUES ('fact.counted', '0');

-- What an account gained and lost (src/ledger); verify adds the entries up again.
CREATE TABLE ledger_hour (
    account BIGINT NOT NULL,
    owner BIGINT NOT NULL,
    unit TEXT NOT NULL,
    hour BIGINT NOT NULL,
    came BIGINT NOT NULL CHECK (came >= 0),
    went BIGINT NOT NULL CHECK (went <= 0),
    entries BIGINT NOT NULL CHECK (entries > 0),
    PRIMARY KEY (account, owner, unit, hour)
);
CREATE INDEX fact_hour_hour ON fact_hour (hour);
CREATE INDEX ledger_hour_hour ON ledger_hour (hour);
INSERT INTO setting (name, value) VALUES ('ledger.closed', '0');

-- The console's list of what people did: their deeds are few among the machine's.
CREATE INDEX fact_person ON fact (actor, seq) WHERE actor >= 'admin:' AND actor < 'admin;';
-- Its orders and webhooks that are not the usual ones.
CREATE INDEX purchase_unusual ON purchase (status, n) WHERE status <> 2;
DROP INDEX purchase_review;
CREATE INDEX event_unusual ON event (status, n) WHERE status <> 1;
CREATE INDEX mail_unusual ON mail (state, n) WHERE state IN (0, 3, 4);
CREATE INDEX alert_state ON alert (state, n);
