//! Issuers and verifiers that lie to the wallet.
use procura_credential::lear::Shape;
use procura_protocol::vp::REQUEST_OBJECT_TYP;
use procura_sandbox::world::{DOME_DID, Party};
use procura_tests::{Stage, on_each_database, people::Employee};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// Longer than a registration is believed (`gather.registration_seconds`).
const BELIEVED_SECONDS: i64 = 61;

/// The payload of a compact JWS, sealed anew.
fn resealed(
    stage: &Stage,
    party: Party,
    typ: &'static str,
) -> impl Fn(&str) -> String + Send + Sync + 'static {
    let (world, now) = (stage.world.clone(), stage.now());
    move |compact| {
        let payload = compact.split('.').nth(1).expect("a compact JWS");
        let payload = procura_jose::base64url::decode(payload).expect("base64url");
        world.seal(party, typ, &payload, now).expect("a seal")
    }
}

/// From now on, the issuer's wallets get other credentials than it gave.
fn give(stage: &Stage, change: impl Fn(&str) -> String + Send + Sync + 'static) {
    stage.places.issuer.alter("/credential", move |body| {
        let mut body: Value = serde_json::from_str(body).expect("a credential response");
        let credential = body["credential"].as_str().map(&change);
        body["credential"] = json!(credential);
        body.to_string()
    });
}

async fn assert_credential_refused(stage: &Stage, employee: &Employee, check: &str) {
    let issuance = stage.issue(Shape::EmployeeV3).await;
    let offer = stage.scan_offer(employee, &issuance).await;
    let body = json!({ "user_pin": issuance.pin });
    let path = format!("offers/{offer}/accept");
    let (status, answer) = stage.wallet(employee, Method::POST, &path, Some(&body)).await;
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("PRO-3018")),
        "{answer}"
    );
    let detail = answer["detail"].as_str().expect("a detail");
    assert!(detail.contains(&format!(" {check}: ")), "{detail}");
    assert_eq!(
        detail.matches("PRO-1").count(),
        1,
        "exactly one check refuses: {detail}"
    );
}

async fn a_credential_under_a_self_made_seal_is_not_kept(stage: &mut Stage) {
    let employee = stage.open_account().await;
    give(stage, resealed(stage, Party::SealClone, "vc+jwt"));
    assert_credential_refused(stage, &employee, "certificate-chain").await;
    give(stage, resealed(stage, Party::GoodAirSeal, "vc+jwt"));
    let issuance = stage.issue(Shape::EmployeeV3).await;
    stage.receive(&employee, &issuance).await;
    let (_, held) = stage.wallet(&employee, Method::GET, "credentials", None).await;
    assert_eq!(held.as_array().map(Vec::len), Some(1), "only the control is kept");
}

async fn a_colleagues_credential_is_not_kept(stage: &mut Stage) {
    let (john, colleague) = (stage.open_account().await, stage.open_account().await);
    let given = Arc::new(Mutex::new(String::new()));
    let seen = Arc::clone(&given);
    give(stage, move |credential| {
        credential.clone_into(&mut seen.lock().expect("no poison"));
        credential.to_owned()
    });
    let issuance = stage.issue(Shape::EmployeeV3).await;
    stage.receive(&john, &issuance).await;
    give(stage, move |_| given.lock().expect("no poison").clone());
    assert_credential_refused(stage, &colleague, "holder-binding").await;
}

async fn assert_request_refused(stage: &Stage, employee: &Employee, code: &str) -> String {
    let login = stage.begin_login(stage.portal("office")).await;
    let request = stage.scan_request(employee, &login).await;
    let path = format!("requests/{request}/confirm");
    let (status, answer) = stage.wallet(employee, Method::POST, &path, None).await;
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!(code)),
        "{answer}"
    );
    // What was refused is over, and cannot be answered either.
    let path = format!("requests/{request}/present");
    let (status, _) = stage
        .wallet(
            employee,
            Method::POST,
            &path,
            Some(&json!({ "credential_id": "x" })),
        )
        .await;
    assert_eq!(status, StatusCode::CONFLICT);
    answer["detail"].as_str().unwrap_or_default().to_owned()
}

async fn a_request_in_anothers_name_is_not_shown(stage: &mut Stage) {
    let employee = stage.open_account().await;
    let requests = "/authorization-requests";
    for (party, check) in [
        (Party::BadAirSeal, "issuer-binding"),
        (Party::SealClone, "certificate-chain"),
    ] {
        stage
            .places
            .verifier
            .alter(requests, resealed(stage, party, REQUEST_OBJECT_TYP));
        let detail = assert_request_refused(stage, &employee, "PRO-3021").await;
        assert!(detail.contains(&format!(" {check}: ")), "{detail}");
        assert_eq!(
            detail.matches("PRO-1").count(),
            1,
            "exactly one check refuses: {detail}"
        );
    }
    stage
        .places
        .verifier
        .alter(requests, resealed(stage, Party::DomeSeal, REQUEST_OBJECT_TYP));
    let login = stage.begin_login(stage.portal("office")).await;
    stage.confirm(&employee, &login).await;
}

async fn a_relying_party_that_was_suspended_is_not_shown(stage: &mut Stage) {
    let employee = stage.open_account().await;
    let login = stage.begin_login(stage.portal("office")).await;
    stage.confirm(&employee, &login).await;
    stage.change_registry(|registry| {
        for participant in &mut registry.participants {
            participant.active = participant.active && participant.did != DOME_DID;
        }
    });
    stage.clock.advance(BELIEVED_SECONDS);
    let detail = assert_request_refused(stage, &employee, "PRO-3023").await;
    assert!(detail.contains("no longer an active participant"), "{detail}");
}

on_each_database!(
    a_credential_under_a_self_made_seal_is_not_kept,
    a_colleagues_credential_is_not_kept,
    a_request_in_anothers_name_is_not_shown,
    a_relying_party_that_was_suspended_is_not_shown,
);
