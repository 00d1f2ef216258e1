//! The validation service for other verifiers: a caller's rule of acceptance on good seals and on every class of bad ones.
use crate::stage::{Answer, Override, Served, Stage, world, world_to_change};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use procura_credential::lear::Shape;
use procura_sandbox::world::{Ca, Party};
use procura_verifier::config::{Config, DocumentValidation};
use serde_json::{Value, json};
use std::io::Write as _;

const PATH: &str = "/services/rest/validation/validateSignature";
const TOKEN: &str = "a-token-of-at-least-22-characters";

fn enabled(config: &mut Config) {
    config.document_validation = Some(DocumentValidation {
        listen: procura_service::config::Listen {
            address: "127.0.0.1:0".parse().unwrap(),
            tls: None,
        },
        token_file: None,
        body_bytes: 64 * 1024,
        requests_per_minute: 0,
    });
}

async fn staged(served: &Served) -> Stage {
    let mut stage = Stage::with(served, enabled).await;
    stage.router = stage.verifier.document_validation().unwrap().unwrap();
    stage
}

/// As a verifier calls DSS.
fn request(document: &str) -> Value {
    json!({
        "signedDocument": { "bytes": BASE64_STANDARD.encode(document), "name": "RemoteDocument" },
        "tokenExtractionStrategy": "NONE",
    })
}

async fn send(stage: &Stage, body: impl Into<Body>, token: Option<&str>) -> Answer {
    let mut request = Request::post(PATH).header(header::CONTENT_TYPE, "application/json");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    stage.ask(request.body(body.into()).unwrap()).await
}

async fn ask(stage: &Stage, document: &str) -> Value {
    let answer = send(stage, request(document).to_string(), None).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    answer.json()
}

/// The rule by which callers accept: there are signatures, and all of them are valid.
fn accepted(report: &Value) -> bool {
    let count = |name: &str| report["simpleReport"][name].as_u64().unwrap();
    count("signaturesCount") > 0 && count("signaturesCount") == count("validSignaturesCount")
}

fn conclusion(report: &Value) -> (&str, Option<&str>) {
    let signature = &report["simpleReport"]["signatureOrTimestampOrEvidenceRecord"][0]["signature"];
    (
        signature["indication"].as_str().unwrap_or_default(),
        signature["subIndication"].as_str(),
    )
}

fn sealed_by(served: &Served, stage: &Stage, party: Party) -> String {
    served.world.seal(party, "JWT", b"{}", stage.now()).unwrap()
}

#[tokio::test]
async fn a_good_seal_is_accepted_and_says_whose_it_is() {
    let served = world().await;
    let stage = staged(&served).await;
    let credential = served.world.good_credential(Shape::LearCredential).unwrap();
    let report = ask(&stage, &credential).await;
    assert!(accepted(&report), "{report}");
    assert_eq!(conclusion(&report), ("TOTAL_PASSED", None));
    let simple = &report["simpleReport"];
    assert_eq!(simple["documentName"], "RemoteDocument");
    let signature = &simple["signatureOrTimestampOrEvidenceRecord"][0]["signature"];
    assert!(
        signature["signedBy"].as_str().unwrap().contains("O=GoodAir"),
        "{report}"
    );
    assert!(signature["signingTime"].is_string() && signature["id"].as_str().unwrap().starts_with("S-"));
    // As DSS spells it from its schemas.
    let spelled = &report["SimpleReport"];
    assert_eq!(spelled["ValidSignaturesCount"], 1);
    assert_eq!(
        spelled["signatureOrTimestampOrEvidenceRecord"][0]["Signature"]["Indication"],
        "TOTAL_PASSED"
    );
    for absent in ["detailedReport", "diagnosticData", "validationReport"] {
        assert_eq!(report[absent], Value::Null);
    }
}

#[tokio::test]
async fn every_class_of_bad_seal_is_refused_for_its_own_reason() {
    let served = world().await;
    let stage = staged(&served).await;
    for (party, expected) in [
        (
            Party::SealClone,
            ("INDETERMINATE", Some("NO_CERTIFICATE_CHAIN_FOUND")),
        ),
        (Party::RevokedSeal, ("INDETERMINATE", Some("REVOKED_NO_POE"))),
        (
            Party::WithdrawnServiceSeal,
            ("INDETERMINATE", Some("CHAIN_CONSTRAINTS_FAILURE")),
        ),
        (
            Party::SignaturesServiceSeal,
            ("INDETERMINATE", Some("CHAIN_CONSTRAINTS_FAILURE")),
        ),
        (
            Party::Employee,
            ("INDETERMINATE", Some("CHAIN_CONSTRAINTS_FAILURE")),
        ),
        (
            Party::Website,
            ("INDETERMINATE", Some("CHAIN_CONSTRAINTS_FAILURE")),
        ),
        (
            Party::Stranger,
            ("INDETERMINATE", Some("NO_CERTIFICATE_CHAIN_FOUND")),
        ),
    ] {
        let report = ask(&stage, &sealed_by(&served, &stage, party)).await;
        assert!(!accepted(&report), "{party:?}: {report}");
        assert_eq!(conclusion(&report), expected, "{party:?}: {report}");
    }
    let good = sealed_by(&served, &stage, Party::GoodAirSeal);
    assert!(accepted(&ask(&stage, &good).await));
    let mut parts: Vec<&str> = good.split('.').collect();
    parts[1] = "e30K";
    let report = ask(&stage, &parts.join(".")).await;
    assert!(!accepted(&report));
    assert_eq!(conclusion(&report), ("TOTAL_FAILED", Some("SIG_CRYPTO_FAILURE")));
    // One good signature of two never speaks for both: JSON serialisations are no credentials' seals.
    let general = json!({
        "payload": parts[1],
        "signatures": [{ "protected": parts[0], "signature": parts[2] }],
    });
    let report = ask(&stage, &general.to_string()).await;
    assert!(!accepted(&report));
    assert_eq!(conclusion(&report), ("TOTAL_FAILED", Some("FORMAT_FAILURE")));
}

#[tokio::test]
async fn what_is_no_signature_counts_as_none() {
    let served = world().await;
    let stage = staged(&served).await;
    for document in ["", "hello", "a.b", "%PDF-1.7"] {
        let report = ask(&stage, document).await;
        assert_eq!(report["simpleReport"]["signaturesCount"], 0);
        assert!(!accepted(&report));
    }
}

#[tokio::test]
async fn what_cannot_be_found_out_is_not_valid() {
    let served = world_to_change().await;
    let stage = staged(&served).await;
    served.say(&served.world.origins().crl(Ca::SealsIssuing), Override::Down);
    let report = ask(&stage, &sealed_by(&served, &stage, Party::GoodAirSeal)).await;
    assert!(!accepted(&report), "{report}");
    assert_eq!(conclusion(&report), ("INDETERMINATE", Some("TRY_LATER")));
}

#[tokio::test]
async fn what_the_caller_may_not_decide_is_refused() {
    let served = world().await;
    let stage = staged(&served).await;
    let good = request(&sealed_by(&served, &stage, Party::GoodAirSeal));
    for (member, value) in [
        ("policy", json!({ "bytes": "e30=" })),
        ("originalDocuments", json!([{ "bytes": "e30=" }])),
        ("signatureId", json!("S-1")),
        ("evidenceRecords", json!([{}])),
        ("tokenExtractionStrategy", json!("EXTRACT_ALL")),
    ] {
        let mut body = good.clone();
        body[member] = value;
        let answer = send(&stage, body.to_string(), None).await;
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (StatusCode::BAD_REQUEST, &json!("PRO-4043")),
            "{member}"
        );
        // Null, as callers send what they do not use.
        body[member] = Value::Null;
        assert!(
            accepted(&send(&stage, body.to_string(), None).await.json()),
            "{member}"
        );
    }
    let mut digest = good.clone();
    digest["signedDocument"]["digestAlgorithm"] = json!("SHA256");
    assert_eq!(
        send(&stage, digest.to_string(), None).await.json()["code"],
        "PRO-4043"
    );
}

#[tokio::test]
async fn malformed_and_oversized_requests_are_refused() {
    let served = world().await;
    let stage = staged(&served).await;
    for body in [
        "",
        "{",
        "[]",
        "{}",
        r#"{"signedDocument":null}"#,
        r#"{"signedDocument":{}}"#,
        r#"{"signedDocument":{"bytes":"not base64"}}"#,
        r#"{"signedDocument":{"bytes":"e30="},"signedDocument":{"bytes":"e30="}}"#,
        r#"{"signedDocument":{"bytes":"e30=","path":"/etc/passwd"}}"#,
        r#"{"signedDocument":{"bytes":"e30="},"unknown":1}"#,
    ] {
        let answer = send(&stage, body.to_owned(), None).await;
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (StatusCode::BAD_REQUEST, &json!("PRO-4042")),
            "{body}"
        );
    }
    let answer = send(&stage, request(&"a".repeat(64 * 1024)).to_string(), None).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    let form = Request::post(PATH).body(Body::from("{}")).unwrap();
    let answer = stage.ask(form).await;
    assert_eq!(
        (answer.status, &answer.json()["code"]),
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, &json!("PRO-4041"))
    );
}

#[tokio::test]
async fn a_token_is_asked_for_where_one_is_configured() {
    let served = world().await;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(TOKEN.as_bytes()).unwrap();
    let mut stage = Stage::with(&served, |config| {
        enabled(config);
        let validation = config.document_validation.as_mut().unwrap();
        validation.token_file = Some(file.path().to_owned());
    })
    .await;
    stage.router = stage.verifier.document_validation().unwrap().unwrap();
    let body = request(&sealed_by(&served, &stage, Party::GoodAirSeal)).to_string();
    for token in [None, Some("another-token-of-22-characters")] {
        let answer = send(&stage, body.clone(), token).await;
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (StatusCode::UNAUTHORIZED, &json!("PRO-4040"))
        );
        assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Bearer");
    }
    assert!(accepted(&send(&stage, body, Some(TOKEN)).await.json()));
}

#[tokio::test]
async fn it_is_off_unless_it_is_configured_and_never_on_the_public_listener() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    assert!(stage.verifier.document_validation().unwrap().is_none());
    let stage = Stage::with(&served, enabled).await;
    let body = request(&sealed_by(&served, &stage, Party::GoodAirSeal)).to_string();
    assert_eq!(send(&stage, body, None).await.status, StatusCode::NOT_FOUND);
}
