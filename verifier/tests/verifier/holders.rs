//! Each attack changes exactly one thing that the holder signs, and is refused by exactly the check that it breaks.
use crate::assertions::{FORM, assert_control, assert_refused, signed};
use crate::stage::{EMPLOYEE, Stage, changed, made_at, response, world};
use axum::http::StatusCode;
use procura_credential::lear::Shape;
use procura_crypto::{Curve, KeyKind, PrivateKey};
use procura_jose::base64url;
use procura_sandbox::world::{DOME_DID, Party};
use serde_json::json;

#[tokio::test]
async fn another_holders_key_is_refused() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    assert_control(&stage, &served).await;
    let thief = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
    let did = procura_did::key::encode(thief.public_key()).unwrap();
    let login = stage.login(EMPLOYEE).await;
    let vp = signed(&served, &stage, &login.nonce, &thief, |header, claims| {
        header.insert(
            "kid".to_owned(),
            json!(procura_did::key::verification_method(&did)),
        );
        claims["iss"] = json!(did);
        claims["sub"] = json!(did);
        claims["vp"]["holder"] = json!(did);
    });
    assert_refused(&stage.answer(&vp).await, "holder-binding", "invalid_request");
}

#[tokio::test]
async fn a_presentation_that_the_named_key_did_not_sign_is_refused() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    assert_control(&stage, &served).await;
    let thief = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
    let login = stage.login(EMPLOYEE).await;
    let vp = signed(&served, &stage, &login.nonce, &thief, |_, _| {});
    assert_refused(&stage.answer(&vp).await, "holder-signature", "invalid_request");
}

#[tokio::test]
async fn another_logins_nonce_is_refused_where_the_state_says_which_login() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    assert_control(&stage, &served).await;
    let (login, other) = (stage.login(EMPLOYEE).await, stage.login(EMPLOYEE).await);
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let vp = stage.presentation(&served, &other, &good);
    let answer = stage
        .post(
            "application/x-www-form-urlencoded",
            response(&vp, Some(&login.state)).to_form(),
        )
        .await;
    assert_refused(&answer, "nonce", "invalid_request");
    // Neither login is spent by it.
    for login in [&login, &other] {
        let answer = stage.answer(&stage.presentation(&served, login, &good)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }
}

#[tokio::test]
async fn another_audience_is_refused() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    assert_control(&stage, &served).await;
    let key = served.world.holder_key().unwrap();
    for audience in [
        json!("did:elsi:VATES-12345678"),
        json!([DOME_DID, "did:elsi:VATES-12345678"]),
    ] {
        let login = stage.login(EMPLOYEE).await;
        let vp = signed(&served, &stage, &login.nonce, &key, |_, claims| {
            claims["aud"] = audience;
        });
        assert_refused(&stage.answer(&vp).await, "audience", "invalid_request");
    }
}

#[tokio::test]
async fn a_presentation_that_is_too_old_or_from_the_future_is_refused() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    assert_control(&stage, &served).await;
    let key = served.world.holder_key().unwrap();
    for (claim, shift) in [("iat", -1000), ("iat", 1000), ("nbf", 1000), ("exp", -1000)] {
        let login = stage.login(EMPLOYEE).await;
        let now = stage.now().as_second();
        let vp = signed(&served, &stage, &login.nonce, &key, |_, claims| {
            claims[claim] = json!(now + shift);
        });
        assert_refused(&stage.answer(&vp).await, "freshness", "invalid_request");
    }
}

#[tokio::test]
async fn a_presentation_with_one_good_and_one_bad_signature_is_refused() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let login = stage.login(EMPLOYEE).await;
    let vp = stage.presentation(&served, &login, &good);
    let [header, payload, signature] = vp.split('.').collect::<Vec<_>>()[..] else {
        panic!("compact")
    };
    let general = json!({
        "payload": payload,
        "signatures": [
            { "protected": header, "signature": signature },
            { "protected": header, "signature": base64url::encode(&[0; 64]) },
        ],
    });
    let form = response(&general.to_string(), Some(&login.state)).to_form();
    let answer = stage.post("application/x-www-form-urlencoded", form).await;
    assert_refused(&answer, "presentation-format", "invalid_request");
}

#[tokio::test]
async fn a_presentation_without_a_nonce_of_the_login_is_refused_unjudged_and_costs_no_commit() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let expired = changed(&served, Party::GoodAirSeal, |claims| {
        claims["validUntil"] = json!((made_at() - jiff::SignedDuration::from_hours(24)).to_string());
    });
    let key = served.world.holder_key().unwrap();
    let (login, other) = (stage.login(EMPLOYEE).await, stage.login(EMPLOYEE).await);
    let before = stage.verifier.resources().store.commits();
    for nonce in [&other.nonce, "guessed", ""] {
        let vp = signed(&served, &stage, nonce, &key, |_, claims| {
            claims["aud"] = json!("other");
            claims["vp"]["verifiableCredential"] = json!([expired]);
        });
        let answer = stage
            .post(FORM, response(&vp, Some(&login.state)).to_form())
            .await;
        // Audience and credential would be refused as well, had anybody looked at them.
        assert_refused(&answer, "nonce", "invalid_request");
    }
    let unreadable = stage
        .post(FORM, response("nonsense", Some(&login.state)).to_form())
        .await;
    assert_refused(&unreadable, "presentation-format", "invalid_request");
    assert_eq!(stage.verifier.resources().store.commits(), before);
}
