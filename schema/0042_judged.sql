-- What a gateway says of a payment beside that it was made (src/payment/judged.h): how risky it
-- finds it, and why, in its own words; card: a keyed hash of its name for the card, '' where it has
-- none.
ALTER TABLE attempt ADD COLUMN judged TEXT NOT NULL DEFAULT '';
ALTER TABLE attempt ADD COLUMN judged_why TEXT NOT NULL DEFAULT '';
ALTER TABLE attempt ADD COLUMN card TEXT NOT NULL DEFAULT '';
ALTER TABLE attempt ADD COLUMN card_country TEXT NOT NULL DEFAULT '';
CREATE INDEX attempt_card ON attempt (card, n) WHERE card <> '';
