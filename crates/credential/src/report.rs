//! A verdict for people: plain lines of text, in which nothing that a stranger wrote can hide or turn around.
use crate::verdict::{Outcome, Verdict};
use std::fmt::Write;

/// Whether a character shows nothing, or changes how its neighbours are shown: controls, line separators, zero-width
/// characters and marks of direction (Unicode TR 36 §2.4).
pub fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00AD}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether a text has such a character.
///
/// The joiners U+200C and U+200D are spelling where a script is written with them, and a disguise everywhere else. They
/// count as shown in the contexts of RFC 5892 appendices A.1 and A.2: the non-joiner between two Arabic letters, either
/// joiner between a virama and a letter of the same Indic script.
///
/// ```
/// use procura_credential::report::hides;
/// assert!(!hides("مهدی\u{200c}زاده"));
/// assert!(hides("Good\u{200c}Air"));
/// ```
pub fn hides(text: &str) -> bool {
    hidden(text).any(|(_, hidden)| hidden)
}

/// `text` with every such character written as `\u{…}`.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (character, hidden) in hidden(text) {
        if hidden {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

/// Each character, and whether it hides.
fn hidden(text: &str) -> impl Iterator<Item = (char, bool)> {
    let before = std::iter::once(None).chain(text.chars().map(Some));
    let after = text.chars().skip(1).map(Some).chain(std::iter::once(None));
    before
        .zip(text.chars())
        .zip(after)
        .map(|((before, character), after)| {
            let spelled = before
                .zip(after)
                .is_some_and(|(before, after)| is_spelled(before, character, after));
            (character, is_invisible(character) && !spelled)
        })
}

/// Whether a joiner belongs to the spelling between these two.
fn is_spelled(before: char, joiner: char, after: char) -> bool {
    let arabic =
        |c: char| matches!(c, '\u{0620}'..='\u{06FF}' | '\u{0750}'..='\u{077F}' | '\u{08A0}'..='\u{08FF}');
    // Devanagari to Sinhala: one block of 128 characters each.
    let indic = |c: char| matches!(c, '\u{0900}'..='\u{0DFF}').then(|| u32::from(c) >> 7);
    let virama = |c: char| c == '\u{0DCA}' || u32::from(c) & 0x7F == 0x4D;
    let non_joiner = joiner == '\u{200C}';
    let within_arabic = non_joiner && arabic(before) && arabic(after) && before.is_alphabetic();
    let after_virama = (non_joiner || joiner == '\u{200D}')
        && virama(before)
        && indic(before).is_some_and(|block| indic(after) == Some(block));
    after.is_alphabetic() && (within_arabic || after_virama)
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
    fn joiners_are_spelling_only_where_a_script_is_written_with_them() {
        for name in [
            "مهدی\u{200c}زاده",
            "علی\u{200c}رضا مهدی\u{200c}زاده",
            "ശ്\u{200d}രീ",
            "ශ්\u{200d}රී",
            "राजक्\u{200c}षा",
        ] {
            assert!(!hides(name), "{name}");
            assert_eq!(visible(name), name);
        }
        for name in [
            "Good\u{200c}Air",
            "Good\u{200d}Air",
            "\u{200c}مهدی",
            "مهدی\u{200c}",
            "مهدی\u{200d}زاده",
            "مهدی\u{200c}\u{200c}زاده",
            "مهدی\u{200c} زاده",
            "مهدی\u{200c}A",
            "क\u{200d}ष",
            "क्\u{200d}ශ",
            "क्\u{200d}",
            "مه\u{202e}دی",
        ] {
            assert!(hides(name), "{name}");
            assert!(visible(name).contains("\\u{2"), "{name}");
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
