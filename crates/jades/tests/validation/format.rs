//! What is no document, and what surrounds a signature.
use crate::scene::*;
use serde_json::{Value, json};

#[test]
fn what_surrounds_a_signature_is_refused_by_its_name() {
    let scene = Scene::new();
    let judge = Judge::of(&scene, SOON);
    let sound = scene.document();
    let with = |name: &str, value: Value| {
        let mut document = sound.clone();
        document[name] = value;
        document
    };
    for (document, name) in [
        (with("evil", json!(1)), "known-members"),
        (with("header", json!({ "kid": "x" })), "protected-only"),
        (with("header", json!({ "crit": ["x"] })), "protected-only"),
        (with("header", json!({ "b64": false })), "protected-only"),
        (with("header", json!({ "etsiU": [] })), "etsiu-form"),
        (with("header", json!({ "etsiU": "e30" })), "etsiu-form"),
        (with("header", json!({ "etsiU": ["e30", {}] })), "etsiu-form"),
        (with("header", json!({ "etsiU": {} })), "etsiu-form"),
    ] {
        let report = only(&judge, &document);
        assert_eq!(failed(&report), [name]);
        assert_eq!(report.conclusion.to_string(), "TOTAL-FAILED / FORMAT_FAILURE");
    }
    let followed = format!("{}\r\n", compact(&sound));
    let report = judge.report_of(followed.as_bytes()).signatures.remove(0);
    assert_eq!(failed(&report), ["no-line-breaks"]);
}

/// Nobody vouches for it: it says nothing, and does not fail what is signed.
#[test]
fn an_unsigned_property_that_cannot_be_read_is_flagged_and_spoils_nothing() {
    let scene = Scene::new();
    let judge = Judge::of(&scene, SOON);
    for property in ["e30", "!", "bm90IGpzb24"] {
        let mut document = scene.document();
        document["header"] = json!({ "etsiU": [property] });
        let report = only(&judge, &document);
        assert_eq!(report.conclusion.to_string(), "TOTAL-PASSED");
        let flagged: Vec<_> = report.findings().map(|check| check.name).collect();
        assert_eq!(flagged, ["etsiu-property"]);
    }
}

/// What no profile could judge, each for its own reason.
#[test]
fn what_is_no_document_is_a_report_of_a_format_failure() {
    let scene = Scene::new();
    let sound = scene.document();
    let text = compact(&sound);
    let parts: Vec<_> = text.split('.').collect();
    let [protected, payload, signature] = parts.as_slice() else {
        panic!("three parts");
    };
    let with = |name: &str, value: Value| {
        let mut document = sound.clone();
        document[name] = value;
        document.to_string()
    };
    let without = |name: &str| {
        let mut document = sound.clone();
        document.as_object_mut().unwrap().remove(name);
        document.to_string()
    };
    let header = |text: &str| scene.with_header(payload, text).to_string();
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    let last = signature.chars().last().unwrap();
    let loose = char::from_u32(u32::from(last) + 1).unwrap();
    for (document, word) in [
        (String::new(), "three parts"),
        (format!("{protected}.{payload}"), "three parts"),
        (format!("{text}.AAAA"), "three parts"),
        (format!("\u{feff}{sound}"), "three parts"),
        (format!(" {text}"), "the protected header is not canonical"),
        (
            format!("{protected}=.{payload}.{signature}"),
            "the protected header is not canonical",
        ),
        (
            format!("{protected}.{payload}+.{signature}"),
            "the payload cannot stand",
        ),
        (format!("{text} "), "the signature is empty or not canonical"),
        (
            format!("{protected}.{payload}."),
            "the signature is empty or not canonical",
        ),
        // 64 octets end in a character of which four bits say nothing.
        (
            format!(
                "{protected}.{payload}.{}{loose}",
                &signature[..signature.len() - 1]
            ),
            "the signature is empty or not canonical",
        ),
        ("{".to_owned(), "document: not JSON"),
        (format!("{sound}x"), "document: not JSON"),
        (with("payload", json!(1)), "the payload is not a string"),
        (with("payload", json!("a+b")), "the payload is not canonical"),
        (with("protected", json!(1)), "the protected header is missing"),
        (without("protected"), "the protected header is missing"),
        (without("signature"), "the signature is missing"),
        (
            with("header", json!([])),
            "the unprotected header is not an object",
        ),
        (with("signatures", json!([])), "the document holds no signature"),
        (with("signatures", json!({})), "signatures are not a list"),
        (with("signatures", json!([1])), "a signature is not an object"),
        (header("[]"), "protected header: not JSON"),
        (header("null"), "protected header: not JSON"),
        (
            header(&format!(r#"{{"x":{deep}}}"#)),
            "protected header: nested deeper",
        ),
    ] {
        let report = Judge::of(&scene, SOON).report_of(document.as_bytes());
        assert!(!report.is_passed() && report.signatures.is_empty(), "{word}");
        let reason = report.unreadable.as_ref().unwrap().to_string();
        assert!(reason.contains(word), "{reason}, expected {word}");
        assert_eq!(report.conclusion().to_string(), "TOTAL-FAILED / FORMAT_FAILURE");
    }
}

/// However the second one is written, and in whichever part it stands.
#[test]
fn a_member_that_stands_twice_makes_a_document_unreadable() {
    let scene = Scene::new();
    let sound = scene.document();
    let text = sound.to_string();
    let header = serde_json::to_string(&scene.header()).unwrap();
    let protected = |twice: &str| {
        let header = header.replacen('{', &format!("{{{twice},"), 1);
        scene
            .with_header(sound["payload"].as_str().unwrap(), &header)
            .to_string()
    };
    let top = |twice: &str| text.replacen('{', &format!("{{{twice},"), 1);
    let entry = format!(
        r#"{{"protected":{},"signature":"AA","signature":{}}}"#,
        sound["protected"], sound["signature"]
    );
    for document in [
        protected(r#""alg":"ES256""#),
        protected(r#""\u0061lg":"ES256""#),
        protected(r#""x":{"y":1,"y":2}"#),
        top(r#""payload":"e30""#),
        top(r#""signature":"AA""#),
        top(r#""\u0070rotected":"e30""#),
        top(r#""header":{"etsiU":["e30"],"etsiU":["e30"]}"#),
        format!(r#"{{"payload":{},"signatures":[{entry}]}}"#, sound["payload"]),
    ] {
        let report = Judge::of(&scene, SOON).report_of(document.as_bytes());
        let reason = report.unreadable.as_ref().map(ToString::to_string);
        assert!(
            reason
                .as_ref()
                .is_some_and(|reason| reason.contains("stands twice")),
            "{reason:?}"
        );
        assert_eq!(report.conclusion().to_string(), "TOTAL-FAILED / FORMAT_FAILURE");
    }
    let mut both = sound;
    both["header"] = json!({ "alg": "ES256" });
    let reason = Judge::of(&scene, SOON).report(&both).unreadable.unwrap();
    assert_eq!(
        reason.to_string(),
        "not a JWS: a parameter stands in both headers"
    );
}
