//! What several subjects demand of an answer, and the holder's presentation with one thing changed.
use crate::stage::{Answer, EMPLOYEE, Served, Stage};
use axum::http::StatusCode;
use procura_credential::CheckName;
use procura_credential::lear::Shape;
use procura_crypto::PrivateKey;
use procura_jose::{Algorithm, jws};
use procura_sandbox::world::DOME_DID;
use serde_json::{Value, json};

pub(crate) fn assert_refused(answer: &Answer, check: &str, error: &str) {
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

pub(crate) async fn assert_control(stage: &Stage, served: &Served) {
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let control = stage.present(served, EMPLOYEE, &good).await;
    assert_eq!(control.status, StatusCode::OK, "the control: {}", control.text);
    stage.verifier.notifier().deliver_due().await.unwrap();
    assert!(!stage.waiting().await, "the control's token is delivered");
}

/// The holder's presentation with header and claims changed, signed by `key`.
pub(crate) fn signed(
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

pub(crate) fn assert_no_such_login(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
    let body = answer.json();
    assert_eq!(
        (&body["error"], &body["code"]),
        (&json!("invalid_request"), &json!("PRO-4022"))
    );
    assert_eq!(body.get("checks"), None);
}

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
