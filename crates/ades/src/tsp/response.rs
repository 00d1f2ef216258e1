//! `TimeStampResp` (RFC 3161 §2.4.2).
use super::{Request, RequestError};
use crate::{
    fields::{Fields, Malformed, element},
    token::{Token, TokenError},
};
use core::fmt;
use der::Tag;
use jiff::{SignedDuration, Timestamp};
use procura_pki::Certificate;

/// Beside the token: status and a text.
const MAX_SIZE: usize = 260 * 1024;
/// Texts of a refusal that are kept, and characters of each.
const MAX_TEXTS: usize = 4;
const MAX_TEXT: usize = 200;
/// Octets of failure information; the highest bit that is defined is 26.
const MAX_FAILURE_OCTETS: usize = 8;
const WHAT: &str = "the response cannot be read";
const UNWRITABLE: &str = "the response cannot be written";

/// `PKIStatus`: whether a token was issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// As requested.
    Granted,
    /// Issued with modifications; every rule on the token holds all the same.
    GrantedWithMods,
    /// Not issued.
    Rejection,
    /// Not issued yet.
    Waiting,
    /// Not issued: a revocation is imminent.
    RevocationWarning,
    /// Not issued: a revocation has occurred.
    RevocationNotification,
}

impl Status {
    /// Every one of them, in the order of their numbers.
    const ALL: [Self; 6] = [
        Self::Granted,
        Self::GrantedWithMods,
        Self::Rejection,
        Self::Waiting,
        Self::RevocationWarning,
        Self::RevocationNotification,
    ];

    /// Whether a token comes with it.
    #[must_use]
    pub fn is_granted(self) -> bool {
        matches!(self, Self::Granted | Self::GrantedWithMods)
    }

    fn number(self) -> u8 {
        Self::ALL
            .into_iter()
            .zip(0..)
            .find_map(|(status, number)| (status == self).then_some(number))
            .unwrap_or_default()
    }
}

/// The name in RFC 3161.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Granted => "granted",
            Self::GrantedWithMods => "grantedWithMods",
            Self::Rejection => "rejection",
            Self::Waiting => "waiting",
            Self::RevocationWarning => "revocationWarning",
            Self::RevocationNotification => "revocationNotification",
        })
    }
}

macro_rules! failures {
    ($($(#[$doc:meta])* $variant:ident = $bit:literal $name:literal,)*) => {
        /// `PKIFailureInfo`: why a token was not issued.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Failure {
            $($(#[$doc])* $variant,)*
            /// A bit that RFC 3161 does not define.
            Other(u8),
        }
        impl Failure {
            /// Of a bit of the BIT STRING.
            #[must_use]
            pub fn from_bit(bit: u8) -> Self {
                match bit { $($bit => Self::$variant,)* other => Self::Other(other) }
            }
            /// Its bit.
            #[must_use]
            pub fn bit(self) -> u8 {
                match self { $(Self::$variant => $bit,)* Self::Other(bit) => bit }
            }
        }
        /// The name in RFC 3161.
        impl fmt::Display for Failure {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self { $(Self::$variant => f.write_str($name),)* Self::Other(bit) => write!(f, "failure {bit}") }
            }
        }
    };
}

failures! {
    /// The digest algorithm is unknown or not supported.
    BadAlgorithm = 0 "badAlg",
    /// The transaction is not permitted or supported.
    BadRequest = 2 "badRequest",
    /// The data is of the wrong format.
    BadDataFormat = 5 "badDataFormat",
    /// The authority's source of time is not available.
    TimeNotAvailable = 14 "timeNotAvailable",
    /// The policy is not supported.
    UnacceptedPolicy = 15 "unacceptedPolicy",
    /// An extension is not supported.
    UnacceptedExtension = 16 "unacceptedExtension",
    /// The additional information is not understood or not available.
    AddInfoNotAvailable = 17 "addInfoNotAvailable",
    /// The request cannot be handled because of a failure of the system.
    SystemFailure = 25 "systemFailure",
}

/// Why an answer is of no use. Each variant is one rule.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum TspError {
    /// Not a `TimeStampResp` in DER.
    #[error("not a time-stamp response: {0}")]
    Format(&'static str),
    /// No token was granted.
    #[error("the time-stamp was not granted: {}", refusal(*.status, .failures, .texts))]
    Refused {
        /// What was answered.
        status: Status,
        /// The reasons of the standard.
        failures: Vec<Failure>,
        /// What the authority says in its own words, without control characters.
        texts: Vec<String>,
    },
    /// The token is over other data.
    #[error("the time-stamp is over other data than was asked for")]
    Imprint,
    /// The token answers another question.
    #[error("the time-stamp's nonce is not that of the request")]
    Nonce,
    /// The token was issued under another policy.
    #[error("the time-stamp was issued under policy {actual}, not {expected}")]
    Policy {
        /// What was asked for.
        expected: String,
        /// What the token says.
        actual: String,
    },
    /// The signer's certificate was asked for and did not come.
    #[error("the certificate of the time-stamp's signer was asked for and is not there")]
    CertificateMissing,
    /// Certificates came that were not asked for (RFC 3161 §2.4.2).
    #[error("the time-stamp brings certificates that were not asked for")]
    CertificateUnasked,
    /// The token is none, or does not verify.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The token's time is not between question and answer (RFC 3161 §2.2).
    #[error("the time-stamp says {said}, here it was {asked} to {answered}: one of the clocks is wrong")]
    Time {
        /// genTime.
        said: Timestamp,
        /// When it was asked for.
        asked: Timestamp,
        /// When the answer came.
        answered: Timestamp,
    },
}

impl From<Malformed> for TspError {
    fn from(Malformed(what): Malformed) -> Self {
        Self::Format(what)
    }
}

/// What a time-stamping authority answered.
#[derive(Clone, Debug)]
pub struct Response {
    status: Status,
    texts: Vec<String>,
    failures: Vec<Failure>,
    token: Option<Token>,
}

impl Response {
    /// An answer with a token.
    #[must_use]
    pub fn granted(token: Token) -> Self {
        Self {
            status: Status::Granted,
            texts: Vec::new(),
            failures: Vec::new(),
            token: Some(token),
        }
    }

    /// A rejection with its reason, in the standard's words and in one's own.
    #[must_use]
    pub fn rejected(failure: Failure, text: &str) -> Self {
        Self {
            status: Status::Rejection,
            texts: vec![printable(text)],
            failures: vec![failure],
            token: None,
        }
    }

    /// A rejection of a request that could not be read.
    #[must_use]
    pub fn to_unreadable(error: &RequestError) -> Self {
        Self::rejected(error.failure(), &error.to_string())
    }

    /// Whether a token was granted.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// Why not, in the standard's words.
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// Why not, in the authority's words; bounded, and without control characters.
    #[must_use]
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Reads a `TimeStampResp`. Its token is read, and neither compared with a question nor verified:
    /// [`Response::accept`] does that.
    ///
    /// # Errors
    /// [`TspError::Format`] for what is no response, for a refusal that brings a token and for a grant that brings none
    /// or a reason against it; [`TspError::Token`] where the token cannot be read.
    pub fn from_der(der: &[u8]) -> Result<Self, TspError> {
        if der.len() > MAX_SIZE {
            return Err(TspError::Format("larger than 260 KiB"));
        }
        let mut fields = Fields::of(der, Tag::Sequence, WHAT)?;
        let mut info = Fields::new(fields.next(Tag::Sequence)?.value(), WHAT)?;
        let status = match info.integer()? {
            [number] => Status::ALL.get(usize::from(*number)).copied(),
            _ => None,
        }
        .ok_or(TspError::Format("its status is not known"))?;
        let texts = match info.optional(Tag::Sequence)? {
            Some(texts) => read_texts(texts.value())?,
            None => Vec::new(),
        };
        let failures = match info.optional(Tag::BitString)? {
            Some(bits) => read_failures(bits.value())?,
            None => Vec::new(),
        };
        info.end()?;
        let token = if fields.is_empty() {
            None
        } else {
            Some(fields.next_whole(Tag::Sequence)?)
        };
        fields.end()?;
        match (status.is_granted(), token) {
            (true, None) => return Err(TspError::Format("granted, but there is no token")),
            (false, Some(_)) => return Err(TspError::Format("not granted, but there is a token")),
            (true, Some(_)) if !failures.is_empty() => {
                return Err(TspError::Format("granted, but there is a reason against it"));
            }
            _ => {}
        }
        Ok(Self {
            status,
            texts,
            failures,
            token: token.map(Token::from_der).transpose()?,
        })
    }

    /// The `TimeStampResp` in DER; a token stands in it as it was transmitted.
    ///
    /// # Errors
    /// [`TspError::Format`] where it would become longer than DER can say.
    pub fn to_der(&self) -> Result<Vec<u8>, TspError> {
        let mut info = element(Tag::Integer, &[self.status.number()], UNWRITABLE)?;
        if !self.texts.is_empty() {
            let mut texts = Vec::new();
            for text in &self.texts {
                texts.extend(element(Tag::Utf8String, text.as_bytes(), UNWRITABLE)?);
            }
            info.extend(element(Tag::Sequence, &texts, UNWRITABLE)?);
        }
        if !self.failures.is_empty() {
            info.extend(element(Tag::BitString, &bits(&self.failures), UNWRITABLE)?);
        }
        let mut content = element(Tag::Sequence, &info, UNWRITABLE)?;
        if let Some(token) = &self.token {
            content.extend_from_slice(token.der());
        }
        Ok(element(Tag::Sequence, &content, UNWRITABLE)?)
    }

    /// The token, if it is the answer to this request and verifies by the certificate that it brings.
    ///
    /// # Errors
    /// The first rule that is broken, in this order: granted, imprint, nonce, policy, certificates as asked for, and
    /// those of [`Token::verify`].
    pub fn accept(&self, request: &Request) -> Result<Token, TspError> {
        self.accept_with(request, &[])
    }

    /// The same; `candidates` are the certificates among which the signer's is, where the request did not ask for it.
    ///
    /// # Errors
    /// Those of [`Response::accept`].
    pub fn accept_with(&self, request: &Request, candidates: &[Certificate]) -> Result<Token, TspError> {
        let token = match &self.token {
            Some(token) if self.status.is_granted() => token,
            _ => {
                return Err(TspError::Refused {
                    status: self.status,
                    failures: self.failures.clone(),
                    texts: self.texts.clone(),
                });
            }
        };
        if !token.has_imprint(request.digest, &request.value) {
            return Err(TspError::Imprint);
        }
        if token.nonce() != request.nonce.as_deref() {
            return Err(TspError::Nonce);
        }
        if let Some(expected) = &request.policy
            && token.policy() != expected
        {
            return Err(TspError::Policy {
                expected: expected.clone(),
                actual: token.policy().to_owned(),
            });
        }
        if token.brings_certificates() && !request.certificate_requested {
            return Err(TspError::CertificateUnasked);
        }
        // The certificate that was asked for must be in the token, not somewhere else.
        let candidates = if request.certificate_requested {
            &[]
        } else {
            candidates
        };
        match token.verify(candidates) {
            Err(TokenError::NoSigner) if request.certificate_requested => Err(TspError::CertificateMissing),
            Err(error) => Err(TspError::Token(error)),
            Ok(_) => Ok(token.clone()),
        }
    }
}

impl Token {
    /// That its time lies between question and answer, but for `tolerance`: an authority whose clock is off, or an
    /// answer that was kept back, proves the wrong time (RFC 3161 §2.2). What the token says of its own accuracy
    /// loosens nothing.
    ///
    /// # Errors
    /// [`TspError::Time`].
    pub fn check_timely(
        &self,
        asked: Timestamp,
        answered: Timestamp,
        tolerance: SignedDuration,
    ) -> Result<(), TspError> {
        let said = self.time();
        if said.duration_since(asked) >= -tolerance && said.duration_since(answered) <= tolerance {
            Ok(())
        } else {
            Err(TspError::Time {
                said,
                asked,
                answered,
            })
        }
    }
}

fn read_texts(content: &[u8]) -> Result<Vec<String>, TspError> {
    let mut texts = Vec::new();
    let mut list = Fields::new(content, WHAT)?;
    while !list.is_empty() {
        let text = list.next(Tag::Utf8String)?.value();
        let text = core::str::from_utf8(text).map_err(|_| TspError::Format(WHAT))?;
        if texts.len() < MAX_TEXTS {
            texts.push(printable(text));
        }
    }
    Ok(texts)
}

/// Words of a stranger, fit for a log.
fn printable(text: &str) -> String {
    text.chars()
        .take(MAX_TEXT)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

/// The bits of a named BIT STRING.
fn read_failures(content: &[u8]) -> Result<Vec<Failure>, TspError> {
    let Some((unused @ 0..=7, octets)) = content.split_first().map(|(unused, octets)| (*unused, octets))
    else {
        return Err(TspError::Format(WHAT));
    };
    if octets.len() > MAX_FAILURE_OCTETS || (octets.is_empty() && unused != 0) {
        return Err(TspError::Format(WHAT));
    }
    let bits = octets
        .iter()
        .flat_map(|octet| (0..8).map(move |at| octet & (0x80 >> at) != 0));
    Ok(bits
        .zip(0..)
        .filter(|(set, _)| *set)
        .map(|(_, bit)| Failure::from_bit(bit))
        .collect())
}

/// A named BIT STRING ends with its last bit that is set (X.690 §11.2.2).
fn bits(failures: &[Failure]) -> Vec<u8> {
    let mut octets: Vec<u8> = Vec::new();
    for failure in failures {
        let (at, mask) = (usize::from(failure.bit() / 8), 0x80 >> (failure.bit() % 8));
        if octets.len() <= at {
            octets.resize(at + 1, 0);
        }
        if let Some(octet) = octets.get_mut(at) {
            *octet |= mask;
        }
    }
    let unused = octets.last().map_or(0, |last| last.trailing_zeros());
    let mut content = vec![u8::try_from(unused).unwrap_or_default()];
    content.extend(octets);
    content
}

fn refusal(status: Status, failures: &[Failure], texts: &[String]) -> String {
    let mut text = status.to_string();
    for failure in failures {
        text.push_str(", ");
        text.push_str(&failure.to_string());
    }
    if !texts.is_empty() {
        text.push_str(": ");
        text.push_str(&texts.join("; "));
    }
    text
}
