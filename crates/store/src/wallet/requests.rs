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

/// Takes a request that is in one of these states for one run, and tells its state. `None`: somebody else works on it, or
/// it is in another state or has expired. A run that died loses it when its claim ends, and the next one goes on where it
/// stopped.
///
/// # Errors
/// The database's.
pub async fn claim_request(
    tx: &mut Tx,
    claim: &Claim,
    states: &[&str],
    now: Timestamp,
) -> Result<Option<(String, Vec<u8>)>, StoreError> {
    // Both databases read this; they have no list of values in common.
    let listed = format!(",{},", states.join(","));
    on!(tx, connection => {
        let row: Option<(String, Vec<u8>)> = sqlx::query_as(
            "UPDATE requests SET claimed_until = $5
             WHERE id = $1 AND account = $2 AND $3 LIKE '%,' || state || ',%' AND expires_at > $4
               AND (claimed_until IS NULL OR claimed_until <= $4)
             RETURNING state, sealed",
        )
        .bind(&claim.id)
        .bind(&claim.account)
        .bind(listed)
        .bind(to_millis(now))
        .bind(to_millis(claim.until))
        .fetch_optional(&mut *connection)
        .await?;
        Ok(row)
    })
}

/// Whether somebody works on a request of an account right now.
///
/// # Errors
/// The database's.
pub async fn request_is_held(
    tx: &mut Tx,
    id: &str,
    account: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let row: Option<(String,)> = sqlx::query_as(
            "SELECT state FROM requests WHERE id = $1 AND account = $2 AND claimed_until > $3",
        )
        .bind(id)
        .bind(account)
        .bind(to_millis(now))
        .fetch_optional(&mut *connection)
        .await?;
        Ok(row.is_some())
    })
}

/// What becomes of a request that a run holds; nothing: as before.
#[derive(Default)]
struct Next<'a> {
    to: Option<&'a str>,
    sealed: Option<&'a [u8]>,
    expires_at: Option<Timestamp>,
    claimed_until: Option<Timestamp>,
}

async fn change(tx: &mut Tx, claim: &Claim, next: &Next<'_>) -> Result<(), StoreError> {
    on!(tx, connection => {
        let changed = sqlx::query(
            "UPDATE requests SET state = COALESCE($4, state), sealed = COALESCE($5, sealed),
               expires_at = COALESCE($6, expires_at), claimed_until = $7
             WHERE id = $1 AND account = $2 AND claimed_until = $3",
        )
        .bind(&claim.id)
        .bind(&claim.account)
        .bind(to_millis(claim.until))
        .bind(next.to)
        .bind(next.sealed)
        .bind(next.expires_at.map(to_millis))
        .bind(next.claimed_until.map(to_millis))
        .execute(&mut *connection)
        .await?
        .rows_affected();
        held(changed, "requests")
    })
}

/// Moves a request on that a run holds and goes on holding, and saves what it needs in its next state.
///
/// # Errors
/// [`StoreError::ClaimLost`], and the database's.
pub async fn step_request(tx: &mut Tx, claim: &Claim, to: &str, sealed: &[u8]) -> Result<(), StoreError> {
    let next = Next {
        to: Some(to),
        sealed: Some(sealed),
        claimed_until: Some(claim.until),
        ..Next::default()
    };
    change(tx, claim, &next).await
}

/// Moves a request on and lets go of it; `expires_at`: until when what comes next may be done, when that changes.
///
/// # Errors
/// [`StoreError::ClaimLost`], and the database's.
pub async fn leave_request(
    tx: &mut Tx,
    claim: &Claim,
    to: &str,
    sealed: &[u8],
    expires_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    let next = Next {
        to: Some(to),
        sealed: Some(sealed),
        expires_at,
        claimed_until: None,
    };
    change(tx, claim, &next).await
}

/// Lets go of a request so that the person may try again.
///
/// # Errors
/// [`StoreError::ClaimLost`], and the database's.
pub async fn release_request(tx: &mut Tx, claim: &Claim) -> Result<(), StoreError> {
    change(tx, claim, &Next::default()).await
}

/// Remembers a request, or a login that was answered, by a SHA-256; `false`: it was remembered before.
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

/// Whether this was remembered by [`see_request`].
///
/// # Errors
/// The database's.
pub async fn has_seen_request(tx: &mut Tx, hash: &[u8]) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let row: Option<(i64,)> = sqlx::query_as("SELECT expires_at FROM seen_requests WHERE hash = $1")
            .bind(hash)
            .fetch_optional(&mut *connection)
            .await?;
        Ok(row.is_some())
    })
}

/// Forgets what [`see_request`] remembered: a login whose answer was refused may be answered again.
///
/// # Errors
/// The database's.
pub async fn forget_request(tx: &mut Tx, hash: &[u8]) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query("DELETE FROM seen_requests WHERE hash = $1")
            .bind(hash)
            .execute(&mut *connection)
            .await?;
        Ok(())
    })
}
