//! Whom the seeds trust and what was signed for them, as `write-seeds` wrote it. The private keys were never stored.
use crate::pki::answer;
use jiff::Timestamp;
use procura_ades::{
    tsp::Request,
    validation::{Anchors, Policy},
};
use procura_crypto::digest::sha256;
use procura_jades::{Document, Objects};
use procura_jose::AlgorithmSet;
use procura_pki::{Anchor, Certificate, Crl, OcspResponse, RevocationData};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fs,
    path::PathBuf,
    sync::LazyLock,
};

/// When it is validated: seals and time-stamps are good, revocation data are of the day before.
pub const NOW: &str = "2026-12-01T00:00:00Z";
/// What the seal signed.
pub const PAYLOAD: &[u8] = br#"{"title":"Hello"}"#;
/// What detached seeds refer to.
pub const URI: &str = "https://example.org/report";
/// Of the PKCS#12 seeds.
pub const PASSWORD: &str = "procura";

/// Everything that does not change from input to input.
pub struct World {
    /// The root of the seal and of who answers for its status.
    pub root: Certificate,
    /// Below it, issues the seal.
    pub authority: Certificate,
    /// Signs the documents.
    pub seal: Certificate,
    /// Issues the time-stamping units.
    pub stamps: Certificate,
    /// The time-stamping units.
    pub units: [Certificate; 2],
    /// Signs OCSP responses for `authority`.
    pub responder: Certificate,
    /// SHA-256 of every CRL that was signed.
    pub lists: HashSet<[u8; 32]>,
    /// Whom to trust for what.
    pub anchors: Anchors,
    /// What is demanded.
    pub policy: Policy,
    /// Every algorithm.
    pub algorithms: AlgorithmSet,
    /// Lists of the day before [`NOW`].
    pub revocation: Vec<RevocationData>,
    /// What detached seeds refer to.
    pub objects: Objects,
    /// Protected headers of everything that was signed as JWS, each with its payloads; that of a counter-signature is the
    /// signature that it is made on, none that of a seed which is detached.
    pub signed: HashMap<String, HashSet<Option<String>>>,
    /// A flattened document without unsigned properties: members as they stand in it.
    pub plain: BTreeMap<&'static str, String>,
    /// The times that honest tokens say.
    pub times: HashSet<Timestamp>,
    /// SHA-256 of every certificate that was issued.
    pub certificates: HashSet<[u8; 32]>,
    /// What the seeds of OCSP responses say of the seal.
    pub answers: HashSet<String>,
    /// The question to which a seed of `time_stamping` is the answer.
    pub request: Request,
    /// The certificate in the PKCS#12 seeds.
    pub key_file: Vec<u8>,
    /// [`NOW`].
    pub now: Timestamp,
}

/// The one world.
pub static WORLD: LazyLock<World> = LazyLock::new(World::load);

/// The folder of what `write-seeds` wrote: a subfolder a target, and `world`.
#[must_use]
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("seeds")
}

/// The seeds of a target, by name of file.
///
/// # Panics
/// Where there are none.
#[must_use]
pub fn seeds(target: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = folder().join(target);
    let seeds: BTreeMap<_, _> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| {
            let entry = entry.expect("the folder can be listed");
            let bytes = fs::read(entry.path()).expect("the seed can be read");
            (entry.file_name().to_string_lossy().into_owned(), bytes)
        })
        .collect();
    assert!(!seeds.is_empty(), "{} is empty", folder.display());
    seeds
}

impl World {
    fn load() -> Self {
        let files = seeds("world");
        let certificate = |name: &str| {
            Certificate::from_der(&files[&format!("{name}.cer")])
                .expect("a certificate of the world is sound")
        };
        let [root, authority, seal, stamps, first, second, responder] = [
            "root",
            "authority",
            "seal",
            "stamps",
            "unit-1",
            "unit-2",
            "responder",
        ]
        .map(certificate);
        let is = |name: &str, extension: &str| name.rsplit_once('.').is_some_and(|(_, end)| end == extension);
        let list = |bytes: &Vec<u8>| Crl::from_der(bytes).expect("a list of the world is sound");
        let (lists, current): (Vec<_>, Vec<_>) = files
            .iter()
            .filter(|(name, _)| is(name, "crl"))
            .map(|(name, bytes)| (sha256(bytes), name.contains("now").then(|| list(bytes).into())))
            .unzip();
        let plain: serde_json::Value =
            serde_json::from_slice(&files["plain.json"]).expect("the plain document is JSON");
        let text = |name| (name, plain[name].as_str().expect("a string").to_owned());
        Self {
            anchors: Anchors {
                signatures: vec![Anchor(root.clone())],
                time_stamps: vec![Anchor(stamps.clone())],
            },
            certificates: files
                .iter()
                .filter(|(name, _)| is(name, "cer"))
                .map(|(_, der)| sha256(der))
                .collect(),
            answers: answers(&seal, &authority, &responder),
            request: Request::from_der(&files["request.tsq"]).expect("the question is sound"),
            key_file: files["key-file.cer"].clone(),
            root,
            authority,
            seal,
            stamps,
            units: [first, second],
            responder,
            lists: lists.into_iter().collect(),
            policy: Policy::default(),
            algorithms: AlgorithmSet::all(),
            revocation: current.into_iter().flatten().collect(),
            objects: Objects::default().with(URI, PAYLOAD.to_vec()),
            signed: signed(),
            plain: ["payload", "protected", "signature"].map(text).into(),
            times: times(&files["times.txt"]),
            now: NOW.parse().expect("a time"),
        }
    }
}

fn times(lines: &[u8]) -> HashSet<Timestamp> {
    let lines = core::str::from_utf8(lines).expect("times are text");
    lines.lines().map(|line| line.parse().expect("a time")).collect()
}

fn answers(seal: &Certificate, authority: &Certificate, responder: &Certificate) -> HashSet<String> {
    let responses = seeds("ocsp");
    let statements = responses
        .values()
        .filter_map(|der| {
            OcspResponse::from_der(der)
                .or_else(|_| OcspResponse::from_basic_der(der))
                .ok()
        })
        .filter_map(|response| {
            response
                .statement(seal, authority, std::slice::from_ref(responder))
                .ok()
        });
    statements.map(|statement| answer(&statement)).collect()
}

/// What stands signed in the seeds of documents.
fn signed() -> HashMap<String, HashSet<Option<String>>> {
    let mut found: HashMap<_, HashSet<_>> = HashMap::new();
    let mut add = |protected: &String, payload| found.entry(protected.clone()).or_default().insert(payload);
    for document in seeds("documents").values() {
        let document = Document::read(document).expect("a seed is a document");
        let examined = document.examine(&Objects::default());
        for (transmitted, examined) in document.signatures.iter().zip(&examined) {
            let (Ok(transmitted), Ok(examined)) = (transmitted, examined) else {
                continue;
            };
            add(
                &transmitted.protected,
                transmitted.payload.as_deref().map(str::to_owned),
            );
            for counter in examined.counter_signatures.iter().flatten() {
                add(
                    &counter.transmitted.protected,
                    Some(transmitted.signature.clone()),
                );
            }
        }
    }
    found
}
