//! Contract tests: each runs on a fresh SQLite file and, where the environment variable `PROCURA_TEST_POSTGRES` holds
//! the URL of a server on which databases may be created, on a fresh PostgreSQL database.
//!
//! ```
//! # use procura_store::{Schema, contract};
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! contract::on_each_database(Schema::Issuer, async |database| {
//!     assert_eq!(database.store.commits(), 0);
//! })
//! .await;
//! # }
//! ```
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a harness of tests fails by panicking and speaks to who runs it"
)]
use crate::{Schema, Store};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::hash::{BuildHasher, RandomState};

/// A fresh database under test.
#[derive(Debug)]
pub struct Database {
    /// Open.
    pub store: Store,
    /// Where it is.
    pub url: String,
    schema: Schema,
}

impl Database {
    /// Closes the store and opens it again.
    ///
    /// # Panics
    /// When it does not open.
    pub async fn reopen(&mut self) {
        self.store.close().await;
        self.store = Store::connect(&self.url, self.schema)
            .await
            .expect("the database opens again");
    }
}

/// Runs `test` on every database there is.
///
/// # Panics
/// When a database cannot be made, and when the test does.
pub async fn on_each_database(schema: Schema, test: impl AsyncFn(&mut Database)) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite:{}", folder.path().join("contract.db").display());
    run(schema, url, &test).await;

    let Some(server) = postgres_server() else {
        println!("skipped: no PostgreSQL (PROCURA_TEST_POSTGRES is not set)");
        return;
    };
    let name = format!(
        "procura_test_{:016x}",
        RandomState::new().hash_one(std::process::id())
    );
    let mut administrator = PgConnection::connect(&server)
        .await
        .expect("PROCURA_TEST_POSTGRES answers");
    administrator
        .execute(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .await
        .expect("a fresh database");
    let (origin, _) = server.rsplit_once('/').expect("the URL ends with a database");
    run(schema, format!("{origin}/{name}"), &test).await;
    administrator
        .execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)")))
        .await
        .expect("the database can be dropped");
}

async fn run(schema: Schema, url: String, test: &impl AsyncFn(&mut Database)) {
    let store = Store::connect(&url, schema)
        .await
        .expect("a fresh database opens");
    let mut database = Database { store, url, schema };
    test(&mut database).await;
    database.store.close().await;
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests have no configuration but the environment"
)]
fn postgres_server() -> Option<String> {
    std::env::var("PROCURA_TEST_POSTGRES").ok()
}
