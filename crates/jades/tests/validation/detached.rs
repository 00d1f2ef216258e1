//! Signatures on what stands elsewhere (TS 119 182-1 §5.2.8, RFC 7515 appendix F).
use crate::scene::*;
use procura_crypto::digest::sha256;
use procura_jades::{Objects, report};
use procura_jose::base64url;
use serde_json::{Value, json};

const NOT_FOUND: &str = "INDETERMINATE / SIGNED_DATA_NOT_FOUND";
const CHANGED: &str = "TOTAL-FAILED / HASH_FAILURE";
const BROKEN: &str = "TOTAL-FAILED / SIG_CRYPTO_FAILURE";
const MALFORMED: &str = "TOTAL-FAILED / FORMAT_FAILURE";

fn written(object: &[u8]) -> String {
    base64url::encode(object)
}
/// One and two, by their digests.
fn by_hash() -> Value {
    let digest = |object: &[u8]| base64url::encode(&sha256(written(object).as_bytes()));
    json!({
        "mId": "http://uri.etsi.org/19182/ObjectIdByURIHash",
        "pars": ["a:1", "a:2"], "hashM": "S256", "hashV": [digest(b"one"), digest(b"two")],
    })
}
/// One and two, one after the other.
fn by_uri() -> Value {
    json!({ "mId": "http://uri.etsi.org/19182/ObjectIdByURI", "pars": ["a:1", "a:2"] })
}
fn objects(one: &[u8], two: &[u8]) -> Objects {
    Objects::default()
        .with("a:1", one.to_vec())
        .with("a:2", two.to_vec())
}
#[track_caller]
fn concluded(scene: &Scene, document: &Value, objects: Objects, check: Option<&str>, conclusion: &str) {
    let mut judge = Judge::of(scene, SOON);
    judge.objects = objects;
    let report = only(&judge, document);
    assert_eq!(failed(&report), Vec::from_iter(check), "{report:#?}");
    assert_eq!(report.conclusion.to_string(), conclusion);
}

#[test]
fn an_object_that_was_changed_exchanged_or_is_not_at_hand_is_told_apart() {
    let scene = Scene::new();
    let hashes = scene.detached("", by_hash());
    let concatenated = scene.detached(&format!("{}{}", written(b"one"), written(b"two")), by_uri());
    let one = || Objects::default().with("a:1", b"one".to_vec());
    for (document, check, wrong) in [
        (hashes, "signed-data", CHANGED),
        (concatenated, "signature-value", BROKEN),
    ] {
        concluded(&scene, &document, objects(b"one", b"two"), None, PASSED);
        concluded(&scene, &document, objects(b"one", b"2"), Some(check), wrong);
        concluded(&scene, &document, objects(b"two", b"one"), Some(check), wrong);
        concluded(&scene, &document, one(), Some("signed-data"), NOT_FOUND);
        concluded(
            &scene,
            &document,
            Objects::default(),
            Some("signed-data"),
            NOT_FOUND,
        );
    }
}

#[test]
fn a_payload_that_is_brought_is_the_one_that_was_signed() {
    let scene = Scene::new();
    let attached = scene.document();
    let mut detached = attached.clone();
    detached.as_object_mut().unwrap().remove("payload");
    let brought = |octets: &[u8]| Objects::default().with_payload(octets.to_vec());
    concluded(&scene, &detached, brought(PAYLOAD), None, PASSED);
    concluded(
        &scene,
        &detached,
        brought(b"another"),
        Some("signature-value"),
        BROKEN,
    );
    concluded(
        &scene,
        &detached,
        Objects::default(),
        Some("signed-data"),
        NOT_FOUND,
    );
    concluded(
        &scene,
        &attached,
        brought(b"another"),
        Some("signed-data"),
        CHANGED,
    );
}

/// Who is told that it is valid takes what was brought for signed.
#[test]
fn what_is_brought_and_not_signed_is_never_beside_a_valid_signature() {
    const BESIDE: &str = "INDETERMINATE / SIG_CONSTRAINTS_FAILURE";
    const CHECK: Option<&str> = Some("objects-signed");
    let scene = Scene::new();
    let attached = scene.document();
    let hashes = scene.detached("", by_hash());
    let concatenated = scene.detached(&format!("{}{}", written(b"one"), written(b"two")), by_uri());
    let invoice = || Objects::default().with("a:1", b"one".to_vec());
    concluded(&scene, &attached, invoice(), CHECK, BESIDE);
    concluded(
        &scene,
        &attached,
        invoice().with_payload(PAYLOAD.to_vec()),
        CHECK,
        BESIDE,
    );
    concluded(
        &scene,
        &attached,
        Objects::default().with_header("digest", "1"),
        CHECK,
        BESIDE,
    );
    for detached in [hashes, concatenated] {
        let signed = || objects(b"one", b"two");
        concluded(&scene, &detached, signed(), None, PASSED);
        concluded(
            &scene,
            &detached,
            signed().with("a:3", b"three".to_vec()),
            CHECK,
            BESIDE,
        );
        concluded(
            &scene,
            &detached,
            signed().with_payload(b"three".to_vec()),
            CHECK,
            BESIDE,
        );
        concluded(
            &scene,
            &detached,
            signed().with_header("digest", "1"),
            CHECK,
            BESIDE,
        );
    }
    let mut judge = Judge::of(&scene, SOON);
    judge.objects = invoice();
    let shown = report::simple(&judge.report(&attached), report::Terminal::default());
    assert!(shown.contains("leave out what nobody signed"), "{shown}");
    // Of several signatures each may be on its own.
    let general = json!({ "signatures": [
        scene.detached("", by_hash()),
        scene.detached(&written(b"three"), json!({
            "mId": "http://uri.etsi.org/19182/ObjectIdByURI", "pars": ["a:3"],
        })),
    ] });
    let mut judge = Judge::of(&scene, SOON);
    judge.objects = objects(b"one", b"two").with("a:3", b"three".to_vec());
    let report = judge.report(&general);
    assert!(report.is_passed(), "{report:#?}");
    assert_eq!(report.signatures[1].objects, ["a:3"]);
}

#[test]
fn each_broken_rule_of_a_reference_to_objects_is_a_failure_of_the_format() {
    let scene = Scene::new();
    let digest = by_hash()["hashV"][0].clone();
    for (member, value) in [
        ("mId", json!("http://uri.etsi.org/19182/Other")),
        ("mId", json!("ObjectIdByURIHash")),
        ("mId", json!(null)),
        // The mechanism that has no digests.
        ("mId", json!("http://uri.etsi.org/19182/ObjectIdByURI")),
        ("pars", json!([])),
        ("pars", json!("a:1")),
        ("pars", json!(["a:1"])),
        ("pars", json!(["a:1", "a:1"])),
        // The same after decoding.
        ("pars", json!(["a:1", "a%3A1"])),
        ("pars", json!(["a:1", 2])),
        ("hashM", json!("S3-256")),
        ("hashM", json!(null)),
        ("hashV", json!([digest])),
        ("hashV", json!([digest, "YQ"])),
        ("hashV", json!([digest, format!("{}=", digest.as_str().unwrap())])),
    ] {
        let mut sig_d = by_hash();
        sig_d[member] = value;
        let document = scene.detached("", sig_d);
        concluded(
            &scene,
            &document,
            objects(b"one", b"two"),
            Some("well-formed"),
            MALFORMED,
        );
    }
    let optional = scene.signed("", |header| drop(header.insert("sigD".into(), by_hash())));
    concluded(
        &scene,
        &optional,
        objects(b"one", b"two"),
        Some("crit-complete"),
        MALFORMED,
    );
    let mut beside = scene.detached("", by_hash());
    beside["payload"] = written(b"three").into();
    concluded(
        &scene,
        &beside,
        objects(b"one", b"two"),
        Some("detached"),
        MALFORMED,
    );
}

/// Whoever writes them reaches nothing by it.
#[test]
fn files_and_addresses_are_names_of_objects_and_nothing_else() {
    let scene = Scene::new();
    for uri in [
        concat!("file://", env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
        "Cargo.toml",
        "../../Cargo.toml",
        "http://127.0.0.1:1/object",
    ] {
        let sig_d = json!({ "mId": "http://uri.etsi.org/19182/ObjectIdByURI", "pars": [uri] });
        let document = scene.detached(&written(b"one"), sig_d);
        let none = Objects::default();
        concluded(&scene, &document, none, Some("signed-data"), NOT_FOUND);
        let named = Objects::default().with(uri, b"one".to_vec());
        concluded(&scene, &document, named, None, PASSED);
    }
}

#[test]
fn headers_of_a_message_are_all_there_and_are_never_base64url() {
    let scene = Scene::new();
    let sig_d = |pars: Value| json!({ "mId": "http://uri.etsi.org/19182/HttpHeaders", "pars": pars });
    let document = |pars: Value, encoded: bool| {
        scene.signed("digest: SHA-256=abc\nx-tag: 1", |header| {
            header.insert("sigD".into(), sig_d(pars));
            header.insert("b64".into(), json!(encoded));
            header.insert("crit".into(), json!(["b64", "sigD"]));
        })
    };
    let without = |mut document: Value| {
        document.as_object_mut().unwrap().remove("payload");
        document
    };
    let message = |tag: &str| {
        Objects::default()
            .with_header("Digest", "SHA-256=abc")
            .with_header("X-Tag", tag)
    };
    let sound = without(document(json!(["Digest", "x-tag"]), false));
    concluded(&scene, &sound, message("1"), None, PASSED);
    // Nobody signs all of them; which were is told.
    concluded(
        &scene,
        &sound,
        message("1").with_header("Date", "now"),
        None,
        PASSED,
    );
    let mut judge = Judge::of(&scene, SOON);
    judge.objects = message("1");
    assert_eq!(only(&judge, &sound).objects, ["digest", "x-tag"]);
    concluded(&scene, &sound, message("2"), Some("signature-value"), BROKEN);
    let one = Objects::default().with_header("Digest", "SHA-256=abc");
    concluded(&scene, &sound, one, Some("signed-data"), NOT_FOUND);
    for (pars, encoded) in [
        (json!(["Digest", "x-tag"]), true),
        (json!(["Digest", "digest"]), false),
    ] {
        let document = without(document(pars, encoded));
        concluded(&scene, &document, message("1"), Some("well-formed"), MALFORMED);
    }
}
