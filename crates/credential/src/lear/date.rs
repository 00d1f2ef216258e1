//! Dates of credentials: RFC 3339, and the form in which early issuers printed theirs.
use super::{LearError, field::Field};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// Reads `2024-12-23T10:15:48.868293863Z` (any offset), or `2025-04-02 09:23:22.637345122 +0000 UTC`.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    if text.len() > 64 || !text.is_ascii() {
        return None;
    }
    if text.as_bytes().get(10) == Some(&b'T') {
        return text.parse().ok();
    }
    let rest = text.strip_suffix(" +0000 UTC")?;
    let date_time: DateTime = rest.parse().ok()?;
    date_time
        .to_zoned(TimeZone::UTC)
        .ok()
        .map(|zoned| zoned.timestamp())
}

pub(crate) fn read(field: &Field<'_>) -> Result<Timestamp, LearError> {
    match parse(field.text()?) {
        Some(time) => Ok(time),
        None => field.fail("is not a date and time of RFC 3339"),
    }
}

/// The dates that stand under any of `names`.
pub(crate) fn all(parent: &Field<'_>, names: &[&str]) -> Result<Vec<Timestamp>, LearError> {
    let mut times = Vec::new();
    for name in names {
        if let Some(field) = parent.optional(name)? {
            times.push(read(&field)?);
        }
    }
    Ok(times)
}

/// RFC 3339 in UTC with whole seconds: what JWT claims can repeat exactly.
pub(crate) fn write(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        let expected: Timestamp = "2025-04-02T09:23:22.637345122Z".parse().unwrap();
        assert_eq!(parse("2025-04-02T09:23:22.637345122Z"), Some(expected));
        assert_eq!(parse("2025-04-02T11:23:22.637345122+02:00"), Some(expected));
        assert_eq!(parse("2025-04-02 09:23:22.637345122 +0000 UTC"), Some(expected));
    }

    #[test]
    fn a_date_without_offset_or_with_an_unknown_zone_is_refused() {
        for text in [
            "2025-04-02",
            "2025-04-02T09:23:22",
            "2025-04-02 09:23:22",
            "2025-04-02 09:23:22 +0200 CEST",
            "tomorrow",
            "",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let time = Timestamp::new(1_766_484_948, 868_293_863).unwrap();
        assert_eq!(write(time), "2025-12-23T10:15:48Z");
        assert_eq!(parse(&write(time)).unwrap().as_second(), time.as_second());
    }
}
