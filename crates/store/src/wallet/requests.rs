//! Authorization requests on their way to an answer.
use super::{Claim, held};
use crate::{StoreError, Tx, on, time::to_millis};
use jiff::Timestamp;

/// Keeps a request under `state`.
///
/// # Errors
/// The database's.
pub async fn add_request(
    tx: &mut Tx,
    id: &str,
    account: &str,
    state: &str,
    sealed: &[u8],
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query("INSERT INTO requests (id, account, state, sealed, expires_at) VALUES ($1, $2, $3, $4, $5)")
            .bind(id)
            .bind(account)
            .bind(state)
            .bind(sealed)
            .bind(to_millis(expires_at))
            .execute(&mut *connection)
            .await?;
        Ok(())
    })
}

/// A request of an account in `state` that has not expired.
///
/// # Errors
/// The database's.
pub async fn request(
    tx: &mut Tx,
    id: &str,
    account: &str,
    state: &str,
    now: Timestamp,
) -> Result<Option<Vec<u8>>, StoreError> {
    on!(tx, connection => {
        let row: Option<(Vec<u8>,)> = sqlx::query_as(
            "SELECT sealed FROM requests WHERE id = $1 AND account = $2 AND state = $3 AND expires_at > $4",
        )
        .bind(id)
        .bind(account)
        .bind(state)
        .bind(to_millis(now))
        .fetch_optional(&mut *connection)
        .await?;
        Ok(row.map(|(sealed,)| sealed))
    })
}

/// A step of a request that nobody answers yet.
#[derive(Clone, Debug)]
pub struct Move<'a> {
    /// The state that it leaves.
    pub from: &'a str,
    /// The state that it comes to.
    pub to: &'a str,
    /// What it holds from then on and until when it may be answered; nothing: as before.
    pub contents: Option<(&'a [u8], Timestamp)>,
}

/// Moves a request on, once: `false` when it is no longer in that state or has expired, and nothing of it is changed.
///
/// # Errors
/// The database's.
pub async fn move_request(
    tx: &mut Tx,
    id: &str,
    account: &str,
    step: &Move<'_>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let changed = sqlx::query(
            "UPDATE requests SET state = $4, sealed = COALESCE($6, sealed), expires_at = COALESCE($7, expires_at)
             WHERE id = $1 AND account = $2 AND state = $3 AND expires_at > $5",
        )
        .bind(id)
        .bind(account)
        .bind(step.from)
        .bind(step.to)
        .bind(to_millis(now))
        .bind(step.contents.map(|(sealed, _)| sealed))
        .bind(step.contents.map(|(_, expires_at)| to_millis(expires_at)))
        .execute(&mut *connection)
        .await?
        .rows_affected();
        Ok(changed == 1)
    })
}

/// Takes a request that is in one of two states for one answer, and tells its state. `None`: somebody else answers it,
/// or it is over. An answer that died loses it when its claim ends, and the next one goes on where it stopped.
///
/// # Errors
/// The database's.
pub async fn claim_request(
    tx: &mut Tx,
    claim: &Claim,
    states: [&str; 2],
    now: Timestamp,
) -> Result<Option<(String, Vec<u8>)>, StoreError> {
    let [first, second] = states;
    on!(tx, connection => {
        let row: Option<(String, Vec<u8>)> = sqlx::query_as(
            "UPDATE requests SET claimed_until = $6
             WHERE id = $1 AND account = $2 AND state IN ($3, $4) AND expires_at > $5
               AND (claimed_until IS NULL OR claimed_until <= $5)
             RETURNING state, sealed",
        )
        .bind(&claim.id)
        .bind(&claim.account)
        .bind(first)
        .bind(second)
        .bind(to_millis(now))
        .bind(to_millis(claim.until))
        .fetch_optional(&mut *connection)
        .await?;
        Ok(row)
    })
}

/// Moves a request on that an answer holds, and saves what it needs in its next state.
///
/// # Errors
/// [`StoreError::ClaimLost`], and the database's.
pub async fn step_request(tx: &mut Tx, claim: &Claim, to: &str, sealed: &[u8]) -> Result<(), StoreError> {
    on!(tx, connection => {
        let changed = sqlx::query(
            "UPDATE requests SET state = $4, sealed = $5 WHERE id = $1 AND account = $2 AND claimed_until = $3",
        )
        .bind(&claim.id)
        .bind(&claim.account)
        .bind(to_millis(claim.until))
        .bind(to)
        .bind(sealed)
        .execute(&mut *connection)
        .await?
        .rows_affected();
        held(changed, "requests")
    })
}

/// Lets go of a request so that the person may try again.
///
/// # Errors
/// [`StoreError::ClaimLost`], and the database's.
pub async fn release_request(tx: &mut Tx, claim: &Claim) -> Result<(), StoreError> {
    on!(tx, connection => {
        let changed = sqlx::query(
            "UPDATE requests SET claimed_until = NULL WHERE id = $1 AND account = $2 AND claimed_until = $3",
        )
        .bind(&claim.id)
        .bind(&claim.account)
        .bind(to_millis(claim.until))
        .execute(&mut *connection)
        .await?
        .rows_affected();
        held(changed, "requests")
    })
}

/// Remembers a request by the SHA-256 of client and nonce; `false`: it was seen before.
///
/// # Errors
/// The database's.
pub async fn see_request(tx: &mut Tx, hash: &[u8], expires_at: Timestamp) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let row: Option<(i64,)> = sqlx::query_as(
            "INSERT INTO seen_requests (hash, expires_at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING
             RETURNING expires_at",
        )
        .bind(hash)
        .bind(to_millis(expires_at))
        .fetch_optional(&mut *connection)
        .await?;
        Ok(row.is_some())
    })
}
