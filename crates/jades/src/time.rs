//! Claimed signing times: `iat` (TS 119 182-1 §5.1.11) and `sigT` (§5.2.1).
use jiff::{
    Timestamp,
    civil::{DateTime, date},
    tz::Offset,
};
use serde_json::Value;

/// `iat`: a whole, non-negative number of seconds.
pub(crate) fn iat(value: &Value) -> Option<Timestamp> {
    let seconds = value.as_u64().and_then(|seconds| i64::try_from(seconds).ok())?;
    Timestamp::from_second(seconds).ok()
}

/// `sigT`: exactly `YYYY-MM-DDThh:mm:ssZ`.
pub(crate) fn sig_t(value: &Value) -> Option<Timestamp> {
    let text = value.as_str()?;
    let shape = text.len() == 20
        && text.bytes().enumerate().all(|(index, octet)| match index {
            4 | 7 => octet == b'-',
            10 => octet == b'T',
            13 | 16 => octet == b':',
            19 => octet == b'Z',
            _ => octet.is_ascii_digit(),
        });
    let civil: DateTime = shape.then(|| text.strip_suffix('Z')?.parse().ok())??;
    Offset::UTC.to_timestamp(civil).ok()
}

/// From 2025-07-15T00:00:00Z on, new signatures have `iat` and not `sigT` (V1.2.1).
pub(crate) fn sig_t_ended(claimed: Timestamp) -> bool {
    let end = date(2025, 7, 15).at(0, 0, 0, 0);
    Offset::UTC.to_timestamp(end).is_ok_and(|end| claimed >= end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn iat_is_a_whole_number_of_seconds() {
        assert_eq!(
            iat(&json!(1_763_769_600)).unwrap().to_string(),
            "2025-11-22T00:00:00Z"
        );
        for value in [
            json!(-1),
            json!(1.5),
            json!("1763769600"),
            json!(1_763_769_600_000_u64),
            json!(u64::MAX),
            json!(null),
        ] {
            assert_eq!(iat(&value), None, "{value}");
        }
    }

    #[test]
    fn sig_t_has_one_exact_form() {
        assert_eq!(
            sig_t(&json!("2024-02-29T23:59:59Z")).unwrap().to_string(),
            "2024-02-29T23:59:59Z"
        );
        for text in [
            "2024-02-30T00:00:00Z",
            "2024-02-29T23:59:59",
            "2024-02-29T23:59:59+00:00",
            "2024-02-29 23:59:59Z",
            "2024-02-29T23:59:59.0Z",
            "2024-2-29T023:59:59Z",
            "",
        ] {
            assert_eq!(sig_t(&json!(text)), None, "{text}");
        }
    }

    #[test]
    fn sig_t_ends_on_its_day() {
        assert!(!sig_t_ended("2025-07-14T23:59:59Z".parse().unwrap()));
        assert!(sig_t_ended("2025-07-15T00:00:00Z".parse().unwrap()));
    }
}
