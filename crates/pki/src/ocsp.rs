//! The Online Certificate Status Protocol (RFC 6960, and the lightweight profile of RFC 5019): requests, and responses
//! with what they say of a certificate.
//!
//! A response counts where the issuer's own key signed it, or that of a responder whom the issuer itself certified for
//! that purpose (RFC 6960 §4.2.2.2). Responders that are trusted by other means, such as those that trusted lists name by
//! themselves, do not count.
mod certificate_id;
mod extensions;
mod request;
mod responder;
mod response;

pub use certificate_id::CertificateId;
pub use request::{MAX_REQUEST_NONCE, OcspRequest};
pub use response::OcspResponse;

/// Content type of a request (RFC 6960 appendix C.1).
pub const REQUEST: &str = "application/ocsp-request";
/// Content type of a response (RFC 6960 appendix C.2).
pub const RESPONSE: &str = "application/ocsp-response";

/// Why a response says nothing of a certificate, or why a request is none.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum OcspError {
    /// Not of the structure of RFC 6960.
    #[error("not OCSP: {0}")]
    Malformed(&'static str),
    /// The responder gives no answer.
    #[error("the OCSP responder gives no answer: {0}")]
    Status(ResponseStatus),
    /// An answer of another type than id-pkix-ocsp-basic.
    #[error("the OCSP response is not of the basic type")]
    ResponseType,
    /// It is about certificates of another issuer.
    #[error("the OCSP response is not about the issuer's certificates")]
    Issuer,
    /// It is about other certificates of the issuer.
    #[error("the OCSP response is not about this certificate")]
    Serial,
    /// Unknown critical extension.
    #[error("the OCSP response has an unknown critical extension")]
    Critical,
    /// Neither the response nor the candidates hold the certificate of who signed it.
    #[error("the certificate of the OCSP responder is missing")]
    ResponderMissing,
    /// The signature does not verify.
    #[error("the signature of the OCSP response does not verify")]
    Signature,
    /// The signature was not checked.
    #[error("too many signatures to be checked")]
    Budget,
    /// Signed by an algorithm that does not count.
    #[error("the signature of the OCSP response does not count: {0}")]
    Algorithm(&'static str),
    /// Who signed may not speak for the issuer.
    #[error("the OCSP responder {responder} may not speak for the issuer: {rule}")]
    NotDelegated {
        /// Subject of its certificate.
        responder: String,
        /// Which rule.
        rule: &'static str,
    },
    /// certHash is that of another certificate.
    #[error("the OCSP response is about another certificate of the same serial number (certHash)")]
    CertHash,
    /// The responder does not know the certificate.
    #[error("the OCSP responder does not know the certificate")]
    Unknown,
    /// A nonce of no octets or of too many.
    #[error("a nonce has 1 to {MAX_REQUEST_NONCE} octets, not {0}")]
    Nonce(usize),
    /// The certificate's issuer cannot be named by digests.
    #[error("the issuer's key cannot be digested")]
    IssuerKey,
}

/// Why a responder gives no answer (RFC 6960 §4.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseStatus {
    /// It did not understand the request.
    MalformedRequest,
    /// It failed.
    InternalError,
    /// It will know later.
    TryLater,
    /// It answers signed requests only.
    SigRequired,
    /// It does not answer for this certificate, or not to this client (RFC 5019 §2.2.3: nor where it holds no record).
    Unauthorized,
}

impl ResponseStatus {
    fn read(code: u8) -> Option<Self> {
        Some(match code {
            1 => Self::MalformedRequest,
            2 => Self::InternalError,
            3 => Self::TryLater,
            5 => Self::SigRequired,
            6 => Self::Unauthorized,
            _ => return None,
        })
    }

    /// The response that says so.
    pub fn response_der(self) -> Vec<u8> {
        use crate::tlv;
        let code = match self {
            Self::MalformedRequest => 1,
            Self::InternalError => 2,
            Self::TryLater => 3,
            Self::SigRequired => 5,
            Self::Unauthorized => 6,
        };
        tlv::encode_sequence(&[&tlv::encode(tlv::ENUMERATED, &[code])])
    }
}

/// As RFC 6960 names it.
impl core::fmt::Display for ResponseStatus {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::MalformedRequest => "malformedRequest",
            Self::InternalError => "internalError",
            Self::TryLater => "tryLater",
            Self::SigRequired => "sigRequired",
            Self::Unauthorized => "unauthorized",
        })
    }
}
