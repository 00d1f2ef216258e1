//! What is signed, and where it stands (RFC 7797, TS 119 182-1 §5.2.8).
use super::{CreateError, HashAlgorithm};
use percent_encoding::percent_decode_str;
use procura_jose::base64url;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// How octets stand in what is signed (RFC 7797 §3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Base64url, as without `b64`.
    #[default]
    Base64url,
    /// Base64url, and `b64` says so: then it is critical.
    Base64urlNamed,
    /// As they are: `b64` is false, and critical.
    Plain,
}
impl Encoding {
    /// The value of `b64`.
    pub(super) fn b64(self) -> Option<bool> {
        match self {
            Self::Base64url => None,
            Self::Base64urlNamed => Some(true),
            Self::Plain => Some(false),
        }
    }

    fn write(self, octets: &[u8]) -> Vec<u8> {
        match self {
            Self::Plain => octets.to_vec(),
            Self::Base64url | Self::Base64urlNamed => base64url::encode(octets).into_bytes(),
        }
    }
}

/// One payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content<'a> {
    /// Its octets.
    pub octets: &'a [u8],
    /// `cty` (§5.1.3); `application/` may be left out.
    pub media_type: Option<&'a str>,
    /// How it is signed.
    pub encoding: Encoding,
}
impl<'a> Content<'a> {
    /// Base64url, and nothing said of its type.
    #[must_use]
    pub fn new(octets: &'a [u8]) -> Self {
        Self {
            octets,
            media_type: None,
            encoding: Encoding::default(),
        }
    }
}

/// An object to which a detached signature refers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object<'a> {
    /// Where it is. Nothing is fetched, now or later: who validates brings the object.
    pub uri: &'a str,
    /// What it is.
    pub octets: &'a [u8],
    /// Its type (`ctys`): said of all objects or of none.
    pub media_type: Option<&'a str>,
}

/// How a detached signature refers to objects (`sigD`, §5.2.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Detachment {
    /// `ObjectIdByURI`: the objects one after the other are signed.
    ByUri,
    /// `ObjectIdByURIHash`: their digests are.
    ByUriHash(HashAlgorithm),
}

/// What is signed. A type of its own cannot be said of a payload that `sigD` builds (§5.1.3), nor can such a payload stand
/// in the document (§5.2.8.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload<'a> {
    /// It stands in the document.
    Attached(Content<'a>),
    /// It is brought by whoever validates (RFC 7515 appendix F).
    Detached(Content<'a>),
    /// The objects that `sigD` names.
    Objects {
        /// How.
        detachment: Detachment,
        /// Which, at least one; those with the same URI are one.
        objects: &'a [Object<'a>],
        /// How each is signed, or digested.
        encoding: Encoding,
    },
}

/// A payload whose place in header, signing input and document is fixed.
#[derive(Clone, Debug, Default)]
pub(super) struct Fixed {
    pub(super) media_type: Option<String>,
    pub(super) sig_d: Option<Value>,
    pub(super) encoding: Encoding,
    /// The payload's string in the document.
    pub(super) transmitted: Option<String>,
    /// What stands after the dot of the signing input.
    pub(super) signed: Vec<u8>,
    /// What a content time-stamp covers.
    pub(super) content: Vec<u8>,
}

impl Payload<'_> {
    /// What a content time-stamp (`adoTst`, §5.2.6) is made over, before anything is signed: the payload as it is signed,
    /// or the objects themselves where only their digests are.
    #[must_use]
    pub fn content_imprint(&self) -> Vec<u8> {
        match self {
            Self::Attached(content) | Self::Detached(content) => content.encoding.write(content.octets),
            Self::Objects {
                objects, encoding, ..
            } => objects
                .iter()
                .flat_map(|object| encoding.write(object.octets))
                .collect(),
        }
    }

    pub(super) fn fix(&self) -> Result<Fixed, CreateError> {
        let content = self.content_imprint();
        Ok(match self {
            Self::Attached(one) => Fixed {
                media_type: one.media_type.map(str::to_owned),
                encoding: one.encoding,
                transmitted: Some(String::from_utf8(content.clone()).map_err(|_| CreateError::PlainText)?),
                signed: content.clone(),
                content,
                sig_d: None,
            },
            Self::Detached(one) => Fixed {
                media_type: one.media_type.map(str::to_owned),
                encoding: one.encoding,
                signed: content.clone(),
                content,
                ..Fixed::default()
            },
            Self::Objects {
                detachment,
                objects,
                encoding,
            } => Fixed {
                sig_d: Some(sig_d(*detachment, objects, *encoding)?),
                encoding: *encoding,
                signed: match detachment {
                    Detachment::ByUri => content.clone(),
                    Detachment::ByUriHash(_) => Vec::new(),
                },
                content,
                ..Fixed::default()
            },
        })
    }
}

fn sig_d(detachment: Detachment, objects: &[Object<'_>], encoding: Encoding) -> Result<Value, CreateError> {
    if objects.is_empty() || objects.iter().any(|object| object.uri.is_empty()) {
        return Err(CreateError::Empty("pars"));
    }
    // Two that differ only in their percent-encoding are one.
    let different: BTreeSet<Vec<u8>> = objects
        .iter()
        .map(|object| percent_decode_str(object.uri).collect())
        .collect();
    if different.len() != objects.len() {
        return Err(CreateError::Twice("pars"));
    }
    let mut sig_d = Map::new();
    let mechanism = match detachment {
        Detachment::ByUri => "http://uri.etsi.org/19182/ObjectIdByURI",
        Detachment::ByUriHash(_) => "http://uri.etsi.org/19182/ObjectIdByURIHash",
    };
    sig_d.insert("mId".to_owned(), mechanism.into());
    sig_d.insert(
        "pars".to_owned(),
        objects.iter().map(|object| object.uri).collect(),
    );
    if let Detachment::ByUriHash(algorithm) = detachment {
        let digest = |object: &Object<'_>| {
            let written = encoding.write(object.octets);
            base64url::encode(&algorithm.digest().of(&written))
        };
        sig_d.insert("hashM".to_owned(), algorithm.name().into());
        sig_d.insert("hashV".to_owned(), objects.iter().map(digest).collect());
    }
    let types: Vec<_> = objects.iter().filter_map(|object| object.media_type).collect();
    if types.contains(&"") {
        return Err(CreateError::Empty("ctys"));
    }
    if types.len() == objects.len() {
        sig_d.insert("ctys".to_owned(), types.into());
    } else if !types.is_empty() {
        return Err(CreateError::ContentTypes);
    }
    Ok(sig_d.into())
}
