//! Validation by profile: what an examined document is worth to whom, at which time (EN 319 102-1 §5.2 to §5.6).
//!
//! Each signature is judged on its own and ends in its own conclusion, with every check in its order. What stands in
//! the document (`x5c`, `xVals`, `rVals`, tokens' certificates) are candidates; anchors come from the caller alone, bound
//! to their purpose. Nothing is fetched.
mod basic;
pub(crate) mod header;
mod proofs;
mod rules;

pub use rules::Rules;

use crate::{
    budget::BudgetExceeded,
    document::{Document, Objects, ReadError, Transmitted},
    examine::{CounterSignature, Examined, Level},
    report::{
        Block, CertificateClaims, CertificateFacts, Check, Outcome, Report, RevocationFacts, SignatureReport,
    },
};
use basic::Basic;
use jiff::Timestamp;
use procura_ades::{
    Acceptance, Conclusion, ProofsOfExistence, SubIndication, Token,
    validation::{Anchors, Context, Failure, Judged, Policy, Purpose, StatusOf, certificate, past},
};
use procura_crypto::digest::hexadecimal;
use procura_jose::AlgorithmSet;
use procura_pki::{Certificate, Path, RevocationData};
use std::collections::HashSet;

/// What to validate by. Everything that a validation depends on stands here: the same gives the same report for ever.
#[derive(Clone, Debug)]
pub struct Validation<'a> {
    /// Which broken rules are tolerated.
    pub rules: Rules,
    /// The validation time.
    pub now: Timestamp,
    /// Which algorithms are accepted at all.
    pub algorithms: &'a AlgorithmSet,
    /// What is demanded of certificates, revocation data and algorithms.
    pub policy: &'a Policy,
    /// Whom to trust for what.
    pub anchors: &'a Anchors,
    /// More candidates for paths.
    pub certificates: &'a [Certificate],
    /// Revocation data from elsewhere.
    pub revocation: &'a [RevocationData],
    /// What detached signatures refer to.
    pub objects: &'a Objects,
}

impl Validation<'_> {
    /// Reads and validates a document. What cannot be read is a report as well: `FORMAT_FAILURE`.
    #[must_use]
    pub fn of_bytes(&self, document: &[u8]) -> Report {
        match Document::read(document) {
            Ok(document) => self.of(&document),
            Err(error) => Report::unreadable(error, self.now, self.rules.name()),
        }
    }

    /// Validates every signature of a document, each on its own and within its own bounds. Of one that exceeds them nothing
    /// is concluded but that: INDETERMINATE, with the bound.
    #[must_use]
    pub fn of(&self, document: &Document) -> Report {
        let signatures = document.signatures.iter();
        let judged = signatures.map(|signature| {
            let judged = signature.as_ref().map_err(Clone::clone);
            let judged = judged.and_then(|transmitted| self.signature(document, transmitted));
            judged.unwrap_or_else(|error| not_judged(&error, self.now))
        });
        Report {
            validation_time: self.now,
            profile: self.rules.name(),
            serialisation: Some(document.serialisation),
            unreadable: None,
            signatures: judged.collect(),
        }
    }

    fn signature(
        &self,
        document: &Document,
        transmitted: &Transmitted,
    ) -> Result<SignatureReport, ReadError> {
        let examined = Examined::alone(transmitted, self.objects)?;
        let material = Material::of(self, transmitted, &examined);
        let context = Context::new(
            self.now,
            self.policy,
            self.anchors,
            &material.certificates,
            &material.revocation,
        )
        .map_err(|failure| match failure {
            Failure::Budget(bound) => BudgetExceeded(bound),
            _ => BudgetExceeded("a validation takes"),
        })?;
        let judging = Judging {
            validation: self,
            context: &context,
            document,
            transmitted,
            examined: &examined,
            counter: false,
        };
        let report = judging.judge(&mut ProofsOfExistence::new(self.now));
        match context.exhausted() {
            Some(bound) => Err(BudgetExceeded(bound).into()),
            None => Ok(report),
        }
    }
}

/// Candidates for one signature: never trusted, extras do no harm. The caller's come first; then those of the signature
/// and after them those of its counter-signatures, in each what was signed, what was added, and what units put into tokens
/// that verify. All of them or, beyond the bounds, none: what were left out could be what matters.
struct Material {
    certificates: Vec<Certificate>,
    revocation: Vec<RevocationData>,
}

impl Material {
    fn of(validation: &Validation<'_>, transmitted: &Transmitted, examined: &Examined) -> Self {
        let all = tree(transmitted, examined);
        let of_all = all.iter().flat_map(|(one, examined)| {
            let stamps = examined.time_stamps.iter().filter(|stamp| stamp.signer.is_ok());
            let tokens = stamps.filter_map(|stamp| stamp.token.as_ref().ok());
            one.signed
                .certificates
                .iter()
                .chain(&one.unsigned.certificates)
                .chain(tokens.flat_map(Token::certificates))
        });
        let mut seen = HashSet::new();
        let certificates = validation
            .certificates
            .iter()
            .chain(of_all)
            .filter(|certificate| seen.insert(certificate.sha256()))
            .cloned()
            .collect();
        let mut seen = HashSet::new();
        let revocation = validation
            .revocation
            .iter()
            .cloned()
            .chain(all.iter().flat_map(|(one, _)| one.unsigned.revocation_data()))
            .filter(|data| seen.insert(data.sha256()))
            .collect();
        Self {
            certificates,
            revocation,
        }
    }
}

/// A signature with the counter-signatures in it, outer ones first.
fn tree<'a>(transmitted: &'a Transmitted, examined: &'a Examined) -> Vec<(&'a Transmitted, &'a Examined)> {
    let mut all = vec![(transmitted, examined)];
    for counter in examined.counter_signatures.iter().flatten() {
        all.extend(tree(&counter.transmitted, &counter.examined));
    }
    all
}

/// One signature with what it is judged by.
#[derive(Clone, Copy)]
struct Judging<'a> {
    validation: &'a Validation<'a>,
    context: &'a Context<'a>,
    document: &'a Document,
    transmitted: &'a Transmitted,
    examined: &'a Examined,
    /// Whether it is a counter-signature.
    counter: bool,
}

impl Judging<'_> {
    fn judge(&self, proofs: &mut ProofsOfExistence) -> SignatureReport {
        let mut basic = Basic::of(self);
        let time_stamps = proofs::gather(self, proofs);
        let mut checks = core::mem::take(&mut basic.checks);
        let proven = proofs.proven(self.transmitted.signature.as_bytes());
        let best_signature_time = proofs.of(self.transmitted.signature.as_bytes());
        let time = proofs::judge(self, &time_stamps, &mut basic, proven);
        checks.extend(time.checks);
        let (conclusion, sentence, control_time, path) =
            self.conclude(&basic, proven, proofs, time.failure.as_ref(), &mut checks);
        let mut counter_signatures = Vec::new();
        for counter in &self.examined.counter_signatures {
            // What one counter-signature proves is nothing to its neighbours.
            counter_signatures.push(self.counter_signature(counter, &mut proofs.clone()));
        }
        SignatureReport {
            conclusion,
            sentence,
            level: self.examined.level,
            algorithm: self.transmitted.signed.algorithm,
            claimed_time: self.transmitted.signed.claimed_time,
            best_signature_time,
            time_is_proven: proven.is_some(),
            control_time,
            signer: self
                .examined
                .certificate
                .as_ref()
                .map(|certificate| certificate.subject().to_string()),
            claims: self.examined.certificate.as_ref().map(claims),
            path,
            objects: self.transmitted.signed.named(),
            checks,
            time_stamps: time_stamps.into_iter().map(|stamp| stamp.report).collect(),
            counter_signatures,
        }
    }

    fn counter_signature(
        &self,
        counter: &Result<CounterSignature, ReadError>,
        proofs: &mut ProofsOfExistence,
    ) -> SignatureReport {
        match counter {
            Ok(counter) => Judging {
                transmitted: &counter.transmitted,
                examined: &counter.examined,
                counter: true,
                ..*self
            }
            .judge(proofs),
            Err(error) => not_judged(error, self.validation.now),
        }
    }

    /// What the checks come to: of those that nothing mends the first, then what a proof of existence may mend.
    fn conclude(
        &self,
        basic: &Basic,
        proven: Option<Timestamp>,
        proofs: &ProofsOfExistence,
        time: Option<&Failure>,
        checks: &mut Vec<Check>,
    ) -> (Conclusion, String, Option<Timestamp>, Vec<CertificateFacts>) {
        let path = |judged: Option<&Judged>| match (judged, &self.examined.certificate) {
            (Some(judged), Some(certificate)) => told_path(judged, certificate),
            (None, Some(certificate)) => vec![facts(certificate, false)],
            _ => Vec::new(),
        };
        let now = path(basic.certificate.as_ref());
        if let Some((sub_indication, sentence)) = &basic.refused {
            return (Conclusion::from(*sub_indication), sentence.clone(), None, now);
        }
        if let Some(failure) = time {
            return (failure.sub_indication().into(), failure.to_string(), None, now);
        }
        let Some(failure) = &basic.failure else {
            // Passed is what was seen to hold, never what was not seen to fail.
            if !basic.holds(self) {
                let sentence = "not every check was made".to_owned();
                return (SubIndication::Custom.into(), sentence, None, now);
            }
            let path = basic.certificate.as_ref().and_then(|judged| judged.path.as_ref());
            if let (Some(proven), Some(path)) = (proven, path)
                && let Err(failure) = certificate::refuse_known(self.context, path, proven, Some(proofs))
            {
                checks.push(Check {
                    block: Block::Past,
                    name: "revocation",
                    outcome: Outcome::Failed,
                    sub_indication: Some(failure.sub_indication()),
                    sentence: failure.to_string(),
                });
                return (failure.sub_indication().into(), failure.to_string(), None, now);
            }
            return (Conclusion::PASSED, "the signature is valid".to_owned(), None, now);
        };
        let as_it_is = |now| (failure.sub_indication().into(), failure.to_string(), None, now);
        // Without a proof there is no past.
        let (Some(leaf), Some(proven), true) =
            (&self.examined.certificate, proven, failure.is_mended_by_proof())
        else {
            return as_it_is(now);
        };
        let subject = past::Subject {
            name: "the signature",
            leaf,
            proven,
            algorithms: &basic.algorithms,
        };
        match past::validate(self.context, Purpose::Signatures, &subject, proofs) {
            Ok(past) => {
                checks.push(Check {
                    block: Block::Past,
                    name: "past-signature-validation",
                    outcome: Outcome::Passed,
                    sub_indication: None,
                    sentence: format!(
                        "it existed at {proven}, and was valid then: path and revocation data vouch until {}",
                        past.control_time
                    ),
                });
                let sentence =
                    format!("the signature was valid when it is proven to have existed, at {proven}");
                let path = facts_of(&past.path, &past.statuses);
                (Conclusion::PASSED, sentence, Some(past.control_time), path)
            }
            Err(refused) => {
                checks.push(Check {
                    block: Block::Past,
                    name: "past-signature-validation",
                    outcome: Outcome::Failed,
                    sub_indication: Some(refused.sub_indication()),
                    sentence: refused.to_string(),
                });
                // §5.6.3.4: the past only mends, but for a certificate that was not yet valid.
                if matches!(refused, Failure::NotYetValid { .. }) {
                    return (refused.sub_indication().into(), refused.to_string(), None, now);
                }
                as_it_is(now)
            }
        }
    }
}

/// A signature that cannot be read, or that takes more than one may: nothing else is told of it.
fn not_judged(error: &ReadError, now: Timestamp) -> SignatureReport {
    let (name, sub_indication) = match error {
        ReadError::Budget(_) => ("bounds", SubIndication::Custom),
        _ => ("readable", SubIndication::FormatFailure),
    };
    let sentence = error.to_string();
    SignatureReport {
        conclusion: sub_indication.into(),
        sentence: sentence.clone(),
        level: Level::NotBaseline,
        algorithm: None,
        claimed_time: None,
        best_signature_time: now,
        time_is_proven: false,
        control_time: None,
        signer: None,
        claims: None,
        path: Vec::new(),
        objects: Vec::new(),
        checks: vec![Check {
            block: Block::Format,
            name,
            outcome: Outcome::Failed,
            sub_indication: Some(sub_indication),
            sentence,
        }],
        time_stamps: Vec::new(),
        counter_signatures: Vec::new(),
    }
}

fn claims(certificate: &Certificate) -> CertificateClaims {
    CertificateClaims {
        statements: certificate.qc_statements().clone(),
        organization_identifier: certificate
            .organization_identifier()
            .ok()
            .flatten()
            .map(|identifier| identifier.to_string()),
    }
}

/// What is told of a certificate.
fn facts(certificate: &Certificate, anchor: bool) -> CertificateFacts {
    CertificateFacts {
        subject: certificate.subject().label(),
        issuer: certificate.issuer().label(),
        serial: hexadecimal(certificate.serial()),
        sha256: hexadecimal(&certificate.sha256()),
        not_before: certificate.not_before(),
        not_after: certificate.not_after(),
        anchor,
        revocation: None,
    }
}

fn told_path(judged: &Judged, leaf: &Certificate) -> Vec<CertificateFacts> {
    match &judged.path {
        Some(path) => facts_of(path, &judged.statuses),
        None => vec![facts(leaf, false)],
    }
}

/// A path with what the revocation data that decided told of it.
fn facts_of(path: &Path, statuses: &[StatusOf]) -> Vec<CertificateFacts> {
    let mut told: Vec<CertificateFacts> = Vec::new();
    for certificate in certificate::used(path) {
        let anchor = *certificate == path.anchor.0;
        // Where the leaf is the anchor itself it stands once.
        if told
            .last()
            .is_some_and(|last| last.sha256 == hexadecimal(&certificate.sha256()))
        {
            continue;
        }
        let statement = statuses
            .iter()
            .find(|status| status.certificate == *certificate)
            .and_then(|status| status.statement.as_ref());
        told.push(CertificateFacts {
            revocation: statement.map(|statement| RevocationFacts {
                source: statement.source,
                sha256: hexadecimal(&statement.sha256),
                made_by: match &statement.responder {
                    Some(responder) => responder.subject().label(),
                    None => certificate.issuer().label(),
                },
                status: statement.status.clone(),
                this_update: statement.this_update,
                next_update: statement.next_update,
            }),
            ..facts(certificate, anchor)
        });
    }
    told
}

/// Until when the algorithms of a signature are relied on, named for a sentence.
type Algorithms = Vec<(String, Acceptance)>;
