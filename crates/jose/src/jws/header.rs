//! The protected header.
use super::JwsError;
use crate::{
    algorithm::Algorithm,
    base64url,
    json::{self, Limits, short},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

/// Certificates that an `x5c` may hold.
pub const MAX_CERTIFICATES: usize = 20;
/// Bytes that `kid`, `typ` and `cty` may have.
pub const MAX_NAME: usize = 2048;

/// The `crit` names that the caller understands and will process. `b64` is understood here: only `true` passes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Understood<'a>(pub &'a [&'a str]);

/// A protected header: parsed once, strictly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// `alg`.
    pub alg: Algorithm,
    /// `typ`.
    pub typ: Option<String>,
    /// `cty`.
    pub cty: Option<String>,
    /// `kid`.
    pub kid: Option<String>,
    /// `x5c`, DER, signer first.
    pub x5c: Option<Vec<Vec<u8>>>,
    /// `x5t#S256`.
    pub x5t_s256: Option<[u8; 32]>,
    /// `crit`, all of them understood and present.
    pub crit: Vec<String>,
    /// Every member as received.
    pub members: Map<String, Value>,
}
/// Names that must not stand in `crit` (RFC 7515 §4.1.11): those of RFC 7515 §4.1 itself, and of RFC 7516 §4.1
/// and RFC 7518 §4, which have no meaning in a JWS.
const REGISTERED: [&str; 20] = [
    "alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit", "enc", "zip", "epk",
    "apu", "apv", "iv", "tag", "p2s", "p2c",
];

impl Header {
    pub(super) fn decode(
        encoded: &str,
        understood: Understood<'_>,
        limits: Limits,
    ) -> Result<Self, JwsError> {
        let bytes =
            base64url::decode(encoded).ok_or(JwsError::Format("the header is not canonical base64url"))?;
        Self::from_members(json::parse_object(&bytes, limits)?, understood)
    }
    /// Judges the members of a protected header.
    pub fn from_members(members: Map<String, Value>, understood: Understood<'_>) -> Result<Self, JwsError> {
        // First of all, so that no other reading of a header without an acceptable algorithm matters.
        let name = members
            .get("alg")
            .and_then(Value::as_str)
            .ok_or(JwsError::Parameter("alg"))?;
        let alg = Algorithm::from_name(name).ok_or_else(|| JwsError::Algorithm(short(name)))?;
        if members.get("b64").is_some_and(|b64| *b64 != Value::Bool(true)) {
            return Err(JwsError::Parameter("b64"));
        }
        Ok(Self {
            alg,
            typ: name_of(&members, "typ")?,
            cty: name_of(&members, "cty")?,
            kid: name_of(&members, "kid")?,
            x5c: members.get("x5c").map(certificates).transpose()?,
            x5t_s256: members.get("x5t#S256").map(thumbprint).transpose()?,
            crit: critical(&members, understood)?,
            members,
        })
    }
    /// Demands a `typ` (RFC 8725 §3.11). Media types compare without regard to case, and `application/` may be
    /// left out (RFC 7515 §4.1.9).
    pub fn require_type(&self, expected: &'static str) -> Result<(), JwsError> {
        if self.has_type(expected) {
            Ok(())
        } else {
            Err(JwsError::Type(expected))
        }
    }
    /// Whether `typ` is `expected`.
    #[must_use]
    pub fn has_type(&self, expected: &str) -> bool {
        const PREFIX: &str = "application/";
        self.typ.as_deref().is_some_and(|typ| {
            let short = match typ.split_at_checked(PREFIX.len()) {
                Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) && !rest.contains('/') => rest,
                _ => typ,
            };
            short.eq_ignore_ascii_case(expected)
        })
    }
}
fn name_of(members: &Map<String, Value>, name: &'static str) -> Result<Option<String>, JwsError> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if text.len() <= MAX_NAME && !text.chars().any(char::is_control) => {
            Ok(Some(text.clone()))
        }
        Some(_) => Err(JwsError::Parameter(name)),
    }
}
/// RFC 7515 §4.1.6: standard base64 with padding, not base64url, not PEM.
fn certificates(value: &Value) -> Result<Vec<Vec<u8>>, JwsError> {
    const ERROR: JwsError = JwsError::Parameter("x5c");
    let values = value
        .as_array()
        .filter(|all| (1..=MAX_CERTIFICATES).contains(&all.len()))
        .ok_or(ERROR)?;
    values
        .iter()
        .map(|value| {
            value
                .as_str()
                .and_then(|text| STANDARD.decode(text).ok())
                .filter(|der| !der.is_empty())
                .ok_or(ERROR)
        })
        .collect()
}
fn thumbprint(value: &Value) -> Result<[u8; 32], JwsError> {
    value
        .as_str()
        .and_then(base64url::decode)
        .and_then(|digest| digest.try_into().ok())
        .ok_or(JwsError::Parameter("x5t#S256"))
}
/// RFC 7515 §4.1.11.
fn critical(members: &Map<String, Value>, understood: Understood<'_>) -> Result<Vec<String>, JwsError> {
    const ERROR: JwsError = JwsError::Parameter("crit");
    let Some(value) = members.get("crit") else {
        return Ok(Vec::new());
    };
    let values = value.as_array().filter(|all| !all.is_empty()).ok_or(ERROR)?;
    let mut names: Vec<String> = Vec::with_capacity(values.len());
    for value in values {
        let name = value.as_str().ok_or(ERROR)?;
        if REGISTERED.contains(&name)
            || !members.contains_key(name)
            || names.iter().any(|other| other == name)
        {
            return Err(ERROR);
        }
        if name != "b64" && !understood.0.contains(&name) {
            return Err(JwsError::Critical(short(name)));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}
