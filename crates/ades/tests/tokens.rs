//! Each rule of a time-stamp token: one thing broken in a sound one, refused for that reason.
#![expect(unreachable_pub, reason = "the authority is shared by test files")]
#![expect(clippy::unwrap_used, reason = "helpers of tests")]
mod authority;
#[path = "../../pki/tests/forge/mod.rs"]
mod forge;

use authority::*;
use forge::*;
use procura_ades::{SubIndication, Token, TokenError};
use procura_crypto::Digest;
use procura_pki::PathError;
use proptest::prelude::*;

type Change = fn(Request) -> Request;

const DATA: &[u8] = b"c2lnbmF0dXJl";

fn token(unit: &Unit, change: impl FnOnce(&mut Parts)) -> Result<Token, TokenError> {
    let mut parts = unit.over(DATA);
    change(&mut parts);
    Token::from_der(&unit.sign(&parts))
}
/// What is refused when the token is read.
#[track_caller]
fn unreadable(change: impl FnOnce(&mut Parts), why: &TokenError) {
    assert_eq!(token(&Unit::new(), change).unwrap_err(), *why);
}
/// What is refused when the token is verified.
#[track_caller]
fn refused(change: impl FnOnce(&Unit, &mut Parts), why: &TokenError) {
    let unit = Unit::new();
    let read = token(&unit, |parts| change(&unit, parts)).unwrap();
    assert_eq!(read.verify(&[]).unwrap_err(), *why);
}

#[test]
fn a_sound_token_is_proven_and_says_what_it_says() {
    let unit = Unit::new();
    let accuracy = seq(&[integer(1), tlv(0x80, &[0x01, 0xf4])]);
    let token = token(&unit, |parts| {
        parts
            .after_serial
            .extend([accuracy, boolean(true), tlv(2, &[0x7f, 1])]);
    })
    .unwrap();
    assert_eq!(token.verify(&[]).unwrap(), &unit.certificate);
    assert!(token.covers(DATA) && !token.covers(b"other data"));
    assert!(token.has_imprint(Digest::Sha256, &Digest::Sha256.of(DATA)));
    assert!(!token.has_imprint(Digest::Sha512, &Digest::Sha256.of(DATA)));
    assert_eq!(token.time().to_string(), "2026-06-01T12:00:00.5Z");
    assert_eq!(token.accuracy().unwrap().0.as_millis(), 1500);
    assert_eq!((token.policy(), token.serial()), ("1.2.3.4", &[0x11, 0x22][..]));
    assert_eq!(token.nonce(), Some(&[0x7f, 1][..]));
}

#[test]
fn the_signer_may_be_named_by_key_identifier_and_be_brought_by_the_caller() {
    let key_id = b"tsu-1";
    let unit = Unit::with(|request| {
        request
            .with(for_time_stamps())
            .with(extension("2.5.29.14", false, octets(key_id)))
    });
    let read = token(&unit, |parts| {
        parts.identifier = tlv(0x80, key_id);
        parts.signer_version = 3;
        parts.certificates.clear();
    })
    .unwrap();
    assert_eq!(read.verify(&[]).unwrap_err(), TokenError::NoSigner);
    let candidates = [Unit::new().certificate, unit.certificate.clone()];
    assert_eq!(read.verify(&candidates).unwrap(), &unit.certificate);
}

#[test]
fn each_form_of_reference_is_read() {
    for reference in [reference_v1, reference_v2, reference_by_sha512] {
        let unit = Unit::new();
        let read = token(&unit, |parts| {
            parts.attributes.reference = Some(reference(&unit.certificate));
        });
        read.unwrap().verify(&[]).unwrap();
    }
}

#[test]
fn a_reference_to_another_certificate_is_refused() {
    let other = Unit::new().certificate;
    refused(
        |_, parts| parts.attributes.reference = Some(reference_v2(&other)),
        &TokenError::Reference,
    );
    // One that agrees does not heal one that does not.
    refused(
        |_, parts| parts.attributes.more.push(reference_v1(&other)),
        &TokenError::Reference,
    );
}

/// Who adds a namesake of the signer's certificate spoils nothing.
#[test]
fn of_certificates_with_one_name_and_number_the_signed_reference_finds_the_signers() {
    let (unit, namesake) = (Unit::new(), Unit::new());
    let read = token(&unit, |parts| {
        parts.certificates.insert(0, namesake.certificate.der().to_vec());
    })
    .unwrap();
    assert_eq!(read.verify(&[]).unwrap(), &unit.certificate);
}

#[test]
fn a_token_without_reference_digest_or_content_type_is_refused() {
    unreadable(
        |parts| parts.attributes.reference = None,
        &TokenError::Format("no signed reference to the certificate"),
    );
    unreadable(
        |parts| parts.attributes.message_digest = Some(Vec::new()),
        &TokenError::Format("no signed digest of the content"),
    );
    for absent_or_other in [None, Some(content_type("1.2.840.113549.1.7.1"))] {
        unreadable(
            |parts| parts.attributes.content_type = absent_or_other,
            &TokenError::Format("the signed content type is not that of TSTInfo"),
        );
    }
}

#[test]
fn attributes_are_few_and_each_has_a_value() {
    unreadable(
        |parts| parts.attributes.more.push(attribute("1.2.3.4.5", &[])),
        &TokenError::Format("a signed attribute without a value"),
    );
    let many = |count: usize| {
        move |parts: &mut Parts| {
            let more = (0..count).map(|arc| attribute(&format!("1.2.3.{arc}"), &[integer(1)]));
            parts.attributes.more.extend(more);
        }
    };
    token(&Unit::new(), many(29)).unwrap().verify(&[]).unwrap();
    unreadable(many(30), &TokenError::Format("more than 32 signed attributes"));
}

#[test]
fn versions_are_those_of_what_stands_inside() {
    unreadable(
        |parts| parts.signed_version = 1,
        &TokenError::Format("the SignedData is not of version 3"),
    );
    unreadable(
        |parts| parts.signer_version = 3,
        &TokenError::Format("the version of the SignerInfo is not that of its identifier"),
    );
}

#[test]
fn an_attribute_that_stands_twice_is_refused() {
    unreadable(
        |parts| parts.attributes.more.push(content_type(TST_INFO)),
        &TokenError::Format("a signed attribute stands twice"),
    );
}

#[test]
fn content_that_was_changed_after_signing_is_refused() {
    let unit = Unit::new();
    let later = unit.over(DATA).signed(&unit, |mut info| {
        let at = info.windows(4).position(|octets| octets == b"2026").unwrap();
        info[at + 3] = b'5';
        info
    });
    let read = Token::from_der(&later).unwrap();
    assert_eq!(read.time().to_string(), "2025-06-01T12:00:00.5Z");
    assert_eq!(read.verify(&[]).unwrap_err(), TokenError::Content);
    assert_eq!(TokenError::Content.sub_indication(), SubIndication::HashFailure);
}

#[test]
fn a_signature_by_another_key_is_refused() {
    let (unit, other) = (Unit::new(), Unit::new());
    let read = Token::from_der(&other.sign(&unit.over(DATA))).unwrap();
    assert_eq!(read.verify(&[]).unwrap_err(), TokenError::Signature);
}

#[test]
fn only_a_certificate_for_time_stamps_alone_signs_tokens() {
    const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";
    const SERVER: &str = "1.3.6.1.5.5.7.3.1";
    let rule = |rule| {
        TokenError::Purpose(PathError::Rule {
            subject: "O=RealTruth, CN=TSU 1".to_owned(),
            rule,
        })
    };
    let alone = "extKeyUsage does not name time-stamps alone";
    let cases: [(Change, TokenError); 5] = [
        (|request| request, rule(alone)),
        (|request| request.with(purposes(true, &[SERVER])), rule(alone)),
        (
            |request| request.with(purposes(true, &[TIME_STAMPING, SERVER])),
            rule(alone),
        ),
        (
            |request| request.with(purposes(false, &[TIME_STAMPING])),
            rule("extKeyUsage is not critical"),
        ),
        (
            |request| {
                request
                    .with(for_time_stamps())
                    .with(basic_constraints(true, None))
            },
            rule("a CA's certificate does not time-stamp"),
        ),
    ];
    for (change, why) in cases {
        let unit = Unit::with(change);
        let read = token(&unit, |_| {}).unwrap();
        assert_eq!(read.verify(&[]).unwrap_err(), why);
        assert_eq!(why.sub_indication(), SubIndication::ChainConstraintsFailure);
    }
    let unit = Unit::with(|request| {
        request
            .without_extensions()
            .with(key_usage(KEY_ENCIPHERMENT))
            .with(for_time_stamps())
    });
    let error = token(&unit, |_| {}).unwrap().verify(&[]).unwrap_err();
    assert!(
        matches!(error, TokenError::Purpose(PathError::KeyUsage { .. })),
        "{error}"
    );
}

#[test]
fn a_token_has_exactly_one_signer() {
    unreadable(
        |parts| parts.signers = 2,
        &TokenError::Format("more than one signer"),
    );
    unreadable(
        |parts| parts.signers = 0,
        &TokenError::Format("the CMS SignedData cannot be read"),
    );
}

#[test]
fn what_is_no_tst_info_in_signed_data_is_refused() {
    unreadable(
        |parts| parts.content_type = "1.2.840.113549.1.7.1",
        &TokenError::Format("its content is no TSTInfo"),
    );
    unreadable(
        |parts| parts.outer_type = "1.2.840.113549.1.7.1",
        &TokenError::Format("not CMS SignedData"),
    );
    unreadable(
        |parts| parts.version = integer(2),
        &TokenError::Format("the TSTInfo is not of version 1"),
    );
    unreadable(
        |parts| parts.trailing = integer(1),
        &TokenError::Format("the CMS SignedData cannot be read"),
    );
}

#[test]
fn an_imprint_is_as_long_as_its_digest_and_by_a_known_one() {
    unreadable(
        |parts| parts.imprint = seq(&[seq(&[oid(SHA256)]), octets(&[1; 31])]),
        &TokenError::Format("the message imprint is not as long as its digest"),
    );
    unreadable(
        |parts| parts.imprint = seq(&[seq(&[oid("1.2.3")]), octets(&[1; 32])]),
        &TokenError::Algorithm("digest algorithm of the message imprint"),
    );
}

#[test]
fn algorithms_that_are_unknown_or_disagree_are_refused() {
    unreadable(
        |parts| parts.digest_algorithm = seq(&[oid("1.2.3")]),
        &TokenError::Algorithm("digest algorithm"),
    );
    unreadable(
        |parts| parts.signature_algorithm = seq(&[oid("1.2.3")]),
        &TokenError::Algorithm("signature algorithm"),
    );
    // Signed over SHA-256, the content digested by SHA-512.
    unreadable(
        |parts| parts.digest_algorithm = seq(&[oid(SHA512)]),
        &TokenError::Algorithm("signature algorithm"),
    );
}

#[test]
fn critical_extensions_are_refused_and_others_ignored() {
    let extension = |critical| {
        let parts = [oid("1.2.3.4"), boolean(critical), octets(&[5, 0])];
        tlv(0xa1, &seq(&parts))
    };
    token(&Unit::new(), |parts| parts.after_serial.push(extension(false)))
        .unwrap()
        .verify(&[])
        .unwrap();
    unreadable(
        |parts| parts.after_serial.push(extension(true)),
        &TokenError::Format("a critical extension that is not understood"),
    );
}

#[test]
fn a_token_that_is_too_large_is_not_looked_at() {
    assert_eq!(
        Token::from_der(&vec![0x30; 256 * 1024 + 1]).unwrap_err(),
        TokenError::Format("larger than 256 KiB")
    );
}

proptest! {
    /// No octet can be changed without the token being refused, or saying the same by the same signer: a certificate
    /// inside has octets that nothing in the token protects, and its bytes are held by the signed reference.
    #[test]
    fn no_changed_octet_changes_what_a_proven_token_says(index in any::<prop::sample::Index>(), flip in 1..=255_u8) {
        let unit = Unit::new();
        let sound = unit.sign(&unit.over(DATA));
        let mut changed = sound.clone();
        let at = index.index(changed.len());
        changed[at] ^= flip;
        let sound = Token::from_der(&sound).unwrap();
        if let Ok(token) = Token::from_der(&changed)
            && let Ok(signer) = token.verify(&[])
        {
            prop_assert_eq!(signer, &unit.certificate);
            prop_assert_eq!(token.time(), sound.time());
            prop_assert!(token.covers(DATA));
        }
    }

    #[test]
    fn octets_of_strangers_are_read_or_refused(octets in prop::collection::vec(any::<u8>(), 0..512)) {
        Token::from_der(&octets).ok();
    }
}
