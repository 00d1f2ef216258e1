-- Whoever holds an invitation may open one account with it.
CREATE TABLE invitations (
    hash       BYTEA    NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);

CREATE TABLE accounts (
    id         TEXT    NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    hash       BYTEA    NOT NULL PRIMARY KEY,
    account    TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);

-- A credential offer on its way to a credential. `sealed` holds the offer, the endpoints, the holder's key and the
-- access token: a restart goes on where it stopped.
CREATE TABLE receipts (
    id            TEXT    NOT NULL PRIMARY KEY,
    account       TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    sealed        BYTEA    NOT NULL,
    expires_at    BIGINT NOT NULL,
    claimed_until BIGINT,
    failed_at     BIGINT,
    credential    TEXT
);

-- Credential and holder key, sealed.
CREATE TABLE credentials (
    id          TEXT    NOT NULL PRIMARY KEY,
    account     TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    sealed      BYTEA    NOT NULL,
    sealed_key  BYTEA    NOT NULL,
    received_at BIGINT NOT NULL
);
CREATE INDEX credentials_of_account ON credentials (account, received_at);

-- An authorization request on its way to a presentation.
CREATE TABLE requests (
    id         TEXT    NOT NULL PRIMARY KEY,
    account    TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    sealed     BYTEA    NOT NULL,
    state      TEXT    NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Requests that were shown once: SHA-256 of client_id and nonce.
CREATE TABLE seen_requests (
    hash       BYTEA    NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
