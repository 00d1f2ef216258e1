//! Trusted lists as they were accepted, so that a restart neither fetches all of them again nor forgets how new the
//! newest was. Whoever loads them verifies their signatures again: the database is not trusted.
use crate::{
    StoreError, Tx, on, postgres, sqlite,
    store::bounded,
    time::{from_millis, to_millis},
};
use jiff::Timestamp;

/// An accepted list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredList {
    /// Where it was fetched.
    pub url: String,
    /// The file.
    pub bytes: Vec<u8>,
    /// For the next conditional fetch.
    pub etag: Option<String>,
    /// When.
    pub fetched_at: Timestamp,
}

/// Stores a list in place of the one from the same URL.
///
/// # Errors
/// The database's.
pub async fn put(tx: &mut Tx, list: &StoredList) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query(
            "INSERT INTO stored_lists (url, bytes, etag, fetched_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (url) DO UPDATE
             SET bytes = excluded.bytes, etag = excluded.etag, fetched_at = excluded.fetched_at",
        )
        .bind(&list.url)
        .bind(&list.bytes)
        .bind(list.etag.as_deref())
        .bind(to_millis(list.fetched_at))
        .execute(&mut *connection)
        .await?;
        Ok(())
    })
}

/// Every list, by URL.
///
/// # Errors
/// The database's.
pub async fn all(tx: &mut Tx) -> Result<Vec<StoredList>, StoreError> {
    on!(tx, connection => {
        let rows: Vec<(String, Vec<u8>, Option<String>, i64)> =
            sqlx::query_as("SELECT url, bytes, etag, fetched_at FROM stored_lists ORDER BY url")
                .fetch_all(&mut *connection)
                .await?;
        rows.into_iter()
            .map(|(url, bytes, etag, fetched_at)| {
                Ok(StoredList { url, bytes, etag, fetched_at: from_millis(fetched_at, "stored_lists", "fetched_at")? })
            })
            .collect()
    })
}

/// Every list in the database of a service, which may be running: nothing is created, migrated or written.
///
/// # Errors
/// [`StoreError::Url`], [`StoreError::Connect`]; [`StoreError::Statement`], also where there is no such table.
pub async fn in_database(url: &str) -> Result<Vec<StoredList>, StoreError> {
    let mut tx = match url.split_once(':').map(|(scheme, _)| scheme) {
        Some("sqlite") => sqlite::look(url).await?,
        Some("postgres" | "postgresql") => postgres::look(url).await?,
        _ => return Err(StoreError::Url("unknown scheme")),
    };
    bounded(Box::pin(all(&mut tx))).await
}

/// Forgets the list of a URL.
///
/// # Errors
/// The database's.
pub async fn remove(tx: &mut Tx, url: &str) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query("DELETE FROM stored_lists WHERE url = $1").bind(url).execute(&mut *connection).await?;
        Ok(())
    })
}
