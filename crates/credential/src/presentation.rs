//! Verifiable presentations as JWT.
use jiff::Timestamp;
use procura_did::Did;
use serde_json::{Map, Value};

/// Header and claims of a VP JWT (`jwt_vp_json`), to be signed by the holder key.
pub fn build(
    _holder: &Did,
    _credential: &str,
    _nonce: &str,
    _audience: &str,
    _id: &str,
    _now: Timestamp,
) -> (Map<String, Value>, Value) {
    todo!()
}
/// The JWT inside a vp_token: raw, base64 or base64url.
pub fn unwrap(_vp_token: &str) -> Option<String> {
    todo!()
}
/// The `nonce` of an unverified VP: only to find the transaction.
pub fn claimed_nonce(_vp_jwt: &str) -> Option<String> {
    todo!()
}
