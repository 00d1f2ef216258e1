//! Whom an answer is about.
use super::*;

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
