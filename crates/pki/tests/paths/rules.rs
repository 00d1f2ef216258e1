//! What certificates permit and demand: extensions, constraints, policies, usages.
use super::*;

#[test]
fn an_unknown_critical_extension_is_refused() {
    let chain = Chain::new();
    let unknown = || extension("1.2.3.4", true, vec![5, 0]);
    rule(
        chain.find(&chain.seal.leaf().with(unknown()), &chain.ca.ca()),
        "Seal",
        "an unknown critical extension",
    );
    rule(
        chain.find(&chain.seal.leaf(), &chain.ca.ca().with(unknown())),
        "CA 1",
        "an unknown critical extension",
    );
    let harmless = extension("1.2.3.4", false, vec![5, 0]);
    assert!(
        chain
            .find(&chain.seal.leaf().with(harmless), &chain.ca.ca())
            .is_ok()
    );
}

#[test]
fn critical_qc_statements_are_known() {
    let chain = Chain::new();
    let statements = extension("1.3.6.1.5.5.7.1.3", true, seq(&[seq(&[oid("0.4.0.1862.1.1")])]));
    let path = chain
        .find(&chain.seal.leaf().with(statements), &chain.ca.ca())
        .unwrap();
    assert!(path.certificates[0].qc_statements().compliance);
}

#[test]
fn an_issuer_that_is_no_ca_is_refused() {
    let chain = Chain::new();
    let usage = || key_usage(KEY_CERT_SIGN);
    let denied = chain
        .ca
        .request()
        .with(basic_constraints(false, None))
        .with(usage());
    rule(
        chain.find(&chain.seal.leaf(), &denied),
        "CA 1",
        "not a CA by basicConstraints",
    );
    let silent = chain.ca.request().with(usage());
    rule(
        chain.find(&chain.seal.leaf(), &silent),
        "CA 1",
        "not a CA by basicConstraints",
    );
}

#[test]
fn an_issuer_without_key_cert_sign_is_refused() {
    let chain = Chain::new();
    let ca = chain
        .ca
        .request()
        .with(basic_constraints(true, None))
        .with(key_usage(DIGITAL_SIGNATURE));
    let refused = chain.find(&chain.seal.leaf(), &ca).unwrap_err();
    assert_eq!(
        refused,
        PathError::KeyUsage {
            subject: "O=RealTruth, CN=CA 1".to_owned(),
            rule: "keyUsage lacks keyCertSign"
        }
    );
}

#[test]
fn a_path_longer_than_its_constraint_is_refused() {
    let chain = Chain::new();
    let sub = Issuer::new("Sub CA");
    let leaf = chain.seal.leaf().signed_by(&sub);
    let find = |length| {
        let ca = chain
            .ca
            .request()
            .with(basic_constraints(true, length))
            .with(key_usage(KEY_CERT_SIGN));
        find(
            &leaf,
            &[sub.ca().signed_by(&chain.ca), ca.signed_by(&chain.root)],
            &[chain.root.anchor()],
        )
    };
    rule(
        find(Some(0)),
        "Sub CA",
        "the path is longer than pathLenConstraint permits",
    );
    assert_eq!(find(Some(1)).unwrap().certificates.len(), 3);
}

pub(super) fn constraints(permitted: &[Vec<u8>], excluded: &[Vec<u8>]) -> Extension {
    let subtrees = |tag, bases: &[Vec<u8>]| {
        if bases.is_empty() {
            Vec::new()
        } else {
            let all: Vec<_> = bases
                .iter()
                .map(|base| seq(core::slice::from_ref(base)))
                .collect();
            tlv(tag, &all.concat())
        }
    };
    extension(
        "2.5.29.30",
        true,
        seq(&[subtrees(0xa0, permitted), subtrees(0xa1, excluded)]),
    )
}
fn alternative(names: &[Vec<u8>]) -> Extension {
    extension("2.5.29.17", false, seq(names))
}
pub(super) const OUTSIDE: &str = "a name is outside of the name constraints above it";

#[test]
fn directory_names_outside_of_constraints_are_refused() {
    let chain = Chain::new();
    let base = |o: &str| tlv(0xa4, &name(&[(ORGANIZATION, UTF8, o)]));
    let ca =
        |permitted: &[Vec<u8>], excluded: &[Vec<u8>]| chain.ca.ca().with(constraints(permitted, excluded));
    assert!(
        chain
            .find(&chain.seal.leaf(), &ca(&[base("realtruth")], &[]))
            .is_ok()
    );
    rule(
        chain.find(&chain.seal.leaf(), &ca(&[base("GoodAir")], &[])),
        "Seal",
        OUTSIDE,
    );
    rule(
        chain.find(&chain.seal.leaf(), &ca(&[], &[base("RealTruth")])),
        "Seal",
        OUTSIDE,
    );
}

#[test]
fn alternative_names_outside_of_constraints_are_refused() {
    let chain = Chain::new();
    // (tag of the name form, constraint, inside, outside)
    let cases: [(u8, &str, &str, &str); 3] = [
        (
            0x82,
            "goodair.example",
            "seal.goodair.example",
            "goodair.example.evil.example",
        ),
        (0x81, "goodair.example", "coo@goodair.example", "coo@evil.example"),
        (
            0x86,
            ".goodair.example",
            "https://a.goodair.example/x",
            "https://evil.example/a.goodair.example",
        ),
    ];
    for (tag, constraint, inside, outside) in cases {
        let form = |text: &str| tlv(tag, text.as_bytes());
        let ca = chain.ca.ca().with(constraints(&[form(constraint)], &[]));
        let leaf = |text| chain.seal.leaf().with(alternative(&[form(text)]));
        assert!(chain.find(&leaf(inside), &ca).is_ok(), "{inside}");
        rule(chain.find(&leaf(outside), &ca), "Seal", OUTSIDE);
        let ca = chain.ca.ca().with(constraints(&[], &[form(constraint)]));
        rule(chain.find(&leaf(inside), &ca), "Seal", OUTSIDE);
        assert!(chain.find(&leaf(outside), &ca).is_ok(), "{outside}");
    }
}

fn policies(ids: &[&str]) -> Extension {
    extension(
        "2.5.29.32",
        true,
        seq(&ids.iter().map(|id| seq(&[oid(id)])).collect::<Vec<_>>()),
    )
}

#[test]
fn a_required_policy_must_hold_through_the_path() {
    let chain = Chain::new();
    let required = extension("2.5.29.36", true, seq(&[tlv(0x80, &[0])]));
    let ca = chain.ca.ca().with(policies(&["1.2.3.1"])).with(required);
    assert!(
        chain
            .find(&chain.seal.leaf().with(policies(&["1.2.3.1"])), &ca)
            .is_ok()
    );
    rule(
        chain.find(&chain.seal.leaf().with(policies(&["1.2.3.2"])), &ca),
        "Seal",
        "no certificate policy holds through the path where one is required",
    );
    let free = chain.ca.ca().with(policies(&["1.2.3.1"]));
    assert!(
        chain
            .find(&chain.seal.leaf().with(policies(&["1.2.3.2"])), &free)
            .is_ok()
    );
}

#[test]
fn a_signing_certificate_needs_a_usage_that_signs_and_is_no_ca() {
    let root = Issuer::new("Root");
    let seal = Issuer::new("Seal");
    let with = |usage| seal.request().with(key_usage(usage)).signed_by(&root);
    assert!(path::may_sign(&with(DIGITAL_SIGNATURE)).is_ok());
    assert!(path::may_sign(&with(NON_REPUDIATION)).is_ok());
    let usage = |certificate: &Certificate| match path::may_sign(certificate) {
        Err(PathError::KeyUsage { rule, .. }) => rule,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        usage(&with(KEY_ENCIPHERMENT)),
        "keyUsage has neither digitalSignature nor nonRepudiation"
    );
    assert_eq!(usage(&seal.request().signed_by(&root)), "keyUsage is missing");
    let ca = seal
        .request()
        .with(basic_constraints(true, None))
        .with(key_usage(DIGITAL_SIGNATURE));
    assert!(matches!(
        path::may_sign(&ca.signed_by(&root)),
        Err(PathError::Rule { .. })
    ));
}

/// RFC 5280 §4.2.1.12.
#[test]
fn a_critical_extended_key_usage_names_a_purpose_for_documents() {
    let root = Issuer::new("Root");
    let with = |purpose: &str| {
        let usage = extension("2.5.29.37", true, seq(&[oid(purpose)]));
        Issuer::new("Seal").leaf().with(usage).signed_by(&root)
    };
    for purpose in [
        "2.5.29.37.0",
        "1.3.6.1.5.5.7.3.2",
        "1.3.6.1.5.5.7.3.4",
        "1.3.6.1.5.5.7.3.36",
        "1.3.6.1.4.1.311.10.3.12",
        "1.2.840.113583.1.1.5",
    ] {
        assert_eq!(path::may_sign(&with(purpose)), Ok(()), "{purpose}");
    }
    for purpose in ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.3"] {
        let refused = PathError::Rule {
            subject: "O=RealTruth, CN=Seal".to_owned(),
            rule: "extKeyUsage is for something else than documents",
        };
        assert_eq!(path::may_sign(&with(purpose)), Err(refused), "{purpose}");
    }
}
