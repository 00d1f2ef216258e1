//! Standard output and error.
use crate::failure::{About, Failure};
use procura_jades::report::is_invisible;
use std::{
    fmt::Write as _,
    io::{ErrorKind, Write},
};

/// A line on standard output. A reader that has gone away is no failure of ours; a full disk is.
pub(crate) fn say(line: impl core::fmt::Display) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error).about("standard output"),
        _ => Ok(()),
    }
}
/// A line on standard error, in which strangers may be quoted: what hides or turns text is written as its code point.
pub(crate) fn complain(line: impl core::fmt::Display) {
    let mut shown = String::new();
    for character in line.to_string().chars() {
        // Errors of several lines are our own.
        if is_invisible(character) && character != '\n' {
            // Writing to a string does not fail.
            write!(shown, "⟨U+{:04X}⟩", u32::from(character)).unwrap_or_default();
        } else {
            shown.push(character);
        }
    }
    drop(writeln!(std::io::stderr().lock(), "procura: {shown}"));
}
