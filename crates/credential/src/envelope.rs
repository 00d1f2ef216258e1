//! JWT envelopes: the VC under `vc` (VCDM 1.1 §6.3.1), or at the root (VCDM 2.0, securing with JOSE, typ `vc+jwt`).
//!
//! Reading demands that claims and VC tell one story: `iss` is the issuer, `sub` the subject, `jti` the id, `nbf` and
//! `exp` the validity dates. What contradicts itself is refused, never resolved in favour of one side.
use crate::lear::{self, LearError, Reading};
use jiff::Timestamp;
use procura_jose::jwt::Claims;
use serde_json::{Map, Value, json};

/// Where the VC stands in the claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Envelope {
    /// Under `vc` with iss, sub, jti, nbf, exp, iat; typ `JWT`.
    VcClaim,
    /// At the root; typ `vc+jwt`.
    Root,
}
impl Envelope {
    /// `typ` of the JOSE header.
    pub fn typ(self) -> &'static str {
        match self {
            Self::VcClaim => "JWT",
            Self::Root => "vc+jwt",
        }
    }
}
/// A payload is no credential that we accept.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// Not strict JSON.
    #[error("the payload is not strict JSON: {0}")]
    Json(#[from] procura_jose::json::JsonError),
    /// `typ` does not announce this envelope.
    #[error("typ {typ:?} does not go with {place}")]
    Type {
        /// As received.
        typ: String,
        /// Where the VC stands.
        place: &'static str,
    },
    /// Neither under `vc` nor at the root, or at both.
    #[error("the credential stands {0}")]
    Place(&'static str),
    /// A claim is missing or malformed.
    #[error("{0}")]
    Claim(#[from] procura_jose::jwt::ClaimError),
    /// A claim and the VC contradict each other.
    #[error("claim {claim:?} contradicts {member} of the credential")]
    Conflict {
        /// The claim.
        claim: &'static str,
        /// The member of the VC.
        member: &'static str,
    },
    /// The VC cannot be read.
    #[error("credential {0}")]
    Credential(#[from] LearError),
}
/// An opened envelope: claims and VC agree. Nothing is said about who signed.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Where the VC stood.
    pub envelope: Envelope,
    /// The VC, as received.
    pub vc: Value,
    /// The VC, read; its dates completed by `nbf` and `exp` where the VC has none.
    pub reading: Reading,
}

/// The claims set (JSON) of a credential for signing. `iat` is the start of validity, which is the time of issuance.
pub fn claims(vc: &Value, envelope: Envelope) -> Value {
    let start = first_date(vc, STARTS);
    let end = first_date(vc, ENDS);
    let subject = subject(vc);
    let mut claims = match envelope {
        Envelope::VcClaim => Map::new(),
        Envelope::Root => vc.as_object().cloned().unwrap_or_default(),
    };
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            claims.insert(name.to_owned(), value);
        }
    };
    set("iss", issuer(vc).map(Value::from));
    set("sub", subject.map(Value::from));
    set("jti", vc.get("id").cloned());
    set("nbf", start.map(|time| json!(time.as_second())));
    set("iat", start.map(|time| json!(time.as_second())));
    set("exp", end.map(|time| json!(time.as_second())));
    match envelope {
        Envelope::VcClaim => set("vc", Some(vc.clone())),
        Envelope::Root => set("cnf", subject.and_then(confirmation)),
    }
    Value::Object(claims)
}

/// Opens a payload. `typ` is the JOSE header's; `deployed` tolerates what peers of the DOME ecosystem send: `jose`,
/// or none, or `JWT` with the VC at the root.
pub fn open(payload: &[u8], typ: Option<&str>, deployed: bool) -> Result<Opened, EnvelopeError> {
    let claims = Claims::parse(payload)?;
    let at_root = claims.0.contains_key("credentialSubject");
    let envelope = match (claims.0.contains_key("vc"), at_root) {
        (true, false) => Envelope::VcClaim,
        (false, true) => Envelope::Root,
        (true, true) => return Err(EnvelopeError::Place("both under vc and at the root")),
        (false, false) => return Err(EnvelopeError::Place("neither under vc nor at the root")),
    };
    if claims.0.contains_key("vp") {
        return Err(EnvelopeError::Place("beside a presentation"));
    }
    accept_type(envelope, typ, deployed)?;
    let vc = match envelope {
        Envelope::VcClaim => claims.0.get("vc").cloned().unwrap_or_default(),
        Envelope::Root => Value::Object(credential_members(&claims.0)),
    };
    let mut reading = lear::read(&vc)?;
    agree(&claims, envelope, &vc, &reading)?;
    let (from, until) = (claims.optional_time("nbf")?, claims.optional_time("exp")?);
    let (valid_from, valid_until) = match &mut reading {
        Reading::Lear(credential) => (&mut credential.valid_from, &mut credential.valid_until),
        Reading::Other(other) => (&mut other.valid_from, &mut other.valid_until),
    };
    *valid_from = valid_from.or(from);
    *valid_until = valid_until.or(until);
    Ok(Opened {
        envelope,
        vc,
        reading,
    })
}

/// Claims of RFC 7519 are the envelope's, not the credential's.
fn credential_members(claims: &Map<String, Value>) -> Map<String, Value> {
    claims
        .iter()
        .filter(|(name, _)| {
            !matches!(
                name.as_str(),
                "iss" | "sub" | "aud" | "jti" | "nbf" | "exp" | "iat" | "cnf"
            )
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn accept_type(envelope: Envelope, typ: Option<&str>, deployed: bool) -> Result<(), EnvelopeError> {
    let received = typ.unwrap_or_default().to_ascii_lowercase();
    let received = received.strip_prefix("application/").unwrap_or(&received);
    let accepted = match envelope {
        Envelope::VcClaim => received == "jwt",
        Envelope::Root => received == "vc+jwt",
    };
    if accepted || (deployed && matches!(received, "" | "jose" | "jwt" | "vc+jwt")) {
        return Ok(());
    }
    let place = match envelope {
        Envelope::VcClaim => "a credential under vc",
        Envelope::Root => "a credential at the root",
    };
    Err(EnvelopeError::Type {
        typ: typ.unwrap_or_default().chars().take(64).collect(),
        place,
    })
}

fn agree(claims: &Claims, envelope: Envelope, vc: &Value, reading: &Reading) -> Result<(), EnvelopeError> {
    let header = reading.header();
    let conflict = |claim, member| Err(EnvelopeError::Conflict { claim, member });
    match (claims.optional_string("iss")?, envelope) {
        (Some(iss), _) if iss != header.issuer.as_str() => return conflict("iss", "issuer"),
        // Without `iss` the VCDM 1.1 mapping has no issuer; at the root `issuer` says it.
        (None, Envelope::VcClaim) => return Err(procura_jose::jwt::ClaimError("iss").into()),
        _ => {}
    }
    if let Some(sub) = claims.optional_string("sub")?
        && Some(sub)
            != header
                .subject
                .map(procura_did::Did::as_str)
                .or_else(|| subject(vc))
    {
        return conflict("sub", "credentialSubject");
    }
    if let (Some(jti), Some(id)) = (claims.optional_string("jti")?, vc.get("id"))
        && id.as_str() != Some(jti)
    {
        return conflict("jti", "id");
    }
    for (claim, names, member) in [("nbf", STARTS, "validFrom"), ("exp", ENDS, "validUntil")] {
        let stated: Vec<Timestamp> = dates(vc, names).collect();
        if let Some(time) = claims.optional_time(claim)?
            && !stated.is_empty()
            && !stated.iter().any(|stated| stated.as_second() == time.as_second())
        {
            return conflict(claim, member);
        }
    }
    claims.optional_time("iat")?;
    if let (Some(confirmation), Some(subject)) = (claims.0.get("cnf"), header.subject)
        && !confirms(confirmation, subject)
    {
        return conflict("cnf", "credentialSubject");
    }
    Ok(())
}

/// RFC 7800 confirmation of a did:key subject.
fn confirmation(subject: &str) -> Option<Value> {
    let did = procura_did::Did::parse(subject).ok()?;
    let key = procura_did::key::decode(&did).ok()?;
    Some(json!({ "jwk": procura_jose::Jwk::of(key).to_json() }))
}

/// Whether `cnf` names the subject's key, by `jwk` or by `kid`.
fn confirms(confirmation: &Value, subject: &procura_did::Did) -> bool {
    let Ok(key) = procura_did::key::decode(subject) else {
        return false;
    };
    let by_key = match confirmation.get("jwk") {
        None => None,
        Some(Value::Object(jwk)) => Some(procura_jose::Jwk::from_json(jwk).is_ok_and(|jwk| jwk.key == key)),
        Some(_) => Some(false),
    };
    let by_name = match confirmation.get("kid") {
        None => None,
        Some(Value::String(kid)) => {
            Some(procura_did::key::from_kid(kid).is_ok_and(|(named, _)| named == *subject))
        }
        Some(_) => Some(false),
    };
    match (by_key, by_name) {
        (None, None) => false,
        (one, two) => one.unwrap_or(true) && two.unwrap_or(true),
    }
}

const STARTS: &[&str] = &["validFrom", "issuanceDate"];
const ENDS: &[&str] = &["validUntil", "expirationDate"];

fn dates<'a>(vc: &'a Value, names: &'a [&'a str]) -> impl Iterator<Item = Timestamp> + 'a {
    names
        .iter()
        .filter_map(|name| vc.get(*name)?.as_str().and_then(lear::parse_date))
}

fn first_date(vc: &Value, names: &[&str]) -> Option<Timestamp> {
    dates(vc, names).next()
}

fn issuer(vc: &Value) -> Option<&str> {
    let issuer = vc.get("issuer")?;
    issuer.as_str().or_else(|| issuer.get("id")?.as_str())
}

fn subject(vc: &Value) -> Option<&str> {
    let subject = vc.get("credentialSubject")?;
    subject
        .get("id")
        .or_else(|| subject.get("mandate")?.get("mandatee")?.get("id"))
        .and_then(Value::as_str)
}

#[cfg(test)]
mod tests;
