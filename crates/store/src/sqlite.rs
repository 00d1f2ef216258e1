//! SQLite: readers beside one writer that commits in groups.
use crate::{
    Schema, StoreError, Tx,
    connection::Link,
    store::{Commits, bounded},
};
use futures_util::future::BoxFuture;
use sqlx::{
    Sqlite, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{io, path::Path, str::FromStr, time::Duration};
use tokio::sync::{mpsc, oneshot};

/// Operations that wait for the writer before callers have to wait to queue.
const QUEUE: usize = 1024;
/// Operations that share a commit. More would only make the first wait for the last.
const GROUP: usize = 128;
const READERS: u32 = 4;

pub(crate) struct SqliteStore {
    queue: mpsc::Sender<Message>,
    readers: SqlitePool,
}

enum Message {
    Run(Box<dyn Operation>),
    Close(oneshot::Sender<()>),
}

/// What the writer does for a caller.
trait Operation: Send {
    /// Nobody waits for it any more.
    fn is_abandoned(&self) -> bool;
    /// Runs it and keeps its result.
    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, Result<(), StoreError>>;
    /// Tells the caller, once what ran is durable or undone.
    fn answer(self: Box<Self>, outcome: Result<(), StoreError>);
}

struct Job<A, T, F> {
    arguments: A,
    operation: F,
    result: Option<T>,
    caller: oneshot::Sender<Result<T, StoreError>>,
}

impl<A, T, F> Operation for Job<A, T, F>
where
    A: Send + Sync,
    T: Send,
    F: for<'t> Fn(&'t mut Tx, &'t A) -> BoxFuture<'t, Result<T, StoreError>> + Send + Sync,
{
    fn is_abandoned(&self) -> bool {
        self.caller.is_closed()
    }

    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, Result<(), StoreError>> {
        Box::pin(async move {
            self.result = Some((self.operation)(tx, &self.arguments).await?);
            Ok(())
        })
    }

    fn answer(self: Box<Self>, outcome: Result<(), StoreError>) {
        let Self { result, caller, .. } = *self;
        // A caller that left in the meantime is told nothing.
        caller
            .send(outcome.and_then(|()| result.ok_or(StoreError::Closed)))
            .ok();
    }
}

/// A connection to a database that exists, by which nothing can be written.
pub(crate) async fn look(url: &str) -> Result<Tx, StoreError> {
    let options = SqliteConnectOptions::from_str(url)
        .map_err(|_| StoreError::Url("not an SQLite URL"))?
        .create_if_missing(false)
        .read_only(true)
        .busy_timeout(Duration::from_secs(5));
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await
        .map_err(StoreError::Connect)?;
    Ok(Tx(Link::Sqlite(pool.acquire().await?)))
}

impl SqliteStore {
    pub(crate) async fn connect(url: &str, schema: Schema, commits: Commits) -> Result<Self, StoreError> {
        if url.contains(":memory:") || url.contains("mode=memory") {
            return Err(StoreError::Url("a database in memory forgets"));
        }
        let options = SqliteConnectOptions::from_str(url)
            .map_err(|_| StoreError::Url("not an SQLite URL"))?
            .journal_mode(SqliteJournalMode::Wal)
            // With NORMAL a power cut could forget a code that was redeemed already.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // What was deleted would otherwise stay in the file until something else happens to need its place.
            .pragma("secure_delete", "ON")
            .busy_timeout(Duration::from_secs(5));
        create_private(options.get_filename())
            .await
            .map_err(|e| StoreError::Connect(sqlx::Error::Io(e)))?;
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone().create_if_missing(true))
            .await
            .map_err(StoreError::Connect)?;
        schema
            .sqlite()
            .run(&writer)
            .await
            .map_err(|e| schema.refused(&e))?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_with(options.read_only(true))
            .await
            .map_err(StoreError::Connect)?;
        let (queue, queued) = mpsc::channel(QUEUE);
        tokio::spawn(
            Writer {
                pool: writer,
                tx: None,
                commits,
            }
            .work(queued),
        );
        Ok(Self { queue, readers })
    }

    pub(crate) async fn reader(&self) -> Result<Tx, StoreError> {
        Ok(Tx(Link::Sqlite(self.readers.acquire().await?)))
    }

    pub(crate) async fn write<A, T, F>(&self, arguments: A, operation: F) -> Result<T, StoreError>
    where
        A: Send + Sync + 'static,
        T: Send + 'static,
        F: for<'t> Fn(&'t mut Tx, &'t A) -> BoxFuture<'t, Result<T, StoreError>> + Send + Sync + 'static,
    {
        let (caller, answer) = oneshot::channel();
        let job = Job {
            arguments,
            operation,
            result: None,
            caller,
        };
        self.queue
            .send(Message::Run(Box::new(job)))
            .await
            .map_err(|_| StoreError::Closed)?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.queue.is_closed()
    }

    pub(crate) async fn close(&self) {
        // The last connection that closes moves the journal into the file and removes it; one that only reads cannot, and
        // what was deleted since would go on standing there.
        self.readers.close().await;
        let (done, closed) = oneshot::channel();
        if self.queue.send(Message::Close(done)).await.is_ok() {
            // An error says that the writer is gone: closed as well.
            closed.await.ok();
        }
    }
}

/// Creates a database that is missing for its owner alone; SQLite gives its journals the same mode. The mode of one that
/// exists is the operator's.
async fn create_private(path: &Path) -> io::Result<()> {
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    match options.open(path).await {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(e),
        _ => Ok(()),
    }
}

/// The one connection that writes.
struct Writer {
    pool: SqlitePool,
    tx: Option<Tx>,
    commits: Commits,
}

impl Writer {
    async fn work(mut self, mut queued: mpsc::Receiver<Message>) {
        let mut messages = Vec::new();
        let mut closing = Vec::new();
        while closing.is_empty() && queued.recv_many(&mut messages, GROUP).await > 0 {
            let mut group = Vec::new();
            for message in messages.drain(..) {
                match message {
                    Message::Run(operation) if !operation.is_abandoned() => group.push(operation),
                    Message::Run(_) => {}
                    Message::Close(done) => closing.push(done),
                }
            }
            if !group.is_empty() {
                self.run(group).await;
            }
        }
        self.tx = None;
        self.pool.close().await;
        for done in closing {
            // Who asked to close may have stopped waiting.
            done.send(()).ok();
        }
    }

    async fn run(&mut self, group: Vec<Box<dyn Operation>>) {
        let mut tx = match self.tx.take() {
            Some(tx) => tx,
            None => match self.pool.acquire().await {
                Ok(connection) => Tx(Link::Sqlite(connection)),
                Err(e) => return refuse(group, &e.to_string()),
            },
        };
        if self.commit(&mut tx, group).await {
            self.tx = Some(tx);
        } else if let Link::Sqlite(mut connection) = tx.0 {
            // Its transaction may still be open: the next group gets a new connection.
            connection.close_on_drop();
        }
    }

    /// Runs a group as one transaction; `false`: the connection is not usable any more.
    async fn commit(&self, tx: &mut Tx, group: Vec<Box<dyn Operation>>) -> bool {
        if let Err(e) = execute(tx, "BEGIN IMMEDIATE").await {
            refuse(group, &e.to_string());
            return false;
        }
        let mut done = Vec::with_capacity(group.len());
        let mut group = group.into_iter();
        while let Some(mut operation) = group.next() {
            let outcome = match execute(tx, "SAVEPOINT operation").await {
                Ok(()) => bounded(operation.run(tx)).await,
                Err(e) => Err(e),
            };
            match outcome {
                Ok(()) => {
                    // A savepoint that stays open is closed by the commit; if it is gone, so is the transaction.
                    if let Err(e) = execute(tx, "RELEASE operation").await {
                        done.push(operation);
                        refuse(done.into_iter().chain(group), &e.to_string());
                        return false;
                    }
                    done.push(operation);
                }
                Err(failure) => {
                    // Some failures (disk full, input or output error) undo the whole transaction by themselves.
                    let undone = execute(tx, "ROLLBACK TO operation; RELEASE operation").await;
                    operation.answer(Err(failure));
                    if let Err(e) = undone {
                        refuse(done.into_iter().chain(group), &e.to_string());
                        return false;
                    }
                }
            }
        }
        if done.is_empty() {
            return execute(tx, "ROLLBACK").await.is_ok();
        }
        match execute(tx, "COMMIT").await {
            Ok(()) => {
                self.commits.add_one();
                for operation in done {
                    operation.answer(Ok(()));
                }
                true
            }
            Err(e) => {
                refuse(done, &e.to_string());
                false
            }
        }
    }
}

async fn execute(tx: &mut Tx, sql: &'static str) -> Result<(), StoreError> {
    let Link::Sqlite(connection) = &mut tx.0 else {
        return Err(StoreError::Closed);
    };
    sqlx::query::<Sqlite>(sql).execute(&mut **connection).await?;
    Ok(())
}

fn refuse(group: impl IntoIterator<Item = Box<dyn Operation>>, reason: &str) {
    for operation in group {
        operation.answer(Err(StoreError::Commit(reason.to_owned())));
    }
}
