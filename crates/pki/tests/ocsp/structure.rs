//! What a response is made of.
use super::*;

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
