//! Sealing, signing, augmenting and validating beside the bare signatures that each needs; and what is allocated for it.
#![expect(unreachable_pub, reason = "authority, forge and scene are shared with tests")]
#![expect(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::wildcard_imports,
    reason = "a benchmark that cannot go on panics, and needs a part of what tests need"
)]
#[path = "../../ades/tests/authority/mod.rs"]
mod authority;
#[path = "../../pki/tests/forge/mod.rs"]
mod forge;
#[path = "../tests/validation/scene.rs"]
mod scene;

use authority::Unit;
use divan::{AllocProfiler, Bencher};
use forge::{Issuer, noon};
use procura_crypto::{Curve, KeyKind, PrivateKey, signature::verify};
use procura_jades::{
    Augmented, Document, Objects, Profile, Sealing, Signing,
    augment::{Purpose, ValidationData},
    create::{Content, Payload},
    document::Serialisation,
    prepare, validate,
};
use procura_jose::{Algorithm, AlgorithmSet};
use procura_pki::{Certificate, RevocationData};
use scene::{COLLECTED, Judge, Level, PROVEN, SOON, Scene};
use serde_json::Value;
use std::sync::LazyLock;

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

static SEAL: LazyLock<Seal> = LazyLock::new(Seal::new);
static SCENE: LazyLock<Scene> = LazyLock::new(Scene::new);

fn main() {
    divan::main();
}

/// About the size of a `LEARCredentialEmployee`.
const PAYLOAD: &[u8] = &[b'x'; 3000];

struct Seal {
    issuer: Issuer,
    chain: Vec<Certificate>,
}
impl Seal {
    fn new() -> Self {
        let (ca, issuer) = (Issuer::new("CA"), Issuer::new("Seal"));
        let chain = vec![issuer.leaf().signed_by(&ca)];
        Self { issuer, chain }
    }
    fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.issuer.key.sign(Algorithm::Es256.scheme(), bytes).unwrap()
    }
    fn compact(&self) -> String {
        let sealing = Sealing {
            algorithm: Algorithm::Es256,
            typ: "vc+jwt",
            kid: None,
            time: noon(),
            chain: &self.chain,
        };
        let prepared = prepare(&sealing, PAYLOAD).unwrap();
        let signature = self.sign(prepared.bytes());
        prepared.finish(&signature).unwrap()
    }
    fn flattened(&self) -> String {
        let signing = Signing::new(Algorithm::Es256, &self.chain, noon());
        let payload = Payload::Attached(Content::new(PAYLOAD));
        let prepared = signing.prepare(&payload, Serialisation::Flattened).unwrap();
        let signature = self.sign(prepared.bytes());
        prepared.finish(&signature).unwrap()
    }
}

/// The signatures alone: what nothing that needs them goes below.
mod bare {
    use super::*;

    fn checked(bencher: Bencher<'_, '_>, kind: KeyKind, algorithm: Algorithm) {
        let key = PrivateKey::generate(kind).unwrap();
        let scheme = algorithm.scheme();
        let signature = key.sign(scheme, PAYLOAD).unwrap();
        bencher.bench_local(|| verify(key.public_key(), scheme, PAYLOAD, &signature).unwrap());
    }

    #[divan::bench]
    fn check_p256(bencher: Bencher<'_, '_>) {
        checked(bencher, KeyKind::Ec(Curve::P256), Algorithm::Es256);
    }

    #[divan::bench(args = [2048, 4096])]
    fn check_rsa(bencher: Bencher<'_, '_>, bits: usize) {
        checked(bencher, KeyKind::Rsa(bits), Algorithm::Rs256);
    }

    /// Creating signs once and verifies once.
    #[divan::bench]
    fn sign_and_check_p256(bencher: Bencher<'_, '_>) {
        let key = SEAL.issuer.key.public_key();
        bencher.bench_local(|| {
            let signature = SEAL.sign(PAYLOAD);
            verify(key, Algorithm::Es256.scheme(), PAYLOAD, &signature).unwrap();
        });
    }
}

/// With a key at hand.
mod create {
    use super::*;

    #[divan::bench]
    fn credential(bencher: Bencher<'_, '_>) {
        bencher.bench_local(|| SEAL.compact());
    }

    /// The general description, in JSON.
    #[divan::bench]
    fn flattened(bencher: Bencher<'_, '_>) {
        bencher.bench_local(|| SEAL.flattened());
    }
}

#[divan::bench]
fn validate_credential(bencher: Bencher<'_, '_>) {
    let text = SEAL.compact();
    let allowed = AlgorithmSet::new(&[Algorithm::Es256]);
    bencher.bench_local(|| validate(&text, Profile::Credential, &allowed, noon()).unwrap());
}

/// Documents of a payload of a few octets, by a seal below a CA below a root; revocation lists and units of another root.
mod document {
    use super::*;

    fn text(scene: &Scene, level: Level) -> String {
        scene.at_level(level).to_string()
    }

    #[divan::bench(args = Level::ALL)]
    fn read(bencher: Bencher<'_, '_>, level: Level) {
        let text = text(&SCENE, level);
        bencher.bench_local(|| Document::read(text.as_bytes()).unwrap());
    }

    #[divan::bench(args = Level::ALL)]
    fn examine(bencher: Bencher<'_, '_>, level: Level) {
        let document = Document::read(text(&SCENE, level).as_bytes()).unwrap();
        let objects = Objects::default();
        bencher.bench_local(|| document.examine(&objects));
    }

    /// Bare checks needed at B-B 3: signature, and two certificates; at B-T 5, with a token and its certificate; at B-LT
    /// 8, with three lists; at B-LTA 10. The lists that the caller brings were verified before.
    #[divan::bench(args = Level::ALL)]
    fn validate(bencher: Bencher<'_, '_>, level: Level) {
        let judge = Judge::of(&SCENE, SOON);
        let text = text(&SCENE, level);
        assert!(judge.report_of(text.as_bytes()).is_passed());
        bencher.bench_local(|| judge.report_of(text.as_bytes()));
    }
}

/// Without signing and time-stamping: taking a token verifies it, and the signature again.
mod augment {
    use super::*;

    fn at(level: Level) -> Augmented {
        Augmented::read(SCENE.at_level(level).to_string().as_bytes(), Objects::default()).unwrap()
    }
    fn added(bencher: Bencher<'_, '_>, document: &Augmented, add: impl Fn(&mut Augmented)) {
        bencher
            .with_inputs(|| document.clone())
            .bench_local_values(|mut document| {
                add(&mut document);
                document
            });
    }

    #[divan::bench]
    fn to_t(bencher: Bencher<'_, '_>) {
        let document = at(Level::B);
        let over = document.signature_imprint(0).unwrap();
        let token = scene::token(&SCENE.first, &over, PROVEN);
        added(bencher, &document, |document| {
            document.add_signature_time_stamp(0, &token).unwrap();
        });
    }

    #[divan::bench]
    fn to_lt(bencher: Bencher<'_, '_>) {
        let list = scene::list(&SCENE.authority, COLLECTED, &[]);
        let revocation: [RevocationData; 1] = [scene::read(&list)];
        let data = ValidationData {
            certificates: &[],
            revocation: &revocation,
        };
        added(bencher, &at(Level::T), |document| {
            document
                .add_validation_data(0, Purpose::Signature, &data)
                .unwrap();
        });
    }

    #[divan::bench]
    fn to_lta(bencher: Bencher<'_, '_>) {
        let document = at(Level::Lt);
        let over = document.archive_imprint(0).unwrap();
        let token = scene::token(&SCENE.second, &over, COLLECTED);
        added(bencher, &document, |document| {
            document.add_archive_time_stamp(0, &token).unwrap();
        });
    }
}

/// The largest documents that are read at all, once each: what counts of them is the most that is allocated at a time
/// (`max alloc`).
mod largest {
    use super::*;
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    use procura_jose::base64url;
    use serde_json::json;

    static SIGNED: LazyLock<Value> = LazyLock::new(|| SCENE.document());
    const SIGNATURES: usize = 16;
    const SIZE: usize = 16 * 1024 * 1024;

    fn property(name: &str, value: &Value) -> Value {
        base64url::encode(json!({ name: value }).to_string().as_bytes()).into()
    }
    /// So many signatures over `payload`, each with these properties.
    fn general(payload: &Value, properties: &[Value]) -> String {
        let mut entry = SIGNED.clone();
        entry.as_object_mut().unwrap().remove("payload");
        entry["header"] = json!({ "etsiU": properties });
        json!({ "payload": payload, "signatures": vec![entry; SIGNATURES] }).to_string()
    }
    fn judged(bencher: Bencher<'_, '_>, text: &str) {
        assert!(text.len() <= SIZE && text.len() > SIZE / 2, "{}", text.len());
        let judge = Judge::of(&SCENE, SOON);
        let report = judge.report_of(text.as_bytes());
        assert_eq!(report.signatures.len(), SIGNATURES);
        let checks = report.signatures.iter().flat_map(|one| &one.checks);
        assert!(checks.into_iter().all(|check| check.name != "bounds"));
        bencher.bench_local(|| judge.report_of(text.as_bytes()));
    }
    fn token() -> Value {
        json!({ "val": BASE64_STANDARD.encode(scene::token(&SCENE.first, b"x", PROVEN)) })
    }

    /// One payload that all share, and archive time-stamps over it.
    #[divan::bench(sample_count = 1, sample_size = 1)]
    fn payload(bencher: Bencher<'_, '_>) {
        let payload = json!("A".repeat(SIZE - 512 * 1024));
        let stamp = property("arcTst", &json!({ "tstTokens": vec![token(); 4] }));
        judged(bencher, &general(&payload, &[stamp]));
    }

    /// Each of another certificate, as many as a signature may have.
    #[divan::bench(sample_count = 1, sample_size = 1)]
    fn tokens(bencher: Bencher<'_, '_>) {
        let url = format!("http://{}.example", "x".repeat(6000));
        let mut properties = Vec::new();
        for index in 0..64_u8 {
            let keys = Issuer::new("TSU");
            let mut request = keys.leaf().with(authority::for_time_stamps());
            request = request.with(forge::crl_points(&[&url]));
            request.serial = vec![0x22, index + 1];
            let unit = Unit {
                certificate: request.signed_by(&SCENE.stamps),
                issuer: SCENE.stamps.name.clone(),
                keys,
            };
            let over = SIGNED["signature"].as_str().unwrap();
            let token = scene::token(&unit, over.as_bytes(), PROVEN);
            properties.push(property("sigTst", &scene::container(&token)));
        }
        judged(bencher, &general(&SIGNED["payload"], &properties));
    }

    #[divan::bench(sample_count = 1, sample_size = 1)]
    fn certificates(bencher: Bencher<'_, '_>) {
        let url = format!("http://{}.example", "x".repeat(4000));
        let request = SCENE.authority.ca().with(forge::crl_points(&[&url]));
        let all: Vec<_> = (1..=128_u8)
            .map(|serial| {
                let mut one = request.clone();
                one.serial = vec![0x20, serial];
                one.signed_by(&SCENE.root)
            })
            .collect();
        let values = scene::certificates(&all.iter().collect::<Vec<_>>());
        judged(
            bencher,
            &general(&SIGNED["payload"], &[property("xVals", &values)]),
        );
    }

    #[divan::bench(sample_count = 1, sample_size = 1)]
    fn revocation_lists(bencher: Bencher<'_, '_>) {
        let mut list = SCENE.authority.crl();
        list.entries = (0..18_000_u32)
            .map(|serial| (serial.to_be_bytes().to_vec(), noon(), Vec::new()))
            .collect();
        let values = scene::revocation(&[list.der()]);
        judged(
            bencher,
            &general(&SIGNED["payload"], &[property("rVals", &values)]),
        );
    }

    /// Objects of one member, in the text itself and in strings, as many as are read.
    #[divan::bench(sample_count = 1, sample_size = 1)]
    fn small_objects(bencher: Bencher<'_, '_>) {
        let small = |count: usize| Value::from(vec![json!({ "": 0 }); count]);
        let counter = json!({ "protected": "e30", "signature": "AA", "header": { "etsiU": [property("x", &small(3900))] } });
        let padding = "x".repeat(700 * 1024);
        let properties = [
            property("x", &small(4000)),
            property("cSig", &counter),
            padding.into(),
        ];
        let mut document: Value = serde_json::from_str(&general(&SIGNED["payload"], &properties)).unwrap();
        document["x"] = small(99_000);
        judged(bencher, &document.to_string());
    }
}
