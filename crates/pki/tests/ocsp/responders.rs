//! Who signed, and by which algorithm.
use super::*;

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

/// Its own certificate costs a check as well.
#[test]
fn signatures_are_checked_within_the_callers_bound_and_none_twice() {
    let world = World::new();
    let data: RevocationData = world.delegated().read().unwrap().into();
    let ask = |checks: &SignatureChecks| data.statement_within(&world.leaf, &world.issuer, &[], checks);
    assert_eq!(ask(&SignatureChecks::new(0)), Err(OcspError::Budget.into()));
    let short = SignatureChecks::new(1);
    assert_eq!(
        ask(&short),
        Err(RevocationError::Ocsp(OcspError::NotDelegated {
            responder: "O=RealTruth, CN=OCSP responder 1".to_owned(),
            rule: "the search for its issuer exceeded its bounds",
        }))
    );
    assert!(short.are_spent());
    let enough = SignatureChecks::new(3);
    for _ in 0..4 {
        assert!(ask(&enough).is_ok());
    }
    assert!(!enough.are_spent());
    let mut of_another = world.delegated();
    of_another.singles[0].serial = vec![0x55];
    let of_another: RevocationData = of_another.read().unwrap().into();
    assert!(!of_another.concern(&world.leaf, &world.issuer) && data.concern(&world.leaf, &world.issuer));
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

/// Responders change their certificates and keep their name: old ones do not displace the one of the time.
#[test]
fn a_delegate_is_found_behind_any_number_of_its_predecessors() {
    let world = World::new();
    let predecessor = |_| {
        World::request(&Issuer::new("OCSP responder 1"))
            .with(purposes(&[OCSP_SIGNING]))
            .valid("2025-01-01T00:00:00Z", "2025-12-31T00:00:00Z")
            .der_signed_by(&world.ca)
    };
    let mut answer = world.delegated();
    answer.certificates = (0..10).map(predecessor).chain(answer.certificates).collect();
    let statement = world.ask(&answer).unwrap();
    assert_eq!(statement.responder.as_ref(), Some(&world.delegated));
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
