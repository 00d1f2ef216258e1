//! What time-stamps cover, what makes a level, and counter-signatures.
use crate::{
    authority::{Unit, for_time_stamps},
    signer::{Signer, encoded, examined, read},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use procura_ades::{SubIndication, TokenError};
use procura_jades::{
    BudgetExceeded, Document, Examined, Level, Objects,
    document::ReadError,
    examine::{Cover, TimeStampKind},
};
use procura_jose::base64url;
use serde_json::{Value, json};

/// A container of tokens of `unit`, one over each.
fn container(unit: &Unit, over: &[&[u8]]) -> Value {
    let tokens: Vec<_> = over
        .iter()
        .map(|data| json!({ "val": BASE64_STANDARD.encode(unit.sign(&unit.over(data))) }))
        .collect();
    json!({ "tstTokens": tokens })
}
fn with(document: &Value, properties: &[Value]) -> Value {
    let mut document = document.clone();
    document["header"] = json!({ "etsiU": properties });
    document
}
fn text<'a>(document: &'a Value, name: &str) -> &'a str {
    document[name].as_str().unwrap()
}
fn covers(examined: &Examined) -> Vec<(TimeStampKind, Cover)> {
    examined
        .time_stamps
        .iter()
        .map(|stamp| (stamp.kind, stamp.cover))
        .collect()
}
/// What an archive time-stamp after these properties covers.
fn archived(document: &Value, before: &[Value]) -> Vec<u8> {
    let strings: String = before.iter().map(|property| property.as_str().unwrap()).collect();
    [
        text(document, "payload"),
        text(document, "protected"),
        text(document, "signature"),
        &strings,
    ]
    .join(".")
    .into_bytes()
}
fn x_vals() -> Value {
    let value = BASE64_STANDARD.encode(Signer::new().certificate.der());
    encoded("xVals", &json!([{ "x509Cert": { "val": value } }]))
}

#[test]
fn levels_grow_with_what_is_added() {
    let (signer, unit) = (Signer::new(), Unit::new());
    let document = signer.document(|_| {});
    let mut properties = vec![encoded(
        "sigTst",
        &container(&unit, &[text(&document, "signature").as_bytes()]),
    )];
    assert_eq!(examined(&document).level, Level::B);
    assert_eq!(examined(&with(&document, &properties)).level, Level::T);
    properties.push(x_vals());
    assert_eq!(examined(&with(&document, &properties)).level, Level::Lt);
    let over = archived(&document, &properties);
    properties.push(encoded("arcTst", &container(&unit, &[&over])));
    let found = examined(&with(&document, &properties));
    assert_eq!(found.level, Level::Lta);
    assert_eq!(
        covers(&found),
        [
            (TimeStampKind::Signature, Cover::Intact),
            (TimeStampKind::Archive, Cover::Intact)
        ]
    );
    assert!(found.time_stamps.iter().all(|stamp| stamp.signer.is_ok()));
    assert_eq!(found.integrity, Ok(()));
    properties.push(encoded("xRefs", &json!([])));
    assert_eq!(examined(&with(&document, &properties)).level, Level::T);
}

#[test]
fn a_signature_time_stamp_covers_the_string_and_not_the_octets() {
    let (signer, unit) = (Signer::new(), Unit::new());
    let document = signer.document(|_| {});
    let octets = base64url::decode(text(&document, "signature")).unwrap();
    let found = examined(&with(
        &document,
        &[encoded("sigTst", &container(&unit, &[&octets]))],
    ));
    assert_eq!(covers(&found), [(TimeStampKind::Signature, Cover::Broken)]);
    // The format has the level; that its time-stamp proves nothing is another fact.
    assert_eq!((found.integrity, found.level), (Ok(()), Level::T));
}

#[test]
fn a_signature_time_stamp_is_one_token_from_before_the_certificate_expired() {
    let (signer, unit) = (Signer::new(), Unit::new());
    let document = signer.document(|_| {});
    let value = text(&document, "signature").as_bytes();
    let level = |property: Value| examined(&with(&document, &[property])).level;
    assert_eq!(
        level(encoded("sigTst", &container(&unit, &[value, value]))),
        Level::B
    );
    assert_eq!(level(encoded("sigTst", &json!({ "tstTokens": [] }))), Level::B);
    assert_eq!(
        level(encoded("sigTst", &json!({ "tstTokens": [{ "val": "+" }] }))),
        Level::B
    );
    let mut late = unit.over(value);
    late.after_serial = vec![crate::forge::tlv(0x18, b"20270101000001Z")];
    let late = json!({ "tstTokens": [{ "val": BASE64_STANDARD.encode(unit.sign(&late)) }] });
    assert_eq!(level(encoded("sigTst", &late)), Level::B);
}

#[test]
fn a_token_that_is_not_proven_says_why() {
    let (signer, unit) = (Signer::new(), Unit::with(|request| request));
    let document = signer.document(|_| {});
    let value = text(&document, "signature").as_bytes();
    let found = examined(&with(
        &document,
        &[encoded("sigTst", &container(&unit, &[value]))],
    ));
    let stamp = &found.time_stamps[0];
    assert_eq!(stamp.cover, Cover::Intact);
    assert!(stamp.token.is_ok());
    assert!(
        matches!(&stamp.signer, Err(TokenError::Purpose(_))),
        "{:?}",
        stamp.signer
    );
    // Its format has the level all the same.
    assert_eq!(found.level, Level::T);
}

/// The same content, written otherwise: what was transmitted is not what was archived.
#[test]
fn an_archive_time_stamp_covers_what_was_transmitted_and_nothing_else() {
    let (signer, unit) = (Signer::new(), Unit::new());
    let document = signer.document(|_| {});
    let value = container(&unit, &[text(&document, "signature").as_bytes()]);
    let (first, second) = (encoded("sigTst", &value), x_vals());
    let over = archived(&document, &[first.clone(), second.clone()]);
    let archive = encoded("arcTst", &container(&unit, &[&over]));
    let spaced: Value = base64url::encode(format!(r#"{{ "sigTst": {value} }}"#).as_bytes()).into();
    let cover = |properties: &[Value]| covers(&examined(&with(&document, properties))).pop().unwrap().1;
    assert_eq!(
        cover(&[first.clone(), second.clone(), archive.clone()]),
        Cover::Intact
    );
    assert_eq!(cover(&[spaced, second.clone(), archive.clone()]), Cover::Broken);
    assert_eq!(
        cover(&[second.clone(), first.clone(), archive.clone()]),
        Cover::Broken
    );
    assert_eq!(cover(&[first.clone(), archive.clone()]), Cover::Broken);
    // What nobody can read was not archived either.
    for unreadable in [json!("+"), json!(base64url::encode(br#"{"a":1,"b":2}"#))] {
        let with_it = [first.clone(), second.clone(), unreadable, archive.clone()];
        assert_eq!(cover(&with_it), Cover::Broken);
    }
    let later = encoded("sigPSt", &json!({}));
    assert_eq!(
        covers(&examined(&with(&document, &[first, second, archive, later])))[1].1,
        Cover::Intact
    );
}

#[test]
fn archives_of_clear_properties_are_not_judged() {
    let (signer, unit) = (Signer::new(), Unit::new());
    let document = signer.document(|_| {});
    let value = container(&unit, &[text(&document, "signature").as_bytes()]);
    let properties = [
        json!({ "sigTst": value }),
        json!({ "arcTst": container(&unit, &[b"anything"]) }),
    ];
    assert_eq!(
        covers(&examined(&with(&document, &properties))),
        [
            (TimeStampKind::Signature, Cover::Intact),
            (TimeStampKind::Archive, Cover::Unknown)
        ]
    );
}

#[test]
fn a_content_time_stamp_covers_the_payload() {
    let (signer, unit) = (Signer::new(), Unit::new());
    let payload = signer.document(|_| {})["payload"].clone();
    for (over, cover) in [
        (payload.as_str().unwrap(), Cover::Intact),
        ("other", Cover::Broken),
    ] {
        let document = signer.document(|header| {
            header.insert("adoTst".into(), container(&unit, &[over.as_bytes()]));
        });
        assert_eq!(covers(&examined(&document)), [(TimeStampKind::Content, cover)]);
    }
}

#[test]
fn the_certificate_of_a_token_may_stand_among_the_validation_data() {
    let (signer, unit) = (
        Signer::new(),
        Unit::with(|request| request.with(for_time_stamps())),
    );
    let document = signer.document(|_| {});
    let mut parts = unit.over(text(&document, "signature").as_bytes());
    parts.certificates.clear();
    let token = json!({ "tstTokens": [{ "val": BASE64_STANDARD.encode(unit.sign(&parts)) }] });
    let value = BASE64_STANDARD.encode(unit.certificate.der());
    let data = encoded("tstVD", &json!({ "xVals": [{ "x509Cert": { "val": value } }] }));
    let stamp = encoded("sigTst", &token);
    let found = examined(&with(&document, std::slice::from_ref(&stamp)));
    assert_eq!(
        found.time_stamps[0].signer.as_ref().unwrap_err(),
        &TokenError::NoSigner
    );
    assert!(
        examined(&with(&document, &[stamp, data])).time_stamps[0]
            .signer
            .is_ok()
    );
}

/// A counter-signature as compact JWS over `payload`, which stands in it or not.
fn counter(signer: &Signer, payload: &str, attached: bool, typed: bool) -> String {
    let mut header = signer.header();
    if typed {
        header.insert("cty".into(), json!("json"));
    }
    let (protected, signature) = signer.sign(&header, payload);
    let payload = if attached { payload } else { "" };
    format!("{protected}.{payload}.{signature}")
}

#[test]
fn a_counter_signature_is_made_on_the_value_of_the_signature() {
    let (signer, second) = (Signer::new(), Signer::new());
    let document = signer.document(|_| {});
    let value = text(&document, "signature");
    let found = |counter: Value| {
        let mut found = examined(&with(&document, &[encoded("cSig", &counter)]));
        // Whatever the counter-signature is, it changes nothing of what it was made on.
        assert_eq!((found.integrity, found.level), (Ok(()), Level::B));
        found
            .counter_signatures
            .remove(0)
            .map(|one| (one.examined.integrity, one.examined.level))
    };
    for attached in [true, false] {
        let sound = counter(&second, value, attached, false);
        assert_eq!(found(json!(sound)), Ok((Ok(()), Level::B)));
    }
    let typed = counter(&second, value, false, true);
    assert_eq!(found(json!(typed)), Ok((Ok(()), Level::NotBaseline)));
    let other = base64url::encode(b"another value");
    assert_eq!(
        found(json!(counter(&second, &other, true, false))),
        Ok((Err(SubIndication::HashFailure), Level::B))
    );
    assert_eq!(
        found(json!(counter(&second, &other, false, false))),
        Ok((Err(SubIndication::SigCryptoFailure), Level::B))
    );
    for none in [json!(1), json!("a.b"), json!({ "signatures": [] })] {
        assert!(matches!(
            found(none),
            Err(ReadError::Format(_) | ReadError::NoSignature)
        ));
    }
}

#[test]
fn an_empty_container_beside_a_sound_one_is_no_level() {
    let (signer, unit) = (Signer::new(), Unit::new());
    let document = signer.document(|_| {});
    let sound = encoded(
        "sigTst",
        &container(&unit, &[text(&document, "signature").as_bytes()]),
    );
    let empty = encoded("sigTst", &json!({ "tstTokens": [] }));
    assert_eq!(examined(&with(&document, &[sound, empty])).level, Level::B);
}

/// With references between them, as `sigRTst` and `rfsTst` cover them.
#[test]
fn time_stamps_of_references_cover_them_in_their_order() {
    let (signer, unit) = (Signer::new(), Unit::new());
    let document = signer.document(|_| {});
    let value = text(&document, "signature");
    let (certificates, lists) = (encoded("xRefs", &json!([])), encoded("rRefs", &json!({})));
    let strings = format!("{}{}", certificates.as_str().unwrap(), lists.as_str().unwrap());
    let both = format!("{value}.{strings}");
    let cover = |name: &str, over: &str, properties: [&Value; 2]| {
        let stamp = encoded(name, &container(&unit, &[over.as_bytes()]));
        let all = [properties[0].clone(), properties[1].clone(), stamp];
        covers(&examined(&with(&document, &all)))[0].1
    };
    assert_eq!(cover("sigRTst", &both, [&certificates, &lists]), Cover::Intact);
    assert_eq!(cover("sigRTst", &both, [&lists, &certificates]), Cover::Broken);
    assert_eq!(cover("rfsTst", &strings, [&certificates, &lists]), Cover::Intact);
    assert_eq!(cover("rfsTst", &both, [&certificates, &lists]), Cover::Broken);
}

/// What does not fit is not left out: nothing is told of that signature, and everything of its neighbour.
#[test]
fn bounds_end_the_examination_of_one_signature() {
    let (signer, unit) = (Signer::new(), Unit::new());
    let document = signer.document(|_| {});
    let refused = |properties: &[Value]| {
        let entry = |one: &Value| {
            let mut entry = one.as_object().unwrap().clone();
            entry.remove("payload");
            Value::Object(entry)
        };
        let exceeding = with(&document, properties);
        let both = json!({
            "payload": document["payload"], "signatures": [entry(&exceeding), entry(&document)],
        });
        let mut examined = read(&both).examine(&Objects::default());
        assert_eq!(examined.pop().unwrap().unwrap().integrity, Ok(()));
        examined.pop().unwrap().map(drop)
    };
    let exceeds = |bound| Err(ReadError::Budget(BudgetExceeded(bound)));
    let value = text(&document, "signature").as_bytes();
    let one = container(&unit, &[value])["tstTokens"][0].clone();
    let many = json!({ "tstTokens": vec![one; 65] });
    assert_eq!(refused(&[encoded("arcTst", &many)]), exceeds("64 time-stamps"));
    let counters = vec![encoded("cSig", &json!(counter(&signer, "YQ", true, false))); 16];
    assert_eq!(refused(&counters), exceeds("15 counter-signatures"));
    let nested = (0..4).fold(document.clone(), |inner, _| {
        with(&document, &[encoded("cSig", &inner)])
    });
    assert_eq!(
        refused(&[encoded("cSig", &nested)]),
        exceeds("four levels of counter-signatures")
    );
}

/// However the values are hidden in strings inside of strings.
#[test]
fn the_values_of_a_signature_are_counted_together() {
    let signer = Signer::new();
    let sound = signer.document(|_| {});
    let property = encoded("xVals", &Value::Array(vec![json!(1); 3000]));
    let read = |count: usize| {
        let document = with(&sound, &vec![property.clone(); count]).to_string();
        let document = Document::read(document.as_bytes()).unwrap();
        document.signatures[0].as_ref().map(drop).map_err(Clone::clone)
    };
    assert_eq!(read(2), Ok(()));
    let bound = BudgetExceeded("8192 JSON values in its strings");
    assert_eq!(read(3), Err(ReadError::Budget(bound)));
}
