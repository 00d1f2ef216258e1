-- Tokens of the management API: hashes only.
CREATE TABLE issuer_api_tokens (
    id         TEXT    NOT NULL PRIMARY KEY,
    token_hash BYTEA   NOT NULL UNIQUE,
    label      TEXT    NOT NULL,
    scopes     TEXT    NOT NULL,
    created_at BIGINT  NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);

-- Status lists; version grows with every bit that is turned.
CREATE TABLE issuer_status_lists (
    id         BIGINT  NOT NULL PRIMARY KEY,
    bits       BIGINT  NOT NULL,
    allocated  BIGINT  NOT NULL,
    version    BIGINT  NOT NULL,
    created_at BIGINT  NOT NULL
);

-- Indexes that were given away: none twice. They outlive their issuance, for a bit stays turned.
CREATE TABLE issuer_status_entries (
    list       BIGINT  NOT NULL REFERENCES issuer_status_lists (id),
    position   BIGINT  NOT NULL,
    revoked_at BIGINT,
    PRIMARY KEY (list, position)
);
CREATE INDEX issuer_status_revoked ON issuer_status_entries (list, position) WHERE revoked_at IS NOT NULL;

-- One row an issuance. Columns that end in _hash are SHA-256, those that end in _sealed are sealed by the
-- key-encryption key and erased when they are of no more use.
CREATE TABLE issuer_issuances (
    id                 TEXT    NOT NULL PRIMARY KEY,
    configuration      TEXT    NOT NULL,
    created_by         TEXT    NOT NULL,
    created_at         BIGINT  NOT NULL,
    mandate_sealed     BYTEA,
    status_list        BIGINT  NOT NULL,
    status_position    BIGINT  NOT NULL,
    idempotency_hash   BYTEA   UNIQUE,
    request_hash       BYTEA   NOT NULL,
    -- the offer
    offer_hash         BYTEA   NOT NULL UNIQUE,
    code_hash          BYTEA   NOT NULL UNIQUE,
    offer_sealed       BYTEA,
    expires_at         BIGINT  NOT NULL,
    pin_hash           BYTEA,
    pin_salt_sealed    BYTEA,
    pin_sealed         BYTEA,
    pin_fetched_at     BIGINT,
    attempts           BIGINT  NOT NULL DEFAULT 0,
    -- the token
    redeemed_at        BIGINT,
    token_hash         BYTEA   UNIQUE,
    token_expires_at   BIGINT,
    nonce_hash         BYTEA,
    nonce_expires_at   BIGINT,
    -- the credential
    issued_at          BIGINT,
    holder_hash        BYTEA,
    credential_id      TEXT,
    credential_sealed  BYTEA,
    revoked_at         BIGINT,
    UNIQUE (status_list, status_position),
    FOREIGN KEY (status_list, status_position) REFERENCES issuer_status_entries (list, position)
);
CREATE INDEX issuer_issuances_due ON issuer_issuances (expires_at)
    WHERE mandate_sealed IS NOT NULL OR offer_sealed IS NOT NULL OR credential_sealed IS NOT NULL;
