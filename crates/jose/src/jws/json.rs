//! The JSON serialisations (RFC 7515 §7.2).
use super::{CompactJws, JwsError, Understood};
use crate::json::{self, Limits, short};
use serde_json::{Map, Value};

/// Signatures that a general JWS may hold.
pub const MAX_SIGNATURES: usize = 10;

/// A flattened or general JWS in JSON serialisation: recognised so that it is refused or judged per signature.
///
/// Members that RFC 7515 does not define are refused, here and beside a signature: RFC 7515 would have them
/// ignored, but nothing that this house reads has any, and what one reader ignores another may believe.
#[derive(Clone, Debug)]
pub struct JsonJws {
    /// One entry a signature.
    pub signatures: Vec<JsonSignature>,
}
/// One signature of a JSON JWS: its protected header, never merged with the unprotected one.
#[derive(Clone, Debug)]
pub struct JsonSignature {
    /// As if it were compact.
    pub jws: CompactJws,
    /// Unprotected header.
    pub unprotected: Map<String, Value>,
}
/// Parameters that mean something only where they are signed: `crit` (RFC 7515 §4.1.11), `b64` (RFC 7797 §3), and
/// what chooses the key or the reading of the token.
const PROTECTED_ONLY: [&str; 10] = [
    "crit", "b64", "alg", "typ", "cty", "kid", "x5c", "x5t", "x5t#S256", "jwk",
];

impl JsonJws {
    /// Parses either JSON serialisation (RFC 7515 §7.2).
    pub fn parse(bytes: &[u8], understood: Understood<'_>, limits: Limits) -> Result<Self, JwsError> {
        let object = json::parse_object(bytes, limits)?;
        let payload = object
            .get("payload")
            .and_then(Value::as_str)
            .ok_or_else(|| missing("payload"))?;
        let signatures = match object.get("signatures") {
            None => {
                only(&object, &["payload", "protected", "header", "signature"])?;
                vec![one(&object, payload, understood, limits)?]
            }
            Some(Value::Array(entries)) if (1..=MAX_SIGNATURES).contains(&entries.len()) => {
                only(&object, &["payload", "signatures"])?;
                entries
                    .iter()
                    .map(|entry| {
                        let entry = entry.as_object().ok_or_else(|| missing("signatures"))?;
                        only(entry, &["protected", "header", "signature"])?;
                        one(entry, payload, understood, limits)
                    })
                    .collect::<Result<_, _>>()?
            }
            Some(_) => return Err(missing("signatures")),
        };
        Ok(Self { signatures })
    }
}
fn missing(name: &str) -> JwsError {
    JwsError::Member(short(name))
}
fn only(object: &Map<String, Value>, known: &[&str]) -> Result<(), JwsError> {
    object
        .keys()
        .find(|name| !known.contains(&name.as_str()))
        .map_or(Ok(()), |name| Err(missing(name)))
}
fn one(
    entry: &Map<String, Value>,
    payload: &str,
    understood: Understood<'_>,
    limits: Limits,
) -> Result<JsonSignature, JwsError> {
    let text = |name: &str| {
        entry
            .get(name)
            .and_then(Value::as_str)
            .ok_or_else(|| missing(name))
    };
    let jws = CompactJws::from_parts(
        text("protected")?,
        payload,
        text("signature")?,
        understood,
        limits,
    )?;
    let unprotected = match entry.get("header") {
        None => Map::new(),
        Some(Value::Object(members)) => members.clone(),
        Some(_) => return Err(missing("header")),
    };
    for name in unprotected.keys() {
        if jws.header.members.contains_key(name) {
            return Err(JwsError::Overlap(short(name)));
        }
        if let Some(name) = PROTECTED_ONLY.into_iter().find(|protected| protected == name) {
            return Err(JwsError::Parameter(name));
        }
    }
    Ok(JsonSignature { jws, unprotected })
}
