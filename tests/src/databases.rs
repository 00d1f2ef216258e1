//! One database a service: SQLite files, or fresh databases of a PostgreSQL server.
use procura_service::SystemRng;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::path::{Path, PathBuf};

/// Where the services keep what they know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Storage {
    /// Files.
    Sqlite,
    /// Databases of this server, on which databases may be created.
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
}

impl Databases {
    pub(crate) fn new(storage: Storage, folder: &Path) -> Self {
        Self {
            storage,
            folder: folder.to_owned(),
            made: Vec::new(),
        }
    }

    /// A fresh database; the file that holds its URL.
    pub(crate) async fn make(&mut self, service: &str) -> PathBuf {
        let url = match &self.storage {
            Storage::Sqlite => format!("sqlite:{}", self.folder.join(format!("{service}.db")).display()),
            Storage::Postgres(server) => {
                let mut bytes = [0; 8];
                procura_crypto::Rng::fill(&mut SystemRng, &mut bytes);
                let name = format!("procura_{service}_{:016x}", u64::from_be_bytes(bytes));
                execute(server, format!("CREATE DATABASE {name}")).await;
                let (origin, _) = server.rsplit_once('/').expect("the URL ends with a database");
                let url = format!("{origin}/{name}");
                self.made.push(name);
                url
            }
        };
        let file = self.folder.join(format!("{service}.url"));
        crate::settings::write_secret(&file, &url);
        file
    }

    /// Removes what was made on a server.
    pub(crate) async fn remove(&mut self) {
        if let Storage::Postgres(server) = &self.storage {
            for name in self.made.drain(..) {
                execute(server, format!("DROP DATABASE {name} WITH (FORCE)")).await;
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
