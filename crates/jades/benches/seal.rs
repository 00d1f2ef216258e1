//! Sealing and validating beside the bare signature that each needs.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on panics")]
#[path = "../../pki/tests/forge/mod.rs"]
mod forge;

use divan::Bencher;
use forge::{Issuer, noon};
use procura_jades::{Profile, Sealing, prepare, validate};
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
