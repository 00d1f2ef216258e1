use crate::{Schema, StoreError, Tx, on, postgres::PostgresStore, sqlite::SqliteStore};
use futures_util::{FutureExt, future::BoxFuture};
use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// How long an operation may take before it is undone: it holds up all others on SQLite.
pub(crate) const OPERATION_LIMIT: Duration = Duration::from_secs(10);

/// An open database with its schema up to date. Clones share it.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    backend: Backend,
    commits: Commits,
}

enum Backend {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

/// Counts durable commits.
#[derive(Clone, Default)]
pub(crate) struct Commits(Arc<AtomicU64>);

impl Commits {
    pub(crate) fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl core::fmt::Debug for Store {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self.0.backend {
            Backend::Sqlite(_) => "Store(SQLite)",
            Backend::Postgres(_) => "Store(PostgreSQL)",
        })
    }
}

impl Store {
    /// Opens (SQLite: creates where missing) the database at `url` and brings its schema up to date.
    ///
    /// `sqlite:path/to/file.db` or `postgres://user:password@host:port/database?sslmode=verify-full`.
    ///
    /// # Errors
    /// [`StoreError::Url`], [`StoreError::Connect`], [`StoreError::Migration`].
    pub async fn connect(url: &str, schema: Schema) -> Result<Self, StoreError> {
        let commits = Commits::default();
        let backend = match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => Backend::Sqlite(SqliteStore::connect(url, schema, commits.clone()).await?),
            Some("postgres" | "postgresql") => {
                Backend::Postgres(PostgresStore::connect(url, schema, commits.clone()).await?)
            }
            _ => return Err(StoreError::Url("unknown scheme")),
        };
        Ok(Self(Arc::new(Inner { backend, commits })))
    }

    /// Runs `operation` as one transaction and answers when it is durable.
    ///
    /// `Ok` commits, `Err` undoes exactly this operation. It may run more than once (PostgreSQL collisions), which is
    /// why it borrows its `arguments`; only the last run counts. A caller who stops waiting cannot know whether it was
    /// committed.
    ///
    /// # Errors
    /// What the operation failed with, or why it could not be made durable.
    pub async fn write<A, T, F>(&self, arguments: A, operation: F) -> Result<T, StoreError>
    where
        A: Send + Sync + 'static,
        T: Send + 'static,
        F: for<'t> Fn(&'t mut Tx, &'t A) -> BoxFuture<'t, Result<T, StoreError>> + Send + Sync + 'static,
    {
        match &self.0.backend {
            Backend::Sqlite(store) => store.write(arguments, operation).await,
            Backend::Postgres(store) => store.write(arguments, operation).await,
        }
    }

    /// Runs `operation` on a connection that refuses writes. Each statement sees what is committed when it starts; what
    /// must be seen as of one moment belongs into one statement, or into [`write`](Self::write).
    ///
    /// # Errors
    /// What the operation failed with.
    pub async fn read<A, T, F>(&self, arguments: A, operation: F) -> Result<T, StoreError>
    where
        A: Send + Sync,
        T: Send,
        F: for<'t> Fn(&'t mut Tx, &'t A) -> BoxFuture<'t, Result<T, StoreError>> + Send + Sync,
    {
        let mut tx = match &self.0.backend {
            Backend::Sqlite(store) => store.reader().await?,
            Backend::Postgres(store) => store.reader().await?,
        };
        bounded(operation(&mut tx, &arguments)).await
    }

    /// How many durable commits there were since this store was opened. Commits are what a service is limited by.
    pub fn commits(&self) -> u64 {
        self.0.commits.0.load(Ordering::Relaxed)
    }

    /// Proves that the database answers; for readiness.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        if let Backend::Sqlite(store) = &self.0.backend
            && store.is_closed()
        {
            return Err(StoreError::Closed);
        }
        self.read((), |tx, ()| {
            Box::pin(async move {
                on!(tx, connection => {
                    sqlx::query("SELECT 1").execute(&mut *connection).await?;
                    Ok(())
                })
            })
        })
        .await
    }

    /// Finishes what is queued and closes every connection. Later operations get [`StoreError::Closed`].
    pub async fn close(&self) {
        match &self.0.backend {
            Backend::Sqlite(store) => store.close().await,
            Backend::Postgres(store) => store.close().await,
        }
    }
}

/// Keeps an operation within its time and its panic to itself.
pub(crate) async fn bounded<T>(operation: BoxFuture<'_, Result<T, StoreError>>) -> Result<T, StoreError> {
    match tokio::time::timeout(OPERATION_LIMIT, AssertUnwindSafe(operation).catch_unwind()).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(StoreError::Panicked),
        Err(_) => Err(StoreError::TooSlow {
            seconds: OPERATION_LIMIT.as_secs(),
        }),
    }
}
