-- What happened to a customer, in order: what its stream tells (src/account).
CREATE INDEX fact_customer ON fact (customer_n, seq) WHERE customer_n > 0 AND seq IS NOT NULL;
