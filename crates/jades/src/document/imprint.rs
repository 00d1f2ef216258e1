//! What signatures and time-stamps are made over, from the strings that were transmitted.
use super::{Document, Mechanism, SignedProperties, Transmitted, UnsignedProperty};
use percent_encoding::percent_decode_str;
use procura_jose::base64url;
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

/// Properties that a `sigRTst` covers (TS 119 182-1 §A.1.5.1).
const COVERED_BY_SIG_R_TST: [&str; 5] = ["sigTst", "xRefs", "rRefs", "axRefs", "arRefs"];
/// Properties that an `rfsTst` covers (TS 119 182-1 §A.1.5.2).
const COVERED_BY_RFS_TST: [&str; 4] = ["xRefs", "rRefs", "axRefs", "arRefs"];

/// The objects to which detached signatures refer, by their URI. Nothing is fetched: who asks brings them.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    by_uri: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The payload of a signature that is detached without `sigD`.
    payload: Option<Vec<u8>>,
    /// Headers of an HTTP message: names in lower case, with their values in order.
    headers: BTreeMap<String, Vec<String>>,
}
impl Objects {
    /// Adds an object. URIs are compared after percent-decoding.
    #[must_use]
    pub fn with(mut self, uri: &str, object: Vec<u8>) -> Self {
        self.by_uri.insert(decoded(uri), object);
        self
    }

    /// The payload itself, for signatures that are detached without `sigD` (RFC 7515 appendix F).
    #[must_use]
    pub fn with_payload(mut self, payload: Vec<u8>) -> Self {
        self.payload = Some(payload);
        self
    }

    /// Adds a header of the HTTP message that was signed (TS 119 182-1 §5.2.8.2). One that stands several times is added
    /// as often, in order; `(request-target)` is the method in lower case, a space and the path.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        let values = self.headers.entry(name.to_ascii_lowercase()).or_default();
        values.push(value.trim().to_owned());
        self
    }

    /// Of what was brought the first that none of these signatures is on.
    fn beside<'a>(&self, signatures: impl Iterator<Item = &'a SignedProperties> + Clone) -> Option<String> {
        let on = |wanted: fn(&Mechanism) -> bool| {
            let mut mechanisms = signatures.clone().filter_map(|signed| signed.detached.as_ref());
            mechanisms.any(wanted)
        };
        let bare = signatures.clone().any(|signed| signed.detached.is_none());
        if self.payload.is_some() && !bare {
            return Some("the payload".to_owned());
        }
        // A message has more headers than anybody signs; the report names those that were.
        if !self.headers.is_empty() && !on(|mechanism| matches!(mechanism, Mechanism::HttpHeaders { .. })) {
            return Some("the headers".to_owned());
        }
        let signed: BTreeSet<Vec<u8>> = signatures
            .flat_map(SignedProperties::object_uris)
            .map(|uri| decoded(&uri))
            .collect();
        let beside = self.by_uri.keys().find(|uri| !signed.contains(*uri))?;
        Some(String::from_utf8_lossy(beside).into_owned())
    }

    /// The object of a URI.
    #[must_use]
    pub fn get(&self, uri: &str) -> Option<&[u8]> {
        self.by_uri.get(&decoded(uri)).map(Vec::as_slice)
    }
}
/// The octets that a URI stands for: two that differ only in their encoding are one.
pub(super) fn decoded(uri: &str) -> Vec<u8> {
    percent_decode_str(uri).collect()
}

/// What stands at the payload's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Imprint {
    /// These octets.
    Known(Vec<u8>),
    /// An object is not at hand, or the mechanism is not known.
    NotFound,
    /// The digest that was signed is not that of the object, or the payload is not the one that was brought.
    Changed(String),
    /// A payload stands beside a reference to another one: nobody can say what was meant.
    Ambiguous,
}

/// `name: value` of each header, a line each, without a last line break.
fn headers(names: &[String], objects: &Objects) -> Result<Vec<u8>, Imprint> {
    let mut lines = Vec::with_capacity(names.len());
    for name in names {
        let values = objects.headers.get(name).ok_or(Imprint::NotFound)?;
        lines.push(format!("{name}: {}", values.join(", ")));
    }
    Ok(lines.join("\n").into_bytes())
}

impl Document {
    /// Of what was brought the first object that no signature of this document is on: whoever brings it wants it judged,
    /// and nobody signed it.
    pub(crate) fn unsigned_object(&self, objects: &Objects) -> Option<String> {
        objects.beside(self.signatures.iter().flatten().map(|one| &one.signed))
    }
}

impl Transmitted {
    /// The payload as it stands in the signing input (RFC 7515 §5.1, RFC 7797 §3, TS 119 182-1 §5.2.8), or why it cannot
    /// be told.
    fn signed_payload<'a>(&'a self, objects: &'a Objects) -> Result<Cow<'a, [u8]>, Imprint> {
        let Some(mechanism) = &self.signed.detached else {
            return match (self.payload.as_deref(), &objects.payload) {
                (Some(payload), Some(brought)) if *self.written(brought) != *payload.as_bytes() => {
                    Err(Imprint::Changed("payload".to_owned()))
                }
                (Some(payload), _) => Ok(payload.as_bytes().into()),
                (None, Some(payload)) => Ok(self.written(payload)),
                (None, None) => Err(Imprint::NotFound),
            };
        };
        if self.payload.is_some() {
            return Err(Imprint::Ambiguous);
        }
        match mechanism {
            Mechanism::ObjectIdByUri { objects: uris } => self.concatenated(uris.iter(), objects),
            Mechanism::ObjectIdByUriHash {
                objects: listed,
                digest,
            } => {
                for (uri, value) in listed {
                    let object = objects.get(uri).ok_or(Imprint::NotFound)?;
                    if digest.of(&self.written(object)) != *value {
                        return Err(Imprint::Changed(uri.clone()));
                    }
                }
                Ok(Cow::default())
            }
            Mechanism::HttpHeaders { names } => Ok(headers(names, objects)?.into()),
            Mechanism::Unknown => Err(Imprint::NotFound),
        }
    }

    /// An object as `b64` has it written.
    fn written<'a>(&self, object: &'a [u8]) -> Cow<'a, [u8]> {
        if self.signed.encoded {
            base64url::encode(object).into_bytes().into()
        } else {
            object.into()
        }
    }

    fn concatenated<'a>(
        &self,
        uris: impl Iterator<Item = &'a String>,
        objects: &Objects,
    ) -> Result<Cow<'static, [u8]>, Imprint> {
        let mut whole = Vec::new();
        for uri in uris {
            let object = objects.get(uri).ok_or(Imprint::NotFound)?;
            whole.extend_from_slice(&self.written(object));
        }
        Ok(whole.into())
    }

    /// The JWS signing input (RFC 7515 §5.1 step 5).
    #[must_use]
    pub fn signing_input(&self, objects: &Objects) -> Imprint {
        match self.signed_payload(objects) {
            Ok(payload) => Imprint::Known([self.protected.as_bytes(), b".", &payload].concat()),
            Err(unknown) => unknown,
        }
    }

    /// What an archive time-stamp covers in the payload's place: the objects themselves, not their digests. For an HTTP
    /// message that takes its body, which is not asked for here.
    fn archived_payload<'a>(&'a self, objects: &'a Objects) -> Result<Cow<'a, [u8]>, Imprint> {
        match &self.signed.detached {
            Some(Mechanism::HttpHeaders { .. }) => Err(Imprint::NotFound),
            Some(Mechanism::ObjectIdByUriHash { objects: listed, .. }) => {
                self.concatenated(listed.iter().map(|(uri, _)| uri), objects)
            }
            _ => self.signed_payload(objects),
        }
    }

    /// What an `adoTst` covers (TS 119 182-1 §5.2.6): the payload as it is signed, or the objects whose digests are.
    #[must_use]
    pub fn content_imprint(&self, objects: &Objects) -> Imprint {
        match self.archived_payload(objects) {
            Ok(payload) => Imprint::Known(payload.into_owned()),
            Err(unknown) => unknown,
        }
    }

    /// What the time-stamp at `index` of `etsiU` covers, by its kind. `None` for a property that holds no time-stamps,
    /// or whose imprint rests on a canonicalisation.
    #[must_use]
    pub fn time_stamp_imprint(&self, index: usize, objects: &Objects) -> Option<Imprint> {
        let property = self.unsigned.properties.get(index)?;
        let before = self.unsigned.properties.get(..index)?;
        let preceding = |names: &[&str]| {
            before
                .iter()
                .filter(|property| names.contains(&property.name.as_str()))
                .map(|property| property.transmitted.as_deref())
                .collect::<Option<Vec<_>>>()
                .map(|strings| strings.concat())
        };
        Some(match property.name.as_str() {
            // §5.3.4: the characters of the signature's string.
            "sigTst" => Imprint::Known(self.signature.clone().into_bytes()),
            "sigRTst" => {
                let covered = preceding(&COVERED_BY_SIG_R_TST)?;
                Imprint::Known([self.signature.as_str(), ".", &covered].concat().into_bytes())
            }
            "rfsTst" => Imprint::Known(preceding(&COVERED_BY_RFS_TST)?.into_bytes()),
            "arcTst" => {
                property.transmitted.as_ref()?;
                self.archived(before, objects)?
            }
            _ => return None,
        })
    }

    /// What an archive time-stamp covers that is added after everything that is there. `None` where that rests on a
    /// canonicalisation.
    #[must_use]
    pub fn archive_imprint(&self, objects: &Objects) -> Option<Imprint> {
        self.archived(&self.unsigned.properties, objects)
    }

    /// §5.3.6.2: the objects, the signature, and every property before the time-stamp.
    fn archived(&self, before: &[UnsignedProperty], objects: &Objects) -> Option<Imprint> {
        let properties = before.iter().map(|property| property.transmitted.as_deref());
        let properties: Vec<&str> = properties.collect::<Option<_>>()?;
        let payload = match self.archived_payload(objects) {
            Ok(payload) => payload,
            Err(unknown) => return Some(unknown),
        };
        let fixed = [
            &payload,
            b".".as_slice(),
            self.protected.as_bytes(),
            b".",
            self.signature.as_bytes(),
            b".",
        ];
        let mut whole = fixed.to_vec();
        whole.extend(properties.into_iter().map(str::as_bytes));
        Some(Imprint::Known(whole.concat()))
    }
}
