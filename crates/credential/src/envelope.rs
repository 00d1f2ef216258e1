//! JWT envelopes: the VC under `vc`, or at the root (VCDM 2.0, typ vc+jwt).
use serde_json::Value;

/// Where the VC stands in the claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Envelope {
    /// Under `vc` with iss, sub, jti, nbf, exp, iat; typ `JWT`.
    VcClaim,
    /// At the root; typ `vc+jwt`.
    Root,
}
/// The claims set (JSON) of a credential for signing.
pub fn claims(_vc: &Value, _envelope: Envelope) -> Value {
    todo!()
}
