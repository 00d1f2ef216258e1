-- Logins. A row is one transaction of OpenID for Verifiable Presentations; it lives for minutes.
CREATE TABLE transactions (
    id           TEXT    NOT NULL PRIMARY KEY,
    state        TEXT    NOT NULL UNIQUE,
    nonce        TEXT    NOT NULL UNIQUE,
    client       TEXT    NOT NULL,
    scope        TEXT    NOT NULL,
    browser      BYTEA   NOT NULL,
    started_at   BIGINT  NOT NULL,
    expires_at   BIGINT  NOT NULL,
    requested_at BIGINT,
    refusals     BIGINT  NOT NULL DEFAULT 0,
    outcome      TEXT,
    ended_at     BIGINT,
    reasons      TEXT,
    verdict      BYTEA,
    notified_at  BIGINT
);
CREATE INDEX transactions_age ON transactions (expires_at);

-- Keys that sign access tokens. The private half is sealed under the key-encryption key.
CREATE TABLE signing_keys (
    kid        TEXT    NOT NULL PRIMARY KEY,
    algorithm  TEXT    NOT NULL,
    sealed     BYTEA   NOT NULL,
    not_before BIGINT  NOT NULL,
    retired_at BIGINT
);
