//! Independent implementations and ours, each judging what the other made. A disagreement is our fault and mended, or
//! it is held here by a test of its own that says who is right and why.
#[path = "../../../../crates/pki/tests/forge/mod.rs"]
mod forge;
mod josekit;
mod ssi_credential;
mod ssi_did_key;

use procura_crypto::PrivateKey;
use procura_jose::{
    Algorithm, AlgorithmSet, CompactJws, JsonJws, Jwk, Understood, json::Limits, jws::JwsError,
};
use serde_json::{Map, Value};

/// RSA keys of 2048 bits: generating larger ones without optimisation is not what is tested here.
fn key(algorithm: Algorithm) -> PrivateKey {
    let kind = match algorithm.key_kind() {
        procura_crypto::KeyKind::Rsa(_) => procura_crypto::KeyKind::Rsa(2048),
        kind => kind,
    };
    PrivateKey::generate(kind).unwrap()
}
fn public(key: &PrivateKey) -> Map<String, Value> {
    Jwk::of(key.public_key().clone()).to_json()
}
fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}
fn read_compact(token: &str, key: &PrivateKey) -> Result<Vec<u8>, JwsError> {
    let jws = CompactJws::parse(token, Understood::default(), Limits::default())?;
    let verified = jws.verify(key.public_key(), &AlgorithmSet::all())?;
    Ok(verified.payload().to_vec())
}
/// Every signature of it.
fn read_json(document: &str, key: &PrivateKey) -> Result<Vec<Vec<u8>>, JwsError> {
    let jws = JsonJws::parse(document.as_bytes(), Understood::default(), Limits::default())?;
    jws.signatures
        .iter()
        .map(|one| {
            let verified = one.jws.verify(key.public_key(), &AlgorithmSet::all())?;
            Ok(verified.payload().to_vec())
        })
        .collect()
}
