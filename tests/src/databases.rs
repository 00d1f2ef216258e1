//! One database a service: SQLite files, or fresh schemas of a PostgreSQL server.
//!
//! Schemas, because a PostgreSQL that is durable needs seconds to create and drop as many databases as a stage has
//! services.
use procura_service::SystemRng;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::path::{Path, PathBuf};

/// Where the services keep what they know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Storage {
    /// Files.
    Sqlite,
    /// Schemas of this server's database, in which schemas may be created.
    Postgres(String),
}

impl Storage {
    /// The server that `PROCURA_TEST_POSTGRES` names; without one, says that the test is skipped.
    #[expect(
        clippy::disallowed_methods,
        reason = "tests have no configuration but the environment"
    )]
    #[must_use]
    pub fn postgres() -> Option<Self> {
        let server = std::env::var("PROCURA_TEST_POSTGRES").ok();
        if server.is_none() {
            println!("skipped: no PostgreSQL (PROCURA_TEST_POSTGRES is not set)");
        }
        server.map(Self::Postgres)
    }
}

/// The databases of one stage.
#[derive(Debug)]
pub(crate) struct Databases {
    storage: Storage,
    folder: PathBuf,
    made: Vec<String>,
    count: usize,
}

impl Databases {
    pub(crate) fn new(storage: Storage, folder: &Path) -> Self {
        Self {
            storage,
            folder: folder.to_owned(),
            made: Vec::new(),
            count: 0,
        }
    }

    /// A fresh database; the file that holds its URL.
    pub(crate) async fn make(&mut self, service: &str) -> PathBuf {
        self.count += 1;
        let name = format!("{service}_{}", self.count);
        let url = match &self.storage {
            Storage::Sqlite => format!("sqlite:{}", self.folder.join(format!("{name}.db")).display()),
            Storage::Postgres(server) => {
                let mut bytes = [0; 8];
                procura_crypto::Rng::fill(&mut SystemRng, &mut bytes);
                let name = format!("procura_{service}_{:016x}", u64::from_be_bytes(bytes));
                execute(server, format!("CREATE SCHEMA {name}")).await;
                let url = format!("{server}?options[search_path]={name}");
                self.made.push(name);
                url
            }
        };
        let file = self.folder.join(format!("{name}.url"));
        crate::settings::write_secret(&file, &url);
        file
    }

    /// Removes what was made on a server.
    pub(crate) async fn remove(&mut self) {
        if let Storage::Postgres(server) = &self.storage {
            for name in self.made.drain(..) {
                execute(server, format!("DROP SCHEMA {name} CASCADE")).await;
            }
        }
    }
}

async fn execute(server: &str, statement: String) {
    let mut connection = PgConnection::connect(server)
        .await
        .expect("PROCURA_TEST_POSTGRES answers");
    connection
        .execute(AssertSqlSafe(statement))
        .await
        .expect("the server does as it is told");
}
