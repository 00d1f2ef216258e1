-- A verified notification waits for the browser that began: it comes back with the code of which this is the digest.
ALTER TABLE sessions ADD COLUMN response_code BLOB;
ALTER TABLE sessions ADD COLUMN pending_visitor TEXT;
