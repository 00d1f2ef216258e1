//! Time-stamp tokens (RFC 3161, RFC 5816): proofs that data existed at a time, by somebody's word.
//!
//! A token is read, compared with the data that it should cover ([`Token::covers`]) and verified by its signer's
//! certificate ([`Token::verify`]). Whether that certificate is trusted for time-stamps is a question of paths and
//! trusted lists, asked afterwards at the token's time.
mod cms;
mod info;

pub use info::Accuracy;

use crate::{fields::Malformed, indication::SubIndication};
use cms::{Signed, Signer};
use info::Info;
use jiff::Timestamp;
use procura_crypto::{Digest, Scheme};
use procura_pki::{Certificate, path};

/// Tokens carry chains and revocation data; none of the trusted lists' services comes near.
const MAX_SIZE: usize = 256 * 1024;
/// Certificates inside a token that are looked at.
const MAX_CERTIFICATES: usize = 32;

/// Why a token proves nothing. Each variant is one rule.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum TokenError {
    /// Not a time-stamp token in DER.
    #[error("not a time-stamp token: {0}")]
    Format(&'static str),
    /// A digest or signature algorithm is out of scope.
    #[error("the {0} of the time-stamp token is not known")]
    Algorithm(&'static str),
    /// The signer's certificate is neither inside nor among the candidates.
    #[error("the certificate of the time-stamp's signer is not at hand")]
    NoSigner,
    /// The signed reference names another certificate (RFC 5816 §2.2.1).
    #[error("the time-stamp refers to another certificate than its signer's")]
    Reference,
    /// The digest of the content differs from the one that was signed.
    #[error("the time-stamp's content is not what was signed")]
    Content,
    /// The signature does not verify.
    #[error("the time-stamp's signature does not verify")]
    Signature,
    /// The signer's certificate is not one for time-stamps alone (RFC 3161 §2.3).
    #[error("the certificate of the time-stamp's signer: {0}")]
    Purpose(procura_pki::PathError),
}

impl From<Malformed> for TokenError {
    fn from(Malformed(what): Malformed) -> Self {
        Self::Format(what)
    }
}

impl TokenError {
    /// What it means in a validation (EN 319 102-1 §5.4).
    #[must_use]
    pub fn sub_indication(&self) -> SubIndication {
        match self {
            Self::Format(_) => SubIndication::FormatFailure,
            Self::Algorithm(_) => SubIndication::CryptoConstraintsFailureNoPoe,
            Self::NoSigner | Self::Reference => SubIndication::NoSigningCertificateFound,
            Self::Content => SubIndication::HashFailure,
            Self::Signature => SubIndication::SigCryptoFailure,
            Self::Purpose(_) => SubIndication::ChainConstraintsFailure,
        }
    }
}

/// A token that was read. Nothing of it is proven before [`Token::verify`].
#[derive(Clone, Debug)]
pub struct Token {
    der: Vec<u8>,
    info: Info,
    /// DER of the `TSTInfo`.
    content: Vec<u8>,
    signer: Signer,
    certificates: Vec<Certificate>,
    brings_certificates: bool,
}

impl Token {
    /// Reads a `TimeStampToken` (RFC 3161 §2.4.2): a CMS `SignedData` over a `TSTInfo`, with exactly one signer. Not a
    /// whole `TimeStampResp`.
    ///
    /// # Errors
    /// [`TokenError::Format`], [`TokenError::Algorithm`].
    pub fn from_der(der: &[u8]) -> Result<Self, TokenError> {
        if der.len() > MAX_SIZE {
            return Err(TokenError::Format("larger than 256 KiB"));
        }
        let signed = Signed::read(der)?;
        let info = Info::read(signed.content)?;
        // What cannot be read as a certificate cannot be the signer's: others may be tolerated (attribute certificates).
        let certificates = signed
            .certificates
            .iter()
            .take(MAX_CERTIFICATES)
            .filter_map(|der| Certificate::from_der(der).ok())
            .collect();
        Ok(Self {
            der: der.to_vec(),
            info,
            content: signed.content.to_vec(),
            brings_certificates: !signed.certificates.is_empty(),
            signer: signed.signer,
            certificates,
        })
    }

    /// The DER as it was transmitted, which is what is kept and what is time-stamped again.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// genTime: when the data is said to have existed, at the latest.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        self.info.time
    }

    /// How far the clock may have been off; `None` where the token says nothing.
    #[must_use]
    pub fn accuracy(&self) -> Option<Accuracy> {
        self.info.accuracy
    }

    /// The policy of the time-stamping authority, as a dotted OID.
    #[must_use]
    pub fn policy(&self) -> &str {
        &self.info.policy
    }

    /// The serial number, big-endian content octets.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.info.serial
    }

    /// The nonce of the request, big-endian content octets.
    #[must_use]
    pub fn nonce(&self) -> Option<&[u8]> {
        self.info.nonce.as_deref()
    }

    /// Whether the authority promises that its tokens' times are in the order of their making, whatever the accuracy.
    #[must_use]
    pub fn is_ordered(&self) -> bool {
        self.info.ordering
    }

    /// The digest algorithm of the message imprint.
    #[must_use]
    pub fn imprint_digest(&self) -> Digest {
        self.info.imprint.0
    }

    /// The digest algorithm of the content and of the signed attributes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.signer.digest
    }

    /// The signature scheme of the signer.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.signer.scheme
    }

    /// The digest algorithm of each signed reference to the signer's certificate; at least one. Whether each may still
    /// be relied on is for the catalogue to say.
    pub fn reference_digests(&self) -> impl Iterator<Item = Digest> + '_ {
        self.signer.references.iter().map(|(digest, _)| *digest)
    }

    /// Whether certificates, or what stands in their place, came with it.
    #[must_use]
    pub fn brings_certificates(&self) -> bool {
        self.brings_certificates
    }

    /// Certificates inside the token: candidates for paths, never anchors.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Whether the message imprint is the digest of `data`.
    #[must_use]
    pub fn covers(&self, data: &[u8]) -> bool {
        let (digest, value) = &self.info.imprint;
        digest.of(data) == *value
    }

    /// Whether the message imprint is this digest, for who asked with a digest alone.
    #[must_use]
    pub fn has_imprint(&self, digest: Digest, value: &[u8]) -> bool {
        self.info.imprint.0 == digest && self.info.imprint.1 == value
    }

    /// Verifies the token's signature and gives the signer's certificate. `candidates`: where the token does not bring
    /// it. The imprint, trust in the certificate and its dates are the caller's next questions.
    ///
    /// # Errors
    /// The first rule that is broken, in this order: signer at hand, signed reference to it, content, signature,
    /// purpose of the certificate.
    pub fn verify<'a>(&'a self, candidates: &'a [Certificate]) -> Result<&'a Certificate, TokenError> {
        let mut identified = self
            .certificates
            .iter()
            .chain(candidates)
            .filter(|certificate| self.signer.is_identified_by(certificate))
            .peekable();
        if identified.peek().is_none() {
            return Err(TokenError::NoSigner);
        }
        // Anybody may add a certificate of the same name and number: the signed reference decides.
        let signer = identified
            .find(|certificate| self.signer.refers_to(certificate))
            .ok_or(TokenError::Reference)?;
        if !self.signer.has_content(&self.content) {
            return Err(TokenError::Content);
        }
        self.signer.verify(signer)?;
        path::may_time_stamp(signer).map_err(TokenError::Purpose)?;
        Ok(signer)
    }
}
