//! A signed document as it was transmitted, in any of the three serialisations of RFC 7515.
//!
//! Reading keeps what the signer and those after it wrote, octet for octet, and names what deviates from the standards
//! instead of mending it: digests of time-stamps cover transmitted strings, and whether a deviation is tolerated is the
//! business of a profile. What no profile could judge (no JSON, a member that stands twice, no signature, more than the
//! bounds) is refused here: for the whole document, or for the one signature that it concerns.
mod deviation;
mod imprint;
mod signed;
mod unsigned;

pub use deviation::Deviation;
pub use imprint::{Imprint, Objects};
pub(crate) use signed::digest_by_name;
pub use signed::{DigestReference, Mechanism, SignedProperties};
pub use unsigned::{Form, Unsigned, UnsignedProperty};

use crate::budget::{self, BudgetExceeded};
use procura_jose::{
    base64url,
    json::{self, JsonError, Limits, Values},
};
use procura_pki::CertificatePool;
use serde_json::{Map, Value};
use std::sync::Arc;

/// A document with signatures of every level; revocation data of large authorities make most of it.
const LIMITS: Limits = Limits {
    size: 16 * 1024 * 1024,
    depth: 32,
};
/// Characters of a signature's string: more than RSA with 16 384 bits takes.
const MAX_SIGNATURE: usize = 4096;
/// Signatures of one document.
pub const MAX_SIGNATURES: usize = 16;

/// How the signatures are written (RFC 7515 §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Serialisation {
    /// Three parts with dots between them.
    Compact,
    /// One signature, at the top of a JSON object.
    Flattened,
    /// Signatures in a list.
    General,
}

/// Why a document, or one signature of it, cannot be judged at all (EN 319 102-1 §5.2.2: `FORMAT_FAILURE`).
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum ReadError {
    /// Not strict JSON, or beyond the bounds.
    #[error("{part}: {error}")]
    Json {
        /// Which part of the document.
        part: &'static str,
        /// What is wrong with it.
        error: JsonError,
    },
    /// Not a JWS in any serialisation.
    #[error("not a JWS: {0}")]
    Format(&'static str),
    /// A JSON serialisation without any signature.
    #[error("the document holds no signature")]
    NoSignature,
    /// More signatures than anybody needs.
    #[error("the document holds more than 16 signatures")]
    TooManySignatures,
    /// A signature takes more than its bounds.
    #[error(transparent)]
    Budget(#[from] BudgetExceeded),
}

/// What was transmitted.
#[derive(Clone, Debug)]
pub struct Document {
    /// How.
    pub serialisation: Serialisation,
    /// Each signature with the payload that they share, or why that one cannot be read. Where it is only that all of them
    /// are malformed, there is no document.
    pub signatures: Vec<Result<Transmitted, ReadError>>,
    /// What deviates from RFC 7515 around the signatures.
    pub deviations: Vec<Deviation>,
}

/// One signature as it was transmitted. Nothing of it is proven.
#[derive(Clone, Debug)]
pub struct Transmitted {
    /// The payload's string, which all signatures of a document share; `None` where it is detached.
    pub payload: Option<Arc<str>>,
    /// The protected header's string.
    pub protected: String,
    /// The signature's string.
    pub signature: String,
    /// The protected header, read.
    pub header: Map<String, Value>,
    /// What the protected header says.
    pub signed: SignedProperties,
    /// What was added afterwards, by whomever.
    pub unsigned: Unsigned,
    /// What deviates from RFC 7515 and TS 119 182-1 in it.
    pub deviations: Vec<Deviation>,
}

impl Document {
    /// Reads any serialisation.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        if bytes.len() > LIMITS.size {
            let error = JsonError::TooLarge(LIMITS.size);
            return Err(ReadError::Json {
                part: "document",
                error,
            });
        }
        if bytes.trim_ascii_start().starts_with(b"{") {
            let object = json::parse_object(bytes, LIMITS).map_err(|error| ReadError::Json {
                part: "document",
                error,
            })?;
            return Self::from_object(object, None);
        }
        let text = core::str::from_utf8(bytes).map_err(|_| ReadError::Format("not UTF-8"))?;
        Self::read_compact(text, None)
    }

    /// The same, where every signature can be read.
    pub(crate) fn read_whole(bytes: &[u8]) -> Result<Self, ReadError> {
        let document = Self::read(bytes)?;
        match document.signatures.iter().find_map(|one| one.as_ref().err()) {
            Some(error) => Err(error.clone()),
            None => Ok(document),
        }
    }

    /// The first signature.
    pub(crate) fn first(&self) -> Result<&Transmitted, ReadError> {
        let first = self.signatures.first().ok_or(ReadError::NoSignature)?;
        first.as_ref().map_err(Clone::clone)
    }

    /// `protected.payload.signature`; an empty payload is detached (RFC 7515 appendix F). `values`: those of the signature
    /// that it stands in.
    pub(crate) fn read_compact(text: &str, values: Option<&Values>) -> Result<Self, ReadError> {
        let token = text.trim_end_matches(['\r', '\n']);
        let mut deviations = Vec::new();
        if token.len() != text.len() {
            deviations.push(Deviation::LineBreaks);
        }
        let mut parts = token.split('.');
        let (Some(protected), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(ReadError::Format("it has not exactly three parts"));
        };
        let payload = (!payload.is_empty()).then(|| payload.into());
        let entry = Entry {
            protected: protected.to_owned(),
            signature: signature.to_owned(),
            unprotected: None,
            deviations: Vec::new(),
        };
        let one = entry.read(payload, values, &mut Vec::new());
        if let Ok(one) = &one
            && one
                .payload
                .as_deref()
                .is_some_and(|payload| !one.is_payload(payload))
        {
            return Err(ReadError::Format("the payload cannot stand in a compact JWS"));
        }
        Self::of(Serialisation::Compact, vec![one], deviations)
    }

    /// `values`: those of the signature that it stands in.
    pub(crate) fn from_object(
        mut object: Map<String, Value>,
        values: Option<&Values>,
    ) -> Result<Self, ReadError> {
        let payload: Option<Arc<str>> = match object.remove("payload") {
            None => None,
            Some(Value::String(payload)) => Some(payload.into()),
            Some(_) => return Err(ReadError::Format("the payload is not a string")),
        };
        let mut encodings = Vec::new();
        let mut read = |entry: Result<Entry, ReadError>| {
            entry.and_then(|entry| entry.read(payload.clone(), values, &mut encodings))
        };
        let (serialisation, signatures) = match object.remove("signatures") {
            None => {
                let entry = Entry::take(&mut object);
                (Serialisation::Flattened, vec![read(entry)])
            }
            Some(Value::Array(entries)) if entries.is_empty() => return Err(ReadError::NoSignature),
            Some(Value::Array(entries)) if entries.len() > MAX_SIGNATURES => {
                return Err(ReadError::TooManySignatures);
            }
            Some(Value::Array(entries)) => {
                let entries = entries.into_iter().map(|entry| read(Entry::of(entry)));
                (Serialisation::General, entries.collect())
            }
            Some(_) => return Err(ReadError::Format("signatures are not a list")),
        };
        let mut deviations = Vec::new();
        Deviation::unknown_members(&object, &mut deviations);
        // RFC 7797 §3: they share one payload, written in one way. Of a header that can be read this counts whatever else
        // is wrong with its signature.
        if encodings.windows(2).any(|two| two.first() != two.last()) {
            return Err(ReadError::Format("b64 differs between the signatures"));
        }
        let undecodable = |payload: &Arc<str>| base64url::decode(payload).is_none();
        if encodings.first() == Some(&true) && payload.as_ref().is_some_and(undecodable) {
            return Err(ReadError::Format("the payload is not canonical base64url"));
        }
        Self::of(serialisation, signatures, deviations)
    }

    /// A document, unless each of its signatures is malformed.
    fn of(
        serialisation: Serialisation,
        signatures: Vec<Result<Transmitted, ReadError>>,
        deviations: Vec<Deviation>,
    ) -> Result<Self, ReadError> {
        let malformed = |one: &Result<_, _>| !matches!(one, Ok(_) | Err(ReadError::Budget(_)));
        if signatures.iter().all(malformed) {
            let first = signatures.into_iter().find_map(Result::err);
            return Err(first.unwrap_or(ReadError::NoSignature));
        }
        Ok(Self {
            serialisation,
            signatures,
            deviations,
        })
    }
}

/// One signature before its strings are read.
struct Entry {
    protected: String,
    signature: String,
    unprotected: Option<Value>,
    deviations: Vec<Deviation>,
}

impl Entry {
    /// Of `signatures`.
    fn of(entry: Value) -> Result<Self, ReadError> {
        let Value::Object(mut entry) = entry else {
            return Err(ReadError::Format("a signature is not an object"));
        };
        let mut read = Self::take(&mut entry)?;
        Deviation::unknown_members(&entry, &mut read.deviations);
        Ok(read)
    }

    /// Takes the members of a signature out of an object.
    fn take(object: &mut Map<String, Value>) -> Result<Self, ReadError> {
        let mut text = |name: &str, missing| match object.remove(name) {
            Some(Value::String(text)) => Ok(text),
            _ => Err(ReadError::Format(missing)),
        };
        Ok(Self {
            protected: text("protected", "the protected header is missing or not a string")?,
            signature: text("signature", "the signature is missing or not a string")?,
            unprotected: object.remove("header"),
            deviations: Vec::new(),
        })
    }

    /// Whether its payload is base64url goes to `encodings` as soon as its header tells it.
    fn read(
        self,
        payload: Option<Arc<str>>,
        shared: Option<&Values>,
        encodings: &mut Vec<bool>,
    ) -> Result<Transmitted, ReadError> {
        let own = budget::values();
        let values = shared.unwrap_or(&own);
        let read = self.read_within(payload, values, encodings);
        budget::within(values)?;
        read
    }

    fn read_within(
        self,
        payload: Option<Arc<str>>,
        values: &Values,
        encodings: &mut Vec<bool>,
    ) -> Result<Transmitted, ReadError> {
        const PART: &str = "protected header";
        let octets = base64url::decode(&self.protected).ok_or(ReadError::Format(
            "the protected header is not canonical base64url",
        ))?;
        let header = json::parse_object_within(&octets, LIMITS, values)
            .map_err(|error| ReadError::Json { part: PART, error })?;
        let mut broken = Vec::new();
        let signed = SignedProperties::read(&CertificatePool::default(), &header, &mut broken);
        encodings.push(signed.encoded);
        if self.signature.len() > MAX_SIGNATURE {
            return Err(ReadError::Format("the signature is longer than 4 KiB"));
        }
        if base64url::decode(&self.signature).is_none_or(|octets| octets.is_empty()) {
            return Err(ReadError::Format(
                "the signature is empty or not canonical base64url",
            ));
        }
        let mut deviations = self.deviations;
        let unsigned = Unsigned::read(&header, self.unprotected, values, &mut deviations)?;
        deviations.append(&mut broken);
        // §5.2.8.1: an empty string is no payload either.
        let payload = payload.filter(|payload| !payload.is_empty() || signed.detached.is_none());
        if signed.detached.is_some() && payload.is_some() {
            deviations.push(Deviation::NotDetached);
        }
        Ok(Transmitted {
            payload,
            protected: self.protected,
            signature: self.signature,
            header,
            signed,
            unsigned,
            deviations,
        })
    }
}

impl Transmitted {
    /// Base64url, or with `b64` false printable ASCII without a dot (RFC 7797 §5.2).
    fn is_payload(&self, payload: &str) -> bool {
        if self.signed.encoded {
            base64url::decode(payload).is_some()
        } else {
            payload
                .bytes()
                .all(|octet| matches!(octet, 0x20..=0x7e) && octet != b'.')
        }
    }
}
