//! The demo's folder: world, secrets, settings, databases, logs.
use super::settings;
use crate::{
    failure::{About, Failure},
    output::say,
    serve::Service,
};
use procura_crypto::{Rng, random};
use procura_issuer::tokens::{self, Scope};
use procura_keys::KekRing;
use procura_sandbox::world::{Origins, Plan, World, folder};
use procura_service::{Clock, SystemClock, SystemRng, config::load};
use std::{
    fs::{self, File},
    io::Write,
    net::TcpListener,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// What is the demo's in its folder, and goes with `--fresh`.
const PARTS: [&str; 5] = ["world", "config", "secrets", "data", "logs"];
/// The ports that a demo likes best.
const FIRST_PORT: u16 = 4710;
/// How many places are tried when those are taken. All lie below the ports that systems give out by themselves.
const ATTEMPTS: usize = 64;

/// A demo's folder, made ready.
pub(super) struct Home {
    /// Absolute.
    pub(super) folder: PathBuf,
    pub(super) world: World,
    /// The folder's lock and the guard of the ports, held for as long as the demo runs.
    _claims: (File, TcpListener),
}
impl Home {
    /// Makes the folder ready: what is there is used again.
    pub(super) async fn prepare(folder: &Path, fresh: bool) -> Result<Self, Failure> {
        make(folder)?;
        let folder = folder.canonicalize().about(folder.display())?;
        let lock = lock(&folder)?;
        if fresh {
            forget(&folder)?;
        }
        for part in PARTS {
            make(&folder.join(part))?;
        }
        let (world, guard) = world(&folder.join("world"))?;
        let home = Self {
            folder,
            world,
            _claims: (lock, guard),
        };
        home.secrets()?;
        settings::write(&home)?;
        home.tokens().await?;
        Ok(home)
    }
    pub(super) fn config(&self, service: Service) -> PathBuf {
        self.folder
            .join("config")
            .join(format!("{}.toml", service.name()))
    }
    pub(super) fn secret(&self, name: &str) -> PathBuf {
        self.folder.join("secrets").join(name)
    }
    pub(super) fn log(&self, service: Service) -> PathBuf {
        self.folder.join("logs").join(format!("{}.log", service.name()))
    }
    pub(super) fn database(&self, service: Service) -> String {
        format!("sqlite:{}", self.database_file(service).display())
    }
    pub(super) fn database_file(&self, service: Service) -> PathBuf {
        self.folder.join("data").join(format!("{}.db", service.name()))
    }
    /// A secret of one line.
    pub(super) fn read_secret(&self, name: &str) -> Result<String, Failure> {
        procura_service::config::read_secret(&self.secret(name)).about("secret")
    }
    /// Key-encryption keys, and what verifier and portal share.
    fn secrets(&self) -> Result<(), Failure> {
        for name in [
            settings::ISSUER_KEYS,
            settings::WALLET_KEYS,
            settings::VERIFIER_KEYS,
            settings::PORTAL_KEYS,
        ] {
            let path = self.secret(name);
            if !path.exists() {
                KekRing::create(&path, "1", &mut SystemRng).about(path.display())?;
            }
        }
        let path = self.secret(settings::NOTIFY_SECRET);
        if !path.exists() {
            write_secret(&path, &random::token(&mut SystemRng, 32))?;
        }
        Ok(())
    }
    /// The operators' tokens: one makes offers, another one fetches PINs, so that link and PIN travel apart.
    async fn tokens(&self) -> Result<(), Failure> {
        let wanted = [
            (
                settings::OPERATOR_TOKEN,
                "demo: operator",
                &[Scope::Create, Scope::Read, Scope::Evidence, Scope::Revoke][..],
            ),
            (settings::PIN_TOKEN, "demo: hands PINs over", &[Scope::Pin][..]),
        ];
        for (name, label, scopes) in wanted {
            let path = self.secret(name);
            if !path.exists() {
                let config = load(&self.config(Service::Issuer), Service::Issuer.prefix()).about("issuer")?;
                let (_, secret) = tokens::add(&config, label, scopes, None)
                    .await
                    .about("issuer's token")?;
                write_secret(&path, secret.expose())?;
            }
        }
        Ok(())
    }
}
fn make(folder: &Path) -> Result<(), Failure> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .about(folder.display())
}
fn write_secret(path: &Path, secret: &str) -> Result<(), Failure> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .about(path.display())?;
    file.write_all(secret.as_bytes()).about(path.display())
}
/// One demo a folder.
fn lock(folder: &Path) -> Result<File, Failure> {
    let path = folder.join("lock");
    let file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .about(path.display())?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(Failure::new(format!(
            "a demo is running in {} already; end it, or give this one its own folder with --dir",
            folder.display()
        ))),
        Err(fs::TryLockError::Error(error)) => Err(Failure::of(path.display(), error)),
    }
}
/// Removes what is the demo's, and nothing else that may stand in the folder.
fn forget(folder: &Path) -> Result<(), Failure> {
    for part in PARTS {
        let part = folder.join(part);
        if part.exists() {
            fs::remove_dir_all(&part).about(part.display())?;
        }
    }
    Ok(())
}
/// The world, and the port that nobody else's demo can hold at the same time.
fn world(folder: &Path) -> Result<(World, TcpListener), Failure> {
    let now = SystemClock.now();
    if folder::holds_world(folder) {
        let world = folder::load(folder).about("world")?;
        let first = world
            .origins()
            .ecosystem
            .port()
            .ok_or_else(|| Failure::new("the world has no ports"))?;
        let guard = guard(first).about(format_args!(
            "port {}, by which this world's demo claims its ports, is taken; end what uses it, or start over with --fresh",
            guard_port(first)
        ))?;
        return Ok((world, guard));
    }
    say("Making a world: certificates, trusted lists, registries …")?;
    let (ports, guard) = free_ports()?;
    let origins = Origins::loopback(ports).about("world")?;
    let world = World::make(&Plan { origins, now }, &mut SystemRng).about("world")?;
    folder::save(&world, folder).about("world")?;
    Ok((world, guard))
}
/// Six neighbouring ports that are free now, and the guard behind them. They are kept with the world, whose
/// certificates name them.
fn free_ports() -> Result<([u16; 6], TcpListener), Failure> {
    let mut first = FIRST_PORT;
    for _ in 0..ATTEMPTS {
        let ports: [u16; 6] = [0, 1, 2, 3, 4, 5].map(|offset| first.saturating_add(offset));
        // The guard comes first and stays: of two demos that look at once, one goes elsewhere.
        if let Ok(guard) = guard(first) {
            let held: Result<Vec<_>, _> = ports
                .iter()
                .map(|port| TcpListener::bind(("127.0.0.1", *port)))
                .collect();
            if held.is_ok() {
                return Ok((ports, guard));
            }
        }
        let mut random = [0; 2];
        SystemRng.fill(&mut random);
        first = 10_000 + u16::from_be_bytes(random) % 20_000;
    }
    Err(Failure::new("no seven neighbouring ports are free on 127.0.0.1"))
}
fn guard_port(first: u16) -> u16 {
    first.saturating_add(6)
}
fn guard(first: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", guard_port(first)))
}
