//! Each rule of judging a presentation, broken alone in a presentation that is otherwise accepted.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on panics"
)]
mod goodair;

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};
use goodair::{
    AUDIENCE, NONCE, Stranger, after, assert_accepted, assert_refused, facts, good, judge_presentation,
    judged, now, presentation_expectations, stranger, world,
};
use procura_credential::{CheckName, Outcome, judge, lear::Shape, presentation};
use procura_crypto::PrivateKey;
use procura_did::Did;
use procura_jose::{Algorithm, AlgorithmSet, base64url, jws};
use procura_sandbox::world::{BADAIR_DID, Party, Sample};
use serde_json::{Map, Value, json};

fn signed(key: &PrivateKey, header: Map<String, Value>, claims: &Value) -> String {
    jws::sign(key, Algorithm::Es256, header, claims.to_string().as_bytes()).unwrap()
}
/// John Doe's presentation after `change`.
fn presented(change: impl FnOnce(&mut Map<String, Value>, &mut Value)) -> String {
    presented_by(&world().holder().unwrap(), &world().holder_key().unwrap(), change)
}
fn presented_by(
    holder: &Did,
    key: &PrivateKey,
    change: impl FnOnce(&mut Map<String, Value>, &mut Value),
) -> String {
    let credential = good(Shape::EmployeeV3);
    let (mut header, mut claims) =
        presentation::build(holder, &credential, NONCE, AUDIENCE, "urn:uuid:1", now());
    change(&mut header, &mut claims);
    signed(key, header, &claims)
}
#[track_caller]
fn refused(vp_token: &str, by: CheckName) {
    assert_refused(&judge_presentation(vp_token), by, Outcome::Failed);
}

#[test]
fn a_presentation_is_accepted_raw_and_in_base64() {
    let control = presented(|_, _| {});
    for token in [
        control.clone(),
        BASE64_STANDARD.encode(&control),
        BASE64_URL_SAFE_NO_PAD.encode(&control),
    ] {
        let judged = judge_presentation(&token);
        assert_accepted(&judged);
        let proven = judged.1.unwrap();
        assert_eq!(proven.holder, world().holder().unwrap());
        assert_eq!(proven.credential.raw, presentation_credential(&control));
    }
    let shape = |shape| {
        let holder = world().holder().unwrap();
        let (header, claims) =
            presentation::build(&holder, &good(shape), NONCE, AUDIENCE, "urn:uuid:2", now());
        judge_presentation(&signed(&world().holder_key().unwrap(), header, &claims))
    };
    assert_accepted(&shape(Shape::LearCredential));
    assert_accepted(&shape(Shape::EmployeeV2));
}
fn presentation_credential(vp: &str) -> String {
    goodair::claims_of(vp)["vp"]["verifiableCredential"][0]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn what_is_no_presentation_of_one_credential_is_refused() {
    let format = CheckName::PresentationFormat;
    refused("", format);
    refused("a.b.c", format);
    let control = presented(|_, _| {});
    refused(&BASE64_STANDARD.encode(BASE64_STANDARD.encode(&control)), format);
    let parts: Vec<&str> = control.split('.').collect();
    let signature = json!({ "protected": parts[0], "signature": parts[2] });
    let bad = json!({ "protected": parts[0], "signature": base64url::encode(&[1; 64]) });
    refused(
        &json!({ "payload": parts[1], "signatures": [signature, bad] }).to_string(),
        format,
    );
    for alg in ["none", "HS256"] {
        let mut header = goodair::header_of(&control);
        header.insert("alg".to_owned(), json!(alg));
        let header = base64url::encode(&serde_json::to_vec(&header).unwrap());
        refused(&format!("{header}.{}.{}", parts[1], parts[2]), format);
    }
    refused(
        &presented(|header, _| drop(header.insert("typ".into(), json!("at+jwt")))),
        format,
    );
    refused(&presented(|header, _| drop(header.remove("typ"))), format);
    refused(
        &presented(|_, claims| claims["vp"]["verifiableCredential"] = json!([])),
        format,
    );
    refused(
        &presented(|_, claims| {
            let credential = claims["vp"]["verifiableCredential"][0].clone();
            claims["vp"]["verifiableCredential"] = json!([credential, credential]);
        }),
        format,
    );
    // A credential as a JSON object is signed by nobody but the holder.
    refused(
        &presented(|_, claims| {
            claims["vp"]["verifiableCredential"] = json!([goodair::good_vc(Shape::EmployeeV3)]);
        }),
        format,
    );
    refused(
        &presented(|_, claims| drop(claims.as_object_mut().unwrap().remove("vp"))),
        format,
    );
}

#[test]
fn kid_iss_and_holder_are_one_key() {
    let check = CheckName::HolderKey;
    let Stranger { did, .. } = stranger();
    refused(&presented(|header, _| drop(header.remove("kid"))), check);
    refused(
        &presented(|header, _| drop(header.insert("kid".into(), json!(BADAIR_DID)))),
        check,
    );
    // Signed with one's own key under kid, in another's name under iss.
    refused(&presented(|_, claims| claims["iss"] = json!(did)), check);
    refused(&presented(|_, claims| claims["vp"]["holder"] = json!(did)), check);
    refused(&presented(|_, claims| claims["sub"] = json!(did)), check);
    refused(
        &presented(|header, _| {
            drop(header.insert("kid".into(), json!(procura_did::key::verification_method(&did))));
        }),
        check,
    );
    // The bare DID is tolerated.
    let bare = world().holder().unwrap();
    assert_accepted(&judge_presentation(&presented(|header, _| {
        drop(header.insert("kid".into(), json!(bare)));
    })));
}

#[test]
fn an_algorithm_that_is_not_accepted_or_does_not_fit_is_refused() {
    let mut expectations = presentation_expectations();
    expectations.holder_algorithms = AlgorithmSet::new(&[Algorithm::EdDsa]);
    let judged = judged(judge::presentation(
        &presented(|_, _| {}),
        &expectations,
        &facts(),
        now(),
    ));
    assert_refused(&judged, CheckName::HolderKey, Outcome::Failed);
    let control = presented(|_, _| {});
    let parts: Vec<&str> = control.split('.').collect();
    let mut header = goodair::header_of(&control);
    header.insert("alg".to_owned(), json!("ES384"));
    let header = base64url::encode(&serde_json::to_vec(&header).unwrap());
    refused(
        &format!("{header}.{}.{}", parts[1], parts[2]),
        CheckName::HolderKey,
    );
}

#[test]
fn a_presentation_that_the_named_key_did_not_sign_is_refused() {
    let Stranger { key, .. } = stranger();
    refused(
        &presented_by(&world().holder().unwrap(), &key, |_, _| {}),
        CheckName::HolderSignature,
    );
}

#[test]
fn a_credential_of_somebody_else_is_refused() {
    let Stranger { key, did } = stranger();
    refused(&presented_by(&did, &key, |_, _| {}), CheckName::HolderBinding);
}

#[test]
fn another_nonce_is_refused() {
    refused(
        &presented(|_, claims| claims["nonce"] = json!("another")),
        CheckName::Nonce,
    );
    refused(
        &presented(|_, claims| claims["nonce"] = json!("")),
        CheckName::Nonce,
    );
    refused(
        &presented(|_, claims| claims["nonce"] = json!([NONCE])),
        CheckName::Nonce,
    );
    refused(
        &presented(|_, claims| drop(claims.as_object_mut().unwrap().remove("nonce"))),
        CheckName::Nonce,
    );
    // A transaction without a nonce accepts nothing.
    let mut expectations = presentation_expectations();
    expectations.nonce = String::new();
    let empty = presented(|_, claims| claims["nonce"] = json!(""));
    assert_refused(
        &judged(judge::presentation(&empty, &expectations, &facts(), now())),
        CheckName::Nonce,
        Outcome::Failed,
    );
}

#[test]
fn another_audience_is_refused() {
    assert_accepted(&judge_presentation(&presented(|_, claims| {
        claims["aud"] = json!([AUDIENCE]);
    })));
    for aud in [
        json!(BADAIR_DID),
        json!([AUDIENCE, BADAIR_DID]),
        json!([]),
        json!(format!("{AUDIENCE}/")),
        json!(1),
    ] {
        refused(&presented(|_, claims| claims["aud"] = aud), CheckName::Audience);
    }
    refused(
        &presented(|_, claims| drop(claims.as_object_mut().unwrap().remove("aud"))),
        CheckName::Audience,
    );
}

#[test]
fn a_presentation_that_is_not_fresh_is_refused() {
    let at =
        |claim: &str, seconds: i64| presented(|_, claims| claims[claim] = json!(after(seconds).as_second()));
    refused(&at("iat", 61), CheckName::Freshness);
    refused(&at("iat", -361), CheckName::Freshness);
    refused(&at("nbf", 61), CheckName::Freshness);
    refused(&at("exp", -60), CheckName::Freshness);
    refused(
        &presented(|_, claims| claims["iat"] = json!("1")),
        CheckName::Freshness,
    );
    refused(
        &presented(|_, claims| drop(claims.as_object_mut().unwrap().remove("iat"))),
        CheckName::Freshness,
    );
    assert_accepted(&judge_presentation(&at("iat", -360)));
    assert_accepted(&judge_presentation(&at("iat", 60)));
}

#[test]
fn a_credential_that_nobody_or_the_holder_signed_is_refused() {
    let credential = good(Shape::EmployeeV3);
    let payload = credential.split('.').nth(1).unwrap().to_owned();
    let none = format!(
        "{}.{payload}.",
        base64url::encode(br#"{"alg":"none","typ":"vc+jwt"}"#)
    );
    refused(
        &presented(|_, claims| claims["vp"]["verifiableCredential"] = json!([none])),
        CheckName::Format,
    );
    let mut header = Map::new();
    header.insert("typ".to_owned(), json!("vc+jwt"));
    let own = jws::sign(
        &world().holder_key().unwrap(),
        Algorithm::Es256,
        header,
        &base64url::decode(&payload).unwrap(),
    )
    .unwrap();
    refused(
        &presented(|_, claims| claims["vp"]["verifiableCredential"] = json!([own])),
        CheckName::SigningCertificate,
    );
}

/// Everything that refuses a credential refuses its presentation.
#[test]
fn a_presentation_is_not_better_than_its_credential() {
    let sample = Sample {
        party: Party::RevokedSeal,
        shape: Shape::EmployeeV3,
        at: now(),
        status_index: 11,
    };
    let credential = world().credential(sample).unwrap();
    refused(
        &presented(|_, claims| claims["vp"]["verifiableCredential"] = json!([credential])),
        CheckName::Revocation,
    );
}
