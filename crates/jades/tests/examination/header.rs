//! Rules of the protected header, and what is unsigned beside it.
use crate::signer::{Signer, encoded, examined, read};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use procura_ades::SubIndication;
use procura_crypto::Digest;
use procura_jades::{Level, document::Deviation};
use procura_jose::base64url;
use serde_json::{Map, Value, json};

type Change = fn(&mut Map<String, Value>);

#[track_caller]
fn deviates(change: Change, by: &Deviation) {
    let document = Signer::new().document(change);
    let read = read(&document);
    let found = &read.signatures[0].as_ref().unwrap().deviations;
    assert_eq!(found, std::slice::from_ref(by), "{by}");
    let level = examined(&document).level;
    let expected = if by.breaks_baseline() {
        Level::NotBaseline
    } else {
        Level::B
    };
    assert_eq!(level, expected, "{by}");
}

#[test]
fn each_broken_rule_of_what_is_critical_is_named_alone() {
    use Deviation as D;
    let cases: [(Change, Deviation); 10] = [
        (|h| drop(h.insert("crit".into(), json!([]))), D::Crit),
        (|h| drop(h.insert("crit".into(), json!("iat"))), D::Crit),
        (
            |h| drop(h.insert("crit".into(), json!(["iat", ["exp"]]))),
            D::Crit,
        ),
        (|h| drop(h.insert("crit".into(), json!(["iat", "iat"]))), D::Crit),
        (
            |h| drop(h.insert("crit".into(), json!(["sigPl"]))),
            D::CritAbsent("sigPl".into()),
        ),
        (
            |h| drop(h.insert("crit".into(), json!(["etsiU"]))),
            D::CritAbsent("etsiU".into()),
        ),
        (
            |h| drop(h.insert("crit".into(), json!(["alg"]))),
            D::CritOwn("alg".into()),
        ),
        (
            |h| {
                h.insert("new".into(), json!(1));
                h.insert("crit".into(), json!(["new"]));
            },
            D::CritUnknown("new".into()),
        ),
        (
            |h| drop(h.insert("b64".into(), json!(true))),
            D::NotCritical("b64"),
        ),
        (
            |h| {
                h.insert("b64".into(), json!("true"));
                h.insert("crit".into(), json!(["b64"]));
            },
            D::B64,
        ),
    ];
    for (change, by) in cases {
        deviates(change, &by);
    }
}

#[test]
fn each_broken_rule_of_algorithm_time_and_references_is_named_alone() {
    use Deviation as D;
    let cases: [(Change, Deviation); 16] = [
        (
            |h| {
                let padded = format!("{}=", h["x5t#S256"].as_str().unwrap_or_default());
                h.insert("x5t#S256".into(), json!(padded));
            },
            D::Padding("x5t#S256"),
        ),
        (|h| drop(h.insert("alg".into(), json!("HS256"))), D::Algorithm),
        (|h| drop(h.insert("alg".into(), json!("none"))), D::Algorithm),
        (
            |h| drop(h.insert("alg".into(), json!("1.2.840.10045.3.1.7"))),
            D::Algorithm,
        ),
        (|h| drop(h.remove("iat")), D::ClaimedTime(false)),
        (
            |h| drop(h.insert("sigT".into(), json!("2024-01-01T00:00:00Z"))),
            D::ClaimedTime(true),
        ),
        (
            |h| drop(h.insert("iat".into(), json!(1_780_000_000_000_000_u64))),
            D::ClaimedTimeForm("iat"),
        ),
        (
            |h| {
                h.remove("iat");
                h.insert("sigT".into(), json!("2024-01-01"));
            },
            D::ClaimedTimeForm("sigT"),
        ),
        (
            |h| {
                h.remove("iat");
                h.insert("sigT".into(), json!("2025-07-15T00:00:00Z"));
            },
            D::SigTEnded,
        ),
        (|h| drop(h.remove("x5t#S256")), D::References(0)),
        (
            |h| {
                let digest = h["x5t#S256"].clone();
                h.insert("x5t#o".into(), json!({ "digAlg": "S256", "digVal": digest }));
            },
            D::References(2),
        ),
        (
            |h| drop(h.insert("x5t#S256".into(), json!("YQ"))),
            D::Malformed("x5t#S256"),
        ),
        (
            |h| {
                let digest = h.remove("x5t#S256").unwrap();
                h.insert("sigX5ts".into(), json!([{ "digAlg": "S256", "digVal": digest }]));
            },
            D::Malformed("sigX5ts"),
        ),
        (
            |h| drop(h.insert("x5c".into(), json!("MII"))),
            D::Malformed("x5c"),
        ),
        (|h| drop(h.insert("x5t".into(), json!("YQ"))), D::Sha1Reference),
        (
            |h| drop(h.insert("etsiU".into(), json!(["e30"]))),
            D::Protected("etsiU"),
        ),
    ];
    for (change, by) in cases {
        deviates(change, &by);
    }
}

#[test]
fn sig_t_before_its_end_and_parameters_that_are_only_ignored_keep_the_level() {
    let cases: [Change; 3] = [
        |h| {
            h.remove("iat");
            h.insert("sigT".into(), json!("2025-07-14T23:59:59Z"));
        },
        |h| drop(h.insert("exp".into(), json!("never"))),
        |h| {
            h.insert("srCms".into(), json!([{ "commId": { "id": "urn:oid:1.2.3" } }]));
            h.insert("crit".into(), json!(["srCms"]));
        },
    ];
    for change in cases {
        let found = examined(&Signer::new().document(change));
        assert_eq!((found.integrity, found.level), (Ok(()), Level::B));
    }
}

#[test]
fn members_that_nobody_defined_are_named() {
    let mut document = Signer::new().document(|_| {});
    document["evil"] = json!(1);
    assert_eq!(
        read(&document).deviations,
        [Deviation::UnknownMember("evil".into())]
    );
    let mut document = Signer::new().document(|_| {});
    document["header"] = json!({ "jwk": {} });
    assert_eq!(
        read(&document).signatures.remove(0).unwrap().deviations,
        [Deviation::Unprotected("jwk".into())]
    );
}

#[test]
fn unsigned_properties_are_of_one_form_and_one_each() {
    let with = |etsi_u: Value| {
        let mut document = Signer::new().document(|_| {});
        document["header"] = json!({ "etsiU": etsi_u });
        read(&document).signatures.remove(0).unwrap().deviations
    };
    let one = encoded("sigPSt", &json!({}));
    for etsi_u in [json!("x"), json!([]), json!({}), json!([one, { "sigPSt": {} }])] {
        assert_eq!(with(etsi_u), [Deviation::EtsiU]);
    }
    assert_eq!(
        with(json!([{ "a": 1, "b": 2 }, { "c": 3 }])),
        [Deviation::EtsiUProperty(0)]
    );
    for unreadable in ["+", "YQ", "e30"] {
        assert_eq!(with(json!([one, unreadable])), [Deviation::EtsiUProperty(1)]);
    }
    assert_eq!(with(json!([one])), []);
}

/// The reference designates; the order of certificates, and who put them where, does not.
#[test]
fn the_signed_reference_finds_the_certificate_wherever_it_stands() {
    let (signer, other) = (Signer::new(), Signer::new());
    let extra = BASE64_STANDARD.encode(other.certificate.der());
    let reordered = signer.document(|header| {
        let own = header["x5c"][0].clone();
        header.insert("x5c".into(), json!([extra, own]));
    });
    let mut outside = signer.document(|header| {
        header.remove("x5c");
        let value = base64url::encode(&Digest::Sha512.of(signer.certificate.der()));
        header.remove("x5t#S256");
        header.insert("x5t#o".into(), json!({ "digAlg": "S512", "digVal": value }));
    });
    let value = BASE64_STANDARD.encode(signer.certificate.der());
    let x_vals = json!([{ "x509Cert": { "val": extra } }, { "x509Cert": { "val": value } }]);
    let missing = examined(&outside);
    assert_eq!(missing.integrity, Err(SubIndication::NoSigningCertificateFound));
    outside["header"] = json!({ "etsiU": [encoded("xVals", &x_vals)] });
    for document in [reordered, outside] {
        let found = examined(&document);
        assert_eq!(found.certificate.as_ref(), Some(&signer.certificate));
        assert_eq!(found.integrity, Ok(()));
    }
}

#[test]
fn a_reference_to_another_certificate_finds_none() {
    let other = Signer::new();
    let document = Signer::new().document(|header| {
        let digest = base64url::encode(&other.certificate.sha256());
        header.insert("x5t#S256".into(), json!(digest));
    });
    assert_eq!(
        examined(&document).integrity,
        Err(SubIndication::NoSigningCertificateFound)
    );
}

#[test]
fn a_reference_that_cannot_be_read_designates_nobody() {
    let other = Signer::new();
    let (unknown, second) = (
        json!({ "digAlg": "S3-256", "digVal": "YQ" }),
        json!({ "digAlg": "S256", "digVal": base64url::encode(&other.certificate.sha256()) }),
    );
    for (name, value) in [("x5t#o", unknown.clone()), ("sigX5ts", json!([unknown, second]))] {
        let document = Signer::new().document(|header| {
            header.remove("x5t#S256");
            header.insert(name.into(), value);
        });
        let found = examined(&document);
        assert_eq!(found.certificate, None, "{name}");
        assert_eq!(
            found.integrity,
            Err(SubIndication::NoSigningCertificateFound),
            "{name}"
        );
    }
}

#[test]
fn an_algorithm_of_another_kind_of_key_never_verifies() {
    for name in ["ES384", "RS256", "PS256", "EdDSA"] {
        let document = Signer::new().document(|header| drop(header.insert("alg".into(), json!(name))));
        assert_eq!(
            examined(&document).integrity,
            Err(SubIndication::SigCryptoFailure),
            "{name}"
        );
    }
}

#[test]
fn a_policy_store_belongs_to_a_policy_with_a_digest() {
    let store = encoded("sigPSt", &json!({ "sigPolDoc": "YQ" }));
    let level = |policy: Value, stores: Value| {
        let mut document = Signer::new().document(|header| drop(header.insert("sigPId".into(), policy)));
        document["header"] = json!({ "etsiU": stores });
        examined(&document).level
    };
    let digest = json!({ "id": { "id": "urn:oid:1.2.3" }, "digAlg": "S256", "digVal": "YQ" });
    let bare = json!({ "id": { "id": "urn:oid:1.2.3" } });
    assert_eq!(level(digest.clone(), json!([store])), Level::B);
    assert_eq!(level(digest, json!([store, store])), Level::NotBaseline);
    assert_eq!(level(bare, json!([store])), Level::NotBaseline);
}
