//! The examples of the specifications: RFC 7520 §4 (JWS cookbook) and RFC 7797 §4 (unencoded payload). Each verifies,
//! or is refused by the rule named beside it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
mod rfc7520;
mod rfc7797;

use procura_jose::{AlgorithmSet, CompactJws, JsonJws, Jwk, Understood, json::Limits, jws::JwsError};
use serde_json::Value;

fn compact(text: &str, key: &Jwk) -> Result<Vec<u8>, JwsError> {
    let jws = CompactJws::parse(text, Understood::default(), Limits::default())?;
    jws.verify_with(key, &AlgorithmSet::all())
        .map(|verified| verified.payload().to_vec())
}
/// Every signature by the one key.
fn json(document: &Value, key: &Jwk) -> Result<Vec<Vec<u8>>, JwsError> {
    let text = document.to_string();
    let jws = JsonJws::parse(text.as_bytes(), Understood::default(), Limits::default())?;
    jws.signatures
        .iter()
        .map(|one| {
            let verified = one.jws.verify_with(key, &AlgorithmSet::all())?;
            Ok(verified.payload().to_vec())
        })
        .collect()
}
