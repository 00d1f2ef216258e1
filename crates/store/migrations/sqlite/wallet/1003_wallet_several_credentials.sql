-- An offer may bring several credentials; which ones is sealed with the rest. Receipts live for minutes, and those of the
-- former form cannot be gone on with: their offers are scanned again.
DELETE FROM receipts;
ALTER TABLE receipts DROP COLUMN credential;
ALTER TABLE receipts ADD COLUMN finished_at INTEGER;
