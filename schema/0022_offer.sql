-- The code of an offer that was taken by somebody who wanted to leave (src/renewal).
ALTER TABLE subscription_change ADD COLUMN coupon TEXT NOT NULL DEFAULT '';
