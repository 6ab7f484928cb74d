-- As in schema 31, of disputes: what is not over comes before what is (src/dispute/dispute.h).
DROP INDEX dispute_open;
CREATE INDEX dispute_open ON dispute (n) WHERE status <= 2;
