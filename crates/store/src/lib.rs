//! Repositories over SQLite and PostgreSQL.
//!
//! One SQL text serves both databases, one body is stamped for both connections, and one contract suite runs on both.
//! Every write is durable when it is answered. On SQLite one writer takes what is queued, runs each operation in its
//! own savepoint, commits once for all of them and answers (*group commit*); on PostgreSQL each operation is a
//! `SERIALIZABLE` transaction, run again when the database says that it collided. Either way an operation behaves as if
//! it ran alone.
//!
//! What it refuses: in-memory databases (nothing here is allowed to forget), writes through [`Store::read`], migrations
//! that were changed after they were applied.
//!
//! # Use
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use procura_store::{Schema, Store, stored_lists::{self, StoredList}};
//! # let folder = tempfile::tempdir()?;
//! # let url = format!("sqlite:{}", folder.path().join("issuer.db").display());
//! let store = Store::connect(&url, Schema::Issuer).await?;
//! let list = StoredList {
//!     url: "https://example.org/tl.xml".into(),
//!     bytes: b"<xml/>".to_vec(),
//!     etag: None,
//!     fetched_at: "2026-01-01T00:00:00Z".parse()?,
//! };
//! // What the operation needs goes in as the first argument, and comes back to it by reference: it may run twice.
//! store.write(list.clone(), |tx, list| Box::pin(stored_lists::put(tx, list))).await?;
//! let lists = store.read((), |tx, ()| Box::pin(stored_lists::all(tx))).await?;
//! assert_eq!(lists, [list]);
//! assert_eq!(store.commits(), 1);
//! store.close().await;
//! # Ok(()) }
//! ```
//!
//! # Recipe: to add a repository
//! 1. Tables go into `migrations/sqlite/<schema>/NNNN_name.sql` and, same number and name,
//!    `migrations/postgres/<schema>/NNNN_name.sql`. Numbers from 1001; those below belong to `shared`. A migration that
//!    has been released is never edited: add the next one.
//!    Types: `TEXT`/`TEXT`, `BLOB`/`BYTEA`, `INTEGER`/`BIGINT` (whole numbers, booleans as 0 and 1, points in time as
//!    milliseconds since 1970, see [`time`]). SQLite tables are `STRICT`.
//! 2. The repository is a module of functions that take `&mut Tx` first, so that a service can put several into one
//!    transaction. The body stands inside `on!`, which stamps it for both connections; placeholders are `$1`, `$2`, …:
//!    ```ignore
//!    use crate::{StoreError, Tx, on, time::to_millis};
//!
//!    /// Redeems a code; `None`: unknown, expired or used already.
//!    pub async fn redeem(tx: &mut Tx, hash: &[u8], now: Timestamp) -> Result<Option<String>, StoreError> {
//!        on!(tx, connection => {
//!            let row: Option<(String,)> = sqlx::query_as(
//!                "UPDATE codes SET used_at = $2 WHERE hash = $1 AND used_at IS NULL AND expires_at > $2 RETURNING issuance",
//!            )
//!            .bind(hash)
//!            .bind(to_millis(now))
//!            .fetch_optional(&mut *connection)
//!            .await?;
//!            Ok(row.map(|(issuance,)| issuance))
//!        })
//!    }
//!    ```
//!    Single use is `UPDATE … WHERE used_at IS NULL … RETURNING`. Not found is `Ok(None)`. What cannot be read back is
//!    [`StoreError::Stored`]. No `FOR UPDATE` is needed (nor known to SQLite): load, step, save is exclusive by itself.
//! 3. A service runs a step as one operation:
//!    `store.write((hash, now), |tx, (hash, now)| Box::pin(async move { …load, pure step, save… })).await`.
//!    `Err` undoes the operation; a refusal that must be remembered (an attempt counted) is a value inside `Ok`.
//!    Nothing that waits for somebody else (a peer, a signer) belongs into an operation: on SQLite all others wait.
//! 4. Its contract tests call `contract::on_each_database` (feature `contract`): they run on SQLite, and on PostgreSQL where
//!    `PROCURA_TEST_POSTGRES` names a server.

mod connection;
#[cfg(any(test, feature = "contract"))]
pub mod contract;
mod error;
pub mod issuer;
mod migrations;
pub mod outbox;
pub mod portal;
mod postgres;
mod sqlite;
mod store;
pub mod stored_lists;
pub mod time;
pub mod verifier;
pub mod wallet;

pub use connection::Tx;
pub(crate) use connection::on;
pub use error::StoreError;
pub use migrations::Schema;
pub use store::Store;
