-- Messages that must reach a peer at least once. The payload may be secret: it is sealed by whoever enqueues it.
CREATE TABLE outbox (
    id         TEXT    NOT NULL PRIMARY KEY,
    topic      TEXT    NOT NULL,
    payload    BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    next_at    INTEGER NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    lease      TEXT,
    buried_at  INTEGER
) STRICT;
CREATE INDEX outbox_due ON outbox (topic, next_at) WHERE buried_at IS NULL;

-- Trusted lists as they were accepted; their signatures are verified again whenever they are loaded.
CREATE TABLE stored_lists (
    url        TEXT    NOT NULL PRIMARY KEY,
    bytes      BLOB    NOT NULL,
    etag       TEXT,
    fetched_at INTEGER NOT NULL
) STRICT;
