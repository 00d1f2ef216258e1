//! Time-stamp tokens that others made, out of JAdES samples found through `PROCURA_CORPUS`.
#![expect(
    clippy::disallowed_methods,
    reason = "tests find the corpus by an environment variable"
)]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "samples have the shape that their expectations say"
)]
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use procura_ades::Token;
use serde_json::Value;

/// The unsigned properties, decoded where they stand encoded.
fn properties(signature: &Value) -> Vec<Value> {
    let Some(list) = signature["header"]["etsiU"].as_array() else {
        return Vec::new();
    };
    list.iter()
        .map(|property| match property {
            Value::String(encoded) => {
                serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(encoded).unwrap()).unwrap()
            }
            clear => clear.clone(),
        })
        .collect()
}

/// Kind and DER of every token, the signed ones first, in the order in which they stand.
fn tokens(signature: &Value) -> Vec<(String, Vec<u8>)> {
    let protected = BASE64_URL_SAFE_NO_PAD
        .decode(signature["protected"].as_str().unwrap())
        .unwrap();
    let protected: Value = serde_json::from_slice(&protected).unwrap();
    let signed = protected
        .get("adoTst")
        .map(|container| ("adoTst".to_owned(), container.clone()));
    let unsigned = properties(signature).into_iter().flat_map(|property| {
        property
            .as_object()
            .unwrap()
            .iter()
            .map(|(kind, container)| (kind.clone(), container.clone()))
            .collect::<Vec<_>>()
    });
    signed
        .into_iter()
        .chain(unsigned)
        .flat_map(|(kind, container)| {
            let list = container["tstTokens"].as_array().cloned().unwrap_or_default();
            list.into_iter().map(move |token| {
                let der = BASE64_STANDARD.decode(token["val"].as_str().unwrap()).unwrap();
                (kind.clone(), der)
            })
        })
        .collect()
}

#[test]
fn tokens_of_others_are_proven_and_cover_what_they_cover() {
    let Ok(corpus) = std::env::var("PROCURA_CORPUS") else {
        println!("skipped: no corpus; PROCURA_CORPUS names its folder");
        return;
    };
    let read = |file: &str| std::fs::read_to_string(format!("{corpus}/jades/{file}")).unwrap();
    let entries: Value = serde_json::from_str(&read("expected.json")).unwrap();
    let mut all = 0;
    for entry in entries.as_array().unwrap() {
        let expected = entry["expected"]["timestamps"].as_array().unwrap();
        if expected.is_empty() {
            continue;
        }
        let file = entry["file"].as_str().unwrap();
        let document: Value = serde_json::from_str(&read(file)).unwrap();
        let signature = document["signatures"].get(0).unwrap_or(&document);
        let found = tokens(signature);
        let kinds: Vec<_> = found.iter().map(|(kind, _)| kind.as_str()).collect();
        let expected_kinds: Vec<_> = expected
            .iter()
            .map(|token| token["type"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, expected_kinds, "{file}");
        for ((kind, der), expected) in found.iter().zip(expected) {
            all += 1;
            let token = Token::from_der(der).unwrap_or_else(|error| panic!("{file}, {kind}: {error}"));
            let verified = token.verify(&[]);
            assert_eq!(
                verified.is_ok(),
                expected["cms_signature_valid"],
                "{file}, {kind}: {:?}",
                verified.err()
            );
            if kind == "sigTst" {
                let signed = signature["signature"].as_str().unwrap();
                assert_eq!(
                    token.covers(signed.as_bytes()),
                    expected["imprint_intact"],
                    "{file}"
                );
            }
        }
    }
    println!("{all} of {all}");
    assert!(all > 0);
}
