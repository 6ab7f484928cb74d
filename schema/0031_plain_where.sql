-- SQLite makes a table of its own of a list of three for each row that is written, and throws it
-- away again: what an index leaves out is said in comparisons.
DROP INDEX purchase_unpaid;
CREATE INDEX purchase_unpaid ON purchase (expires_ms, n) WHERE status <= 3 AND status <> 2;
DROP INDEX attempt_waiting;
CREATE INDEX attempt_waiting ON attempt (order_n, n)
    WHERE status = 1 OR status = 2 OR status = 6 OR status = 7;
DROP INDEX mail_unusual;
CREATE INDEX mail_unusual ON mail (state, n) WHERE state <> 1 AND state <> 2;
