//! What an anchor vouches for.
use super::{
    rules::{OUTSIDE, constraints},
    *,
};

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
