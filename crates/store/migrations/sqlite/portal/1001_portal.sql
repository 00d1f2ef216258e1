-- Browser sessions: cookie and state as digests. A session is completed once, by the notification for its state.
CREATE TABLE sessions (
    session      BLOB    NOT NULL PRIMARY KEY,
    state        BLOB    NOT NULL UNIQUE,
    begun_at     INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    completed_at INTEGER,
    visitor      TEXT
) STRICT;
CREATE INDEX sessions_end ON sessions (expires_at);

-- Tokens that completed a session, by digest of their id: none completes another.
CREATE TABLE tokens (
    token      BLOB    NOT NULL PRIMARY KEY,
    state      BLOB    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX tokens_end ON tokens (expires_at);
