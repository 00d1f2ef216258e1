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
    Expectations, Facts, Judgement, Verdict,
    judge::{self, PresentationExpectations},
    presentation,
};
use procura_jose::{CompactJws, Understood, json::Limits, jwt::Claims};
use procura_service::{Clock, SystemClock};
use std::{io::Read, path::Path, process::ExitCode};
use trust::Source;

/// Largest input in bytes.
const LARGEST: u64 = 2 * 1024 * 1024;
/// Oldest presentation in seconds.
const PRESENTATION_SECONDS: i64 = 300;
/// Types that are accepted where none are named.
const TYPES: [&str; 2] = ["LEARCredential", "LEARCredentialEmployee"];

/// Refused: not ours to call a failure.
const REFUSED: u8 = 2;

pub(crate) async fn run(arguments: VerifyArguments) -> Result<ExitCode, Failure> {
    let text = read(&arguments.file)?;
    let now = arguments.at.unwrap_or_else(|| SystemClock.now());
    let source = Source::of(&arguments, now).await?;
    let mut expectations = source.expectations().clone();
    expectations.credential_types = if arguments.types.is_empty() {
        TYPES.map(str::to_owned).into()
    } else {
        arguments.types.iter().cloned().collect()
    };
    expectations
        .representative_policies
        .extend(arguments.representative_policy.iter().cloned());
    let subject = Subject::of(text.trim(), &arguments);
    let verdict = judged(&subject, &expectations, &source, now).await?;
    if arguments.json {
        say(report::json(&verdict, &subject.notes).about("verdict")?);
    } else {
        say(report::readable(&verdict, &subject.notes));
    }
    Ok(if verdict.accepted() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(REFUSED)
    })
}
async fn judged(
    subject: &Subject,
    expectations: &Expectations,
    source: &Source,
    now: Timestamp,
) -> Result<Verdict, Failure> {
    let verdict = match &subject.binding {
        None => {
            source
                .judge(|facts| verdict_only(judge::credential(&subject.text, None, expectations, facts, now)))
                .await
        }
        Some(binding) => {
            let expected = PresentationExpectations {
                credential: expectations.clone(),
                nonce: binding.nonce.clone(),
                audience: binding.audience.clone(),
                max_age_seconds: PRESENTATION_SECONDS,
                holder_algorithms: judge::holder_algorithms(),
            };
            source
                .judge(|facts| verdict_only(judge::presentation(&subject.text, &expected, facts, now)))
                .await
        }
    };
    verdict.ok_or_else(|| Failure::new("the judge asked for more than four rounds of facts"))
}
fn verdict_only<T>(judgement: Judgement<T>) -> Judgement<()> {
    match judgement {
        Judgement::Needs(needs) => Judgement::Needs(needs),
        Judgement::Judged { verdict, .. } => Judgement::Judged {
            verdict,
            proven: None,
        },
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
    fn of(text: &str, arguments: &VerifyArguments) -> Self {
        let Some(claims) = presentation::unwrap(text)
            .as_deref()
            .and_then(claims)
            .filter(|c| c.0.contains_key("vp"))
        else {
            return Self {
                text: text.to_owned(),
                binding: None,
                notes: Vec::new(),
            };
        };
        let mut notes = Vec::new();
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
        let mut given = |name: &str, given: &Option<String>, claimed: String| {
            given.clone().unwrap_or_else(|| {
                notes.push(format!(
                    "the {name} is the presentation's own, and so was not checked; give --{name}"
                ));
                claimed
            })
        };
        let nonce = given("nonce", &arguments.nonce, claimed_nonce);
        let audience = given("audience", &arguments.audience, claimed_audience);
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

/// Judges with facts that are all there, or that cannot be had.
pub(crate) fn judge_offline(judge: impl Fn(&Facts) -> Judgement<()>, mut facts: Facts) -> Option<Verdict> {
    for _ in 0..ROUNDS {
        match judge(&facts) {
            Judgement::Judged { verdict, .. } => return Some(verdict),
            Judgement::Needs(needs) => needs
                .into_iter()
                .for_each(|need| trust::out_of_reach(need, &mut facts)),
        }
    }
    None
}
/// The first answer and four rounds.
const ROUNDS: usize = 5;
