//! A report for a person who wants to know.
use super::{
    Block, CertificateFacts, Check, Outcome, Report, SignatureReport, TimeStampReport,
    lines::{Lines, Terminal, Tone},
    simple, words,
};

/// Checks, certificates, time-stamps or counter-signatures that are shown of one signature.
const SHOWN: usize = 200;

/// The report whole: what [`simple()`](super::simple()) says, every check in its order with the sub-indication of EN 319
/// 102-1, what was signed, what the certificate claims, and each path with what revocation data told.
#[must_use]
pub fn detailed(report: &Report, terminal: Terminal) -> String {
    let mut lines = Lines::new(terminal);
    simple::head(&mut lines, report);
    for (index, one) in report.signatures.iter().enumerate() {
        lines.blank();
        signature(&mut lines, 0, one, &simple::place(index, report.signatures.len()));
    }
    lines.finish()
}

fn signature(lines: &mut Lines, indent: usize, signature: &SignatureReport, which: &str) {
    simple::title(lines, indent, signature, which);
    let inner = indent + 2;
    simple::facts(lines, inner, signature);
    lines.field(
        inner,
        "best time",
        &format!("{} (best-signature-time)", signature.best_signature_time),
    );
    if let Some(at) = signature.control_time {
        lines.field(
            inner,
            "control time",
            &format!("{at}: until then the past vouches for it"),
        );
    }
    if let Some(claims) = &signature.claims {
        if let Some(identifier) = &claims.organization_identifier {
            lines.field(inner, "organisation", identifier);
        }
        lines.field(inner, "certificate", &words::claims(&claims.statements));
    }
    limited(lines, inner, &signature.objects, |lines, uri| {
        lines.field(inner, "object", uri);
    });
    checks(lines, inner, &signature.checks);
    path(lines, inner, &signature.path);
    limited(lines, inner, &signature.time_stamps, |lines, stamp| {
        time_stamp(lines, inner, stamp);
    });
    let all = signature.counter_signatures.len();
    for (index, counter) in signature.counter_signatures.iter().enumerate() {
        let which = format!("counter-signature {} of {all}", index + 1);
        self::signature(lines, inner, counter, &which);
    }
}

fn checks(lines: &mut Lines, indent: usize, checks: &[Check]) {
    let mut block: Option<Block> = None;
    limited(lines, indent, checks, |lines, check| {
        if block != Some(check.block) {
            lines.heading(indent, Tone::Strong, words::block(check.block));
            block = Some(check.block);
        }
        let (tone, word) = match check.outcome {
            Outcome::Passed => (Tone::Good, "pass"),
            Outcome::Failed => (Tone::Bad, "FAIL"),
            Outcome::Tolerated => (Tone::Open, "tolerated"),
            Outcome::NotReached => (Tone::Plain, "-"),
        };
        let text = match check.sub_indication {
            Some(sub_indication) => format!("{sub_indication}: {}", check.sentence),
            None => check.sentence.clone(),
        };
        lines.check(indent + 2, tone, word, check.name, &text);
    });
}

fn path(lines: &mut Lines, indent: usize, path: &[CertificateFacts]) {
    if path.is_empty() {
        return;
    }
    let anchored = path.last().is_some_and(|certificate| certificate.anchor);
    let heading = if anchored {
        "Path, from the signer to the anchor"
    } else {
        "Certificate, without a path to an anchor"
    };
    lines.heading(indent, Tone::Strong, heading);
    let indent = indent + 2;
    limited(lines, indent, path, |lines, certificate| {
        let label = if certificate.anchor {
            "anchor"
        } else {
            "certificate"
        };
        lines.field(indent, label, &certificate.subject);
        let indent = indent + 2;
        lines.field(indent, "issued by", &certificate.issuer);
        lines.field(
            indent,
            "valid",
            &format!("{} to {}", certificate.not_before, certificate.not_after),
        );
        lines.field(indent, "serial", &certificate.serial);
        lines.field(indent, "SHA-256", &certificate.sha256);
        if let Some(told) = &certificate.revocation {
            let next = told
                .next_update
                .map_or_else(String::new, |next| format!(", next update {next}"));
            let text = format!(
                "{} (data of {}{next})",
                words::revocation(&told.status),
                told.this_update
            );
            lines.field(indent, "revocation", &text);
            let source = format!("{} by {}, SHA-256 {}", told.source, told.made_by, told.sha256);
            lines.field(indent, "told by", &source);
        }
    });
}

fn time_stamp(lines: &mut Lines, indent: usize, stamp: &TimeStampReport) {
    let conclusion = stamp.conclusion;
    lines.marked(
        indent,
        words::tone(conclusion),
        "time-stamp",
        &format!("{}: {}", words::kind(stamp.kind), words::of_part(conclusion)),
    );
    let indent = indent + 2;
    if let Some(place) = stamp.place {
        lines.field(indent, "place", &format!("etsiU[{place}]"));
    }
    if let Some(time) = stamp.time {
        lines.field(indent, "time", &time.to_string());
    }
    lines.field(indent, "imprint", words::cover(stamp.imprint));
    lines.field(indent, "finding", &stamp.sentence);
    if let Some(at) = stamp.control_time {
        lines.field(
            indent,
            "control time",
            &format!("{at}: until then the past vouches for it"),
        );
    }
    path(lines, indent, &stamp.path);
}

fn limited<T>(lines: &mut Lines, indent: usize, list: &[T], mut show: impl FnMut(&mut Lines, &T)) {
    for item in list.iter().take(SHOWN) {
        show(lines, item);
    }
    if let Some(more) = list.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        lines.field(indent, "more", &format!("and {more} more"));
    }
}
