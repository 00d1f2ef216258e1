//! Tokens of the management API.
use crate::{
    StoreError, Tx, on,
    time::{from_millis, to_millis},
};
use jiff::Timestamp;

/// A token as it is kept: never the token itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// Random, 128 bit; for listing and revoking.
    pub id: String,
    /// Who uses it, in the operator's words.
    pub label: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

const TABLE: &str = "issuer_api_tokens";

type Row = (String, String, String, i64, Option<i64>, Option<i64>);

fn read((id, label, scopes, created_at, expires_at, revoked_at): Row) -> Result<ApiToken, StoreError> {
    let optional = |millis: Option<i64>, column| millis.map(|at| from_millis(at, TABLE, column)).transpose();
    Ok(ApiToken {
        id,
        label,
        scopes: scopes.split_ascii_whitespace().map(str::to_owned).collect(),
        created_at: from_millis(created_at, TABLE, "created_at")?,
        expires_at: optional(expires_at, "expires_at")?,
        revoked_at: optional(revoked_at, "revoked_at")?,
    })
}

/// Adds a token by its SHA-256.
///
/// # Errors
/// The database's.
pub async fn add(tx: &mut Tx, token: &ApiToken, hash: &[u8]) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query(
            "INSERT INTO issuer_api_tokens (id, token_hash, label, scopes, created_at, expires_at, revoked_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&token.id)
        .bind(hash)
        .bind(&token.label)
        .bind(token.scopes.join(" "))
        .bind(to_millis(token.created_at))
        .bind(token.expires_at.map(to_millis))
        .bind(token.revoked_at.map(to_millis))
        .execute(&mut *connection)
        .await?;
        Ok(())
    })
}

/// The token of this SHA-256 that is neither revoked nor expired at `now`.
///
/// # Errors
/// The database's.
pub async fn valid(tx: &mut Tx, hash: &[u8], now: Timestamp) -> Result<Option<ApiToken>, StoreError> {
    on!(tx, connection => {
        let row: Option<Row> = sqlx::query_as(
            "SELECT id, label, scopes, created_at, expires_at, revoked_at FROM issuer_api_tokens
             WHERE token_hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)",
        )
        .bind(hash)
        .bind(to_millis(now))
        .fetch_optional(&mut *connection)
        .await?;
        row.map(read).transpose()
    })
}

/// Every token, oldest first.
///
/// # Errors
/// The database's.
pub async fn all(tx: &mut Tx) -> Result<Vec<ApiToken>, StoreError> {
    on!(tx, connection => {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, label, scopes, created_at, expires_at, revoked_at FROM issuer_api_tokens
             ORDER BY created_at, id",
        )
        .fetch_all(&mut *connection)
        .await?;
        rows.into_iter().map(read).collect()
    })
}

/// Revokes a token; `false`: there is none that was not revoked before.
///
/// # Errors
/// The database's.
pub async fn revoke(tx: &mut Tx, id: &str, now: Timestamp) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let done = sqlx::query(
            "UPDATE issuer_api_tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
        )
        .bind(id)
        .bind(to_millis(now))
        .execute(&mut *connection)
        .await?;
        Ok(done.rows_affected() == 1)
    })
}
