//! A signature of any form at level B-B (TS 119 182-1 §6.3): described, prepared, finished.
use super::{
    Commitment, CreateError, Fixed, Payload, Place, Policy, Reference, SignerAttributes, certified,
    envelope::Envelope, pki_object, stamp,
};
use crate::{
    augment::appendable,
    document::{Document, ReadError, Serialisation},
};
use jiff::{SignedDuration, Timestamp};
use procura_jose::{Algorithm, base64url};
use procura_pki::Certificate;
use serde_json::{Map, Value};

/// A signed property that may be made critical (`crit`, RFC 7515 §4.1.11): a validator that does not understand it then
/// refuses the signature. `sigD` and `b64` always are where they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Critical {
    /// `iat`.
    Time,
    /// `x5t#o`.
    OtherReference,
    /// `sigX5ts`.
    ChainReference,
    /// `srCms`.
    Commitments,
    /// `sigPl`.
    Place,
    /// `srAts`.
    Attributes,
    /// `adoTst`.
    ContentTimeStamps,
    /// `sigPId`.
    Policy,
}
impl Critical {
    fn name(self) -> &'static str {
        match self {
            Self::Time => "iat",
            Self::OtherReference => "x5t#o",
            Self::ChainReference => "sigX5ts",
            Self::Commitments => "srCms",
            Self::Place => "sigPl",
            Self::Attributes => "srAts",
            Self::ContentTimeStamps => "adoTst",
            Self::Policy => "sigPId",
        }
    }
}

/// Who signs, when, and what is said besides. It serves for any number of signatures.
#[derive(Clone, Debug)]
pub struct Signing<'a> {
    /// `alg`.
    pub algorithm: Algorithm,
    /// Signing certificate first, each next one certifies the one before. A self-signed certificate at the end is the
    /// anchor and stays out of `x5c`.
    pub chain: &'a [Certificate],
    /// Claimed signing time (`iat`), whole seconds.
    pub time: Timestamp,
    /// How the signing certificate is referred to.
    pub reference: Reference,
    /// Whether the certificates stand in `x5c`. Without it whoever validates must have them, and [`crate::Augmented`] adds
    /// nothing, since it could not tell whether the signature verifies.
    pub x5c: bool,
    /// `typ`.
    pub typ: Option<&'a str>,
    /// `kid`, a hint.
    pub kid: Option<&'a str>,
    /// `srCms`.
    pub commitments: &'a [Commitment<'a>],
    /// `sigPl`.
    pub place: Option<Place<'a>>,
    /// `srAts`.
    pub attributes: Option<SignerAttributes<'a>>,
    /// `sigPId`.
    pub policy: Option<Policy<'a>>,
    /// `adoTst`: time-stamp tokens in DER over [`Payload::content_imprint`].
    pub content_time_stamps: &'a [&'a [u8]],
    /// What else is critical.
    pub critical: &'a [Critical],
}

/// What a further signature of a document is made over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shared<'a> {
    /// The payload that stands in the document, as it is written there.
    Inside {
        /// `cty`.
        media_type: Option<&'a str>,
    },
    /// The detached payload of the document, or objects to which this signature refers.
    Brought(Payload<'a>),
}

/// Where a counter-signature's payload is, and how the counter-signature is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter {
    /// The serialisation inside of `cSig`.
    pub serialisation: Serialisation,
    /// Whether the value that is counter-signed is repeated in it.
    pub attached: bool,
}

/// The exact bytes to sign, and the document that waits for their signature.
#[derive(Clone, Debug)]
pub struct PreparedSignature {
    bytes: Vec<u8>,
    protected: String,
    algorithm: Algorithm,
    certificate: Certificate,
    target: Target,
}
#[derive(Clone, Debug)]
enum Target {
    Alone {
        payload: Option<String>,
        serialisation: Serialisation,
    },
    Beside(Envelope),
    Within {
        envelope: Envelope,
        index: usize,
        payload: Option<String>,
        serialisation: Serialisation,
    },
}

impl Target {
    /// The document with this signature.
    fn with(self, protected: &str, signature: &str) -> Result<String, ReadError> {
        Ok(match self {
            Self::Alone {
                payload,
                serialisation,
            } => alone(payload.as_deref(), protected, signature, serialisation)?,
            Self::Beside(mut envelope) => {
                envelope.add(protected, signature)?;
                envelope.write()
            }
            Self::Within {
                mut envelope,
                index,
                payload,
                serialisation,
            } => {
                let counter = alone(payload.as_deref(), protected, signature, serialisation)?;
                let value = match serialisation {
                    Serialisation::Compact => Value::from(counter).to_string(),
                    Serialisation::Flattened | Serialisation::General => counter,
                };
                envelope.append(index, "cSig", &value)?;
                envelope.write()
            }
        })
    }
}

impl<'a> Signing<'a> {
    /// With `x5t#S256` and `x5c`, and nothing besides.
    #[must_use]
    pub fn new(algorithm: Algorithm, chain: &'a [Certificate], time: Timestamp) -> Self {
        Self {
            algorithm,
            chain,
            time,
            reference: Reference::Sha256,
            x5c: true,
            typ: None,
            kid: None,
            commitments: &[],
            place: None,
            attributes: None,
            policy: None,
            content_time_stamps: &[],
            critical: &[],
        }
    }

    /// A document with this one signature.
    ///
    /// # Errors
    /// [`CreateError`]: what TS 119 182-1 forbids is refused before anything is signed.
    pub fn prepare(
        &self,
        payload: &Payload<'_>,
        serialisation: Serialisation,
    ) -> Result<PreparedSignature, CreateError> {
        let fixed = payload.fix()?;
        if serialisation == Serialisation::Compact {
            let fits = |payload: &String| {
                let separate = |octet| matches!(octet, 0x20..=0x7e) && octet != b'.';
                !payload.is_empty() && payload.bytes().all(separate)
            };
            if !fixed.transmitted.as_ref().is_none_or(fits) {
                return Err(CreateError::CompactPayload);
            }
        }
        let target = Target::Alone {
            payload: fixed.transmitted.clone(),
            serialisation,
        };
        self.fix(&fixed, target)
    }

    /// A further signature of a document, beside those that are there: they keep their text, and a document with one
    /// becomes one in general serialisation.
    ///
    /// # Errors
    /// [`CreateError::Shared`] where the payload is not the one that the signatures share (RFC 7515 §7.2.1, RFC 7797 §3).
    pub fn prepare_parallel(
        &self,
        document: &[u8],
        shared: &Shared<'_>,
    ) -> Result<PreparedSignature, CreateError> {
        let read = Document::read_whole(document)?;
        let first = read.first()?;
        let plain = !first.signed.encoded;
        let fixed = match (shared, &first.payload) {
            (Shared::Inside { media_type }, Some(payload)) => {
                let octets = payload.as_bytes().to_vec();
                Fixed {
                    media_type: media_type.map(str::to_owned),
                    encoding: if plain {
                        super::Encoding::Plain
                    } else {
                        super::Encoding::Base64url
                    },
                    signed: octets.clone(),
                    content: octets,
                    ..Fixed::default()
                }
            }
            (Shared::Inside { .. }, None) => {
                return Err(CreateError::Shared("the document holds no payload"));
            }
            (Shared::Brought(_), Some(_)) => {
                return Err(CreateError::Shared("the document holds another payload"));
            }
            (Shared::Brought(Payload::Attached(_)), None) => {
                return Err(CreateError::Shared("the payload of the document is detached"));
            }
            (Shared::Brought(payload), None) => payload.fix()?,
        };
        if (fixed.encoding == super::Encoding::Plain) != plain {
            return Err(CreateError::Shared("b64 differs between the signatures"));
        }
        let envelope = Envelope::read(document, &read)?;
        self.fix(&fixed, Target::Beside(envelope))
    }

    /// A signature over the value of the signature at `index` of a document, to be added to its `etsiU` (`cSig`, §5.3.2).
    /// Whether that one verifies is not asked: a counter-signature says that its value was there.
    ///
    /// # Errors
    /// [`CreateError::Document`] where nothing can be added to the document.
    pub fn prepare_counter(
        &self,
        document: &[u8],
        index: usize,
        counter: Counter,
    ) -> Result<PreparedSignature, CreateError> {
        let read = Document::read_whole(document)?;
        let value = appendable(&read, index)?.signature.clone();
        let fixed = Fixed {
            signed: value.clone().into_bytes(),
            content: value.clone().into_bytes(),
            ..Fixed::default()
        };
        let target = Target::Within {
            envelope: Envelope::read(document, &read)?,
            index,
            payload: counter.attached.then_some(value),
            serialisation: counter.serialisation,
        };
        self.fix(&fixed, target)
    }

    fn fix(&self, payload: &Fixed, target: Target) -> Result<PreparedSignature, CreateError> {
        let (certificate, x5c) = certified(self.algorithm, self.chain, self.time)?;
        let header = self.header(payload, x5c)?;
        let text = serde_json::to_vec(&header).map_err(|_| CreateError::Header)?;
        let protected = base64url::encode(&text);
        // Whatever our own reader finds fault with is not signed.
        let read = Document::read(format!("{protected}..AA").as_bytes())?;
        if let Some(deviation) = read.first()?.deviations.first() {
            return Err(CreateError::Deviation(deviation.clone()));
        }
        // Nor what would be beyond the bounds of the document that it goes into.
        if !matches!(target, Target::Alone { .. }) {
            Document::read_whole(target.clone().with(&protected, "AA")?.as_bytes())?;
        }
        Ok(PreparedSignature {
            bytes: [protected.as_bytes(), b".", &payload.signed].concat(),
            protected,
            algorithm: self.algorithm,
            certificate: certificate.clone(),
            target,
        })
    }

    fn header(&self, payload: &Fixed, x5c: Vec<Value>) -> Result<Map<String, Value>, CreateError> {
        let is_jwt = |kind: &str| {
            let kind = kind.to_ascii_lowercase();
            let kind = kind.strip_prefix("application/").unwrap_or(&kind);
            kind == "jwt" || kind.ends_with("+jwt")
        };
        let media_type = payload.media_type.as_deref();
        let jwt = [self.typ, media_type].into_iter().flatten().any(is_jwt);
        if jwt && payload.encoding.b64() == Some(false) {
            return Err(CreateError::PlainJwt);
        }
        for (name, said) in [("typ", self.typ), ("cty", media_type), ("kid", self.kid)] {
            if said == Some("") {
                return Err(CreateError::Empty(name));
            }
        }
        let mut members = vec![
            ("alg", self.algorithm.name().into()),
            ("iat", self.time.as_second().into()),
            self.reference.json(self.chain)?,
        ];
        members.extend(self.typ.map(|typ| ("typ", typ.into())));
        members.extend(media_type.map(|media_type| ("cty", media_type.into())));
        members.extend(self.kid.map(|kid| ("kid", kid.into())));
        members.extend(self.x5c.then_some(("x5c", Value::Array(x5c))));
        if !self.commitments.is_empty() {
            let all = self.commitments.iter().map(Commitment::json);
            members.push(("srCms", all.collect::<Result<Value, _>>()?));
        }
        if let Some(place) = &self.place {
            members.push(("sigPl", place.json()?));
        }
        if let Some(attributes) = &self.attributes {
            members.push(("srAts", attributes.json()?));
        }
        if let Some(policy) = &self.policy {
            members.push(("sigPId", policy.json()?));
        }
        if !self.content_time_stamps.is_empty() {
            members.push(("adoTst", self.content_time_stamps(&payload.content)?));
        }
        members.extend(payload.sig_d.clone().map(|sig_d| ("sigD", sig_d)));
        members.extend(payload.encoding.b64().map(|b64| ("b64", b64.into())));
        let mut header: Map<String, Value> = members
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let mut critical: Vec<&str> = ["b64", "sigD"]
            .into_iter()
            .filter(|name| header.contains_key(*name))
            .collect();
        for name in self.critical.iter().map(|asked| asked.name()) {
            if !header.contains_key(name) {
                return Err(CreateError::CriticalAbsent(name));
            }
            if !critical.contains(&name) {
                critical.push(name);
            }
        }
        if !critical.is_empty() {
            header.insert("crit".to_owned(), critical.into());
        }
        Ok(header)
    }

    /// §5.2.6: without `canonAlg`. What covers the payload was there before it was signed.
    fn content_time_stamps(&self, content: &[u8]) -> Result<Value, CreateError> {
        let mut tokens = Vec::new();
        for der in self.content_time_stamps {
            let token = stamp::sound(der, content, self.chain)?;
            // `iat` has whole seconds.
            if token.time().duration_since(self.time) >= SignedDuration::from_secs(1) {
                return Err(stamp::StampError::Younger.into());
            }
            tokens.push(pki_object(der));
        }
        Ok(serde_json::json!({ "tstTokens": tokens }))
    }
}

impl PreparedSignature {
    /// The bytes to sign.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Verifies the signature by the certificate and gives the document: for a counter-signature or a parallel one the
    /// whole document with it.
    ///
    /// # Errors
    /// [`CreateError::NotVerified`] for a signature by another key, over other bytes, or in another form (ECDSA is
    /// r ‖ s, never DER); [`CreateError::Read`] where the document would be beyond the bounds of its reader.
    pub fn finish(self, signature: &[u8]) -> Result<String, CreateError> {
        self.certificate
            .verify(self.algorithm.scheme(), &self.bytes, signature)
            .map_err(|_| CreateError::NotVerified)?;
        let text = self.target.with(&self.protected, &base64url::encode(signature))?;
        Document::read_whole(text.as_bytes())?;
        Ok(text)
    }
}

fn alone(
    payload: Option<&str>,
    protected: &str,
    signature: &str,
    serialisation: Serialisation,
) -> Result<String, ReadError> {
    if serialisation == Serialisation::Compact {
        return Ok([protected, payload.unwrap_or_default(), signature].join("."));
    }
    let mut envelope = Envelope::new(payload)?;
    envelope.add(protected, signature)?;
    if serialisation == Serialisation::General {
        envelope.generalise();
    }
    Ok(envelope.write())
}
