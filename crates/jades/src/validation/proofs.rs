//! Time-stamps of a signature, judged from the newest to the oldest, and what each proves to exist (EN 319 102-1 §5.6.2.3,
//! §5.6.3.4).
use super::{Judging, basic::Basic, facts, told_path};
use crate::{
    document::{Transmitted, UnsignedProperty},
    examine::{Cover, Examined, ExaminedTimeStamp, TimeStampKind},
    report::{Block, Check, Outcome, TimeStampReport},
};
use jiff::{SignedDuration, Timestamp};
use procura_ades::{
    Accuracy, ProofsOfExistence, Token,
    validation::{Failure, time_stamp},
};

/// How far the clock of a unit may be off that does not say it, and the most that one may say: a larger one would switch
/// the order of time-stamps off.
const MOST_INACCURATE: SignedDuration = SignedDuration::from_secs(60);
/// Two clocks are never compared more exactly.
const MOST_ACCURATE: SignedDuration = SignedDuration::from_secs(1);

/// A time-stamp with what is told of it.
pub(super) struct Stamp {
    /// The time that it proves.
    pub(super) proves: Option<Timestamp>,
    /// For the report.
    pub(super) report: TimeStampReport,
}

/// Judges every time-stamp and adds what each proves. The report keeps the order of the document.
pub(super) fn gather(judging: &Judging<'_>, proofs: &mut ProofsOfExistence) -> Vec<Stamp> {
    let mut order: Vec<(usize, &ExaminedTimeStamp)> =
        judging.examined.time_stamps.iter().enumerate().collect();
    // Later properties cover earlier ones; what was signed is older than any of them.
    order.sort_by_key(|(_, stamp)| core::cmp::Reverse(stamp.place.map_or(0, |place| place + 1)));
    let mut judged: Vec<(usize, Stamp)> = order
        .into_iter()
        .map(|(index, stamp)| (index, judge_one(judging, stamp, proofs)))
        .collect();
    judged.sort_by_key(|(index, _)| *index);
    judged.into_iter().map(|(_, stamp)| stamp).collect()
}

fn judge_one(judging: &Judging<'_>, stamp: &ExaminedTimeStamp, proofs: &mut ProofsOfExistence) -> Stamp {
    let alone = judging
        .examined
        .time_stamps
        .iter()
        .filter(|other| (other.kind, other.place) == (stamp.kind, stamp.place))
        .count()
        == 1;
    let covered = match stamp.cover {
        // TS 119 182-1 §5.3.4: exactly one token.
        _ if stamp.kind == TimeStampKind::Signature && !alone => Err(Failure::SeveralTokens),
        Cover::Intact => Ok(()),
        Cover::Broken => Err(Failure::Imprint),
        Cover::Unknown => Err(Failure::NotCovered),
    };
    let verdict = time_stamp::validate(judging.context, &stamp.token, &stamp.signer, covered, proofs);
    let proves = verdict.result.as_ref().ok().copied();
    if let Some(at) = proves {
        prove(judging.transmitted, judging.examined, stamp, at, proofs);
    }
    let mut sentence = match &verdict.result {
        Ok(at) => format!("it proves that what it covers existed at {at}"),
        Err(failure) => failure.to_string(),
    };
    // Strings are covered one after the other: whoever joins two keeps the imprint and hides both.
    let unreadable = |property: &UnsignedProperty| property.name.is_empty();
    let before = stamp
        .place
        .and_then(|place| judging.transmitted.unsigned.properties.get(..place));
    if stamp.kind == TimeStampKind::Archive && before.is_some_and(|before| before.iter().any(unreadable)) {
        sentence.push_str("; a property before it cannot be read");
    }
    let path = match (&verdict.certificate, &stamp.signer) {
        (Some(certificate), Ok(signer)) => told_path(certificate, signer),
        (None, Ok(signer)) => vec![facts(signer, false)],
        _ => Vec::new(),
    };
    Stamp {
        proves,
        report: TimeStampReport {
            kind: stamp.kind,
            place: stamp.place,
            imprint: stamp.cover,
            time: stamp.token.as_ref().ok().map(Token::time),
            conclusion: verdict.conclusion(),
            sentence,
            path,
            control_time: verdict.control_time,
        },
    }
}

/// What a time-stamp of this kind and place covers (TS 119 182-1 §5.3.4, §5.3.6.2, §A.1.5).
fn prove(
    transmitted: &Transmitted,
    examined: &Examined,
    stamp: &ExaminedTimeStamp,
    at: Timestamp,
    proofs: &mut ProofsOfExistence,
) {
    let before = stamp
        .place
        .and_then(|place| transmitted.unsigned.properties.get(..place))
        .unwrap_or_default();
    match stamp.kind {
        // Payload or references, and nothing of the signature.
        TimeStampKind::Content | TimeStampKind::References => {}
        TimeStampKind::Signature => value(transmitted, examined, at, proofs),
        TimeStampKind::SignatureAndReferences => {
            value(transmitted, examined, at, proofs);
            before
                .iter()
                .filter(|property| property.name == "sigTst")
                .flat_map(UnsignedProperty::objects)
                .for_each(|object| proofs.add(&object, at));
        }
        TimeStampKind::Archive => {
            signature(transmitted, at, proofs);
            before
                .iter()
                .flat_map(UnsignedProperty::objects)
                .for_each(|object| proofs.add(&object, at));
            let tokens = examined
                .time_stamps
                .iter()
                .filter(|other| other.place < stamp.place);
            for token in tokens.filter_map(|other| other.token.as_ref().ok()) {
                // Of a content time-stamp, which is no property.
                proofs.add(token.der(), at);
                for certificate in token.certificates() {
                    proofs.add(certificate.der(), at);
                }
            }
            for counter in examined.counter_signatures.iter().flatten() {
                if Some(counter.place) < stamp.place {
                    whole(&counter.transmitted, &counter.examined, at, proofs);
                }
            }
        }
    }
}

/// A signature's value. Where it verifies it covers what it was made on: its header with the certificates. Where it does
/// not, anybody may have put another header beside it.
fn value(transmitted: &Transmitted, examined: &Examined, at: Timestamp, proofs: &mut ProofsOfExistence) {
    if examined.integrity.is_ok() {
        signature(transmitted, at, proofs);
    } else {
        proofs.add(transmitted.signature.as_bytes(), at);
    }
}

/// Value and header, both covered.
fn signature(transmitted: &Transmitted, at: Timestamp, proofs: &mut ProofsOfExistence) {
    proofs.add(transmitted.signature.as_bytes(), at);
    for certificate in &transmitted.signed.certificates {
        proofs.add(certificate.der(), at);
    }
}

/// A counter-signature with all that stands in it.
fn whole(transmitted: &Transmitted, examined: &Examined, at: Timestamp, proofs: &mut ProofsOfExistence) {
    signature(transmitted, at, proofs);
    for property in &transmitted.unsigned.properties {
        for object in property.objects() {
            proofs.add(&object, at);
        }
    }
    for token in examined
        .time_stamps
        .iter()
        .filter_map(|stamp| stamp.token.as_ref().ok())
    {
        for certificate in token.certificates() {
            proofs.add(certificate.der(), at);
        }
    }
    for counter in examined.counter_signatures.iter().flatten() {
        whole(&counter.transmitted, &counter.examined, at, proofs);
    }
}

/// What the proven times say of the signature.
pub(super) struct Timed {
    pub(super) checks: Vec<Check>,
    /// What no proof mends.
    pub(super) failure: Option<Failure>,
}

/// Order of the time-stamps, and what a proven time contradicts (§5.3.4, §5.5.4, §5.6.3.4).
pub(super) fn judge(
    judging: &Judging<'_>,
    stamps: &[Stamp],
    basic: &mut Basic,
    proven: Option<Timestamp>,
) -> Timed {
    let mut checks = Vec::new();
    let mut failure = None;
    if stamps.iter().any(|stamp| stamp.proves.is_some()) {
        failure = disorder(judging, stamps);
        checks.push(check(
            "time-stamp-order",
            failure.as_ref(),
            "time-stamps are in order",
        ));
    }
    // §5.3.4: the content existed before it was signed; the newest proof of that counts.
    let content = stamps
        .iter()
        .filter(|stamp| stamp.report.kind == TimeStampKind::Content)
        .filter_map(|stamp| stamp.proves)
        .max();
    if let Some(content) = content {
        basic.failure = basic
            .failure
            .take()
            .map(|open| contradicted(open, content, judging));
    }
    if let (Some(proven), Some(leaf)) = (proven, &judging.examined.certificate)
        && failure.is_none()
        && proven < leaf.not_before()
    {
        failure = Some(Failure::NotYetValid {
            subject: leaf.subject().label(),
            not_before: leaf.not_before(),
            proven,
        });
        checks.push(check("certificate-began", failure.as_ref(), ""));
    }
    Timed { checks, failure }
}

fn check(name: &'static str, failure: Option<&Failure>, sentence: &str) -> Check {
    Check {
        block: Block::TimeStamps,
        name,
        outcome: if failure.is_some() {
            Outcome::Failed
        } else {
            Outcome::Passed
        },
        sub_indication: failure.map(Failure::sub_indication),
        sentence: failure.map_or_else(|| sentence.to_owned(), Failure::to_string),
    }
}

/// A time-stamp that covers another is not older than it, as far as the clocks of their units are accurate (RFC 3161
/// §2.4.2). Only proven times count.
fn disorder(judging: &Judging<'_>, stamps: &[Stamp]) -> Option<Failure> {
    let examined = &judging.examined.time_stamps;
    // By place: content time-stamps were signed, and stand before all.
    let mut proven: Vec<_> = stamps
        .iter()
        .zip(examined)
        .filter_map(|(stamp, examined)| {
            let at = stamp.proves?;
            let accuracy = examined.token.as_ref().ok().and_then(Token::accuracy);
            let tolerance = accuracy.map_or(MOST_INACCURATE, |Accuracy(seconds)| {
                seconds.clamp(MOST_ACCURATE, MOST_INACCURATE)
            });
            Some((stamp.report.place, stamp.report.kind, at, tolerance))
        })
        .collect();
    proven.sort_by_key(|(place, ..)| *place);
    for (index, (place, kind, at, tolerance)) in proven.iter().enumerate() {
        for (other_place, other_kind, other_at, other_tolerance) in proven.iter().skip(index + 1) {
            let covers = match other_kind {
                TimeStampKind::Signature => *kind == TimeStampKind::Content,
                TimeStampKind::SignatureAndReferences => {
                    matches!(kind, TimeStampKind::Content | TimeStampKind::Signature)
                }
                TimeStampKind::Archive => other_place > place,
                TimeStampKind::Content | TimeStampKind::References => false,
            };
            let latest = other_at
                .saturating_add(*tolerance)
                .and_then(|at| at.saturating_add(*other_tolerance))
                .unwrap_or(Timestamp::MAX);
            if covers && *at > latest {
                return Some(Failure::Order {
                    earlier: format!("{} of {at}", kind.name()),
                    later: format!("{} of {other_at}", other_kind.name()),
                });
            }
        }
    }
    None
}

/// A failure that proofs could mend, where the content is proven to be younger: then nothing mends it.
fn contradicted(failure: Failure, content: Timestamp, judging: &Judging<'_>) -> Failure {
    match failure {
        Failure::Revoked {
            subject,
            at,
            ca: false,
            ..
        } if content > at => Failure::RevokedBefore { subject, at, content },
        Failure::OutOfBounds { .. } => match &judging.examined.certificate {
            Some(leaf) if content > leaf.not_after() => Failure::ExpiredBefore {
                subject: leaf.subject().label(),
                not_after: leaf.not_after(),
                content,
            },
            _ => failure,
        },
        Failure::Algorithm {
            object,
            algorithm,
            end: Some(end),
            ..
        } if content >= end => Failure::Algorithm {
            object,
            algorithm,
            end: Some(end),
            proven_after: true,
        },
        other => other,
    }
}
