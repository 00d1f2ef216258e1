//! Each attack changes exactly one thing of the credential or of what vouches for it, and is refused by exactly the check
//! that it breaks.
use crate::assertions::{assert_control, assert_refused, signed};
use crate::stage::{EMPLOYEE, LEAR, Override, Stage, changed, made_at, world, world_to_change};
use axum::http::StatusCode;
use procura_credential::lear::Shape;
use procura_jose::base64url;
use procura_sandbox::world::{Ca, ListFile, Lists, Party, REVOKED_INDEX, Sample};
use serde_json::json;
use std::collections::BTreeSet;

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
