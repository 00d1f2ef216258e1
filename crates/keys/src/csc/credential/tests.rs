use super::*;
use crate::csc::Secret;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use procura_crypto::{Curve, KeyKind, PrivateKey};
use proptest::prelude::*;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, KeyUsagePurpose};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// A signing certificate below two authorities, one of which nothing certifies but itself.
struct Chain {
    leaf: Vec<u8>,
    issuing: Vec<u8>,
    root: Vec<u8>,
}

static ECDSA: LazyLock<Chain> = LazyLock::new(|| Chain::of(KeyKind::Ec(Curve::P256)));
static RSA: LazyLock<Chain> = LazyLock::new(|| Chain::of(KeyKind::Rsa(2048)));

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2030, 1, 1);
    params
}

impl Chain {
    fn of(kind: KeyKind) -> Self {
        let authority = |name: &str| {
            let mut params = named(name);
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
            (params, KeyPair::generate().unwrap())
        };
        let (root, root_key) = authority("Root");
        let root_der = root.self_signed(&root_key).unwrap().der().to_vec();
        let root = rcgen::Issuer::new(root, root_key);
        let (issuing, issuing_key) = authority("Issuing");
        let issuing_der = issuing.signed_by(&issuing_key, &root).unwrap().der().to_vec();
        let issuing = rcgen::Issuer::new(issuing, issuing_key);
        let mut leaf = named("Seal");
        leaf.key_usages = vec![KeyUsagePurpose::ContentCommitment];
        let key = KeyPair::from_pem(&PrivateKey::generate(kind).unwrap().to_pkcs8_pem()).unwrap();
        Self {
            leaf: leaf.signed_by(&key, &issuing).unwrap().der().to_vec(),
            issuing: issuing_der,
            root: root_der,
        }
    }
    fn info(&self) -> Value {
        let texts = [&self.leaf, &self.issuing, &self.root].map(|der| STANDARD.encode(der));
        json!({
            "key": {"status": "enabled", "algo": ["1.2.840.10045.4.3.2", "1.2.840.113549.1.1.11"]},
            "cert": {"status": "valid", "certificates": texts},
            "auth": {"mode": "explicit", "objects": []},
            "SCAL": "2",
            "multisign": 1
        })
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}
fn settings() -> Settings {
    Settings::new(
        "https://qtsp.example/csc/v2/".parse().unwrap(),
        "goodair",
        Secret::new("x"),
    )
}
fn examined(info: &Value, settings: &Settings) -> Result<SigningCredential, CredentialProblem> {
    let info = CredentialInfo::parse(info.to_string().as_bytes(), settings.dialect).unwrap();
    SigningCredential::examine("GX", &info, settings, at("2026-03-01T12:00:00Z"))
}
/// What is wrong where exactly this member has this value.
fn broken(pointer: &str, value: Value) -> CredentialProblem {
    let mut info = ECDSA.info();
    *info.pointer_mut(pointer).unwrap() = value;
    examined(&info, &settings()).unwrap_err()
}
fn with(pointer: &str, member: &str, value: Value) -> Value {
    let mut info = ECDSA.info();
    info.pointer_mut(pointer).unwrap()[member] = value;
    info
}

#[test]
fn a_credential_in_order_can_be_used() {
    let credential = examined(&ECDSA.info(), &settings()).unwrap();
    assert_eq!(credential.chain.len(), 3);
    assert_eq!(credential.certificate().unwrap().der(), ECDSA.leaf);
    assert_eq!(
        (credential.algorithm.jws, credential.pin_id),
        (Algorithm::Es256, None)
    );
    assert_eq!(
        examined(&RSA.info(), &settings()).unwrap().algorithm.jws,
        Algorithm::Rs256
    );
}

#[test]
fn a_key_that_is_not_enabled_is_refused() {
    assert_eq!(
        broken("/key/status", json!("disabled")),
        CredentialProblem::KeyStatus("disabled".to_owned())
    );
}

#[test]
fn a_certificate_that_the_provider_calls_invalid_is_refused() {
    for status in ["expired", "revoked", "suspended", "Valid"] {
        assert_eq!(
            broken("/cert/status", json!(status)),
            CredentialProblem::CertificateStatus(status.to_owned())
        );
    }
    // The status is optional.
    examined(&with("/cert", "status", Value::Null), &settings()).unwrap();
}

#[test]
fn a_certificate_outside_of_its_validity_is_refused_whatever_the_provider_says() {
    let info = CredentialInfo::parse(ECDSA.info().to_string().as_bytes(), Dialect::V2).unwrap();
    for now in ["2019-12-31T23:59:59Z", "2030-01-01T00:00:01Z"] {
        let refused = SigningCredential::examine("GX", &info, &settings(), at(now)).unwrap_err();
        assert!(
            matches!(refused, CredentialProblem::Validity { .. }),
            "{now}: {refused}"
        );
    }
}

#[test]
fn a_certificate_that_may_not_sign_is_refused() {
    let refused = broken("/cert/certificates", json!([STANDARD.encode(&ECDSA.issuing)]));
    assert!(matches!(refused, CredentialProblem::Certificate(_)), "{refused}");
}

#[test]
fn a_chain_in_wrong_order_is_mended() {
    let [leaf, issuing, root] = [&ECDSA.leaf, &ECDSA.issuing, &ECDSA.root].map(|der| STANDARD.encode(der));
    for order in [
        [&leaf, &root, &issuing],
        [&issuing, &leaf, &root],
        [&issuing, &root, &leaf],
        [&root, &leaf, &issuing],
        [&root, &issuing, &leaf],
    ] {
        let credential = examined(&with("/cert", "certificates", json!(order)), &settings()).unwrap();
        let found: Vec<&[u8]> = credential.chain.iter().map(Certificate::der).collect();
        assert_eq!(found, [&ECDSA.leaf[..], &ECDSA.issuing, &ECDSA.root]);
    }
}

#[test]
fn certificates_that_are_no_chain_are_refused() {
    let [leaf, issuing, root] = [&ECDSA.leaf, &ECDSA.issuing, &ECDSA.root].map(|der| STANDARD.encode(der));
    // By name the other chain's authorities fit, by signature they do not.
    let (other, stranger) = (STANDARD.encode(&RSA.issuing), STANDARD.encode(&RSA.leaf));
    for (texts, expected) in [
        (vec![], ChainError::Empty),
        (vec![&leaf, &leaf], ChainError::Twice),
        (vec![&leaf, &root], ChainError::Leaves(2)),
        (vec![&leaf, &issuing, &stranger], ChainError::Leaves(2)),
        (vec![&leaf, &other], ChainError::Leaves(2)),
    ] {
        assert_eq!(
            broken("/cert/certificates", json!(texts)),
            CredentialProblem::Chain(expected)
        );
    }
}

#[test]
fn a_certificate_that_cannot_be_read_is_refused() {
    for text in ["", "AAAA", "not base64"] {
        let info = with("/cert", "certificates", json!([text])).to_string();
        assert_eq!(
            CredentialInfo::parse(info.as_bytes(), Dialect::V2),
            Err(AnswerError::Chain(ChainError::Unreadable(0))),
            "{text}"
        );
    }
    let many = with("/cert", "certificates", json!(vec!["AAAA"; 11])).to_string();
    assert_eq!(
        CredentialInfo::parse(many.as_bytes(), Dialect::V2),
        Err(AnswerError::TooLong {
            member: "certificates",
            limit: 10
        })
    );
}

#[test]
fn the_described_key_must_be_that_of_the_certificate() {
    let other_curve = with("/key", "curve", json!("1.3.132.0.34"));
    assert_eq!(
        examined(&other_curve, &settings()).unwrap_err(),
        CredentialProblem::OtherKey("curve")
    );
    examined(&with("/key", "curve", json!("1.2.840.10045.3.1.7")), &settings()).unwrap();
    let mut other_length = RSA.info();
    other_length["key"]["len"] = json!(4096);
    assert_eq!(
        examined(&other_length, &settings()).unwrap_err(),
        CredentialProblem::OtherKey("len")
    );
}

#[test]
fn an_algorithm_that_does_not_fit_or_is_not_offered_is_refused() {
    let mut wrong = settings();
    wrong.algorithm = Some(Algorithm::Es384);
    assert_eq!(
        examined(&ECDSA.info(), &wrong).unwrap_err(),
        CredentialProblem::WrongAlgorithm(Algorithm::Es384)
    );
    let refused = broken("/key/algo", json!(["1.2.840.10045.4.3.3"]));
    assert!(
        matches!(refused, CredentialProblem::Algorithm { generic: false, .. }),
        "{refused}"
    );
    let mut pss = settings();
    pss.algorithm = Some(Algorithm::Ps256);
    let refused = examined(&RSA.info(), &pss).unwrap_err();
    assert!(
        matches!(refused, CredentialProblem::Algorithm { .. }),
        "{refused}"
    );
}

#[test]
fn kinds_of_keys_in_place_of_algorithms_take_the_quirk_and_the_error_says_so() {
    let mut info = ECDSA.info();
    info["key"]["algo"] = json!(["1.2.840.10045.2.1"]);
    let refused = examined(&info, &settings()).unwrap_err();
    assert!(refused.to_string().contains("generic-key-oids"), "{refused}");
    let mut tolerant = settings();
    tolerant.quirks.insert(Quirk::GenericKeyOids);
    assert_eq!(
        examined(&info, &tolerant).unwrap().algorithm.sign_oid,
        "1.2.840.10045.4.3.2"
    );
}

#[test]
fn what_takes_a_person_is_refused() {
    let pin = json!({"type": "Password", "id": "PIN"});
    let otp = json!({"type": "Password", "id": "OTP", "generator": "totp"});
    for auth in [
        json!({"mode": "oauth2code"}),
        json!({"mode": "explicit", "objects": [pin, otp]}),
        json!({"mode": "explicit", "objects": [otp]}),
        json!({"mode": "explicit", "objects": [{"type": "ChallengeResponse", "id": "x"}]}),
    ] {
        let refused = examined(&with("", "auth", auth), &settings()).unwrap_err();
        assert!(matches!(refused, CredentialProblem::Person(_)), "{refused}");
    }
}

#[test]
fn a_pin_is_demanded_where_one_is_asked_for_and_kept_where_none_is() {
    let asks = with(
        "",
        "auth",
        json!({"mode": "explicit", "objects": [{"type": "Password", "id": "secret-7"}]}),
    );
    assert_eq!(
        examined(&asks, &settings()).unwrap_err(),
        CredentialProblem::PinMissing
    );
    let mut holding = settings();
    holding.pin = Some(Secret::new("1234"));
    assert_eq!(
        examined(&asks, &holding).unwrap().pin_id.as_deref(),
        Some("secret-7")
    );
    assert_eq!(examined(&ECDSA.info(), &holding).unwrap().pin_id, None);
}

#[test]
fn v1_says_otherwise_what_authorizes() {
    let mut v1 = settings();
    v1.dialect = Dialect::V1;
    v1.pin = Some(Secret::new("1234"));
    let found = |mode: &str, pin: &str, otp: &str| {
        let mut info = ECDSA.info();
        info.as_object_mut().unwrap().remove("auth");
        info["authMode"] = json!(mode);
        info["PIN"] = json!({ "presence": pin });
        info["OTP"] = json!({ "presence": otp });
        examined(&info, &v1)
    };
    assert_eq!(found("implicit", "false", "false").unwrap().pin_id, None);
    assert_eq!(found("explicit", "optional", "false").unwrap().pin_id, None);
    assert_eq!(
        found("explicit", "true", "false").unwrap().pin_id.as_deref(),
        Some("PIN")
    );
    assert_eq!(
        found("explicit", "true", "true").unwrap_err(),
        CredentialProblem::Person("an OTP")
    );
    assert!(matches!(
        found("oauth2code", "false", "false"),
        Err(CredentialProblem::Person(_))
    ));
    // The dialect is configured, not guessed from the message.
    let v2 = CredentialInfo::parse(ECDSA.info().to_string().as_bytes(), Dialect::V1);
    assert_eq!(v2, Err(AnswerError::Missing("authMode")));
}

#[test]
fn a_credential_without_signatures_is_refused() {
    assert_eq!(broken("/multisign", json!(0)), CredentialProblem::NoSignature);
}

#[test]
fn members_of_another_type_are_refused() {
    for (pointer, value, told) in [
        ("/key", json!(1), "key is not an object"),
        ("/key/algo", json!("1.2"), "algo is not a list"),
        ("/cert/certificates", json!([1]), "certificates is not a text"),
        ("/SCAL", json!("3"), "SCAL is neither 1 nor 2"),
        (
            "/multisign",
            json!("1"),
            "multisign is not a whole number that is not negative",
        ),
        (
            "/auth/mode",
            json!("telepathy"),
            "mode is neither explicit nor oauth2code",
        ),
        ("/auth/objects", json!([1]), "objects is not a list of objects"),
    ] {
        let mut info = ECDSA.info();
        *info.pointer_mut(pointer).unwrap() = value;
        let refused = CredentialInfo::parse(info.to_string().as_bytes(), Dialect::V2).unwrap_err();
        assert_eq!(refused.to_string(), told);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]
    #[test]
    fn any_change_of_an_answer_ends_in_an_answer(position in 0_usize..20_000, byte in any::<u8>()) {
        let mut bytes = ECDSA.info().to_string().into_bytes();
        let position = position % bytes.len();
        bytes[position] = byte;
        for dialect in [Dialect::V1, Dialect::V2] {
            if let Ok(info) = CredentialInfo::parse(&bytes, dialect) {
                drop(SigningCredential::examine("GX", &info, &settings(), at("2026-03-01T12:00:00Z")));
            }
        }
    }
}
