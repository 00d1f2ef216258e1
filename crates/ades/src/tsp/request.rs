//! `TimeStampReq` (RFC 3161 §2.4.1).
use super::Failure;
use crate::fields::{Fields, Malformed, context, element, oid};
use der::Tag;
use procura_crypto::{Digest, Rng};
use procura_pki::algorithm::{digest_of_identifier, oid_of_digest};

/// Requests have about a hundred octets.
const MAX_SIZE: usize = 4 * 1024;
/// RFC 3161 §2.4.1 speaks of 64 bits; some ask with more.
const MAX_NONCE: usize = 32;
const NONCE: usize = 8;
const WHAT: &str = "the request cannot be read";
const UNWRITABLE: &str = "the request cannot be written";

/// What a time-stamping authority is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Digest algorithm of the message imprint.
    pub digest: Digest,
    /// The message imprint, as long as the digest says.
    pub value: Vec<u8>,
    /// Content octets of a DER INTEGER, which the token must repeat.
    pub nonce: Option<Vec<u8>>,
    /// The policy under which the token is to be issued, as a dotted OID; `None` leaves it to the authority.
    pub policy: Option<String>,
    /// Whether the signer's certificate is to come with the token.
    pub certificate_requested: bool,
}

/// Why a request is not answered, or cannot be asked.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum RequestError {
    /// Not a request in DER.
    #[error("not a time-stamp request: {0}")]
    Format(&'static str),
    /// Another version than 1.
    #[error("the time-stamp request is not of version 1")]
    Version,
    /// The digest algorithm is not known.
    #[error("the digest algorithm of the message imprint is not known")]
    Algorithm,
    /// The imprint is not as long as its digest.
    #[error("the message imprint has {actual} octets, its digest {expected}")]
    Imprint {
        /// What the digest algorithm yields.
        expected: usize,
        /// What stands there.
        actual: usize,
    },
    /// The nonce is no INTEGER in its shortest form, or longer than 32 octets.
    #[error("the nonce is no INTEGER in its shortest form of at most 32 octets")]
    Nonce,
    /// An extension is asked for; none is known.
    #[error("the time-stamp request has extensions")]
    Extension,
}

impl RequestError {
    /// What a time-stamping authority answers to it (RFC 3161 §2.4.2).
    #[must_use]
    pub fn failure(&self) -> Failure {
        match self {
            Self::Format(_) | Self::Imprint { .. } | Self::Nonce => Failure::BadDataFormat,
            Self::Version => Failure::BadRequest,
            Self::Algorithm => Failure::BadAlgorithm,
            Self::Extension => Failure::UnacceptedExtension,
        }
    }
}

impl From<Malformed> for RequestError {
    fn from(Malformed(what): Malformed) -> Self {
        Self::Format(what)
    }
}

impl Request {
    /// Asks for a token over a digest with the signer's certificate, under any policy, with a nonce that nobody can
    /// guess.
    pub fn new(digest: Digest, value: Vec<u8>, rng: &mut dyn Rng) -> Self {
        let mut nonce = [0; NONCE];
        rng.fill(&mut nonce);
        // A positive number of full length: its content octets are these octets.
        let [first, ..] = &mut nonce;
        *first = 0x40 | (*first & 0x3f);
        Self {
            digest,
            value,
            nonce: Some(nonce.to_vec()),
            policy: None,
            certificate_requested: true,
        }
    }

    /// The same under this policy alone, a dotted OID.
    #[must_use]
    pub fn under_policy(self, policy: impl Into<String>) -> Self {
        Self {
            policy: Some(policy.into()),
            ..self
        }
    }

    /// The `TimeStampReq` in DER.
    ///
    /// # Errors
    /// An imprint of another length than its digest's, a nonce that is no INTEGER, a policy that is no OID.
    pub fn to_der(&self) -> Result<Vec<u8>, RequestError> {
        self.check()?;
        let algorithm = element(
            Tag::Sequence,
            &oid(oid_of_digest(self.digest), UNWRITABLE)?,
            UNWRITABLE,
        )?;
        let value = element(Tag::OctetString, &self.value, UNWRITABLE)?;
        let mut content = element(Tag::Integer, &[1], UNWRITABLE)?;
        content.extend(element(Tag::Sequence, &[algorithm, value].concat(), UNWRITABLE)?);
        if let Some(policy) = &self.policy {
            content.extend(oid(policy, "the policy is no object identifier")?);
        }
        if let Some(nonce) = &self.nonce {
            content.extend(element(Tag::Integer, nonce, UNWRITABLE)?);
        }
        if self.certificate_requested {
            content.extend(element(Tag::Boolean, &[0xff], UNWRITABLE)?);
        }
        Ok(element(Tag::Sequence, &content, UNWRITABLE)?)
    }

    /// Reads a `TimeStampReq` as a time-stamping authority does. Extensions are refused: none is known here.
    ///
    /// # Errors
    /// The first thing that is wrong; [`RequestError::failure`] is what to answer.
    pub fn from_der(der: &[u8]) -> Result<Self, RequestError> {
        if der.len() > MAX_SIZE {
            return Err(RequestError::Format("larger than 4 KiB"));
        }
        let mut fields = Fields::of(der, Tag::Sequence, WHAT)?;
        if fields.integer()? != [1] {
            return Err(RequestError::Version);
        }
        let mut imprint = Fields::new(fields.next(Tag::Sequence)?.value(), WHAT)?;
        let algorithm = imprint.next_whole(Tag::Sequence)?;
        let value = imprint.next(Tag::OctetString)?.value().to_vec();
        imprint.end()?;
        let policy = fields.optional_oid()?;
        let nonce = fields.optional(Tag::Integer)?.map(|nonce| nonce.value().to_vec());
        let certificate_requested = match fields.optional(Tag::Boolean)? {
            None => false,
            // DER: a default value is left out.
            Some(requested) if requested.value() == [0xff] => true,
            Some(_) => return Err(RequestError::Format(WHAT)),
        };
        if fields.optional(context(0))?.is_some() {
            return Err(RequestError::Extension);
        }
        fields.end()?;
        let request = Self {
            digest: digest_of_identifier(algorithm).ok_or(RequestError::Algorithm)?,
            value,
            nonce,
            policy,
            certificate_requested,
        };
        request.check()?;
        Ok(request)
    }

    fn check(&self) -> Result<(), RequestError> {
        let (expected, actual) = (self.digest.len(), self.value.len());
        if expected != actual {
            return Err(RequestError::Imprint { expected, actual });
        }
        if self.nonce.as_deref().is_some_and(|nonce| !is_integer(nonce)) {
            return Err(RequestError::Nonce);
        }
        Ok(())
    }
}

/// Content octets of an INTEGER in DER (X.690 §8.3.2), not longer than a nonce may be.
fn is_integer(content: &[u8]) -> bool {
    let shortest = match content {
        [] => false,
        [0x00, second, ..] => second & 0x80 != 0,
        [0xff, second, ..] => second & 0x80 == 0,
        _ => true,
    };
    shortest && content.len() <= MAX_NONCE
}
