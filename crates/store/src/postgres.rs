//! PostgreSQL: one serializable transaction an operation, run again when it collided.
use crate::{
    Schema, StoreError, Tx,
    connection::Link,
    store::{Commits, bounded},
};
use futures_util::future::BoxFuture;
use sqlx::{
    Executor, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{
    hash::{BuildHasher, RandomState},
    str::FromStr,
    time::Duration,
};

/// How often an operation is run before its caller is told of the collisions.
const ATTEMPTS: u32 = 12;
const WRITERS: u32 = 16;
const READERS: u32 = 8;

pub(crate) struct PostgresStore {
    writers: PgPool,
    readers: PgPool,
    commits: Commits,
}

/// A connection by which nothing can be written.
pub(crate) async fn look(url: &str) -> Result<Tx, StoreError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| StoreError::Url("not a PostgreSQL URL"))?
        .application_name("procura")
        .options([("default_transaction_read_only", "on")]);
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(options)
        .await
        .map_err(StoreError::Connect)?;
    Ok(Tx(Link::PostgresReader(pool.acquire().await.map_err(closed)?)))
}

impl PostgresStore {
    pub(crate) async fn connect(url: &str, schema: Schema, commits: Commits) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|_| StoreError::Url("not a PostgreSQL URL"))?
            .application_name("procura");
        let pool = |connections: u32, on_connect: &'static str| {
            PgPoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(Duration::from_secs(10))
                .after_connect(move |connection, _| {
                    Box::pin(async move {
                        connection.execute(on_connect).await?;
                        Ok(())
                    })
                })
        };
        // What is answered is durable, whatever the server's default is.
        let writers = pool(
            WRITERS,
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
        )
        .connect_with(options.clone())
        .await
        .map_err(StoreError::Connect)?;
        schema
            .postgres()
            .run(&writers)
            .await
            .map_err(|e| schema.refused(&e))?;
        let readers = pool(READERS, "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
            .connect_with(options)
            .await
            .map_err(StoreError::Connect)?;
        Ok(Self {
            writers,
            readers,
            commits,
        })
    }

    pub(crate) async fn reader(&self) -> Result<Tx, StoreError> {
        Ok(Tx(Link::PostgresReader(
            self.readers.acquire().await.map_err(closed)?,
        )))
    }

    pub(crate) async fn write<A, T, F>(&self, arguments: A, operation: F) -> Result<T, StoreError>
    where
        A: Send + Sync,
        T: Send,
        F: for<'t> Fn(&'t mut Tx, &'t A) -> BoxFuture<'t, Result<T, StoreError>> + Send + Sync,
    {
        for attempt in 1..=ATTEMPTS {
            match self.attempt(&arguments, &operation).await {
                Err(e) if e.is_collision() => tokio::time::sleep(pause(attempt)).await,
                outcome => return outcome,
            }
        }
        Err(StoreError::Collisions { attempts: ATTEMPTS })
    }

    async fn attempt<A, T, F>(&self, arguments: &A, operation: &F) -> Result<T, StoreError>
    where
        F: for<'t> Fn(&'t mut Tx, &'t A) -> BoxFuture<'t, Result<T, StoreError>>,
    {
        let transaction = self
            .writers
            .begin_with("BEGIN ISOLATION LEVEL SERIALIZABLE")
            .await
            .map_err(closed)?;
        let mut tx = Tx(Link::PostgresTransaction(transaction));
        let outcome = bounded(operation(&mut tx, arguments)).await;
        let Link::PostgresTransaction(transaction) = tx.0 else {
            return Err(StoreError::Closed);
        };
        match outcome {
            Ok(value) => {
                transaction.commit().await?;
                self.commits.add_one();
                Ok(value)
            }
            Err(failure) => {
                // Should the rollback fail, the connection is broken and the server undoes the transaction.
                transaction.rollback().await.ok();
                Err(failure)
            }
        }
    }

    pub(crate) async fn close(&self) {
        self.writers.close().await;
        self.readers.close().await;
    }
}

fn closed(error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::PoolClosed => StoreError::Closed,
        other => StoreError::Statement(other),
    }
}

/// Grows with the attempts and differs between callers, so that those who collided do not meet again.
fn pause(attempt: u32) -> Duration {
    let longest = 1u64 << attempt.min(6);
    Duration::from_micros(RandomState::new().hash_one(attempt) % (longest * 1000))
}
