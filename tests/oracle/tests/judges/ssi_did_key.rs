//! ssi's did:key, for every type of key that ours knows: P-256, P-384, secp256k1, Ed25519.
use crate::{key, object, public, read_compact};
use did_method_key::DIDKey;
use procura_did::{Did, key as did_key};
use procura_jose::{Algorithm, Jwk, jws::sign};
use serde_json::{Value, json};
use ssi_dids_core::{
    DIDMethodResolver,
    resolution::{Options, Parameters},
};
use ssi_jwk::JWK;

const ALGORITHMS: [Algorithm; 4] = [
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::Es256K,
    Algorithm::EdDsa,
];

/// The DID document that ssi makes of a did:key, its key as a JWK.
fn resolved(did: &str) -> Result<Value, String> {
    let parameters = Parameters {
        public_key_format: Some("JsonWebKey2020".to_owned()),
        ..Parameters::default()
    };
    let options = Options {
        parameters,
        ..Options::default()
    };
    let identifier = did.strip_prefix("did:key:").unwrap();
    let output = pollster::block_on(DIDKey.resolve_method_representation(identifier, options));
    let output = output.map_err(|error| error.to_string())?;
    Ok(serde_json::from_slice(&output.document).unwrap())
}
fn ssi_key(algorithm: Algorithm) -> JWK {
    match algorithm {
        Algorithm::Es256 => JWK::generate_p256(),
        Algorithm::Es384 => JWK::generate_p384(),
        Algorithm::Es256K => JWK::generate_secp256k1(),
        _ => JWK::generate_ed25519().unwrap(),
    }
}
fn ssi_algorithm(algorithm: Algorithm) -> ssi_jwk::Algorithm {
    match algorithm {
        Algorithm::Es256 => ssi_jwk::Algorithm::ES256,
        Algorithm::Es384 => ssi_jwk::Algorithm::ES384,
        Algorithm::Es256K => ssi_jwk::Algorithm::ES256K,
        _ => ssi_jwk::Algorithm::EdDSA,
    }
}
fn as_ours(key: &JWK) -> Jwk {
    Jwk::from_json(&object(serde_json::to_value(key.to_public()).unwrap())).unwrap()
}

#[test]
fn ssi_resolves_every_did_key_that_we_write_to_the_same_key() {
    for algorithm in ALGORITHMS {
        let key = key(algorithm);
        let did = did_key::encode(key.public_key()).unwrap();
        let document = resolved(did.as_str()).unwrap();
        let method = &document["verificationMethod"][0];
        assert_eq!(document["id"], did.as_str());
        assert_eq!(method["id"], did_key::verification_method(&did), "{algorithm}");
        let found = Jwk::from_json(&object(method["publicKeyJwk"].clone())).unwrap();
        assert_eq!(&found.key, key.public_key(), "{algorithm}");

        // And writes the same DID for the JWK that we write.
        let jwk: JWK = Value::Object(public(&key)).try_into().unwrap();
        assert_eq!(
            DIDKey::generate(&jwk).unwrap().as_str(),
            did.as_str(),
            "{algorithm}"
        );
        assert_eq!(
            DIDKey::generate_url(&jwk).unwrap().as_str(),
            did_key::verification_method(&did),
            "{algorithm}"
        );
        assert_eq!(
            jwk.thumbprint().unwrap(),
            Jwk::of(key.public_key().clone()).thumbprint(),
            "{algorithm}"
        );
    }
}

#[test]
fn we_resolve_every_did_key_that_ssi_writes_to_the_same_key() {
    for algorithm in ALGORITHMS {
        let theirs = ssi_key(algorithm);
        let did = Did::parse(DIDKey::generate(&theirs).unwrap().as_str()).unwrap();
        let ours = as_ours(&theirs);
        assert_eq!(did_key::decode(&did).unwrap(), ours.key, "{algorithm}");
        assert_eq!(did_key::encode(&ours.key).unwrap(), did, "{algorithm}");
        assert_eq!(procura_did::algorithm(&ours.key), Some(algorithm));
        let url = DIDKey::generate_url(&theirs).unwrap();
        assert_eq!(
            did_key::from_kid(url.as_str()),
            Ok((did, ours.key)),
            "{algorithm}"
        );
    }
}

#[test]
fn holders_tokens_verify_in_both_directions() {
    let payload = br#"{"nonce":"n-0S6_WzA2Mj"}"#;
    for algorithm in ALGORITHMS {
        // Ours, verified by the key that ssi finds for its kid.
        let key = key(algorithm);
        let did = did_key::encode(key.public_key()).unwrap();
        let header =
            object(json!({"typ": "openid4vci-proof+jwt", "kid": did_key::verification_method(&did)}));
        let token = sign(&key, algorithm, header, payload).unwrap();
        let found: JWK = resolved(did.as_str()).unwrap()["verificationMethod"][0]["publicKeyJwk"]
            .clone()
            .try_into()
            .unwrap();
        let (header, read) = ssi_jws::decode_verify(&token, &found).unwrap();
        assert_eq!(read, payload);
        assert_eq!(header.type_.as_deref(), Some("openid4vci-proof+jwt"));
        assert!(
            ssi_jws::decode_verify(&token, &ssi_key(algorithm)).is_err(),
            "{algorithm}: another key"
        );

        // ssi's, verified by the key that we find for its kid.
        let theirs = ssi_key(algorithm);
        let header = ssi_jws::Header {
            algorithm: ssi_algorithm(algorithm),
            key_id: Some(DIDKey::generate_url(&theirs).unwrap().to_string()),
            ..ssi_jws::Header::default()
        };
        let token = ssi_jws::encode_sign_custom_header("{}", &theirs, &header).unwrap();
        let jws = procura_jose::CompactJws::parse(&token, Default::default(), Default::default()).unwrap();
        let (_, found) = did_key::from_kid(jws.header.kid.as_deref().unwrap()).unwrap();
        assert!(
            jws.verify(&found, &procura_jose::AlgorithmSet::all()).is_ok(),
            "{algorithm}"
        );
        assert!(read_compact(&token, &key).is_err(), "{algorithm}: another key");
    }
}

/// Multicodec has more types than a holder here may have: P-521 and RSA are refused by us. ssi reads RSA, and writes
/// none of P-521.
#[test]
fn disagreement_rsa_has_a_did_key_for_ssi_and_none_for_us() {
    let rsa = key(Algorithm::Ps256);
    assert!(did_key::encode(rsa.public_key()).is_err());
    let jwk: JWK = Value::Object(public(&rsa)).try_into().unwrap();
    let did = DIDKey::generate(&jwk).unwrap();
    assert!(resolved(did.as_str()).is_ok());
    assert!(did_key::decode(&Did::parse(did.as_str()).unwrap()).is_err());

    let p521 = key(Algorithm::Es512);
    assert!(did_key::encode(p521.public_key()).is_err());
    let jwk: JWK = Value::Object(public(&p521)).try_into().unwrap();
    assert!(DIDKey::generate(&jwk).is_err());
}
