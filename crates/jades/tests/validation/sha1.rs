//! Certificates that are signed over SHA-1.
use crate::{forge::*, scene::*};
use procura_crypto::{Digest, KeyKind};
use procura_pki::Certificate;
use rsa::pkcs8::DecodePrivateKey as _;

/// The provider refuses to.
fn over_sha1(issuer: &Issuer, data: &[u8]) -> Vec<u8> {
    let key = rsa::RsaPrivateKey::from_pkcs8_der(&issuer.key.to_pkcs8_der()).unwrap();
    // DigestInfo of SHA-1 without the digest (RFC 8017 §9.2).
    let prefix = [0x30, 0x21, 0x30, 9, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0, 4, 0x14];
    let scheme = rsa::Pkcs1v15Sign {
        hash_len: Some(20),
        prefix: Box::new(prefix),
    };
    key.sign(scheme, &Digest::Sha1.of(data)).unwrap()
}

/// The CA's certificate is signed over SHA-1.
fn scene(not_before: &str) -> Scene {
    let mut scene = Scene::new();
    let root = Issuer::of(cn("Root"), KeyKind::Rsa(2048));
    let issued = |request: Request| {
        let mut request = request.valid(not_before, "2040-01-01T00:00:00Z");
        request.algorithm = seq(&[oid("1.2.840.113549.1.1.5"), vec![5, 0]]);
        Certificate::from_der(&request.der_with(&root, |tbs| over_sha1(&root, tbs))).unwrap()
    };
    scene.root_certificate = issued(root.ca());
    scene.authority_certificate = issued(scene.authority.ca());
    scene.root = root;
    scene
}
fn until(day: &str) -> procura_ades::Catalogue {
    catalogue_of(&[
        ("SHA-1", "1.3.14.3.2.26", day),
        ("RSA", "1.2.840.113549.1.1.1", "2040-01-01"),
    ])
}

#[test]
fn an_intermediate_over_sha1_counts_until_its_end_and_for_what_was_archived_before() {
    let scene = scene("2016-06-01T00:00:00Z");
    for (day, now, conclusions) in [
        ("2026-09-01", SOON, [PASSED; 4]),
        ("2026-09-01", NOW, [ENDED, ENDED, ENDED, PASSED]),
        ("2026-06-02", NOW, [ENDED; 4]),
    ] {
        let mut judge = Judge::of(&scene, now);
        judge.policy.catalogue = until(day);
        let found = Level::ALL.map(|level| judge.conclusion(&scene.at_level(level)));
        assert_eq!(found, conclusions, "{day} {now}");
    }
}

/// By the catalogue that ships.
#[test]
fn an_intermediate_over_sha1_has_been_refused_since_2012() {
    let scene = scene("2011-06-01T00:00:00Z");
    let report = only(&Judge::of(&scene, SOON), &scene.document());
    assert_eq!(failed(&report), ["certificate-algorithms"]);
    assert!(
        report.sentence.contains("until 2012-08-01"),
        "{}",
        report.sentence
    );
    assert_eq!(report.conclusion.to_string(), ENDED);
}

/// Whatever a catalogue says.
#[test]
fn no_certificate_from_2017_on_is_signed_over_sha1() {
    let scene = scene("2017-01-01T00:00:00Z");
    let mut judge = Judge::of(&scene, SOON);
    judge.policy.catalogue = until("2040-01-01");
    let report = only(&judge, &scene.document());
    assert_eq!(failed(&report), ["certificate-path"]);
    assert!(
        report.sentence.contains("SHA-1 after 2016"),
        "{}",
        report.sentence
    );
    assert_eq!(report.conclusion.to_string(), ENDED);
}
