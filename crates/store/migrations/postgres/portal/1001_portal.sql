-- Browser sessions: cookie and state as digests. A session is completed once, by the notification for its state.
CREATE TABLE sessions (
    session      BYTEA   NOT NULL PRIMARY KEY,
    state        BYTEA   NOT NULL UNIQUE,
    begun_at     BIGINT  NOT NULL,
    expires_at   BIGINT  NOT NULL,
    completed_at BIGINT,
    visitor      TEXT
);
CREATE INDEX sessions_end ON sessions (expires_at);

-- Tokens that completed a session, by digest of their id: none completes another.
CREATE TABLE tokens (
    token      BYTEA   NOT NULL PRIMARY KEY,
    state      BYTEA   NOT NULL,
    expires_at BIGINT  NOT NULL
);
CREATE INDEX tokens_end ON tokens (expires_at);
