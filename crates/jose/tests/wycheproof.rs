//! Project Wycheproof's JWS vectors: each behaves as declared, or stands in a list that says why not.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
use procura_jose::{AlgorithmSet, CompactJws, Jwk, Understood, json::Limits, jws::JwsError};
use serde_json::Value;

/// Declared valid; refused here because the JWK's own `alg` is not the header's (RFC 7517 §4.4): `PS256` for a
/// `PS384` signature, and `ES521`, which no specification registers, for `ES512`. Without that member they verify.
const KEY_NAMES_ANOTHER_ALGORITHM: [u64; 4] = [346, 347, 350, 351];

/// Declared valid although a character outside of the alphabet stands in the base64url (RFC 7515 §2 has none): HMAC all
/// the same, but not even read as far as that.
const LAX_BASE64: [u64; 2] = [372, 373];

fn judge(key: &Value, token: &str) -> Result<(), String> {
    let key = Jwk::from_json(key.as_object().unwrap()).map_err(|error| error.to_string())?;
    let jws = CompactJws::parse(token, Understood::default(), Limits::default())
        .map_err(|error| error.to_string())?;
    jws.verify_with(&key, &AlgorithmSet::all())
        .map(|_| ())
        .map_err(|error| error.to_string())
}

#[test]
fn every_vector_behaves_as_declared() {
    let Some(corpus) = std::env::var_os("PROCURA_CORPUS") else {
        println!("skipped: no corpus; PROCURA_CORPUS names its folder");
        return;
    };
    let path = std::path::Path::new(&corpus).join("wycheproof/json_web_signature_test.json");
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let (mut total, mut symmetric, mut exceptions, mut wrong) = (0, 0, Vec::new(), Vec::new());
    for group in file["testGroups"].as_array().unwrap() {
        for test in group["tests"].as_array().unwrap() {
            total += 1;
            let id = test["tcId"].as_u64().unwrap();
            let token = test["jws"]
                .as_str()
                .map_or_else(|| test["jws"].to_string(), str::to_owned);
            if group["public"].is_null() {
                // A symmetric key: no token of this group is one for us, and a well-formed one says so.
                symmetric += 1;
                let parsed = CompactJws::parse(&token, Understood::default(), Limits::default());
                let well_formed = test["result"] == "valid";
                let as_expected = match &parsed {
                    Ok(_) => false,
                    Err(JwsError::Algorithm(name)) => name.starts_with("HS") || !well_formed,
                    Err(JwsError::Format(_)) if LAX_BASE64.contains(&id) => true,
                    Err(_) => !well_formed,
                };
                if !as_expected {
                    wrong.push((id, format!("{parsed:?}")));
                }
                continue;
            }
            let outcome = judge(&group["public"], &token);
            if KEY_NAMES_ANOTHER_ALGORITHM.contains(&id) {
                assert!(outcome.is_err());
                let mut key = group["public"].clone();
                key.as_object_mut().unwrap().remove("alg");
                assert_eq!(judge(&key, &token), Ok(()), "{id} is refused for nothing else");
                exceptions.push(id);
            } else if outcome.is_ok() != (test["result"] == "valid") {
                wrong.push((id, format!("{}: {outcome:?}", test["comment"])));
            }
        }
    }
    assert_eq!(wrong, [], "vectors that behave otherwise");
    assert_eq!(exceptions, KEY_NAMES_ANOTHER_ALGORITHM);
    assert_eq!(total, file["numberOfTests"].as_u64().unwrap());
    println!("{total} of {total}: {symmetric} symmetric ones refused as such, exceptions {exceptions:?}");
}
