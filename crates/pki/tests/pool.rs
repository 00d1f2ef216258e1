//! What is kept of certificates saves work and decides nothing.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]
mod forge;

use forge::*;
use procura_pki::{Certificate, CertificatePool, Path, PathError, PathOptions, path};

struct Chain {
    root: Issuer,
    leaf: Vec<u8>,
    intermediate: Vec<u8>,
}
fn chain() -> Chain {
    let (root, ca, seal) = (Issuer::new("Root"), Issuer::new("CA 1"), Issuer::new("Seal"));
    Chain {
        leaf: seal.leaf().der_signed_by(&ca),
        intermediate: ca.ca().der_signed_by(&root),
        root,
    }
}
impl Chain {
    fn find(&self, pool: &CertificatePool, when: &str) -> Result<Path, PathError> {
        let leaf = pool.read(&self.leaf).unwrap();
        let others = [pool.read(&self.intermediate).unwrap()];
        let path = path::find(
            &leaf,
            &others,
            &[self.root.anchor()],
            at(when),
            &PathOptions::default(),
        )?;
        pool.keep(&path);
        Ok(path)
    }
}

#[test]
fn certificates_of_a_path_are_kept_and_judged_at_each_time_anew() {
    let (chain, pool) = (chain(), CertificatePool::default());
    let first = chain.find(&pool, "2026-06-01T12:00:00Z").unwrap();
    assert_eq!(pool.len(), 2);
    let again = chain.find(&pool, "2026-06-01T12:00:01Z").unwrap();
    assert_eq!(first.certificates, again.certificates);
    assert!(matches!(
        chain.find(&pool, "2046-06-01T12:00:00Z"),
        Err(PathError::OutOfBounds { .. })
    ));
    assert_eq!(pool.len(), 2);
}

#[test]
fn reading_alone_keeps_nothing() {
    let (chain, pool) = (chain(), CertificatePool::default());
    pool.read(&chain.leaf).unwrap();
    assert!(pool.is_empty());
    assert!(pool.read(b"no certificate").is_err());
}

#[test]
fn a_path_that_was_not_found_keeps_nothing() {
    let (mut chain, pool) = (chain(), CertificatePool::default());
    chain.root = Issuer::new("Root");
    assert!(chain.find(&pool, "2026-06-01T12:00:00Z").is_err());
    assert!(pool.is_empty());
}

/// The name of the issuer is the same; its key is not.
#[test]
fn a_signature_that_verified_by_one_key_is_no_signature_by_another() {
    let chain = chain();
    let leaf = Certificate::from_der(&chain.leaf).unwrap();
    let issuer = Certificate::from_der(&chain.intermediate).unwrap();
    let namesake = Issuer::new("CA 1").ca().signed_by(&chain.root);
    assert!(leaf.is_signed_by(&issuer));
    assert!(leaf.is_signed_by(&issuer));
    assert!(!leaf.is_signed_by(&namesake));
    assert!(leaf.clone().is_signed_by(&issuer));
}

/// A kept leaf leads nowhere once its issuer's key is no anchor's any more.
#[test]
fn a_kept_certificate_finds_no_path_to_another_anchor() {
    let (mut chain, pool) = (chain(), CertificatePool::default());
    chain.find(&pool, "2026-06-01T12:00:00Z").unwrap();
    chain.root = Issuer::new("Root");
    assert!(matches!(
        chain.find(&pool, "2026-06-01T12:00:00Z"),
        Err(PathError::NoPath { .. })
    ));
}

#[test]
fn a_full_pool_starts_anew() {
    let (root, pool) = (Issuer::new("Root"), CertificatePool::default());
    let seal = Issuer::new("Seal");
    // Nobody checks their signatures here.
    let certificate = |second: i64| {
        let from = noon()
            .checked_sub(jiff::SignedDuration::from_secs(second))
            .unwrap();
        let request = seal.leaf().valid(&from.to_string(), "2030-01-01T00:00:00Z");
        Certificate::from_der(&request.der_with(&root, |_| vec![0x30, 0])).unwrap()
    };
    let path = |certificates: Vec<Certificate>| Path {
        certificates,
        anchor: root.anchor(),
    };
    pool.keep(&path((0..4096).map(certificate).collect()));
    assert_eq!(pool.len(), 4096);
    pool.keep(&path(vec![certificate(7)]));
    assert_eq!(pool.len(), 4096);
    pool.keep(&path(vec![certificate(5000)]));
    assert_eq!(pool.len(), 1);
}

/// The same certificates: first under an anchor whose own constraints do not bind, then under rules that bind them.
#[test]
fn rules_that_held_are_asked_again_under_another_switch_and_another_intermediate() {
    let (root, ca, seal) = (Issuer::new("Root"), Issuer::new("CA 1"), Issuer::new("Seal"));
    let leaf = seal.leaf().signed_by(&ca);
    let good = ca.ca().signed_by(&root);
    let short = root
        .request()
        .with(basic_constraints(true, Some(0)))
        .with(key_usage(KEY_CERT_SIGN))
        .signed_by(&root);
    let anchors = [procura_pki::Anchor(short)];
    let find = |intermediate: &Certificate, anchor_constraints| {
        let options = PathOptions {
            anchor_constraints,
            ..PathOptions::default()
        };
        path::find(
            &leaf,
            core::slice::from_ref(intermediate),
            &anchors,
            noon(),
            &options,
        )
    };
    find(&good, false).unwrap();
    find(&good, false).unwrap();
    assert!(matches!(find(&good, true), Err(PathError::Rule { .. })));
    // The same name and key, but no authority.
    let powerless = ca.leaf().signed_by(&root);
    assert!(find(&powerless, false).is_err());
}
