//! JSON Web Keys (RFC 7517), public ones only.
use crate::{algorithm::Algorithm, base64url};
use procura_crypto::{Curve, PublicKey};
use serde_json::{Map, Value};

/// A public JWK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwk {
    /// The key.
    pub key: PublicKey,
    /// `kid`.
    pub kid: Option<String>,
    /// `alg`; a key with an `alg` serves that algorithm only.
    pub alg: Option<Algorithm>,
    /// `use`.
    pub usage: Option<String>,
    /// `key_ops`.
    pub operations: Option<Vec<String>>,
}
/// Why a JWK was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum JwkError {
    /// It holds private members.
    #[error("a public key was expected, this one holds {0:?}")]
    Private(&'static str),
    /// A member is missing or malformed.
    #[error("member {0:?} is missing or malformed")]
    Member(&'static str),
    /// Unsupported type, curve or algorithm.
    #[error("unsupported key")]
    Unsupported,
}
/// Members that only private and symmetric keys have (RFC 7518 §6.2.2, §6.3.2, §6.4.1; RFC 8037 §2).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
/// Keys that a set may hold.
const MAX_KEYS: usize = 100;

impl Jwk {
    /// Without metadata.
    #[must_use]
    pub fn of(key: PublicKey) -> Self {
        Self {
            key,
            kid: None,
            alg: None,
            usage: None,
            operations: None,
        }
    }
    /// From its JSON form.
    pub fn from_json(object: &Map<String, Value>) -> Result<Self, JwkError> {
        if let Some(name) = PRIVATE.into_iter().find(|name| object.contains_key(*name)) {
            return Err(JwkError::Private(name));
        }
        let key = match string(object, "kty")?.ok_or(JwkError::Member("kty"))? {
            "EC" => elliptic(object)?,
            "RSA" => rsa(object)?,
            "OKP" => octet_pair(object)?,
            _ => return Err(JwkError::Unsupported),
        };
        let alg = match string(object, "alg")? {
            None => None,
            Some(name) => Some(Algorithm::from_name(name).ok_or(JwkError::Unsupported)?),
        };
        if alg.is_some_and(|alg| !alg.fits(&key)) {
            return Err(JwkError::Member("alg"));
        }
        Ok(Self {
            key,
            kid: string(object, "kid")?.map(str::to_owned),
            alg,
            usage: string(object, "use")?.map(str::to_owned),
            operations: operations(object)?,
        })
    }
    /// Its JSON form.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        let mut object = required(&self.key);
        let metadata = [
            ("kid", self.kid.as_deref()),
            ("alg", self.alg.map(Algorithm::name)),
            ("use", self.usage.as_deref()),
        ];
        for (name, value) in metadata {
            if let Some(value) = value {
                object.insert(name.to_owned(), value.into());
            }
        }
        if let Some(operations) = &self.operations {
            object.insert("key_ops".to_owned(), operations.clone().into());
        }
        object
    }
    /// Whether the key's own metadata lets it verify signatures of `algorithm` (RFC 7517 §4.2–§4.4).
    #[must_use]
    pub fn may_verify(&self, algorithm: Algorithm) -> bool {
        self.alg.is_none_or(|own| own == algorithm)
            && self.usage.as_deref().is_none_or(|usage| usage == "sig")
            && self
                .operations
                .as_ref()
                .is_none_or(|all| all.iter().any(|operation| operation == "verify"))
    }
    /// RFC 7638 thumbprint with SHA-256, base64url.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        // RFC 7638 §3.3: required members only, in lexicographic order, no white space.
        let mut members: Vec<_> = required(&self.key).into_iter().collect();
        members.sort_by(|(a, _), (b, _)| a.cmp(b));
        let joined: Vec<_> = members
            .iter()
            .map(|(name, value)| format!("{}:{value}", Value::from(name.as_str())))
            .collect();
        base64url::encode(&procura_crypto::digest::sha256(
            format!("{{{}}}", joined.join(",")).as_bytes(),
        ))
    }
}
fn string<'a>(object: &'a Map<String, Value>, name: &'static str) -> Result<Option<&'a str>, JwkError> {
    match object.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(JwkError::Member(name)),
    }
}
fn bytes(object: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, JwkError> {
    string(object, name)?
        .and_then(base64url::decode)
        .ok_or(JwkError::Member(name))
}
fn operations(object: &Map<String, Value>) -> Result<Option<Vec<String>>, JwkError> {
    const ERROR: JwkError = JwkError::Member("key_ops");
    match object.get("key_ops") {
        None => Ok(None),
        Some(Value::Array(values)) => values
            .iter()
            .map(|value| value.as_str().map(str::to_owned).ok_or(ERROR))
            .collect::<Result<_, _>>()
            .map(Some),
        Some(_) => Err(ERROR),
    }
}
fn curve(name: &str) -> Option<Curve> {
    [Curve::P256, Curve::P384, Curve::P521, Curve::Secp256k1]
        .into_iter()
        .find(|curve| curve_name(*curve) == Some(name))
}
fn curve_name(curve: Curve) -> Option<&'static str> {
    match curve {
        Curve::P256 => Some("P-256"),
        Curve::P384 => Some("P-384"),
        Curve::P521 => Some("P-521"),
        Curve::Secp256k1 => Some("secp256k1"),
        Curve::BrainpoolP256r1 | Curve::BrainpoolP384r1 => None,
    }
}
/// RFC 7518 §6.2.1: coordinates are as long as the field, leading zeros and all.
fn elliptic(object: &Map<String, Value>) -> Result<PublicKey, JwkError> {
    let curve = curve(string(object, "crv")?.ok_or(JwkError::Member("crv"))?).ok_or(JwkError::Unsupported)?;
    let coordinate = |name| {
        bytes(object, name).and_then(|value| {
            if value.len() == curve.field_bytes() {
                Ok(value)
            } else {
                Err(JwkError::Member(name))
            }
        })
    };
    let point = [vec![4], coordinate("x")?, coordinate("y")?].concat();
    PublicKey::from_sec1(curve, &point).map_err(|_| JwkError::Member("x"))
}
/// RFC 7518 §6.3.1: the least number of octets.
fn rsa(object: &Map<String, Value>) -> Result<PublicKey, JwkError> {
    let number = |name| {
        bytes(object, name).and_then(|value| match value.first() {
            Some(1..) => Ok(value),
            _ => Err(JwkError::Member(name)),
        })
    };
    PublicKey::from_rsa(&number("n")?, &number("e")?).map_err(|_| JwkError::Member("n"))
}
fn octet_pair(object: &Map<String, Value>) -> Result<PublicKey, JwkError> {
    if string(object, "crv")?.ok_or(JwkError::Member("crv"))? != "Ed25519" {
        return Err(JwkError::Unsupported);
    }
    bytes(object, "x")?
        .try_into()
        .map(PublicKey::Ed25519)
        .map_err(|_| JwkError::Member("x"))
}
/// The members that make the key.
fn required(key: &PublicKey) -> Map<String, Value> {
    let text = |bytes: &[u8]| Value::String(base64url::encode(bytes));
    let members: Vec<(&str, Value)> = match key {
        PublicKey::Ec { curve, .. } => {
            let (x, y) = key.coordinates().unwrap_or_default();
            let name = curve_name(*curve).unwrap_or(match curve {
                // RFC 8734 gives the brainpool curves names for TLS; JOSE has none, so that nobody reads these.
                Curve::BrainpoolP384r1 => "brainpoolP384r1",
                _ => "brainpoolP256r1",
            });
            vec![
                ("kty", "EC".into()),
                ("crv", name.into()),
                ("x", text(x)),
                ("y", text(y)),
            ]
        }
        PublicKey::Rsa { n, e } => vec![("kty", "RSA".into()), ("n", text(n)), ("e", text(e))],
        PublicKey::Ed25519(key) => vec![("kty", "OKP".into()), ("crv", "Ed25519".into()), ("x", text(key))],
    };
    members
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
/// A JWK set.
#[derive(Clone, Debug, Default)]
pub struct JwkSet(pub Vec<Jwk>);
impl JwkSet {
    /// From its JSON form; keys of unknown type are skipped (RFC 7517 §5). At most a hundred keys.
    pub fn from_json(object: &Map<String, Value>) -> Result<Self, JwkError> {
        let keys = object
            .get("keys")
            .and_then(Value::as_array)
            .ok_or(JwkError::Member("keys"))?;
        if keys.len() > MAX_KEYS {
            return Err(JwkError::Member("keys"));
        }
        let mut set = Vec::new();
        for key in keys {
            match Jwk::from_json(key.as_object().ok_or(JwkError::Member("keys"))?) {
                Ok(key) => set.push(key),
                Err(JwkError::Unsupported) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self(set))
    }
    /// Its JSON form.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let keys: Vec<_> = self.0.iter().map(|key| Value::Object(key.to_json())).collect();
        Value::Object(Map::from_iter([("keys".to_owned(), Value::Array(keys))]))
    }
    /// The key with this `kid`; `None` when absent or not unique.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<&Jwk> {
        let mut with_kid = self.0.iter().filter(|key| key.kid.as_deref() == Some(kid));
        with_kid.next().filter(|_| with_kid.next().is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use procura_crypto::PrivateKey;
    use proptest::prelude::*;

    fn object(text: &str) -> Map<String, Value> {
        serde_json::from_str(text).unwrap()
    }
    /// RFC 7638 §3.1.
    const RSA: &str = r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#;

    #[test]
    fn the_thumbprint_of_rfc_7638_comes_out() {
        let key = Jwk::from_json(&object(RSA)).unwrap();
        assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        assert_eq!(Value::Object(key.to_json()), Value::Object(object(RSA)));
    }
    #[test]
    fn a_private_or_symmetric_key_is_refused_as_such() {
        for name in PRIVATE {
            let mut key = object(RSA);
            key.insert(name.to_owned(), "AQAB".into());
            assert_eq!(Jwk::from_json(&key), Err(JwkError::Private(name)));
        }
        assert_eq!(
            Jwk::from_json(&object(r#"{"kty":"oct","k":"AQAB"}"#)),
            Err(JwkError::Private("k"))
        );
    }
    #[test]
    fn malformed_members_are_named() {
        let good = Jwk::of(
            PrivateKey::generate(Algorithm::Es256.key_kind())
                .unwrap()
                .public_key()
                .clone(),
        )
        .to_json();
        let with = |name: &str, value: Value| {
            let mut key = good.clone();
            key.insert(name.to_owned(), value);
            Jwk::from_json(&key)
        };
        assert!(Jwk::from_json(&good).is_ok());
        let x = good["x"].as_str().unwrap();
        assert_eq!(
            with("x", format!("{x}=").into()),
            Err(JwkError::Member("x")),
            "padding"
        );
        assert_eq!(
            with("x", base64url::encode(&[1; 31]).into()),
            Err(JwkError::Member("x")),
            "too short"
        );
        assert_eq!(
            with("x", base64url::encode(&[1; 33]).into()),
            Err(JwkError::Member("x")),
            "too long"
        );
        assert_eq!(
            with("y", base64url::encode(&[1; 32]).into()),
            Err(JwkError::Member("x")),
            "off the curve"
        );
        assert_eq!(with("x", 1.into()), Err(JwkError::Member("x")));
        assert_eq!(with("kid", 1.into()), Err(JwkError::Member("kid")));
        assert_eq!(
            with("alg", "ES384".into()),
            Err(JwkError::Member("alg")),
            "of another curve"
        );
        assert_eq!(with("alg", "HS256".into()), Err(JwkError::Unsupported));
        assert_eq!(with("crv", "P-999".into()), Err(JwkError::Unsupported));
        assert_eq!(with("kty", "XX".into()), Err(JwkError::Unsupported));
        assert_eq!(with("key_ops", "verify".into()), Err(JwkError::Member("key_ops")));
        let mut rsa = object(RSA);
        rsa.insert("e".to_owned(), base64url::encode(&[0, 1, 0, 1]).into());
        assert_eq!(Jwk::from_json(&rsa), Err(JwkError::Member("e")), "a leading zero");
    }
    #[test]
    fn metadata_limits_what_a_key_verifies() {
        let key = Jwk::of(
            PrivateKey::generate(Algorithm::Es256.key_kind())
                .unwrap()
                .public_key()
                .clone(),
        );
        assert!(key.may_verify(Algorithm::Es256));
        assert!(
            !Jwk {
                usage: Some("enc".into()),
                ..key.clone()
            }
            .may_verify(Algorithm::Es256)
        );
        assert!(
            !Jwk {
                operations: Some(vec!["encrypt".into()]),
                ..key.clone()
            }
            .may_verify(Algorithm::Es256)
        );
        assert!(
            !Jwk {
                alg: Some(Algorithm::Es384),
                ..key.clone()
            }
            .may_verify(Algorithm::Es256)
        );
        let full = Jwk {
            usage: Some("sig".into()),
            operations: Some(vec!["verify".into()]),
            ..key
        };
        assert!(full.may_verify(Algorithm::Es256));
    }
    #[test]
    fn a_set_skips_what_it_does_not_know_and_finds_only_unique_names() {
        let text = format!(r#"{{"keys":[{RSA},{{"kty":"AKP","pub":"AA","kid":"pq"}}]}}"#);
        let set = JwkSet::from_json(&object(&text)).unwrap();
        assert_eq!(set.0.len(), 1);
        assert!(set.find("2011-04-29").is_some() && set.find("pq").is_none());
        let twice = JwkSet(vec![set.0[0].clone(), set.0[0].clone()]);
        assert!(
            twice.find("2011-04-29").is_none(),
            "an ambiguous kid finds nothing"
        );
        let back = JwkSet::from_json(set.to_json().as_object().unwrap()).unwrap();
        assert_eq!(back.0, set.0);
        for bad in ["{}", r#"{"keys":{}}"#, r#"{"keys":[1]}"#] {
            assert!(JwkSet::from_json(&object(bad)).is_err());
        }
        let many = Value::from(vec![Value::Object(Map::new()); MAX_KEYS + 1]);
        assert!(JwkSet::from_json(&Map::from_iter([("keys".to_owned(), many)])).is_err());
    }
    proptest! {
        #[test]
        fn keys_of_every_kind_survive_their_json_form(which in 0..5_usize) {
            let algorithm =
                [Algorithm::Es256, Algorithm::Es384, Algorithm::Es512, Algorithm::Es256K, Algorithm::EdDsa][which];
            let key = Jwk::of(PrivateKey::generate(algorithm.key_kind()).unwrap().public_key().clone());
            prop_assert_eq!(Jwk::from_json(&key.to_json()).unwrap(), key);
        }
    }
}
