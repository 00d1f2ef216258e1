//! A signed document as it was transmitted, in any of the three serialisations of RFC 7515.
//!
//! Reading keeps what the signer and those after it wrote, octet for octet, and names what deviates from the standards
//! instead of mending it: digests of time-stamps cover transmitted strings, and whether a deviation is tolerated is the
//! business of a profile. What no profile could judge (no JSON, a member that stands twice, no signature, more than the
//! bounds) is refused here.
mod deviation;
mod imprint;
mod signed;
mod unsigned;

pub use deviation::Deviation;
pub use imprint::{Imprint, Objects};
pub(crate) use signed::digest_by_name;
pub use signed::{DigestReference, Mechanism, SignedProperties};
pub use unsigned::{Form, Unsigned, UnsignedProperty};

use procura_jose::{
    base64url,
    json::{self, JsonError, Limits, Values},
};
use procura_pki::CertificatePool;
use serde_json::{Map, Value};

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

/// Why a document cannot be judged at all (EN 319 102-1 §5.2.2: `FORMAT_FAILURE`).
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
}

/// What was transmitted.
#[derive(Clone, Debug)]
pub struct Document {
    /// How.
    pub serialisation: Serialisation,
    /// Each signature with the payload that they share.
    pub signatures: Vec<Transmitted>,
    /// What deviates from RFC 7515 around the signatures.
    pub deviations: Vec<Deviation>,
}

/// One signature as it was transmitted. Nothing of it is proven.
#[derive(Clone, Debug)]
pub struct Transmitted {
    /// The payload's string; `None` where it is detached.
    pub payload: Option<String>,
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
        // Strings inside of strings share one bound.
        let values = Values::default();
        let document = if bytes.trim_ascii_start().starts_with(b"{") {
            Self::read_json(bytes, &values)
        } else {
            let text = core::str::from_utf8(bytes).map_err(|_| ReadError::Format("not UTF-8"))?;
            Self::read_compact(text, &values)
        }?;
        if values.are_spent() {
            return Err(ReadError::Format("too many JSON values"));
        }
        Ok(document)
    }

    /// `protected.payload.signature`; an empty payload is detached (RFC 7515 appendix F).
    pub(crate) fn read_compact(text: &str, values: &Values) -> Result<Self, ReadError> {
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
        let payload = (!payload.is_empty()).then(|| payload.to_owned());
        let one = Transmitted::read(protected, payload, signature, None, values)?;
        if one
            .payload
            .as_deref()
            .is_some_and(|payload| !one.is_payload(payload))
        {
            return Err(ReadError::Format("the payload cannot stand in a compact JWS"));
        }
        Ok(Self {
            serialisation: Serialisation::Compact,
            signatures: vec![one],
            deviations,
        })
    }

    fn read_json(bytes: &[u8], values: &Values) -> Result<Self, ReadError> {
        let object = json::parse_object_within(bytes, LIMITS, values).map_err(|error| ReadError::Json {
            part: "document",
            error,
        })?;
        Self::from_object(&object, values)
    }

    pub(crate) fn from_object(object: &Map<String, Value>, values: &Values) -> Result<Self, ReadError> {
        let mut deviations = Vec::new();
        let payload = match object.get("payload") {
            None => None,
            Some(Value::String(payload)) => Some(payload.clone()),
            Some(_) => return Err(ReadError::Format("the payload is not a string")),
        };
        let signature = |entry: &Map<String, Value>| {
            let text = |name: &str, missing| {
                entry
                    .get(name)
                    .and_then(Value::as_str)
                    .ok_or(ReadError::Format(missing))
            };
            Transmitted::read(
                text("protected", "the protected header is missing or not a string")?,
                payload.clone(),
                text("signature", "the signature is missing or not a string")?,
                entry.get("header"),
                values,
            )
        };
        let own = ["protected", "header", "signature"];
        let (serialisation, signatures, known): (_, _, &[&str]) = match object.get("signatures") {
            None => (
                Serialisation::Flattened,
                vec![signature(object)?],
                &["payload", "protected", "header", "signature"],
            ),
            Some(Value::Array(entries)) if entries.is_empty() => return Err(ReadError::NoSignature),
            Some(Value::Array(entries)) if entries.len() > MAX_SIGNATURES => {
                return Err(ReadError::TooManySignatures);
            }
            Some(Value::Array(entries)) => {
                let mut signatures = Vec::new();
                for entry in entries {
                    let entry = entry
                        .as_object()
                        .ok_or(ReadError::Format("a signature is not an object"))?;
                    Deviation::unknown_members(entry, &own, &mut deviations);
                    signatures.push(signature(entry)?);
                }
                (Serialisation::General, signatures, &["payload", "signatures"])
            }
            Some(_) => return Err(ReadError::Format("signatures are not a list")),
        };
        Deviation::unknown_members(object, known, &mut deviations);
        // RFC 7797 §3: they share one payload, written in one way.
        let encoded: Vec<bool> = signatures.iter().map(|one| one.signed.encoded).collect();
        if encoded.windows(2).any(|two| two.first() != two.last()) {
            return Err(ReadError::Format("b64 differs between the signatures"));
        }
        let undecodable = payload
            .as_deref()
            .is_some_and(|payload| base64url::decode(payload).is_none());
        if encoded.first() == Some(&true) && undecodable {
            return Err(ReadError::Format("the payload is not canonical base64url"));
        }
        Ok(Self {
            serialisation,
            signatures,
            deviations,
        })
    }
}

impl Transmitted {
    fn read(
        protected: &str,
        payload: Option<String>,
        signature: &str,
        unprotected: Option<&Value>,
        values: &Values,
    ) -> Result<Self, ReadError> {
        const PART: &str = "protected header";
        let octets = base64url::decode(protected).ok_or(ReadError::Format(
            "the protected header is not canonical base64url",
        ))?;
        let header = json::parse_object_within(&octets, LIMITS, values)
            .map_err(|error| ReadError::Json { part: PART, error })?;
        if signature.len() > MAX_SIGNATURE {
            return Err(ReadError::Format("the signature is longer than 4 KiB"));
        }
        if base64url::decode(signature).is_none_or(|octets| octets.is_empty()) {
            return Err(ReadError::Format(
                "the signature is empty or not canonical base64url",
            ));
        }
        let mut deviations = Vec::new();
        let unsigned = Unsigned::read(&header, unprotected, values, &mut deviations)?;
        let signed = SignedProperties::read(&CertificatePool::default(), &header, &mut deviations);
        // §5.2.8.1: an empty string is no payload either.
        let payload = payload.filter(|payload| !payload.is_empty() || signed.detached.is_none());
        if signed.detached.is_some() && payload.is_some() {
            deviations.push(Deviation::NotDetached);
        }
        Ok(Self {
            payload,
            protected: protected.to_owned(),
            signature: signature.to_owned(),
            header,
            signed,
            unsigned,
            deviations,
        })
    }

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
