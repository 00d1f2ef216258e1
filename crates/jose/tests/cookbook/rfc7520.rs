//! RFC 7520 §4. The fixture holds its values: keys (public parts), encoded payload, and the serialisations of each
//! section. Four sections and a third of another are HMAC, which cannot be expressed here: they are refused by that
//! name, and the shape that they show is tried again with a key of ours.
use super::{compact, json};
use procura_crypto::PrivateKey;
use procura_jose::{
    Algorithm, Jwk, base64url,
    jwk::JwkError,
    jws::{JwsError, sign},
};
use serde_json::{Map, Value, json};

struct Cookbook(Value);

impl Cookbook {
    fn open() -> Self {
        Self(serde_json::from_str(include_str!("rfc7520.json")).unwrap())
    }
    fn key(&self, kind: &str) -> Jwk {
        Jwk::from_json(self.0["keys"][kind].as_object().unwrap()).unwrap()
    }
    fn section(&self, number: &str) -> &Value {
        &self.0["sections"][number]
    }
    fn compact(&self, number: &str) -> &str {
        self.section(number)["compact"].as_str().unwrap()
    }
    fn payload(&self) -> Vec<u8> {
        base64url::decode(self.0["payload"].as_str().unwrap()).unwrap()
    }
}

/// One of ours, and its key, over the cookbook's payload.
fn ours(cookbook: &Cookbook) -> (Value, Jwk) {
    let key = PrivateKey::generate(Algorithm::Es256.key_kind()).unwrap();
    let token = sign(&key, Algorithm::Es256, Map::new(), &cookbook.payload()).unwrap();
    let parts: Vec<_> = token.split('.').collect();
    (
        json!({"protected": parts[0], "payload": parts[1], "signature": parts[2]}),
        Jwk::of(key.public_key().clone()),
    )
}

/// §4.1 RS256, §4.2 PS384, §4.3 ES512.
#[test]
fn signatures_of_every_serialisation_verify() {
    let cookbook = Cookbook::open();
    for (number, kind, algorithm) in [
        ("4.1", "RSA", Algorithm::Rs256),
        ("4.2", "RSA", Algorithm::Ps384),
        ("4.3", "EC", Algorithm::Es512),
    ] {
        let (section, key) = (cookbook.section(number), cookbook.key(kind));
        assert_eq!(key.kid.as_deref(), Some("bilbo.baggins@hobbiton.example"));
        assert!(key.may_verify(algorithm));
        let payload = cookbook.payload();
        assert_eq!(
            compact(cookbook.compact(number), &key),
            Ok(payload.clone()),
            "{number}"
        );
        for form in ["general", "flattened"] {
            assert_eq!(
                json(&section[form], &key),
                Ok(vec![payload.clone()]),
                "{number} {form}"
            );
        }
        // The control of all that: another payload under the same signature.
        let mut other = section["flattened"].clone();
        other["payload"] = base64url::encode(b"another").into();
        assert_eq!(json(&other, &key), Err(JwsError::Signature), "{number}");
    }
}

/// §4.4, and the HMAC parts of §4.5 and §4.6.
#[test]
fn an_hmac_is_refused_by_name_in_every_serialisation_and_so_is_its_key() {
    let cookbook = Cookbook::open();
    let key = cookbook.key("RSA");
    let refused = JwsError::Algorithm("HS256".into());
    let mut seen = 0;
    for number in ["4.4", "4.5", "4.6"] {
        for (form, document) in cookbook.section(number).as_object().unwrap() {
            let outcome = match document {
                Value::String(text) => compact(text, &key).map(|_| ()),
                _ if number == "4.5" => continue,
                _ => json(document, &key).map(|_| ()),
            };
            assert_eq!(outcome, Err(refused.clone()), "{number} {form}");
            seen += 1;
        }
    }
    assert_eq!(seen, 6);
    let secret = cookbook.0["keys"]["oct"].as_object().unwrap();
    assert_eq!(Jwk::from_json(secret), Err(JwkError::Private("k")));
}

/// §4.5: the payload travels elsewhere. Nothing here takes its absence for an empty payload; whoever has it puts it
/// back.
#[test]
fn detached_content_verifies_only_where_it_was_put_back() {
    let cookbook = Cookbook::open();
    let key = cookbook.key("EC");
    let absent = Err(JwsError::Member("payload".into()));
    for form in ["general", "flattened"] {
        assert_eq!(
            json(&cookbook.section("4.5")[form], &key),
            absent,
            "{form} of the RFC"
        );
        let mut detached = cookbook.section("4.3")[form].clone();
        let payload = detached.as_object_mut().unwrap().remove("payload").unwrap();
        assert_eq!(json(&detached, &key), absent, "{form}");
        detached["payload"] = payload;
        assert!(json(&detached, &key).is_ok(), "{form}");
    }
    let whole = cookbook.compact("4.3");
    let parts: Vec<_> = whole.split('.').collect();
    let detached = format!("{}..{}", parts[0], parts[2]);
    assert_eq!(compact(&detached, &key), Err(JwsError::Signature));
    assert_eq!(
        compact(&detached.replace("..", &format!(".{}.", parts[1])), &key),
        Ok(cookbook.payload())
    );
}

/// §4.6: `kid` outside of what is signed. The RFC allows it; a name that chooses the key is believed here only where
/// the signature covers it, and other unprotected members are carried, never merged.
#[test]
fn a_kid_that_is_not_protected_is_refused() {
    let cookbook = Cookbook::open();
    let (mut flattened, key) = ours(&cookbook);
    flattened["header"] = json!({"note": "018c0ae5-4d9b-471b-bfd6-eef314bc7037"});
    assert_eq!(json(&flattened, &key), Ok(vec![cookbook.payload()]));
    flattened["header"] = json!({"kid": "018c0ae5-4d9b-471b-bfd6-eef314bc7037"});
    assert_eq!(json(&flattened, &key), Err(JwsError::Parameter("kid")));
}

/// §4.7: no protected header at all, so that nothing says by what the signature is to be verified.
#[test]
fn a_signature_over_the_content_alone_is_refused() {
    let cookbook = Cookbook::open();
    let missing = Err(JwsError::Member("protected".into()));
    let key = cookbook.key("EC");
    for form in ["general", "flattened"] {
        assert_eq!(json(&cookbook.section("4.7")[form], &key), missing, "{form}");
    }
    // The same of §4.8, whose second signature would verify by the key.
    let second = &cookbook.section("4.8")["general"]["signatures"][1];
    let alone = json!({"payload": cookbook.0["payload"], "signatures": [second]});
    assert_eq!(json(&alone, &key), missing);
}

/// §4.8: RS256 with an unprotected `kid`, ES512 with nothing protected, HS256. As a whole it is refused; what one
/// signature of it may be is judged without regard to the others.
#[test]
fn several_signatures_are_each_judged_alone() {
    let cookbook = Cookbook::open();
    let general = &cookbook.section("4.8")["general"];
    let key = cookbook.key("RSA");
    assert_eq!(json(general, &key), Err(JwsError::Parameter("kid")));
    let alone = |entry: Value| {
        json(
            &json!({"payload": general["payload"], "signatures": [entry]}),
            &key,
        )
    };
    let entries = &general["signatures"];
    assert_eq!(alone(entries[0].clone()), Err(JwsError::Parameter("kid")));
    assert_eq!(
        alone(entries[1].clone()),
        Err(JwsError::Member("protected".into()))
    );
    assert_eq!(
        alone(entries[2].clone()),
        Err(JwsError::Algorithm("HS256".into()))
    );
    let mut first = entries[0].clone();
    first.as_object_mut().unwrap().remove("header");
    assert_eq!(alone(first), Ok(vec![cookbook.payload()]));
}
