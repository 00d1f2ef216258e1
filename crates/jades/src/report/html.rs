//! A report as a page of its own.
use super::{
    Block, CertificateFacts, Outcome, Report, SignatureReport, TimeStampReport, simple, visible, words,
};
use askama::Template;
use procura_ades::Conclusion;

/// Of one kind for one signature; how many more there are is said.
const SHOWN: usize = 200;

/// The report as an HTML page that needs nothing else: no script, nothing fetched, light and dark, from 320 px. What
/// strangers wrote is escaped, isolated in its direction, and shows what would hide. `name` is the document's for people.
///
/// # Errors
/// None that writing to a string has; rendering in general has them.
pub fn html(report: &Report, name: Option<&str>) -> Result<String, core::fmt::Error> {
    let mut signatures = Vec::new();
    for (index, signature) in report.signatures.iter().enumerate() {
        let which = simple::place(index, report.signatures.len());
        gather(signature, capitalised(&which), &which, &mut signatures);
    }
    let conclusion = report.conclusion();
    let page = Page {
        name: name.map(visible),
        verdict: words::verdict(conclusion),
        tone: tone(conclusion),
        summary: visible(&words::summary(report)),
        validated: visible(&words::circumstances(report)),
        mend: report
            .unreadable
            .as_ref()
            .map(|_| words::mend_of(procura_ades::SubIndication::FormatFailure)),
        signatures,
    };
    page.render().map_err(|_| core::fmt::Error)
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    name: Option<String>,
    verdict: &'static str,
    tone: &'static str,
    summary: String,
    validated: String,
    mend: Option<&'static str>,
    signatures: Vec<Signature>,
}

/// One signature. Every string is shown already.
struct Signature {
    title: String,
    verdict: &'static str,
    tone: &'static str,
    conclusion: String,
    facts: Vec<Fact>,
    objects: Vec<String>,
    more_objects: usize,
    blocks: Vec<Checks>,
    more_checks: usize,
    path: Vec<Certificate>,
    stamps: Vec<Stamp>,
    more_stamps: usize,
}

struct Fact {
    name: &'static str,
    value: String,
}

struct Checks {
    title: &'static str,
    checks: Vec<Shown>,
}

struct Shown {
    word: &'static str,
    tone: &'static str,
    name: &'static str,
    sub_indication: Option<&'static str>,
    sentence: String,
}

struct Certificate {
    title: String,
    facts: Vec<Fact>,
}

struct Stamp {
    title: &'static str,
    tone: &'static str,
    conclusion: String,
    facts: Vec<Fact>,
    path: Vec<Certificate>,
}

fn tone(conclusion: Conclusion) -> &'static str {
    use procura_ades::Indication;
    match conclusion.indication {
        Indication::Passed => "good",
        Indication::Failed => "bad",
        Indication::Indeterminate => "open",
    }
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}

fn fact(name: &'static str, value: &str) -> Fact {
    Fact {
        name,
        value: visible(value),
    }
}

/// A signature, and after it its counter-signatures.
fn gather(signature: &SignatureReport, title: String, which: &str, found: &mut Vec<Signature>) {
    let counters = &signature.counter_signatures;
    found.push(shown(signature, title));
    for (index, counter) in counters.iter().enumerate() {
        let title = format!(
            "Counter-signature {} of {}, on {which}",
            index + 1,
            counters.len()
        );
        let which = format!("counter-signature {} on {which}", index + 1);
        gather(counter, title, &which, found);
    }
}

fn shown(signature: &SignatureReport, title: String) -> Signature {
    let mut facts = vec![fact("Signed by", words::signer(signature))];
    if let Some((label, reason)) = words::reason(signature) {
        let name = if label == "note" { "Note" } else { "Because" };
        facts.push(fact(name, reason));
    }
    if let Some(mend) = words::mend(signature) {
        facts.push(fact("To mend it", mend));
    }
    let mut tolerated = signature
        .findings()
        .filter(|check| check.outcome == Outcome::Tolerated);
    let shown = tolerated.by_ref().take(SHOWN);
    facts.extend(shown.map(|check| fact("Tolerated", &check.sentence)));
    let more = tolerated.count();
    if more > 0 {
        facts.push(fact("Tolerated", &format!("and {more} more")));
    }
    facts.push(fact("Claimed time", &words::claimed(signature)));
    facts.push(fact("Proven time", &words::proven(signature)));
    facts.push(fact("Level", &words::format(signature)));
    if let Some(at) = signature.control_time {
        facts.push(fact("Control time", &at.to_string()));
    }
    if let Some(claims) = &signature.claims {
        if let Some(identifier) = &claims.organization_identifier {
            facts.push(fact("Organisation", identifier));
        }
        facts.push(fact("Certificate", &words::claims(&claims.statements)));
    }
    Signature {
        title,
        verdict: words::verdict(signature.conclusion),
        tone: tone(signature.conclusion),
        conclusion: signature.conclusion.to_string(),
        facts,
        objects: signature
            .objects
            .iter()
            .take(SHOWN)
            .map(|uri| visible(uri))
            .collect(),
        more_objects: signature.objects.len().saturating_sub(SHOWN),
        blocks: blocks(signature),
        more_checks: signature.checks.len().saturating_sub(SHOWN),
        path: certificates(&signature.path),
        stamps: signature.time_stamps.iter().take(SHOWN).map(stamp).collect(),
        more_stamps: signature.time_stamps.len().saturating_sub(SHOWN),
    }
}

fn blocks(signature: &SignatureReport) -> Vec<Checks> {
    let mut blocks: Vec<Checks> = Vec::new();
    let mut last: Option<Block> = None;
    for check in signature.checks.iter().take(SHOWN) {
        let (tone, word) = match check.outcome {
            Outcome::Passed => ("good", "passed"),
            Outcome::Failed => ("bad", "failed"),
            Outcome::Tolerated => ("open", "tolerated"),
            Outcome::NotReached => ("plain", "not reached"),
        };
        if last != Some(check.block) {
            blocks.push(Checks {
                title: words::block(check.block),
                checks: Vec::new(),
            });
            last = Some(check.block);
        }
        if let Some(block) = blocks.last_mut() {
            block.checks.push(Shown {
                word,
                tone,
                name: check.name,
                sub_indication: check.sub_indication.map(procura_ades::SubIndication::name),
                sentence: visible(&check.sentence),
            });
        }
    }
    blocks
}

fn certificates(path: &[CertificateFacts]) -> Vec<Certificate> {
    let certificate = |certificate: &CertificateFacts| {
        let mut facts = vec![
            fact("Issued by", &certificate.issuer),
            fact(
                "Valid",
                &format!("{} to {}", certificate.not_before, certificate.not_after),
            ),
            fact("Serial", &certificate.serial),
            fact("SHA-256", &certificate.sha256),
        ];
        if let Some(told) = &certificate.revocation {
            let mut text = format!(
                "{}, data of {}",
                words::revocation(&told.status),
                told.this_update
            );
            if let Some(next) = told.next_update {
                text.push_str(", next update ");
                text.push_str(&next.to_string());
            }
            facts.push(fact("Revocation", &text));
            let source = format!("{} by {}, SHA-256 {}", told.source, told.made_by, told.sha256);
            facts.push(fact("Told by", &source));
        }
        let role = if certificate.anchor { "Anchor: " } else { "" };
        Certificate {
            title: format!("{role}{}", visible(&certificate.subject)),
            facts,
        }
    };
    path.iter().map(certificate).collect()
}

fn stamp(stamp: &TimeStampReport) -> Stamp {
    let mut facts = Vec::new();
    if let Some(time) = stamp.time {
        facts.push(fact("Time", &time.to_string()));
    }
    if let Some(place) = stamp.place {
        facts.push(fact("Place", &format!("etsiU[{place}]")));
    }
    facts.push(fact("Imprint", words::cover(stamp.imprint)));
    facts.push(fact("Finding", &stamp.sentence));
    if let Some(at) = stamp.control_time {
        facts.push(fact("Control time", &at.to_string()));
    }
    Stamp {
        title: words::kind(stamp.kind),
        tone: tone(stamp.conclusion),
        conclusion: words::of_part(stamp.conclusion),
        facts,
        path: certificates(&stamp.path),
    }
}
