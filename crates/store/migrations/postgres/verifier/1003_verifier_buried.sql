-- Notifications that were given up keep no token: until now their payload stayed.
UPDATE outbox SET payload = '' WHERE buried_at IS NOT NULL;
