//! Every rule of the strict JWS reader, each broken alone in a token that otherwise passes.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
use base64::{Engine as _, engine::general_purpose::STANDARD};
use procura_crypto::PrivateKey;
use procura_jose::{
    Algorithm, AlgorithmSet, CompactJws, JsonJws, Understood, base64url,
    json::{JsonError, Limits},
    jws::{JwsError, Prepared, sign},
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

static KEY: LazyLock<PrivateKey> =
    LazyLock::new(|| PrivateKey::generate(Algorithm::Es256.key_kind()).unwrap());

/// Signs whatever header text is given, as an attacker with a key would.
fn signed(header: &str, payload: &str) -> String {
    let input = format!(
        "{}.{}",
        base64url::encode(header.as_bytes()),
        base64url::encode(payload.as_bytes())
    );
    let signature = KEY.sign(Algorithm::Es256.scheme(), input.as_bytes()).unwrap();
    format!("{input}.{}", base64url::encode(&signature))
}
fn read(token: &str) -> Result<Vec<u8>, JwsError> {
    let jws = CompactJws::parse(token, Understood(&["sigT"]), Limits::default())?;
    jws.verify(KEY.public_key(), &AlgorithmSet::new(&[Algorithm::Es256]))
        .map(|verified| verified.payload().to_vec())
}
fn with(member: &str) -> Result<Vec<u8>, JwsError> {
    read(&signed(&format!(r#"{{"alg":"ES256",{member}}}"#), "{}"))
}
fn object(value: Value) -> Map<String, Value> {
    let Value::Object(members) = value else {
        panic!("not an object")
    };
    members
}

#[test]
fn the_control_passes() {
    assert_eq!(read(&signed(r#"{"alg":"ES256"}"#, "{}")), Ok(b"{}".to_vec()));
}
#[test]
fn none_hmac_and_unknown_algorithms_are_refused_before_anything_else() {
    for alg in [
        "none",
        "None",
        "NONE",
        "HS256",
        "HS512",
        "RS1",
        "2.16.840.1.101.3.4.3.2",
        "",
    ] {
        // Broken everywhere else as well: the algorithm is what is named.
        let token = signed(&format!(r#"{{"alg":"{alg}","crit":[],"x5c":"x"}}"#), "{}");
        assert_eq!(read(&token), Err(JwsError::Algorithm(alg.to_owned())), "{alg}");
    }
    for header in ["{}", r#"{"alg":1}"#, r#"{"alg":null}"#, r#"{"alg":["ES256"]}"#] {
        assert_eq!(
            read(&signed(header, "{}")),
            Err(JwsError::Parameter("alg")),
            "{header}"
        );
    }
    let none = format!(
        "{}.{}.",
        base64url::encode(br#"{"alg":"none"}"#),
        base64url::encode(b"{}")
    );
    assert_eq!(read(&none), Err(JwsError::Algorithm("none".into())));
}
#[test]
fn a_public_key_is_never_an_hmac_secret() {
    let token = signed(r#"{"alg":"HS256"}"#, "{}");
    assert_eq!(read(&token), Err(JwsError::Algorithm("HS256".into())));
}
#[test]
fn an_algorithm_off_the_list_is_refused() {
    let token = signed(r#"{"alg":"ES256"}"#, "{}");
    let jws = CompactJws::parse(&token, Understood::default(), Limits::default()).unwrap();
    let error = jws
        .verify(
            KEY.public_key(),
            &AlgorithmSet::new(&[Algorithm::Rs256, Algorithm::EdDsa]),
        )
        .unwrap_err();
    assert_eq!(error, JwsError::NotAllowed("ES256"));
}
#[test]
fn an_algorithm_that_does_not_fit_the_key_is_refused() {
    let p384 = PrivateKey::generate(Algorithm::Es384.key_kind()).unwrap();
    let ed = PrivateKey::generate(Algorithm::EdDsa.key_kind()).unwrap();
    for algorithm in Algorithm::ALL {
        let token = signed(&format!(r#"{{"alg":"{algorithm}"}}"#), "{}");
        let jws = CompactJws::parse(&token, Understood::default(), Limits::default()).unwrap();
        for (own, key) in [
            (Algorithm::Es256, &*KEY),
            (Algorithm::Es384, &p384),
            (Algorithm::EdDsa, &ed),
        ] {
            let error = jws
                .verify(key.public_key(), &AlgorithmSet::all())
                .map(|_| ())
                .err();
            let expected = match (algorithm == own, algorithm) {
                (false, _) => Some(JwsError::WrongKey(algorithm.name())),
                (true, Algorithm::Es256) => None,
                (true, _) => Some(JwsError::Signature),
            };
            assert_eq!(error, expected, "{algorithm} with a key for {own}");
        }
    }
}
#[test]
fn duplicate_members_are_refused_even_when_escaped() {
    for header in [
        r#"{"alg":"ES256","alg":"ES256"}"#,
        r#"{"alg":"ES256","\u0061lg":"none"}"#,
    ] {
        assert!(matches!(
            read(&signed(header, "{}")),
            Err(JwsError::Json(JsonError::Duplicate { .. }))
        ));
    }
    assert!(matches!(
        with(r#""x":{"a":1,"a":1}"#),
        Err(JwsError::Json(JsonError::Duplicate { .. }))
    ));
}
#[test]
fn crit_follows_every_rule_of_rfc_7515() {
    let refused = Err(JwsError::Parameter("crit"));
    for member in [
        r#""crit":"sigT","sigT":1"#,
        r#""crit":[]"#,
        r#""crit":[1]"#,
        r#""crit":null"#,
        r#""crit":{"sigT":1},"sigT":1"#,
        r#""crit":["sigT","sigT"],"sigT":1"#,
        r#""crit":["sigT"]"#,
        r#""crit":["alg"]"#,
        r#""crit":["crit"]"#,
        r#""crit":["x5t#S256"],"x5t#S256":"NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs""#,
        r#""crit":["b64"]"#,
    ] {
        assert_eq!(with(member), refused, "{member}");
    }
    assert_eq!(
        with(r#""crit":["exp"],"exp":1"#),
        Err(JwsError::Critical("exp".into()))
    );
    assert_eq!(
        with(r#""crit":["sigT","exp"],"exp":1,"sigT":1"#),
        Err(JwsError::Critical("exp".into()))
    );
    assert!(with(r#""crit":["sigT"],"sigT":1"#).is_ok());
}
#[test]
fn an_unencoded_payload_is_refused() {
    for member in [
        r#""b64":false"#,
        r#""b64":false,"crit":["b64"]"#,
        r#""b64":"true""#,
        r#""b64":1"#,
        r#""b64":null"#,
    ] {
        assert_eq!(with(member), Err(JwsError::Parameter("b64")), "{member}");
    }
    assert!(with(r#""b64":true,"crit":["b64"]"#).is_ok());
}
#[test]
fn x5c_is_an_array_of_one_to_twenty_strict_base64_certificates() {
    let refused = Err(JwsError::Parameter("x5c"));
    let der = [0xfb, 0xff, 0xfe, 0x01];
    let good = STANDARD.encode(der);
    for bad in [
        json!([]),
        json!(good),
        json!([1]),
        json!([""]),
        json!([good.trim_end_matches('=')]),
        json!([base64url::encode(&der)]),
        json!([format!("{good}\n")]),
        json!([format!(
            "-----BEGIN CERTIFICATE-----\n{good}\n-----END CERTIFICATE-----"
        )]),
        json!(vec![good.clone(); 21]),
        json!(null),
    ] {
        assert_eq!(with(&format!(r#""x5c":{bad}"#)), refused, "{bad}");
    }
    let token = signed(&json!({"alg": "ES256", "x5c": vec![good; 20]}).to_string(), "{}");
    let jws = CompactJws::parse(&token, Understood::default(), Limits::default()).unwrap();
    assert_eq!(jws.header.x5c.unwrap(), vec![der.to_vec(); 20]);
}
#[test]
fn x5t_s256_is_exactly_a_sha256_in_base64url() {
    let digest = base64url::encode(&[7; 32]);
    assert!(with(&format!(r#""x5t#S256":"{digest}""#)).is_ok());
    for bad in [
        json!(format!("{digest}=")),
        json!(base64url::encode(&[7; 31])),
        json!(1),
        json!([digest]),
    ] {
        assert_eq!(
            with(&format!(r#""x5t#S256":{bad}"#)),
            Err(JwsError::Parameter("x5t#S256")),
            "{bad}"
        );
    }
}
#[test]
fn kid_typ_and_cty_are_short_strings_without_control_characters() {
    for name in ["kid", "typ", "cty"] {
        for bad in [
            json!(1),
            json!(null),
            json!("a\nb"),
            json!("a\u{0}b"),
            json!("k".repeat(10_000)),
        ] {
            let error = with(&format!(r#""{name}":{bad}"#)).unwrap_err();
            assert!(
                matches!(error, JwsError::Parameter(parameter) if parameter == name),
                "{name} {bad}"
            );
        }
        // What a key store might do with such a name is its own affair; here it is only text.
        assert!(with(&format!(r#""{name}":"../../etc/passwd' OR 1=1 --""#)).is_ok());
    }
}
#[test]
fn a_type_is_demanded_by_its_media_type() {
    let has = |typ: &str| {
        let token = signed(&json!({"alg": "ES256", "typ": typ}).to_string(), "{}");
        CompactJws::parse(&token, Understood::default(), Limits::default())
            .unwrap()
            .header
            .require_type("at+jwt")
            .is_ok()
    };
    assert!(has("at+jwt") && has("AT+JWT") && has("application/at+jwt"));
    for other in [
        "JWT",
        "vc+jwt",
        "at+jwt ",
        "text/at+jwt",
        "application/x/at+jwt",
        "",
    ] {
        assert!(!has(other), "{other:?}");
    }
    let token = signed(r#"{"alg":"ES256"}"#, "{}");
    let jws = CompactJws::parse(&token, Understood::default(), Limits::default()).unwrap();
    assert_eq!(jws.header.require_type("at+jwt"), Err(JwsError::Type("at+jwt")));
}
#[test]
fn key_references_in_the_header_verify_nothing() {
    let other = PrivateKey::generate(Algorithm::Es256.key_kind()).unwrap();
    let jwk = Value::Object(procura_jose::Jwk::of(other.public_key().clone()).to_json());
    let header = object(json!({"jwk": jwk, "jku": "http://127.0.0.1:1/", "x5u": "http://127.0.0.1:1/"}));
    let token = sign(&other, Algorithm::Es256, header, b"{}").unwrap();
    assert_eq!(read(&token), Err(JwsError::Signature));
}
#[test]
fn base64url_is_canonical_in_every_part() {
    let good = signed(r#"{"alg":"ES256"}"#, "{\"a\":\"???>>>\"}");
    let parts: Vec<_> = good.split('.').collect();
    for at in 0..3 {
        for change in [
            format!("{}=", parts[at]),
            format!(" {}", parts[at]),
            format!("{}\n", parts[at]),
            parts[at].replace(['-', '_'], "+") + "+",
            parts[at][..parts[at].len() - 1].to_owned() + "!",
        ] {
            let mut changed = parts.clone();
            changed[at] = &change;
            assert!(
                matches!(read(&changed.join(".")), Err(JwsError::Format(_))),
                "{at} {change:?}"
            );
        }
    }
    // Same bytes, other last character: the unused bits are not zero.
    let twin = |text: &str| {
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let last = alphabet.find(text.chars().last().unwrap()).unwrap();
        format!("{}{}", &text[..text.len() - 1], &alphabet[last + 1..last + 2])
    };
    let changed = format!("{}.{}.{}", parts[0], parts[1], twin(parts[2]));
    assert!(matches!(read(&changed), Err(JwsError::Format(_))));
}
#[test]
fn a_token_has_three_parts_and_nothing_around() {
    let good = signed(r#"{"alg":"ES256"}"#, "{}");
    let two = good.rsplit_once('.').unwrap().0;
    for bad in [
        String::new(),
        ".".into(),
        "..".into(),
        two.to_owned(),
        format!("{two}."),
        format!("{good}."),
        format!("{good}.x"),
        format!(" {good}"),
        format!("{good}\n"),
        format!("\u{feff}{good}"),
        format!(".{good}"),
    ] {
        assert!(read(&bad).is_err(), "{bad:?}");
    }
}
#[test]
fn a_header_is_a_strict_json_object_of_bounded_size_and_depth() {
    for header in [
        "[]",
        "1",
        "\"alg\"",
        "null",
        "{\"alg\":\"ES256\"} x",
        "\u{feff}{\"alg\":\"ES256\"}",
        "",
    ] {
        assert!(
            matches!(read(&signed(header, "{}")), Err(JwsError::Json(_))),
            "{header}"
        );
    }
    let deep = format!(r#""x":{}{}"#, "[".repeat(40), "]".repeat(40));
    assert_eq!(with(&deep), Err(JwsError::Json(JsonError::TooDeep(32))));
    let huge = signed(
        &format!(r#"{{"alg":"ES256","x":"{}"}}"#, "x".repeat(300 * 1024)),
        "{}",
    );
    assert_eq!(read(&huge), Err(JwsError::Json(JsonError::TooLarge(256 * 1024))));
}
#[test]
fn ecdsa_signatures_are_two_integers_of_fixed_length() {
    let input = signed(r#"{"alg":"ES256"}"#, "{}");
    let (input, _) = input.rsplit_once('.').unwrap();
    let der = procura_crypto::Scheme::Ecdsa {
        digest: procura_crypto::Digest::Sha256,
        encoding: procura_crypto::EcdsaEncoding::Der,
    };
    let good = KEY.sign(Algorithm::Es256.scheme(), input.as_bytes()).unwrap();
    let der = KEY.sign(der, input.as_bytes()).unwrap();
    for bad in [
        der,
        vec![0; 64],
        good[..63].to_vec(),
        [&good[..], &[0]].concat(),
        vec![1; 64],
    ] {
        let token = format!("{input}.{}", base64url::encode(&bad));
        assert_eq!(read(&token), Err(JwsError::Signature), "{} bytes", bad.len());
    }
    assert!(matches!(read(&format!("{input}.")), Err(JwsError::Format(_))));
}
#[test]
fn a_high_s_is_legal_in_a_jws() {
    // n - s instead of s; RFC 7518 §3.4 does not choose between the two.
    let token = signed(r#"{"alg":"ES256"}"#, "{}");
    let (input, _) = token.rsplit_once('.').unwrap();
    let highs: Vec<_> = (0..64)
        .map(|_| {
            let signature = KEY.sign(Algorithm::Es256.scheme(), input.as_bytes()).unwrap();
            assert!(read(&format!("{input}.{}", base64url::encode(&signature))).is_ok());
            signature[32] >= 0x80
        })
        .collect();
    assert!(
        highs.contains(&true) && highs.contains(&false),
        "64 signatures have both kinds"
    );
}

mod json_serialisation {
    use super::*;

    fn parts(header: &str) -> (String, String, String) {
        let token = signed(header, "{}");
        let mut parts = token.split('.').map(str::to_owned);
        (
            parts.next().unwrap(),
            parts.next().unwrap(),
            parts.next().unwrap(),
        )
    }
    fn flattened() -> Value {
        let (protected, payload, signature) = parts(r#"{"alg":"ES256"}"#);
        json!({"protected": protected, "payload": payload, "signature": signature})
    }
    fn general(signatures: usize) -> Value {
        let flat = flattened();
        let entry = json!({"protected": flat["protected"], "signature": flat["signature"]});
        json!({"payload": flat["payload"], "signatures": vec![entry; signatures]})
    }
    fn parse(value: &Value) -> Result<JsonJws, JwsError> {
        JsonJws::parse(
            value.to_string().as_bytes(),
            Understood::default(),
            Limits::default(),
        )
    }
    fn changed(mut value: Value, change: impl FnOnce(&mut Map<String, Value>)) -> Option<JwsError> {
        change(value.as_object_mut().unwrap());
        parse(&value).err()
    }
    #[test]
    fn both_forms_are_read_and_each_signature_judged_alone() {
        let allowed = AlgorithmSet::new(&[Algorithm::Es256]);
        let one = parse(&flattened()).unwrap();
        assert!(one.signatures[0].jws.verify(KEY.public_key(), &allowed).is_ok());

        let mut two = general(2);
        two["signatures"][1]["signature"] = base64url::encode(&[1; 64]).into();
        let two = parse(&two).unwrap();
        assert!(two.signatures[0].jws.verify(KEY.public_key(), &allowed).is_ok());
        assert_eq!(
            two.signatures[1]
                .jws
                .verify(KEY.public_key(), &allowed)
                .map(|_| ()),
            Err(JwsError::Signature),
            "a good signature does not vouch for a bad one"
        );
    }
    #[test]
    fn the_number_of_signatures_is_bounded() {
        assert!(parse(&general(10)).is_ok());
        for count in [0, 11] {
            assert_eq!(
                parse(&general(count)).err(),
                Some(JwsError::Member("signatures".into()))
            );
        }
    }
    #[test]
    fn members_that_are_missing_misplaced_or_unknown_are_refused() {
        let member = |name: &str| Some(JwsError::Member(name.into()));
        for name in ["payload", "protected", "signature"] {
            assert_eq!(changed(flattened(), |o| drop(o.remove(name))), member(name));
            assert_eq!(
                changed(flattened(), |o| drop(o.insert(name.into(), json!(1)))),
                member(name)
            );
        }
        assert_eq!(
            changed(flattened(), |o| drop(o.insert("header".into(), json!([])))),
            member("header")
        );
        assert_eq!(
            changed(flattened(), |o| drop(o.insert("more".into(), json!(1)))),
            member("more")
        );
        assert_eq!(
            changed(general(1), |o| drop(o.insert("signature".into(), json!("AA")))),
            member("signature")
        );
        assert_eq!(
            changed(general(1), |o| drop(o.insert("signatures".into(), json!({})))),
            member("signatures")
        );
        assert_eq!(
            changed(general(1), |o| drop(o.insert("signatures".into(), json!([1])))),
            member("signatures")
        );
        let mut extra = general(1);
        extra["signatures"][0]["more"] = json!(1);
        assert_eq!(parse(&extra).err(), member("more"));
    }
    #[test]
    fn headers_are_never_merged() {
        let header = |value: Value| changed(flattened(), |o| drop(o.insert("header".into(), value)));
        assert_eq!(header(json!({"etsiU": []})), None);
        assert_eq!(
            header(json!({"alg": "ES256"})),
            Some(JwsError::Overlap("alg".into()))
        );
        for (name, value) in [
            ("crit", json!(["x"])),
            ("b64", json!(false)),
            ("kid", json!("k")),
            ("x5c", json!(["AA=="])),
            ("typ", json!("at+jwt")),
        ] {
            assert_eq!(
                header(json!({name: value})),
                Some(JwsError::Parameter(name)),
                "{name}"
            );
        }
        // alg only in the unprotected header is no alg.
        let (protected, payload, signature) = parts("{}");
        let value = json!({"protected": protected, "payload": payload, "signature": signature, "header": {"alg": "ES256"}});
        assert_eq!(parse(&value).err(), Some(JwsError::Parameter("alg")));
    }
    #[test]
    fn duplicates_are_refused_at_every_level() {
        let text = flattened().to_string();
        let twice = text.replacen('{', r#"{"payload":"e30","#, 1);
        let unprotected = text.replacen('{', r#"{"header":{"a":1,"a":1},"#, 1);
        for bad in [twice, unprotected] {
            let error = JsonJws::parse(bad.as_bytes(), Understood::default(), Limits::default()).unwrap_err();
            assert!(
                matches!(error, JwsError::Json(JsonError::Duplicate { .. })),
                "{error}"
            );
        }
    }
}

#[test]
fn signing_fixes_the_bytes_and_refuses_what_would_not_be_read() {
    let prepared = Prepared::new(&object(json!({"alg": "ES256", "typ": "JWT"})), b"{}").unwrap();
    assert_eq!(prepared.bytes(), b"eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.e30");
    let signature = KEY.sign(Algorithm::Es256.scheme(), prepared.bytes()).unwrap();
    assert!(read(&prepared.finish(&signature)).is_ok());

    assert_eq!(
        Prepared::new(&Map::new(), b"").err(),
        Some(JwsError::Parameter("alg"))
    );
    let none = object(json!({"alg": "none"}));
    assert_eq!(
        Prepared::new(&none, b"").err(),
        Some(JwsError::Algorithm("none".into()))
    );
    let absent = object(json!({"alg": "ES256", "crit": ["sigT"]}));
    assert_eq!(
        Prepared::new(&absent, b"").err(),
        Some(JwsError::Parameter("crit"))
    );

    let other = object(json!({"alg": "ES384"}));
    assert_eq!(
        sign(&KEY, Algorithm::Es256, other, b""),
        Err(JwsError::Parameter("alg"))
    );
    assert_eq!(
        sign(&KEY, Algorithm::Es384, Map::new(), b""),
        Err(JwsError::WrongKey("ES384"))
    );
}

/// RFC 7515 §A.3, RFC 8037 §A.4.
#[test]
fn the_examples_of_the_specifications_verify() {
    let es256 = json!({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"});
    let eddsa = json!({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    for (key, token) in [
        (
            es256,
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        ),
        (
            eddsa,
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
        ),
    ] {
        let key = procura_jose::Jwk::from_json(&object(key)).unwrap();
        let jws = CompactJws::parse(token, Understood::default(), Limits::default()).unwrap();
        jws.verify_with(&key, &AlgorithmSet::all()).unwrap();
    }
}

proptest! {
    #[test]
    fn any_text_is_judged_without_panic(text: String) {
        prop_assert!(read(&text).is_err());
        prop_assert!(JsonJws::parse(text.as_bytes(), Understood::default(), Limits::default()).is_err());
    }
    #[test]
    fn a_changed_character_anywhere_is_refused(at: prop::sample::Index, replacement in "[A-Za-z0-9_.-]") {
        let good = signed(r#"{"alg":"ES256","typ":"JWT"}"#, r#"{"sub":"a"}"#);
        let at = at.index(good.len());
        prop_assume!(good[at..=at] != replacement);
        let changed = format!("{}{replacement}{}", &good[..at], &good[at + 1..]);
        prop_assert!(read(&changed).is_err());
    }
    #[test]
    fn any_payload_survives(payload: Vec<u8>) {
        let token = sign(&KEY, Algorithm::Es256, Map::new(), &payload).unwrap();
        prop_assert_eq!(read(&token), Ok(payload));
    }
}
