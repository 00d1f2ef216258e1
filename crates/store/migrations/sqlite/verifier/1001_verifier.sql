-- Logins. A row is one transaction of OpenID for Verifiable Presentations; it lives for minutes.
CREATE TABLE transactions (
    id           TEXT    NOT NULL PRIMARY KEY,
    state        TEXT    NOT NULL UNIQUE,
    nonce        TEXT    NOT NULL UNIQUE,
    client       TEXT    NOT NULL,
    scope        TEXT    NOT NULL,
    browser      BLOB    NOT NULL,
    started_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    requested_at INTEGER,
    refusals     INTEGER NOT NULL DEFAULT 0,
    outcome      TEXT,
    ended_at     INTEGER,
    reasons      TEXT,
    verdict      BLOB,
    notified_at  INTEGER
) STRICT;
CREATE INDEX transactions_age ON transactions (expires_at);

-- Keys that sign access tokens. The private half is sealed under the key-encryption key.
CREATE TABLE signing_keys (
    kid        TEXT    NOT NULL PRIMARY KEY,
    algorithm  TEXT    NOT NULL,
    sealed     BLOB    NOT NULL,
    not_before INTEGER NOT NULL,
    retired_at INTEGER
) STRICT;
