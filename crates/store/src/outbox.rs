//! Messages that must reach a peer at least once, whatever happens to us in between.
//!
//! Enqueue in the transaction that decides; a worker leases what is due, sends it, and completes it or puts it off. A
//! worker that dies loses its lease when that ends, and the message is due again: the peer must bear a repetition.
use crate::{
    StoreError, Tx, on,
    time::{from_millis, to_millis},
};
use jiff::Timestamp;

/// A message to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Random, 128 bit.
    pub id: String,
    /// Which worker sends it.
    pub topic: String,
    /// What the worker needs; sealed by the service where it is secret.
    pub payload: Vec<u8>,
    /// When it was decided, and when it is due first.
    pub created_at: Timestamp,
}

/// A message that this worker sends now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leased {
    /// Of the message.
    pub id: String,
    /// Of the message.
    pub payload: Vec<u8>,
    /// When it was decided.
    pub created_at: Timestamp,
    /// How often it was leased, this time included.
    pub attempts: i64,
}

/// Adds a message.
///
/// # Errors
/// The database's; a repeated id is a unique violation.
pub async fn enqueue(tx: &mut Tx, message: &Message) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query("INSERT INTO outbox (id, topic, payload, created_at, next_at) VALUES ($1, $2, $3, $4, $4)")
            .bind(&message.id)
            .bind(&message.topic)
            .bind(&message.payload)
            .bind(to_millis(message.created_at))
            .execute(&mut *connection)
            .await?;
        Ok(())
    })
}

/// When the next message of a topic is due, so that a worker knows how long to rest. For [`Store::read`]: looking costs
/// no commit.
///
/// [`Store::read`]: crate::Store::read
///
/// # Errors
/// The database's.
pub async fn next_due(tx: &mut Tx, topic: &str) -> Result<Option<Timestamp>, StoreError> {
    on!(tx, connection => {
        let (next,): (Option<i64>,) =
            sqlx::query_as("SELECT MIN(next_at) FROM outbox WHERE topic = $1 AND buried_at IS NULL")
                .bind(topic)
                .fetch_one(&mut *connection)
                .await?;
        next.map(|at| from_millis(at, "outbox", "next_at")).transpose()
    })
}

/// Takes up to `limit` due messages, oldest first; nobody else gets them before `until`. `lease` is random.
///
/// # Errors
/// The database's.
pub async fn lease(
    tx: &mut Tx,
    topic: &str,
    lease: &str,
    now: Timestamp,
    until: Timestamp,
    limit: i64,
) -> Result<Vec<Leased>, StoreError> {
    on!(tx, connection => {
        let rows: Vec<(String, Vec<u8>, i64, i64)> = sqlx::query_as(
            "UPDATE outbox SET lease = $2, next_at = $4, attempts = attempts + 1 WHERE id IN (
                 SELECT id FROM outbox WHERE topic = $1 AND next_at <= $3 AND buried_at IS NULL
                 ORDER BY next_at, id LIMIT $5)
             RETURNING id, payload, created_at, attempts",
        )
        .bind(topic)
        .bind(lease)
        .bind(to_millis(now))
        .bind(to_millis(until))
        .bind(limit)
        .fetch_all(&mut *connection)
        .await?;
        let mut leased = rows
            .into_iter()
            .map(|(id, payload, created_at, attempts)| {
                Ok(Leased { id, payload, created_at: from_millis(created_at, "outbox", "created_at")?, attempts })
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        leased.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Ok(leased)
    })
}

/// The message was delivered: forgets it. `false`: the lease had ended and somebody else has it.
///
/// # Errors
/// The database's.
pub async fn complete(tx: &mut Tx, id: &str, lease: &str) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let done = sqlx::query("DELETE FROM outbox WHERE id = $1 AND lease = $2 AND buried_at IS NULL")
            .bind(id)
            .bind(lease)
            .execute(&mut *connection)
            .await?;
        Ok(done.rows_affected() == 1)
    })
}

/// Not delivered: due again at `next`. `false`: the lease had ended.
///
/// # Errors
/// The database's.
pub async fn put_off(tx: &mut Tx, id: &str, lease: &str, next: Timestamp) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let done = sqlx::query(
            "UPDATE outbox SET lease = NULL, next_at = $3 WHERE id = $1 AND lease = $2 AND buried_at IS NULL",
        )
        .bind(id)
        .bind(lease)
        .bind(to_millis(next))
        .execute(&mut *connection)
        .await?;
        Ok(done.rows_affected() == 1)
    })
}

/// Given up: never sent again. That there was a message is kept until [`forget_buried`]; what it said is erased, since
/// nobody needs a secret that nobody sends. `false`: the lease had ended.
///
/// # Errors
/// The database's.
pub async fn bury(tx: &mut Tx, id: &str, lease: &str, now: Timestamp) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let done = sqlx::query(
            "UPDATE outbox SET lease = NULL, buried_at = $3, payload = $4
             WHERE id = $1 AND lease = $2 AND buried_at IS NULL",
        )
        .bind(id)
        .bind(lease)
        .bind(to_millis(now))
        .bind(&b""[..])
        .execute(&mut *connection)
        .await?;
        Ok(done.rows_affected() == 1)
    })
}

/// How many messages of a topic were given up.
///
/// # Errors
/// The database's.
pub async fn buried(tx: &mut Tx, topic: &str) -> Result<i64, StoreError> {
    on!(tx, connection => {
        let (count,): (i64,) =
            sqlx::query_as("SELECT COUNT(*) FROM outbox WHERE topic = $1 AND buried_at IS NOT NULL")
                .bind(topic)
                .fetch_one(&mut *connection)
                .await?;
        Ok(count)
    })
}

/// Forgets messages of a topic that were given up before `before`; how many.
///
/// # Errors
/// The database's.
pub async fn forget_buried(tx: &mut Tx, topic: &str, before: Timestamp) -> Result<u64, StoreError> {
    on!(tx, connection => {
        let done = sqlx::query("DELETE FROM outbox WHERE topic = $1 AND buried_at < $2")
            .bind(topic)
            .bind(to_millis(before))
            .execute(&mut *connection)
            .await?;
        Ok(done.rows_affected())
    })
}
