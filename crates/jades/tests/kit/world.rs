//! Who signs and who time-stamps, for everything that is created.
use super::{
    authority::{Unit, for_time_stamps},
    forge::{Issuer, Request, at, cn, noon, tlv},
    responder,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use procura_crypto::KeyKind;
use procura_jades::{Document, Examined, Objects, Signing};
use procura_jose::{Algorithm, base64url};
use procura_pki::{Certificate, OcspResponse, RevocationData};
use serde_json::{Value, json};

pub const PAYLOAD: &[u8] = br#"{"title":"Hello"}"#;

pub struct World {
    pub algorithm: Algorithm,
    pub root: Issuer,
    pub sub: Issuer,
    pub seal: Issuer,
    /// Seal, sub CA, root.
    pub chain: Vec<Certificate>,
    /// Issues the unit's certificate, which outlives the seal's.
    pub authority: Issuer,
    pub authority_certificate: Certificate,
    pub unit: Unit,
}
impl World {
    pub fn new() -> Self {
        Self::with(Algorithm::Es256)
    }
    pub fn with(algorithm: Algorithm) -> Self {
        let kind = match algorithm.key_kind() {
            KeyKind::Rsa(_) => KeyKind::Rsa(2048),
            kind => kind,
        };
        let (root, sub) = (Issuer::new("Root CA"), Issuer::new("Sub CA"));
        let seal = Issuer::of(cn("GoodAir Seal"), kind);
        let long = |request: Request| request.valid("2025-01-01T00:00:00Z", "2050-01-01T00:00:00Z");
        let chain = vec![
            seal.leaf().signed_by(&sub),
            long(sub.ca()).signed_by(&root),
            long(root.ca()).signed_by(&root),
        ];
        let (authority, keys) = (Issuer::new("TSA CA"), Issuer::new("TSU 1"));
        let certificate = long(keys.leaf().with(for_time_stamps())).signed_by(&authority);
        Self {
            algorithm,
            root,
            sub,
            seal,
            chain,
            unit: Unit {
                certificate,
                issuer: authority.name.clone(),
                keys,
            },
            authority_certificate: long(authority.ca()).signed_by(&authority),
            authority,
        }
    }
    pub fn signing(&self) -> Signing<'_> {
        Signing::new(self.algorithm, &self.chain, noon())
    }
    pub fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.seal.key.sign(self.algorithm.scheme(), bytes).unwrap()
    }
    /// What the seal's CA and the root say of what they issued, an hour after noon.
    pub fn revocation(&self) -> Vec<RevocationData> {
        vec![crl(&self.sub), crl(&self.root)]
    }
    /// What the time-stamping unit's CA says at that time.
    pub fn unit_revocation(&self, time: &str) -> RevocationData {
        crl_at(&self.authority, time)
    }
    /// A sound token, half a second after noon.
    pub fn token(&self, over: &[u8]) -> Vec<u8> {
        self.unit.sign(&self.unit.over(over))
    }
    /// A sound token of another time (`YYYYMMDDhhmmssZ`).
    pub fn token_at(&self, over: &[u8], time: &str) -> Vec<u8> {
        let mut parts = self.unit.over(over);
        parts.after_serial = vec![tlv(0x18, time.as_bytes())];
        self.unit.sign(&parts)
    }
}

pub fn crl(issuer: &Issuer) -> RevocationData {
    crl_at(issuer, "2026-06-01T13:00:00Z")
}
pub fn crl_at(issuer: &Issuer, time: &str) -> RevocationData {
    let mut request = issuer.crl();
    request.this_update = at(time);
    request.next_update = Some(at(time) + jiff::SignedDuration::from_hours(24));
    request.read().unwrap().into()
}
/// What a responder says, by its delegate whose certificate comes along.
pub fn response() -> (OcspResponse, Certificate) {
    let world = responder::World::new();
    (world.delegated().read().unwrap(), world.delegated)
}

/// Every signature of a document that deviates from nothing.
pub fn examined(text: &str, objects: &Objects) -> Vec<Examined> {
    let document = Document::read(text.as_bytes()).unwrap();
    assert_eq!(document.deviations, []);
    for signature in &document.signatures {
        assert_eq!(signature.as_ref().unwrap().deviations, []);
    }
    let examined = document.examine(objects).into_iter();
    examined.map(Result::unwrap).collect()
}
pub fn read(text: &str) -> Document {
    Document::read(text.as_bytes()).unwrap()
}
pub fn base64(der: &[u8]) -> String {
    BASE64_STANDARD.encode(der)
}

/// The document with everything that is another on each run replaced by what it is.
pub fn redacted(text: &str, world: &World) -> Value {
    let value = serde_json::from_str(text).unwrap_or_else(|_| {
        let parts: Vec<_> = text.split('.').collect();
        json!({ "(compact)": { "protected": parts[0], "payload": parts[1], "signature": parts[2] } })
    });
    redact(&value, world)
}
fn redact(value: &Value, world: &World) -> Value {
    match value {
        Value::Object(object) => object
            .iter()
            .map(|(name, value)| (name.clone(), member(name, value, world)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(list) => list.iter().map(|item| redact(item, world)).collect(),
        Value::String(text) => known(text, world).into(),
        other => other.clone(),
    }
}
fn member(name: &str, value: &Value, world: &World) -> Value {
    let inner = |text: &str| {
        let octets = base64url::decode(text).unwrap();
        redact(&serde_json::from_slice(&octets).unwrap(), world)
    };
    match (name, value) {
        ("protected", Value::String(text)) => inner(text),
        ("etsiU", Value::Array(list)) => list.iter().map(|text| inner(text.as_str().unwrap())).collect(),
        ("signature", Value::String(_)) => "(signature)".into(),
        ("cSig", Value::String(text)) => redacted(text, world),
        ("payload", Value::String(text)) if text.len() > 80 => "(long payload)".into(),
        (_, value) => redact(value, world),
    }
}
fn known(text: &str, world: &World) -> String {
    let names = ["seal", "sub CA", "root"];
    for (certificate, name) in world.chain.iter().zip(names) {
        if text == base64(certificate.der()) {
            return format!("(certificate of the {name})");
        }
        for digest in [
            procura_crypto::Digest::Sha256,
            procura_crypto::Digest::Sha384,
            procura_crypto::Digest::Sha512,
        ] {
            if text == base64url::encode(&digest.of(certificate.der())) {
                return format!("({digest:?} of the {name}'s certificate)");
            }
        }
    }
    if text == base64(world.unit.certificate.der()) {
        return "(certificate of the time-stamping unit)".to_owned();
    }
    if text.len() > 200 {
        return match BASE64_STANDARD
            .decode(text)
            .map(|der| procura_ades::Token::from_der(&der))
        {
            Ok(Ok(_)) => "(time-stamp token)".to_owned(),
            _ => "(DER)".to_owned(),
        };
    }
    text.to_owned()
}
