//! A verdict for people: plain lines of text, in which nothing that a stranger wrote can hide or turn around.
use crate::verdict::{Outcome, Verdict};
pub use procura_jades::report::is_invisible;
use std::fmt::Write;

/// Whether a text has such a character.
///
/// The joiners U+200C and U+200D count, also where a script is written with them: between letters that do not join they
/// show nothing (RFC 5892 appendices A.1 and A.2 name the contexts by each letter's joining type, which is not known
/// here), and two names that look alike must not differ.
///
/// ```
/// use procura_credential::report::hides;
/// assert!(!hides("مهدی زاده"));
/// assert!(hides("Good\u{200c}Air"));
/// ```
pub fn hides(text: &str) -> bool {
    text.chars().any(is_invisible)
}

/// `text` with every such character written as `\u{…}`.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if is_invisible(character) {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

/// The verdict in lines: the decision, each check, the lists that were used.
pub fn text(verdict: &Verdict) -> String {
    let mut out = String::new();
    let decision = if verdict.accepted() { "ACCEPTED" } else { "REFUSED" };
    // Writing to a string does not fail.
    let mut line = |arguments: std::fmt::Arguments<'_>| {
        out.write_fmt(arguments).unwrap_or_default();
        out.push('\n');
    };
    line(format_args!("{decision} at {}", verdict.at));
    for check in &verdict.checks {
        let mark = match check.outcome {
            Outcome::Passed => "passed     ",
            Outcome::Failed => "FAILED     ",
            Outcome::Unknown => "UNKNOWN    ",
            Outcome::NotReached => "not reached",
            Outcome::Waived => "waived     ",
        };
        line(format_args!(
            "  {mark}  {:<21} {}",
            check.name.as_str(),
            visible(&check.detail)
        ));
        if matches!(check.outcome, Outcome::Failed | Outcome::Unknown) {
            line(format_args!(
                "               {} on {}",
                check.name.code(),
                visible(&check.object)
            ));
            if let Some(mend) = &check.mend {
                line(format_args!("               mend: {}", visible(mend)));
            }
        }
    }
    for list in &verdict.lists {
        line(format_args!(
            "  list {} number {} sha256 {}",
            visible(&list.territory),
            list.sequence,
            visible(&list.sha256)
        ));
    }
    out
}

/// The verdict as JSON, members in a fixed order: `accepted`, `refused_by`, `at`, `checks` (each with its code), `lists`.
pub fn json(verdict: &Verdict) -> serde_json::Value {
    serde_json::json!({
        "accepted": verdict.accepted(),
        "refused_by": verdict.refused_by(),
        "at": verdict.at,
        "checks": verdict.checks.iter().map(|check| serde_json::json!({
            "name": check.name,
            "code": check.name.code(),
            "outcome": check.outcome,
            "object": check.object,
            "detail": check.detail,
            "mend": check.mend,
        })).collect::<Vec<_>>(),
        "lists": verdict.lists,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Check, CheckName};

    #[test]
    fn what_hides_or_turns_text_is_made_visible() {
        assert_eq!(
            visible("Good\u{202e}riA\u{1b}[31m\n"),
            "Good\\u{202e}riA\\u{1b}[31m\\u{a}"
        );
        assert_eq!(visible("Señor Jesús Ruíz, 東京"), "Señor Jesús Ruíz, 東京");
    }

    #[test]
    fn a_joiner_hides_wherever_it_stands() {
        for name in [
            "Good\u{200c}Air",
            "Good\u{200d}Air",
            "ا\u{200c}ب",
            "مهدی\u{200c}زاده",
            "مهدی\u{200d}زاده",
            "ශ්\u{200d}රී",
            "राजक्\u{200c}षा",
            "مه\u{202e}دی",
        ] {
            assert!(hides(name), "{name}");
            assert!(visible(name).contains("\\u{20"), "{name}");
        }
        for name in ["مهدی زاده", "ශ්රී", "राजक्षा", "Ruíz"] {
            assert!(!hides(name), "{name}");
            assert_eq!(visible(name), name);
        }
    }

    #[test]
    fn a_verdict_reads_as_lines() {
        let check = |name: CheckName, outcome, detail: &str| Check {
            name,
            outcome,
            object: "did:elsi:VATES-12345678".to_owned(),
            detail: detail.to_owned(),
            mend: matches!(outcome, Outcome::Failed).then(|| name.mend().to_owned()),
        };
        let verdict = Verdict {
            at: "2026-01-01T00:00:00Z".parse().unwrap(),
            checks: vec![
                check(CheckName::SealSignature, Outcome::Passed, "the seal verifies"),
                check(CheckName::Revocation, Outcome::Failed, "revoked\u{202e}"),
                check(
                    CheckName::IssuerBinding,
                    Outcome::NotReached,
                    "rests on revocation",
                ),
            ],
            lists: vec![procura_trust_list::ListUsed {
                territory: "DE".into(),
                sequence: 7,
                sha256: "00ff".into(),
            }],
        };
        insta::assert_snapshot!(text(&verdict));
        insta::assert_json_snapshot!(json(&verdict));
    }
}
