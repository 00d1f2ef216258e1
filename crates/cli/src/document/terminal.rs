//! What standard output is.
use procura_jades::report::Terminal;
use std::io::IsTerminal;

/// Columns beyond which lines are hard to read.
const WIDEST: usize = 120;

/// Colour and width, where standard output is a terminal (<https://no-color.org>: any `NO_COLOR` that is not empty).
pub(super) fn of_standard_output() -> Terminal {
    let out = std::io::stdout();
    if !out.is_terminal() {
        return Terminal::default();
    }
    let named = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let dumb = named("TERM").is_none_or(|term| term == "dumb");
    let width = rustix::termios::tcgetwinsize(&out)
        .ok()
        .map(|size| usize::from(size.ws_col))
        .filter(|columns| *columns > 0)
        .map(|columns| columns.min(WIDEST));
    Terminal {
        colour: named("NO_COLOR").is_none() && !dumb,
        width,
    }
}
