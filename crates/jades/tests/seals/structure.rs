//! Form and header, one thing broken in each test.
use crate::world::{World, at_noon, credential, format};
use procura_jades::{Profile, SignatureError};
use serde_json::json;

#[test]
fn members_that_stand_twice_are_refused() {
    let world = World::new();
    let header = serde_json::to_string(&world.header()).unwrap();
    assert!(credential(&world.sign_text(&header)).is_ok());
    for twice in [r#""alg":"ES256""#, r#""typ":"vc+jwt""#, r#""\u0061lg":"ES256""#] {
        let header = header.replacen('{', &format!("{{{twice},"), 1);
        assert!(format(credential(&world.sign_text(&header)).unwrap_err()).contains("stands twice"));
    }
}

#[test]
fn critical_parameters_are_understood_present_and_well_formed() {
    let world = World::new();
    for crit in [
        json!("iat"),
        json!([]),
        json!([1]),
        json!([["sigT"]]),
        json!(["iat", "iat"]),
        json!(["unknown"]),
        json!(["alg"]),
        json!(["sigT"]),
        json!(null),
        json!({}),
    ] {
        let why = format(world.refuse(|header| drop(header.insert("crit".to_owned(), crit.clone()))));
        assert!(why.contains("crit"), "{crit}: {why}");
    }
    let why = format(world.refuse(|header| {
        header.insert("crit".to_owned(), json!(["x-new"]));
        header.insert("x-new".to_owned(), json!(1));
    }));
    assert_eq!(why, r#"critical header parameter "x-new" is not understood"#);
}

#[test]
fn unencoded_detached_or_unsigned_parts_are_refused() {
    let world = World::new();
    for (name, value) in [
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("sigD", json!({"mId": "x"})),
        ("etsiU", json!([])),
    ] {
        let why = format(world.refuse(|header| drop(header.insert(name.to_owned(), value))));
        assert!(why.contains(name), "{why}");
    }
    let why = format(world.refuse(|header| {
        header.insert("b64".to_owned(), json!(false));
        header.insert("crit".to_owned(), json!(["b64"]));
    }));
    assert!(why.contains("b64"), "{why}");
}

#[test]
fn base64url_is_canonical_in_every_part() {
    let world = World::new();
    let text = world.sign(&world.header());
    let parts: Vec<&str> = text.split('.').collect();
    for index in 0..3 {
        let part = parts[index];
        let tail = part.len() - 1;
        for bad in [
            format!("{part}="),
            format!("{part}\n"),
            format!(" {part}"),
            format!("{}+", &part[..tail]),
            format!("{}/", &part[..tail]),
            // One character more than whole octets need.
            format!("{part}{}", &"AAAA"[..(5 - part.len() % 4) % 4]),
        ] {
            if bad == part {
                continue;
            }
            let mut changed: Vec<String> = parts.iter().map(|p| (*p).to_owned()).collect();
            changed[index] = bad.clone();
            assert!(
                matches!(credential(&changed.join(".")), Err(SignatureError::Format(_))),
                "{index} {bad:?}"
            );
        }
    }
    // 64 octets end in a character of which four bits say nothing.
    let last = text.chars().last().unwrap();
    let next = char::from_u32(u32::from(last) + 1).unwrap();
    let loose = format!("{}{next}", &text[..text.len() - 1]);
    assert!(matches!(credential(&loose), Err(SignatureError::Format(_))));
}

#[test]
fn surroundings_and_other_numbers_of_parts_are_refused() {
    let world = World::new();
    let text = world.sign(&world.header());
    let two = text.rsplit_once('.').unwrap().0.to_owned();
    for bad in [
        format!("{text}\n"),
        format!("{text}\r\n"),
        format!("{text} "),
        format!("\n{text}"),
        format!("\u{feff}{text}"),
        format!("{text}."),
        format!("{text}.AAAA"),
        format!(".{text}"),
        format!("{two}."),
        two,
        String::new(),
        "..".to_owned(),
    ] {
        assert!(
            matches!(credential(&bad), Err(SignatureError::Format(_))),
            "{bad:.20?}"
        );
    }
}

#[test]
fn headers_that_are_no_object_too_deep_or_too_large_are_refused() {
    let world = World::new();
    let header = serde_json::to_string(&world.header()).unwrap();
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    for (bad, word) in [
        ("[]".to_owned(), "not JSON"),
        ("null".to_owned(), "not JSON"),
        (format!("{header}x"), "trailing"),
        (
            header.replacen('{', &format!(r#"{{"x":{deep},"#), 1),
            "nested deeper",
        ),
        (
            header.replacen('{', &format!(r#"{{"x":"{}","#, "x".repeat(600_000)), 1),
            "larger than",
        ),
    ] {
        let why = format(credential(&world.sign_text(&bad)).unwrap_err());
        assert!(why.contains(word), "{why}, expected {word}");
    }
}

#[test]
fn json_serialisations_are_refused_whatever_their_signatures() {
    let world = World::new();
    let text = world.sign(&world.header());
    let parts: Vec<&str> = text.split('.').collect();
    let one = json!({ "protected": parts[0], "signature": parts[2] });
    let bad = json!({ "protected": parts[0], "signature": "AAAA" });
    for json in [
        json!({ "payload": parts[1], "protected": parts[0], "signature": parts[2] }),
        json!({ "payload": parts[1], "signatures": [one] }),
        json!({ "payload": parts[1], "signatures": [one, bad] }),
        json!({ "payload": parts[1], "signatures": [] }),
    ] {
        for profile in [Profile::Credential, Profile::Strict, Profile::Deployed] {
            let error = at_noon(&format!(" {json}"), profile).unwrap_err();
            assert_eq!(
                format(error),
                "a JSON serialisation; only the compact form is accepted here"
            );
        }
    }
}

#[test]
fn the_type_is_told_so_that_the_caller_can_demand_one() {
    let world = World::new();
    let token =
        credential(&world.mutated(|header| drop(header.insert("typ".to_owned(), "at+jwt".into())))).unwrap();
    assert!(token.jws.header.require_type("vc+jwt").is_err());
    assert!(
        credential(&world.sign(&world.header()))
            .unwrap()
            .jws
            .header
            .require_type("vc+jwt")
            .is_ok()
    );
}
