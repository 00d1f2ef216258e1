//! A signer whose documents can be wrong in exactly one thing, and what counts of them whoever signed.
use crate::forge::*;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use procura_ades::SubIndication;
use procura_crypto::{EcdsaEncoding, Scheme};
use procura_jades::{
    Document, Examined, Level, Objects,
    document::{ReadError, Serialisation},
};
use procura_jose::base64url;
use procura_pki::Certificate;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

pub const PAYLOAD: &[u8] = br#"{"title":"Hello"}"#;

pub struct Signer {
    pub keys: Issuer,
    pub certificate: Certificate,
}
impl Signer {
    pub fn new() -> Self {
        let (authority, keys) = (Issuer::new("CA"), Issuer::new("Seal"));
        Self {
            certificate: keys.leaf().signed_by(&authority),
            keys,
        }
    }
    pub fn header(&self) -> Map<String, Value> {
        let header = json!({
            "alg": "ES256",
            "iat": 1_780_000_000,
            "x5c": [BASE64_STANDARD.encode(self.certificate.der())],
            "x5t#S256": base64url::encode(&self.certificate.sha256()),
        });
        header.as_object().unwrap().clone()
    }
    /// Protected header and signature as strings; `payload` as it stands in the signing input.
    pub fn sign(&self, header: &Map<String, Value>, payload: &str) -> (String, String) {
        let protected = base64url::encode(&serde_json::to_vec(header).unwrap());
        let scheme = Scheme::Ecdsa {
            digest: procura_crypto::Digest::Sha256,
            encoding: EcdsaEncoding::Fixed,
        };
        let input = format!("{protected}.{payload}");
        let signature = self.keys.key.sign(scheme, input.as_bytes()).unwrap();
        (protected, base64url::encode(&signature))
    }
    /// A flattened document whose header `change` alters before it is signed.
    pub fn document(&self, change: impl FnOnce(&mut Map<String, Value>)) -> Value {
        let mut header = self.header();
        change(&mut header);
        let payload = base64url::encode(PAYLOAD);
        let (protected, signature) = self.sign(&header, &payload);
        json!({ "payload": payload, "protected": protected, "signature": signature })
    }
}

pub fn read(document: &Value) -> Document {
    Document::read(document.to_string().as_bytes()).unwrap()
}
pub fn examined(document: &Value) -> Examined {
    let mut all = read(document).examine(&Objects::default());
    assert_eq!(all.len(), 1);
    all.remove(0).unwrap()
}
/// A property as a string of `etsiU`.
pub fn encoded(name: &str, value: &Value) -> Value {
    base64url::encode(json!({ name: value }).to_string().as_bytes()).into()
}

#[test]
fn every_serialisation_says_the_same() {
    let signer = Signer::new();
    let flattened = signer.document(|_| {});
    let entry = json!({ "protected": flattened["protected"], "signature": flattened["signature"] });
    let general = json!({ "payload": flattened["payload"], "signatures": [entry] });
    let text = |name: &str| flattened[name].as_str().unwrap().to_owned();
    let compact = [text("protected"), text("payload"), text("signature")].join(".");
    for (bytes, serialisation) in [
        (compact, Serialisation::Compact),
        (flattened.to_string(), Serialisation::Flattened),
        (general.to_string(), Serialisation::General),
    ] {
        let document = Document::read(bytes.as_bytes()).unwrap();
        assert_eq!(document.serialisation, serialisation);
        assert_eq!(document.deviations, []);
        let mut all = document.examine(&Objects::default());
        assert_eq!(all.len(), 1);
        let one = all.remove(0).unwrap();
        assert_eq!(one.integrity, Ok(()));
        assert_eq!(one.level, Level::B);
        assert_eq!(one.certificate.as_ref(), Some(&signer.certificate));
    }
}

/// RFC 7797 §3: one payload, written in one way.
#[test]
fn signatures_that_write_their_payload_in_two_ways_are_no_document() {
    let signer = Signer::new();
    let encoded = signer.document(|_| {});
    let mut header = signer.header();
    header.insert("b64".into(), json!(false));
    header.insert("crit".into(), json!(["b64"]));
    let (protected, signature) = signer.sign(&header, encoded["payload"].as_str().unwrap());
    let plain = json!({ "protected": protected, "signature": signature });
    let first = json!({ "protected": encoded["protected"], "signature": encoded["signature"] });
    let document = json!({ "payload": encoded["payload"], "signatures": [first, plain] });
    assert_eq!(
        Document::read(document.to_string().as_bytes())
            .map(drop)
            .unwrap_err(),
        ReadError::Format("b64 differs between the signatures")
    );
}

/// Never "any of them": each is told apart.
#[test]
fn each_of_several_signatures_stands_for_itself() {
    let signer = Signer::new();
    let good = signer.document(|_| {});
    let other = Signer::new().document(|_| {});
    let entry =
        |protected: &Value, signature: &Value| json!({ "protected": protected, "signature": signature });
    let document = json!({ "payload": good["payload"], "signatures": [
        entry(&good["protected"], &good["signature"]),
        entry(&good["protected"], &other["signature"]),
        entry(&other["protected"], &other["signature"]),
    ] });
    let integrity: Vec<_> = read(&document)
        .examine(&Objects::default())
        .into_iter()
        .map(|one| one.unwrap().integrity)
        .collect();
    assert_eq!(integrity, [Ok(()), Err(SubIndication::SigCryptoFailure), Ok(())]);
}

#[test]
fn what_is_no_document_is_refused() {
    let sound = Signer::new().document(|_| {});
    let text = |change: &dyn Fn(&mut Map<String, Value>)| {
        let mut document = sound.as_object().unwrap().clone();
        change(&mut document);
        Value::Object(document).to_string()
    };
    let reason = |text: &str| Document::read(text.as_bytes()).map(drop).unwrap_err();
    let many = vec![sound.clone(); 17];
    assert_eq!(
        reason(&text(&|object| drop(
            object.insert("signatures".into(), json!([]))
        ))),
        ReadError::NoSignature
    );
    assert_eq!(
        reason(&text(&|object| drop(
            object.insert("signatures".into(), json!(many))
        ))),
        ReadError::TooManySignatures
    );
    for (name, value) in [
        ("payload", json!(1)),
        ("protected", json!("e30=")),
        ("protected", json!(null)),
        ("signature", json!("")),
        ("signature", json!("a+b")),
        ("signature", json!("A".repeat(4100))),
        ("payload", json!("a.b=")),
        ("signatures", json!({})),
        ("header", json!([])),
        ("header", json!({ "alg": "ES256" })),
    ] {
        let broken = text(&|object| drop(object.insert(name.to_owned(), value.clone())));
        assert!(matches!(reason(&broken), ReadError::Format(_)), "{broken}");
    }
    let twice = sound.to_string().replacen('{', r#"{"payload":"e30","#, 1);
    assert!(matches!(reason(&twice), ReadError::Json { part: "document", .. }));
    let header = base64url::encode(br#"{"alg":"ES256","alg":"none"}"#);
    let twice = text(&|object| drop(object.insert("protected".into(), json!(header))));
    assert!(matches!(
        reason(&twice),
        ReadError::Json {
            part: "protected header",
            ..
        }
    ));
    for compact in [
        "",
        "a.b",
        "e30..c2ln.",
        "e30...c2ln",
        "e30.\n.c2ln",
        "%PDF",
        "e30..c2ln ",
    ] {
        assert!(matches!(reason(compact), ReadError::Format(_)), "{compact:?}");
    }
}

proptest! {
    /// A sound document with some octets replaced, and one that is none.
    #[test]
    fn octets_of_strangers_are_read_or_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        noise in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let mut bytes = Signer::new().document(|_| {}).to_string().into_bytes();
        for (index, octet) in changes {
            let at = index.index(bytes.len());
            bytes[at] = octet;
        }
        for bytes in [&bytes, &noise] {
        if let Ok(document) = Document::read(bytes) {
            prop_assert_eq!(document.examine(&Objects::default()).len(), document.signatures.len());
        }
        }
    }

    /// Whatever is flipped of what is signed, the value does not verify any more.
    #[test]
    fn no_changed_octet_of_what_is_signed_verifies(
        part in prop::sample::select(vec!["payload", "protected", "signature"]),
        index in any::<prop::sample::Index>(),
        flip in 1..=255_u8,
    ) {
        let mut document = Signer::new().document(|_| {});
        let mut octets = base64url::decode(document[part].as_str().unwrap()).unwrap();
        let at = index.index(octets.len());
        octets[at] ^= flip;
        document[part] = base64url::encode(&octets).into();
        if let Ok(document) = Document::read(document.to_string().as_bytes()) {
            let all = document.examine(&Objects::default());
            prop_assert!(all.iter().all(|one| one.as_ref().unwrap().integrity.is_err()));
        }
    }
}
