-- Whom to greet is sealed by the portal. Nobody stays signed in by what stood here in the clear: they sign in again.
DELETE FROM sessions;
ALTER TABLE sessions DROP COLUMN visitor;
ALTER TABLE sessions DROP COLUMN pending_visitor;
ALTER TABLE sessions ADD COLUMN visitor BYTEA;
ALTER TABLE sessions ADD COLUMN pending_visitor BYTEA;
