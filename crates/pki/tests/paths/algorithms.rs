//! By what certificates are signed.
use super::*;

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
