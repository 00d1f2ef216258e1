//! Each rule of the time-stamp protocol: one thing wrong in a sound answer, refused for that reason.
#![expect(unreachable_pub, reason = "the authority is shared by test files")]
#![expect(dead_code, reason = "not every test file needs every part of a token")]
#![expect(clippy::unwrap_used, reason = "helpers of tests")]
mod authority;
#[path = "../../pki/tests/forge/mod.rs"]
mod forge;

use authority::{Parts, SHA256, SHA512, Unit, octets};
use forge::{at, boolean, extension, integer, oid, seq, tlv};
use jiff::SignedDuration;
use procura_ades::{
    SubIndication, Token, TokenError,
    tsp::{Failure, Request, RequestError, Response, Status, TspError},
};
use procura_crypto::{Digest, Rng};
use proptest::prelude::*;

const DATA: &[u8] = b"c2lnbmF0dXJl";

/// Counts, so that every question differs.
struct Counted(u8);
impl Rng for Counted {
    fn fill(&mut self, out: &mut [u8]) {
        for octet in out {
            self.0 = self.0.wrapping_add(1);
            *octet = self.0;
        }
    }
}
fn question() -> Request {
    Request::new(Digest::Sha256, Digest::Sha256.of(DATA), &mut Counted(0))
}
/// What answers the question soundly.
fn parts(unit: &Unit, request: &Request) -> Parts {
    let mut parts = unit.over(DATA);
    if let Some(nonce) = &request.nonce {
        parts.after_serial.push(tlv(2, nonce));
    }
    parts
}
fn status(number: u8, more: &[Vec<u8>]) -> Vec<u8> {
    seq(&[vec![integer(number)], more.to_vec()].concat())
}
fn granting(token: Vec<u8>) -> Vec<u8> {
    seq(&[status(0, &[]), token])
}
/// The answer to a question with one thing changed in the token.
fn answer(request: &Request, change: impl FnOnce(&Unit, &mut Parts)) -> Result<Token, TspError> {
    let unit = Unit::new();
    let mut parts = parts(&unit, request);
    change(&unit, &mut parts);
    Response::from_der(&granting(unit.sign(&parts)))?.accept(request)
}

#[test]
fn a_request_is_written_as_the_standard_has_it() {
    let request = Request {
        digest: Digest::Sha256,
        value: vec![7; 32],
        nonce: Some(vec![0x41, 2]),
        policy: Some("1.2.3.4".to_owned()),
        certificate_requested: true,
    };
    let expected = seq(&[
        integer(1),
        seq(&[seq(&[oid(SHA256)]), octets(&[7; 32])]),
        oid("1.2.3.4"),
        tlv(2, &[0x41, 2]),
        boolean(true),
    ]);
    assert_eq!(request.to_der().unwrap(), expected);
    assert_eq!(Request::from_der(&expected).unwrap(), request);
    let least = Request {
        nonce: None,
        policy: None,
        certificate_requested: false,
        ..request
    };
    let expected = seq(&[integer(1), seq(&[seq(&[oid(SHA256)]), octets(&[7; 32])])]);
    assert_eq!(least.to_der().unwrap(), expected);
    assert_eq!(Request::from_der(&expected).unwrap(), least);
}

#[test]
fn questions_differ_by_their_nonce() {
    let rng = &mut Counted(0);
    let value = Digest::Sha256.of(DATA);
    let one = Request::new(Digest::Sha256, value.clone(), rng);
    assert_ne!(one.nonce, Request::new(Digest::Sha256, value, rng).nonce);
    assert_eq!(one.nonce.map(|nonce| nonce.len()), Some(8));
}

#[test]
fn what_no_authority_could_read_is_not_asked() {
    let short = Request {
        value: vec![1; 31],
        ..question()
    };
    assert_eq!(
        short.to_der(),
        Err(RequestError::Imprint {
            expected: 32,
            actual: 31
        })
    );
    for nonce in [vec![], vec![0, 1], vec![0xff, 0x80], vec![1; 33]] {
        let request = Request {
            nonce: Some(nonce),
            ..question()
        };
        assert_eq!(request.to_der(), Err(RequestError::Nonce));
    }
    assert_eq!(
        question().under_policy("no policy").to_der(),
        Err(RequestError::Format("the policy is no object identifier"))
    );
}

#[test]
fn each_fault_of_a_request_has_the_failure_that_the_standard_names() {
    let imprint = seq(&[seq(&[oid(SHA256)]), octets(&[7; 32])]);
    let extensions = tlv(0xa0, &seq(&[oid("1.2.3"), octets(&[5, 0])]));
    let cases = [
        (seq(&[integer(2), imprint.clone()]), Failure::BadRequest),
        (
            seq(&[integer(1), seq(&[seq(&[oid("1.2.3")]), octets(&[7; 32])])]),
            Failure::BadAlgorithm,
        ),
        (
            seq(&[integer(1), seq(&[seq(&[oid(SHA512)]), octets(&[7; 32])])]),
            Failure::BadDataFormat,
        ),
        (
            seq(&[integer(1), imprint.clone(), tlv(2, &[0, 1])]),
            Failure::BadDataFormat,
        ),
        (
            seq(&[integer(1), imprint.clone(), boolean(false)]),
            Failure::BadDataFormat,
        ),
        (
            seq(&[integer(1), imprint.clone(), extensions]),
            Failure::UnacceptedExtension,
        ),
        (
            seq(&[integer(1), imprint.clone(), octets(&[1])]),
            Failure::BadDataFormat,
        ),
        (
            [seq(&[integer(1), imprint]), vec![0]].concat(),
            Failure::BadDataFormat,
        ),
        (Vec::new(), Failure::BadDataFormat),
        (vec![0x30; 4097], Failure::BadDataFormat),
    ];
    for (der, failure) in cases {
        assert_eq!(
            Request::from_der(&der).unwrap_err().failure(),
            failure,
            "{der:02x?}"
        );
    }
}

#[test]
fn a_sound_answer_gives_the_token_as_it_was_transmitted() {
    let (unit, request) = (Unit::new(), question());
    let der = unit.sign(&parts(&unit, &request));
    for number in [0, 1] {
        let answer = seq(&[status(number, &[]), der.clone()]);
        let token = Response::from_der(&answer).unwrap().accept(&request).unwrap();
        assert_eq!(token.der(), der);
    }
    let token = Token::from_der(&der).unwrap();
    assert_eq!(Response::granted(token).to_der().unwrap(), granting(der));
}

#[test]
fn a_token_says_by_which_algorithms_it_stands() {
    let token = answer(&question(), |_, _| {}).unwrap();
    assert_eq!(token.digest(), Digest::Sha256);
    assert!(matches!(
        token.scheme(),
        procura_crypto::Scheme::Ecdsa {
            digest: Digest::Sha256,
            ..
        }
    ));
    assert_eq!(token.reference_digests().collect::<Vec<_>>(), [Digest::Sha256]);
    assert!(!token.is_ordered());
    let ordered = answer(&question(), |_, parts| {
        let nonce = parts.after_serial.len() - 1;
        parts.after_serial.insert(nonce, boolean(true));
    });
    assert!(ordered.unwrap().is_ordered());
    let older = answer(&question(), |unit, parts| {
        parts.attributes.reference = Some(authority::reference_v1(&unit.certificate));
    });
    let digests: Vec<_> = older.unwrap().reference_digests().collect();
    assert_eq!(digests, [Digest::Sha1]);
}

#[test]
fn what_was_not_granted_says_why() {
    let text = seq(&[tlv(0x0c, "no such\npolicy".as_bytes())]);
    let unaccepted = tlv(3, &[0, 0, 1]);
    let answer = seq(&[status(2, &[text, unaccepted])]);
    let response = Response::from_der(&answer).unwrap();
    assert_eq!(response.status(), Status::Rejection);
    assert_eq!(response.failures(), [Failure::UnacceptedPolicy]);
    let error = response.accept(&question()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the time-stamp was not granted: rejection, unacceptedPolicy: no such\u{fffd}policy"
    );
    for (number, status_of) in [
        (3, Status::Waiting),
        (4, Status::RevocationWarning),
        (5, Status::RevocationNotification),
    ] {
        let response = Response::from_der(&seq(&[status(number, &[])])).unwrap();
        assert_eq!(
            response.accept(&question()).unwrap_err(),
            TspError::Refused {
                status: status_of,
                failures: Vec::new(),
                texts: Vec::new()
            }
        );
    }
}

#[test]
fn each_failure_is_written_and_read_again() {
    for bit in 0..=31 {
        let failure = Failure::from_bit(bit);
        assert_eq!(failure.bit(), bit);
        let der = Response::rejected(failure, "why").to_der().unwrap();
        let read = Response::from_der(&der).unwrap();
        assert_eq!(read.failures(), [failure]);
        assert_eq!(read.texts(), ["why"]);
    }
    let unreadable = Response::to_unreadable(&RequestError::Algorithm);
    assert_eq!(unreadable.failures(), [Failure::BadAlgorithm]);
}

#[test]
fn status_and_token_must_agree() {
    let (unit, request) = (Unit::new(), question());
    let token = || unit.sign(&parts(&unit, &request));
    let reason = tlv(3, &[2, 4]);
    let cases = [
        (seq(&[status(0, &[])]), "granted, but there is no token"),
        (
            seq(&[status(2, &[]), token()]),
            "not granted, but there is a token",
        ),
        (
            seq(&[status(0, &[reason]), token()]),
            "granted, but there is a reason against it",
        ),
        (seq(&[status(6, &[]), token()]), "its status is not known"),
        (seq(&[status(0xff, &[]), token()]), "its status is not known"),
        (
            seq(&[status(0, &[]), token(), token()]),
            "the response cannot be read",
        ),
        (
            seq(&[status(0, &[]), octets(&token())]),
            "the response cannot be read",
        ),
        (
            seq(&[status(2, &[tlv(3, &[8, 1])])]),
            "the response cannot be read",
        ),
        (seq(&[status(2, &[tlv(3, &[])])]), "the response cannot be read"),
        (
            seq(&[status(2, &[tlv(3, &[0; 10])])]),
            "the response cannot be read",
        ),
        (token(), "the response cannot be read"),
        (vec![0x30; 260 * 1024 + 1], "larger than 260 KiB"),
    ];
    for (der, why) in cases {
        assert_eq!(Response::from_der(&der).unwrap_err(), TspError::Format(why));
    }
}

#[test]
fn a_token_over_other_data_is_refused() {
    let other = |_: &Unit, parts: &mut Parts| {
        parts.imprint = seq(&[seq(&[oid(SHA256)]), octets(&Digest::Sha256.of(b"other data"))]);
    };
    assert_eq!(answer(&question(), other).unwrap_err(), TspError::Imprint);
    // The same data by another digest is not what was asked either.
    let digest = |_: &Unit, parts: &mut Parts| {
        parts.imprint = seq(&[seq(&[oid(SHA512)]), octets(&Digest::Sha512.of(DATA))]);
    };
    assert_eq!(answer(&question(), digest).unwrap_err(), TspError::Imprint);
}

#[test]
fn a_token_with_another_nonce_or_none_is_refused() {
    let another = |_: &Unit, parts: &mut Parts| *parts.after_serial.last_mut().unwrap() = tlv(2, &[0x55; 8]);
    let none = |_: &Unit, parts: &mut Parts| drop(parts.after_serial.pop());
    assert_eq!(answer(&question(), another).unwrap_err(), TspError::Nonce);
    assert_eq!(answer(&question(), none).unwrap_err(), TspError::Nonce);
    let without = Request {
        nonce: None,
        ..question()
    };
    let unasked = |_: &Unit, parts: &mut Parts| parts.after_serial.push(tlv(2, &[1]));
    assert_eq!(answer(&without, unasked).unwrap_err(), TspError::Nonce);
    answer(&without, |_, _| {}).unwrap();
}

#[test]
fn a_token_under_another_policy_than_asked_is_refused() {
    answer(&question().under_policy("1.2.3.4"), |_, _| {}).unwrap();
    assert_eq!(
        answer(&question().under_policy("1.2.3.5"), |_, _| {}).unwrap_err(),
        TspError::Policy {
            expected: "1.2.3.5".to_owned(),
            actual: "1.2.3.4".to_owned()
        }
    );
}

#[test]
fn certificates_come_when_they_were_asked_for_and_only_then() {
    let none = |_: &Unit, parts: &mut Parts| parts.certificates.clear();
    assert_eq!(
        answer(&question(), none).unwrap_err(),
        TspError::CertificateMissing
    );
    let without = Request {
        certificate_requested: false,
        ..question()
    };
    assert_eq!(
        answer(&without, |_, _| {}).unwrap_err(),
        TspError::CertificateUnasked
    );
    let unit = Unit::new();
    let mut parts = parts(&unit, &without);
    parts.certificates.clear();
    let response = Response::from_der(&granting(unit.sign(&parts))).unwrap();
    assert_eq!(
        response.accept(&without).unwrap_err(),
        TspError::Token(TokenError::NoSigner)
    );
    let known = std::slice::from_ref(&unit.certificate);
    response.accept_with(&without, known).unwrap();
    // A certificate at hand does not stand in for the one that was asked for.
    assert_eq!(
        response.accept_with(&question(), known).unwrap_err(),
        TspError::CertificateMissing
    );
}

#[test]
fn a_token_that_does_not_verify_is_refused() {
    let (unit, other, request) = (Unit::new(), Unit::new(), question());
    let forged = granting(other.sign(&parts(&unit, &request)));
    assert_eq!(
        Response::from_der(&forged).unwrap().accept(&request).unwrap_err(),
        TspError::Token(TokenError::Signature)
    );
    let unit = Unit::with(|request| request.with(extension("2.5.29.14", false, octets(b"1"))));
    let broken = granting(unit.sign(&parts(&unit, &request)));
    let error = Response::from_der(&broken).unwrap().accept(&request).unwrap_err();
    assert!(
        matches!(error, TspError::Token(TokenError::Purpose(_))),
        "{error}"
    );
    let unreadable = Response::from_der(&granting(seq(&[integer(1)]))).unwrap_err();
    let TspError::Token(why) = unreadable else {
        panic!("{unreadable}");
    };
    assert_eq!(why.sub_indication(), SubIndication::FormatFailure);
}

#[test]
fn a_time_before_the_question_or_after_the_answer_is_refused() {
    // genTime is 2026-06-01T12:00:00.5Z.
    let token = answer(&question(), |_, _| {}).unwrap();
    let check = |asked: &str, answered: &str| {
        token.check_timely(at(asked), at(answered), SignedDuration::from_secs(60))
    };
    check("2026-06-01T12:00:00Z", "2026-06-01T12:00:01Z").unwrap();
    check("2026-06-01T12:01:00Z", "2026-06-01T12:01:01Z").unwrap();
    check("2026-06-01T11:59:00Z", "2026-06-01T11:59:01Z").unwrap();
    for (asked, answered) in [
        ("2026-06-01T12:01:01Z", "2026-06-01T12:01:02Z"),
        ("2026-06-01T11:58:00Z", "2026-06-01T11:59:00Z"),
    ] {
        let error = check(asked, answered).unwrap_err();
        assert!(matches!(error, TspError::Time { .. }), "{error}");
    }
}

proptest! {
    /// No octet of an answer can be changed so that another time or other data is accepted.
    #[test]
    fn no_changed_octet_is_accepted_as_another_answer(index in any::<prop::sample::Index>(), flip in 1..=255_u8) {
        let (unit, request) = (Unit::new(), question());
        let mut changed = granting(unit.sign(&parts(&unit, &request)));
        let at = index.index(changed.len());
        changed[at] ^= flip;
        if let Ok(token) = Response::from_der(&changed).and_then(|response| response.accept(&request)) {
            prop_assert!(token.covers(DATA));
            prop_assert_eq!(token.time().to_string(), "2026-06-01T12:00:00.5Z");
        }
    }

    #[test]
    fn octets_of_strangers_are_read_or_refused(octets in prop::collection::vec(any::<u8>(), 0..512)) {
        Response::from_der(&octets).ok();
        Request::from_der(&octets).ok();
    }

    #[test]
    fn every_request_is_read_as_it_was_written(
        seed in any::<u8>(),
        value in prop::collection::vec(any::<u8>(), 32),
        policy in prop::option::of("[0-2]\\.[1-9]\\.[1-9][0-9]{0,4}(\\.[1-9][0-9]{0,6}){0,6}"),
        nonce in any::<bool>(),
        certificate_requested in any::<bool>(),
    ) {
        let mut request = Request { policy, certificate_requested, ..Request::new(Digest::Sha256, value, &mut Counted(seed)) };
        if !nonce {
            request.nonce = None;
        }
        prop_assert_eq!(Request::from_der(&request.to_der().unwrap()).unwrap(), request);
    }
}
