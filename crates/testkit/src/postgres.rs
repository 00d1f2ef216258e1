//! A throw-away PostgreSQL server on a free loopback port, durable as in production (`fsync` on), stopped and deleted on
//! drop.
//!
//! PostgreSQL refuses to run as root: then it runs as `postgres` or, where that user is missing, as `nobody`.
use std::{
    fs::{self, File},
    io,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// Ports that are tried: between finding one free and listening on it, somebody else may take it.
const ATTEMPTS: u32 = 5;
const USER: &str = "procura";

/// A running server.
#[derive(Debug)]
pub struct PostgresServer {
    folder: TempDir,
    programs: PathBuf,
    account: Option<Account>,
    url: String,
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PostgresError {
    /// No `initdb` on `PATH` or below `/usr/lib/postgresql`.
    #[error("PostgreSQL is not installed; on Debian: apt-get install postgresql")]
    NotInstalled,
    /// We are root and there is nobody to run it as.
    #[error("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")]
    NoAccount,
    /// A program could not be run or a file not be made.
    #[error("{step}: {reason}")]
    Io {
        /// What was done.
        step: &'static str,
        /// Why it failed.
        reason: io::Error,
    },
    /// A program said no.
    #[error("{step}: {output}")]
    Failed {
        /// Which.
        step: &'static str,
        /// What it said.
        output: String,
    },
}

/// Whom it runs as, when we are root.
#[derive(Clone, Debug)]
struct Account {
    uid: u32,
    gid: u32,
}

impl PostgresServer {
    /// Makes a cluster in a temporary folder and starts it.
    ///
    /// # Errors
    /// [`PostgresError`].
    pub fn start() -> Result<Self, PostgresError> {
        let programs = find_programs().ok_or(PostgresError::NotInstalled)?;
        let account = account()?;
        let io = |step| move |reason| PostgresError::Io { step, reason };
        let folder = tempfile::Builder::new()
            .prefix("procura-postgres-")
            .tempdir()
            .map_err(io("temporary folder"))?;
        let password = procura_crypto::random::token(&mut procura_service::SystemRng, 16);
        let password_file = folder.path().join("password");
        fs::write(&password_file, &password).map_err(io("password file"))?;
        if let Some(account) = &account {
            for path in [folder.path(), &password_file] {
                std::os::unix::fs::chown(path, Some(account.uid), Some(account.gid)).map_err(io("chown"))?;
            }
        }
        let mut server = Self {
            folder,
            programs,
            account,
            url: String::new(),
        };
        let data = server.data();
        server.run("initdb", |command| {
            command
                .arg("--pgdata")
                .arg(&data)
                .args([
                    "--username",
                    USER,
                    "--auth",
                    "scram-sha-256",
                    "--encoding",
                    "UTF8",
                    "--locale",
                    "C",
                ])
                .arg("--pwfile")
                .arg(&password_file);
        })?;
        let mut failure = None;
        for _ in 0..ATTEMPTS {
            let port = free_port().map_err(io("free port"))?;
            let options = format!(
                "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=on -c max_connections=200"
            );
            match server.run("pg_ctl", |command| {
                command
                    .arg("--pgdata")
                    .arg(&data)
                    .arg("--log")
                    .arg(data.join("server.log"))
                    .args(["--wait", "--timeout", "60", "--options", &options, "start"]);
            }) {
                Ok(()) => {
                    server.url = format!("postgres://{USER}:{password}@127.0.0.1:{port}/postgres");
                    return Ok(server);
                }
                Err(failed) => failure = Some(failed),
            }
        }
        Err(failure.unwrap_or(PostgresError::NotInstalled))
    }

    /// `postgres://user:password@127.0.0.1:port/postgres`; the user may create databases.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Runs a program of PostgreSQL as the account; what it says goes to a file, since a server that it starts would hold
    /// a pipe open.
    fn run(&self, program: &'static str, arguments: impl FnOnce(&mut Command)) -> Result<(), PostgresError> {
        use std::os::unix::process::CommandExt;
        let io = |reason| PostgresError::Io {
            step: program,
            reason,
        };
        let said = tempfile::tempfile().map_err(io)?;
        let also: File = said.try_clone().map_err(io)?;
        let mut command = Command::new(self.programs.join(program));
        if let Some(account) = &self.account {
            command.uid(account.uid).gid(account.gid);
        }
        // A Ctrl-C for the tests is not one for the server: it is stopped when they have ended.
        command
            .process_group(0)
            .current_dir(self.folder.path())
            .env("LC_ALL", "C");
        command
            .stdin(Stdio::null())
            .stdout(also)
            .stderr(said.try_clone().map_err(io)?);
        arguments(&mut command);
        if command.status().map_err(io)?.success() {
            return Ok(());
        }
        let mut output = String::new();
        let mut said = said;
        io::Seek::rewind(&mut said).map_err(io)?;
        io::Read::read_to_string(&mut said, &mut output).map_err(io)?;
        Err(PostgresError::Failed {
            step: program,
            output: output.trim().to_owned(),
        })
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        if self.url.is_empty() {
            return;
        }
        let data = self.data();
        // Nothing is kept, so nothing has to be written first. If it is gone already, so much the better.
        self.run("pg_ctl", |command| {
            command
                .arg("--pgdata")
                .arg(&data)
                .args(["--wait", "--mode", "immediate", "stop"]);
        })
        .ok();
    }
}

fn find_programs() -> Option<PathBuf> {
    let has = |folder: &Path| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file();
    let on_path =
        std::env::var_os("PATH").and_then(|path| std::env::split_paths(&path).find(|folder| has(folder)));
    on_path.or_else(|| {
        let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
        let newest = versions.filter_map(Result::ok).filter_map(|entry| {
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            let folder = entry.path().join("bin");
            has(&folder).then_some((version, folder))
        });
        newest.max().map(|(_, folder)| folder)
    })
}

/// `None`: we are not root and run it ourselves.
fn account() -> Result<Option<Account>, PostgresError> {
    let numbers = |arguments: &[&str]| -> Option<u32> {
        let output = Command::new("id").args(arguments).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    if numbers(&["-u"]) != Some(0) {
        return Ok(None);
    }
    ["postgres", "nobody"]
        .into_iter()
        .find_map(|name| {
            Some(Account {
                uid: numbers(&["-u", name])?,
                gid: numbers(&["-g", name])?,
            })
        })
        .map(Some)
        .ok_or(PostgresError::NoAccount)
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
