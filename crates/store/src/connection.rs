//! What a repository runs its statements on.
use sqlx::{PgConnection, Postgres, Sqlite, SqliteConnection, Transaction, pool::PoolConnection};

/// An open connection: inside [`Store::write`](crate::Store::write) one transaction, inside
/// [`Store::read`](crate::Store::read) a connection that refuses writes and sees, statement by statement, what is
/// committed.
pub struct Tx(pub(crate) Link);

impl core::fmt::Debug for Tx {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self.0 {
            Link::Sqlite(_) => "Tx(SQLite)",
            Link::PostgresReader(_) | Link::PostgresTransaction(_) => "Tx(PostgreSQL)",
        })
    }
}

pub(crate) enum Link {
    Sqlite(PoolConnection<Sqlite>),
    PostgresReader(PoolConnection<Postgres>),
    PostgresTransaction(Transaction<'static, Postgres>),
}

pub(crate) enum Connection<'t> {
    Sqlite(&'t mut SqliteConnection),
    Postgres(&'t mut PgConnection),
}

impl Tx {
    pub(crate) fn connection(&mut self) -> Connection<'_> {
        match &mut self.0 {
            Link::Sqlite(connection) => Connection::Sqlite(connection),
            Link::PostgresReader(connection) => Connection::Postgres(connection),
            Link::PostgresTransaction(transaction) => Connection::Postgres(transaction),
        }
    }
}

/// Stamps one body for both kinds of connection: `on!(tx, connection => { … })`.
macro_rules! on {
    ($tx:expr, $connection:ident => $body:block) => {
        match $crate::connection::Connection::of($tx) {
            $crate::connection::Connection::Sqlite($connection) => $body,
            $crate::connection::Connection::Postgres($connection) => $body,
        }
    };
}
pub(crate) use on;

impl<'t> Connection<'t> {
    pub(crate) fn of(tx: &'t mut Tx) -> Self {
        tx.connection()
    }
}
