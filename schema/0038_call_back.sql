-- Calls that give money back, or ask what went back, are kept as others are (src/payment/call.h).
ALTER TABLE gateway_call ADD COLUMN back BIGINT NOT NULL DEFAULT 0 CHECK (back IN (0, 1));
