//! Status lists: which positions were given away, and which bits are turned.
use crate::{StoreError, Tx, on, time::to_millis};
use jiff::Timestamp;

/// A position of a status list that belongs to one credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StatusPosition {
    /// The list.
    pub list: i64,
    /// The position within, from 0.
    pub position: i64,
}

/// A status list as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusList {
    /// Grows whenever a bit is turned.
    pub version: i64,
    /// Its length in bits.
    pub bits: i64,
    /// The bits that are turned.
    pub revoked: Vec<i64>,
}

/// Gives away the first of `candidates` that is free in the newest list. A list is closed, and the next one begun, when
/// half of it is given away: so that random candidates stay free, and positions tell nothing of who came after whom.
///
/// `None`: every candidate is taken; draw others.
///
/// # Errors
/// The database's.
pub async fn allocate(
    tx: &mut Tx,
    bits: i64,
    candidates: &[i64],
    now: Timestamp,
) -> Result<Option<StatusPosition>, StoreError> {
    on!(tx, connection => {
        let open: Option<(i64,)> = sqlx::query_as(
            "UPDATE issuer_status_lists SET allocated = allocated + 1
             WHERE id = (SELECT MAX(id) FROM issuer_status_lists) AND bits = $1 AND allocated < bits / 2
             RETURNING id",
        )
        .bind(bits)
        .fetch_optional(&mut *connection)
        .await?;
        let list = if let Some((list,)) = open {
            list
        } else {
            let (list,): (i64,) = sqlx::query_as(
                "INSERT INTO issuer_status_lists (id, bits, allocated, version, created_at)
                 VALUES ((SELECT COALESCE(MAX(id), 0) + 1 FROM issuer_status_lists), $1, 1, 0, $2)
                 RETURNING id",
            )
            .bind(bits)
            .bind(to_millis(now))
            .fetch_one(&mut *connection)
            .await?;
            list
        };
        for &position in candidates.iter().filter(|candidate| (0..bits).contains(candidate)) {
            let taken = sqlx::query(
                "INSERT INTO issuer_status_entries (list, position) VALUES ($1, $2)
                 ON CONFLICT (list, position) DO NOTHING",
            )
            .bind(list)
            .bind(position)
            .execute(&mut *connection)
            .await?;
            if taken.rows_affected() == 1 {
                return Ok(Some(StatusPosition { list, position }));
            }
        }
        Ok(None)
    })
}

/// Turns the bit of a position; `false`: it was turned before.
///
/// # Errors
/// The database's.
pub async fn revoke(tx: &mut Tx, at: StatusPosition, now: Timestamp) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let turned = sqlx::query(
            "UPDATE issuer_status_entries SET revoked_at = $3
             WHERE list = $1 AND position = $2 AND revoked_at IS NULL",
        )
        .bind(at.list)
        .bind(at.position)
        .bind(to_millis(now))
        .execute(&mut *connection)
        .await?;
        if turned.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query("UPDATE issuer_status_lists SET version = version + 1 WHERE id = $1")
            .bind(at.list)
            .execute(&mut *connection)
            .await?;
        Ok(true)
    })
}

/// The version of a list: to learn whether what is sealed still holds.
///
/// # Errors
/// The database's.
pub async fn version(tx: &mut Tx, list: i64) -> Result<Option<i64>, StoreError> {
    on!(tx, connection => {
        let row: Option<(i64,)> = sqlx::query_as("SELECT version FROM issuer_status_lists WHERE id = $1")
            .bind(list)
            .fetch_optional(&mut *connection)
            .await?;
        Ok(row.map(|(version,)| version))
    })
}

/// A list with its turned bits. A bit that is turned between both statements is there already while the version is not:
/// then the next reader builds the list once more, and none ever lacks a bit of its version.
///
/// # Errors
/// The database's.
pub async fn load(tx: &mut Tx, list: i64) -> Result<Option<StatusList>, StoreError> {
    on!(tx, connection => {
        let row: Option<(i64, i64)> =
            sqlx::query_as("SELECT version, bits FROM issuer_status_lists WHERE id = $1")
                .bind(list)
                .fetch_optional(&mut *connection)
                .await?;
        let Some((version, bits)) = row else { return Ok(None) };
        let revoked: Vec<(i64,)> = sqlx::query_as(
            "SELECT position FROM issuer_status_entries
             WHERE list = $1 AND revoked_at IS NOT NULL ORDER BY position",
        )
        .bind(list)
        .fetch_all(&mut *connection)
        .await?;
        Ok(Some(StatusList { version, bits, revoked: revoked.into_iter().map(|(p,)| p).collect() }))
    })
}
