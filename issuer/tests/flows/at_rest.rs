//! What a stolen database file does not tell.
use crate::world::*;
use serde_json::Value;

#[tokio::test]
async fn nothing_of_a_person_a_code_a_token_or_a_credential_is_readable_at_rest() {
    // Eight digits, which do not stand in a random identifier by chance.
    let world = World::with(|config| config.pin.digits = 8).await;
    // One that still stands, and one that was fetched.
    let standing = world.offer().await;
    let redeemed = world.redeemed().await;
    let holder = Holder::new();
    let request = holder.request(&redeemed.c_nonce, world.now());
    let answer = world.credential(&redeemed.access_token, &request).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let answer = answer.json();
    let nonce_of_offer = |offered: &Offered| {
        let uri = offered.created["credential_offer_uri"].as_str().unwrap();
        uri.rsplit('/').next().unwrap().to_owned()
    };
    let mut secrets = vec![
        ("management token", world.operator.clone()),
        ("pre-authorized code", standing.code.clone()),
        ("address of the offer", nonce_of_offer(&standing)),
        ("PIN", standing.pin.clone()),
        ("access token", redeemed.access_token.clone()),
        ("c_nonce", answer["c_nonce"].as_str().unwrap().to_owned()),
        ("holder", holder.did.to_string()),
    ];
    for part in answer["credential"].as_str().unwrap().split('.') {
        secrets.push(("credential", part.to_owned()));
    }
    texts(&mandate(EMPLOYEE)["payload"], &mut secrets);

    let mut names = Vec::new();
    let mut is_found = false;
    for file in std::fs::read_dir(world.folder.path()).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        if !name.starts_with("issuer.db") {
            continue;
        }
        let bytes = std::fs::read(file.path()).unwrap();
        let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        for (what, secret) in &secrets {
            assert!(!holds(secret), "{what} {secret} is readable in {name}");
        }
        is_found |= holds(&redeemed.id);
        names.push(name);
    }
    assert!(is_found, "the control: what is no secret is found");
    for name in ["issuer.db", "issuer.db-wal"] {
        assert!(names.iter().any(|found| found == name), "{names:?}");
    }
}

/// Every text of a mandate that is long enough not to stand anywhere by chance, but for names of our own organisation
/// and of the catalogue of powers.
fn texts(value: &Value, found: &mut Vec<(&'static str, String)>) {
    const PUBLIC: [&str; 4] = [ORGANIZATION, "GoodAir", "Onboarding", "Execute"];
    match value {
        Value::String(text) if text.len() >= 8 && !PUBLIC.contains(&text.as_str()) => {
            found.push(("mandate", text.clone()));
        }
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(members) => members.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}
