//! Each rule of an OCSP response: one thing broken, refused for that reason.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "test support outside of test functions"
)]
mod forge;
mod responder;

use forge::*;
use procura_crypto::{Digest, KeyKind};
use procura_pki::{
    Anchor, Certificate, OcspError, OcspResponse, RevocationData, RevocationError, RevocationStatus,
    Statement, ocsp::ResponseStatus,
};
use responder::*;

fn is_good() -> RevocationStatus {
    RevocationStatus::Good {
        as_of: at("2026-06-01T00:00:00Z"),
    }
}
fn status(asked: Result<Statement, OcspError>) -> RevocationStatus {
    asked.unwrap().status
}
fn rule(asked: Result<Statement, OcspError>) -> &'static str {
    match asked {
        Err(OcspError::NotDelegated { rule, responder }) => {
            assert_eq!(responder, "O=RealTruth, CN=OCSP responder 1");
            rule
        }
        other => panic!("{other:?}"),
    }
}
fn malformed(asked: Result<Statement, OcspError>) -> &'static str {
    match asked {
        Err(OcspError::Malformed(why)) => why,
        other => panic!("{other:?}"),
    }
}

// What counts.

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
    answer.singles.drain(1..3);
    assert_eq!(world.ask(&answer), Err(OcspError::Unknown));
}

// Whom it is about.

#[test]
fn a_certificate_of_another_issuer_is_not_judged() {
    let world = World::new();
    let other = Issuer::new("Seal").leaf().signed_by(&Issuer::new("Other CA"));
    let response = world.direct().read().unwrap();
    assert_eq!(
        response.statement(&other, &world.issuer, &[]),
        Err(OcspError::Issuer)
    );
}

#[test]
fn an_answer_for_another_issuer_name_is_refused() {
    let world = World::new();
    let answer = world
        .direct()
        .one(|single| single.name_hash = Digest::Sha1.of(&cn("Other CA")));
    assert_eq!(world.ask(&answer), Err(OcspError::Issuer));
}

#[test]
fn an_answer_for_another_issuer_key_is_refused() {
    let world = World::new();
    let answer = world.direct().one(|single| single.key_hash[0] ^= 1);
    assert_eq!(world.ask(&answer), Err(OcspError::Issuer));
}

#[test]
fn an_answer_by_an_unknown_digest_is_refused() {
    let world = World::new();
    let answer = world
        .direct()
        .one(|single| single.algorithm = seq(&[oid("1.2.3.4")]));
    assert_eq!(world.ask(&answer), Err(OcspError::Issuer));
}

#[test]
fn an_answer_about_another_serial_number_is_refused() {
    let world = World::new();
    let answer = world.direct().one(|single| single.serial = vec![0x01, 0x24]);
    assert_eq!(world.ask(&answer), Err(OcspError::Serial));
    let mut none = world.direct();
    none.singles.clear();
    assert_eq!(world.ask(&none), Err(OcspError::Issuer));
}

#[test]
fn a_responder_that_does_not_know_the_certificate_says_nothing() {
    let world = World::new();
    let answer = world.direct().one(|single| single.status = unknown());
    assert_eq!(world.ask(&answer), Err(OcspError::Unknown));
}

#[test]
fn a_responder_that_gives_no_answer_is_told_by_name() {
    for (code, status, name) in [
        (1, ResponseStatus::MalformedRequest, "malformedRequest"),
        (2, ResponseStatus::InternalError, "internalError"),
        (3, ResponseStatus::TryLater, "tryLater"),
        (5, ResponseStatus::SigRequired, "sigRequired"),
        (6, ResponseStatus::Unauthorized, "unauthorized"),
    ] {
        let der = seq(&[tlv(10, &[code])]);
        assert_eq!(
            OcspResponse::from_der(&der).err(),
            Some(OcspError::Status(status))
        );
        assert_eq!(status.to_string(), name);
        assert_eq!(status.response_der(), der);
    }
    for code in [0, 4, 7] {
        let refused = OcspResponse::from_der(&seq(&[tlv(10, &[code])])).err();
        assert!(matches!(refused, Some(OcspError::Malformed(_))), "{code}");
    }
    // Whatever comes along with it does not count.
    let world = World::new();
    let mut answer = world.direct();
    answer.status = 3;
    assert_eq!(
        world.ask(&answer),
        Err(OcspError::Status(ResponseStatus::TryLater))
    );
}

// Who signed.

#[test]
fn another_key_under_the_issuers_name_is_refused() {
    let world = World::new();
    let mut answer = world.direct();
    answer.key = Issuer::new("CA").key;
    assert_eq!(world.ask(&answer), Err(OcspError::Signature));
}

#[test]
fn another_key_under_the_delegates_name_is_refused() {
    let world = World::new();
    let mut answer = world.delegated();
    answer.key = Issuer::new("OCSP responder 1").key;
    assert_eq!(world.ask(&answer), Err(OcspError::Signature));
}

#[test]
fn data_that_were_changed_after_signing_are_refused() {
    let world = World::new();
    let answer = world.direct();
    let scheme = procura_crypto::Scheme::Ecdsa {
        digest: Digest::Sha256,
        encoding: procura_crypto::EcdsaEncoding::Der,
    };
    let revoked = answer
        .clone()
        .one(|single| single.status = revoked("2026-05-01T00:00:00Z", None));
    let signature = answer.key.sign(scheme, &revoked.data()).unwrap();
    let der = answer.wrap(&answer.assemble(&answer.data(), &signature));
    let response = OcspResponse::from_der(&der).unwrap();
    assert_eq!(
        response.statement(&world.leaf, &world.issuer, &[]),
        Err(OcspError::Signature)
    );
}

#[test]
fn a_responder_whose_certificate_is_not_at_hand_is_refused() {
    let world = World::new();
    let mut answer = world.delegated();
    answer.responder = tlv(0xa1, &cn("OCSP responder 2"));
    assert_eq!(world.ask(&answer), Err(OcspError::ResponderMissing));
    answer.responder = tlv(0xa2, &octets(&[0; 20]));
    assert_eq!(world.ask(&answer), Err(OcspError::ResponderMissing));
}

#[test]
fn a_delegate_of_another_issuer_of_the_same_name_is_refused() {
    let mut world = World::new();
    let other = Issuer::new("CA");
    world.delegated = World::request(&world.delegate)
        .with(purposes(&[OCSP_SIGNING]))
        .signed_by(&other);
    assert_eq!(
        rule(world.ask(&world.delegated())),
        "another key issued its certificate"
    );
}

#[test]
fn a_delegate_certified_by_a_ca_below_the_issuer_is_refused() {
    let mut world = World::new();
    let sub = Issuer::new("Sub CA");
    world.delegated = World::request(&world.delegate)
        .with(purposes(&[OCSP_SIGNING]))
        .signed_by(&sub);
    let mut answer = world.delegated();
    answer
        .certificates
        .push(sub.ca().signed_by(&world.ca).der().to_vec());
    assert_eq!(rule(world.ask(&answer)), "another key issued its certificate");
}

#[test]
fn a_certificate_of_the_issuer_without_ocsp_signing_is_no_delegate() {
    const LACKS: &str = "extKeyUsage lacks id-kp-OCSPSigning";
    for other in [
        World::with(|request| request),
        World::with(|request| request.with(purposes(&["1.3.6.1.5.5.7.3.8"]))),
        // anyExtendedKeyUsage
        World::with(|request| request.with(purposes(&["2.5.29.37.0"]))),
    ] {
        assert_eq!(rule(other.ask(&other.delegated())), LACKS);
    }
}

#[test]
fn the_certificate_of_a_ca_is_no_delegates() {
    let world = World::with(|request| {
        request
            .with(purposes(&[OCSP_SIGNING]))
            .with(basic_constraints(true, None))
    });
    assert_eq!(
        rule(world.ask(&world.delegated())),
        "its certificate is that of a CA"
    );
}

#[test]
fn a_delegate_whose_key_is_not_for_signatures_is_refused() {
    let delegate = Issuer::new("OCSP responder 1");
    let mut world = World::new();
    world.delegated = delegate
        .request()
        .with(key_usage(KEY_ENCIPHERMENT))
        .with(purposes(&[OCSP_SIGNING]))
        .signed_by(&world.ca);
    world.delegate = delegate;
    assert_eq!(
        rule(world.ask(&world.delegated())),
        "keyUsage has neither digitalSignature nor nonRepudiation"
    );
}

#[test]
fn a_delegate_signs_within_the_validity_of_its_certificate() {
    let world =
        |from: &str, to: &str| World::with(|request| request.with(purposes(&[OCSP_SIGNING])).valid(from, to));
    let late = world("2026-01-01T00:00:00Z", "2026-06-01T00:00:04Z");
    let early = world("2026-06-01T00:00:06Z", "2027-01-01T00:00:00Z");
    for world in [late, early] {
        assert_eq!(
            rule(world.ask(&world.delegated())),
            "its certificate was not valid when it signed"
        );
    }
    let just = world("2026-06-01T00:00:05Z", "2026-06-01T00:00:05Z");
    assert!(just.ask(&just.delegated()).is_ok());
}

#[test]
fn a_delegates_certificate_with_an_unknown_critical_extension_is_refused() {
    let world = World::with(|request| {
        request
            .with(purposes(&[OCSP_SIGNING]))
            .with(extension("1.2.3.4", true, vec![5, 0]))
    });
    assert_eq!(
        rule(world.ask(&world.delegated())),
        "an unknown critical extension"
    );
}

#[test]
fn a_delegate_of_an_issuer_that_may_not_certify_is_refused() {
    let mut world = World::new();
    world.issuer = world
        .ca
        .request()
        .with(key_usage(DIGITAL_SIGNATURE))
        .signed_by(&world.ca);
    assert_eq!(rule(world.ask(&world.delegated())), "keyUsage lacks keyCertSign");
}

#[test]
fn a_delegate_does_not_speak_of_itself() {
    let mut world = World::new();
    let answer = world
        .delegated()
        .one(|single| single.serial = world.delegated.serial().to_vec());
    world.leaf = world.delegated.clone();
    assert_eq!(rule(world.ask(&answer)), "it speaks of its own certificate");
}

#[test]
fn a_responder_that_the_issuer_did_not_delegate_counts_for_callers_who_name_its_anchor() {
    let mut world = World::new();
    let (root, sub) = (Issuer::new("Root"), Issuer::new("Responders' CA"));
    let ask = |world: &World, trusted: &[Anchor]| {
        let mut answer = world.delegated();
        answer.certificates.push(sub.ca().signed_by(&root).der().to_vec());
        let response = answer.read().unwrap();
        response.statement_trusting(&world.leaf, &world.issuer, &[], trusted)
    };
    let certified = |world: &World, change: fn(Request) -> Request| {
        change(World::request(&world.delegate)).signed_by(&sub)
    };
    world.delegated = certified(&world, |request| request.with(purposes(&[OCSP_SIGNING])));
    // Through an authority above it, or named itself.
    for trusted in [root.anchor(), Anchor(world.delegated.clone())] {
        let statement = ask(&world, &[trusted]).unwrap();
        assert_eq!(statement.responder.as_ref(), Some(&world.delegated));
        assert!(statement.responder_needs_revocation_check);
    }
    assert_eq!(rule(ask(&world, &[])), "another key issued its certificate");
    assert_eq!(
        rule(ask(&world, &[Issuer::new("Root").anchor()])),
        "neither the issuer nor a trusted authority issued its certificate"
    );
    // An anchor does not mend what else is wrong.
    world.delegated = certified(&world, |request| request);
    assert_eq!(
        rule(ask(&world, &[root.anchor()])),
        "extKeyUsage lacks id-kp-OCSPSigning"
    );
    world.delegated = certified(&world, |request| {
        request
            .with(purposes(&[OCSP_SIGNING]))
            .valid("2026-01-01T00:00:00Z", "2026-06-01T00:00:04Z")
    });
    assert_eq!(
        rule(ask(&world, &[root.anchor()])),
        "its certificate was not valid when it signed"
    );
}

#[test]
fn the_right_delegate_is_found_behind_others_of_its_name_within_bounds() {
    let world = World::new();
    let namesake = || {
        World::request(&Issuer::new("OCSP responder 1"))
            .with(purposes(&[OCSP_SIGNING]))
            .der_signed_by(&world.ca)
    };
    let mut answer = world.delegated();
    answer.certificates.insert(0, namesake());
    // The same again costs nothing.
    answer.certificates.insert(0, answer.certificates[0].clone());
    assert!(world.ask(&answer).is_ok());
    for _ in 0..3 {
        answer.certificates.insert(0, namesake());
    }
    assert_eq!(world.ask(&answer), Err(OcspError::Signature));
}

#[test]
fn certificates_that_cannot_be_read_do_no_harm() {
    let world = World::new();
    let mut answer = world.delegated();
    answer.certificates.insert(0, seq(&[integer(1)]));
    assert!(world.ask(&answer).is_ok());
}

#[test]
fn sha_1_is_taken_from_answers_made_before_2017_only() {
    use rsa::pkcs8::DecodePrivateKey as _;
    let ca = Issuer::of(cn("CA"), KeyKind::Rsa(2048));
    let key = rsa::RsaPrivateKey::from_pkcs8_der(&ca.key.to_pkcs8_der()).unwrap();
    let sign = |data: &[u8]| {
        // DigestInfo of SHA-1 without the digest (RFC 8017 §9.2).
        let prefix = [0x30, 0x21, 0x30, 9, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0, 4, 0x14];
        let scheme = rsa::Pkcs1v15Sign {
            hash_len: Some(20),
            prefix: Box::new(prefix),
        };
        key.sign(scheme, &Digest::Sha1.of(data)).unwrap()
    };
    let rsa_sha256 = seq(&[oid("1.2.840.113549.1.1.11"), vec![5, 0]]);
    let signed = |mut request: Request| {
        request.algorithm = rsa_sha256.clone();
        request.scheme = procura_crypto::Scheme::RsaPkcs1(Digest::Sha256);
        request.signed_by(&ca)
    };
    let issuer = signed(ca.ca());
    let leaf = signed(Issuer::new("Seal").leaf());
    // What the key is digested as, told by our own request: SEQUENCE of one CertID.
    let world = World::new();
    let id = procura_pki::ocsp::CertificateId::of(&leaf, &issuer, Digest::Sha1).unwrap();
    let (name_hash, key_hash) = (id.der()[15..35].to_vec(), id.der()[37..57].to_vec());
    let ask = |produced: &str| {
        let mut answer = world.direct().one(|single| {
            single.name_hash = name_hash.clone();
            single.key_hash = key_hash.clone();
        });
        answer.algorithm = seq(&[oid("1.2.840.113549.1.1.5"), vec![5, 0]]);
        answer.produced_at = at(produced);
        let data = answer.data();
        let der = answer.wrap(&answer.assemble(&data, &sign(&data)));
        OcspResponse::from_der(&der)
            .unwrap()
            .statement(&leaf, &issuer, &[])
    };
    assert_eq!(status(ask("2016-12-31T23:59:59Z")), is_good());
    assert_eq!(
        ask("2017-01-01T00:00:00Z"),
        Err(OcspError::Algorithm("signed over SHA-1 after 2016"))
    );
}

#[test]
fn an_algorithm_out_of_scope_is_refused() {
    let world = World::new();
    let mut answer = world.direct();
    answer.algorithm = seq(&[oid("1.2.3.4")]);
    assert_eq!(
        world.ask(&answer),
        Err(OcspError::Algorithm("its algorithm is out of scope"))
    );
}

// What it is made of.

#[test]
fn an_unknown_critical_extension_is_refused() {
    let world = World::new();
    for critical in [true, false] {
        let unknown = || extension("1.2.3.4", critical, vec![5, 0]);
        let of_response = world.direct().with(unknown());
        let of_answer = world.direct().one(|single| single.extensions.push(unknown()));
        for answer in [of_response, of_answer] {
            let asked = world.ask(&answer);
            if critical {
                assert_eq!(asked, Err(OcspError::Critical));
            } else {
                assert_eq!(status(asked), is_good());
            }
        }
    }
}

#[test]
fn an_extension_that_stands_twice_is_refused() {
    let world = World::new();
    let nonce = || extension(NONCE, false, octets(b"1"));
    assert_eq!(
        malformed(world.ask(&world.direct().with(nonce()).with(nonce()))),
        "an extension of the response cannot be read"
    );
    let twice = world
        .direct()
        .one(|single| single.extensions.extend([nonce(), nonce()]));
    assert_eq!(
        malformed(world.ask(&twice)),
        "an extension of an answer cannot be read"
    );
}

#[test]
fn another_type_of_response_is_refused() {
    let world = World::new();
    let mut answer = world.direct();
    answer.kind = "1.3.6.1.5.5.7.48.1.99";
    assert_eq!(world.ask(&answer), Err(OcspError::ResponseType));
}

#[test]
fn another_version_is_refused_and_the_default_may_stand() {
    let world = World::new();
    let mut answer = world.direct();
    answer.version = tlv(0xa0, &integer(0));
    assert!(world.ask(&answer).is_ok());
    answer.version = tlv(0xa0, &integer(1));
    assert_eq!(malformed(world.ask(&answer)), "of another version than 1");
}

#[test]
fn a_next_update_before_the_update_is_refused() {
    let world = World::new();
    let answer = world
        .direct()
        .one(|single| single.next_update = Some(at("2026-05-31T23:59:59Z")));
    assert_eq!(malformed(world.ask(&answer)), "nextUpdate is before thisUpdate");
}

#[test]
fn an_answer_without_next_update_is_told_and_is_never_current() {
    let world = World::new();
    let statement = world
        .ask(&world.direct().one(|single| single.next_update = None))
        .unwrap();
    assert_eq!(statement.next_update, None);
    assert!(!statement.is_current_at(noon()));
}

#[test]
fn statuses_and_reasons_of_another_form_are_refused() {
    const REFUSED: &str = "the status of a certificate cannot be read";
    let world = World::new();
    let of = |status: Vec<u8>| malformed(world.ask(&world.direct().one(|single| single.status = status)));
    assert_eq!(of(tlv(0x80, &[0])), REFUSED);
    assert_eq!(of(tlv(0xa0, &[])), REFUSED);
    assert_eq!(of(tlv(0x83, &[])), REFUSED);
    let when = time(at("2026-05-01T00:00:00Z"));
    let two_octets = tlv(0xa0, &tlv(10, &[0, 1]));
    assert_eq!(of(tlv(0xa1, &[when.clone(), two_octets].concat())), REFUSED);
    let reason = tlv(0xa0, &tlv(10, &[1]));
    assert_eq!(of(tlv(0xa1, &[when, reason, vec![5, 0]].concat())), REFUSED);
}

#[test]
fn nothing_follows_and_every_length_is_the_shortest() {
    let world = World::new();
    let answer = world.direct();
    let der = answer.der();
    let mut longer = der.clone();
    longer.push(0);
    assert!(OcspResponse::from_der(&longer).is_err());
    // Outer SEQUENCE, behind responseStatus, behind the response's octets, behind the signature.
    let bytes = seq(&[oid(BASIC), octets(&answer.basic())]);
    let extra = vec![5, 0];
    for der in [
        seq(&[tlv(10, &[0]), tlv(0xa0, &bytes), extra.clone()]),
        seq(&[tlv(10, &[0]), tlv(0xa0, &[bytes, extra.clone()].concat())]),
        seq(&[
            tlv(10, &[0]),
            tlv(0xa0, &seq(&[oid(BASIC), octets(&answer.basic()), extra.clone()])),
        ]),
        answer.wrap(&[answer.basic(), extra].concat()),
    ] {
        assert!(matches!(
            OcspResponse::from_der(&der),
            Err(OcspError::Malformed(_))
        ));
    }
    let (header, content) = der.split_at(4);
    assert_eq!(header[..2], [0x30, 0x82]);
    let padded = [&[0x30, 0x83, 0, header[2], header[3]], content].concat();
    assert!(matches!(
        OcspResponse::from_der(&padded),
        Err(OcspError::Malformed(_))
    ));
}

#[test]
fn sizes_are_bounded() {
    let world = World::new();
    let mut answer = world.direct();
    answer.singles = vec![answer.singles[0].clone(); 257];
    assert_eq!(malformed(world.ask(&answer)), "more than 256 answers");
    let mut answer = world.direct();
    answer.certificates = vec![world.delegated.der().to_vec(); 17];
    assert_eq!(malformed(world.ask(&answer)), "more than 16 certificates");
    let huge = world
        .direct()
        .with(extension("1.2.3.4", false, vec![0; 256 * 1024]));
    assert_eq!(malformed(world.ask(&huge)), "larger than 256 KiB");
}

#[test]
fn errors_do_not_tell_natural_persons() {
    let mut world = World::new();
    let name = name(&[
        (ORGANIZATION, UTF8, "RealTruth"),
        ("2.5.4.42", UTF8, "Jane"),
        (COMMON_NAME, UTF8, "Jane Doe"),
    ]);
    world.delegate = Issuer::of(name, KeyKind::Ec(procura_crypto::Curve::P256));
    world.delegated = World::request(&world.delegate).signed_by(&world.ca);
    let answer = world.delegated();
    assert!(!world.ask(&answer).unwrap_err().to_string().contains("Jane"));
    assert!(!format!("{:?}", answer.read().unwrap()).contains("Jane"));
}

fn judge(der: &[u8], world: &World) -> Option<Statement> {
    let response = OcspResponse::from_der(der).ok()?;
    response.statement(&world.leaf, &world.issuer, &[]).ok()
}

#[test]
fn any_changed_octet_of_a_response_is_noticed() {
    let world = World::new();
    let der = world.delegated().der();
    assert!(judge(&der, &world).is_some());
    for position in 0..der.len() {
        for change in [0x01, 0x20, 0x80, 0xff] {
            let mut changed = der.clone();
            changed[position] ^= change;
            assert_eq!(judge(&changed, &world), None, "octet {position} ^ {change:#x}");
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]
    #[test]
    fn any_bytes_end_in_an_answer(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
        let _response = OcspResponse::from_der(&bytes);
        let _basic = OcspResponse::from_basic_der(&bytes);
        let _request = procura_pki::OcspRequest::from_der(&bytes);
        let _wrapped = OcspResponse::from_der(&seq(&[tlv(10, &[0]), tlv(0xa0, &seq(&[oid(BASIC), octets(&bytes)]))]));
        let _certificate = Certificate::from_der(&bytes);
    }
}
