//! `procura verify`: a verdict for a person or a program.
mod report;
mod trust;

use crate::{
    arguments::VerifyArguments,
    failure::{About, Failure},
    output::say,
};
use jiff::Timestamp;
use procura_credential::{
    Judgement, Verdict,
    judge::{self, PresentationExpectations},
    presentation,
};
use procura_jose::{CompactJws, Understood, json::Limits, jwt::Claims};
use procura_service::{Clock, SystemClock};
use std::{io::Read, path::Path, process::ExitCode};
use trust::Judge;

/// Largest input in bytes.
const LARGEST: u64 = 2 * 1024 * 1024;

/// Refused: not ours to call a failure.
const REFUSED: u8 = 2;

pub(crate) async fn run(arguments: VerifyArguments) -> Result<ExitCode, Failure> {
    let now = arguments.at.unwrap_or_else(|| SystemClock.now());
    if let Some(form) = arguments.document.report {
        return crate::document::validate::run(&arguments.file, &arguments.document, form, now);
    }
    let text = read(&arguments.file)?;
    let judge = Judge::of(&arguments, now).await?;
    let subject = Subject::of(text.trim(), &arguments, &judge);
    let verdict = judged(&subject, &judge, now).await?;
    if arguments.json {
        say(report::json(&verdict, &subject.notes))?;
    } else {
        say(report::readable(&verdict, &subject.notes))?;
    }
    Ok(if verdict.accepted() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(REFUSED)
    })
}
async fn judged(subject: &Subject, judge: &Judge, now: Timestamp) -> Result<Verdict, Failure> {
    let expectations = &judge.expectations;
    let verdict = match &subject.binding {
        None => {
            let judgement = judge
                .gatherer
                .judge(|facts| judge::credential(&subject.text, None, expectations, facts, now));
            verdict(judgement.await)
        }
        Some(binding) => {
            let expected = PresentationExpectations {
                credential: expectations.clone(),
                nonce: binding.nonce.clone(),
                audience: binding.audience.clone(),
                max_age_seconds: judge.max_age_seconds,
                holder_algorithms: judge::holder_algorithms(),
            };
            let judgement = judge
                .gatherer
                .judge(|facts| judge::presentation(&subject.text, &expected, facts, now));
            verdict(judgement.await)
        }
    };
    verdict.ok_or_else(|| Failure::new("the judge asked for more than four rounds of facts"))
}
fn verdict<T>(judgement: Judgement<T>) -> Option<Verdict> {
    match judgement {
        Judgement::Judged { verdict, .. } => Some(verdict),
        Judgement::Needs(_) => None,
    }
}

/// What is judged.
struct Subject {
    text: String,
    /// Of a presentation.
    binding: Option<Binding>,
    /// What the reader of the verdict must know.
    notes: Vec<String>,
}
struct Binding {
    nonce: String,
    audience: String,
}
impl Subject {
    /// A presentation has a `vp` claim; everything else is judged as a credential.
    fn of(text: &str, arguments: &VerifyArguments, judge: &Judge) -> Self {
        let Some(claims) = presentation::unwrap(text)
            .as_deref()
            .and_then(claims)
            .filter(|c| c.0.contains_key("vp"))
        else {
            return Self {
                text: text.to_owned(),
                binding: None,
                notes: judge.notes.clone(),
            };
        };
        let mut notes = judge.notes.clone();
        let claimed_nonce = claims
            .optional_string("nonce")
            .ok()
            .flatten()
            .unwrap_or_default()
            .to_owned();
        let claimed_audience = match claims.audience().as_deref() {
            Ok([one]) => (*one).to_owned(),
            _ => String::new(),
        };
        let expected_audience = arguments.audience.clone().or_else(|| judge.audience.clone());
        let mut given = |name: &str, given: Option<String>, claimed: String| {
            given.unwrap_or_else(|| {
                notes.push(format!(
                    "the {name} is the presentation's own, and so was not checked; give --{name}"
                ));
                claimed
            })
        };
        let nonce = given("nonce", arguments.nonce.clone(), claimed_nonce);
        let audience = given("audience", expected_audience, claimed_audience);
        Self {
            text: text.to_owned(),
            binding: Some(Binding { nonce, audience }),
            notes,
        }
    }
}
fn claims(jwt: &str) -> Option<Claims> {
    let jws = CompactJws::parse(
        jwt,
        Understood(&["sigT"]),
        Limits {
            size: 512 * 1024,
            depth: 16,
        },
    )
    .ok()?;
    Claims::parse(jws.unverified_payload()).ok()
}
fn read(file: &Path) -> Result<String, Failure> {
    let name = file.display();
    let mut text = String::new();
    let size = if file == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(LARGEST + 1)
            .read_to_string(&mut text)
            .about("standard input")?
    } else {
        let file = std::fs::File::open(file).about(&name)?;
        file.take(LARGEST + 1).read_to_string(&mut text).about(&name)?
    };
    if u64::try_from(size).is_ok_and(|size| size > LARGEST) {
        return Err(Failure::new(format!("{name}: larger than {LARGEST} bytes")));
    }
    Ok(text)
}
