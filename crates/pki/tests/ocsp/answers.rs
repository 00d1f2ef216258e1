//! What counts.
use super::*;

#[test]
fn the_issuer_itself_may_answer_by_name_and_by_key() {
    let world = World::new();
    for answer in [world.direct(), world.direct().by_key()] {
        let statement = world.ask(&answer).unwrap();
        assert_eq!(statement.status, is_good());
        assert_eq!(statement.this_update, at("2026-06-01T00:00:00Z"));
        assert_eq!(statement.next_update, Some(at("2026-06-02T00:00:00Z")));
        assert_eq!(statement.produced_at, at("2026-06-01T00:00:05Z"));
        assert_eq!(statement.responder, None);
        assert!(!statement.responder_needs_revocation_check);
        assert_eq!(statement.cert_hash_matches, None);
        assert!(statement.is_current_at(noon()));
        assert!(!statement.is_current_at(at("2026-06-02T00:05:01Z")));
    }
}

#[test]
fn a_delegate_of_the_issuer_may_answer_by_name_and_by_key() {
    let world = World::new();
    for answer in [world.delegated(), world.delegated().by_key()] {
        let statement = world.ask(&answer).unwrap();
        assert_eq!(statement.status, is_good());
        assert_eq!(statement.responder.as_ref(), Some(&world.delegated));
    }
}

#[test]
fn the_delegate_may_be_found_among_the_candidates() {
    let world = World::new();
    let mut answer = world.delegated();
    answer.certificates.clear();
    assert_eq!(world.ask(&answer), Err(OcspError::ResponderMissing));
    let candidates = [world.leaf.clone(), world.delegated.clone()];
    let statement = answer
        .read()
        .unwrap()
        .statement(&world.leaf, &world.issuer, &candidates);
    assert_eq!(statement.unwrap().responder, Some(world.delegated));
}

#[test]
fn a_delegate_without_nocheck_is_asked_for_itself() {
    let world = World::new();
    let checked = |world: &World| {
        world
            .ask(&world.delegated())
            .unwrap()
            .responder_needs_revocation_check
    };
    assert!(!checked(&world));
    assert!(checked(&World::with(
        |request| request.with(purposes(&[OCSP_SIGNING]))
    )));
}

#[test]
fn a_revoked_certificate_is_revoked_with_date_and_reason() {
    let world = World::new();
    for reason in [None, Some(1), Some(6)] {
        let answer = world
            .direct()
            .one(|single| single.status = revoked("2026-05-01T00:00:00Z", reason));
        let expected = RevocationStatus::Revoked {
            at: at("2026-05-01T00:00:00Z"),
            reason,
        };
        assert_eq!(status(world.ask(&answer)), expected);
    }
}

#[test]
fn certificates_are_named_by_sha_1_and_sha_2() {
    let world = World::new();
    for (algorithm, digest) in [
        (SHA1, Digest::Sha1),
        (SHA256, Digest::Sha256),
        (SHA512, Digest::Sha512),
    ] {
        let mut answer = world.direct();
        answer.singles = vec![world.single(algorithm, digest)];
        assert_eq!(status(world.ask(&answer)), is_good(), "{algorithm}");
    }
}

#[test]
fn a_bare_basic_response_is_read_as_well() {
    let world = World::new();
    let answer = world.delegated();
    let basic = answer.basic();
    let bare = OcspResponse::from_basic_der(&basic).unwrap();
    assert_eq!(status(bare.statement(&world.leaf, &world.issuer, &[])), is_good());
    assert_eq!(bare.der(), basic);
    let whole = OcspResponse::from_der(&answer.wrap(&basic)).unwrap();
    assert_eq!(whole.basic_der(), basic);
    assert!(OcspResponse::from_der(&basic).is_err());
    assert!(OcspResponse::from_basic_der(whole.der()).is_err());
}

#[test]
fn the_nonce_of_the_request_is_recognised() {
    let world = World::new();
    let nonce = |critical, value| world.direct().with(extension(NONCE, critical, value)).read();
    let answer = nonce(false, octets(b"sixteen octets!!")).unwrap();
    assert!(answer.has_nonce(b"sixteen octets!!"));
    assert!(!answer.has_nonce(b"sixteen octets!?"));
    assert!(!world.direct().read().unwrap().has_nonce(b""));
    // Not an OCTET STRING within the extension, or more octets than RFC 9654 permits.
    assert!(
        !nonce(false, b"sixteen octets!!".to_vec())
            .unwrap()
            .has_nonce(b"sixteen octets!!")
    );
    assert!(!nonce(false, octets(&[7; 129])).unwrap().has_nonce(&[7; 129]));
    let critical = nonce(true, octets(b"1")).unwrap();
    assert!(critical.statement(&world.leaf, &world.issuer, &[]).is_ok());
}

#[test]
fn what_is_transmitted_is_kept_octet_by_octet() {
    let world = World::new();
    let (crl, ocsp) = (world.ca.crl().der(), world.delegated().der());
    let crl_data = RevocationData::from(procura_pki::Crl::from_der(&crl).unwrap());
    let ocsp_data = RevocationData::from(OcspResponse::from_der(&ocsp).unwrap());
    assert_eq!((crl_data.der(), ocsp_data.der()), (&crl[..], &ocsp[..]));
    for data in [crl_data, ocsp_data] {
        let statement = data.statement(&world.leaf, &world.issuer, &[]).unwrap();
        assert_eq!(statement.status, is_good());
        let other = Issuer::new("Other CA").anchor().0;
        assert!(matches!(
            data.statement(&world.leaf, &other, &[]),
            Err(RevocationError::Crl(procura_pki::CrlError::Issuer)
                | RevocationError::Ocsp(OcspError::Issuer))
        ));
    }
}

#[test]
fn a_responder_that_keeps_an_archive_knows_certificates_beyond_their_expiry() {
    let mut world = World::new();
    world.leaf = Issuer::new("Seal")
        .leaf()
        .valid("2024-01-01T00:00:00Z", "2026-01-01T00:00:00Z")
        .signed_by(&world.ca);
    let knows = |answer: &Answer| world.ask(answer).unwrap().knows(&world.leaf);
    let archive = |from: &str| {
        let cutoff = extension(ARCHIVE_CUTOFF, false, time(at(from)));
        world.direct().one(|single| single.extensions.push(cutoff))
    };
    assert!(!knows(&world.direct()));
    assert!(knows(&archive("2026-01-01T00:00:00Z")));
    assert!(!knows(&archive("2026-01-01T00:00:01Z")));
    // One that was revoked is known to have been.
    assert!(knows(
        &world
            .direct()
            .one(|s| s.status = revoked("2025-01-01T00:00:00Z", None))
    ));
    // Within its validity nothing else is needed.
    assert!(knows(
        &world.direct().one(|s| s.this_update = at("2026-01-01T00:00:00Z"))
    ));
}

#[test]
fn a_certificate_that_the_responder_names_by_digest_is_known_to_it() {
    let world = World::new();
    let hashed = |algorithm: &str, hash: Vec<u8>, critical| {
        let value = seq(&[seq(&[oid(algorithm)]), octets(&hash)]);
        world
            .direct()
            .one(|single| single.extensions.push(extension(CERT_HASH, critical, value)))
    };
    let matches = |answer: &Answer| world.ask(answer).map(|statement| statement.cert_hash_matches);
    let sha256 = world.leaf.sha256().to_vec();
    assert_eq!(matches(&hashed(SHA256, sha256.clone(), true)), Ok(Some(true)));
    assert_eq!(
        matches(&hashed(SHA256, world.issuer.sha256().to_vec(), false)),
        Err(OcspError::CertHash)
    );
    assert_eq!(
        matches(&hashed(SHA256, sha256[..31].to_vec(), false)),
        Err(OcspError::CertHash)
    );
    // By a digest out of scope nothing is told; where it has to be understood, nothing counts.
    assert_eq!(matches(&hashed("1.2.3.4", vec![0; 20], false)), Ok(None));
    assert_eq!(
        matches(&hashed("1.2.3.4", vec![0; 20], true)),
        Err(OcspError::Critical)
    );
}

#[test]
fn of_several_answers_about_a_certificate_the_most_cautious_counts() {
    let world = World::new();
    let single = |status: Vec<u8>| Single {
        status,
        ..world.single(SHA256, Digest::Sha256)
    };
    let mut answer = world.direct();
    answer.singles.push(single(revoked("2026-05-02T00:00:00Z", None)));
    answer
        .singles
        .push(single(revoked("2026-05-01T00:00:00Z", Some(1))));
    answer.singles.push(single(unknown()));
    let expected = RevocationStatus::Revoked {
        at: at("2026-05-01T00:00:00Z"),
        reason: Some(1),
    };
    assert_eq!(status(world.ask(&answer)), expected);
    // A hold before it is where the revocation began.
    answer
        .singles
        .push(single(revoked("2026-04-30T00:00:00Z", Some(6))));
    let expected = RevocationStatus::Revoked {
        at: at("2026-04-30T00:00:00Z"),
        reason: Some(1),
    };
    assert_eq!(status(world.ask(&answer)), expected);
    answer.singles.pop();
    answer.singles.drain(1..3);
    assert_eq!(world.ask(&answer), Err(OcspError::Unknown));
}
