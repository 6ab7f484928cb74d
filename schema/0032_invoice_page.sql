-- The gateway's own page about the invoice that an attempt paid, where it has one: for its payer.
ALTER TABLE attempt ADD COLUMN invoice_page TEXT NOT NULL DEFAULT '';
