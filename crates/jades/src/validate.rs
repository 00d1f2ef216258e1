//! Validating: format, signing certificate, cryptography, claimed time. Chains are `pki`'s and the caller's.
use crate::time;
use jiff::{SignedDuration, Timestamp};
use procura_ades::{Conclusion, Indication, SubIndication};
use procura_crypto::{PublicKey, Scheme};
use procura_jose::{AlgorithmSet, CompactJws, Header, Understood, json::Limits, jws::JwsError};
use procura_pki::{Certificate, CertificatePool};

/// Clocks differ.
const SKEW: SignedDuration = SignedDuration::from_secs(60);
/// Longer than any chain of the trusted lists.
const MAX_CERTIFICATES: usize = 16;
/// Smallest RSA modulus in bits for what is newly relied on.
const MIN_RSA_BITS: usize = 2048;
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
            Some(claimed) => check_claimed_time(claimed, &self.certificate, now),
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
    let understood = match profile {
        Profile::Credential => Understood(&[]),
        Profile::Strict | Profile::Deployed => Understood(&["sigT"]),
    };
    let jws = CompactJws::parse(text, understood, LIMITS).map_err(refusal)?;
    let mut tolerated = Vec::new();
    check_header(&jws.header, profile, allowed, &mut tolerated)?;
    let (certificate, others) = certificates(pool, &jws.header, profile, &mut tolerated)?;
    check_key(&jws.header, &certificate, allowed, now)?;
    let verified = certificate
        .public_key()
        .is_ok_and(|key| jws.verify(key, allowed).is_ok());
    if !verified {
        return Err(SignatureError::Cryptography);
    }
    let claimed_time = claimed_time(&jws.header, profile, &mut tolerated)?;
    if let Some(claimed) = claimed_time {
        check_claimed_time(claimed, &certificate, now)?;
    }
    Ok(Signature {
        jws,
        certificate,
        others,
        claimed_time,
        tolerated,
    })
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

fn check_header(
    header: &Header,
    profile: Profile,
    allowed: &AlgorithmSet,
    tolerated: &mut Vec<String>,
) -> Result<(), SignatureError> {
    if !allowed.contains(header.alg) {
        return Err(format(JwsError::NotAllowed(header.alg.name()).to_string()));
    }
    for name in ["sigD", "b64", "etsiU"] {
        // Detached or unencoded payloads, and unsigned properties where only signed ones stand.
        if header.members.contains_key(name) {
            return Err(format(format!("header parameter {name:?} does not belong here")));
        }
    }
    let has = |name: &str| header.members.contains_key(name);
    if has("iat") && has("sigT") {
        return Err(format("both iat and sigT claim a signing time"));
    }
    if has("x5t") {
        // TS 119 182-1 §5.1.6
        if profile != Profile::Deployed {
            return Err(format("x5t (SHA-1) must not be present"));
        }
        tolerated.push("x5t (SHA-1) is present and was ignored".to_owned());
    }
    if has("sigT") && profile == Profile::Credential {
        return Err(format("sigT in place of iat"));
    }
    Ok(())
}

fn certificates(
    pool: &CertificatePool,
    header: &Header,
    profile: Profile,
    tolerated: &mut Vec<String>,
) -> Result<(Certificate, Vec<Certificate>), SignatureError> {
    let refused = |why: &str| Err(SignatureError::SigningCertificate(why.to_owned()));
    let Some(x5c) = header.x5c.as_deref().filter(|x5c| !x5c.is_empty()) else {
        return refused("x5c is missing or empty");
    };
    if x5c.len() > MAX_CERTIFICATES {
        return refused("x5c holds more than 16 certificates");
    }
    let mut read = Vec::with_capacity(x5c.len());
    for (index, der) in x5c.iter().enumerate() {
        read.push(
            pool.read(der)
                .map_err(|error| SignatureError::SigningCertificate(format!("x5c[{index}]: {error}")))?,
        );
    }
    let certificate = read.remove(0);
    if header.members.contains_key("x5t#o") || header.members.contains_key("sigX5ts") {
        return refused("exactly one certificate reference, x5t#S256, is accepted");
    }
    match header.x5t_s256 {
        Some(reference) if reference == certificate.sha256() => {}
        Some(_) => return refused("x5t#S256 is not the digest of x5c[0]"),
        None if profile == Profile::Deployed => {
            tolerated.push("x5t#S256 is missing: a plain JWS with x5c, not JAdES B-B".to_owned());
        }
        None => return refused("x5t#S256 is missing"),
    }
    Ok((certificate, read))
}

fn check_key(
    header: &Header,
    certificate: &Certificate,
    allowed: &AlgorithmSet,
    now: Timestamp,
) -> Result<(), SignatureError> {
    let name = header.alg.name();
    let scheme = header.alg.scheme();
    let key = certificate
        .public_key()
        .map_err(|error| SignatureError::SigningCertificate(format!("x5c[0]: {error}")))?;
    let takes_rsa = matches!(scheme, Scheme::RsaPkcs1(_) | Scheme::RsaPss { .. });
    if matches!(key, PublicKey::Rsa { .. }) && takes_rsa && key.bits() < MIN_RSA_BITS {
        return Err(SignatureError::Algorithm(format!(
            "an RSA key of {} bits; at least {MIN_RSA_BITS} are needed",
            key.bits()
        )));
    }
    if !allowed.fits(header.alg, key) || !certificate.permits(scheme) {
        return Err(SignatureError::SigningCertificate(format!(
            "alg {name} does not fit the key of x5c[0]"
        )));
    }
    check_acceptable(header, certificate, now)
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

fn claimed_time(
    header: &Header,
    profile: Profile,
    tolerated: &mut Vec<String>,
) -> Result<Option<Timestamp>, SignatureError> {
    let malformed = |name| SignatureError::ClaimedTime(format!("{name} is malformed"));
    if let Some(iat) = header.members.get("iat") {
        return time::iat(iat).map(Some).ok_or_else(|| malformed("iat"));
    }
    if let Some(sig_t) = header.members.get("sigT") {
        let claimed = time::sig_t(sig_t).ok_or_else(|| malformed("sigT"))?;
        if time::sig_t_ended(claimed) {
            if profile != Profile::Deployed {
                return Err(SignatureError::ClaimedTime(
                    "sigT on or after 2025-07-15; iat is required".to_owned(),
                ));
            }
            tolerated.push("sigT on or after 2025-07-15 in place of iat".to_owned());
        }
        return Ok(Some(claimed));
    }
    if profile == Profile::Deployed {
        tolerated.push("no claimed signing time".to_owned());
        return Ok(None);
    }
    Err(SignatureError::ClaimedTime("iat is missing".to_owned()))
}

fn check_claimed_time(
    claimed: Timestamp,
    certificate: &Certificate,
    now: Timestamp,
) -> Result<(), SignatureError> {
    if claimed > now.saturating_add(SKEW).unwrap_or(Timestamp::MAX) {
        return Err(SignatureError::ClaimedTime(format!("{claimed} is in the future")));
    }
    if !certificate.is_valid_at(claimed) {
        return Err(SignatureError::ClaimedTime(format!(
            "{claimed} is outside of the certificate's validity, {} to {}",
            certificate.not_before(),
            certificate.not_after()
        )));
    }
    Ok(())
}
