//! Strings from strangers, shown so that they neither hide nor turn anything.
use core::fmt::Write as _;

/// Characters of one string that are shown; more serve nobody who reads.
const LONGEST: usize = 512;

/// Whether a character shows nothing, or changes how its neighbours are shown: controls, line separators, zero-width
/// characters and marks of direction (Unicode TR 36 §2.4).
///
/// ```
/// use procura_jades::report::is_invisible;
/// assert!(is_invisible('\u{202e}') && is_invisible('\u{1b}'));
/// assert!(!is_invisible('ا') && !is_invisible(' '));
/// ```
#[must_use]
pub fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}')
}

/// `text` on one line, with every such character written as its code point and no more than 512 characters of it.
///
/// ```
/// use procura_jades::report::visible;
/// assert_eq!(visible("Good\u{202e}riA\n"), "Good⟨U+202E⟩riA⟨U+000A⟩");
/// ```
#[must_use]
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(LONGEST));
    let mut characters = text.chars();
    for character in characters.by_ref().take(LONGEST) {
        if is_invisible(character) {
            // Writing to a string does not fail.
            write!(out, "⟨U+{:04X}⟩", u32::from(character)).unwrap_or_default();
        } else {
            out.push(character);
        }
    }
    let left = characters.count();
    if left > 0 {
        write!(out, "… ({left} more characters)").unwrap_or_default();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_or_turns_text_is_written_as_its_code_point() {
        for (hostile, shown) in [
            ("\u{1b}[31mred", "⟨U+001B⟩[31mred"),
            ("a\r\nb\tc", "a⟨U+000D⟩⟨U+000A⟩b⟨U+0009⟩c"),
            ("\u{202e}fdp.exe", "⟨U+202E⟩fdp.exe"),
            ("\u{2066}x\u{2069}", "⟨U+2066⟩x⟨U+2069⟩"),
            ("Good\u{200b}Air", "Good⟨U+200B⟩Air"),
            ("\u{9b}2J", "⟨U+009B⟩2J"),
            ("\u{e0041}", "⟨U+E0041⟩"),
        ] {
            assert_eq!(visible(hostile), shown);
        }
        assert_eq!(
            visible("Señor Jesús Ruíz, 東京, مهدی"),
            "Señor Jesús Ruíz, 東京, مهدی"
        );
    }

    #[test]
    fn a_long_string_is_cut_and_says_so() {
        let shown = visible(&"é".repeat(LONGEST + 3));
        assert!(shown.ends_with("é… (3 more characters)"), "{shown}");
        assert_eq!(visible(&"é".repeat(LONGEST)), "é".repeat(LONGEST));
    }

    proptest::proptest! {
        #[test]
        fn whatever_was_written_nothing_invisible_is_shown(text in ".{0,64}") {
            let shown = visible(&text);
            proptest::prop_assert!(!shown.chars().any(is_invisible));
            proptest::prop_assert_eq!(visible(&shown), shown);
        }
    }
}
