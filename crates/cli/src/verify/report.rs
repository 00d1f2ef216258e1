//! A verdict in words, and as JSON.
use procura_credential::{Outcome, Verdict};
use serde::Serialize;
use std::fmt::Write;

#[derive(Serialize)]
struct Report<'a> {
    accepted: bool,
    refused_by: Vec<Reason<'a>>,
    notes: &'a [String],
    verdict: &'a Verdict,
}
#[derive(Serialize)]
struct Reason<'a> {
    check: &'a str,
    code: &'a str,
}
/// For programs.
pub(super) fn json(verdict: &Verdict, notes: &[String]) -> Result<String, serde_json::Error> {
    let refused_by = verdict
        .refusals()
        .map(|check| Reason {
            check: check.name.as_str(),
            code: check.name.code(),
        })
        .collect();
    serde_json::to_string_pretty(&Report {
        accepted: verdict.accepted(),
        refused_by,
        notes,
        verdict,
    })
}
/// For people: the decision first, then each check, then the lists that decided.
pub(super) fn readable(verdict: &Verdict, notes: &[String]) -> String {
    let mut text = String::new();
    let decision = if verdict.accepted() { "ACCEPTED" } else { "REFUSED" };
    line(&mut text, format_args!("{decision} as of {}", verdict.at));
    for refusal in verdict.refusals() {
        let word = if refusal.outcome == Outcome::Unknown {
            "cannot be decided"
        } else {
            "does not hold"
        };
        line(
            &mut text,
            format_args!(
                "  because {} ({}) {word}: {}",
                refusal.name,
                refusal.name.code(),
                clean(&refusal.detail)
            ),
        );
        if let Some(mend) = &refusal.mend {
            line(&mut text, format_args!("  to mend it: {}", clean(mend)));
        }
    }
    line(&mut text, format_args!(""));
    for check in &verdict.checks {
        let mark = match check.outcome {
            Outcome::Passed => "pass",
            Outcome::Failed => "FAIL",
            Outcome::Unknown => "UNKNOWN",
            Outcome::NotReached => "-",
            Outcome::Waived => "waived",
        };
        line(
            &mut text,
            format_args!("  {mark:<8}{:<22}{}", check.name.as_str(), clean(&check.detail)),
        );
    }
    if !verdict.lists.is_empty() {
        line(&mut text, format_args!(""));
        for list in &verdict.lists {
            line(
                &mut text,
                format_args!(
                    "  list {} no. {}, SHA-256 {}",
                    clean(&list.territory),
                    list.sequence,
                    list.sha256
                ),
            );
        }
    }
    for note in notes {
        line(&mut text, format_args!("  note: {}", clean(note)));
    }
    text.trim_end().to_owned()
}
fn line(text: &mut String, line: core::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    writeln!(text, "{line}").unwrap_or_default();
}
/// What strangers wrote must not steer the terminal.
fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
