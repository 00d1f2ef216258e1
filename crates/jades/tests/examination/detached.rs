//! Payloads that stand elsewhere (TS 119 182-1 §5.2.8, RFC 7515 appendix F, RFC 7797).
use crate::signer::{PAYLOAD, Signer};
use procura_ades::SubIndication;
use procura_crypto::digest::sha256;
use procura_jades::{Document, Examined, Level, Objects, document::Deviation};
use procura_jose::base64url;
use serde_json::{Map, Value, json};

const URI: &str = "https://objects.example/a b";
const ENCODED: &str = "https%3A//objects.example/a%20b";

/// Signs `payload` as it stands and leaves it out.
fn detached(change: impl FnOnce(&mut Map<String, Value>), payload: &str) -> String {
    let signer = Signer::new();
    let mut header = signer.header();
    change(&mut header);
    let (protected, signature) = signer.sign(&header, payload);
    format!("{protected}..{signature}")
}
fn examined(compact: &str, objects: &Objects) -> Examined {
    let document = Document::read(compact.as_bytes()).unwrap();
    document.examine(objects).remove(0).unwrap()
}
fn by_hash(value: &[u8], crit: &[&str]) -> impl FnOnce(&mut Map<String, Value>) {
    let sig_d = json!({
        "mId": "http://uri.etsi.org/19182/ObjectIdByURIHash",
        "pars": [ENCODED], "hashM": "S256", "hashV": [base64url::encode(value)],
    });
    let crit = json!(crit);
    move |header| {
        header.insert("sigD".into(), sig_d);
        header.insert("crit".into(), crit);
    }
}

#[test]
fn the_digest_of_an_object_stands_for_it() {
    let value = sha256(base64url::encode(PAYLOAD).as_bytes());
    let compact = detached(by_hash(&value, &["sigD"]), "");
    let at = |objects: Objects| examined(&compact, &objects).integrity;
    let found = examined(&compact, &Objects::default().with(URI, PAYLOAD.to_vec()));
    assert_eq!((found.integrity, found.level), (Ok(()), Level::B));
    assert_eq!(
        at(Objects::default().with(URI, b"other".to_vec())),
        Err(SubIndication::HashFailure)
    );
    assert_eq!(at(Objects::default()), Err(SubIndication::SignedDataNotFound));
    assert_eq!(
        at(Objects::default().with("https://objects.example/b", PAYLOAD.to_vec())),
        Err(SubIndication::SignedDataNotFound)
    );
}

#[test]
fn without_base64url_the_digest_is_of_the_octets_themselves() {
    let unencoded = |value: &[u8]| {
        let by_hash = by_hash(value, &["sigD", "b64"]);
        detached(
            |header| {
                by_hash(header);
                header.insert("b64".into(), json!(false));
            },
            "",
        )
    };
    let objects = Objects::default().with(URI, PAYLOAD.to_vec());
    assert_eq!(examined(&unencoded(&sha256(PAYLOAD)), &objects).integrity, Ok(()));
    let of_string = sha256(base64url::encode(PAYLOAD).as_bytes());
    assert_eq!(
        examined(&unencoded(&of_string), &objects).integrity,
        Err(SubIndication::HashFailure)
    );
}

#[test]
fn objects_by_uri_are_the_payload_in_their_order() {
    let sig_d = json!({
        "mId": "http://uri.etsi.org/19182/ObjectIdByURI",
        "pars": ["https://a.example", "https://b.example"],
    });
    let change = |header: &mut Map<String, Value>| {
        header.insert("sigD".into(), sig_d);
        header.insert("crit".into(), json!(["sigD"]));
    };
    let payload = [base64url::encode(b"one"), base64url::encode(b"two")].concat();
    let compact = detached(change, &payload);
    let objects = |a: &[u8], b: &[u8]| {
        Objects::default()
            .with("https://a.example", a.to_vec())
            .with("https://b.example", b.to_vec())
    };
    assert_eq!(examined(&compact, &objects(b"one", b"two")).integrity, Ok(()));
    assert_eq!(
        examined(&compact, &objects(b"two", b"one")).integrity,
        Err(SubIndication::SigCryptoFailure)
    );
}

#[test]
fn headers_of_a_message_are_the_payload_in_their_order() {
    let sig_d = json!({
        "mId": "http://uri.etsi.org/19182/HttpHeaders",
        "pars": ["(request-target)", "Digest", "x-tag"],
    });
    let signed = |header: &mut Map<String, Value>| {
        header.insert("sigD".into(), sig_d.clone());
        header.insert("b64".into(), json!(false));
        header.insert("crit".into(), json!(["sigD", "b64"]));
    };
    let compact = detached(
        signed,
        "(request-target): post /a\ndigest: SHA-256=abc\nx-tag: 1, 2",
    );
    let message = |digest: &str| {
        Objects::default()
            .with_header("X-Tag", "1")
            .with_header("(request-target)", "post /a")
            .with_header("digest", digest)
            .with_header("x-tag", " 2 ")
    };
    let at = |objects: &Objects| examined(&compact, objects).integrity;
    assert_eq!(at(&message("SHA-256=abc")), Ok(()));
    assert_eq!(at(&message("SHA-256=abd")), Err(SubIndication::SigCryptoFailure));
    assert_eq!(at(&Objects::default()), Err(SubIndication::SignedDataNotFound));
    let encoded = detached(
        |header| {
            signed(header);
            header.insert("b64".into(), json!(true));
        },
        "",
    );
    let read = Document::read(encoded.as_bytes()).unwrap();
    assert_eq!(
        read.signatures[0].as_ref().unwrap().deviations,
        [Deviation::Malformed("sigD")]
    );
}

#[test]
fn a_payload_without_reference_is_brought_by_who_has_it() {
    let compact = detached(|_| {}, &base64url::encode(PAYLOAD));
    let at = |objects: Objects| examined(&compact, &objects).integrity;
    assert_eq!(at(Objects::default().with_payload(PAYLOAD.to_vec())), Ok(()));
    assert_eq!(at(Objects::default()), Err(SubIndication::SignedDataNotFound));
    assert_eq!(
        at(Objects::default().with_payload(b"other".to_vec())),
        Err(SubIndication::SigCryptoFailure)
    );
}

#[test]
fn each_broken_rule_of_a_reference_is_named_alone() {
    let sound = json!({
        "mId": "http://uri.etsi.org/19182/ObjectIdByURIHash",
        "pars": [URI], "hashM": "S256", "hashV": [base64url::encode(&[1; 32])],
    });
    let malformed: [(&str, Value); 8] = [
        ("mId", json!("http://uri.etsi.org/19182/Other")),
        ("pars", json!([])),
        ("pars", json!([URI, "https://b.example"])),
        ("pars", json!([1])),
        ("hashM", json!("S3-256")),
        ("hashV", json!([])),
        ("hashV", json!(["YQ"])),
        ("hashV", json!(["+"])),
    ];
    let twice = json!({
        "mId": "http://uri.etsi.org/19182/ObjectIdByURI",
        "pars": [URI, URI],
    });
    let deviations = |sig_d: &Value, crit: Option<Value>| {
        let compact = detached(
            |header| {
                header.insert("sigD".into(), sig_d.clone());
                header.extend(crit.map(|crit| ("crit".to_owned(), crit)));
            },
            "",
        );
        let mut read = Document::read(compact.as_bytes()).unwrap();
        read.signatures.remove(0).unwrap().deviations
    };
    let crit = || Some(json!(["sigD"]));
    assert_eq!(deviations(&sound, crit()), []);
    assert_eq!(deviations(&twice, crit()), [Deviation::Malformed("sigD")]);
    assert_eq!(deviations(&sound, None), [Deviation::NotCritical("sigD")]);
    for (member, value) in malformed {
        let mut sig_d = sound.clone();
        sig_d[member] = value;
        assert_eq!(
            deviations(&sig_d, crit()),
            [Deviation::Malformed("sigD")],
            "{sig_d}"
        );
    }
}

#[test]
fn a_reference_beside_a_payload_is_named() {
    let signer = Signer::new();
    let value = sha256(base64url::encode(PAYLOAD).as_bytes());
    let mut header = signer.header();
    by_hash(&value, &["sigD"])(&mut header);
    let (protected, signature) = signer.sign(&header, "");
    let objects = Objects::default().with(URI, PAYLOAD.to_vec());
    let examined = |document: Value| {
        let document = Document::read(document.to_string().as_bytes()).unwrap();
        let integrity = document.examine(&objects).remove(0).unwrap().integrity;
        (
            document.signatures[0].as_ref().unwrap().deviations.clone(),
            integrity,
        )
    };
    let sound = json!({ "protected": protected, "signature": signature });
    assert_eq!(examined(sound.clone()), (vec![], Ok(())));
    let mut beside = sound;
    beside["payload"] = "ZXZpbA".into();
    assert_eq!(
        examined(beside),
        (vec![Deviation::NotDetached], Err(SubIndication::FormatFailure))
    );
}

#[test]
fn a_payload_that_is_not_the_one_that_was_brought_is_told() {
    let document = Signer::new().document(|_| {});
    let document = Document::read(document.to_string().as_bytes()).unwrap();
    let at = |payload: &[u8]| {
        let objects = Objects::default().with_payload(payload.to_vec());
        document.examine(&objects).remove(0).unwrap().integrity
    };
    assert_eq!(at(PAYLOAD), Ok(()));
    assert_eq!(at(b"another"), Err(SubIndication::HashFailure));
}

#[test]
fn two_spellings_of_one_address_are_one_object_and_two_octets_are_two() {
    let objects = Objects::default()
        .with("https://h.example/%61", b"a".to_vec())
        .with("https://h.example/%FE", b"fe".to_vec());
    assert_eq!(objects.get("https://h.example/a"), Some(&b"a"[..]));
    assert_eq!(objects.get("https://h.example/%FF"), None);
}
