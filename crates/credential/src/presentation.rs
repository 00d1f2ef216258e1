//! Verifiable presentations as JWT (`jwt_vp_json`, VCDM 1.1 §6.3.1).
use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use jiff::Timestamp;
use procura_did::{Did, key};
use procura_jose::{json::Limits, jwt::Claims};
use serde_json::{Map, Value, json};

/// Seconds that a presentation of ours may be used.
const LIFETIME_SECONDS: i64 = 180;
/// Largest `vp_token` that is looked at, in bytes.
pub(crate) const LIMITS: Limits = Limits {
    size: 512 * 1024,
    depth: 16,
};
const CONTEXT: &str = "https://www.w3.org/2018/credentials/v1";

/// Header and claims of a VP JWT (`jwt_vp_json`), to be signed by the holder key; `alg` is the signer's to add.
pub fn build(
    holder: &Did,
    credential: &str,
    nonce: &str,
    audience: &str,
    id: &str,
    now: Timestamp,
) -> (Map<String, Value>, Value) {
    let mut header = Map::new();
    header.insert("typ".to_owned(), json!("JWT"));
    header.insert("kid".to_owned(), json!(key::verification_method(holder)));
    let issued = now.as_second();
    let claims = json!({
        "iss": holder,
        "sub": holder,
        "aud": audience,
        "nonce": nonce,
        "iat": issued,
        "nbf": issued,
        "exp": issued.saturating_add(LIFETIME_SECONDS),
        "jti": id,
        "vp": {
            "@context": [CONTEXT],
            "id": id,
            "type": ["VerifiablePresentation"],
            "holder": holder,
            "verifiableCredential": [credential],
        },
    });
    (header, claims)
}
/// The JWT inside a `vp_token`: raw, base64 or base64url (padded or not). Wrapped once at most.
pub fn unwrap(vp_token: &str) -> Option<String> {
    if vp_token.len() > LIMITS.size.saturating_mul(2) {
        return None;
    }
    if is_compact(vp_token) {
        return Some(vp_token.to_owned());
    }
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bytes = [alphabet::STANDARD, alphabet::URL_SAFE]
        .iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, config).decode(vp_token).ok())?;
    String::from_utf8(bytes).ok().filter(|text| is_compact(text))
}

fn is_compact(text: &str) -> bool {
    text.bytes().filter(|byte| *byte == b'.').count() == 2
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// The one credential of a VP claims set, and its holder.
pub(crate) struct Contents<'a> {
    pub(crate) holder: &'a str,
    pub(crate) credential: &'a str,
}

/// Reads `vp`: a presentation of exactly one credential as JWT.
pub(crate) fn contents(claims: &Claims) -> Result<Contents<'_>, &'static str> {
    let vp = claims
        .0
        .get("vp")
        .and_then(Value::as_object)
        .ok_or("there is no vp")?;
    if claims.0.contains_key("vc") {
        return Err("a credential stands beside the presentation");
    }
    let names = |value: Option<&Value>, name: &str| match value {
        Some(Value::Array(items)) => items.iter().any(|item| item == name),
        Some(Value::String(one)) => one == name,
        _ => false,
    };
    if !names(vp.get("type"), "VerifiablePresentation") {
        return Err("vp is not a VerifiablePresentation");
    }
    let based = |name| matches!(vp.get("@context"), Some(Value::Array(items)) if items.first().is_some_and(|item| item == name));
    if !based(CONTEXT) && !based("https://www.w3.org/ns/credentials/v2") {
        return Err("vp does not begin with the context of W3C credentials");
    }
    let issuer = claims.string("iss").map_err(|_| "there is no iss")?;
    let holder = match vp.get("holder") {
        None => issuer,
        Some(Value::String(holder)) => holder,
        Some(_) => return Err("holder is not a DID"),
    };
    let credential = match vp.get("verifiableCredential") {
        Some(Value::Array(items)) if items.len() == 1 => items.first().and_then(Value::as_str),
        Some(Value::Array(_)) => return Err("it does not hold exactly one credential"),
        one => one.and_then(Value::as_str),
    };
    match credential {
        Some(credential) => Ok(Contents { holder, credential }),
        None => Err("its credential is not a JWT"),
    }
}

#[cfg(test)]
mod tests;
