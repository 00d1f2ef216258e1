//! Sealing, signing, augmenting and validating beside the bare signature that each needs.
#![expect(unreachable_pub, reason = "authority and forge are shared with tests")]
#![expect(
    dead_code,
    clippy::unwrap_used,
    clippy::wildcard_imports,
    reason = "a benchmark that cannot go on panics, and needs a part of what tests need"
)]
#[path = "../../ades/tests/authority/mod.rs"]
mod authority;
#[path = "../../pki/tests/forge/mod.rs"]
mod forge;

use authority::Unit;
use divan::Bencher;
use forge::{Issuer, noon};
use procura_jades::{
    Augmented, Objects, Profile, Sealing, Signing,
    augment::{Purpose, ValidationData},
    create::{Content, Payload},
    document::Serialisation,
    prepare, validate,
};
use procura_jose::{Algorithm, AlgorithmSet};
use procura_pki::Certificate;

fn main() {
    divan::main();
}

struct Seal {
    issuer: Issuer,
    chain: Vec<Certificate>,
    payload: Vec<u8>,
}
impl Seal {
    fn new() -> Self {
        let (ca, issuer) = (Issuer::new("CA"), Issuer::new("Seal"));
        let chain = vec![issuer.leaf().signed_by(&ca)];
        // About the size of a LEARCredentialEmployee.
        Self {
            issuer,
            chain,
            payload: vec![b'x'; 3000],
        }
    }
    fn create(&self) -> String {
        let sealing = Sealing {
            algorithm: Algorithm::Es256,
            typ: "vc+jwt",
            kid: None,
            time: noon(),
            chain: &self.chain,
        };
        let prepared = prepare(&sealing, &self.payload).unwrap();
        let signature = self
            .issuer
            .key
            .sign(Algorithm::Es256.scheme(), prepared.bytes())
            .unwrap();
        prepared.finish(&signature).unwrap()
    }
    fn flattened(&self) -> String {
        let signing = Signing::new(Algorithm::Es256, &self.chain, noon());
        let payload = Payload::Attached(Content::new(&self.payload));
        let prepared = signing.prepare(&payload, Serialisation::Flattened).unwrap();
        let signature = self
            .issuer
            .key
            .sign(Algorithm::Es256.scheme(), prepared.bytes())
            .unwrap();
        prepared.finish(&signature).unwrap()
    }
}

/// A document at each level, with the time-stamping unit that made its tokens.
struct Archive {
    seal: Seal,
    unit: Unit,
    data: Vec<procura_pki::RevocationData>,
}
impl Archive {
    fn new() -> Self {
        Self {
            seal: Seal::new(),
            unit: Unit::new(),
            data: vec![Issuer::new("CA").crl().read().unwrap().into()],
        }
    }
    fn token(&self, over: &[u8]) -> Vec<u8> {
        self.unit.sign(&self.unit.over(over))
    }
    fn b(&self) -> Augmented {
        Augmented::read(self.seal.flattened().as_bytes(), Objects::default()).unwrap()
    }
    fn t(&self) -> Augmented {
        let mut document = self.b();
        let token = self.token(&document.signature_imprint(0).unwrap());
        document.add_signature_time_stamp(0, &token).unwrap();
        document
    }
    fn lt(&self) -> Augmented {
        let mut document = self.t();
        self.add_data(&mut document);
        document
    }
    fn add_data(&self, document: &mut Augmented) {
        let data = ValidationData {
            certificates: &[],
            revocation: &self.data,
        };
        document
            .add_validation_data(0, Purpose::Signature, &data)
            .unwrap();
    }
}

/// From here on without signing and time-stamping: taking a token verifies it, and the signature again.
#[divan::bench]
fn augment_to_t(bencher: Bencher<'_, '_>) {
    let archive = Archive::new();
    let document = archive.b();
    let token = archive.token(&document.signature_imprint(0).unwrap());
    bencher
        .with_inputs(|| document.clone())
        .bench_local_values(|mut document| {
            document.add_signature_time_stamp(0, &token).unwrap();
            document
        });
}

#[divan::bench]
fn augment_to_lt(bencher: Bencher<'_, '_>) {
    let archive = Archive::new();
    let document = archive.t();
    bencher
        .with_inputs(|| document.clone())
        .bench_local_values(|mut document| {
            archive.add_data(&mut document);
            document
        });
}

#[divan::bench]
fn augment_to_lta(bencher: Bencher<'_, '_>) {
    let archive = Archive::new();
    let document = archive.lt();
    let token = archive.token(&document.archive_imprint(0).unwrap());
    bencher
        .with_inputs(|| document.clone())
        .bench_local_values(|mut document| {
            document.add_archive_time_stamp(0, &token).unwrap();
            document
        });
}

/// Creating signs once and verifies once.
#[divan::bench]
fn bare_sign_and_verify(bencher: Bencher<'_, '_>) {
    let seal = Seal::new();
    let scheme = Algorithm::Es256.scheme();
    bencher.bench_local(|| {
        let signature = seal.issuer.key.sign(scheme, &seal.payload).unwrap();
        procura_crypto::signature::verify(seal.issuer.key.public_key(), scheme, &seal.payload, &signature)
            .unwrap();
    });
}

#[divan::bench]
fn create(bencher: Bencher<'_, '_>) {
    let seal = Seal::new();
    bencher.bench_local(|| seal.create());
}

/// The general description, in JSON.
#[divan::bench]
fn create_flattened(bencher: Bencher<'_, '_>) {
    let seal = Seal::new();
    bencher.bench_local(|| seal.flattened());
}

#[divan::bench]
fn bare_verify(bencher: Bencher<'_, '_>) {
    let seal = Seal::new();
    let scheme = Algorithm::Es256.scheme();
    let signature = seal.issuer.key.sign(scheme, &seal.payload).unwrap();
    let key = seal.issuer.key.public_key();
    bencher
        .bench_local(|| procura_crypto::signature::verify(key, scheme, &seal.payload, &signature).unwrap());
}

#[divan::bench]
fn validate_credential(bencher: Bencher<'_, '_>) {
    let text = Seal::new().create();
    let allowed = AlgorithmSet::new(&[Algorithm::Es256]);
    bencher.bench_local(|| validate(&text, Profile::Credential, &allowed, noon()).unwrap());
}
