//! The signed properties of TS 119 182-1 §5.2 as a signer states them.
//!
//! What the specification forbids mostly cannot be written down here; what is left over is refused by name.
use super::CreateError;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use procura_crypto::Digest;
use procura_jose::base64url;
use procura_pki::Certificate;
use serde_json::{Map, Value, json};

/// Digests of new signatures (TS 119 182-1 §6.2.1). MD5, SHA-1 and SHA-224 have no value here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HashAlgorithm {
    /// `S256`.
    Sha256,
    /// `S384`.
    Sha384,
    /// `S512`.
    Sha512,
}
impl HashAlgorithm {
    /// Its name in `digAlg` and `hashM`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "S256",
            Self::Sha384 => "S384",
            Self::Sha512 => "S512",
        }
    }

    /// The digest.
    #[must_use]
    pub fn digest(self) -> Digest {
        match self {
            Self::Sha256 => Digest::Sha256,
            Self::Sha384 => Digest::Sha384,
            Self::Sha512 => Digest::Sha512,
        }
    }

    fn of(self, certificate: &Certificate) -> Value {
        let value = self.digest().of(certificate.der());
        json!({ "digAlg": self.name(), "digVal": base64url::encode(&value) })
    }
}

/// The one reference to the signing certificate (TS 119 182-1 §6.3): exactly one is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reference {
    /// `x5t#S256` (§5.1.7).
    Sha256,
    /// `x5t#o` by SHA-384 (§5.2.2.2).
    Sha384,
    /// `x5t#o` by SHA-512.
    Sha512,
    /// `sigX5ts` (§5.2.2.3): the signing certificate and every other one of the chain, so there must be two at least.
    Chain(HashAlgorithm),
}
impl Reference {
    pub(super) fn json(self, chain: &[Certificate]) -> Result<(&'static str, Value), CreateError> {
        let signer = chain.first().ok_or(CreateError::NoCertificate)?;
        Ok(match self {
            Self::Sha256 => ("x5t#S256", base64url::encode(&signer.sha256()).into()),
            Self::Sha384 => ("x5t#o", HashAlgorithm::Sha384.of(signer)),
            Self::Sha512 => ("x5t#o", HashAlgorithm::Sha512.of(signer)),
            Self::Chain(_) if chain.len() < 2 => return Err(CreateError::SingleReference),
            Self::Chain(digest) => ("sigX5ts", chain.iter().map(|one| digest.of(one)).collect()),
        })
    }
}

/// What something is called (`oId`, TS 119 182-1 §5.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identifier<'a> {
    /// A URI; an OID is written as `urn:oid:…`.
    pub id: &'a str,
    /// In words.
    pub description: Option<&'a str>,
    /// URIs of documents about it.
    pub documents: &'a [&'a str],
}
impl<'a> Identifier<'a> {
    /// Without description.
    #[must_use]
    pub fn new(id: &'a str) -> Self {
        Self {
            id,
            description: None,
            documents: &[],
        }
    }

    fn json(&self, part: &'static str) -> Result<Value, CreateError> {
        let mut object = Map::new();
        object.insert("id".to_owned(), uri(self.id, part)?.into());
        if let Some(description) = self.description {
            object.insert("desc".to_owned(), description.into());
        }
        if !self.documents.is_empty() {
            let documents = self.documents.iter().map(|document| uri(document, part));
            object.insert("docRefs".to_owned(), documents.collect::<Result<Value, _>>()?);
        }
        Ok(object.into())
    }
}

/// A commitment that the signature makes (`srCms`, §5.2.3): proof of origin, of approval, ….
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Commitment<'a> {
    /// Which one.
    pub id: Identifier<'a>,
    /// Further information, in objects that the commitment defines.
    pub qualifiers: &'a [Map<String, Value>],
}
impl Commitment<'_> {
    pub(super) fn json(&self) -> Result<Value, CreateError> {
        let mut object = Map::new();
        object.insert("commId".to_owned(), self.id.json("srCms")?);
        if !self.qualifiers.is_empty() {
            let qualifiers = self.qualifiers.iter().cloned().map(Value::Object);
            object.insert("commQuals".to_owned(), qualifiers.collect());
        }
        Ok(object.into())
    }
}

/// Where it was signed (`sigPl`, §5.2.4): at least one of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place<'a> {
    /// `addressCountry`.
    pub country: Option<&'a str>,
    /// `addressLocality`.
    pub locality: Option<&'a str>,
    /// `addressRegion`.
    pub region: Option<&'a str>,
    /// `postOfficeBoxNumber`.
    pub post_office_box: Option<&'a str>,
    /// `postalCode`.
    pub postal_code: Option<&'a str>,
    /// `streetAddress`.
    pub street: Option<&'a str>,
}
impl Place<'_> {
    pub(super) fn json(&self) -> Result<Value, CreateError> {
        let members = [
            ("addressCountry", self.country),
            ("addressLocality", self.locality),
            ("addressRegion", self.region),
            ("postOfficeBoxNumber", self.post_office_box),
            ("postalCode", self.postal_code),
            ("streetAddress", self.street),
        ];
        let said = members
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?))));
        let object: Map<_, _> = said.collect();
        let empty = object.values().any(|value| value == "");
        if object.is_empty() || empty {
            return Err(CreateError::Empty("sigPl"));
        }
        Ok(object.into())
    }
}

/// Values of a kind that a media type names (`qArrays`, §5.2.5).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QualifiedValues<'a> {
    /// Media type of each value.
    pub media_type: &'a str,
    /// How each is encoded.
    pub encoding: &'a str,
    /// The values, at least one.
    pub values: &'a [Value],
}

/// An attribute that somebody certified (§5.2.5), in DER.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertifiedAttribute<'a> {
    /// An X.509 attribute certificate.
    X509(&'a [u8]),
    /// Another one.
    Other(&'a [u8]),
}

/// What the signer is besides (`srAts`, §5.2.5): at least one attribute.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SignerAttributes<'a> {
    /// By the signer's own word.
    pub claimed: &'a [QualifiedValues<'a>],
    /// By an attribute authority's.
    pub certified: &'a [CertifiedAttribute<'a>],
    /// By another party's signed assertions.
    pub assertions: &'a [QualifiedValues<'a>],
}
impl SignerAttributes<'_> {
    pub(super) fn json(&self) -> Result<Value, CreateError> {
        let arrays = |values: &[QualifiedValues<'_>]| {
            let one = |array: &QualifiedValues<'_>| {
                if array.values.is_empty() || array.media_type.is_empty() || array.encoding.is_empty() {
                    return Err(CreateError::Empty("srAts"));
                }
                Ok(json!({
                    "mediaType": array.media_type, "encoding": array.encoding, "qVals": array.values,
                }))
            };
            values.iter().map(one).collect::<Result<Value, _>>()
        };
        let mut object = Map::new();
        if !self.claimed.is_empty() {
            object.insert("claimed".to_owned(), arrays(self.claimed)?);
        }
        if !self.certified.is_empty() {
            let certified = self.certified.iter().map(|attribute| match attribute {
                CertifiedAttribute::X509(der) => json!({ "x509AttrCert": pki_object(der) }),
                CertifiedAttribute::Other(der) => json!({ "otherAttrCert": pki_object(der) }),
            });
            object.insert("certified".to_owned(), certified.collect());
        }
        if !self.assertions.is_empty() {
            object.insert("signedAssertions".to_owned(), arrays(self.assertions)?);
        }
        if object.is_empty() {
            return Err(CreateError::Empty("srAts"));
        }
        Ok(object.into())
    }
}

/// The digest of a signature policy's document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyDigest {
    /// By what.
    pub algorithm: HashAlgorithm,
    /// The value.
    pub value: Vec<u8>,
    /// `digPSp`: computed as the specification says that a [`PolicyQualifier::Specification`] names, not over the octets
    /// of the document.
    pub as_specified: bool,
}
impl PolicyDigest {
    /// Over the octets of the document.
    #[must_use]
    pub fn of(algorithm: HashAlgorithm, document: &[u8]) -> Self {
        Self {
            algorithm,
            value: algorithm.digest().of(document),
            as_specified: false,
        }
    }
}

/// A notice that is to be shown to whoever relies on the signature. At least one member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UserNotice<'a> {
    /// Who wrote it, and its numbers there.
    pub reference: Option<(&'a str, &'a [u32])>,
    /// Its text.
    pub text: Option<&'a str>,
}

/// More about a signature policy (`sigPQuals`, §5.2.7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyQualifier<'a> {
    /// `spURI`: where the document is.
    Uri(&'a str),
    /// `spUserNotice`.
    Notice(UserNotice<'a>),
    /// `spDSpec`: the specification by which the document is written.
    Specification(Identifier<'a>),
}

/// The signature policy (`sigPId`, §5.2.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy<'a> {
    /// Which one.
    pub id: Identifier<'a>,
    /// Of its document; without it, no document can be kept beside the signature (`sigPSt`).
    pub digest: Option<PolicyDigest>,
    /// More about it.
    pub qualifiers: &'a [PolicyQualifier<'a>],
}
impl Policy<'_> {
    pub(super) fn json(&self) -> Result<Value, CreateError> {
        let mut object = Map::new();
        object.insert("id".to_owned(), self.id.json("sigPId")?);
        if let Some(digest) = &self.digest {
            if digest.value.len() != digest.algorithm.digest().len() {
                return Err(CreateError::DigestLength("sigPId"));
            }
            object.insert("digAlg".to_owned(), digest.algorithm.name().into());
            object.insert("digVal".to_owned(), base64url::encode(&digest.value).into());
            if digest.as_specified {
                let specified = |qualifier| matches!(qualifier, &PolicyQualifier::Specification(_));
                if !self.qualifiers.iter().any(specified) {
                    return Err(CreateError::PolicySpecification);
                }
                object.insert("digPSp".to_owned(), true.into());
            }
        }
        if !self.qualifiers.is_empty() {
            let qualifiers = self.qualifiers.iter().map(PolicyQualifier::json);
            object.insert("sigPQuals".to_owned(), qualifiers.collect::<Result<Value, _>>()?);
        }
        Ok(object.into())
    }
}

impl PolicyQualifier<'_> {
    fn json(&self) -> Result<Value, CreateError> {
        Ok(match self {
            Self::Uri(at) => json!({ "spURI": uri(at, "sigPQuals")? }),
            Self::Specification(id) => json!({ "spDSpec": id.json("sigPQuals")? }),
            Self::Notice(notice) => {
                let mut object = Map::new();
                if let Some((organization, numbers)) = notice.reference {
                    if numbers.is_empty() || organization.is_empty() {
                        return Err(CreateError::Empty("spUserNotice"));
                    }
                    let reference = json!({ "organization": organization, "noticeNumbers": numbers });
                    object.insert("noticeRef".to_owned(), reference);
                }
                if let Some(text) = notice.text {
                    object.insert("explText".to_owned(), text.into());
                }
                if object.is_empty() {
                    return Err(CreateError::Empty("spUserNotice"));
                }
                json!({ "spUserNotice": object })
            }
        })
    }
}

/// `pkiOb` (§5.4.2): standard base64 of DER.
pub(crate) fn pki_object(der: &[u8]) -> Value {
    json!({ "val": BASE64_STANDARD.encode(der) })
}

/// A URI has a scheme and no white space (RFC 3986 §3).
fn uri<'a>(text: &'a str, part: &'static str) -> Result<&'a str, CreateError> {
    let scheme = text.split_once(':').map(|(scheme, _)| scheme.as_bytes());
    let sound = scheme.is_some_and(|scheme| {
        scheme.first().is_some_and(u8::is_ascii_alphabetic)
            && scheme
                .iter()
                .all(|octet| octet.is_ascii_alphanumeric() || b"+-.".contains(octet))
    });
    if sound && text.bytes().all(|octet| octet.is_ascii_graphic()) {
        Ok(text)
    } else {
        Err(CreateError::NotUri(part))
    }
}
