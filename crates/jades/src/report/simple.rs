//! A report for a person in a hurry.
use super::{
    Outcome, Report, SignatureReport,
    lines::{Lines, Terminal},
    words,
};

/// Lines of one kind that are shown of one signature.
const SHOWN: usize = 20;

/// The report in short: of each signature the verdict, who signed it, its times and level, and where it is not valid the
/// one reason and its mend; time-stamps and counter-signatures in a line each.
///
/// ```
/// use procura_jades::{Report, document::ReadError, report};
/// let report = Report::unreadable(ReadError::NoSignature, jiff::Timestamp::UNIX_EPOCH, "strict");
/// let text = report::simple(&report, report::Terminal::default());
/// assert!(text.starts_with("INVALID        the document cannot be read as signed: the document holds no signature\n"));
/// ```
#[must_use]
pub fn simple(report: &Report, terminal: Terminal) -> String {
    let mut lines = Lines::new(terminal);
    head(&mut lines, report);
    for (index, signature) in report.signatures.iter().enumerate() {
        lines.blank();
        title(&mut lines, 0, signature, &place(index, report.signatures.len()));
        facts(&mut lines, 2, signature);
        limited(&mut lines, 2, &signature.objects, "object", |lines, uri| {
            lines.field(2, "object", uri);
        });
        limited(
            &mut lines,
            2,
            &signature.time_stamps,
            "time-stamp",
            |lines, stamp| {
                let tone = words::tone(stamp.conclusion);
                lines.marked(2, tone, "time-stamp", &words::time_stamp(stamp));
            },
        );
        limited(
            &mut lines,
            2,
            &signature.counter_signatures,
            "countersigned",
            |lines, counter| {
                let tone = words::tone(counter.conclusion);
                lines.marked(2, tone, "countersigned", &words::counter_signature(counter));
            },
        );
    }
    lines.finish()
}

/// "signature 1 of 2".
pub(super) fn place(index: usize, all: usize) -> String {
    if all == 1 {
        "the signature".to_owned()
    } else {
        format!("signature {} of {all}", index + 1)
    }
}

pub(super) fn head(lines: &mut Lines, report: &Report) {
    let conclusion = report.conclusion();
    lines.marked(
        0,
        words::tone(conclusion),
        words::verdict(conclusion),
        &words::summary(report),
    );
    lines.field(0, "validated", &words::circumstances(report));
    if report.unreadable.is_some() {
        lines.field(
            0,
            "to mend it",
            words::mend_of(procura_ades::SubIndication::FormatFailure),
        );
    }
}

pub(super) fn title(lines: &mut Lines, indent: usize, signature: &SignatureReport, which: &str) {
    let conclusion = signature.conclusion;
    lines.marked(
        indent,
        words::tone(conclusion),
        words::verdict(conclusion),
        &format!("{which}: {conclusion}"),
    );
}

/// Who, why, when, and of which level.
pub(super) fn facts(lines: &mut Lines, indent: usize, signature: &SignatureReport) {
    lines.field(indent, "signed by", words::signer(signature));
    if let Some((label, reason)) = words::reason(signature) {
        lines.field(indent, label, reason);
    }
    if let Some(mend) = words::mend(signature) {
        lines.field(indent, "to mend it", mend);
    }
    let tolerated: Vec<_> = signature
        .findings()
        .filter(|check| check.outcome == Outcome::Tolerated)
        .collect();
    limited(lines, indent, &tolerated, "tolerated", |lines, check| {
        lines.marked(indent, super::lines::Tone::Open, "tolerated", &check.sentence);
    });
    lines.field(indent, "claimed", &words::claimed(signature));
    lines.field(indent, "proven", &words::proven(signature));
    lines.field(indent, "level", &words::format(signature));
}

/// Each of a list, but no more than anybody reads.
pub(super) fn limited<T>(
    lines: &mut Lines,
    indent: usize,
    list: &[T],
    label: &'static str,
    mut show: impl FnMut(&mut Lines, &T),
) {
    for item in list.iter().take(SHOWN) {
        show(lines, item);
    }
    if let Some(more) = list.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        lines.field(indent, label, &format!("and {more} more"));
    }
}
