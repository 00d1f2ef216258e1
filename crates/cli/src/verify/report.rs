//! A verdict in words, and as JSON.
use procura_credential::{
    Outcome, Verdict,
    report::{self, visible},
};
use serde_json::{Value, json};
use std::fmt::Write;

/// For programs: the verdict as it is kept everywhere, and what the reader must know beside it.
pub(super) fn json(verdict: &Verdict, notes: &[String]) -> String {
    let mut report = report::json(verdict);
    if let Value::Object(members) = &mut report {
        members.insert("notes".to_owned(), json!(notes));
    }
    format!("{report:#}")
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
                visible(&refusal.detail)
            ),
        );
        if let Some(mend) = &refusal.mend {
            line(&mut text, format_args!("  to mend it: {}", visible(mend)));
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
            format_args!("  {mark:<8}{:<22}{}", check.name.as_str(), visible(&check.detail)),
        );
    }
    if !verdict.lists.is_empty() {
        line(&mut text, format_args!(""));
        for list in &verdict.lists {
            line(
                &mut text,
                format_args!(
                    "  list {} no. {}, SHA-256 {}",
                    visible(&list.territory),
                    list.sequence,
                    list.sha256
                ),
            );
        }
    }
    for note in notes {
        line(&mut text, format_args!("  note: {}", visible(note)));
    }
    text.trim_end().to_owned()
}
fn line(text: &mut String, line: core::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    writeln!(text, "{line}").unwrap_or_default();
}
