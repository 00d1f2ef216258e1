-- When it was given up to tell the relying party of an accepted login: the person is shown so.
ALTER TABLE transactions ADD COLUMN undelivered_at BIGINT;
