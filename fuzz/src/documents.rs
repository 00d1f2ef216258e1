//! Signed documents, by their text, by their protected header, and by their unsigned properties.
use crate::world::WORLD;
use procura_ades::Indication;
use procura_jades::{
    Augmented, Document, Examined, Objects, Profile, Report, Rules, Validation,
    document::Transmitted,
    report::{self, SignatureReport, Terminal, is_invisible},
    validate,
};
use procura_jose::{
    AlgorithmSet, CompactJws, Jwk, JwkSet, Understood, base64url,
    json::{self, Limits},
    jws::JsonJws,
    jwt::Claims,
};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// A document in any serialisation.
///
/// # Panics
/// Where a rule is broken.
pub fn documents(bytes: &[u8]) {
    let Ok(document) = Document::read(bytes) else {
        let report = validation(Profile::Strict.into(), &NOTHING).of_bytes(bytes);
        assert!(!report.is_passed(), "unreadable and passed");
        return;
    };
    let again = Document::read(bytes).expect("it was read before");
    assert_eq!(
        format!("{document:?}"),
        format!("{again:?}"),
        "read twice, it says two things"
    );
    augmented(bytes, &document);
    let examined = document.examine(&WORLD.objects);
    assert_eq!(
        examined.len(),
        document.signatures.len(),
        "a signature was left out"
    );
    for (transmitted, examined) in document.signatures.iter().zip(&examined) {
        if let (Ok(transmitted), Ok(examined)) = (transmitted, examined) {
            examined_honestly(transmitted, examined);
        }
    }
    judged(&document);
    if let Ok(text) = core::str::from_utf8(bytes) {
        seal(text, &document);
    }
}

/// The octets of a protected header, in a compact document and in a flattened one.
///
/// # Panics
/// Where a rule is broken.
pub fn headers(bytes: &[u8]) {
    let world = &*WORLD;
    let protected = base64url::encode(bytes);
    let compact = [&protected, &world.plain["payload"], &world.plain["signature"]]
        .map(String::as_str)
        .join(".");
    documents(compact.as_bytes());
    let mut flattened = json!(world.plain);
    flattened["protected"] = protected.into();
    documents(flattened.to_string().as_bytes());
    // Detached, so that `sigD` has its say.
    flattened["payload"] = Value::Null;
    if let Some(members) = flattened.as_object_mut() {
        members.remove("payload");
    }
    documents(flattened.to_string().as_bytes());
}

/// A JSON list of unsigned properties: `{name: value}` becomes base64url, a string stays as it is. They stand in a document
/// whose seal is good.
///
/// # Panics
/// Where a rule is broken; the first of them is that nothing unsigned fails a signature that is good.
pub fn etsi_u(bytes: &[u8]) {
    let Ok(Value::Array(list)) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let world = &*WORLD;
    let encoded: Vec<Value> = list
        .iter()
        .map(|item| match item {
            Value::String(text) => text.clone().into(),
            property => base64url::encode(property.to_string().as_bytes()).into(),
        })
        .collect();
    let mut document = json!(world.plain);
    let is_empty = encoded.is_empty();
    document["header"] = json!({ "etsiU": encoded });
    let text = document.to_string();
    documents(text.as_bytes());
    if let Ok(document) = Document::read(text.as_bytes()) {
        let examined = document.examine(&world.objects);
        if let Ok(examined) = &examined[0] {
            assert_eq!(
                examined.integrity,
                Ok(()),
                "an unsigned property broke the signature"
            );
        }
        let report = validation(Profile::Strict.into(), brought(&document)).of(&document);
        let signature = &report.signatures[0];
        let exceeds = signature.checks.iter().any(|check| check.name == "bounds");
        if !is_empty && !exceeds {
            assert!(
                signature.conclusion.is_passed(),
                "an unsigned property failed a good signature: {}",
                signature.sentence
            );
        }
    }
    document["header"] = json!({ "etsiU": list });
    documents(document.to_string().as_bytes());
}

/// What a document that is detached is brought with, and another one is not.
#[must_use]
pub fn brought(document: &Document) -> &'static Objects {
    let mut signatures = document.signatures.iter().flatten();
    if signatures.any(|one| one.signed.detached.is_some()) {
        &WORLD.objects
    } else {
        &NOTHING
    }
}
static NOTHING: LazyLock<Objects> = LazyLock::new(Objects::default);

fn validation(rules: Rules, objects: &'static Objects) -> Validation<'static> {
    let world = &*WORLD;
    Validation {
        rules,
        now: world.now,
        algorithms: &world.algorithms,
        policy: &world.policy,
        anchors: &world.anchors,
        certificates: &[],
        revocation: &world.revocation,
        objects,
    }
}

/// Whether a key of ours signed exactly this.
fn is_honest(transmitted: &Transmitted) -> bool {
    match WORLD.signed.get(&transmitted.protected) {
        None => false,
        Some(signed) => match transmitted.payload.as_deref() {
            None => true,
            Some(payload) => signed.contains(&Some(payload.to_owned())),
        },
    }
}

fn examined_honestly(transmitted: &Transmitted, examined: &Examined) {
    if examined.integrity.is_ok() {
        assert!(is_honest(transmitted), "a signature verifies that nobody made");
    }
    for counter in examined.counter_signatures.iter().flatten() {
        examined_honestly(&counter.transmitted, &counter.examined);
    }
    for stamp in &examined.time_stamps {
        let (Ok(token), Ok(_)) = (&stamp.token, &stamp.signer) else {
            continue;
        };
        assert!(
            WORLD.times.contains(&token.time()),
            "a token verifies that nobody made"
        );
    }
}

/// Under every profile; what one accepts, those that tolerate more accept too.
fn judged(document: &Document) {
    let by = |rules: Rules| {
        let report = validation(rules, brought(document)).of(document);
        honest(document, &report);
        report
    };
    let credential = by(Profile::Credential.into());
    let strict = by(Profile::Strict.into());
    let deployed = by(Profile::Deployed.into());
    let compatible = by(Rules::dss_compat());
    for (narrow, wide, what) in [
        (&credential, &strict, "credential passes and strict does not"),
        (&credential, &deployed, "credential passes and deployed does not"),
        (&strict, &compatible, "strict passes and dss-compat does not"),
    ] {
        assert!(!narrow.is_passed() || wide.is_passed(), "{what}");
    }
    // Reports differ in their verdicts, hardly in how they are shown.
    shown(&strict);
    let again = validation(Profile::Strict.into(), brought(document)).of(document);
    assert_eq!(strict, again, "judged twice, it is two things");
}

fn honest(document: &Document, report: &Report) {
    for (transmitted, signature) in document.signatures.iter().zip(&report.signatures) {
        if signature.conclusion.is_passed() || signature.integrity_holds() {
            let honest = transmitted.as_ref().is_ok_and(is_honest);
            assert!(honest, "TOTAL-PASSED for what nobody signed");
        }
        times(signature);
    }
    assert_eq!(document.signatures.len(), report.signatures.len());
}

fn times(signature: &SignatureReport) {
    let passed = signature.conclusion.indication == Indication::Passed;
    assert_eq!(passed, signature.conclusion.is_passed());
    if signature.time_is_proven {
        let time = signature.best_signature_time;
        assert!(WORLD.times.contains(&time), "nobody's token says {time}");
    }
    signature.counter_signatures.iter().for_each(times);
}

/// For people, in every form.
fn shown(report: &Report) {
    let terminal = Terminal::default();
    let texts = [
        report::simple(report, terminal),
        report::detailed(report, terminal),
        report::html(report, Some("name")).expect("the page can be written"),
    ];
    for text in &texts {
        let hidden = text.chars().find(|c| is_invisible(*c) && *c != '\n');
        assert_eq!(hidden, None, "a report holds an invisible character");
    }
    let narrow = Terminal {
        width: Some(40),
        ..terminal
    };
    drop(report::detailed(report, narrow));
    let text = report::json(report).expect("the report is JSON");
    serde_json::from_str::<Value>(&text).expect("the report is JSON");
}

/// What is written after reading has the strings that were transmitted.
fn augmented(bytes: &[u8], document: &Document) {
    let Ok(augmented) = Augmented::read(bytes, WORLD.objects.clone()) else {
        return;
    };
    let strings = |document: &Document| -> Vec<_> {
        let one = |one: &Transmitted| {
            let properties = one
                .unsigned
                .properties
                .iter()
                .cloned()
                .map(|p| (p.name, p.value, p.transmitted));
            (
                (one.payload.clone(), one.protected.clone(), one.signature.clone()),
                properties.collect::<Vec<_>>(),
            )
        };
        let all = document.signatures.iter();
        all.map(|signature| signature.as_ref().map(one).map_err(Clone::clone))
            .collect()
    };
    let before = strings(document);
    let written = augmented.to_json();
    let again = Document::read(written.as_bytes()).expect("what is written can be read");
    assert_eq!(before, strings(&again), "writing changed what was transmitted");
    let general = augmented.into_general().to_json();
    let again = Document::read(general.as_bytes()).expect("what is written can be read");
    assert_eq!(
        before,
        strings(&again),
        "writing in general form changed what was transmitted"
    );
}

/// As a credential's seal, which is judged by another reader of the same text: what the validation of documents accepts,
/// that one must not refuse, and the reverse for signature and header.
fn seal(text: &str, document: &Document) {
    let world = &*WORLD;
    let validated = validate(text, Profile::Credential, &world.algorithms, world.now);
    if let Ok(signature) = &validated {
        let one = document.signatures[0].as_ref().expect("a seal is a document");
        assert!(is_honest(one), "a seal verifies that nobody made");
        assert_eq!(signature.certificate, world.seal);
    }
    let passed = validation(Profile::Credential.into(), brought(document))
        .of(document)
        .is_passed();
    assert!(
        !passed || validated.is_ok(),
        "a document's validation accepts what is no seal: {:?}",
        validated.err()
    );
}

/// JWS in either serialisation, JWK and JWK set, JSON.
///
/// # Panics
/// Where a rule is broken.
pub fn jws(bytes: &[u8]) {
    let limits = Limits {
        size: 64 * 1024,
        depth: 16,
    };
    strict_json(bytes, limits);
    let understood = Understood(&["sigD"]);
    if let Ok(text) = core::str::from_utf8(bytes)
        && let Ok(jws) = CompactJws::parse(text, understood, limits)
    {
        let (protected, payload) = jws.encoded_parts();
        let signature = base64url::encode(jws.signature());
        assert_eq!(
            text,
            format!("{protected}.{payload}.{signature}"),
            "there are two ways to write it"
        );
        verified(&jws);
    }
    if let Ok(jws) = JsonJws::parse(bytes, understood, limits) {
        jws.signatures.iter().for_each(|one| verified(&one.jws));
    }
    if let Ok(object) = json::parse_object(bytes, limits) {
        if let Ok(key) = Jwk::from_json(&object) {
            let public = key.key.to_spki_der();
            assert!(!public.is_empty());
            let again = Jwk::from_json(&object).expect("it was read before");
            assert_eq!(key.key, again.key);
        }
        drop(JwkSet::from_json(&object));
    }
    drop(Claims::parse(bytes));
    if let Ok(text) = core::str::from_utf8(bytes)
        && let Some(octets) = base64url::decode(text)
    {
        assert_eq!(base64url::encode(&octets), text, "there are two ways to write it");
    }
}

fn verified(jws: &CompactJws) {
    let key = WORLD.seal.public_key().expect("the seal has a key");
    if jws.verify(key, &AlgorithmSet::all()).is_ok() {
        let (protected, payload) = jws.encoded_parts();
        let signed = WORLD
            .signed
            .get(protected)
            .expect("a header verifies that nobody signed");
        // Digests by URI are signed over an empty payload.
        let payload = Some(payload.to_owned()).filter(|payload| !payload.is_empty());
        assert!(signed.contains(&payload), "a payload verifies that nobody signed");
    }
}

/// What the strict reader takes, the usual one reads in the same way.
fn strict_json(bytes: &[u8], limits: Limits) {
    if let Ok(value) = json::parse(bytes, limits) {
        let usual: Value = serde_json::from_slice(bytes).expect("strict JSON is JSON");
        assert_eq!(value, usual, "two readers read two things");
        let written = serde_json::to_vec(&value).expect("a value can be written");
        if let Ok(again) = json::parse(&written, limits) {
            // serde_json rounds what is no 64-bit integer, and may round it anew when it is read again.
            assert_eq!(
                without_fractions(value),
                without_fractions(again),
                "written and read, it is another"
            );
        }
    }
}

fn without_fractions(value: Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => Value::Null,
        Value::Array(list) => list.into_iter().map(without_fractions).collect(),
        Value::Object(members) => {
            let members = members.into_iter();
            Value::Object(
                members
                    .map(|(name, value)| (name, without_fractions(value)))
                    .collect(),
            )
        }
        other => other,
    }
}
