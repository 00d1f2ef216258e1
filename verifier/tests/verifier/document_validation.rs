//! The validation service for other verifiers: a caller's rule of acceptance on good seals and on every class of bad ones.
use crate::stage::{Answer, Gate, Override, Served, Stage, world, world_to_change};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use procura_ades::tsp;
use procura_credential::lear::Shape;
use procura_crypto::Digest;
use procura_jades::{
    Augmented, Objects,
    augment::{Purpose, ValidationData},
};
use procura_pki::{Crl, RevocationData};
use procura_sandbox::{
    time_stamping::{SerialNumbers, TimeStampingAuthority},
    world::{Ca, Party},
};
use procura_service::{
    Clock, GuardedClient, Listener, Shutdown, SystemRng,
    guarded::{self, GuardedConfig},
    serve,
};
use procura_verifier::config::{Config, DocumentValidation, HeaderProfile};
use serde_json::{Value, json};
use std::{io::Write as _, sync::Arc, time::Duration};

const PATH: &str = "/services/rest/validation/validateSignature";
const TOKEN: &str = "a-token-of-at-least-22-characters";

fn enabled(config: &mut Config) {
    let text = "body_bytes = 65536\nrequests_per_minute = 0\n[listen]\naddress = \"127.0.0.1:0\"";
    config.document_validation = Some(toml(text));
}

/// `[document_validation]` as it is written.
fn toml(text: &str) -> DocumentValidation {
    procura_service::config::parse(
        "document_validation",
        text,
        "PROCURA_NOTHING_",
        std::iter::empty(),
    )
    .unwrap()
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
        r#"{"signedDocument":{"bytes":"e30="},"originalDocuments":{}}"#,
        r#"{"signedDocument":{"bytes":"e30="},"originalDocuments":[1]}"#,
        r#"{"signedDocument":{"bytes":"e30="},"originalDocuments":[{"bytes":"e30="},{"bytes":"e30="}]}"#,
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

/// What the demo world's time-stamping authority says now.
struct At(Timestamp);
impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }
}

fn time_stamp(served: &Served, at: Timestamp, data: &[u8]) -> Vec<u8> {
    let serials = SerialNumbers::in_memory(&mut SystemRng);
    let authority = TimeStampingAuthority::of(&served.world, serials, Arc::new(At(at))).unwrap();
    let request = tsp::Request::new(Digest::Sha256, Digest::Sha256.of(data), &mut SystemRng);
    let response = authority.answer(&request.to_der().unwrap());
    response.accept(&request).unwrap().der().to_vec()
}

fn crl(served: &Served, ca: Ca) -> RevocationData {
    Crl::from_der(served.world.crl(ca).unwrap()).unwrap().into()
}

/// GoodAir's seal in flattened JSON, at B-B, B-T, B-LT and B-LTA.
fn levels(served: &Served, stage: &Stage) -> [String; 4] {
    let sealed = sealed_by(served, stage, Party::GoodAirSeal);
    let mut document = Augmented::read(sealed.as_bytes(), Objects::default()).unwrap();
    let at = stage.now();
    let b_b = document.to_json();
    let token = time_stamp(served, at, &document.signature_imprint(0).unwrap());
    document.add_signature_time_stamp(0, &token).unwrap();
    let b_t = document.to_json();
    for (purpose, issuers) in [
        (Purpose::Signature, &[Ca::SealsIssuing, Ca::Seals][..]),
        (Purpose::TimeStamps, &[Ca::TimeStamps]),
    ] {
        let revocation: Vec<_> = issuers.iter().map(|ca| crl(served, *ca)).collect();
        let data = ValidationData {
            certificates: &[],
            revocation: &revocation,
        };
        document.add_validation_data(0, purpose, &data).unwrap();
    }
    let b_lt = document.to_json();
    let token = time_stamp(served, at, &document.archive_imprint(0).unwrap());
    document.add_archive_time_stamp(0, &token).unwrap();
    [b_b, b_t, b_lt, document.to_json()]
}

fn pem(served: &Served, ca: Ca) -> tempfile::NamedTempFile {
    let body = BASE64_STANDARD.encode(served.world.authority(ca).unwrap());
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(
        file,
        "-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----"
    )
    .unwrap();
    file
}

/// A stage that trusts these for seals, and the second for time-stamps.
async fn trusting(
    served: &Served,
    seals: &tempfile::NamedTempFile,
    stamps: &tempfile::NamedTempFile,
) -> Stage {
    let mut stage = Stage::with(served, |config| {
        enabled(config);
        let validation = config.document_validation.as_mut().unwrap();
        validation.anchors_file = Some(seals.path().to_owned());
        validation.time_stamp_anchors_file = Some(stamps.path().to_owned());
    })
    .await;
    stage.router = stage.verifier.document_validation().unwrap().unwrap();
    stage
}

#[tokio::test]
async fn json_forms_of_every_level_are_validated_by_configured_anchors_and_what_they_bring() {
    let served = world().await;
    let (seals, stamps) = (pem(&served, Ca::Seals), pem(&served, Ca::TimeStamps));
    let stage = trusting(&served, &seals, &stamps).await;
    let passed = ("TOTAL_PASSED", None);
    // Nothing is fetched: without revocation data inside, nobody knows.
    let open = ("INDETERMINATE", Some("TRY_LATER"));
    for (document, format, expected, time_stamps) in [
        ("JAdES-BASELINE-B", open, 0),
        ("JAdES-BASELINE-T", open, 1),
        ("JAdES-BASELINE-LT", passed, 1),
        ("JAdES-BASELINE-LTA", passed, 2),
    ]
    .into_iter()
    .zip(levels(&served, &stage))
    .map(|((format, expected, stamps), document)| (document, format, expected, stamps))
    {
        let report = ask(&stage, &document).await;
        assert_eq!(conclusion(&report), expected, "{format}: {report:#}");
        assert_eq!(accepted(&report), expected == passed);
        let signature = &report["simpleReport"]["signatureOrTimestampOrEvidenceRecord"][0]["signature"];
        assert_eq!(signature["signatureFormat"], format);
        assert!(signature["signedBy"].as_str().unwrap().contains("GoodAir"));
        let found = signature["timestamps"]["timestamp"].as_array();
        assert_eq!(found.map_or(0, Vec::len), time_stamps, "{report:#}");
        // As DSS spells it from its schemas.
        let spelled = &report["SimpleReport"]["signatureOrTimestampOrEvidenceRecord"][0]["Signature"];
        assert_eq!(spelled["SignatureFormat"], format);
        assert_eq!(spelled["Indication"], expected.0);
        if time_stamps > 0 {
            assert!(spelled["Timestamps"]["Timestamp"][0]["ProductionTime"].is_string());
        }
        assert_eq!(report["simpleReport"]["validationPolicy"]["policyName"], "strict");
    }
}

#[tokio::test]
async fn anchors_serve_their_purpose_alone_and_without_them_nobody_is_trusted() {
    let served = world().await;
    let (seals, stamps) = (pem(&served, Ca::Seals), pem(&served, Ca::TimeStamps));
    let nobody = ("INDETERMINATE", Some("NO_CERTIFICATE_CHAIN_FOUND"));
    let swapped = trusting(&served, &stamps, &seals).await;
    for stage in [&staged(&served).await, &swapped] {
        let [.., archived] = levels(&served, stage);
        let report = ask(stage, &archived).await;
        assert_eq!(conclusion(&report), nobody, "{report:#}");
        assert!(!accepted(&report));
    }
}

#[tokio::test]
async fn every_signature_counts_and_one_that_is_changed_is_refused() {
    let served = world().await;
    let (seals, stamps) = (pem(&served, Ca::Seals), pem(&served, Ca::TimeStamps));
    let stage = trusting(&served, &seals, &stamps).await;
    let [bare, _, kept, _] = levels(&served, &stage);
    let mut changed: Value = serde_json::from_str(&kept).unwrap();
    changed["payload"] = json!("e30K");
    let report = ask(&stage, &changed.to_string()).await;
    assert_eq!(conclusion(&report), ("TOTAL_FAILED", Some("SIG_CRYPTO_FAILURE")));
    // One good signature of two never speaks for both.
    let (good, other): (Value, Value) = (
        serde_json::from_str(&kept).unwrap(),
        serde_json::from_str(&bare).unwrap(),
    );
    let one = |of: &Value| {
        let mut one = of.clone();
        one.as_object_mut().unwrap().remove("payload");
        one
    };
    let both = json!({ "payload": good["payload"], "signatures": [one(&good), one(&other)] });
    let report = ask(&stage, &both.to_string()).await;
    assert_eq!(report["simpleReport"]["signaturesCount"], 2, "{report:#}");
    assert_eq!(report["simpleReport"]["validSignaturesCount"], 1);
    assert!(!accepted(&report));
    // What cannot be read as a signature is one that fails.
    let report = ask(&stage, r#"{"payload":"","signatures":[]}"#).await;
    assert_eq!(conclusion(&report), ("TOTAL_FAILED", Some("FORMAT_FAILURE")));
}

#[tokio::test]
async fn a_detached_payload_is_brought_and_has_to_be_the_one_that_was_signed() {
    let served = world().await;
    let (seals, stamps) = (pem(&served, Ca::Seals), pem(&served, Ca::TimeStamps));
    let stage = trusting(&served, &seals, &stamps).await;
    let [_, _, kept, _] = levels(&served, &stage);
    let mut detached: Value = serde_json::from_str(&kept).unwrap();
    detached.as_object_mut().unwrap().remove("payload");
    let with = |originals: Value| {
        let mut body = request(&detached.to_string());
        body["originalDocuments"] = originals;
        body.to_string()
    };
    for (originals, expected) in [
        (json!([{ "bytes": "e30=" }]), ("TOTAL_PASSED", None)),
        (
            json!([{ "bytes": "e30=", "name": "payload.json" }]),
            ("TOTAL_PASSED", None),
        ),
        (
            json!([{ "bytes": "e30K" }]),
            ("TOTAL_FAILED", Some("SIG_CRYPTO_FAILURE")),
        ),
        (json!([]), ("INDETERMINATE", Some("SIGNED_DATA_NOT_FOUND"))),
    ] {
        let answer = send(&stage, with(originals.clone()), None).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        assert_eq!(conclusion(&answer.json()), expected, "{originals}");
    }
}

#[tokio::test]
async fn an_original_that_no_signature_is_over_is_refused_and_none_replaces_another() {
    let served = world().await;
    let (seals, stamps) = (pem(&served, Ca::Seals), pem(&served, Ca::TimeStamps));
    let stage = trusting(&served, &seals, &stamps).await;
    let [_, _, kept, _] = levels(&served, &stage);
    let mut detached: Value = serde_json::from_str(&kept).unwrap();
    detached.as_object_mut().unwrap().remove("payload");
    let named = |name: &str| json!({ "bytes": "e30=", "name": name });
    let payload = json!({ "bytes": "e30=" });
    for (document, originals, code) in [
        // It holds its payload: what was brought would not be looked at.
        (kept.clone(), json!([payload]), "PRO-4043"),
        (kept.clone(), json!([named("a"), named("b")]), "PRO-4043"),
        (
            sealed_by(&served, &stage, Party::GoodAirSeal),
            json!([payload]),
            "PRO-4043",
        ),
        // It is over one payload, and not over objects by their names.
        (detached.to_string(), json!([named("a"), named("b")]), "PRO-4043"),
        // One replaces the other.
        (by_uri("a%20b"), json!([named("a%20b"), named("a b")]), "PRO-4042"),
        (by_uri("a"), json!([named("a"), named("a")]), "PRO-4042"),
        (by_uri("a"), json!([named("a"), payload]), "PRO-4042"),
        (by_uri("a"), json!([named("a"), named("b")]), "PRO-4043"),
        (by_uri("a"), json!([payload]), "PRO-4043"),
    ] {
        let mut body = request(&document);
        body["originalDocuments"] = originals.clone();
        let answer = send(&stage, body.to_string(), None).await;
        assert_eq!(
            answer.status,
            StatusCode::BAD_REQUEST,
            "{originals}: {}",
            answer.text
        );
        assert_eq!(answer.json()["code"], code, "{originals}");
    }
    // By the name that the signature writes, however it is encoded.
    let mut body = request(&by_uri("a%20b"));
    body["originalDocuments"] = json!([named("a b")]);
    let report = send(&stage, body.to_string(), None).await.json();
    assert_ne!(conclusion(&report).1, Some("SIGNED_DATA_NOT_FOUND"), "{report}");
}

/// A document over an object of this name, by nobody.
fn by_uri(name: &str) -> String {
    let header = json!({
        "alg": "ES256",
        "iat": 1,
        "crit": ["sigD"],
        "sigD": { "mId": "http://uri.etsi.org/19182/ObjectIdByURI", "pars": [name] },
    });
    let header = procura_jose::base64url::encode(header.to_string().as_bytes());
    json!({ "protected": header, "signature": "AAAA" }).to_string()
}

/// Neither the token nor the place is asked for after a body that may be large.
#[tokio::test]
async fn the_body_of_a_stranger_is_not_read() {
    let served = world().await;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(TOKEN.as_bytes()).unwrap();
    let mut stage = Stage::with(&served, |config| {
        enabled(config);
        config.document_validation.as_mut().unwrap().token_file = Some(file.path().to_owned());
    })
    .await;
    stage.router = stage.verifier.document_validation().unwrap().unwrap();
    let never = futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>();
    let answer = send(&stage, Body::from_stream(never), None).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_configured_profile_decides_which_forms_are_taken() {
    let served = world().await;
    let (seals, stamps) = (pem(&served, Ca::Seals), pem(&served, Ca::TimeStamps));
    let mut stage = Stage::with(&served, |config| {
        enabled(config);
        let validation = config.document_validation.as_mut().unwrap();
        validation.profile = HeaderProfile::Deployed;
        validation.anchors_file = Some(seals.path().to_owned());
        validation.time_stamp_anchors_file = Some(stamps.path().to_owned());
    })
    .await;
    stage.router = stage.verifier.document_validation().unwrap().unwrap();
    let [.., archived] = levels(&served, &stage);
    let report = ask(&stage, &archived).await;
    assert_eq!(conclusion(&report), ("TOTAL_FAILED", Some("FORMAT_FAILURE")));
    // What compares with DSS is for no service.
    let text = "profile = \"dss-compat\"\n[listen]\naddress = \"127.0.0.1:0\"";
    let refused = procura_service::config::parse::<DocumentValidation>("x", text, "X_", std::iter::empty());
    assert!(refused.unwrap_err().to_string().contains("dss-compat"));
}

#[tokio::test]
async fn without_a_token_it_listens_on_loopback_alone() {
    let served = world().await;
    let stage = Stage::with(&served, enabled).await;
    for (address, allowed) in [
        ("127.0.0.1:8444", true),
        ("[::1]:8444", true),
        ("0.0.0.0:8444", false),
        ("[::]:8444", false),
        ("192.0.2.1:8444", false),
    ] {
        let mut config = stage.config.clone();
        let validation = config.document_validation.as_mut().unwrap();
        validation.listen.address = address.parse().unwrap();
        let checked = config.check().map_err(|error| error.to_string());
        assert_eq!(checked.is_ok(), allowed, "{address}: {checked:?}");
        if let Err(error) = checked {
            assert!(error.contains("document_validation.token_file"), "{error}");
        }
        let validation = config.document_validation.as_mut().unwrap();
        validation.token_file = Some("validation.secret".into());
        config.check().unwrap();
    }
}

#[tokio::test]
async fn an_anchor_that_cannot_be_read_is_refused_at_the_start() {
    let served = world().await;
    let mut empty = tempfile::NamedTempFile::new().unwrap();
    writeln!(empty, "no certificate").unwrap();
    let stage = Stage::with(&served, |config| {
        enabled(config);
        let validation = config.document_validation.as_mut().unwrap();
        validation.time_stamp_anchors_file = Some(empty.path().to_owned());
    })
    .await;
    let error = stage.verifier.document_validation().unwrap_err().to_string();
    assert!(
        error.contains("document_validation.time_stamp_anchors_file"),
        "{error}"
    );
}

/// On a socket, as callers meet it.
#[tokio::test]
async fn beyond_so_many_judgements_at_once_callers_are_asked_to_come_again() {
    let served = world_to_change().await;
    let stage = Stage::with(&served, |config| {
        enabled(config);
        config.document_validation.as_mut().unwrap().judgements_at_once = 1;
    })
    .await;
    let router = stage.verifier.document_validation().unwrap().unwrap();
    let listen = procura_service::config::Listen {
        address: "127.0.0.1:0".parse().unwrap(),
        tls: None,
    };
    let listener = Listener::bind(&listen).await.unwrap();
    let origin = listener.origin();
    let (trigger, shutdown) = Shutdown::new();
    let serving = tokio::spawn(serve(vec![(listener, router)], shutdown, Duration::ZERO));
    let client = GuardedClient::new(GuardedConfig {
        development_origins: [origin.clone()].into(),
        ..GuardedConfig::default()
    })
    .unwrap();
    let url = url::Url::parse(&format!("{origin}{PATH}")).unwrap();
    let body = request(&sealed_by(&served, &stage, Party::GoodAirSeal));
    let post = || client.post_json(guarded::Purpose::Protocol, &url, &body, None);
    // The first waits for a list of revocations.
    let gate = Gate::default();
    let list = served.world.origins().crl(Ca::SealsIssuing);
    served.say(&list, Override::Held(gate.clone()));
    let first = {
        let (client, url, body) = (client.clone(), url.clone(), body.clone());
        tokio::spawn(async move {
            client
                .post_json(guarded::Purpose::Protocol, &url, &body, None)
                .await
        })
    };
    gate.reached().await;
    let second = post().await.unwrap();
    assert_eq!(second.status, 503);
    let problem: Value = serde_json::from_slice(&second.body).unwrap();
    assert_eq!(problem["code"], "PRO-4044");
    gate.open();
    let report: Value = serde_json::from_slice(&first.await.unwrap().unwrap().body).unwrap();
    assert!(accepted(&report), "{report}");
    // Its place is free again.
    let third: Value = serde_json::from_slice(&post().await.unwrap().body).unwrap();
    assert!(accepted(&third), "{third}");
    trigger.fire();
    serving.await.unwrap();
}
