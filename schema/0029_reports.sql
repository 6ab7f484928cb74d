-- What was sold in a time is found by when it was paid (src/report).
CREATE INDEX purchase_completed ON purchase (completed_ms, n) WHERE completed_ms > 0;
