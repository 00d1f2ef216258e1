-- Evidence of issued credentials, one row each, as long as its issuance. sealed is the credential until a time-stamp is
-- kept, and the flattened JAdES signature with the time-stamp from then on; both are sealed by the key-encryption key.
CREATE TABLE issuer_evidence (
    issuance    TEXT    NOT NULL PRIMARY KEY REFERENCES issuer_issuances (id) ON DELETE CASCADE,
    sealed      BLOB    NOT NULL,
    wanted_at   INTEGER NOT NULL,
    -- the work: whoever has the lease asks for the time-stamp, nobody else before next_at
    next_at     INTEGER NOT NULL,
    attempts    INTEGER NOT NULL DEFAULT 0,
    lease       TEXT,
    stamped_at  INTEGER,
    given_up_at INTEGER
) STRICT;
CREATE INDEX issuer_evidence_due ON issuer_evidence (next_at) WHERE stamped_at IS NULL AND given_up_at IS NULL;
CREATE INDEX issuer_evidence_age ON issuer_evidence (wanted_at);
