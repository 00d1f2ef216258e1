//! A sound path, and when its certificates are valid.
use super::*;

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
