-- By which price of the catalogue a plan is paid: what is offered to its customer instead is in the
-- same currency and by the same interval.  '': nobody said.
ALTER TABLE access_plan ADD COLUMN price TEXT NOT NULL DEFAULT '';
