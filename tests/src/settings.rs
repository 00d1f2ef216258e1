//! The settings of every service, as operators write them.
use crate::{stage::Portal, tls};
use procura_keys::KekRing;
use procura_sandbox::world::{DOME_DID, Party, REPRESENTATIVE_POLICY, World, folder};
use procura_service::{SystemRng, config};
use std::{
    fmt::Write as _,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

/// What the settings of this stage name.
pub(crate) struct Surroundings<'a> {
    pub(crate) world: &'a World,
    /// Of the stage; the world is in `world/`.
    pub(crate) folder: &'a Path,
    /// Origins of every service.
    pub(crate) origins: Vec<String>,
    pub(crate) tls: Option<&'a tls::Tls>,
}

pub(crate) fn write_secret(path: &Path, text: &str) {
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .expect("a file for a secret");
}

fn bare(url: &url::Url) -> &str {
    url.as_str().trim_end_matches('/')
}

impl Surroundings<'_> {
    fn key_encryption_key(&self, service: &str) -> PathBuf {
        let path = self.folder.join(format!("{service}.kek"));
        KekRing::create(&path, "k1", &mut SystemRng).expect("a key-encryption key");
        path
    }

    fn key_files(&self, party: Party) -> String {
        let world = self.folder.join("world");
        format!(
            "key_file = \"{}\"\nchain_file = \"{}\"\n",
            world.join(folder::key(party.stem())).display(),
            world.join(folder::certificate(party.stem())).display(),
        )
    }

    /// What stands in every file.
    fn shared(&self, database: &Path) -> String {
        let roots: Vec<_> = self.tls.iter().map(|tls| &tls.root).collect();
        format!(
            "{}[database]\nurl_file = \"{}\"\n[limits]\nrequests_per_minute = 0\n[development]\norigins = {:?}\n\
             extra_roots = {roots:?}\n",
            tls::listen("listen", self.tls),
            database.display(),
            self.origins,
        )
    }

    fn trust(&self) -> String {
        let origins = self.world.origins();
        let mut signer = String::new();
        for byte in self.world.lotl_signer().expect("the signer of the list of lists") {
            write!(signer, "{byte:02x}").expect("text");
        }
        let ecosystem = origins.ecosystem.as_str();
        format!(
            "[trust]\nlotl_url = \"{}\"\nlotl_signers = [\"{signer}\"]\n\
             [registries]\nparticipants = [\"{ecosystem}\"]\nissuers = [\"{ecosystem}\"]\n",
            origins.lotl(),
        )
    }

    pub(crate) fn issuer(&self, database: &Path) -> procura_issuer::Config {
        let origins = self.world.origins();
        let mut text = format!(
            "public_url = \"{}\"\nkey_encryption_key_file = \"{}\"\n{}{}[status]\nsigner = \"seal\"\n\
             [signers.seal]\n{}[signers.coo]\n{}",
            bare(&origins.issuer),
            self.key_encryption_key("issuer").display(),
            self.shared(database),
            tls::listen("management", self.tls),
            self.key_files(Party::GoodAirSeal),
            self.key_files(Party::Coo),
        );
        for (id, shape, envelope, signer, schema) in [
            (
                "LEARCredential",
                "lear-credential",
                "vc-claim",
                "coo",
                "learcredential",
            ),
            (
                "LEARCredentialEmployee",
                "employee-v3",
                "root",
                "seal",
                "learcredentialemployee-v3",
            ),
            (
                "LEARCredentialEmployeeV2",
                "employee-v2",
                "vc-claim",
                "seal",
                "learcredentialemployee-v2",
            ),
        ] {
            write!(
                text,
                "[[credentials]]\nid = \"{id}\"\nshape = \"{shape}\"\nenvelope = \"{envelope}\"\nsigner = \"{signer}\"\n\
                 schema_url = \"{}schemas/{schema}.json\"\n",
                origins.ecosystem,
            )
            .expect("text");
        }
        parse("issuer.toml", &text)
    }

    pub(crate) fn wallet(&self, database: &Path) -> procura_wallet::Config {
        let origins = self.world.origins();
        let text = format!(
            "public_url = \"{}\"\nkey_encryption_key_file = \"{}\"\ncredential_schemas = \"{}schemas\"\n\
             representative_policies = [\"{REPRESENTATIVE_POLICY}\"]\n{}{}",
            bare(&origins.wallet),
            self.key_encryption_key("wallet").display(),
            origins.ecosystem,
            self.shared(database),
            self.trust(),
        );
        parse("wallet.toml", &text)
    }

    pub(crate) fn verifier(&self, database: &Path, portals: &[Portal]) -> procura_verifier::Config {
        let mut text = format!(
            "public_url = \"{}\"\nkey_encryption_key_file = \"{}\"\n\
             representative_policies = [\"{REPRESENTATIVE_POLICY}\"]\n{}{}[seal]\n{}",
            bare(&self.world.origins().verifier),
            self.key_encryption_key("verifier").display(),
            self.shared(database),
            self.trust(),
            self.key_files(Party::DomeSeal),
        );
        for portal in portals {
            let (name, url) = (portal.name, portal.place.url());
            let scopes: Vec<_> = [portal.scope]
                .iter()
                .chain(portal.further_scopes)
                .copied()
                .collect();
            write!(
                text,
                "[[clients]]\nclient_id = \"{name}\"\nname = \"DOME {name}\"\nresource = \"{url}\"\n\
                 scopes = {scopes:?}\nnotify_url = \"{url}notify\"\nreturn_url = \"{url}\"\nsecret_file = \"{}\"\n",
                self.notify_secret(name).display(),
            )
            .expect("text");
        }
        parse("verifier.toml", &text)
    }

    /// Where the secret is that verifier and portal share.
    pub(crate) fn notify_secret(&self, portal: &str) -> PathBuf {
        self.folder.join(format!("{portal}-notify.secret"))
    }

    pub(crate) fn portal(&self, portal: &Portal, database: &Path) -> procura_sandbox::portal::Config {
        let url = portal.place.url();
        let text = format!(
            "public_url = \"{url}\"\nclient_id = \"{}\"\nverifier = \"{}\"\nverifier_did = \"{DOME_DID}\"\n\
             resource = \"{url}\"\nscope = \"{}\"\nfurther_scopes = {:?}\nnotify_secret_file = \"{}\"\n\
             key_encryption_key_file = \"{}\"\n{}",
            portal.name,
            self.world.origins().verifier,
            portal.scope,
            portal.further_scopes,
            self.notify_secret(portal.name).display(),
            self.key_encryption_key(portal.name).display(),
            self.shared(database),
        );
        parse("portal.toml", &text)
    }
}

fn parse<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> T {
    config::parse(name, text, "PROCURA_", std::iter::empty())
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
}
