//! Lines for a terminal: the one gate through which text reaches it.
use super::visible;

/// Least that a line holds beside its label.
const NARROWEST: usize = 24;
/// Where what a label names begins.
const LABEL: usize = 15;
/// The same after the name of a check.
const NAME: usize = 28;

/// What a terminal shows. The default is for files and pipes: no colour, and lines as long as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    /// Whether verdicts are coloured. They are always words as well.
    pub colour: bool,
    /// Columns, beyond which lines are broken between words; `None` never breaks them.
    pub width: Option<usize>,
}

/// What a word says beyond itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Strong,
    Good,
    Bad,
    Open,
}

impl Tone {
    /// Select Graphic Rendition (ECMA-48 §8.3.117).
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Strong => Some("1"),
            Self::Good => Some("1;32"),
            Self::Bad => Some("1;31"),
            Self::Open => Some("1;33"),
        }
    }
}

/// Text, line by line. Labels are ours; whatever else comes in is made visible.
pub(super) struct Lines {
    terminal: Terminal,
    text: String,
}

impl Lines {
    pub(super) fn new(terminal: Terminal) -> Self {
        Self {
            terminal,
            text: String::new(),
        }
    }

    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A line of its own.
    pub(super) fn heading(&mut self, indent: usize, tone: Tone, heading: &'static str) {
        self.pad(indent);
        self.word(tone, heading);
        self.text.push('\n');
    }

    /// What is told of one thing.
    pub(super) fn field(&mut self, indent: usize, label: &'static str, text: &str) {
        self.marked(indent, Tone::Plain, label, text);
    }

    /// A word that judges, and what it is about.
    pub(super) fn marked(&mut self, indent: usize, tone: Tone, word: &'static str, text: &str) {
        self.pad(indent);
        self.word(tone, word);
        let column = LABEL.max(word.len() + 1);
        self.pad(column - word.len());
        self.broken(indent + column, text);
    }

    /// A word that judges, the name of a check, and what was found.
    pub(super) fn check(
        &mut self,
        indent: usize,
        tone: Tone,
        word: &'static str,
        name: &'static str,
        text: &str,
    ) {
        self.pad(indent);
        self.word(tone, word);
        self.pad(LABEL.saturating_sub(word.len()).max(1));
        self.text.push_str(name);
        let column = NAME.max(name.len() + 1);
        self.pad(column - name.len());
        self.broken(indent + LABEL + column, text);
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    fn pad(&mut self, columns: usize) {
        self.text.extend(core::iter::repeat_n(' ', columns));
    }

    fn word(&mut self, tone: Tone, word: &str) {
        match tone.code().filter(|_| self.terminal.colour) {
            Some(code) => {
                self.text.push_str("\u{1b}[");
                self.text.push_str(code);
                self.text.push('m');
                self.text.push_str(word);
                self.text.push_str("\u{1b}[0m");
            }
            None => self.text.push_str(word),
        }
    }

    /// The rest of a line; what does not fit goes on below itself. Words that are too long for a line stay whole, so that
    /// they can be copied.
    fn broken(&mut self, column: usize, text: &str) {
        let text = visible(text);
        let room = self
            .terminal
            .width
            .map(|width| width.saturating_sub(column).max(NARROWEST));
        let mut used = 0;
        for word in text.split(' ') {
            let length = word.chars().count();
            if used > 0 {
                if room.is_some_and(|room| used + 1 + length > room) {
                    self.text.push('\n');
                    self.pad(column);
                    used = 0;
                } else {
                    self.text.push(' ');
                    used += 1;
                }
            }
            self.text.push_str(word);
            used += length;
        }
        self.text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(terminal: Terminal, text: &str) -> String {
        let mut lines = Lines::new(terminal);
        lines.marked(2, Tone::Bad, "INVALID", text);
        lines.finish()
    }

    #[test]
    fn lines_are_broken_between_words_below_themselves() {
        let narrow = Terminal {
            colour: false,
            width: Some(42),
        };
        assert_eq!(
            shown(narrow, "the signature does not verify by the certificate"),
            "  INVALID        the signature does not\n                 verify by the certificate\n"
        );
        let long = "a".repeat(60);
        assert_eq!(
            shown(narrow, &format!("see {long} there")),
            format!("  INVALID        see\n                 {long}\n                 there\n")
        );
    }

    #[test]
    fn without_a_width_a_line_stays_one_line() {
        let text = "word ".repeat(200);
        assert_eq!(shown(Terminal::default(), &text).lines().count(), 1);
    }

    #[test]
    fn only_our_own_words_bring_colour() {
        let colour = Terminal {
            colour: true,
            width: None,
        };
        assert_eq!(
            shown(colour, "\u{1b}[32mVALID\u{1b}[0m"),
            "  \u{1b}[1;31mINVALID\u{1b}[0m        ⟨U+001B⟩[32mVALID⟨U+001B⟩[0m\n"
        );
        assert!(!shown(Terminal::default(), "\u{1b}[32mVALID").contains('\u{1b}'));
    }
}
