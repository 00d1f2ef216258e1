//! ssi's credentials: VC-JWT (VCDM 1.1 §6.3.1) and credentials secured with JOSE (VCDM 2.0).
use crate::{
    forge::{Issuer, noon},
    key, object, public,
};
use chrono::{DateTime, Utc};
use procura_credential::{
    envelope::{self, Envelope, EnvelopeError},
    lear::{self, Issuance, LearCredential, MandateRequest, Reading, Shape},
};
use procura_crypto::PrivateKey;
use procura_did::Did;
use procura_jades::{Sealing, prepare};
use procura_jose::{Algorithm, CompactJws};
use serde_json::{Value, json};
use ssi_claims_core::VerificationParameters;
use ssi_jwk::JWK;
use ssi_jws::{JwsBuf, JwsPayload};
use ssi_jwt::{ClaimSet as _, ToDecodedJwt as _};
use ssi_vc::{syntax::AnyJsonCredential, v1, v2};
use ssi_vc_jose_cose::JoseVc;

const SHAPES: [Shape; 3] = [Shape::LearCredential, Shape::EmployeeV2, Shape::EmployeeV3];

fn request(shape: Shape) -> MandateRequest {
    let text = match shape {
        Shape::LearCredential => include_str!("../../../../fixtures/mandates/lear-credential.json"),
        Shape::EmployeeV2 => include_str!("../../../../fixtures/mandates/lear-credential-employee-v2.json"),
        _ => include_str!("../../../../fixtures/mandates/lear-credential-employee-v3.json"),
    };
    serde_json::from_str(text).unwrap()
}
fn holder() -> Did {
    procura_did::key::encode(key(Algorithm::Es256).public_key()).unwrap()
}
/// What the issuer makes for this holder, valid for an hour around [`noon`].
fn built(shape: Shape, holder: &Did) -> Value {
    let issuer = Did::parse("did:elsi:VATES-12345678").unwrap();
    let list = "https://issuer.example/status/1";
    let issuance = Issuance {
        id: "urn:uuid:6e2a3c1e-6c0f-4f0a-8a51-5a3c0d3a9c01",
        issuer: &issuer,
        issuer_name: "GoodAir",
        holder,
        valid_from: noon() - jiff::SignedDuration::from_mins(30),
        valid_until: noon() + jiff::SignedDuration::from_mins(30),
        status: json!({
            "id": format!("{list}#7"), "type": "BitstringStatusListEntry", "statusPurpose": "revocation",
            "statusListIndex": "7", "statusListCredential": list,
        }),
        schema: Some("https://issuer.example/schemas/1.json"),
    };
    lear::build(&request(shape), &issuance).unwrap()
}
fn envelope_of(shape: Shape) -> Envelope {
    if shape == Shape::EmployeeV3 {
        Envelope::Root
    } else {
        Envelope::VcClaim
    }
}
/// Sealed as the issuer seals it.
fn sealed(vc: &Value, envelope: Envelope) -> (String, Issuer) {
    let (authority, seal) = (Issuer::new("CA"), Issuer::new("GoodAir Seal"));
    let chain = [seal.leaf().signed_by(&authority)];
    let sealing = Sealing {
        algorithm: Algorithm::Es256,
        typ: envelope.typ(),
        kid: None,
        time: noon(),
        chain: &chain,
    };
    let claims = envelope::claims(vc, envelope).to_string();
    let prepared = prepare(&sealing, claims.as_bytes()).unwrap();
    let signature = seal
        .key
        .sign(Algorithm::Es256.scheme(), prepared.bytes())
        .unwrap();
    (prepared.finish(&signature).unwrap(), seal)
}
fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(noon().as_second() + 60 * minutes, 0).unwrap()
}
fn parameters(key: &PrivateKey, minutes: i64) -> VerificationParameters<JWK> {
    let jwk: JWK = Value::Object(public(key)).try_into().unwrap();
    VerificationParameters::from_resolver(jwk).with_date_time(at(minutes))
}
fn value(text: impl serde::Serialize) -> Value {
    serde_json::to_value(text).unwrap()
}
fn opened(token: &str) -> Result<LearCredential, EnvelopeError> {
    let jws = CompactJws::parse(token, Default::default(), Default::default()).unwrap();
    let opened = envelope::open(jws.unverified_payload(), jws.header.typ.as_deref(), false)?;
    match opened.reading {
        Reading::Lear(credential) => Ok(*credential),
        Reading::Other(_) => panic!("a LEARCredential"),
    }
}

#[test]
fn ssi_verifies_the_envelope_of_every_shape_that_we_issue_within_its_time() {
    for shape in SHAPES {
        let vc = built(shape, &holder());
        let (token, seal) = sealed(&vc, envelope_of(shape));
        let token = JwsBuf::new(token).unwrap();
        let verified = |key: &PrivateKey, minutes| {
            pollster::block_on(token.verify_jwt(&parameters(key, minutes))).is_ok_and(|valid| valid.is_ok())
        };
        assert!(verified(&seal.key, 0), "{shape:?}");
        assert!(!verified(&seal.key, -31), "{shape:?}: too early");
        assert!(!verified(&seal.key, 31), "{shape:?}: too late");
        assert!(!verified(&key(Algorithm::Es256), 0), "{shape:?}: another key");
    }
}

/// Under `vc` (VCDM 1.1 §6.3.1): what ssi reads back is what the issuer put in.
#[test]
fn ssi_reads_our_credential_under_its_claim() {
    for shape in [Shape::LearCredential, Shape::EmployeeV2] {
        let holder = holder();
        let vc = built(shape, &holder);
        let (token, _) = sealed(&vc, Envelope::VcClaim);
        let token = JwsBuf::new(token).unwrap();
        let claims = token.to_decoded_jwt().unwrap().signing_bytes.payload;
        assert_eq!(
            claims.try_get::<ssi_jwt::Issuer>().unwrap().unwrap().0.as_str(),
            "did:elsi:VATES-12345678"
        );
        let read: AnyJsonCredential = v1::decode_jwt_vc_claims(claims).unwrap();
        let AnyJsonCredential::V2(read) = read else {
            panic!("by its context VCDM 2.0")
        };
        let read = value(read);
        for name in [
            "@context",
            "id",
            "type",
            "validFrom",
            "validUntil",
            "credentialStatus",
            "credentialSchema",
        ] {
            assert_eq!(read[name], vc[name], "{shape:?} {name}");
        }
        assert_eq!(
            read["credentialSubject"]["mandate"],
            vc["credentialSubject"]["mandate"]
        );
        assert_eq!(read["credentialSubject"]["id"], holder.as_str());
    }
}

/// At the root (VCDM 2.0): the same, and ssi judges the credential's own dates.
#[test]
fn ssi_reads_and_verifies_our_credential_at_the_root() {
    let holder = holder();
    let vc = built(Shape::EmployeeV3, &holder);
    let (token, seal) = sealed(&vc, Envelope::Root);
    let token = JwsBuf::new(token).unwrap();
    let decoded = JoseVc::<v2::JsonCredential>::decode(&token).unwrap();
    let read = value(&decoded.signing_bytes.payload.0);
    for (name, member) in object(vc) {
        assert_eq!(read[&name], member, "{name}");
    }
    let verified = |minutes| pollster::block_on(decoded.verify(&parameters(&seal.key, minutes))).unwrap();
    assert_eq!(verified(0), Ok(()));
    assert!(verified(-31).is_err() && verified(31).is_err());
}

/// A credential in ssi's model, signed by ssi's JWS under the header that we demand.
#[test]
fn we_read_what_ssi_signs_at_the_root() {
    let holder = holder();
    let vc: v2::JsonCredential = serde_json::from_value(built(Shape::EmployeeV3, &holder)).unwrap();
    let issuer = JWK::generate_p256();
    let header = ssi_jws::Header {
        algorithm: ssi_jwk::Algorithm::ES256,
        type_: Some("vc+jwt".to_owned()),
        ..ssi_jws::Header::default()
    };
    let token = ssi_jws::encode_sign_custom_header(&value(&vc).to_string(), &issuer, &header).unwrap();
    let read = opened(&token).unwrap();
    assert_eq!((read.shape, &read.subject), (Shape::EmployeeV3, &holder));
    assert_eq!(read.issuer.as_str(), "did:elsi:VATES-12345678");
    assert_eq!(
        read.valid_until,
        Some(noon() + jiff::SignedDuration::from_mins(30))
    );
}

#[test]
fn we_read_what_ssi_signs_under_its_claim() {
    let holder = holder();
    let vc = built(Shape::EmployeeV2, &holder);
    let claims = json!({"iss": "did:elsi:VATES-12345678", "sub": holder, "vc": vc});
    let issuer = JWK::generate_p256();
    let token = ssi_jwt::encode_sign(ssi_jwk::Algorithm::ES256, &claims, &issuer).unwrap();
    let read = opened(&token).unwrap();
    assert_eq!((read.shape, &read.subject), (Shape::EmployeeV2, &holder));
}

/// ssi still announces a credential by the media type of a draft; ours is the one that was registered.
#[test]
fn disagreement_ssi_writes_the_media_type_of_a_draft() {
    let vc: v2::JsonCredential = serde_json::from_value(built(Shape::EmployeeV3, &holder())).unwrap();
    let issuer = JWK::generate_p256();
    let token = pollster::block_on(JoseVc(vc).sign(&issuer)).unwrap();
    assert!(matches!(opened(token.as_str()), Err(EnvelopeError::Type { typ, .. }) if typ == "vc-ld+jwt"));
}

/// VCDM 1.1 §6.3.1 lets an issuer move `issuer`, `id` and the subject's `id` out of `vc` into claims, as ssi does. Here a
/// VC is kept whole, so that it means the same outside of its envelope: one without its issuer is refused.
#[test]
fn disagreement_ssi_takes_the_issuer_out_of_the_credential() {
    let mut vc = built(Shape::EmployeeV2, &holder());
    // ssi moves an issuer only where it is a string.
    vc["issuer"] = "did:elsi:VATES-12345678".into();
    let claims = v1::encode_jwt_vc_claims(&vc).unwrap();
    let claims = value(&claims);
    assert_eq!(claims["iss"], "did:elsi:VATES-12345678");
    assert!(claims["vc"].get("issuer").is_none());
    let issuer = JWK::generate_p256();
    let token = ssi_jwt::encode_sign(ssi_jwk::Algorithm::ES256, &claims, &issuer).unwrap();
    assert!(matches!(opened(&token), Err(EnvelopeError::Credential(error)) if error.path == "/issuer"));
}
