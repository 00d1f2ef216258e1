//! Making a JWS: fix the bytes, sign them elsewhere, join.
use super::{Header, JwsError, Understood};
use crate::{algorithm::Algorithm, base64url};
use serde_json::{Map, Value};

/// A JWS about to be signed: the exact bytes are fixed.
#[derive(Clone, Debug)]
pub struct Prepared {
    signing_input: String,
}
impl Prepared {
    /// Fixes header and payload. `header` must hold `alg` and be one that our own parser would take; whoever
    /// writes a `crit` name understands it.
    pub fn new(header: &Map<String, Value>, payload: &[u8]) -> Result<Self, JwsError> {
        let critical: Vec<_> = header
            .get("crit")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        Header::from_members(header.clone(), Understood(&critical))?;
        let encoded =
            serde_json::to_vec(header).map_err(|_| JwsError::Format("the header is not writable"))?;
        Ok(Self {
            signing_input: format!("{}.{}", base64url::encode(&encoded), base64url::encode(payload)),
        })
    }
    /// The bytes to sign.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.signing_input.as_bytes()
    }
    /// The compact serialisation.
    #[must_use]
    pub fn finish(self, signature: &[u8]) -> String {
        self.signing_input + "." + &base64url::encode(signature)
    }
}
/// Signs with a key in memory: `alg` is set from `algorithm`. A header that names another algorithm is refused.
pub fn sign(
    key: &procura_crypto::PrivateKey,
    algorithm: Algorithm,
    mut header: Map<String, Value>,
    payload: &[u8],
) -> Result<String, JwsError> {
    if !algorithm.fits(key.public_key()) {
        return Err(JwsError::WrongKey(algorithm.name()));
    }
    let written = header.entry("alg").or_insert_with(|| algorithm.name().into());
    if *written != algorithm.name() {
        return Err(JwsError::Parameter("alg"));
    }
    let prepared = Prepared::new(&header, payload)?;
    let signature = key
        .sign(algorithm.scheme(), prepared.bytes())
        .map_err(|_| JwsError::Signing)?;
    Ok(prepared.finish(&signature))
}
