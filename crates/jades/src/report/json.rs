//! A report for programs.
use super::{Report, is_invisible};
use core::fmt::Write as _;
use procura_ades::Conclusion;
use serde::{Serialize, Serializer};

/// A conclusion with the names of ETSI TS 119 102-2.
#[derive(Serialize)]
struct Named {
    #[serde(flatten)]
    conclusion: Conclusion,
    indication_uri: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_indication_uri: Option<&'static str>,
}

impl Named {
    fn new(conclusion: Conclusion, indication_uri: &'static str) -> Self {
        Self {
            conclusion,
            indication_uri,
            sub_indication_uri: conclusion.sub_indication.map(procura_ades::SubIndication::uri),
        }
    }
}

/// The whole.
#[derive(Serialize)]
struct Whole<'a> {
    passed: bool,
    conclusion: Named,
    #[serde(flatten)]
    report: &'a Report,
}

/// The report as JSON, members in a fixed order: whether the whole passed, its conclusion, then the report. Characters
/// that show nothing or turn text are escaped (RFC 8259 §7), so that it may be looked at as well.
///
/// # Errors
/// None that the types of a report allow; serialising in general has them.
pub fn json(report: &Report) -> Result<String, serde_json::Error> {
    let conclusion = report.conclusion();
    let text = serde_json::to_string_pretty(&Whole {
        passed: report.is_passed(),
        conclusion: Named::new(conclusion, conclusion.indication.uri()),
        report,
    })?;
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        // Line breaks are of the notation; in strings they are escaped already.
        if is_invisible(character) && character != '\n' {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a string does not fail.
                write!(out, "\\u{unit:04x}").unwrap_or_default();
            }
        } else {
            out.push(character);
        }
    }
    Ok(out)
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference to the field"
)]
pub(super) fn of_signature<S: Serializer>(conclusion: &Conclusion, serializer: S) -> Result<S::Ok, S::Error> {
    Named::new(*conclusion, conclusion.indication.uri()).serialize(serializer)
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference to the field"
)]
pub(super) fn of_part<S: Serializer>(conclusion: &Conclusion, serializer: S) -> Result<S::Ok, S::Error> {
    Named::new(*conclusion, conclusion.indication.uri_of_part()).serialize(serializer)
}
