//! josekit, which is OpenSSL's arithmetic behind another reader of JWS.
//!
//! Where it disagrees, the last tests of this file say why: its JSON reader looks for `critical` instead of `crit`, so
//! that nothing is critical to it there and `b64` has no effect, and it merges both headers.
use crate::{
    forge::{Issuer, cn, noon},
    key, object, public, read_compact, read_json,
};
use josekit::jws::{
    self, ES256, ES256K, ES384, ES512, EdDSA, JwsHeader, JwsHeaderSet, JwsSigner, JwsVerifier, PS256, PS384,
    PS512, RS256, RS384, RS512,
};
use procura_crypto::PrivateKey;
use procura_jades::{
    Sealing, Signing,
    create::{Content, Counter, Payload, PreparedSignature},
    document::Serialisation,
    prepare,
};
use procura_jose::{
    Algorithm, base64url,
    jws::{JwsError, sign},
};
use serde_json::{Value, json};

fn signer(algorithm: Algorithm, key: &PrivateKey) -> Box<dyn JwsSigner> {
    let der = key.to_pkcs8_der();
    match algorithm {
        Algorithm::Es256 => Box::new(ES256.signer_from_der(&*der).unwrap()),
        Algorithm::Es384 => Box::new(ES384.signer_from_der(&*der).unwrap()),
        Algorithm::Es512 => Box::new(ES512.signer_from_der(&*der).unwrap()),
        Algorithm::Es256K => Box::new(ES256K.signer_from_der(&*der).unwrap()),
        Algorithm::Rs256 => Box::new(RS256.signer_from_der(&*der).unwrap()),
        Algorithm::Rs384 => Box::new(RS384.signer_from_der(&*der).unwrap()),
        Algorithm::Rs512 => Box::new(RS512.signer_from_der(&*der).unwrap()),
        Algorithm::Ps256 => Box::new(PS256.signer_from_der(pkcs1(&der)).unwrap()),
        Algorithm::Ps384 => Box::new(PS384.signer_from_der(pkcs1(&der)).unwrap()),
        Algorithm::Ps512 => Box::new(PS512.signer_from_der(pkcs1(&der)).unwrap()),
        Algorithm::EdDsa => Box::new(EdDSA.signer_from_der(&*der).unwrap()),
    }
}
/// The RSAPrivateKey inside a PKCS#8: josekit takes a PKCS#8 of an RSA key for PSS only where it is restricted to PSS.
fn pkcs1(pkcs8: &[u8]) -> &[u8] {
    let content = |der: &[u8]| {
        let long = usize::from(der[1] & 0x7f) * usize::from(der[1] >> 7);
        let length = der[2..2 + long]
            .iter()
            .fold(0, |sum, octet| sum << 8 | usize::from(*octet));
        let length = if long == 0 { usize::from(der[1]) } else { length };
        (2 + long, length)
    };
    let (start, _) = content(pkcs8);
    let mut rest = &pkcs8[start..];
    // version, algorithm
    for _ in 0..2 {
        let (start, length) = content(rest);
        rest = &rest[start + length..];
    }
    let (start, length) = content(rest);
    &rest[start..start + length]
}
/// By the JWK that we write.
fn verifier(algorithm: Algorithm, key: &PrivateKey) -> Box<dyn JwsVerifier> {
    let jwk = josekit::jwk::Jwk::from_map(public(key)).unwrap();
    match algorithm {
        Algorithm::Es256 => Box::new(ES256.verifier_from_jwk(&jwk).unwrap()),
        Algorithm::Es384 => Box::new(ES384.verifier_from_jwk(&jwk).unwrap()),
        Algorithm::Es512 => Box::new(ES512.verifier_from_jwk(&jwk).unwrap()),
        Algorithm::Es256K => Box::new(ES256K.verifier_from_jwk(&jwk).unwrap()),
        Algorithm::Rs256 => Box::new(RS256.verifier_from_jwk(&jwk).unwrap()),
        Algorithm::Rs384 => Box::new(RS384.verifier_from_jwk(&jwk).unwrap()),
        Algorithm::Rs512 => Box::new(RS512.verifier_from_jwk(&jwk).unwrap()),
        Algorithm::Ps256 => Box::new(PS256.verifier_from_jwk(&jwk).unwrap()),
        Algorithm::Ps384 => Box::new(PS384.verifier_from_jwk(&jwk).unwrap()),
        Algorithm::Ps512 => Box::new(PS512.verifier_from_jwk(&jwk).unwrap()),
        Algorithm::EdDsa => Box::new(EdDSA.verifier_from_jwk(&jwk).unwrap()),
    }
}
fn payloads() -> [Vec<u8>; 3] {
    [br#"{"sub":"a"}"#.to_vec(), (0..=255).collect(), vec![b'x'; 5000]]
}
fn as_map(value: Value) -> JwsHeader {
    JwsHeader::from_map(object(value)).unwrap()
}

#[test]
fn josekit_verifies_what_we_sign_with_every_algorithm() {
    for algorithm in Algorithm::ALL {
        let key = key(algorithm);
        let verifier = verifier(algorithm, &key);
        for payload in payloads() {
            let header = object(json!({"typ": "vc+jwt", "kid": "did:example:1#key", "iat": 1_782_864_000}));
            let token = sign(&key, algorithm, header, &payload).unwrap();
            let (read, header) = jws::deserialize_compact(&token, &*verifier).unwrap();
            assert_eq!(read, payload, "{algorithm}");
            assert_eq!(header.token_type(), Some("vc+jwt"));
            assert_eq!(header.key_id(), Some("did:example:1#key"));
            // The control: josekit does look.
            let other = token.replacen('.', ".A", 1);
            assert!(
                jws::deserialize_compact(&other, &*verifier).is_err(),
                "{algorithm}"
            );
        }
    }
}

#[test]
fn we_verify_what_josekit_signs_with_every_algorithm() {
    for algorithm in Algorithm::ALL {
        let key = key(algorithm);
        let signer = signer(algorithm, &key);
        for payload in payloads() {
            let header = as_map(json!({"typ": "JWT", "kid": "k"}));
            let token = jws::serialize_compact(&payload, &header, &*signer).unwrap();
            assert_eq!(read_compact(&token, &key), Ok(payload.clone()), "{algorithm}");

            let mut header = JwsHeaderSet::new();
            header.set_key_id("k", true);
            header
                .set_claim("note", Some("unprotected".into()), false)
                .unwrap();
            let flattened = jws::serialize_flattened_json(&payload, &header, &*signer).unwrap();
            assert_eq!(
                read_json(&flattened, &key),
                Ok(vec![payload.clone()]),
                "{algorithm}"
            );
            let signers: [(&JwsHeaderSet, &dyn JwsSigner); 2] = [(&header, &*signer), (&header, &*signer)];
            let general = jws::serialize_general_json(&payload, &signers).unwrap();
            assert_eq!(
                read_json(&general, &key),
                Ok(vec![payload.clone(), payload]),
                "{algorithm}"
            );
        }
    }
}

/// The seal of a credential, with the header that others read certificate and times from.
#[test]
fn josekit_verifies_the_seal_of_a_credential() {
    for algorithm in [
        Algorithm::Es256,
        Algorithm::Es384,
        Algorithm::Es512,
        Algorithm::Rs256,
        Algorithm::Ps256,
    ] {
        let kind = match algorithm.key_kind() {
            procura_crypto::KeyKind::Rsa(_) => procura_crypto::KeyKind::Rsa(2048),
            kind => kind,
        };
        let (authority, seal) = (Issuer::new("CA"), Issuer::of(cn("GoodAir Seal"), kind));
        let chain = [seal.leaf().signed_by(&authority), authority.anchor().0];
        let sealing = Sealing {
            algorithm,
            typ: "vc+jwt",
            kid: Some("did:elsi:VATES-12345678"),
            time: noon(),
            chain: &chain,
        };
        let prepared = prepare(&sealing, br#"{"vc":{}}"#).unwrap();
        let signature = seal.key.sign(algorithm.scheme(), prepared.bytes()).unwrap();
        let token = prepared.finish(&signature).unwrap();

        let (payload, header) = jws::deserialize_compact(&token, &*verifier(algorithm, &seal.key)).unwrap();
        assert_eq!(payload, br#"{"vc":{}}"#);
        assert_eq!(header.x509_certificate_chain().unwrap(), [chain[0].der()]);
        assert_eq!(
            header.x509_certificate_sha256_thumbprint().unwrap(),
            chain[0].sha256()
        );
        assert_eq!(header.claim("iat"), Some(&json!(noon().as_second())));
    }
}

/// JAdES in JSON forms: attached ones are JWS that anybody reads, whatever `etsiU` stands beside the signature.
#[test]
fn josekit_verifies_the_json_forms_that_we_create() {
    let (authority, seal) = (Issuer::new("CA"), Issuer::new("GoodAir Seal"));
    let chain = [seal.leaf().signed_by(&authority)];
    let signing = Signing::new(Algorithm::Es256, &chain, noon());
    let payload = Payload::Attached(Content::new(br#"{"vc":{}}"#));
    let sign = |prepared: PreparedSignature| {
        let signature = seal
            .key
            .sign(Algorithm::Es256.scheme(), prepared.bytes())
            .unwrap();
        prepared.finish(&signature).unwrap()
    };
    let verifier = verifier(Algorithm::Es256, &seal.key);
    for form in [Serialisation::Flattened, Serialisation::General] {
        let document = sign(signing.prepare(&payload, form).unwrap());
        let counter = Counter {
            serialisation: Serialisation::Compact,
            attached: true,
        };
        let counter_signed = sign(signing.prepare_counter(document.as_bytes(), 0, counter).unwrap());
        for document in [document, counter_signed] {
            let (read, _) = jws::deserialize_json(&document, &*verifier).unwrap();
            assert_eq!(read, br#"{"vc":{}}"#, "{document}");
            assert_eq!(read_json(&document, &seal.key), Ok(vec![read]), "{document}");
            let broken = document.replacen("\"payload\":\"e", "\"payload\":\"f", 1);
            assert!(jws::deserialize_json(&broken, &*verifier).is_err());
        }
    }
}

/// josekit reads an unencoded payload where the caller takes `b64`; here it has none (RFC 7797 §7).
#[test]
fn disagreement_an_unencoded_payload_is_read_by_josekit_and_refused_by_us() {
    let key = key(Algorithm::Es256);
    let signer = signer(Algorithm::Es256, &key);
    let mut header = JwsHeader::new();
    header.set_base64url_encode_payload(false);
    header.set_critical(&vec!["b64"]);
    let mut context = jws::JwsContext::new();
    context.add_acceptable_critical("b64");
    let token = context.serialize_compact(b"$d02", &header, &*signer).unwrap();
    let (read, _) = context
        .deserialize_compact(&token, &*verifier(Algorithm::Es256, &key))
        .unwrap();
    assert_eq!(read, b"$d02");
    assert_eq!(read_compact(&token, &key), Err(JwsError::Parameter("b64")));
}

/// RFC 7515 §4.1.11: whoever does not understand a critical name refuses. josekit does so in compact form only.
#[test]
fn disagreement_a_critical_name_is_overlooked_by_josekit_in_json_form() {
    let key = key(Algorithm::Es256);
    let verifier = verifier(Algorithm::Es256, &key);
    let protected = base64url::encode(
        br#"{"alg":"ES256","crit":["http://example.invalid/unknown"],"http://example.invalid/unknown":1}"#,
    );
    let payload = base64url::encode(b"{}");
    let input = format!("{protected}.{payload}");
    let signature = base64url::encode(&key.sign(Algorithm::Es256.scheme(), input.as_bytes()).unwrap());
    let refused = JwsError::Critical("http://example.invalid/unknown".into());

    let compact = format!("{input}.{signature}");
    assert!(jws::deserialize_compact(&compact, &*verifier).is_err());
    assert_eq!(read_compact(&compact, &key), Err(refused.clone()));

    let flattened = json!({"protected": protected, "payload": payload, "signature": signature}).to_string();
    assert!(jws::deserialize_json(&flattened, &*verifier).is_ok());
    assert_eq!(read_json(&flattened, &key).unwrap_err(), refused);
}

/// josekit gives the caller one header made of both. What it calls the key's name was signed by nobody.
#[test]
fn disagreement_an_unprotected_kid_is_believed_by_josekit() {
    let key = key(Algorithm::Es256);
    let signer = signer(Algorithm::Es256, &key);
    let mut header = JwsHeaderSet::new();
    header.set_key_id("did:example:mallory", false);
    let flattened = jws::serialize_flattened_json(b"{}", &header, &*signer).unwrap();
    let (_, merged) = jws::deserialize_json(&flattened, &*verifier(Algorithm::Es256, &key)).unwrap();
    assert_eq!(merged.key_id(), Some("did:example:mallory"));
    assert_eq!(
        read_json(&flattened, &key).unwrap_err(),
        JwsError::Parameter("kid")
    );
}

/// Of several signatures josekit takes the first that its key fits, and says nothing of the others; here each is
/// judged, and a good one vouches for none.
#[test]
fn disagreement_one_of_several_signatures_is_enough_for_josekit() {
    let (key, other) = (key(Algorithm::Es256), key(Algorithm::Es256));
    let header = JwsHeaderSet::new();
    let (first, second) = (signer(Algorithm::Es256, &key), signer(Algorithm::Es256, &other));
    let signers: [(&JwsHeaderSet, &dyn JwsSigner); 2] = [(&header, &*first), (&header, &*second)];
    let general = jws::serialize_general_json(b"{}", &signers).unwrap();
    assert!(jws::deserialize_json(&general, &*verifier(Algorithm::Es256, &key)).is_ok());
    assert_eq!(read_json(&general, &key).unwrap_err(), JwsError::Signature);
}
