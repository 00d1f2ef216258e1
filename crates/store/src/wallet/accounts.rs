//! Invitations, accounts, sessions: secrets are known by their SHA-256 only.
use crate::{StoreError, Tx, on, time::to_millis};
use jiff::Timestamp;

/// Adds a single-use invitation by the SHA-256 of its secret.
///
/// # Errors
/// The database's.
pub async fn invite(tx: &mut Tx, hash: &[u8], expires_at: Timestamp) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query("INSERT INTO invitations (hash, expires_at) VALUES ($1, $2)")
            .bind(hash)
            .bind(to_millis(expires_at))
            .execute(&mut *connection)
            .await?;
        Ok(())
    })
}

/// Uses an invitation up; `false`: unknown, expired or used already, which look the same.
///
/// # Errors
/// The database's.
pub async fn use_invitation(tx: &mut Tx, hash: &[u8], now: Timestamp) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let used: Option<(i64,)> = sqlx::query_as(
            "UPDATE invitations SET used_at = $2 WHERE hash = $1 AND used_at IS NULL AND expires_at > $2
             RETURNING used_at",
        )
        .bind(hash)
        .bind(to_millis(now))
        .fetch_optional(&mut *connection)
        .await?;
        Ok(used.is_some())
    })
}

/// Opens an account.
///
/// # Errors
/// The database's.
pub async fn open_account(tx: &mut Tx, id: &str, now: Timestamp) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query("INSERT INTO accounts (id, created_at) VALUES ($1, $2)")
            .bind(id)
            .bind(to_millis(now))
            .execute(&mut *connection)
            .await?;
        Ok(())
    })
}

/// Opens a session of an account by the SHA-256 of its token.
///
/// # Errors
/// The database's.
pub async fn open_session(
    tx: &mut Tx,
    hash: &[u8],
    account: &str,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query("INSERT INTO sessions (hash, account, expires_at) VALUES ($1, $2, $3)")
            .bind(hash)
            .bind(account)
            .bind(to_millis(expires_at))
            .execute(&mut *connection)
            .await?;
        Ok(())
    })
}

/// The account of a session that is neither expired nor revoked.
///
/// # Errors
/// The database's.
pub async fn account_of(tx: &mut Tx, hash: &[u8], now: Timestamp) -> Result<Option<String>, StoreError> {
    on!(tx, connection => {
        let account: Option<(String,)> = sqlx::query_as(
            "SELECT account FROM sessions WHERE hash = $1 AND revoked_at IS NULL AND expires_at > $2",
        )
        .bind(hash)
        .bind(to_millis(now))
        .fetch_optional(&mut *connection)
        .await?;
        Ok(account.map(|(account,)| account))
    })
}

/// Ends a session.
///
/// # Errors
/// The database's.
pub async fn revoke_session(tx: &mut Tx, hash: &[u8], now: Timestamp) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query("UPDATE sessions SET revoked_at = $2 WHERE hash = $1 AND revoked_at IS NULL")
            .bind(hash)
            .bind(to_millis(now))
            .execute(&mut *connection)
            .await?;
        Ok(())
    })
}
