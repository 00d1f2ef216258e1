//! Each rule of a CRL: one thing broken, refused for that reason.
mod forge;

use forge::*;
use procura_pki::{Certificate, Crl, CrlError, RevocationData, RevocationStatus, path::SignatureChecks};

const URL: &str = "http://realtruth.example/ca.crl";

struct World {
    ca: Issuer,
    anchor: Certificate,
    leaf: Certificate,
}
impl World {
    fn new() -> Self {
        let ca = Issuer::new("CA");
        let leaf = Issuer::new("Seal").leaf().with(crl_points(&[URL])).signed_by(&ca);
        Self {
            anchor: ca.anchor().0,
            ca,
            leaf,
        }
    }
    fn status(&self, crl: &CrlRequest) -> Result<RevocationStatus, CrlError> {
        crl.read()?.status(&self.leaf, &self.anchor, Some(URL), noon())
    }
}
fn good() -> RevocationStatus {
    RevocationStatus::Good {
        as_of: at("2026-06-01T00:00:00Z"),
    }
}

#[test]
fn a_certificate_that_is_not_listed_is_good() {
    let world = World::new();
    let other = Issuer::new("Other");
    let mut request = other.leaf();
    request.serial = vec![0x55];
    let crl = world
        .ca
        .crl()
        .revoke(&request.signed_by(&world.ca), "2026-05-01T00:00:00Z", Vec::new());
    assert_eq!(world.status(&crl), Ok(good()));
    assert_eq!(world.leaf.crl_urls(), [URL]);
}

#[test]
fn a_listed_certificate_is_revoked_with_date_and_reason() {
    let world = World::new();
    let reason = extension("2.5.29.21", false, tlv(10, &[1]));
    let crl = world
        .ca
        .crl()
        .revoke(&world.leaf, "2026-05-01T00:00:00Z", vec![reason]);
    let revoked = RevocationStatus::Revoked {
        at: at("2026-05-01T00:00:00Z"),
        reason: Some(1),
    };
    assert_eq!(world.status(&crl), Ok(revoked));
}

#[test]
fn pem_is_read_as_well() {
    use base64::Engine as _;
    let world = World::new();
    let body = base64::engine::general_purpose::STANDARD.encode(world.ca.crl().der());
    let pem = format!("-----BEGIN X509 CRL-----\n{body}\n-----END X509 CRL-----\n");
    assert!(Crl::from_der(pem.as_bytes()).is_ok());
    assert!(matches!(
        Crl::from_der(&pem.as_bytes()[..60]),
        Err(CrlError::Malformed(_))
    ));
}

#[test]
fn the_crl_of_another_issuer_is_refused() {
    let world = World::new();
    let mut crl = world.ca.crl();
    crl.issuer = cn("Other CA");
    assert_eq!(world.status(&crl), Err(CrlError::Issuer));
}

#[test]
fn a_certificate_of_another_issuer_is_not_judged() {
    let world = World::new();
    let other = Issuer::new("Other CA");
    let leaf = Issuer::new("Seal").leaf().signed_by(&other);
    let crl = world.ca.crl().read().unwrap();
    assert_eq!(
        crl.status(&leaf, &world.anchor, None, noon()),
        Err(CrlError::Issuer)
    );
}

#[test]
fn a_crl_signed_by_another_key_is_refused() {
    let world = World::new();
    let mut crl = world.ca.crl();
    crl.key = Issuer::new("CA").key;
    assert_eq!(world.status(&crl), Err(CrlError::Signature));
}

#[test]
fn a_signature_that_was_verified_counts_for_its_issuer_only() {
    let world = World::new();
    let crl = world.ca.crl().read().unwrap();
    for _ in 0..2 {
        assert!(crl.status(&world.leaf, &world.anchor, None, noon()).is_ok());
    }
    // Another key under the same name.
    let other = Issuer::new("CA");
    let leaf = Issuer::new("Seal").leaf().signed_by(&other);
    assert_eq!(
        crl.status(&leaf, &other.anchor().0, None, noon()),
        Err(CrlError::Signature)
    );
}

#[test]
fn an_issuer_without_crl_sign_is_refused() {
    let world = World::new();
    let ca = world
        .ca
        .request()
        .with(basic_constraints(true, None))
        .with(key_usage(KEY_CERT_SIGN));
    let crl = world.ca.crl().read().unwrap();
    let refused = crl.status(&world.leaf, &ca.signed_by(&world.ca), None, noon());
    assert_eq!(refused, Err(CrlError::KeyUsage));
}

#[test]
fn a_crl_counts_from_its_update_to_the_next_with_five_minutes_of_skew() {
    let world = World::new();
    let crl = world.ca.crl().read().unwrap();
    let status = |now: &str| crl.status(&world.leaf, &world.anchor, None, at(now));
    assert!(status("2026-06-08T00:05:00Z").is_ok());
    assert!(matches!(
        status("2026-06-08T00:05:01Z"),
        Err(CrlError::Stale { .. })
    ));
    assert!(status("2026-05-31T23:55:00Z").is_ok());
    assert!(matches!(
        status("2026-05-31T23:54:59Z"),
        Err(CrlError::Stale { .. })
    ));
}

#[test]
fn a_crl_without_next_update_is_never_current() {
    let world = World::new();
    let mut crl = world.ca.crl();
    crl.next_update = None;
    assert!(matches!(
        world.status(&crl),
        Err(CrlError::Stale {
            next_update: None,
            ..
        })
    ));
}

#[test]
fn an_unknown_critical_extension_is_refused() {
    let world = World::new();
    let crl = world.ca.crl().with(extension("1.2.3.4", true, vec![5, 0]));
    assert_eq!(world.status(&crl), Err(CrlError::Critical));
    let crl = world.ca.crl().with(extension("1.2.3.4", false, vec![5, 0]));
    assert_eq!(world.status(&crl), Ok(good()));
}

#[test]
fn an_unknown_critical_extension_of_any_entry_is_refused() {
    let world = World::new();
    let mut other = Issuer::new("Other").leaf();
    other.serial = vec![0x55];
    let entry = vec![extension("2.5.29.29", true, seq(&[]))];
    let crl = world
        .ca
        .crl()
        .revoke(&other.signed_by(&world.ca), "2026-05-01T00:00:00Z", entry);
    assert_eq!(world.status(&crl), Err(CrlError::Critical));
}

#[test]
fn delta_indirect_and_partial_lists_do_not_cover_the_certificate() {
    let world = World::new();
    let scope = |extension| match world.status(&world.ca.crl().with(extension)) {
        Err(CrlError::Scope(why)) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        scope(extension("2.5.29.27", true, integer(1))),
        "it is a delta CRL"
    );
    assert_eq!(scope(issuing_point(None, &[0x84])), "it is an indirect CRL");
    assert_eq!(
        scope(issuing_point(None, &[0x85])),
        "it lists attribute certificates only"
    );
    assert_eq!(
        scope(issuing_point(None, &[0x82])),
        "it lists CA certificates only"
    );
    let reasons = extension("2.5.29.28", true, seq(&[tlv(0x83, &[6, 0x40])]));
    assert_eq!(scope(reasons), "it lists some reasons only");
    assert_eq!(
        world.status(&world.ca.crl().with(issuing_point(None, &[0x81]))),
        Ok(good())
    );
}

#[test]
fn a_list_of_end_entities_does_not_cover_a_ca() {
    let world = World::new();
    let sub = Issuer::new("Sub CA").ca().signed_by(&world.ca);
    let crl = world.ca.crl().with(issuing_point(None, &[0x81])).read().unwrap();
    let refused = crl.status(&sub, &world.anchor, None, noon());
    assert_eq!(
        refused,
        Err(CrlError::Scope("it lists end-entity certificates only"))
    );
}

#[test]
fn the_distribution_point_must_be_one_of_the_certificate() {
    let world = World::new();
    assert_eq!(
        world.status(&world.ca.crl().with(issuing_point(Some(URL), &[]))),
        Ok(good())
    );
    let other = world
        .ca
        .crl()
        .with(issuing_point(Some("http://realtruth.example/other.crl"), &[]));
    assert_eq!(
        world.status(&other),
        Err(CrlError::Scope("its distribution point is another"))
    );
    // Fetched from where it says, which is not where the certificate says.
    let fetched = other.read().unwrap().status(
        &world.leaf,
        &world.anchor,
        Some("http://realtruth.example/other.crl"),
        noon(),
    );
    assert_eq!(fetched, Err(CrlError::Scope("its distribution point is another")));
}

#[test]
fn a_list_that_keeps_expired_certificates_says_from_when() {
    let mut world = World::new();
    world.leaf = Issuer::new("Seal")
        .leaf()
        .valid("2024-01-01T00:00:00Z", "2026-01-01T00:00:00Z")
        .with(crl_points(&[URL]))
        .signed_by(&world.ca);
    let statement = |crl: &CrlRequest| crl.read()?.statement(&world.leaf, &world.anchor, Some(URL));
    let keeping = |value: Vec<u8>| world.ca.crl().with(extension("2.5.29.60", false, value));
    let expired = statement(&world.ca.crl()).unwrap();
    assert_eq!(expired.expired_certs_on_crl, None);
    assert!(!expired.knows(&world.leaf));
    for (from, knows) in [("2026-01-01T00:00:00Z", true), ("2026-01-01T00:00:01Z", false)] {
        let kept = statement(&keeping(time(at(from)))).unwrap();
        assert_eq!(kept.expired_certs_on_crl, Some(at(from)));
        assert_eq!(kept.knows(&world.leaf), knows);
    }
    let revoked = world
        .ca
        .crl()
        .revoke(&world.leaf, "2025-01-01T00:00:00Z", Vec::new());
    assert!(statement(&revoked).unwrap().knows(&world.leaf));
    assert!(matches!(
        statement(&keeping(vec![5, 0])),
        Err(CrlError::Malformed(_))
    ));
}

#[test]
fn a_statement_tells_what_is_listed_whenever_that_was() {
    let world = World::new();
    let crl = world.ca.crl().read().unwrap();
    let statement = crl.statement(&world.leaf, &world.anchor, Some(URL)).unwrap();
    assert_eq!(statement.status, good());
    assert_eq!(statement.this_update, at("2026-06-01T00:00:00Z"));
    assert_eq!(statement.produced_at, statement.this_update);
    assert_eq!(statement.next_update, Some(at("2026-06-08T00:00:00Z")));
    assert_eq!(statement.responder, None);
    assert!(!statement.responder_needs_revocation_check);
    assert!(statement.is_current_at(noon()));
    assert!(!statement.is_current_at(at("2027-01-01T00:00:00Z")));
}

#[test]
fn pem_is_handed_on_as_der() {
    use base64::Engine as _;
    let der = World::new().ca.crl().der();
    let body = base64::engine::general_purpose::STANDARD.encode(&der);
    let pem = format!("-----BEGIN X509 CRL-----\n{body}\n-----END X509 CRL-----\n");
    assert_eq!(Crl::from_der(pem.as_bytes()).unwrap().der(), der);
}

#[test]
fn sha_1_is_taken_from_lists_made_before_2017_only() {
    use procura_crypto::{Digest, KeyKind, Scheme};
    use rsa::pkcs8::DecodePrivateKey as _;
    let ca = Issuer::of(cn("CA"), KeyKind::Rsa(2048));
    let key = rsa::RsaPrivateKey::from_pkcs8_der(&ca.key.to_pkcs8_der()).unwrap();
    let certified = |mut request: Request| {
        request.algorithm = seq(&[oid("1.2.840.113549.1.1.11"), vec![5, 0]]);
        request.scheme = Scheme::RsaPkcs1(Digest::Sha256);
        request.signed_by(&ca)
    };
    let (anchor, leaf) = (certified(ca.ca()), certified(Issuer::new("Seal").leaf()));
    let statement = |this_update: &str| {
        let algorithm = seq(&[oid("1.2.840.113549.1.1.5"), vec![5, 0]]);
        let tbs = seq(&[
            integer(1),
            algorithm.clone(),
            ca.name.clone(),
            time(at(this_update)),
            time(at("2026-06-08T00:00:00Z")),
        ]);
        // DigestInfo of SHA-1 without the digest (RFC 8017 §9.2).
        let prefix = [0x30, 0x21, 0x30, 9, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0, 4, 0x14];
        let scheme = rsa::Pkcs1v15Sign {
            hash_len: Some(20),
            prefix: Box::new(prefix),
        };
        let signature = key.sign(scheme, &Digest::Sha1.of(&tbs)).unwrap();
        let der = seq(&[tbs, algorithm, tlv(3, &[vec![0], signature].concat())]);
        Crl::from_der(&der)
            .unwrap()
            .statement(&leaf, &anchor, None)
            .map(|s| s.scheme)
    };
    assert_eq!(
        statement("2016-12-31T23:59:59Z"),
        Ok(Scheme::RsaPkcs1(Digest::Sha1))
    );
    assert_eq!(
        statement("2017-01-01T00:00:00Z"),
        Err(CrlError::Algorithm("signed over SHA-1 after 2016"))
    );
}

/// A hold that becomes final keeps its date (Rec. ITU-T X.509 on reasonCode): it was never good again.
#[test]
fn of_several_entries_the_first_date_counts_and_what_is_final() {
    let world = World::new();
    let first = "2026-05-01T00:00:00Z";
    for (reasons, expected) in [
        ([Some(6), Some(1)], Some(1)),
        ([Some(6), None], None),
        ([Some(1), Some(6)], Some(1)),
        ([Some(1), Some(4)], Some(1)),
        ([Some(6), Some(6)], Some(6)),
    ] {
        let mut entries = [(first, reasons[0]), ("2026-05-03T00:00:00Z", reasons[1])];
        for _ in 0..2 {
            let list = entries.iter().fold(world.ca.crl(), |list, (when, reason)| {
                let code = |code: u8| extension("2.5.29.21", false, tlv(10, &[code]));
                list.revoke(&world.leaf, when, reason.map(code).into_iter().collect())
            });
            let revoked = RevocationStatus::Revoked {
                at: at(first),
                reason: expected,
            };
            assert_eq!(world.status(&list), Ok(revoked), "{reasons:?}");
            entries.reverse();
        }
    }
}

#[test]
fn a_list_of_another_key_under_the_issuers_name_is_told_from_a_broken_one() {
    let mut world = World::new();
    let identified = |id: u8| extension("2.5.29.14", false, tlv(4, &[id]));
    let of_key = |id: u8| extension("2.5.29.35", false, seq(&[tlv(0x80, &[id])]));
    world.anchor = world.ca.ca().with(identified(1)).signed_by(&world.ca);
    assert_eq!(world.status(&world.ca.crl().with(of_key(1))), Ok(good()));
    // Key identifiers are hints: what the key signed it signed.
    assert_eq!(world.status(&world.ca.crl().with(of_key(2))), Ok(good()));
    let successor = Issuer::new("CA");
    assert_eq!(
        world.status(&successor.crl().with(of_key(2))),
        Err(CrlError::AnotherKey)
    );
    for unsaid in [successor.crl().with(of_key(1)), successor.crl()] {
        assert_eq!(world.status(&unsaid), Err(CrlError::Signature));
    }
}

#[test]
fn signatures_are_checked_within_the_callers_bound_and_none_twice() {
    let world = World::new();
    let forged = |day: u8| -> RevocationData {
        let mut list = Issuer::new("CA").crl();
        list.this_update = at(&format!("2026-05-0{day}T00:00:00Z"));
        list.read().unwrap().into()
    };
    let (one, other) = (forged(1), forged(2));
    let checks = SignatureChecks::new(1);
    let ask = |data: &RevocationData| data.statement_within(&world.leaf, &world.anchor, &[], &checks);
    for _ in 0..2 {
        assert_eq!(ask(&one), Err(CrlError::Signature.into()));
    }
    assert_eq!(ask(&other), Err(CrlError::Budget.into()));
    assert!(checks.are_spent());
    // What is told from names alone costs nothing.
    let stranger: RevocationData = Issuer::new("Stranger").crl().read().unwrap().into();
    assert!(!stranger.concern(&world.leaf, &world.anchor) && one.concern(&world.leaf, &world.anchor));
    assert_eq!(ask(&stranger), Err(CrlError::Issuer.into()));
}

#[test]
fn what_is_no_crl_is_refused() {
    let world = World::new();
    for bytes in [&b""[..], b"nonsense", world.leaf.der()] {
        assert!(matches!(Crl::from_der(bytes), Err(CrlError::Malformed(_))));
    }
    let mut der = world.ca.crl().der();
    der.push(0);
    assert!(matches!(Crl::from_der(&der), Err(CrlError::Malformed(_))));
    let twice = world.ca.crl().with(extension("2.5.29.20", false, integer(8)));
    assert!(matches!(world.status(&twice), Err(CrlError::Malformed(_))));
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]
    #[test]
    fn any_change_of_a_crl_ends_in_an_answer(position in 0_usize..1000, octet in proptest::prelude::any::<u8>()) {
        let world = World::new();
        let mut der = world.ca.crl().revoke(&world.leaf, "2026-05-01T00:00:00Z", Vec::new()).der();
        let position = position % der.len();
        proptest::prop_assume!(der[position] != octet);
        der[position] = octet;
        if let Ok(crl) = Crl::from_der(&der) {
            proptest::prop_assert!(crl.status(&world.leaf, &world.anchor, None, noon()).is_err());
        }
    }
}
