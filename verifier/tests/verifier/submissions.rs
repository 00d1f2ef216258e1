//! What a wallet says of its answer is held to the request and to the answer.
use crate::stage::{EMPLOYEE, LEAR, Stage, world};
use axum::http::StatusCode;
use procura_credential::lear::Shape;
use procura_protocol::vp::PresentationSubmission;
use serde_json::{Value, json};

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
