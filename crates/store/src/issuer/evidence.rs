//! Evidence of issued credentials: wanted in the transaction that issues, time-stamped afterwards by whoever has the
//! lease, and kept once.
//!
//! A worker that dies loses its lease when that ends, and the evidence is due again. What is kept never changes.
//!
//! # Durable commits
//! None for wanting (it is the issuing's); two for a time-stamp: the lease of a batch, and each that is kept.
use crate::{
    StoreError, Tx, on,
    time::{from_millis, to_millis},
};
use jiff::Timestamp;

const TABLE: &str = "issuer_evidence";

/// Evidence that this worker asks a time-stamp for now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leased {
    /// Id of the issuance.
    pub issuance: String,
    /// The credential, sealed.
    pub sealed: Vec<u8>,
    /// When the credential was issued.
    pub wanted_at: Timestamp,
    /// How often it was leased, this time included.
    pub attempts: i64,
}

/// What is kept beside a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// With a time-stamp: the evidence, sealed. Without: the credential, sealed.
    pub sealed: Vec<u8>,
    /// When the time-stamp was kept.
    pub stamped_at: Option<Timestamp>,
    /// Since when no time-stamp is asked for any more, though there is none.
    pub given_up_at: Option<Timestamp>,
}

/// Evidence that waits for its time-stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// How much.
    pub all: i64,
    /// How much of it for too long.
    pub overdue: i64,
}

/// Wants evidence of a credential that is issued in this transaction.
///
/// # Errors
/// The database's; evidence of the same issuance is a unique violation.
pub async fn want(tx: &mut Tx, issuance: &str, sealed: &[u8], now: Timestamp) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query("INSERT INTO issuer_evidence (issuance, sealed, wanted_at, next_at) VALUES ($1, $2, $3, $3)")
            .bind(issuance)
            .bind(sealed)
            .bind(to_millis(now))
            .execute(&mut *connection)
            .await?;
        Ok(())
    })
}

/// When the next time-stamp is due. For [`Store::read`]: looking costs no commit.
///
/// [`Store::read`]: crate::Store::read
///
/// # Errors
/// The database's.
pub async fn next_due(tx: &mut Tx) -> Result<Option<Timestamp>, StoreError> {
    on!(tx, connection => {
        let (next,): (Option<i64>,) = sqlx::query_as(
            "SELECT MIN(next_at) FROM issuer_evidence WHERE stamped_at IS NULL AND given_up_at IS NULL",
        )
        .fetch_one(&mut *connection)
        .await?;
        next.map(|at| from_millis(at, TABLE, "next_at")).transpose()
    })
}

/// Takes up to `limit` that are due, the longest due first; nobody else gets them before `until`. `lease` is random.
///
/// # Errors
/// The database's.
pub async fn lease(
    tx: &mut Tx,
    lease: &str,
    now: Timestamp,
    until: Timestamp,
    limit: i64,
) -> Result<Vec<Leased>, StoreError> {
    on!(tx, connection => {
        let rows: Vec<(String, Vec<u8>, i64, i64)> = sqlx::query_as(
            "UPDATE issuer_evidence SET lease = $1, next_at = $3, attempts = attempts + 1 WHERE issuance IN (
                 SELECT issuance FROM issuer_evidence
                 WHERE next_at <= $2 AND stamped_at IS NULL AND given_up_at IS NULL
                 ORDER BY next_at, issuance LIMIT $4)
             RETURNING issuance, sealed, wanted_at, attempts",
        )
        .bind(lease)
        .bind(to_millis(now))
        .bind(to_millis(until))
        .bind(limit)
        .fetch_all(&mut *connection)
        .await?;
        rows.into_iter()
            .map(|(issuance, sealed, wanted_at, attempts)| {
                Ok(Leased { issuance, sealed, wanted_at: from_millis(wanted_at, TABLE, "wanted_at")?, attempts })
            })
            .collect()
    })
}

/// Keeps the evidence with its time-stamp in place of the credential. `false`: the lease had ended and somebody else has
/// it, or it is kept already.
///
/// # Errors
/// The database's.
pub async fn keep(
    tx: &mut Tx,
    issuance: &str,
    lease: &str,
    sealed: &[u8],
    now: Timestamp,
) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let row: Option<(String,)> = sqlx::query_as(
            "UPDATE issuer_evidence SET sealed = $3, stamped_at = $4, lease = NULL
             WHERE issuance = $1 AND lease = $2 AND stamped_at IS NULL AND given_up_at IS NULL
             RETURNING issuance",
        )
        .bind(issuance)
        .bind(lease)
        .bind(sealed)
        .bind(to_millis(now))
        .fetch_optional(&mut *connection)
        .await?;
        Ok(row.is_some())
    })
}

/// No time-stamp now: due again at `next`. `false`: the lease had ended.
///
/// # Errors
/// The database's.
pub async fn put_off(tx: &mut Tx, issuance: &str, lease: &str, next: Timestamp) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let done = sqlx::query(
            "UPDATE issuer_evidence SET lease = NULL, next_at = $3
             WHERE issuance = $1 AND lease = $2 AND stamped_at IS NULL AND given_up_at IS NULL",
        )
        .bind(issuance)
        .bind(lease)
        .bind(to_millis(next))
        .execute(&mut *connection)
        .await?;
        Ok(done.rows_affected() == 1)
    })
}

/// No time-stamp ever: none is asked for any more. The credential stays. `false`: the lease had ended.
///
/// # Errors
/// The database's.
pub async fn give_up(tx: &mut Tx, issuance: &str, lease: &str, now: Timestamp) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let done = sqlx::query(
            "UPDATE issuer_evidence SET lease = NULL, given_up_at = $3
             WHERE issuance = $1 AND lease = $2 AND stamped_at IS NULL AND given_up_at IS NULL",
        )
        .bind(issuance)
        .bind(lease)
        .bind(to_millis(now))
        .execute(&mut *connection)
        .await?;
        Ok(done.rows_affected() == 1)
    })
}

/// What is kept beside the credential of an issuance.
///
/// # Errors
/// The database's.
pub async fn find(tx: &mut Tx, issuance: &str) -> Result<Option<Evidence>, StoreError> {
    on!(tx, connection => {
        let row: Option<(Vec<u8>, Option<i64>, Option<i64>)> =
            sqlx::query_as("SELECT sealed, stamped_at, given_up_at FROM issuer_evidence WHERE issuance = $1")
                .bind(issuance)
                .fetch_optional(&mut *connection)
                .await?;
        let time = |at: Option<i64>, column| at.map(|at| from_millis(at, TABLE, column)).transpose();
        row.map(|(sealed, stamped_at, given_up_at)| {
            Ok(Evidence {
                sealed,
                stamped_at: time(stamped_at, "stamped_at")?,
                given_up_at: time(given_up_at, "given_up_at")?,
            })
        })
        .transpose()
    })
}

/// How much waits for its time-stamp, and how much of that since before `overdue`.
///
/// # Errors
/// The database's.
pub async fn waiting(tx: &mut Tx, overdue: Timestamp) -> Result<Waiting, StoreError> {
    on!(tx, connection => {
        let (all, overdue): (i64, i64) = sqlx::query_as(
            "SELECT COUNT(*), COUNT(CASE WHEN wanted_at <= $1 THEN 1 END) FROM issuer_evidence
             WHERE stamped_at IS NULL AND given_up_at IS NULL",
        )
        .bind(to_millis(overdue))
        .fetch_one(&mut *connection)
        .await?;
        Ok(Waiting { all, overdue })
    })
}

/// Whether there is something for [`erase`] to do: looking costs no commit.
///
/// # Errors
/// The database's.
pub async fn has_older(tx: &mut Tx, before: Timestamp) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let row: Option<(i64,)> =
            sqlx::query_as("SELECT wanted_at FROM issuer_evidence WHERE wanted_at <= $1 LIMIT 1")
                .bind(to_millis(before))
                .fetch_optional(&mut *connection)
                .await?;
        Ok(row.is_some())
    })
}

/// Erases evidence of credentials that were issued before; how much that was.
///
/// # Errors
/// The database's.
pub async fn erase(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    on!(tx, connection => {
        let erased = sqlx::query("DELETE FROM issuer_evidence WHERE wanted_at <= $1")
            .bind(to_millis(before))
            .execute(&mut *connection)
            .await?;
        Ok(erased.rows_affected())
    })
}
