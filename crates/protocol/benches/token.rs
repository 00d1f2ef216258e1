//! One access token (RFC 9068) minted and verified, beside the bare signature and signature check that each needs.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on panics")]
use divan::{Bencher, black_box};
use jiff::{SignedDuration, Timestamp};
use procura_crypto::{Curve, KeyKind, PrivateKey, signature};
use procura_did::{Did, key};
use procura_jose::{Algorithm, AlgorithmSet, Jwk, JwkSet};
use procura_protocol::oauth::access_token::{self, AccessToken, TokenExpectations};
use serde_json::json;

const ISSUER: &str = "did:elsi:VATFR-99999999";
const AUDIENCE: &str = "https://dome-marketplace.example/onboarding";
const KID: &str = "k1";

fn main() {
    divan::main();
}

fn now() -> Timestamp {
    Timestamp::from_second(1_618_354_090).unwrap()
}

fn signer() -> PrivateKey {
    PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap()
}

/// About the size of a real one: a sealed `LEARCredentialEmployee` with its certificates, and the same as JSON.
fn token() -> AccessToken {
    let power = json!({
        "type": "Domain", "domain": "DOME", "function": "Onboarding", "action": ["Execute", "Upload"],
    });
    let organisation = json!({
        "commonName": "GoodAir Example", "organization": "GoodAir GmbH",
        "organizationIdentifier": "VATDE-123456789", "country": "DE", "serialNumber": "DE-123456789",
    });
    AccessToken {
        issuer: Did::parse(ISSUER).unwrap(),
        subject: key::encode(signer().public_key()).unwrap(),
        audience: AUDIENCE.to_owned(),
        scope: "dome.credentials.presentation.LEARCredentialEmployee".to_owned(),
        id: "dbe39bf3a3ba4238a513f51d6e1691c4".to_owned(),
        issued_at: now(),
        expires_at: now() + SignedDuration::from_secs(900),
        credential: format!("{}.{}.{}", "h".repeat(4000), "p".repeat(2700), "s".repeat(86)),
        vc: json!({
            "type": ["VerifiableCredential", "LEARCredentialEmployee"],
            "credentialSubject": { "mandate": {
                "mandator": organisation, "mandatee": organisation, "power": [power, power, power],
            }},
        }),
    }
}

/// The bytes that a token's signature covers.
fn covered(minted: &str) -> &[u8] {
    minted.rsplit_once('.').unwrap().0.as_bytes()
}

fn minted(key: &PrivateKey) -> String {
    access_token::mint(key, Algorithm::Es256, KID, &token()).unwrap()
}

/// Minting signs once, and verifies once before the token leaves.
#[divan::bench]
fn bare_sign_and_verify(bencher: Bencher<'_, '_>) {
    let key = signer();
    let text = minted(&key);
    let (bytes, scheme) = (covered(&text), Algorithm::Es256.scheme());
    bencher.bench_local(|| {
        let signature = key.sign(scheme, black_box(bytes)).unwrap();
        signature::verify(key.public_key(), scheme, bytes, &signature).unwrap();
    });
}

#[divan::bench]
fn mint(bencher: Bencher<'_, '_>) {
    let (key, token) = (signer(), token());
    bencher.bench_local(|| access_token::mint(&key, Algorithm::Es256, KID, black_box(&token)).unwrap());
}

#[divan::bench]
fn bare_verify(bencher: Bencher<'_, '_>) {
    let key = signer();
    let text = minted(&key);
    let (bytes, scheme) = (covered(&text), Algorithm::Es256.scheme());
    let signature = key.sign(scheme, bytes).unwrap();
    bencher.bench_local(|| {
        signature::verify(key.public_key(), scheme, black_box(bytes), &signature).unwrap();
    });
}

#[divan::bench]
fn verify(bencher: Bencher<'_, '_>) {
    let key = signer();
    let text = minted(&key);
    let algorithms = AlgorithmSet::new(&[Algorithm::Es256]);
    let keys = JwkSet(vec![Jwk {
        kid: Some(KID.to_owned()),
        alg: Some(Algorithm::Es256),
        ..Jwk::of(key.public_key().clone())
    }]);
    let expected = TokenExpectations {
        issuer: ISSUER,
        audience: AUDIENCE,
        algorithms: &algorithms,
        keys: &keys,
        skew_seconds: 5,
    };
    bencher.bench_local(|| access_token::verify(black_box(&text), &expected, now()).unwrap());
}
