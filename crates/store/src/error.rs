use crate::Schema;

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The URL is neither `sqlite:` with a file nor `postgres:`; the URL is not repeated, it may hold a password.
    #[error("database URL: {0}; use sqlite:path/to/file.db or postgres://user@host/database")]
    Url(&'static str),
    /// The database could not be opened.
    #[error("the database cannot be opened: {0}")]
    Connect(#[source] sqlx::Error),
    /// A migration failed, was changed after it was applied, or is newer than this program.
    #[error("migrations of {schema:?}: {reason}")]
    Migration {
        /// Which migrations.
        schema: Schema,
        /// What is wrong, with the migration's number.
        reason: String,
    },
    /// A statement failed.
    #[error("statement failed: {0}")]
    Statement(#[from] sqlx::Error),
    /// What is stored is not what this program writes.
    #[error("stored data cannot be read: {table}.{column}")]
    Stored {
        /// Table.
        table: &'static str,
        /// Column.
        column: &'static str,
    },
    /// The transaction could not be made durable; nothing of the operation is kept.
    #[error("not committed: {0}")]
    Commit(String),
    /// The operation collided with others as often as we try.
    #[error("gave up after {attempts} collisions with other transactions")]
    Collisions {
        /// How often it was run.
        attempts: u32,
    },
    /// The operation took longer than an operation may.
    #[error("the operation took longer than {seconds} s and was undone")]
    TooSlow {
        /// The limit.
        seconds: u64,
    },
    /// The operation panicked and was undone.
    #[error("the operation panicked and was undone")]
    Panicked,
    /// A run outlived its claim, and another one has taken over; nothing of the operation is kept.
    #[error("the claim on a row of {table} was lost to another run; nothing was changed")]
    ClaimLost {
        /// Table of what was claimed.
        table: &'static str,
    },
    /// The store is closed.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// A row with this key exists already.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Statement(sqlx::Error::Database(e)) if e.is_unique_violation())
    }

    /// PostgreSQL asks to run the transaction again (`serialization_failure`, `deadlock_detected`).
    pub(crate) fn is_collision(&self) -> bool {
        matches!(self, Self::Statement(sqlx::Error::Database(e)) if matches!(e.code().as_deref(), Some("40001" | "40P01")))
    }
}
