//! Each rule of a path: one thing broken, refused for that reason.
#![expect(clippy::panic, clippy::unwrap_used, reason = "helpers of tests")]
mod forge;

use forge::*;
use procura_crypto::{Curve, Digest, EcdsaEncoding, KeyKind, Scheme};
use procura_pki::{Anchor, Certificate, PathError, PathOptions, path};

/// root → intermediate → leaf, all sound.
struct Chain {
    root: Issuer,
    ca: Issuer,
    seal: Issuer,
}
impl Chain {
    fn new() -> Self {
        Self {
            root: Issuer::new("Root"),
            ca: Issuer::new("CA 1"),
            seal: Issuer::new("Seal"),
        }
    }
    fn find(&self, leaf: &Request, intermediate: &Request) -> Result<procura_pki::Path, PathError> {
        find(
            &leaf.signed_by(&self.ca),
            &[intermediate.signed_by(&self.root)],
            &[self.root.anchor()],
        )
    }
}
fn find(
    leaf: &Certificate,
    others: &[Certificate],
    anchors: &[Anchor],
) -> Result<procura_pki::Path, PathError> {
    path::find(leaf, others, anchors, noon(), &PathOptions::default())
}
#[track_caller]
fn rule(result: Result<procura_pki::Path, PathError>, who: &str, expected: &str) {
    match result {
        Err(PathError::Rule { subject, rule } | PathError::Algorithm { subject, rule }) => {
            assert_eq!(
                (subject.as_str(), rule),
                (format!("O=RealTruth, CN={who}").as_str(), expected)
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_sound_chain_leads_to_its_anchor() {
    let chain = Chain::new();
    let path = chain.find(&chain.seal.leaf(), &chain.ca.ca()).unwrap();
    assert_eq!(path.certificates.len(), 2);
    assert_eq!(path.anchor.0.subject().to_string(), "O=RealTruth, CN=Root");
    let issued: Vec<_> = path
        .issued()
        .map(|(c, i)| (c.subject().to_string(), i.subject().to_string()))
        .collect();
    assert_eq!(issued[0].1, issued[1].0);
    assert_eq!(issued[1].1, "O=RealTruth, CN=Root");
}

#[test]
fn an_expired_leaf_is_out_of_bounds() {
    let chain = Chain::new();
    let leaf = chain
        .seal
        .leaf()
        .valid("2026-01-01T00:00:00Z", "2026-05-31T00:00:00Z");
    let Err(PathError::OutOfBounds {
        subject, not_after, ..
    }) = chain.find(&leaf, &chain.ca.ca())
    else {
        panic!()
    };
    assert_eq!(
        (subject.as_str(), not_after),
        ("O=RealTruth, CN=Seal", at("2026-05-31T00:00:00Z"))
    );
}

#[test]
fn the_last_second_of_validity_is_valid() {
    let chain = Chain::new();
    let leaf = chain
        .seal
        .leaf()
        .valid("2026-01-01T00:00:00Z", "2026-06-01T12:00:00Z");
    assert!(chain.find(&leaf, &chain.ca.ca()).is_ok());
    let leaf = chain
        .seal
        .leaf()
        .valid("2026-01-01T00:00:00Z", "2026-06-01T11:59:59Z");
    assert!(chain.find(&leaf, &chain.ca.ca()).is_err());
}

#[test]
fn a_leaf_that_is_not_yet_valid_is_out_of_bounds() {
    let chain = Chain::new();
    let leaf = chain
        .seal
        .leaf()
        .valid("2026-06-02T00:00:00Z", "2027-01-01T00:00:00Z");
    assert!(matches!(
        chain.find(&leaf, &chain.ca.ca()),
        Err(PathError::OutOfBounds { .. })
    ));
}

#[test]
fn an_expired_intermediate_is_out_of_bounds() {
    let chain = Chain::new();
    let ca = chain
        .ca
        .ca()
        .valid("2020-01-01T00:00:00Z", "2026-05-31T00:00:00Z");
    let Err(PathError::OutOfBounds { subject, .. }) = chain.find(&chain.seal.leaf(), &ca) else {
        panic!()
    };
    assert_eq!(subject, "O=RealTruth, CN=CA 1");
}

#[test]
fn dates_are_told_only_where_all_else_holds() {
    let chain = Chain::new();
    let leaf = chain
        .seal
        .leaf()
        .valid("2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z")
        .with(extension("1.2.3.4", true, vec![5, 0]));
    rule(
        chain.find(&leaf, &chain.ca.ca()),
        "Seal",
        "an unknown critical extension",
    );
}

#[test]
fn an_anchor_counts_by_name_and_key_whatever_its_dates() {
    let (root, seal) = (Issuer::new("Root"), Issuer::new("Seal"));
    let expired = Anchor(
        root.ca()
            .valid("2000-01-01T00:00:00Z", "2001-01-01T00:00:00Z")
            .signed_by(&root),
    );
    assert!(find(&seal.leaf().signed_by(&root), &[], &[expired]).is_ok());
}

#[test]
fn an_intermediate_may_be_the_anchor_and_its_own_signature_is_not_looked_at() {
    let chain = Chain::new();
    let forged = chain.ca.ca().signed_by(&Issuer {
        name: chain.root.name.clone(),
        ..Issuer::new("x")
    });
    let path = find(&chain.seal.leaf().signed_by(&chain.ca), &[], &[Anchor(forged)]).unwrap();
    assert_eq!(path.certificates.len(), 1);
}

#[test]
fn a_leaf_that_is_itself_listed_is_its_own_path() {
    let chain = Chain::new();
    let leaf = chain.seal.leaf().signed_by(&chain.ca);
    let path = find(&leaf, &[], &[Anchor(leaf.clone())]).unwrap();
    assert_eq!(path.certificates, core::slice::from_ref(&leaf));
    assert_eq!(path.issued().count(), 0);
    let late = at("2030-01-01T00:00:00Z");
    let refused = path::find(&leaf, &[], &[Anchor(leaf.clone())], late, &PathOptions::default());
    assert!(matches!(refused, Err(PathError::OutOfBounds { .. })));
}

#[test]
fn a_listed_end_entity_vouches_for_nobody_else() {
    let unit = Issuer::new("Time-stamping unit");
    let listed = unit.leaf().signed_by(&Issuer::new("CA"));
    let issued = Issuer::new("Seal").leaf().signed_by(&unit);
    let refused = find(&issued, &[], &[Anchor(listed)]).unwrap_err();
    assert_eq!(
        refused,
        PathError::KeyUsage {
            subject: "O=RealTruth, CN=Time-stamping unit".to_owned(),
            rule: "keyUsage lacks keyCertSign"
        }
    );
}

#[test]
fn constraints_of_an_anchor_bind_only_where_asked_for() {
    let (root, seal) = (Issuer::new("Root"), Issuer::new("Seal"));
    let elsewhere = tlv(0xa4, &name(&[(ORGANIZATION, UTF8, "GoodAir")]));
    let anchor = Anchor(root.ca().with(constraints(&[elsewhere], &[])).signed_by(&root));
    let leaf = seal.leaf().signed_by(&root);
    assert!(find(&leaf, &[], core::slice::from_ref(&anchor)).is_ok());
    let options = PathOptions {
        anchor_constraints: true,
        ..PathOptions::default()
    };
    rule(
        path::find(&leaf, &[], &[anchor], noon(), &options),
        "Seal",
        OUTSIDE,
    );
}

#[test]
fn an_issuer_without_a_name_is_nobody() {
    let nobody = Issuer {
        name: seq(&[]),
        ..Issuer::new("x")
    };
    let leaf = Issuer::new("Seal").leaf().signed_by(&nobody);
    assert!(matches!(
        find(&leaf, &[], &[nobody.anchor()]),
        Err(PathError::NoPath { .. })
    ));
}

#[test]
fn the_key_of_an_anchor_in_another_certificate_is_not_trusted_on_its_own() {
    let chain = Chain::new();
    let listed = chain.seal.leaf().signed_by(&chain.ca);
    // The same key, certified by a stranger.
    let other = chain
        .seal
        .leaf()
        .with(extension("1.2.3.4", false, vec![5, 0]))
        .signed_by(&Issuer::new("Stranger"));
    assert!(matches!(
        find(&other, &[], &[Anchor(listed)]),
        Err(PathError::NoPath { .. })
    ));
}

#[test]
fn a_self_signed_clone_has_no_path() {
    let chain = Chain::new();
    let clone = Issuer::new("Seal");
    let leaf = clone.leaf().signed_by(&clone);
    let result = find(
        &leaf,
        &[leaf.clone(), chain.ca.ca().signed_by(&chain.root)],
        &[chain.root.anchor()],
    );
    assert_eq!(
        result.unwrap_err(),
        PathError::NoPath {
            leaf: "O=RealTruth, CN=Seal".to_owned()
        }
    );
}

#[test]
fn another_key_under_the_name_of_the_issuer_has_no_path() {
    let chain = Chain::new();
    let stranger = Issuer::new("CA 1");
    let leaf = chain.seal.leaf().signed_by(&stranger);
    let result = find(
        &leaf,
        &[chain.ca.ca().signed_by(&chain.root)],
        &[chain.root.anchor()],
    );
    assert!(matches!(result, Err(PathError::NoPath { .. })));
}

#[test]
fn an_issuer_of_another_name_has_no_path() {
    let chain = Chain::new();
    let mut leaf = chain.seal.leaf();
    leaf.issuer = Some(cn("CA 2"));
    assert!(matches!(
        chain.find(&leaf, &chain.ca.ca()),
        Err(PathError::NoPath { .. })
    ));
}

#[test]
fn a_changed_octet_of_the_certificate_has_no_path() {
    let chain = Chain::new();
    let mut der = chain.seal.leaf().der_signed_by(&chain.ca);
    let serial = der.windows(4).position(|w| w == [2, 2, 1, 0x23]).unwrap();
    der[serial + 3] ^= 1;
    let leaf = Certificate::from_der(&der).unwrap();
    let result = find(
        &leaf,
        &[chain.ca.ca().signed_by(&chain.root)],
        &[chain.root.anchor()],
    );
    assert!(matches!(result, Err(PathError::NoPath { .. })));
}

#[test]
fn names_of_issuers_match_across_case_and_string_types() {
    let chain = Chain::new();
    let mut leaf = chain.seal.leaf();
    leaf.issuer = Some(name(&[
        (ORGANIZATION, PRINTABLE, "REALTRUTH"),
        (COMMON_NAME, PRINTABLE, "ca  1"),
    ]));
    assert!(chain.find(&leaf, &chain.ca.ca()).is_ok());
}

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

fn constraints(permitted: &[Vec<u8>], excluded: &[Vec<u8>]) -> Extension {
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
const OUTSIDE: &str = "a name is outside of the name constraints above it";

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
fn algorithms_that_disagree_inside_and_outside_are_refused() {
    let chain = Chain::new();
    let mut leaf = chain.seal.leaf();
    leaf.algorithm = seq(&[oid("1.2.840.10045.4.3.3")]);
    leaf.outer_algorithm = Some(seq(&[oid(ECDSA_SHA256)]));
    rule(
        chain.find(&leaf, &chain.ca.ca()),
        "Seal",
        "the signature algorithm inside differs from the one outside",
    );
}

#[test]
fn ecdsa_goes_with_any_digest_of_sha2() {
    for (id, digest) in [
        ("1.2.840.10045.4.3.2", Digest::Sha256),
        ("1.2.840.10045.4.3.3", Digest::Sha384),
        ("1.2.840.10045.4.3.4", Digest::Sha512),
    ] {
        for curve in [Curve::P256, Curve::P384] {
            let root = Issuer::of(cn("Root"), KeyKind::Ec(curve));
            let scheme = Scheme::Ecdsa {
                digest,
                encoding: EcdsaEncoding::Der,
            };
            let mut anchor = root.ca();
            anchor.scheme = scheme;
            anchor.algorithm = seq(&[oid(id)]);
            let mut leaf = Issuer::new("Seal").leaf();
            leaf.scheme = scheme;
            leaf.algorithm = seq(&[oid(id)]);
            let found = find(&leaf.signed_by(&root), &[], &[Anchor(anchor.signed_by(&root))]);
            assert!(found.is_ok(), "{curve:?} {digest:?}: {found:?}");
        }
    }
}

fn rsa_signed(mut request: Request, salt: usize) -> Request {
    let sha256 = seq(&[oid("2.16.840.1.101.3.4.2.1"), vec![5, 0]]);
    request.algorithm = seq(&[
        oid("1.2.840.113549.1.1.10"),
        seq(&[
            tlv(0xa0, &sha256),
            tlv(0xa1, &seq(&[oid("1.2.840.113549.1.1.8"), sha256.clone()])),
            tlv(0xa2, &integer(u8::try_from(salt).unwrap())),
        ]),
    ]);
    request.scheme = Scheme::RsaPss {
        digest: Digest::Sha256,
        salt: Some(salt),
    };
    request
}

#[test]
fn rsa_pss_parameters_are_observed() {
    let root = Issuer::of(cn("Root"), KeyKind::Rsa(2048));
    let anchor = || Anchor(rsa_signed(root.ca(), 32).signed_by(&root));
    let leaf = rsa_signed(Issuer::new("Seal").leaf(), 32);
    assert!(find(&leaf.signed_by(&root), &[], &[anchor()]).is_ok());
    // Signed with 32 octets of salt, and says 20.
    let mut other = rsa_signed(Issuer::new("Seal").leaf(), 20);
    other.scheme = leaf.scheme;
    assert!(matches!(
        find(&other.signed_by(&root), &[], &[anchor()]),
        Err(PathError::NoPath { .. })
    ));
}

#[test]
fn sha1_is_taken_from_certificates_issued_before_2017_only() {
    use rsa::pkcs8::DecodePrivateKey as _;
    let root = Issuer::of(cn("Root"), KeyKind::Rsa(2048));
    let key = rsa::RsaPrivateKey::from_pkcs8_der(&root.key.to_pkcs8_der()).unwrap();
    let sign = |tbs: &[u8]| {
        // DigestInfo of SHA-1 without the digest (RFC 8017 §9.2).
        let prefix = [0x30, 0x21, 0x30, 9, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0, 4, 0x14];
        let scheme = rsa::Pkcs1v15Sign {
            hash_len: Some(20),
            prefix: Box::new(prefix),
        };
        key.sign(scheme, &Digest::Sha1.of(tbs)).unwrap()
    };
    let mut anchor = rsa_signed(root.ca(), 32);
    anchor.not_before = at("2010-01-01T00:00:00Z");
    let anchor = Anchor(anchor.signed_by(&root));
    let find = |not_before: &str| {
        let mut leaf = Issuer::new("Seal")
            .leaf()
            .valid(not_before, "2027-01-01T00:00:00Z");
        leaf.algorithm = seq(&[oid("1.2.840.113549.1.1.5"), vec![5, 0]]);
        let leaf = Certificate::from_der(&leaf.der_with(&root, sign)).unwrap();
        find(&leaf, &[], core::slice::from_ref(&anchor))
    };
    assert!(find("2016-12-31T23:59:59Z").is_ok());
    rule(
        find("2017-01-01T00:00:00Z"),
        "Seal",
        "signed over SHA-1 after 2016",
    );
}

#[test]
fn a_leaf_with_a_short_rsa_key_is_refused() {
    let root = Issuer::new("Root");
    let seal = Issuer::of(cn("Seal"), KeyKind::Rsa(2048));
    let leaf = seal.leaf().signed_by(&root);
    assert!(find(&leaf, &[], &[root.anchor()]).is_ok());
    let options = PathOptions {
        min_rsa_bits: 3072,
        ..PathOptions::default()
    };
    rule(
        path::find(&leaf, &[], &[root.anchor()], noon(), &options),
        "Seal",
        "the RSA modulus is too short",
    );
}

#[test]
fn the_order_of_candidates_and_extras_do_not_matter() {
    let chain = Chain::new();
    let leaf = chain.seal.leaf().signed_by(&chain.ca);
    let ca = chain.ca.ca().signed_by(&chain.root);
    let stranger = Issuer::new("Stranger");
    let others = [
        stranger.anchor().0,
        chain.root.anchor().0,
        leaf.clone(),
        Issuer::new("CA 1").ca().signed_by(&chain.root),
        ca.clone(),
    ];
    let path = find(
        &leaf,
        &others,
        &[Issuer::new("Root").anchor(), chain.root.anchor()],
    )
    .unwrap();
    assert_eq!(path.certificates, [leaf, ca]);
}

#[test]
fn a_renewed_intermediate_serves_where_the_old_one_has_expired() {
    let chain = Chain::new();
    let old = chain
        .ca
        .ca()
        .valid("2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z")
        .signed_by(&chain.root);
    let new = chain.ca.ca().signed_by(&chain.root);
    let leaf = chain.seal.leaf().signed_by(&chain.ca);
    let path = find(&leaf, &[old, new.clone()], &[chain.root.anchor()]).unwrap();
    assert_eq!(path.certificates[1], new);
}

#[test]
fn loops_end() {
    let (a, b, seal) = (Issuer::new("A"), Issuer::new("B"), Issuer::new("Seal"));
    let others = [
        a.ca().signed_by(&b),
        b.ca().signed_by(&a),
        a.anchor().0,
        b.anchor().0,
    ];
    let result = find(
        &seal.leaf().signed_by(&a),
        &others,
        &[Issuer::new("Root").anchor()],
    );
    assert!(matches!(result, Err(PathError::NoPath { .. })));
}

#[test]
fn a_hundred_certificates_of_one_name_end_within_bounds() {
    let root = Issuer::new("Root");
    let all: Vec<_> = (0..100).map(|_| Issuer::new("CA")).collect();
    let others: Vec<_> = all
        .iter()
        .enumerate()
        .map(|(index, ca)| ca.ca().signed_by(&all[(index + 1) % 100]))
        .collect();
    let leaf = Issuer::new("Seal").leaf().signed_by(&all[0]);
    assert_eq!(
        find(&leaf, &others, &[root.anchor()]).unwrap_err(),
        PathError::Budget
    );
}

#[test]
fn more_candidates_than_any_chain_has_are_not_looked_at() {
    let root = Issuer::new("Root");
    let others = vec![root.anchor().0; 513];
    let leaf = Issuer::new("Seal").leaf().signed_by(&root);
    assert_eq!(
        find(&leaf, &others, &[root.anchor()]).unwrap_err(),
        PathError::Budget
    );
}

#[test]
fn a_path_is_no_longer_than_asked_for() {
    let root = Issuer::new("Root");
    let cas: Vec<_> = (0..9).map(|n| Issuer::new(&format!("CA {n}"))).collect();
    let mut above = root.clone();
    let mut others = Vec::new();
    for ca in &cas {
        others.push(ca.ca().signed_by(&above));
        above = ca.clone();
    }
    let leaf = Issuer::new("Seal").leaf().signed_by(&above);
    let find = |max_length| {
        let options = PathOptions {
            max_length,
            ..PathOptions::default()
        };
        path::find(&leaf, &others, &[root.anchor()], noon(), &options)
    };
    assert!(matches!(find(8), Err(PathError::NoPath { .. })));
    assert_eq!(find(10).unwrap().certificates.len(), 10);
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
