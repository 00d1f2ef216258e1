//! RFC 7797 §4: an unencoded payload. Its examples are HMAC; the shapes are tried again with a key of ours.
use super::{compact, json};
use procura_crypto::PrivateKey;
use procura_jose::{Algorithm, Jwk, base64url, jws::JwsError};
use serde_json::{Value, json};

const PAYLOAD: &str = "$.02";

/// A signature over `payload` as it stands, whatever the header says.
fn signed(key: &PrivateKey, header: &Value, payload: &str) -> (String, String) {
    let protected = base64url::encode(header.to_string().as_bytes());
    let input = format!("{protected}.{payload}");
    let signature = key.sign(Algorithm::Es256.scheme(), input.as_bytes()).unwrap();
    (protected, base64url::encode(&signature))
}

/// §4.1 and §4.2: the compact form, the one with detached content, and the flattened one.
#[test]
fn the_examples_are_refused_as_hmac_by_name() {
    let key = PrivateKey::generate(Algorithm::Es256.key_kind()).unwrap();
    let key = Jwk::of(key.public_key().clone());
    let refused = JwsError::Algorithm("HS256".into());
    for example in [
        "eyJhbGciOiJIUzI1NiJ9.JC4wMg.5mvfOroL-g7HyqJoozehmsaqmvTYGEq5jTI1gVvoEoQ",
        "eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19..A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY",
    ] {
        assert_eq!(compact(example, &key), Err(refused.clone()), "{example}");
    }
    for (protected, payload, signature) in [
        (
            "eyJhbGciOiJIUzI1NiJ9",
            "JC4wMg",
            "5mvfOroL-g7HyqJoozehmsaqmvTYGEq5jTI1gVvoEoQ",
        ),
        (
            "eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19",
            PAYLOAD,
            "A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY",
        ),
    ] {
        let flattened = json!({"protected": protected, "payload": payload, "signature": signature});
        assert_eq!(json(&flattened, &key), Err(refused.clone()), "{protected}");
    }
}

/// §4.1 with our key: the control.
#[test]
fn an_encoded_payload_is_read_with_or_without_saying_so() {
    let key = PrivateKey::generate(Algorithm::Es256.key_kind()).unwrap();
    let public = Jwk::of(key.public_key().clone());
    for header in [
        json!({"alg": "ES256"}),
        json!({"alg": "ES256", "b64": true, "crit": ["b64"]}),
    ] {
        let payload = base64url::encode(PAYLOAD.as_bytes());
        let (protected, signature) = signed(&key, &header, &payload);
        let outcome = compact(&format!("{protected}.{payload}.{signature}"), &public);
        assert_eq!(outcome, Ok(PAYLOAD.as_bytes().to_vec()), "{header}");
        let flattened = json!({"protected": protected, "payload": payload, "signature": signature});
        assert_eq!(
            json(&flattened, &public),
            Ok(vec![PAYLOAD.as_bytes().to_vec()]),
            "{header}"
        );
    }
}

/// §4.2 with our key. A token never travels so (§7), and one reader's unencoded payload is another's encoded one;
/// JAdES documents, whose reader knows both, are another crate's.
#[test]
fn an_unencoded_payload_is_refused_by_name_in_every_form() {
    let key = PrivateKey::generate(Algorithm::Es256.key_kind()).unwrap();
    let public = Jwk::of(key.public_key().clone());
    let refused = JwsError::Parameter("b64");
    for header in [
        json!({"alg": "ES256", "b64": false, "crit": ["b64"]}),
        // §6: not even critical, so that a reader which does not know b64 would read another payload.
        json!({"alg": "ES256", "b64": false}),
    ] {
        let (protected, signature) = signed(&key, &header, PAYLOAD);
        let detached = compact(&format!("{protected}..{signature}"), &public);
        assert_eq!(detached, Err(refused.clone()), "{header}");
        let flattened = json!({"protected": protected, "payload": PAYLOAD, "signature": signature});
        assert_eq!(json(&flattened, &public), Err(refused.clone()), "{header}");
        // The same octets, read as if they had been encoded.
        let payload = base64url::encode(PAYLOAD.as_bytes());
        let flattened = json!({"protected": protected, "payload": payload, "signature": signature});
        assert_eq!(json(&flattened, &public), Err(refused.clone()), "{header}");
    }
    // RFC 7797 §3: integrity protected, or it means nothing.
    let payload = base64url::encode(PAYLOAD.as_bytes());
    let (protected, signature) = signed(&key, &json!({"alg": "ES256"}), &payload);
    let unprotected =
        json!({"protected": protected, "payload": payload, "signature": signature, "header": {"b64": false}});
    assert_eq!(json(&unprotected, &public), Err(refused));
}
