use super::*;
use proptest::prelude::*;

const URL: &str = "https://issuer.example/status/1";

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}
fn issuer() -> Did {
    Did::parse("did:elsi:VATES-12345678").unwrap()
}
fn list() -> Value {
    let mut bits = Bitstring::new(0);
    bits.set(7, true).unwrap();
    list_credential(
        URL,
        &issuer(),
        &bits,
        time("2026-01-01T00:00:00Z"),
        time("2026-01-02T00:00:00Z"),
    )
}
fn read(list: &Value) -> Result<List, StatusError> {
    List::read(
        &serde_json::to_vec(list).unwrap(),
        Some("vc+jwt"),
        URL,
        &issuer(),
        false,
    )
}
fn at(index: usize) -> Entry {
    Entry {
        list: URL.to_owned(),
        index,
        purpose: Purpose::Revocation,
    }
}

#[test]
fn bits_count_from_the_most_significant() {
    let mut bits = Bitstring::new(1);
    bits.set(0, true).unwrap();
    bits.set(9, true).unwrap();
    assert_eq!(bits.as_bytes()[..2], [0x80, 0x40]);
    bits.set(0, false).unwrap();
    assert_eq!(
        (bits.get(0), bits.get(9), bits.get(131_072)),
        (Some(false), Some(true), None)
    );
    assert_eq!(bits.len(), Bitstring::MINIMUM);
    assert!(bits.set(131_072, true).is_err());
}

/// The example of Bitstring Status List v1.0: 131 072 zero bits.
#[test]
fn the_list_of_the_specification_is_read() {
    let text = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA";
    assert_eq!(Bitstring::decode(text).unwrap(), Bitstring::new(0));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
fn multibase(bytes: &[u8]) -> String {
    format!("u{}", procura_jose::base64url::encode(bytes))
}

#[test]
fn a_list_that_is_short_bloated_or_malformed_is_refused() {
    let error = |text: &str| Bitstring::decode(text).unwrap_err().0;
    assert_eq!(
        error(&multibase(&gzip(&[0; 16_383]))),
        "fewer than 131072 entries"
    );
    assert_eq!(
        error(&multibase(&gzip(&vec![0; MAX_BYTES + 1]))),
        "decompresses to too much"
    );
    assert_eq!(error(&multibase(b"no gzip")), "not gzip");
    assert_eq!(error("H4sI"), "not multibase base64url");
    assert_eq!(error("u===="), "not base64url");
    let mut trailing = gzip(&[0; 16_384]);
    trailing.push(0);
    assert_eq!(
        error(&multibase(&trailing)),
        "bytes after the end of the compressed list"
    );
    let whole = gzip(&[0; 16_384]);
    assert_eq!(error(&multibase(&whole[..whole.len() - 4])), "not gzip");
}

#[test]
fn entries_are_understood_or_refused() {
    assert_eq!(entries(&entry(URL, 7)).unwrap(), [at(7)]);
    let changed = |name: &str, value: Value| {
        let mut entry = entry(URL, 7);
        entry[name] = value;
        entries(&entry).unwrap_err().to_string()
    };
    assert_eq!(
        changed("type", json!("PlainListEntity")),
        "status kind \"PlainListEntity\" is not known"
    );
    assert_eq!(
        changed("statusPurpose", json!("message")),
        "status purpose \"message\" is not known"
    );
    for (name, value) in [
        ("type", json!(1)),
        ("statusListIndex", json!(7)),
        ("statusListIndex", json!("-1")),
        ("statusListIndex", json!("+1")),
        ("statusListIndex", json!("")),
        ("statusListIndex", json!("99999999999999999999")),
        ("statusListCredential", json!("file:///etc/passwd")),
        ("statusListCredential", json!("https://issuer.example/status#1")),
        ("statusSize", json!(2)),
    ] {
        assert_eq!(
            changed(name, value),
            format!("credentialStatus member {name:?} is missing or malformed")
        );
    }
    let mut suspension = entry(URL, 8);
    suspension["statusPurpose"] = json!("suspension");
    assert_eq!(entries(&suspension), Err(EntryError::NoRevocation));
    assert_eq!(entries(&json!([entry(URL, 7), suspension])).unwrap().len(), 2);
    assert_eq!(entries(&json!([])), Err(EntryError::NoRevocation));
    assert_eq!(entries(&json!(vec![entry(URL, 7); 9])), Err(EntryError::TooMany));
}

#[test]
fn a_list_tells_its_bits_within_its_validity() {
    let mut shown = list();
    shown["credentialSubject"]["encodedList"] = json!("u…");
    insta::assert_json_snapshot!(shown);
    let read = read(&list()).unwrap();
    let noon = time("2026-01-01T12:00:00Z");
    assert_eq!(read.status(&at(7), noon, noon, 0), Ok(true));
    assert_eq!(read.status(&at(8), noon, noon, 0), Ok(false));
    assert_eq!(
        read.status(&at(131_072), noon, noon, 0),
        Err(StatusError("the index is out of range"))
    );
    assert_eq!(
        read.status(&at(8), noon, time("2025-12-31T23:00:00Z"), 60),
        Err(StatusError("not valid yet"))
    );
    assert_eq!(
        read.status(&at(8), noon, time("2026-01-02T00:01:00Z"), 60),
        Err(StatusError("no longer valid"))
    );
    let suspension = Entry {
        purpose: Purpose::Suspension,
        ..at(8)
    };
    assert_eq!(
        read.status(&suspension, noon, noon, 0),
        Err(StatusError("it is kept for another purpose"))
    );
}

#[test]
fn a_list_without_end_is_good_for_its_ttl_only() {
    let mut endless = list();
    endless.as_object_mut().unwrap().remove("validUntil");
    let fetched = time("2026-01-01T12:00:00Z");
    assert_eq!(
        read(&endless).unwrap().usable_until(fetched),
        time("2026-01-01T12:05:00Z")
    );
    endless["ttl"] = json!(60_000);
    assert_eq!(
        read(&endless).unwrap().usable_until(fetched),
        time("2026-01-01T12:01:00Z")
    );
    endless["ttl"] = json!(i64::MAX);
    assert_eq!(
        read(&endless).unwrap().usable_until(fetched),
        time("2026-01-02T12:00:00Z")
    );
}

#[test]
fn a_list_of_another_kind_issuer_or_address_is_refused() {
    let error = |pointer: &str, value: Value| {
        let mut list = list();
        *list.pointer_mut(pointer).unwrap() = value;
        read(&list).unwrap_err().0
    };
    assert_eq!(
        error("/type", json!(["VerifiableCredential"])),
        "not a BitstringStatusListCredential"
    );
    assert_eq!(
        error("/id", json!("https://issuer.example/status/2")),
        "its id is not the address in the credential"
    );
    assert_eq!(
        error("/issuer", json!("did:elsi:VATES-87654321")),
        "another issuer than the credential's"
    );
    assert_eq!(
        error("/credentialSubject/type", json!("StatusList2021")),
        "its subject is not a BitstringStatusList"
    );
    assert_eq!(
        error("/validUntil", json!("soon")),
        "a validity date is malformed"
    );
    let typ = |typ| List::read(&serde_json::to_vec(&list()).unwrap(), typ, URL, &issuer(), false).map(drop);
    assert_eq!(typ(Some("JWT")), Err(StatusError("typ is not vc+jwt")));
    assert_eq!(typ(None), Err(StatusError("typ is not vc+jwt")));
}

proptest! {
    #[test]
    fn bits_survive_the_wire(set in prop::collection::btree_set(0_usize..140_000, 0..40)) {
        let mut bits = Bitstring::new(140_000);
        for index in &set {
            bits.set(*index, true).unwrap();
        }
        let decoded = Bitstring::decode(&bits.encode()).unwrap();
        prop_assert_eq!(&decoded, &bits);
        prop_assert!((0..140_000).all(|index| decoded.get(index) == Some(set.contains(&index))));
    }

    #[test]
    fn decoding_never_panics(text in "u[A-Za-z0-9_-]{0,200}", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(Bitstring::decode(&text));
        drop(Bitstring::decode(&multibase(&bytes)));
    }
}
