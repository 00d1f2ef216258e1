-- Whoever holds an invitation may open one account with it.
CREATE TABLE invitations (
    hash       BLOB    NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;

CREATE TABLE accounts (
    id         TEXT    NOT NULL PRIMARY KEY,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    hash       BLOB    NOT NULL PRIMARY KEY,
    account    TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;

-- A credential offer on its way to a credential. `sealed` holds the offer, the endpoints, the holder's key and the
-- access token: a restart goes on where it stopped.
CREATE TABLE receipts (
    id            TEXT    NOT NULL PRIMARY KEY,
    account       TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    sealed        BLOB    NOT NULL,
    expires_at    INTEGER NOT NULL,
    claimed_until INTEGER,
    failed_at     INTEGER,
    credential    TEXT
) STRICT;

-- Credential and holder key, sealed.
CREATE TABLE credentials (
    id          TEXT    NOT NULL PRIMARY KEY,
    account     TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    sealed      BLOB    NOT NULL,
    sealed_key  BLOB    NOT NULL,
    received_at INTEGER NOT NULL
) STRICT;
CREATE INDEX credentials_of_account ON credentials (account, received_at);

-- An authorization request on its way to a presentation.
CREATE TABLE requests (
    id         TEXT    NOT NULL PRIMARY KEY,
    account    TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    sealed     BLOB    NOT NULL,
    state      TEXT    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

-- Requests that were shown once: SHA-256 of client_id and nonce.
CREATE TABLE seen_requests (
    hash       BLOB    NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT;
