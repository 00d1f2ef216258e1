//! Each attack changes exactly one thing of the control, and is refused by exactly the check that it breaks.
use crate::stage::{
    Answer, EMPLOYEE, Gate, LEAR, Override, Served, Stage, changed, made_at, payload, response, world,
    world_to_change,
};
use axum::http::StatusCode;
use procura_credential::{CheckName, lear::Shape};
use procura_crypto::{Curve, KeyKind, PrivateKey};
use procura_jose::{Algorithm, base64url, jws};
use procura_protocol::vp::PresentationSubmission;
use procura_sandbox::world::{Ca, DOME_DID, ListFile, Lists, Party, REVOKED_INDEX, Sample};
use procura_verifier::resources::MAXIMUM_UNCOUNTED;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn assert_refused(answer: &Answer, check: &str, error: &str) {
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{check}: {}", answer.text);
    assert_eq!(answer.checks(), [check], "{}", answer.text);
    let body = answer.json();
    assert_eq!(
        (&body["error"], &body["code"]),
        (&json!(error), &json!("PRO-4023")),
        "{check}"
    );
    let name = CheckName::ALL.iter().find(|name| name.as_str() == check);
    assert_eq!(body["checks"][0]["code"], name.unwrap().code(), "{check}");
}

async fn assert_control(stage: &Stage, served: &Served) {
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let control = stage.present(served, EMPLOYEE, &good).await;
    assert_eq!(control.status, StatusCode::OK, "the control: {}", control.text);
    stage.verifier.notifier().deliver_due().await.unwrap();
    assert!(!stage.waiting().await, "the control's token is delivered");
}

/// The holder's presentation with header and claims changed, signed by `key`.
fn signed(
    served: &Served,
    stage: &Stage,
    nonce: &str,
    key: &PrivateKey,
    change: impl FnOnce(&mut serde_json::Map<String, Value>, &mut Value),
) -> String {
    let credential = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let holder = served.world.holder().unwrap();
    let (mut header, mut claims) = procura_credential::presentation::build(
        &holder,
        &credential,
        nonce,
        DOME_DID,
        "urn:uuid:1",
        stage.now(),
    );
    change(&mut header, &mut claims);
    jws::sign(key, Algorithm::Es256, header, claims.to_string().as_bytes()).unwrap()
}

#[tokio::test]
async fn every_villain_is_refused_for_its_own_reason() {
    let served = world_to_change().await;
    let villains = served.world.villains().unwrap();
    assert_eq!(villains.len(), 10);
    for villain in villains {
        let file = match villain.lists {
            Lists::Current | Lists::RolledBack => ListFile::German,
            Lists::ByStranger => ListFile::GermanByStranger,
            Lists::OlderOnly => ListFile::GermanRolledBack,
        };
        let german_list = served.world.origins().german_list();
        served.say(
            &german_list,
            Override::Bytes(served.world.list(file).unwrap().to_vec()),
        );
        let mut stage = Stage::new(&served).await;
        if villain.lists == Lists::RolledBack {
            let older = served.world.list(ListFile::GermanRolledBack).unwrap().to_vec();
            served.say(&german_list, Override::Bytes(older));
            stage.clock.advance(7 * 3600);
            stage.verifier.refresh_lists().await.unwrap();
        }
        let shape_scope = if villain.name == "associated-employee" {
            LEAR
        } else {
            EMPLOYEE
        };
        let answer = stage.present(&served, shape_scope, &villain.credential).await;
        assert_refused(&answer, villain.expected.as_str(), "access_denied");
        if villain.lists != Lists::ByStranger {
            assert_control(&stage, &served).await;
        }
    }
}

#[tokio::test]
async fn an_issuer_that_is_not_the_seal_is_refused() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    assert_control(&stage, &served).await;
    let credential = changed(&served, Party::GoodAirSeal, |claims| {
        let other = "did:elsi:VATES-87654321";
        claims["iss"] = json!(other);
        if claims["issuer"].is_object() {
            claims["issuer"]["id"] = json!(other);
            claims["issuer"]["organizationIdentifier"] = json!("VATES-87654321");
        } else {
            claims["issuer"] = json!(other);
        }
    });
    let answer = stage.present(&served, EMPLOYEE, &credential).await;
    assert_refused(&answer, "issuer-binding", "access_denied");
}

#[tokio::test]
async fn a_foreign_mandator_is_refused_unless_the_issuer_may_issue_for_others() {
    let served = world().await;
    let foreign = changed(&served, Party::GoodAirSeal, |claims| {
        let mandator = claims.pointer_mut("/credentialSubject/mandate/mandator").unwrap();
        mandator["organizationIdentifier"] = json!("VATFR-99999999");
        mandator["id"] = json!("did:elsi:VATFR-99999999");
    });
    let stage = Stage::new(&served).await;
    assert_control(&stage, &served).await;
    assert_refused(
        &stage.present(&served, EMPLOYEE, &foreign).await,
        "mandator",
        "access_denied",
    );
    let for_others = Stage::with(&served, |config| {
        config.issues_for_others = ["VATES-12345678".to_owned().try_into().unwrap()].into();
    })
    .await;
    let answer = for_others.present(&served, EMPLOYEE, &foreign).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
}

#[tokio::test]
async fn a_representatives_policy_that_is_not_configured_is_refused() {
    let served = world().await;
    let credential = served.world.good_credential(Shape::LearCredential).unwrap();
    let stage = Stage::new(&served).await;
    let control = stage.present(&served, LEAR, &credential).await;
    assert_eq!(control.status, StatusCode::OK, "{}", control.text);
    let without = Stage::with(&served, |config| config.representative_policies = BTreeSet::new()).await;
    let answer = without.present(&served, LEAR, &credential).await;
    assert_refused(&answer, "representation", "access_denied");
}

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

fn assert_no_such_login(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
    let body = answer.json();
    assert_eq!(
        (&body["error"], &body["code"]),
        (&json!("invalid_request"), &json!("PRO-4022"))
    );
    assert_eq!(body.get("checks"), None);
}

#[tokio::test]
async fn an_unknown_state_or_nonce_a_replay_and_an_expired_login_are_one_answer() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let form = "application/x-www-form-urlencoded";

    let login = stage.login(EMPLOYEE).await;
    let vp = stage.presentation(&served, &login, &good);
    let unknown_state = stage
        .post(form, response(&vp, Some("AAAAAAAAAAAAAAAAAAAAAA")).to_form())
        .await;
    let unknown_nonce = {
        let key = served.world.holder_key().unwrap();
        stage
            .answer(&signed(
                &served,
                &stage,
                "AAAAAAAAAAAAAAAAAAAAAA",
                &key,
                |_, _| {},
            ))
            .await
    };
    assert_eq!(stage.answer(&vp).await.status, StatusCode::OK, "the control");
    let replay = stage.answer(&vp).await;

    let late = stage.login(EMPLOYEE).await;
    stage.clock.advance(300);
    let expired = stage.answer(&stage.presentation(&served, &late, &good)).await;

    let never_fetched = "a-state-of-at-least-22-characters";
    stage.begin(never_fetched, EMPLOYEE).await;
    let unasked = stage
        .post(form, response(&vp, Some(never_fetched)).to_form())
        .await;

    for answer in [&unknown_state, &unknown_nonce, &replay, &expired, &unasked] {
        assert_no_such_login(answer);
        assert_eq!(answer.text, unknown_state.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_parallel_answers_exactly_one_makes_a_token() {
    let served = world().await;
    let stage = std::sync::Arc::new(Stage::new(&served).await);
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let login = stage.login(EMPLOYEE).await;
    let vp = stage.presentation(&served, &login, &good);
    let answers: Vec<_> = (0..100)
        .map(|_| {
            let (stage, vp) = (stage.clone(), vp.clone());
            let form = response(&vp, None).to_form();
            tokio::spawn(async move {
                stage
                    .post_beside_others("application/x-www-form-urlencoded", form)
                    .await
            })
        })
        .collect();
    let mut accepted = 0;
    for answer in answers {
        let answer = answer.await.unwrap();
        if answer.status == StatusCode::OK {
            accepted += 1;
        } else {
            assert_no_such_login(&answer);
        }
    }
    assert_eq!(accepted, 1);
    stage.verifier.notifier().deliver_due().await.unwrap();
    assert_eq!(stage.portal.heard.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_credential_that_is_not_yet_valid_or_has_expired_is_refused() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    assert_control(&stage, &served).await;
    let hour = |hours: i64| made_at() + jiff::SignedDuration::from_hours(hours);
    for (member, claim, at) in [("validFrom", "nbf", hour(24)), ("validUntil", "exp", hour(-24))] {
        let credential = changed(&served, Party::GoodAirSeal, |claims| {
            claims[member] = json!(at.to_string());
            if claims.get(claim).is_some() {
                claims[claim] = json!(at.as_second());
            }
        });
        assert_refused(
            &stage.present(&served, EMPLOYEE, &credential).await,
            "validity",
            "access_denied",
        );
    }
}

#[tokio::test]
async fn a_revoked_credential_is_refused() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    assert_control(&stage, &served).await;
    let sample = Sample {
        party: Party::GoodAirSeal,
        shape: Shape::EmployeeV3,
        at: made_at(),
        status_index: REVOKED_INDEX,
    };
    let credential = served.world.credential(sample).unwrap();
    assert_refused(
        &stage.present(&served, EMPLOYEE, &credential).await,
        "status",
        "access_denied",
    );
}

#[tokio::test]
async fn a_status_list_that_cannot_be_had_is_unknown_and_refused() {
    let served = world_to_change().await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    assert_control(&Stage::new(&served).await, &served).await;
    let stage = Stage::new(&served).await;
    served.say(&served.world.origins().status_list(), Override::Down);
    let answer = stage.present(&served, EMPLOYEE, &good).await;
    assert_refused(&answer, "status", "access_denied");
    assert_eq!(answer.json()["checks"][0]["outcome"], "unknown");
}

#[tokio::test]
async fn a_crl_that_cannot_be_had_is_unknown_and_refused() {
    let served = world_to_change().await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    assert_control(&Stage::new(&served).await, &served).await;
    let stage = Stage::new(&served).await;
    for ca in Ca::ALL {
        served.say(&served.world.origins().crl(ca), Override::Down);
    }
    let answer = stage.present(&served, EMPLOYEE, &good).await;
    assert_refused(&answer, "revocation", "access_denied");
    assert_eq!(answer.json()["checks"][0]["outcome"], "unknown");
}

#[tokio::test]
async fn a_registry_that_cannot_be_had_is_unknown_and_one_that_says_no_refuses() {
    let served = world_to_change().await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let did = procura_sandbox::world::GOODAIR_DID;
    let base = served
        .world
        .origins()
        .ecosystem
        .as_str()
        .trim_end_matches('/')
        .to_owned();
    assert_control(&Stage::new(&served).await, &served).await;
    for (path, check) in [
        (format!("/api/did/v1/identifiers/{did}"), "participant"),
        (format!("/v4/issuers/{did}"), "issuer-allowed"),
    ] {
        let stage = Stage::new(&served).await;
        let url = format!("{base}{path}");
        served.say(&url, Override::Down);
        let answer = stage.present(&served, EMPLOYEE, &good).await;
        assert_refused(&answer, check, "access_denied");
        assert_eq!(answer.json()["checks"][0]["outcome"], "unknown");
        let no = if check == "participant" {
            json!({ "@context": ["https://www.w3.org/ns/did/v1"], "id": did, "active": false })
        } else {
            json!({ "did": did, "attributes": [] })
        };
        served.say(&url, Override::Bytes(no.to_string().into_bytes()));
        let stage = Stage::new(&served).await;
        let answer = stage.present(&served, EMPLOYEE, &good).await;
        assert_refused(&answer, check, "access_denied");
        assert_eq!(answer.json()["checks"][0]["outcome"], "failed");
        served.forget(&url);
    }
}

#[tokio::test]
async fn a_type_that_was_not_asked_for_is_refused() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    assert_control(&stage, &served).await;
    let employee = served.world.good_credential(Shape::EmployeeV3).unwrap();
    assert_refused(
        &stage.present(&served, LEAR, &employee).await,
        "credential-type",
        "access_denied",
    );
}

#[tokio::test]
async fn a_credential_with_one_good_and_one_bad_signature_is_refused() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    assert_control(&stage, &served).await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let [header, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else {
        panic!("compact")
    };
    let mut broken = base64url::decode(signature).unwrap();
    broken[0] ^= 1;
    let general = json!({
        "payload": payload,
        "signatures": [
            { "protected": header, "signature": signature },
            { "protected": header, "signature": base64url::encode(&broken) },
        ],
    });
    let key = served.world.holder_key().unwrap();
    for (credential, check, error) in [
        (general.clone(), "presentation-format", "invalid_request"),
        (json!(general.to_string()), "format", "access_denied"),
    ] {
        let login = stage.login(EMPLOYEE).await;
        let vp = signed(&served, &stage, &login.nonce, &key, |_, claims| {
            claims["vp"]["verifiableCredential"] = json!([credential]);
        });
        assert_refused(&stage.answer(&vp).await, check, error);
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
async fn a_login_is_over_after_five_refused_answers() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let login = stage.login(EMPLOYEE).await;
    let key = served.world.holder_key().unwrap();
    for _ in 0..5 {
        let vp = signed(&served, &stage, &login.nonce, &key, |_, claims| {
            claims["aud"] = json!("other");
        });
        assert_refused(&stage.answer(&vp).await, "audience", "invalid_request");
    }
    assert_no_such_login(&stage.answer(&stage.presentation(&served, &login, &good)).await);
}

#[tokio::test]
async fn a_wallet_that_declines_ends_the_login_and_its_words_stay_here() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let state = "a-state-of-at-least-22-characters";
    let cookie = stage.begin(state, EMPLOYEE).await;
    let login = stage.fetch(state).await;
    let answer = stage
        .post(
            "application/x-www-form-urlencoded",
            format!(
                "error=%3Cb%3Ewallet_unavailable&state={state}&nonce={}",
                login.nonce
            ),
        )
        .await;
    assert_eq!(
        (answer.status, answer.json()),
        (StatusCode::OK, json!({ "accepted": false }))
    );
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    assert_no_such_login(&stage.answer(&stage.presentation(&served, &login, &good)).await);
    let page = stage
        .get(&format!("/login/status?state={state}"), Some(&cookie))
        .await;
    assert!(
        page.text.contains("You did not share") && page.text.contains("error=access_denied"),
        "{}",
        page.text
    );
    assert!(!page.text.contains("wallet_unavailable"));
    let guess = stage
        .post(
            "application/x-www-form-urlencoded",
            "error=x&state=unknown&nonce=unknown".to_owned(),
        )
        .await;
    assert_no_such_login(&guess);
}

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn who_knows_only_the_state_cannot_end_a_login_by_an_error() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let (login, other) = (stage.login(EMPLOYEE).await, stage.login(EMPLOYEE).await);
    let state = &login.state;
    let before = stage.verifier.resources().store.commits();

    // The standard's own error response, to which nobody can object.
    let noted = stage
        .post(FORM, format!("error=access_denied&state={state}"))
        .await;
    assert_eq!(
        (noted.status, noted.json()),
        (StatusCode::OK, json!({ "accepted": false }))
    );
    let nobodys = stage.post(FORM, "error=access_denied".to_owned()).await;
    assert_eq!(
        (nobodys.status, &nobodys.json()["code"]),
        (StatusCode::BAD_REQUEST, &json!("PRO-4020"))
    );
    assert_no_such_login(
        &stage
            .post(FORM, "error=access_denied&state=unknown".to_owned())
            .await,
    );
    for guessed in ["guessed", &other.nonce, state, "..", &format!("{state}.a.b")] {
        let body = format!("error=x&state={state}&nonce={guessed}");
        assert_no_such_login(&stage.post(FORM, body).await);
    }
    assert_eq!(stage.verifier.resources().store.commits(), before);
    let answer = stage.answer(&stage.presentation(&served, &login, &good)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
}

#[tokio::test]
async fn a_login_is_declined_by_its_nonce_alone() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let login = stage.login(EMPLOYEE).await;
    let answer = stage.post(FORM, format!("error=x&nonce={}", login.nonce)).await;
    assert_eq!(answer.json(), json!({ "accepted": false }));
    assert_no_such_login(&stage.answer(&stage.presentation(&served, &login, &good)).await);
}

#[tokio::test]
async fn fifty_bad_answers_by_state_alone_leave_the_login_to_the_wallet() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let (login, other) = (stage.login(EMPLOYEE).await, stage.login(EMPLOYEE).await);
    let elsewhere = stage.presentation(&served, &other, &good);
    for attempt in 0..50 {
        let vp = match attempt % 3 {
            0 => "nonsense".to_owned(),
            1 => format!("{elsewhere}x"),
            _ => elsewhere.clone(),
        };
        let form = response(&vp, Some(&login.state)).to_form();
        let answer = stage.post(FORM, form).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
        assert_eq!(answer.json()["code"], "PRO-4023", "{}", answer.text);
    }
    let answer = stage.answer(&stage.presentation(&served, &login, &good)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
}

#[tokio::test]
async fn who_fetches_the_request_after_the_wallet_cannot_end_its_login() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let key = served.world.holder_key().unwrap();
    let login = stage.login(EMPLOYEE).await;
    let onlooker = stage.fetch(&login.state).await;
    let declined = stage
        .post(
            FORM,
            format!("error=x&state={}&nonce={}", login.state, onlooker.nonce),
        )
        .await;
    assert_eq!(declined.json(), json!({ "accepted": false }));
    for _ in 0..50 {
        let vp = signed(&served, &stage, &onlooker.nonce, &key, |_, claims| {
            claims["aud"] = json!("other");
        });
        assert_refused(&stage.answer(&vp).await, "audience", "invalid_request");
    }
    let answer = stage.answer(&stage.presentation(&served, &login, &good)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
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

#[tokio::test]
async fn judgements_that_count_against_no_login_are_bounded_and_those_that_count_do_not_wait_for_them() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let login = stage.login(EMPLOYEE).await;
    let again = stage.fetch(&login.state).await;
    let uncounted = stage.verifier.resources().uncounted.0.clone();
    let all = u32::try_from(MAXIMUM_UNCOUNTED).unwrap();
    let others = uncounted.clone().acquire_many_owned(all).await.unwrap();

    let full = stage.answer(&stage.presentation(&served, &again, &good)).await;
    assert_eq!(
        (full.status, &full.json()["code"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!("PRO-4024"))
    );
    let first = stage.answer(&stage.presentation(&served, &login, &good)).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.text);
    drop(others);

    let login = stage.login(EMPLOYEE).await;
    let again = stage.fetch(&login.state).await;
    let repeated = stage.answer(&stage.presentation(&served, &again, &good)).await;
    assert_eq!(repeated.status, StatusCode::OK, "{}", repeated.text);
    assert_eq!(uncounted.available_permits(), MAXIMUM_UNCOUNTED, "given back");
}

/// While a judgement runs, its room is taken: a semaphore that nobody holds would bound nothing.
#[tokio::test]
async fn a_judgement_that_counts_against_no_login_takes_its_room_until_it_ends() {
    let served = world_to_change().await;
    let stage = Stage::new(&served).await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let login = stage.login(EMPLOYEE).await;
    let again = stage.fetch(&login.state).await;
    let gate = Gate::default();
    served.say(
        &served.world.origins().status_list(),
        Override::Held(gate.clone()),
    );
    let uncounted = stage.verifier.resources().uncounted.0.clone();
    let vp = stage.presentation(&served, &again, &good);
    let (answer, ()) = tokio::join!(
        stage.post_beside_others(FORM, response(&vp, None).to_form()),
        async {
            gate.reached().await;
            assert_eq!(uncounted.available_permits(), MAXIMUM_UNCOUNTED - 1);
            gate.open();
        }
    );
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(uncounted.available_permits(), MAXIMUM_UNCOUNTED);
}

/// The map of one credential, changed.
fn submission(scope: &str, change: impl FnOnce(&mut Value)) -> Value {
    let written = PresentationSubmission::of_one_credential("submission", scope);
    let mut submission = serde_json::to_value(written).unwrap();
    change(&mut submission);
    submission
}

#[tokio::test]
async fn a_submission_that_is_not_of_the_request_or_points_elsewhere_is_refused_for_that() {
    type Change = fn(&mut Value);
    let served = world().await;
    let stage = Stage::new(&served).await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let login = stage.login(EMPLOYEE).await;
    let vp = stage.presentation(&served, &login, &good);
    let post = async |submission: &Value| {
        let body = json!({ "vp_token": vp, "presentation_submission": submission });
        stage.post("application/json", body.to_string()).await
    };
    let before = stage.verifier.resources().store.commits();
    let attacks: [(&str, Change); 12] = [
        ("definition_id", |s| s["definition_id"] = json!(LEAR)),
        ("definition_id", |s| {
            s["definition_id"] = json!("OnboardingPresentationDefinition");
        }),
        ("definition_id", |s| s["definition_id"] = json!("")),
        ("exactly one entry", |s| s["descriptor_map"] = json!([])),
        ("exactly one entry", |s| {
            let twice = json!([s["descriptor_map"][0], s["descriptor_map"][0]]);
            s["descriptor_map"] = twice;
        }),
        ("no id", |s| s["descriptor_map"][0]["id"] = json!("")),
        ("another path", |s| s["descriptor_map"][0]["path"] = json!("$[0]")),
        ("format", |s| s["descriptor_map"][0]["format"] = json!("ldp_vp")),
        ("format", |s| {
            s["descriptor_map"][0]["path_nested"]["format"] = json!("mso_mdoc");
        }),
        ("path_nested", |s| {
            s["descriptor_map"][0]["path_nested"] = Value::Null;
        }),
        ("does not point", |s| {
            s["descriptor_map"][0]["path_nested"]["path"] = json!("$.vp.verifiableCredential[1]");
        }),
        ("does not point", |s| {
            s["descriptor_map"][0]["path_nested"]["path"] = json!("$.vp.holder");
        }),
    ];
    for (rule, attack) in attacks {
        let answer = post(&submission(EMPLOYEE, attack)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{rule}: {}", answer.text);
        let body = answer.json();
        let error = if rule == "format" {
            "vp_formats_not_supported"
        } else {
            "invalid_request"
        };
        assert_eq!(
            (&body["error"], &body["code"]),
            (&json!(error), &json!("PRO-4020")),
            "{rule}"
        );
        let described = body["error_description"].as_str().unwrap();
        assert!(
            described.starts_with("presentation_submission: ") && described.contains(rule),
            "{rule}: {described}"
        );
    }
    assert_eq!(stage.verifier.resources().store.commits(), before);
    let control = post(&submission(EMPLOYEE, |_| {})).await;
    assert_eq!(control.status, StatusCode::OK, "the control: {}", control.text);
}

#[tokio::test]
async fn a_submission_as_deployed_wallets_and_the_document_write_it_is_accepted() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let employee = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let lear = served.world.good_credential(Shape::LearCredential).unwrap();
    for (scope, credential, definition) in [
        (EMPLOYEE, &employee, "CustomerPresentationDefinition"),
        (LEAR, &lear, "CustomerPresentationDefinition"),
        (LEAR, &lear, "OnboardingPresentationDefinition"),
        (LEAR, &lear, LEAR),
    ] {
        let login = stage.login(scope).await;
        let map = json!({
            "id": "CustomerPresentationSubmission",
            "definition_id": definition,
            "descriptor_map": [{
                "id": "id_credential",
                "format": "jwt_vp",
                "path": "$",
                "path_nested": { "id": "urn:uuid:1", "format": "jwt_vc", "path": "$.verifiableCredential[0]" },
            }],
        });
        let vp = stage.presentation(&served, &login, credential);
        let body = json!({ "vp_token": vp, "presentation_submission": map });
        let answer = stage.post("application/json", body.to_string()).await;
        assert_eq!(answer.status, StatusCode::OK, "{definition}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_body_that_is_no_answer_is_refused_by_name_and_costs_no_commit() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let commits = stage.verifier.resources().store.commits();
    let form = "application/x-www-form-urlencoded";
    let deep = format!("{{\"vp_token\":{}1{}}}", "[".repeat(100), "]".repeat(100));
    for (media_type, body, status, code) in [
        (form, String::new(), 400, "PRO-4020"),
        (form, "vp_token=a&vp_token=b".to_owned(), 400, "PRO-4020"),
        (form, "vp_token=a".to_owned(), 400, "PRO-4020"),
        (
            "application/json",
            "{\"vp_token\":\"a\",\"vp_token\":\"b\"}".to_owned(),
            400,
            "PRO-4020",
        ),
        ("application/json", deep, 400, "PRO-4020"),
        ("application/json", "[]".to_owned(), 400, "PRO-4020"),
        ("text/plain", "vp_token=a".to_owned(), 415, "PRO-4021"),
    ] {
        let answer = stage.post(media_type, body.clone()).await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.text);
        let json = answer.json();
        assert_eq!(
            (&json["error"], &json["code"]),
            (&json!("invalid_request"), &json!(code)),
            "{body}"
        );
    }
    let large = stage
        .post(form, format!("vp_token={}", "a".repeat(300 * 1024)))
        .await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(stage.verifier.resources().store.commits(), commits);
}

#[tokio::test]
async fn a_request_is_not_handed_out_for_an_unknown_state_or_after_its_life() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let path = |state: &str| format!("/authorization-requests?state={state}");
    let unknown = stage.get(&path("AAAAAAAAAAAAAAAAAAAAAA"), None).await;
    assert_eq!(
        (unknown.status, &unknown.json()["code"]),
        (StatusCode::NOT_FOUND, &json!("PRO-4010"))
    );
    assert_eq!(
        stage.get("/authorization-requests", None).await.status,
        StatusCode::NOT_FOUND
    );

    let login = stage.login(EMPLOYEE).await;
    stage.clock.advance(60);
    let late = stage.get(&path(&login.state), None).await;
    assert_eq!(
        (late.status, &late.json()["code"]),
        (StatusCode::GONE, &json!("PRO-4011"))
    );

    let never = "a-state-of-at-least-22-characters";
    stage.begin(never, EMPLOYEE).await;
    stage.clock.advance(300);
    assert_eq!(stage.get(&path(never), None).await.status, StatusCode::GONE);

    let spent = stage.login(EMPLOYEE).await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    stage.answer(&stage.presentation(&served, &spent, &good)).await;
    assert_eq!(
        stage.get(&path(&spent.state), None).await.status,
        StatusCode::GONE
    );
}

#[tokio::test]
async fn a_verdict_is_kept_sealed() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let login = stage.login(EMPLOYEE).await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    stage.answer(&stage.presentation(&served, &login, &good)).await;
    let resources = stage.verifier.resources();
    let row = resources
        .store
        .read(login.state.clone(), |tx, state| {
            Box::pin(procura_store::verifier::by_state(tx, state))
        })
        .await
        .unwrap()
        .unwrap();
    let sealed = resources
        .store
        .read(row.id.clone(), |tx, id| {
            Box::pin(procura_store::verifier::verdict(tx, id))
        })
        .await
        .unwrap()
        .unwrap();
    let opened = resources
        .vault
        .0
        .open_value(&format!("verifier/verdict/{}", row.id), &sealed)
        .unwrap();
    let verdict: Value = serde_json::from_slice(&opened).unwrap();
    assert!(verdict["checks"].as_array().unwrap().len() > 15);
    assert!(
        !verdict["lists"].as_array().unwrap().is_empty(),
        "the lists that were used are named"
    );
    let holder = served.world.holder().unwrap();
    for text in [sealed.as_slice(), &payload("a.YWJj.c")] {
        assert!(!String::from_utf8_lossy(text).contains(holder.as_str()));
    }
}
