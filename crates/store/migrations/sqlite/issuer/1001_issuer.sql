-- Tokens of the management API: hashes only.
CREATE TABLE issuer_api_tokens (
    id         TEXT    NOT NULL PRIMARY KEY,
    token_hash BLOB    NOT NULL UNIQUE,
    label      TEXT    NOT NULL,
    scopes     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER
) STRICT;

-- Status lists; version grows with every bit that is turned.
CREATE TABLE issuer_status_lists (
    id         INTEGER NOT NULL PRIMARY KEY,
    bits       INTEGER NOT NULL,
    allocated  INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Indexes that were given away: none twice. They outlive their issuance, for a bit stays turned.
CREATE TABLE issuer_status_entries (
    list       INTEGER NOT NULL REFERENCES issuer_status_lists (id),
    position   INTEGER NOT NULL,
    revoked_at INTEGER,
    PRIMARY KEY (list, position)
) STRICT;
CREATE INDEX issuer_status_revoked ON issuer_status_entries (list, position) WHERE revoked_at IS NOT NULL;

-- One row an issuance. Columns that end in _hash are SHA-256, those that end in _sealed are sealed by the
-- key-encryption key and erased when they are of no more use.
CREATE TABLE issuer_issuances (
    id                 TEXT    NOT NULL PRIMARY KEY,
    configuration      TEXT    NOT NULL,
    created_by         TEXT    NOT NULL,
    created_at         INTEGER NOT NULL,
    mandate_sealed     BLOB,
    status_list        INTEGER NOT NULL,
    status_position    INTEGER NOT NULL,
    idempotency_hash   BLOB    UNIQUE,
    request_hash       BLOB    NOT NULL,
    -- the offer
    offer_hash         BLOB    NOT NULL UNIQUE,
    code_hash          BLOB    NOT NULL UNIQUE,
    offer_sealed       BLOB,
    expires_at         INTEGER NOT NULL,
    pin_hash           BLOB,
    pin_salt_sealed    BLOB,
    pin_sealed         BLOB,
    pin_fetched_at     INTEGER,
    attempts           INTEGER NOT NULL DEFAULT 0,
    -- the token
    redeemed_at        INTEGER,
    token_hash         BLOB    UNIQUE,
    token_expires_at   INTEGER,
    nonce_hash         BLOB,
    nonce_expires_at   INTEGER,
    -- the credential
    issued_at          INTEGER,
    holder_hash        BLOB,
    credential_id      TEXT,
    credential_sealed  BLOB,
    revoked_at         INTEGER,
    UNIQUE (status_list, status_position),
    FOREIGN KEY (status_list, status_position) REFERENCES issuer_status_entries (list, position)
) STRICT;
CREATE INDEX issuer_issuances_due ON issuer_issuances (expires_at)
    WHERE mandate_sealed IS NOT NULL OR offer_sealed IS NOT NULL OR credential_sealed IS NOT NULL;
