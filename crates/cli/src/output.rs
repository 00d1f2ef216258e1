//! Standard output and error. A reader that has gone away is no failure of ours.
use std::io::Write;

/// A line on standard output.
pub(crate) fn say(line: impl core::fmt::Display) {
    let mut out = std::io::stdout().lock();
    drop(writeln!(out, "{line}"));
    drop(out.flush());
}
/// A line on standard error.
pub(crate) fn complain(line: impl core::fmt::Display) {
    drop(writeln!(std::io::stderr().lock(), "procura: {line}"));
}
