//! Credentials at rest.
use crate::{
    StoreError, Tx, on,
    time::{from_millis, to_millis},
};
use jiff::Timestamp;

/// A credential at rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCredential {
    /// Random, 128 bit.
    pub id: String,
    /// The credential, sealed.
    pub sealed: Vec<u8>,
    /// The holder's key, sealed.
    pub sealed_key: Vec<u8>,
    /// When it was received.
    pub received_at: Timestamp,
}

/// Keeps a credential.
///
/// # Errors
/// The database's.
pub async fn add_credential(
    tx: &mut Tx,
    account: &str,
    credential: &StoredCredential,
) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query(
            "INSERT INTO credentials (id, account, sealed, sealed_key, received_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&credential.id)
        .bind(account)
        .bind(&credential.sealed)
        .bind(&credential.sealed_key)
        .bind(to_millis(credential.received_at))
        .execute(&mut *connection)
        .await?;
        Ok(())
    })
}

/// The credentials of an account, oldest first.
///
/// # Errors
/// The database's.
pub async fn credentials(tx: &mut Tx, account: &str) -> Result<Vec<StoredCredential>, StoreError> {
    on!(tx, connection => {
        let rows: Vec<(String, Vec<u8>, Vec<u8>, i64)> = sqlx::query_as(
            "SELECT id, sealed, sealed_key, received_at FROM credentials WHERE account = $1
             ORDER BY received_at, id",
        )
        .bind(account)
        .fetch_all(&mut *connection)
        .await?;
        rows.into_iter()
            .map(|(id, sealed, sealed_key, received_at)| {
                let received_at = from_millis(received_at, "credentials", "received_at")?;
                Ok(StoredCredential { id, sealed, sealed_key, received_at })
            })
            .collect()
    })
}

/// Forgets a credential and its key; `false`: there is none.
///
/// # Errors
/// The database's.
pub async fn delete_credential(tx: &mut Tx, account: &str, id: &str) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let row: Option<(String,)> =
            sqlx::query_as("DELETE FROM credentials WHERE account = $1 AND id = $2 RETURNING id")
                .bind(account)
                .bind(id)
                .fetch_optional(&mut *connection)
                .await?;
        Ok(row.is_some())
    })
}
