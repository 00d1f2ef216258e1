//! Points in time as ASN.1 writes them.
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// The content of a `GeneralizedTime` in DER (X.690 §11.7): UTC, to the second or finer. RFC 5280 §4.1.2.5.2 forbids
/// fractions; responders and authorities write them nonetheless, and they mislead nobody.
pub(crate) fn generalized_time(content: &[u8]) -> Option<Timestamp> {
    let text = core::str::from_utf8(content).ok()?.strip_suffix('Z')?;
    let (whole, fraction) = text.split_at_checked(14)?;
    let nanoseconds = match fraction.strip_prefix('.') {
        None if fraction.is_empty() => 0,
        Some(digits) if !digits.ends_with('0') && (1..=9).contains(&digits.len()) => {
            let scale = 10_i32.checked_pow(u32::try_from(9_usize.checked_sub(digits.len())?).ok()?)?;
            number::<i32>(digits)?.checked_mul(scale)?
        }
        _ => return None,
    };
    let field = |from: usize| number::<i8>(whole.get(from..from.checked_add(2)?)?);
    let civil = DateTime::new(
        number(whole.get(..4)?)?,
        field(4)?,
        field(6)?,
        field(8)?,
        field(10)?,
        field(12)?,
        nanoseconds,
    )
    .ok()?;
    // The last hours of the year 9999 are beyond what is counted here.
    Some(
        civil
            .to_zoned(TimeZone::UTC)
            .map_or(Timestamp::MAX, |zoned| zoned.timestamp()),
    )
}

fn number<T: core::str::FromStr>(digits: &str) -> Option<T> {
    digits
        .bytes()
        .all(|octet| octet.is_ascii_digit())
        .then(|| digits.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::generalized_time;

    #[test]
    fn generalized_times_are_read_to_the_fraction() {
        let read = |text: &str| generalized_time(text.as_bytes()).map(|at| at.to_string());
        assert_eq!(read("20260601120000Z").as_deref(), Some("2026-06-01T12:00:00Z"));
        assert_eq!(
            read("20260601120000.5Z").as_deref(),
            Some("2026-06-01T12:00:00.5Z")
        );
        assert_eq!(
            read("20260601120000.000000001Z").as_deref(),
            Some("2026-06-01T12:00:00.000000001Z")
        );
        assert_eq!(generalized_time(b"99991231235959Z"), Some(jiff::Timestamp::MAX));
    }

    #[test]
    fn what_is_no_generalized_time_in_der_is_refused() {
        for text in [
            "",
            "Z",
            "20260601120000",
            "202606011200Z",
            "20260601120000+0100",
            "20260601120000.Z",
            "20260601120000.50Z",
            "20260601120000.1234567891Z",
            "20261301120000Z",
            "20260601126000Z",
            "20260601120060Z",
            "+0260601120000Z",
            "260601120000Z",
            "20260601120000ZZ",
            "2026060112000\u{e9}Z",
        ] {
            assert_eq!(generalized_time(text.as_bytes()), None, "{text:?}");
        }
    }
}
