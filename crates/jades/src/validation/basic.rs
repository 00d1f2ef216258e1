//! Basic signature validation at the validation time (EN 319 102-1 §5.3).
use super::{
    Algorithms, Judging, Validation,
    header::{self, Misfit},
};
use crate::{
    document::{Mechanism, Serialisation},
    report::{Block, Check, Outcome},
};
use base64::Engine as _;
use procura_ades::{
    Acceptance, SubIndication,
    validation::{Failure, Judged, Purpose, certificate},
};
use procura_jose::base64url;
use serde_json::Value;

/// What the checks found, and what is still to be decided by proofs of existence.
#[derive(Default)]
pub(super) struct Basic {
    /// Every check, in its order.
    pub(super) checks: Vec<Check>,
    /// The first failure that nothing mends.
    pub(super) refused: Option<(SubIndication, String)>,
    /// Of path, revocation and algorithms the first failure.
    pub(super) failure: Option<Failure>,
    /// The certificate, judged.
    pub(super) certificate: Option<Judged>,
    /// What the signature itself rests on.
    pub(super) algorithms: Algorithms,
}

impl Basic {
    pub(super) fn of(judging: &Judging<'_>) -> Self {
        let mut basic = Self::default();
        basic.format(judging);
        basic.signing_certificate(judging);
        basic.signature_policy(judging);
        // A signature that is not one is not worth a search for a path.
        if basic.refused.is_none() {
            basic.cryptography(judging);
        } else {
            basic.not_reached(Block::Cryptography, "signature-value");
        }
        if basic.refused.is_none() {
            basic.path(judging);
            basic.acceptance(judging);
        } else {
            basic.not_reached(Block::Certificate, "certificate-path");
            basic.not_reached(Block::Acceptance, "claimed-time");
        }
        basic
    }

    /// Whether everything that a signature is relied on for was seen to hold at the validation time.
    pub(super) fn holds(&self, judging: &Judging<'_>) -> bool {
        let path = self
            .certificate
            .as_ref()
            .is_some_and(|judged| judged.result.is_ok());
        let relied_on = |(_, acceptance): &(String, Acceptance)| acceptance.at(judging.validation.now);
        judging.examined.integrity.is_ok()
            && path
            && !self.algorithms.is_empty()
            && self.algorithms.iter().all(relied_on)
            && self.refused.is_none()
            && self.failure.is_none()
    }

    fn passed(&mut self, block: Block, name: &'static str, sentence: impl Into<String>) {
        self.checks.push(Check {
            block,
            name,
            outcome: Outcome::Passed,
            sub_indication: None,
            sentence: sentence.into(),
        });
    }

    fn not_reached(&mut self, block: Block, name: &'static str) {
        self.checks.push(Check {
            block,
            name,
            outcome: Outcome::NotReached,
            sub_indication: None,
            sentence: "not asked: a check before it failed".to_owned(),
        });
    }

    fn failed(
        &mut self,
        block: Block,
        name: &'static str,
        sub_indication: SubIndication,
        sentence: impl Into<String>,
    ) {
        let sentence = sentence.into();
        self.refused
            .get_or_insert_with(|| (sub_indication, sentence.clone()));
        self.checks.push(Check {
            block,
            name,
            outcome: Outcome::Failed,
            sub_indication: Some(sub_indication),
            sentence,
        });
    }

    /// A failure that an older proof may mend.
    fn open(&mut self, block: Block, name: &'static str, failure: Failure) {
        if !failure.is_mended_by_proof() {
            return self.failed(block, name, failure.sub_indication(), failure.to_string());
        }
        self.checks.push(Check {
            block,
            name,
            outcome: Outcome::Failed,
            sub_indication: Some(failure.sub_indication()),
            sentence: failure.to_string(),
        });
        self.failure.get_or_insert(failure);
    }

    /// Every broken rule of a block, tolerated or not.
    fn deviations(&mut self, judging: &Judging<'_>, block: Block) {
        let rules = judging.validation.rules;
        let around = judging.document.deviations.iter().filter(|_| !judging.counter);
        let mut sound = true;
        for deviation in around.chain(&judging.transmitted.deviations) {
            if deviation.block() != block {
                continue;
            }
            sound = false;
            if rules.tolerates(deviation) {
                self.checks.push(Check {
                    block,
                    name: deviation.name(),
                    outcome: Outcome::Tolerated,
                    sub_indication: Some(deviation.sub_indication()),
                    sentence: deviation.to_string(),
                });
            } else {
                self.failed(
                    block,
                    deviation.name(),
                    deviation.sub_indication(),
                    deviation.to_string(),
                );
            }
        }
        if sound {
            let (name, sentence) = match block {
                Block::Format => ("format", "the document and its header are well-formed"),
                Block::SigningCertificate => (
                    "one-certificate-reference",
                    "exactly one signed reference names the signing certificate",
                ),
                _ => ("one-claimed-time", "exactly one signing time is claimed"),
            };
            self.passed(block, name, sentence);
        }
    }

    fn format(&mut self, judging: &Judging<'_>) {
        const FAILED: SubIndication = SubIndication::FormatFailure;
        self.deviations(judging, Block::Format);
        let transmitted = judging.transmitted;
        let signed = &transmitted.signed;
        if let Some(algorithm) = signed.algorithm {
            if judging.validation.algorithms.contains(algorithm) {
                self.passed(Block::Format, "algorithm", format!("alg is {}", algorithm.name()));
            } else {
                let sentence = format!("alg {} is not allowed here", algorithm.name());
                self.failed(Block::Format, "algorithm", FAILED, sentence);
            }
        }
        if judging.counter && transmitted.header.contains_key("cty") {
            // TS 119 182-1 §5.1.3
            self.failed(
                Block::Format,
                "no-content-type",
                FAILED,
                "cty in a counter-signature",
            );
        }
        if !judging.validation.rules.is_credentials_only() || judging.counter {
            return;
        }
        let bare = [
            (
                judging.document.serialisation == Serialisation::Compact,
                "compact",
                "a JSON serialisation; only the compact form is accepted here",
            ),
            (
                transmitted.payload.is_some(),
                "attached",
                "the payload is detached",
            ),
            (
                transmitted.unsigned.form.is_none(),
                "nothing-unsigned",
                "unsigned properties do not belong here",
            ),
        ];
        for (holds, name, sentence) in bare {
            if !holds {
                self.failed(Block::Format, name, FAILED, sentence);
            }
        }
        self.credentials(judging, Block::Format);
    }

    /// Rules of a credential's seal.
    fn credentials(&mut self, judging: &Judging<'_>, block: Block) {
        let rules = judging.validation.rules;
        if !rules.is_credentials_only() || judging.counter {
            return;
        }
        let transmitted = judging.transmitted;
        for broken in header::broken_for_credentials(rules, &transmitted.header, &transmitted.signed) {
            if broken.block == block {
                self.failed(block, broken.name, broken.sub_indication, broken.sentence);
            }
        }
    }

    fn signing_certificate(&mut self, judging: &Judging<'_>) {
        const BLOCK: Block = Block::SigningCertificate;
        const FAILED: SubIndication = SubIndication::NoSigningCertificateFound;
        self.deviations(judging, BLOCK);
        self.credentials(judging, BLOCK);
        let Some(certificate) = &judging.examined.certificate else {
            let sentence = "no certificate is at hand that the signed reference names";
            return self.failed(BLOCK, "signing-certificate", FAILED, sentence);
        };
        self.passed(
            BLOCK,
            "signing-certificate",
            format!("signed by {}", certificate.subject().label()),
        );
        let Some(algorithm) = judging.transmitted.signed.algorithm else {
            return;
        };
        match header::check_key(algorithm, certificate, judging.validation.algorithms) {
            Ok(()) => {}
            Err(Misfit::Kind(sentence)) => self.failed(BLOCK, "key-fits-algorithm", FAILED, sentence),
            Err(Misfit::TooShort(sentence)) => {
                let failed = SubIndication::CryptoConstraintsFailureNoPoe;
                self.failed(BLOCK, "key-size", failed, sentence);
            }
        }
    }

    /// `sigPId` and `sigPSt`: a policy that stands with its digest must be the one that was signed (§5.2.4).
    fn signature_policy(&mut self, judging: &Judging<'_>) {
        const BLOCK: Block = Block::SignaturePolicy;
        const NAME: &str = "signature-policy";
        let Some(policy) = judging.transmitted.header.get("sigPId") else {
            return;
        };
        let by_specification = policy.get("digPSp").and_then(Value::as_bool) == Some(true);
        let digest = policy
            .get("digAlg")
            .and_then(Value::as_str)
            .and_then(crate::document::digest_by_name)
            .filter(|_| !by_specification);
        let value = policy
            .get("digVal")
            .and_then(Value::as_str)
            .and_then(base64url::decode);
        let mut stored = judging
            .transmitted
            .unsigned
            .of("sigPSt")
            .filter_map(|(_, store)| {
                let text = store.value.get("sigPolDoc")?.as_str()?;
                base64::engine::general_purpose::STANDARD.decode(text).ok()
            });
        let matches = |document: Vec<u8>| digest.is_some_and(|digest| value == Some(digest.of(&document)));
        if stored.any(matches) {
            return self.passed(
                BLOCK,
                NAME,
                "the policy in the signature is the one that was signed",
            );
        }
        // The store is not signed: whoever adds another document must not fail what is.
        self.checks.push(Check {
            block: BLOCK,
            name: NAME,
            outcome: Outcome::Tolerated,
            sub_indication: Some(SubIndication::SignaturePolicyNotAvailable),
            sentence: "a signature policy is named that is not at hand; none of its rules is applied"
                .to_owned(),
        });
    }

    /// `exp` is no claim of a credential; where it is critical it is observed (RFC 7515 §4.1.11).
    fn expiry(&mut self, judging: &Judging<'_>) {
        let header = &judging.transmitted.header;
        let critical = header
            .get("crit")
            .and_then(Value::as_array)
            .is_some_and(|names| names.iter().any(|name| name == "exp"));
        if !critical {
            return;
        }
        let now = judging.validation.now.as_second();
        if header
            .get("exp")
            .and_then(Value::as_i64)
            .is_none_or(|end| end <= now)
        {
            self.failed(
                Block::Acceptance,
                "critical-expiry",
                SubIndication::SigConstraintsFailure,
                "exp is critical, and has passed or is malformed",
            );
        }
    }

    fn cryptography(&mut self, judging: &Judging<'_>) {
        const BLOCK: Block = Block::Cryptography;
        match &judging.examined.integrity {
            Ok(()) => self.passed(
                BLOCK,
                "signature-value",
                "the signature verifies by the signing certificate",
            ),
            Err(sub_indication) => {
                let (name, sentence) = match sub_indication {
                    SubIndication::SignedDataNotFound => ("signed-data", "what was signed is not at hand"),
                    SubIndication::HashFailure => ("signed-data", "what is at hand is not what was signed"),
                    SubIndication::FormatFailure => {
                        ("signed-data", "a payload stands beside a reference to another")
                    }
                    _ => (
                        "signature-value",
                        "the signature does not verify by the signing certificate",
                    ),
                };
                self.failed(BLOCK, name, *sub_indication, sentence);
            }
        }
    }

    fn path(&mut self, judging: &Judging<'_>) {
        const BLOCK: Block = Block::Certificate;
        let Some(leaf) = &judging.examined.certificate else {
            return;
        };
        let judged = certificate::validate(judging.context, Purpose::Signatures, leaf);
        match &judged.result {
            Ok(()) => {
                let anchor = judged
                    .path
                    .as_ref()
                    .map_or_else(String::new, |path| path.anchor.0.subject().label());
                let sentence = format!("it leads to {anchor}, and nothing on the way is revoked");
                self.passed(BLOCK, "certificate-path", sentence);
            }
            Err(failure) => self.open(BLOCK, name_of(failure), failure.clone()),
        }
        self.certificate = Some(judged);
    }

    /// The data that the caller gave are the signed ones (§5.2.7): none of them beside.
    fn objects(&mut self, judging: &Judging<'_>) {
        const NAME: &str = "objects-signed";
        const FAILED: SubIndication = SubIndication::SigConstraintsFailure;
        let Validation { rules, objects, .. } = judging.validation;
        if judging.counter {
            return;
        }
        let Some(beside) = judging.document.unsigned_object(objects) else {
            return;
        };
        let sentence = format!("no signature is on what was brought with it: {beside}");
        if rules.tolerates_unsigned_objects() {
            self.checks.push(Check {
                block: Block::Acceptance,
                name: NAME,
                outcome: Outcome::Tolerated,
                sub_indication: Some(FAILED),
                sentence,
            });
        } else {
            self.failed(Block::Acceptance, NAME, FAILED, sentence);
        }
    }

    fn acceptance(&mut self, judging: &Judging<'_>) {
        const BLOCK: Block = Block::Acceptance;
        self.deviations(judging, BLOCK);
        self.objects(judging);
        self.expiry(judging);
        let now = judging.validation.now;
        let signed = &judging.transmitted.signed;
        if let (Some(claimed), Some(certificate)) = (signed.claimed_time, &judging.examined.certificate) {
            match header::check_claimed_time(claimed, certificate, now) {
                Ok(()) => self.passed(
                    BLOCK,
                    "claimed-time",
                    format!("signed at {claimed}, as it claims"),
                ),
                Err(sentence) => self.failed(
                    BLOCK,
                    "claimed-time",
                    SubIndication::SigConstraintsFailure,
                    sentence,
                ),
            }
        }
        self.algorithms = algorithms(judging);
        let ended = self.algorithms.iter().find(|(_, acceptance)| !acceptance.at(now));
        match ended {
            None => self.passed(BLOCK, "algorithms", "its algorithms and key sizes are relied on"),
            Some((algorithm, acceptance)) => {
                let failure = Failure::Algorithm {
                    object: "the signature".to_owned(),
                    algorithm: algorithm.clone(),
                    end: acceptance.end(),
                    proven_after: false,
                };
                self.open(BLOCK, "algorithms", failure);
            }
        }
    }
}

/// The name of the check that a failure of the certificate belongs to.
fn name_of(failure: &Failure) -> &'static str {
    match failure {
        Failure::OutOfBounds { .. } => "certificate-validity",
        Failure::Revoked { .. } | Failure::OnHold { .. } | Failure::RevocationUnknown { .. } => "revocation",
        Failure::Purpose(_) => "certificate-purpose",
        Failure::Algorithm { .. } => "certificate-algorithms",
        _ => "certificate-path",
    }
}

/// The signature's own algorithm, and the digests by which it refers to certificate and objects.
fn algorithms(judging: &Judging<'_>) -> Algorithms {
    let catalogue = &judging.validation.policy.catalogue;
    let signed = &judging.transmitted.signed;
    let mut found = Vec::new();
    if let (Some(algorithm), Some(certificate)) = (signed.algorithm, &judging.examined.certificate) {
        let scheme = algorithm.scheme();
        let (bits, acceptance) = match certificate.public_key() {
            Ok(key) => (key.bits(), catalogue.acceptance(key, scheme)),
            Err(_) => (0, Acceptance::Never),
        };
        found.push((format!("{scheme} with {bits} bits"), acceptance));
    }
    for reference in &signed.references {
        let digest = reference.digest;
        found.push((format!("reference by {digest}"), catalogue.digest(digest)));
    }
    if let Some(Mechanism::ObjectIdByUriHash { digest, .. }) = &signed.detached {
        found.push((format!("objects by {digest}"), catalogue.digest(*digest)));
    }
    found
}
