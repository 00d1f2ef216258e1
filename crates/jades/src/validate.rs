//! Validating: format, signing certificate, cryptography, claimed time. Chains are `pki`'s and the caller's.
use crate::{
    document::SignedProperties,
    report::Block,
    validation::{
        Rules,
        header::{Misfit, broken_for_credentials, check_claimed_time, check_key},
    },
};
use jiff::Timestamp;
use procura_ades::{Conclusion, Indication, SubIndication};
use procura_jose::{AlgorithmSet, CompactJws, Header, Understood, json::Limits, jws::JwsError};
use procura_pki::{Certificate, CertificatePool};

/// A credential with its chain is some 10 KiB.
const LIMITS: Limits = Limits {
    size: 512 * 1024,
    depth: 16,
};

/// Rules about the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// TS 119 182-1 V1.2.1 B-B: exactly one certificate reference (`x5t#S256`), `iat`, `x5c`; `sigT` refused.
    Credential,
    /// [`Profile::Credential`] plus `sigT` where signed before 2025-07-15.
    Strict,
    /// What deployed DOME peers send: `x5c` only, or `sigT` at any date. Off by default; flagged.
    Deployed,
}

/// Why a signature was refused, with the indication of EN 319 102-1 by [`SignatureError::indication`].
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum SignatureError {
    /// Format or header.
    #[error("format: {0}")]
    Format(String),
    /// No usable signing certificate: missing, unreadable, or not the one that is referred to.
    #[error("signing certificate: {0}")]
    SigningCertificate(String),
    /// The signature value.
    #[error("the signature does not verify by the signing certificate")]
    Cryptography,
    /// Claimed time missing, in the future, or outside of the certificate's validity.
    #[error("claimed signing time: {0}")]
    ClaimedTime(String),
    /// Algorithm or key size is not acceptable at this time.
    #[error("algorithm: {0}")]
    Algorithm(String),
}

impl SignatureError {
    /// The indication.
    pub fn indication(&self) -> (Indication, SubIndication) {
        let sub_indication = match self {
            Self::Format(_) => SubIndication::FormatFailure,
            Self::SigningCertificate(_) => SubIndication::NoSigningCertificateFound,
            Self::Cryptography => SubIndication::SigCryptoFailure,
            Self::ClaimedTime(_) => SubIndication::SigConstraintsFailure,
            Self::Algorithm(_) => SubIndication::CryptoConstraintsFailureNoPoe,
        };
        (sub_indication.indication(), sub_indication)
    }

    /// The same as a conclusion.
    pub fn conclusion(&self) -> Conclusion {
        self.indication().1.into()
    }
}

/// A signature whose format, signing certificate, value and claimed time hold. Says nothing yet of trust.
#[derive(Clone, Debug)]
pub struct Signature {
    /// The JWS.
    pub jws: CompactJws,
    /// The signing certificate (`x5c[0]`, designated by x5t#S256).
    pub certificate: Certificate,
    /// The other certificates of `x5c`: candidates for the path, never anchors.
    pub others: Vec<Certificate>,
    /// `iat`: a claim, not evidence.
    pub claimed_time: Option<Timestamp>,
    /// Deviations that the profile tolerated, in words.
    pub tolerated: Vec<String>,
}

impl Signature {
    /// The payload that was signed.
    pub fn payload(&self) -> &[u8] {
        // Made by `validate` alone, after the signature was verified.
        self.jws.unverified_payload()
    }

    /// What depends on the time of validation, for a signature that was validated at another: that algorithm and key
    /// are acceptable at `now`, and that the claimed time is not in the future of it.
    ///
    /// # Errors
    /// Those of [`validate`] for these rules.
    pub fn check_at(&self, now: Timestamp) -> Result<(), SignatureError> {
        check_acceptable(&self.jws.header, &self.certificate, now)?;
        match self.claimed_time {
            Some(claimed) => {
                check_claimed_time(claimed, &self.certificate, now).map_err(SignatureError::ClaimedTime)
            }
            None => Ok(()),
        }
    }

    /// `typ`, for the caller to compare with what it expects.
    pub fn typ(&self) -> Option<&str> {
        self.jws.header.typ.as_deref()
    }
}

/// Validates a compact JAdES at `now` (skew 60 s on the claimed time), in this order: format and header, signing
/// certificate, algorithm and key size, signature value, claimed time.
pub fn validate(
    text: &str,
    profile: Profile,
    allowed: &AlgorithmSet,
    now: Timestamp,
) -> Result<Signature, SignatureError> {
    validate_with(&CertificatePool::default(), text, profile, allowed, now)
}

/// [`validate`], with certificates that are met again and again taken from `pool` instead of being read anew.
pub fn validate_with(
    pool: &CertificatePool,
    text: &str,
    profile: Profile,
    allowed: &AlgorithmSet,
    now: Timestamp,
) -> Result<Signature, SignatureError> {
    if text.trim_start().starts_with('{') {
        return Err(format(
            "a JSON serialisation; only the compact form is accepted here",
        ));
    }
    let rules = Rules::from(profile);
    let understood = if rules.accepts_sig_t() {
        Understood(&["sigT"])
    } else {
        Understood(&[])
    };
    let jws = CompactJws::parse(text, understood, LIMITS).map_err(refusal)?;
    let header = &jws.header;
    let mut deviations = Vec::new();
    let signed = SignedProperties::read(pool, &header.members, &mut deviations);
    let broken = broken_for_credentials(rules, &header.members, &signed);
    let refused = |block: Block| {
        let deviation = deviations
            .iter()
            .find(|deviation| deviation.block() == block && !rules.tolerates(deviation));
        let rule = broken.iter().find(|broken| broken.block == block);
        match (deviation, rule) {
            (Some(deviation), _) => Err(refused(deviation.sub_indication(), deviation.to_string())),
            (None, Some(rule)) => Err(refused(rule.sub_indication, rule.sentence.to_owned())),
            (None, None) => Ok(()),
        }
    };
    if !allowed.contains(header.alg) {
        return Err(format(JwsError::NotAllowed(header.alg.name()).to_string()));
    }
    refused(Block::Format)?;
    refused(Block::SigningCertificate)?;
    let Some((certificate, others)) = signed.certificates.split_first() else {
        return Err(SignatureError::SigningCertificate(
            "x5c is missing or empty".to_owned(),
        ));
    };
    check_key(header.alg, certificate, allowed).map_err(|misfit| match misfit {
        Misfit::Kind(why) => SignatureError::SigningCertificate(why),
        Misfit::TooShort(why) => SignatureError::Algorithm(why),
    })?;
    check_acceptable(header, certificate, now)?;
    let verified = certificate
        .public_key()
        .is_ok_and(|key| jws.verify(key, allowed).is_ok());
    if !verified {
        return Err(SignatureError::Cryptography);
    }
    refused(Block::Acceptance)?;
    if let Some(claimed) = signed.claimed_time {
        check_claimed_time(claimed, certificate, now).map_err(SignatureError::ClaimedTime)?;
    }
    let tolerated = deviations.iter().map(ToString::to_string).collect();
    let (certificate, others, claimed_time) = (certificate.clone(), others.to_vec(), signed.claimed_time);
    Ok(Signature {
        jws,
        certificate,
        others,
        claimed_time,
        tolerated,
    })
}

fn refused(sub_indication: SubIndication, why: String) -> SignatureError {
    match sub_indication {
        SubIndication::NoSigningCertificateFound => SignatureError::SigningCertificate(why),
        SubIndication::SigConstraintsFailure => SignatureError::ClaimedTime(why),
        _ => SignatureError::Format(why),
    }
}

fn format(why: impl Into<String>) -> SignatureError {
    SignatureError::Format(why.into())
}

fn refusal(error: JwsError) -> SignatureError {
    match error {
        JwsError::Parameter(name @ ("x5c" | "x5t#S256")) => {
            SignatureError::SigningCertificate(format!("header parameter {name} is malformed"))
        }
        error => format(error.to_string()),
    }
}

fn check_acceptable(
    header: &Header,
    certificate: &Certificate,
    now: Timestamp,
) -> Result<(), SignatureError> {
    match certificate.public_key() {
        Ok(key) if procura_ades::acceptable(key, header.alg.scheme(), now) => Ok(()),
        Ok(key) => Err(SignatureError::Algorithm(format!(
            "{} with a key of {} bits is not acceptable at {now}",
            header.alg.name(),
            key.bits()
        ))),
        Err(error) => Err(SignatureError::SigningCertificate(format!("x5c[0]: {error}"))),
    }
}
