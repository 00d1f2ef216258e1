use super::*;
use procura_crypto::{Curve, EcdsaEncoding, KeyKind, PrivateKey, Scheme, digest::Digest};
use procura_jose::base64url;
use std::collections::BTreeSet;

const NOW: i64 = 1_659_145_924;

struct Case {
    key: PrivateKey,
    header: Map<String, Value>,
    claims: Map<String, Value>,
    algorithm: Algorithm,
}
fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}
fn case() -> Case {
    let key = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
    let did = key::encode(key.public_key()).unwrap();
    Case {
        header: object(&json!({"typ": PROOF_TYPE, "alg": "ES256", "kid": key::verification_method(&did)})),
        claims: object(&json!({"aud": "https://www.goodair.com", "iat": NOW, "nonce": "tZignsnFbp"})),
        algorithm: Algorithm::Es256,
        key,
    }
}
impl Case {
    /// By hand, for our own builder refuses what some of these tests need.
    fn sign(&self) -> String {
        let part = |object: &Map<String, Value>| {
            base64url::encode(Value::Object(object.clone()).to_string().as_bytes())
        };
        let input = format!("{}.{}", part(&self.header), part(&self.claims));
        let signature = self.key.sign(self.algorithm.scheme(), input.as_bytes()).unwrap();
        format!("{input}.{}", base64url::encode(&signature))
    }
    fn judge(&self) -> Result<ProvenHolder, ProofError> {
        judge(&self.sign())
    }
}
fn judge(jwt: &str) -> Result<ProvenHolder, ProofError> {
    let audience = IssuerIdentifier::parse("https://www.goodair.com", &BTreeSet::new()).unwrap();
    let algorithms = AlgorithmSet::new(&[Algorithm::Es256, Algorithm::EdDsa]);
    let expectations = ProofExpectations {
        audience: &audience,
        algorithms: &algorithms,
        max_age_seconds: 300,
        skew_seconds: 60,
    };
    verify_proof(jwt, &expectations, Timestamp::from_second(NOW).unwrap())
}
/// Changes one thing of a proof that holds, and gives the refusal.
fn broken(change: impl FnOnce(&mut Case)) -> ProofError {
    let mut case = case();
    case.judge().unwrap();
    change(&mut case);
    case.judge().unwrap_err()
}

#[test]
fn a_proof_that_we_build_holds() {
    let key = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
    let did = key::encode(key.public_key()).unwrap();
    let audience = IssuerIdentifier::parse("https://www.goodair.com", &BTreeSet::new()).unwrap();
    let now = Timestamp::from_second(NOW).unwrap();
    let prepared = build_proof(&did, Algorithm::Es256, &audience, &Secret::new("n"), now).unwrap();
    let scheme = Scheme::Ecdsa {
        digest: Digest::Sha256,
        encoding: EcdsaEncoding::Fixed,
    };
    let signature = key.sign(scheme, prepared.bytes()).unwrap();
    let holder = judge(&prepared.finish(&signature)).unwrap();
    assert_eq!(holder.did, did);
    assert_eq!(&holder.key, key.public_key());
    assert_eq!(holder.nonce.expose(), "n");
}

#[test]
fn a_bare_did_key_and_an_iss_are_tolerated() {
    let mut case = case();
    let did = key::encode(case.key.public_key()).unwrap();
    case.header.insert("kid".into(), json!(did.as_str()));
    case.claims.insert("iss".into(), json!("s6BhdRkqt3"));
    assert_eq!(case.judge().unwrap().did, did);
}

#[test]
fn typ_is_the_proofs_own() {
    for typ in [json!("JWT"), json!("dpop+jwt"), json!("OpenID4VCI-proof+jwt")] {
        assert_eq!(
            broken(|case| drop(case.header.insert("typ".into(), typ))),
            ProofError::Type
        );
    }
    assert_eq!(broken(|case| drop(case.header.remove("typ"))), ProofError::Type);
}

#[test]
fn alg_none_and_symmetric_ones_are_refused() {
    for alg in ["none", "None", "HS256", "HS512"] {
        assert!(matches!(
            broken(|case| drop(case.header.insert("alg".into(), json!(alg)))),
            ProofError::Jws(JwsError::Algorithm(_))
        ));
    }
}

#[test]
fn alg_that_is_not_accepted_is_refused() {
    let refusal = broken(|case| {
        case.key = PrivateKey::generate(KeyKind::Ec(Curve::P384)).unwrap();
        case.algorithm = Algorithm::Es384;
        let did = key::encode(case.key.public_key()).unwrap();
        case.header
            .insert("kid".into(), json!(key::verification_method(&did)));
        case.header.insert("alg".into(), json!("ES384"));
    });
    assert_eq!(refusal, ProofError::Algorithm("ES384"));
}

#[test]
fn alg_that_does_not_fit_the_key_is_refused_like_the_documents_example() {
    let refusal = broken(|case| {
        case.header.insert(
            "kid".into(),
            json!("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"),
        );
    });
    assert_eq!(refusal, ProofError::AlgorithmOfOtherKey("ES256"));
}

#[test]
fn the_key_of_kid_must_have_signed() {
    let other = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
    assert_eq!(broken(|case| case.key = other), ProofError::Signature);
}

#[test]
fn kid_is_a_did_key_and_its_fragment_repeats_it() {
    assert_eq!(
        broken(|case| drop(case.header.remove("kid"))),
        ProofError::KidMissing
    );
    let did = |case: &Case| key::encode(case.key.public_key()).unwrap();
    assert!(matches!(
        broken(|case| {
            let kid = format!("{}#zother", did(case));
            case.header.insert("kid".into(), json!(kid));
        }),
        ProofError::Kid(_)
    ));
    assert!(matches!(
        broken(|case| drop(
            case.header
                .insert("kid".into(), json!("did:web:goodair.example#1"))
        )),
        ProofError::Kid(_)
    ));
}

#[test]
fn no_other_key_reference_stands_beside_kid() {
    for name in ["jwk", "jku", "x5u", "trust_chain", "key_attestation"] {
        let value = if name == "jwk" {
            json!({"kty": "EC"})
        } else {
            json!("https://evil.example")
        };
        assert_eq!(
            broken(|case| drop(case.header.insert(name.into(), value))),
            ProofError::KeyReference(name)
        );
    }
}

#[test]
fn an_unknown_critical_header_is_refused() {
    assert!(matches!(
        broken(|case| {
            case.header.insert("crit".into(), json!(["x"]));
            case.header.insert("x".into(), json!(1));
        }),
        ProofError::Jws(_)
    ));
}

#[test]
fn aud_is_one_string_and_this_issuer() {
    for aud in ["https://www.goodair.com/", "https://evil.example"] {
        assert_eq!(
            broken(|case| drop(case.claims.insert("aud".into(), json!(aud)))),
            ProofError::Audience
        );
    }
    assert_eq!(
        broken(|case| drop(
            case.claims
                .insert("aud".into(), json!(["https://www.goodair.com"]))
        )),
        ProofError::Claim("aud")
    );
}

#[test]
fn every_claim_is_required() {
    for name in ["aud", "iat", "nonce"] {
        assert_eq!(
            broken(|case| drop(case.claims.remove(name))),
            ProofError::Claim(name)
        );
    }
    assert_eq!(
        broken(|case| drop(case.claims.insert("nonce".into(), json!("")))),
        ProofError::Claim("nonce")
    );
    assert_eq!(
        broken(|case| drop(case.claims.insert("iat".into(), json!(NOW.to_string())))),
        ProofError::Claim("iat")
    );
}

#[test]
fn iat_lies_within_the_window() {
    let iat = |seconds: i64| {
        let mut case = case();
        case.claims.insert("iat".into(), json!(NOW + seconds));
        case.judge()
    };
    assert!(iat(-300).is_ok() && iat(60).is_ok());
    assert_eq!(iat(-301).unwrap_err(), ProofError::TooOld(301));
    assert_eq!(iat(61).unwrap_err(), ProofError::Ahead(61));
}

#[test]
fn exp_and_nbf_hold_when_they_are_there() {
    assert_eq!(
        broken(|case| drop(case.claims.insert("exp".into(), json!(NOW)))),
        ProofError::Expired
    );
    assert_eq!(
        broken(|case| drop(case.claims.insert("nbf".into(), json!(NOW + 61)))),
        ProofError::NotYetValid
    );
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_verifier_panic(text in ".{0,300}") {
        proptest::prop_assert!(judge(&text).is_err());
    }
}
