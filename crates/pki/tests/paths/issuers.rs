//! Who issued a certificate: name, key and signature.
use super::*;

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
