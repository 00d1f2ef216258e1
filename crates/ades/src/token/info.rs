//! `TSTInfo` (RFC 3161 §2.4.2).
use super::TokenError;
use crate::fields::{Fields, context};
use der::{Tag, TagNumber};
use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::Offset};
use procura_crypto::Digest;

const WHAT: &str = "the TSTInfo cannot be read";

/// How far the clock of a time-stamping authority may have been off, either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accuracy(pub SignedDuration);

/// What a token says.
#[derive(Clone, Debug)]
pub(super) struct Info {
    pub(super) policy: String,
    pub(super) imprint: (Digest, Vec<u8>),
    pub(super) serial: Vec<u8>,
    pub(super) time: Timestamp,
    pub(super) accuracy: Option<Accuracy>,
    pub(super) ordering: bool,
    pub(super) nonce: Option<Vec<u8>>,
}

impl Info {
    pub(super) fn read(der: &[u8]) -> Result<Self, TokenError> {
        let mut fields = Fields::of(der, Tag::Sequence, WHAT)?;
        if fields.integer()? != [1] {
            return Err(TokenError::Format("the TSTInfo is not of version 1"));
        }
        let policy = fields.oid()?;
        let imprint = imprint(fields.next(Tag::Sequence)?.value())?;
        let serial = fields.integer()?.to_vec();
        let time = generalized_time(fields.next(Tag::GeneralizedTime)?.value())
            .ok_or(TokenError::Format("genTime is not a time in UTC"))?;
        let accuracy = match fields.optional(Tag::Sequence)? {
            Some(accuracy) => Some(read_accuracy(accuracy.value())?),
            None => None,
        };
        let ordering = fields
            .optional(Tag::Boolean)?
            .is_some_and(|ordering| ordering.value() != [0]);
        let nonce = fields.optional(Tag::Integer)?.map(|nonce| nonce.value().to_vec());
        // The name of the authority is a claim, and a critical extension nobody here understands.
        fields.optional(context(0))?;
        if let Some(extensions) = fields.optional(context(1))? {
            refuse_critical(extensions.value())?;
        }
        fields.end()?;
        Ok(Self {
            policy,
            imprint,
            serial,
            time,
            accuracy,
            ordering,
            nonce,
        })
    }
}

fn imprint(content: &[u8]) -> Result<(Digest, Vec<u8>), TokenError> {
    let mut fields = Fields::new(content, "the message imprint cannot be read")?;
    let digest = procura_pki::algorithm::digest_of_identifier(fields.whole()?)
        .ok_or(TokenError::Algorithm("digest algorithm of the message imprint"))?;
    let value = fields.next(Tag::OctetString)?.value().to_vec();
    fields.end()?;
    if value.len() != digest.len() {
        return Err(TokenError::Format(
            "the message imprint is not as long as its digest",
        ));
    }
    Ok((digest, value))
}

fn read_accuracy(content: &[u8]) -> Result<Accuracy, TokenError> {
    let mut fields = Fields::new(content, "the accuracy cannot be read")?;
    let tagged = |number| Tag::ContextSpecific {
        constructed: false,
        number: TagNumber(number),
    };
    let seconds = fields.optional(Tag::Integer)?;
    let milliseconds = fields.optional(tagged(0))?;
    let microseconds = fields.optional(tagged(1))?;
    fields.end()?;
    let number = |element: Option<der::asn1::AnyRef<'_>>| match element {
        None => Some(0),
        Some(element) => small(element.value()),
    };
    // RFC 3161 §2.4.2: where they stand, 1 to 999.
    let part = |element: Option<der::asn1::AnyRef<'_>>| {
        number(element).filter(|value| element.is_none() || (1..=999).contains(value))
    };
    let total = number(seconds)
        .and_then(|seconds| seconds.checked_mul(1_000_000))
        .zip(part(milliseconds).and_then(|millis| millis.checked_mul(1_000)))
        .zip(part(microseconds))
        .and_then(|((seconds, millis), micros)| seconds.checked_add(millis)?.checked_add(micros))
        .ok_or(TokenError::Format("the accuracy cannot be read"))?;
    Ok(Accuracy(SignedDuration::from_micros(total)))
}

/// A non-negative INTEGER of at most four octets.
fn small(content: &[u8]) -> Option<i64> {
    if content.is_empty() || content.len() > 4 || content.first().is_some_and(|first| first & 0x80 != 0) {
        return None;
    }
    Some(
        content
            .iter()
            .fold(0, |sum, octet| (sum << 8) | i64::from(*octet)),
    )
}

/// `YYYYMMDDhhmmss[.f…]Z` (RFC 3161 §2.4.2): fractions without trailing zeros, of at most nine digits.
fn generalized_time(content: &[u8]) -> Option<Timestamp> {
    let text = core::str::from_utf8(content).ok()?.strip_suffix('Z')?;
    let (whole, fraction) = match text.split_once('.') {
        None => (text, ""),
        Some((_, fraction)) if fraction.is_empty() || fraction.ends_with('0') => return None,
        Some((whole, fraction)) => (whole, fraction),
    };
    let digits = |text: &str| text.bytes().all(|octet| octet.is_ascii_digit());
    if whole.len() != 14 || !digits(whole) || !digits(fraction) || fraction.len() > 9 {
        return None;
    }
    let civil = DateTime::strptime("%Y%m%d%H%M%S", whole).ok()?;
    let nanoseconds: i64 = format!("{fraction:0<9}").parse().ok()?;
    Offset::UTC
        .to_timestamp(civil)
        .ok()?
        .checked_add(SignedDuration::from_nanos(nanoseconds))
        .ok()
}

fn refuse_critical(extensions: &[u8]) -> Result<(), TokenError> {
    let mut list = Fields::new(extensions, WHAT)?;
    while !list.is_empty() {
        let mut extension = Fields::new(list.next(Tag::Sequence)?.value(), WHAT)?;
        extension.oid()?;
        if extension
            .optional(Tag::Boolean)?
            .is_some_and(|critical| critical.value() != [0])
        {
            return Err(TokenError::Format("a critical extension that is not understood"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_one_exact_form() {
        let read = |text: &str| generalized_time(text.as_bytes()).map(|time| time.to_string());
        assert_eq!(read("20260601120000Z").unwrap(), "2026-06-01T12:00:00Z");
        assert_eq!(
            read("20260601120000.34352Z").unwrap(),
            "2026-06-01T12:00:00.34352Z"
        );
        for text in [
            "20260601120000",
            "20260601120000.Z",
            "20260601120000.50Z",
            "20260601120000+0100",
            "202606011200Z",
            "20260631120000Z",
            "20260601120000.1234567891Z",
            "2026060112000aZ",
            "Z",
            "",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn accuracies_add_up() {
        // seconds 1, millis [0] 500, micros [1] 7
        let content = [2, 1, 1, 0x80, 2, 0x01, 0xf4, 0x81, 1, 7];
        assert_eq!(
            read_accuracy(&content).unwrap().0,
            SignedDuration::from_micros(1_500_007)
        );
        assert_eq!(read_accuracy(&[]).unwrap().0, SignedDuration::ZERO);
        assert!(read_accuracy(&[2, 1, 0xff]).is_err());
        assert!(read_accuracy(&[0x80, 1, 0]).is_err());
        assert!(read_accuracy(&[0x81, 2, 3, 0xe8]).is_err());
        assert!(read_accuracy(&[0x81, 1, 7, 0x80, 1, 7]).is_err());
    }
}
