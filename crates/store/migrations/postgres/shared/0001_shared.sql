-- Messages that must reach a peer at least once. The payload may be secret: it is sealed by whoever enqueues it.
CREATE TABLE outbox (
    id         TEXT    NOT NULL PRIMARY KEY,
    topic      TEXT    NOT NULL,
    payload    BYTEA   NOT NULL,
    created_at BIGINT  NOT NULL,
    next_at    BIGINT  NOT NULL,
    attempts   BIGINT  NOT NULL DEFAULT 0,
    lease      TEXT,
    buried_at  BIGINT 
);
CREATE INDEX outbox_due ON outbox (topic, next_at) WHERE buried_at IS NULL;

-- Trusted lists as they were accepted; their signatures are verified again whenever they are loaded.
CREATE TABLE stored_lists (
    url        TEXT    NOT NULL PRIMARY KEY,
    bytes      BYTEA   NOT NULL,
    etag       TEXT,
    fetched_at BIGINT  NOT NULL
);
