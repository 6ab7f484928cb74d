-- What an order's tax is called ("VAT"), as the catalogue said when it was placed.
ALTER TABLE purchase ADD COLUMN tax_name TEXT NOT NULL DEFAULT 'Tax';
