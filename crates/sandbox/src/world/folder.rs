//! A world in a folder.
//!
//! ```text
//! world.toml              what it is: version, times, addresses
//! registry.toml           participants and issuers; may be edited while the ecosystem runs
//! keys/*.pem              PKCS#8, readable by the owner only
//! certificates/*.pem      certificate first, then the authorities above it
//! crls/*.crl              DER
//! lists/*.xml             the list of lists, the German list, and the two that villains serve
//! credentials/*.jwt       good credentials of John Doe
//! villains/*.jwt          credentials that must be refused; villains.toml says why
//! time-stamp-serials      which serial numbers of time-stamps are used up; written by the ecosystem
//! ```
use super::{
    Authority, Ca, Index, KeyAndChain, ListFile, Lists, Party, Registry, VERSION, World, WorldError,
};
use procura_credential::{CheckName, lear::Shape, schema};
use procura_crypto::PrivateKey;
use procura_pki::Certificate;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

const WORLD: &str = "world.toml";
const REGISTRY: &str = "registry.toml";
const VILLAINS: &str = "villains.toml";
/// John Doe's key: he has no certificate.
const HOLDER: &str = "john-doe";

/// Whether a folder holds a world.
pub fn holds_world(folder: &Path) -> bool {
    folder.join(WORLD).is_file()
}
/// Writes a world. Every file is written beside its place and moved there, `world.toml` last: a world that was
/// interrupted is no world. The registry is written once and never again, because people edit it.
pub fn save(world: &World, folder: &Path) -> Result<(), WorldError> {
    let files = Files { folder };
    for (ca, authority) in &world.authorities {
        files.write_secret(&key(ca.stem()), authority.key_pem.as_bytes())?;
        files.write(&certificate(ca.stem()), pem(&[&authority.certificate]).as_bytes())?;
    }
    for (party, holder) in &world.parties {
        files.write_secret(&key(party.stem()), holder.key_pem().as_bytes())?;
        files.write(&certificate(party.stem()), pem(holder.chain()).as_bytes())?;
    }
    for (ca, list) in &world.crls {
        files.write(&crl(*ca), list)?;
    }
    for (list, xml) in &world.lists {
        files.write(&list_path(*list), xml)?;
    }
    files.write_secret(&key(HOLDER), world.holder_pem.as_bytes())?;
    save_credentials(world, &files)?;
    if !folder.join(REGISTRY).exists() {
        let text = world
            .registry
            .to_toml()
            .map_err(|error| files.content(REGISTRY, &error))?;
        files.write(Path::new(REGISTRY), text.as_bytes())?;
    }
    let text = toml::to_string_pretty(&world.index).map_err(|error| files.content(WORLD, &error))?;
    files.write(Path::new(WORLD), text.as_bytes())
}
/// Good credentials and villains, each written once: sealing again would give other bytes for the same content.
fn save_credentials(world: &World, files: &Files<'_>) -> Result<(), WorldError> {
    if files.folder.join(VILLAINS).exists() {
        return Ok(());
    }
    for shape in [Shape::LearCredential, Shape::EmployeeV2, Shape::EmployeeV3] {
        let name = Path::new("credentials").join(format!("{}.jwt", schema::name(shape)));
        files.write(&name, world.good_credential(shape)?.as_bytes())?;
    }
    let villains = world.villains()?;
    for villain in &villains {
        let name = Path::new("villains").join(format!("{}.jwt", villain.name));
        files.write(&name, villain.credential.as_bytes())?;
    }
    let cast: BTreeMap<_, _> = villains
        .iter()
        .map(|villain| {
            (
                villain.name,
                Entry {
                    refused_by: villain.expected,
                    lists: villain.lists,
                },
            )
        })
        .collect();
    let text = toml::to_string_pretty(&cast).map_err(|error| files.content(VILLAINS, &error))?;
    files.write(Path::new(VILLAINS), text.as_bytes())
}
/// A villain in `villains.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Entry {
    /// The one check that refuses it.
    pub refused_by: CheckName,
    /// Which lists are served to who judges it.
    pub lists: Lists,
}
/// Reads `villains.toml`: by name of the file in `villains/`, without `.jwt`.
pub fn villains(folder: &Path) -> Result<BTreeMap<String, Entry>, WorldError> {
    let files = Files { folder };
    toml::from_str(&files.text(Path::new(VILLAINS))?).map_err(|error| files.content(VILLAINS, &error))
}
/// Reads a world.
pub fn load(folder: &Path) -> Result<World, WorldError> {
    let files = Files { folder };
    let index: Index =
        toml::from_str(&files.text(Path::new(WORLD))?).map_err(|error| files.content(WORLD, &error))?;
    if index.version != VERSION {
        return Err(files.content(WORLD, &format!("layout {} is not {VERSION}", index.version)));
    }
    let mut authorities = BTreeMap::new();
    let mut crls = BTreeMap::new();
    for ca in Ca::ALL {
        let certificate = files
            .chain(ca.stem())?
            .into_iter()
            .next()
            .ok_or(WorldError::Missing(ca.stem()))?;
        authorities.insert(
            ca,
            Authority {
                key_pem: files.secret(ca.stem())?,
                certificate,
            },
        );
        crls.insert(ca, files.bytes(&crl(ca))?);
    }
    let mut parties = BTreeMap::new();
    for party in Party::ALL {
        parties.insert(
            party,
            KeyAndChain::new(files.secret(party.stem())?, files.chain(party.stem())?),
        );
    }
    let mut lists = BTreeMap::new();
    for list in ListFile::ALL {
        lists.insert(list, files.bytes(&list_path(list))?);
    }
    let holder_pem = files.secret(HOLDER)?;
    let registry = load_registry(folder)?;
    Ok(World {
        index,
        authorities,
        parties,
        crls,
        lists,
        holder_pem,
        registry,
    })
}
/// Reads the registry alone.
pub fn load_registry(folder: &Path) -> Result<Registry, WorldError> {
    let files = Files { folder };
    Registry::from_toml(&files.text(Path::new(REGISTRY))?).map_err(|error| files.content(REGISTRY, &error))
}
/// Whoever signs what the ecosystem publishes (CRLs, lists, the status list, time-stamps) has a key in the folder, the one that the
/// certificate beside it names. The next start reads both.
pub fn prove_keys(folder: &Path) -> Result<(), WorldError> {
    let files = Files { folder };
    let signers = [
        Party::LotlOperator,
        Party::ListOperator,
        Party::Stranger,
        Party::GoodAirSeal,
        Party::TimeStampingUnit,
    ];
    let stems = Ca::ALL.map(Ca::stem).into_iter().chain(signers.map(Party::stem));
    for stem in stems {
        let path = key(stem);
        let wrong = |reason: &dyn core::fmt::Display| WorldError::Content {
            path: folder.join(&path),
            reason: reason.to_string(),
        };
        let key = PrivateKey::from_pkcs8_pem(&files.secret(stem)?).map_err(|error| wrong(&error))?;
        let chain = files.chain(stem)?;
        let certificate = chain.first().ok_or(WorldError::Missing(stem))?;
        let certificate = Certificate::from_der(certificate).map_err(|error| wrong(&error))?;
        if certificate.public_key().map_err(|error| wrong(&error))? != key.public_key() {
            return Err(wrong(&"the certificate names another key"));
        }
    }
    Ok(())
}
/// Where the private key of somebody is, within a world's folder.
pub fn key(stem: &str) -> PathBuf {
    Path::new("keys").join(format!("{stem}.pem"))
}
/// Where the certificates of somebody are, within a world's folder.
pub fn certificate(stem: &str) -> PathBuf {
    Path::new("certificates").join(format!("{stem}.pem"))
}
fn list_path(list: ListFile) -> PathBuf {
    Path::new("lists").join(list.file_name())
}
fn crl(ca: Ca) -> PathBuf {
    Path::new("crls").join(format!("{}.crl", ca.stem()))
}

struct Files<'a> {
    folder: &'a Path,
}
impl Files<'_> {
    fn content(&self, name: &str, reason: &dyn core::fmt::Display) -> WorldError {
        WorldError::Content {
            path: self.folder.join(name),
            reason: reason.to_string(),
        }
    }
    fn bytes(&self, name: &Path) -> Result<Vec<u8>, WorldError> {
        let path = self.folder.join(name);
        fs::read(&path).map_err(|source| WorldError::File { path, source })
    }
    fn text(&self, name: &Path) -> Result<String, WorldError> {
        let path = self.folder.join(name);
        fs::read_to_string(&path).map_err(|source| WorldError::File { path, source })
    }
    fn secret(&self, stem: &str) -> Result<Zeroizing<String>, WorldError> {
        self.text(&key(stem)).map(Zeroizing::new)
    }
    fn chain(&self, stem: &str) -> Result<Vec<Vec<u8>>, WorldError> {
        let name = certificate(stem);
        let chain = Certificate::from_pem(&self.text(&name)?).map_err(|error| WorldError::Content {
            path: self.folder.join(&name),
            reason: error.to_string(),
        })?;
        Ok(chain
            .iter()
            .map(|certificate| certificate.der().to_vec())
            .collect())
    }
    fn write(&self, name: &Path, bytes: &[u8]) -> Result<(), WorldError> {
        self.replace(name, bytes, 0o644)
    }
    fn write_secret(&self, name: &Path, bytes: &[u8]) -> Result<(), WorldError> {
        self.replace(name, bytes, 0o600)
    }
    fn replace(&self, name: &Path, bytes: &[u8], mode: u32) -> Result<(), WorldError> {
        let path = self.folder.join(name);
        replace(&path, bytes, mode).map_err(|source| WorldError::File { path, source })
    }
}
/// Replaces a file in one step; leaves it alone where it says the same already.
pub(crate) fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    if fs::read(path).is_ok_and(|present| present == bytes) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    if beside.exists() {
        fs::remove_file(&beside)?;
    }
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)
}
/// PEM of certificates.
fn pem<T: AsRef<[u8]>>(certificates: &[T]) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let mut text = String::new();
    for certificate in certificates {
        text.push_str("-----BEGIN CERTIFICATE-----\n");
        let mut rest = STANDARD.encode(certificate);
        while !rest.is_empty() {
            let tail = rest.split_off(rest.len().min(64));
            text.push_str(&rest);
            text.push('\n');
            rest = tail;
        }
        text.push_str("-----END CERTIFICATE-----\n");
    }
    text
}
