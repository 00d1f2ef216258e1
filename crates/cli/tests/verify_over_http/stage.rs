//! A demo world whose lists and registries are served, a verifier of it, and `procura verify`.
use procura_crypto::digest::hexadecimal;
use procura_sandbox::{
    ecosystem::Ecosystem,
    world::{Origins, Party, Plan, REPRESENTATIVE_POLICY, World, folder},
};
use procura_service::{Clock, SystemClock, SystemRng};
use serde_json::Value;
use std::{
    process::{Output, Stdio},
    sync::Arc,
};
use tokio::{io::AsyncWriteExt as _, process::Command};

pub(crate) struct Served {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) world: World,
    pub(crate) origin: String,
    pub(crate) signer: String,
    /// What the verifier's configuration says of its database.
    pub(crate) database: String,
}

/// A world whose lists, CRLs, status list and registries are served.
pub(crate) async fn served() -> Served {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let served = world_at(&listener);
    let ecosystem = Ecosystem::open(&served.folder.path().join("world"), Arc::new(SystemClock)).unwrap();
    tokio::spawn(async move { axum::serve(listener, ecosystem.router()).await });
    served
}

/// A world whose ecosystem is reached there.
pub(crate) fn world_at(listener: &tokio::net::TcpListener) -> Served {
    let port = listener.local_addr().unwrap().port();
    let plan = Plan {
        origins: Origins::loopback([port, 1, 2, 3, 4, 5]).unwrap(),
        now: SystemClock.now(),
    };
    let world = World::make(&plan, &mut SystemRng).unwrap();
    let folder = tempfile::tempdir().unwrap();
    folder::save(&world, &folder.path().join("world")).unwrap();
    let signer = hexadecimal(&world.lotl_signer().unwrap());
    Served {
        folder,
        world,
        origin: format!("http://127.0.0.1:{port}"),
        signer,
        database: "url = \"sqlite:verifier.db\"".to_owned(),
    }
}

impl Served {
    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// A verifier with two relying parties that ask for different credentials.
    pub(crate) fn verifier(&self, name: &str, lifetimes: &str) -> String {
        let client = |id: &str, scope: &str| {
            format!(
                "[[clients]]\nclient_id = \"{id}\"\nname = \"{id}\"\nresource = \"https://{id}.example/\"\n\
                 scopes = [\"dome.credentials.presentation.{scope}\"]\nnotify_url = \"https://{id}.example/notify\"\n\
                 return_url = \"https://{id}.example/\"\nsecret_file = \"{id}.secret\"\n"
            )
        };
        let world = self.folder.path().join("world");
        let text = format!(
            "public_url = \"https://verifier.example\"\nkey_encryption_key_file = \"verifier.keys\"\n\
             representative_policies = [\"{REPRESENTATIVE_POLICY}\"]\n\
             [listen]\naddress = \"127.0.0.1:0\"\n[database]\n{}\n\
             [seal]\nkey_file = \"seal.key\"\nchain_file = \"{}\"\n\
             [trust]\nlotl_url = \"{}\"\nlotl_signers = [\"{}\"]\n\
             [registries]\nparticipants = [\"{origin}\"]\nissuers = [\"{origin}\"]\n\
             [development]\norigins = [\"{origin}\"]\n[lifetimes]\n{lifetimes}\n{}{}",
            self.database,
            world.join(folder::certificate(Party::DomeSeal.stem())).display(),
            self.world.origins().lotl(),
            self.signer,
            client("onboarding", "LEARCredential"),
            client("shop", "LEARCredentialEmployee"),
            origin = self.origin,
        );
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// `--lotl` and what belongs to it.
    pub(crate) fn by_lists(&self) -> Vec<String> {
        let origin = self.origin.as_str();
        let lotl = self.world.origins().lotl();
        let pairs = [
            ("--lotl", lotl.as_str()),
            ("--lotl-signer", &self.signer),
            ("--registry", origin),
            ("--development-origin", origin),
            ("--representative-policy", REPRESENTATIVE_POLICY),
        ];
        pairs
            .into_iter()
            .flat_map(|(name, value)| [name.to_owned(), value.to_owned()])
            .collect()
    }
}

/// Exit status, report, and what it complained of.
pub(crate) async fn verify(arguments: &[impl AsRef<str>], input: &str) -> (i32, Value, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_procura"))
        .args(["verify", "-", "--json"])
        .args(arguments.iter().map(AsRef::as_ref))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A program that refuses its arguments does not read.
    drop(stdin.write_all(input.as_bytes()).await);
    drop(stdin);
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().await.unwrap();
    let report = serde_json::from_slice(&stdout).unwrap_or_default();
    (status.code().unwrap(), report, String::from_utf8(stderr).unwrap())
}

/// Exit status and the checks that refuse.
pub(crate) async fn refusals(arguments: &[impl AsRef<str>], input: &str) -> (i32, Vec<String>) {
    let (status, report, complaint) = verify(arguments, input).await;
    let refused_by = report["refused_by"]
        .as_array()
        .unwrap_or_else(|| panic!("{complaint}"));
    let names = refused_by.iter().map(|name| name.as_str().unwrap().to_owned());
    (status, names.collect())
}
