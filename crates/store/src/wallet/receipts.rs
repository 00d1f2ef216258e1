//! Receipts: offers on their way to credentials.
use super::{Claim, held};
use crate::{
    StoreError, Tx, on,
    time::{from_millis, to_millis},
};
use jiff::Timestamp;

/// Keeps an offer that was shown to the person.
///
/// # Errors
/// The database's.
pub async fn add_receipt(
    tx: &mut Tx,
    id: &str,
    account: &str,
    sealed: &[u8],
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query("INSERT INTO receipts (id, account, sealed, expires_at) VALUES ($1, $2, $3, $4)")
            .bind(id)
            .bind(account)
            .bind(sealed)
            .bind(to_millis(expires_at))
            .execute(&mut *connection)
            .await?;
        Ok(())
    })
}

/// A receipt as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Sealed by the service.
    pub sealed: Vec<u8>,
    /// Every credential of the offer was received.
    pub finished: bool,
    /// Given up: a new offer is needed.
    pub failed: bool,
    /// The offer's own end.
    pub expires_at: Timestamp,
}

type ReceiptRow = (Vec<u8>, Option<i64>, Option<i64>, i64);

/// Looks at a receipt of an account.
///
/// # Errors
/// The database's.
pub async fn receipt(tx: &mut Tx, id: &str, account: &str) -> Result<Option<Receipt>, StoreError> {
    on!(tx, connection => {
        let row: Option<ReceiptRow> = sqlx::query_as(
            "SELECT sealed, finished_at, failed_at, expires_at FROM receipts WHERE id = $1 AND account = $2",
        )
        .bind(id)
        .bind(account)
        .fetch_optional(&mut *connection)
        .await?;
        row.map(|(sealed, finished_at, failed_at, expires_at)| {
            Ok(Receipt {
                sealed,
                finished: finished_at.is_some(),
                failed: failed_at.is_some(),
                expires_at: from_millis(expires_at, "receipts", "expires_at")?,
            })
        })
        .transpose()
    })
}

/// Takes a receipt for one run at the issuer and tells how far it has come. `None`: somebody else runs it, or it is
/// over. A run that died loses it when its claim ends, and the next one goes on where it stopped.
///
/// # Errors
/// The database's.
pub async fn claim_receipt(
    tx: &mut Tx,
    claim: &Claim,
    now: Timestamp,
) -> Result<Option<Vec<u8>>, StoreError> {
    on!(tx, connection => {
        let row: Option<(Vec<u8>,)> = sqlx::query_as(
            "UPDATE receipts SET claimed_until = $4
             WHERE id = $1 AND account = $2 AND finished_at IS NULL AND failed_at IS NULL AND expires_at > $3
               AND (claimed_until IS NULL OR claimed_until <= $3)
             RETURNING sealed",
        )
        .bind(&claim.id)
        .bind(&claim.account)
        .bind(to_millis(now))
        .bind(to_millis(claim.until))
        .fetch_optional(&mut *connection)
        .await?;
        Ok(row.map(|(sealed,)| sealed))
    })
}

/// What becomes of a receipt that a run holds.
#[derive(Default)]
struct Next<'a> {
    sealed: Option<&'a [u8]>,
    claimed_until: Option<Timestamp>,
    failed_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
}

async fn change(tx: &mut Tx, claim: &Claim, next: &Next<'_>) -> Result<(), StoreError> {
    on!(tx, connection => {
        let changed = sqlx::query(
            "UPDATE receipts SET sealed = COALESCE($4, sealed), claimed_until = $5, failed_at = $6, finished_at = $7
             WHERE id = $1 AND account = $2 AND claimed_until = $3",
        )
        .bind(&claim.id)
        .bind(&claim.account)
        .bind(to_millis(claim.until))
        .bind(next.sealed)
        .bind(next.claimed_until.map(to_millis))
        .bind(next.failed_at.map(to_millis))
        .bind(next.finished_at.map(to_millis))
        .execute(&mut *connection)
        .await?
        .rows_affected();
        held(changed, "receipts")
    })
}

/// Saves how far a run has come, and holds the receipt until `until`, which is the claim's end from now on.
///
/// # Errors
/// [`StoreError::ClaimLost`], and the database's.
pub async fn save_receipt(
    tx: &mut Tx,
    claim: &Claim,
    sealed: &[u8],
    until: Timestamp,
) -> Result<(), StoreError> {
    let next = Next {
        sealed: Some(sealed),
        claimed_until: Some(until),
        ..Next::default()
    };
    change(tx, claim, &next).await
}

/// Lets go of a receipt so that the person may try again.
///
/// # Errors
/// [`StoreError::ClaimLost`], and the database's.
pub async fn release_receipt(tx: &mut Tx, claim: &Claim) -> Result<(), StoreError> {
    change(tx, claim, &Next::default()).await
}

/// Gives a receipt up, and forgets what was needed to get it: `sealed` takes its place.
///
/// # Errors
/// [`StoreError::ClaimLost`], and the database's.
pub async fn fail_receipt(
    tx: &mut Tx,
    claim: &Claim,
    sealed: &[u8],
    now: Timestamp,
) -> Result<(), StoreError> {
    let next = Next {
        sealed: Some(sealed),
        failed_at: Some(now),
        ..Next::default()
    };
    change(tx, claim, &next).await
}

/// Ends a receipt that has brought everything, and forgets what was needed to get it.
///
/// # Errors
/// [`StoreError::ClaimLost`], and the database's.
pub async fn finish_receipt(
    tx: &mut Tx,
    claim: &Claim,
    sealed: &[u8],
    now: Timestamp,
) -> Result<(), StoreError> {
    let next = Next {
        sealed: Some(sealed),
        finished_at: Some(now),
        ..Next::default()
    };
    change(tx, claim, &next).await
}
