//! The CMS `SignedData` of a token (RFC 5652 §5), with the one signer that RFC 3161 §2.4.2 permits.
use super::TokenError;
use crate::fields::{Fields, context};
use der::{Encode as _, Tag, TagNumber, asn1::AnyRef};
use procura_crypto::{Digest, Scheme};
use procura_pki::{Certificate, Name, algorithm};
use std::collections::BTreeSet;

const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
const TST_INFO: &str = "1.2.840.113549.1.9.16.1.4";
const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
const SIGNING_CERTIFICATE: &str = "1.2.840.113549.1.9.16.2.12";
const SIGNING_CERTIFICATE_V2: &str = "1.2.840.113549.1.9.16.2.47";
/// Tokens have four or five.
const MAX_ATTRIBUTES: usize = 32;
const WHAT: &str = "the CMS SignedData cannot be read";
const ATTRIBUTES: &str = "the signed attributes cannot be read";

/// The parts of a `SignedData` that count.
pub(super) struct Signed<'a> {
    /// DER of the `TSTInfo`.
    pub(super) content: &'a [u8],
    pub(super) certificates: Vec<&'a [u8]>,
    pub(super) signer: Signer,
}

/// What the signer signed, and by which certificate.
#[derive(Clone, Debug)]
pub(super) struct Signer {
    identifier: Identifier,
    /// Digest of the content and of the signed attributes.
    pub(super) digest: Digest,
    pub(super) scheme: Scheme,
    /// The signed attributes as a SET, which is what is signed (RFC 5652 §5.4).
    attributes: Vec<u8>,
    message_digest: Vec<u8>,
    /// Digests of the signer's certificate (RFC 5816, RFC 2634); at least one.
    pub(super) references: Vec<(Digest, Vec<u8>)>,
    signature: Vec<u8>,
}

#[derive(Clone, Debug)]
enum Identifier {
    IssuerAndSerial(Name, Vec<u8>),
    SubjectKeyIdentifier(Vec<u8>),
}

impl<'a> Signed<'a> {
    pub(super) fn read(der: &'a [u8]) -> Result<Self, TokenError> {
        let mut info = Fields::of(der, Tag::Sequence, "the CMS ContentInfo cannot be read")?;
        if info.oid()? != SIGNED_DATA {
            return Err(TokenError::Format("not CMS SignedData"));
        }
        let content = info.next(context(0))?;
        info.end()?;
        let mut fields = Fields::of(content.value(), Tag::Sequence, WHAT)?;
        // RFC 5652 §5.1: content of another type than id-data.
        if fields.integer()? != [3] {
            return Err(TokenError::Format("the SignedData is not of version 3"));
        }
        fields.next(Tag::Set)?;
        let content = encapsulated(fields.next(Tag::Sequence)?.value())?;
        let mut certificates = Vec::new();
        if let Some(set) = fields.optional(context(0))? {
            let mut each = Fields::new(set.value(), WHAT)?;
            while !each.is_empty() {
                certificates.push(each.whole()?);
            }
        }
        fields.optional(context(1))?;
        let mut signers = Fields::new(fields.next(Tag::Set)?.value(), WHAT)?;
        fields.end()?;
        let signer = signers.next(Tag::Sequence)?;
        if !signers.is_empty() {
            return Err(TokenError::Format("more than one signer"));
        }
        Ok(Self {
            content,
            certificates,
            signer: Signer::read(signer.value())?,
        })
    }
}

fn encapsulated(content: &[u8]) -> Result<&[u8], TokenError> {
    let mut fields = Fields::new(content, WHAT)?;
    if fields.oid()? != TST_INFO {
        return Err(TokenError::Format("its content is no TSTInfo"));
    }
    let explicit = fields
        .optional(context(0))?
        .ok_or(TokenError::Format("its content is missing"))?;
    fields.end()?;
    let mut inner = Fields::new(explicit.value(), WHAT)?;
    let octets = inner.next(Tag::OctetString)?;
    inner.end()?;
    Ok(octets.value())
}

impl Signer {
    fn read(content: &[u8]) -> Result<Self, TokenError> {
        let mut fields = Fields::new(content, "the SignerInfo cannot be read")?;
        let version = fields.integer()?.to_vec();
        let identifier = Identifier::read(fields.any()?)?;
        // RFC 5652 §5.3
        let expected = match identifier {
            Identifier::IssuerAndSerial(..) => [1],
            Identifier::SubjectKeyIdentifier(_) => [3],
        };
        if version != expected {
            return Err(TokenError::Format(
                "the version of the SignerInfo is not that of its identifier",
            ));
        }
        let digest = algorithm::digest_of_identifier(fields.whole()?)
            .ok_or(TokenError::Algorithm("digest algorithm"))?;
        let attributes = fields
            .optional(context(0))?
            .ok_or(TokenError::Format("there are no signed attributes"))?;
        let scheme = algorithm::scheme_of_identifier(fields.whole()?, digest)
            .ok_or(TokenError::Algorithm("signature algorithm"))?;
        let signature = fields.next(Tag::OctetString)?.value().to_vec();
        fields.optional(context(1))?;
        fields.end()?;
        let signed = Attributes::read(attributes.value())?;
        // The order that was received is the order that was signed.
        let set = AnyRef::new(Tag::Set, attributes.value())
            .and_then(|set| set.to_der())
            .map_err(|_| TokenError::Format(ATTRIBUTES))?;
        Ok(Self {
            identifier,
            digest,
            scheme,
            attributes: set,
            message_digest: signed.message_digest,
            references: signed.references,
            signature,
        })
    }

    pub(super) fn is_identified_by(&self, certificate: &Certificate) -> bool {
        match &self.identifier {
            Identifier::IssuerAndSerial(issuer, serial) => {
                certificate.issuer().matches(issuer) && certificate.serial() == serial
            }
            Identifier::SubjectKeyIdentifier(id) => certificate.subject_key_id() == Some(id),
        }
    }

    /// Every signed reference is to this certificate: one that agrees does not heal one that does not.
    pub(super) fn refers_to(&self, certificate: &Certificate) -> bool {
        self.references
            .iter()
            .all(|(digest, value)| digest.of(certificate.der()) == *value)
    }

    pub(super) fn has_content(&self, content: &[u8]) -> bool {
        self.digest.of(content) == self.message_digest
    }

    pub(super) fn verify(&self, certificate: &Certificate) -> Result<(), TokenError> {
        certificate
            .verify(self.scheme, &self.attributes, &self.signature)
            .map_err(|_| TokenError::Signature)
    }
}

impl Identifier {
    fn read(element: AnyRef<'_>) -> Result<Self, TokenError> {
        const REFUSED: TokenError = TokenError::Format("the signer's identifier cannot be read");
        let key_identifier = Tag::ContextSpecific {
            constructed: false,
            number: TagNumber(0),
        };
        match element.header().tag() {
            Tag::Sequence => {
                let mut fields = Fields::new(element.value(), "the signer's identifier cannot be read")?;
                let issuer = Name::from_der(fields.whole()?).ok_or(REFUSED)?;
                let serial = fields.integer()?.to_vec();
                fields.end()?;
                Ok(Self::IssuerAndSerial(issuer, serial))
            }
            tag if tag == key_identifier => Ok(Self::SubjectKeyIdentifier(element.value().to_vec())),
            _ => Err(REFUSED),
        }
    }
}

/// Those of the signed attributes that count; each stands once with one value.
struct Attributes {
    message_digest: Vec<u8>,
    references: Vec<(Digest, Vec<u8>)>,
}

impl Attributes {
    fn read(content: &[u8]) -> Result<Self, TokenError> {
        let mut seen = BTreeSet::new();
        let (mut content_type, mut message_digest, mut references) = (None, None, Vec::new());
        let mut list = Fields::new(content, ATTRIBUTES)?;
        while !list.is_empty() {
            let mut attribute = Fields::new(list.next(Tag::Sequence)?.value(), ATTRIBUTES)?;
            let kind = attribute.oid()?;
            let mut values = Fields::new(attribute.next(Tag::Set)?.value(), ATTRIBUTES)?;
            attribute.end()?;
            if values.is_empty() {
                return Err(TokenError::Format("a signed attribute without a value"));
            }
            if seen.contains(&kind) {
                return Err(TokenError::Format("a signed attribute stands twice"));
            }
            if seen.len() == MAX_ATTRIBUTES {
                return Err(TokenError::Format("more than 32 signed attributes"));
            }
            let value = match kind.as_str() {
                CONTENT_TYPE | MESSAGE_DIGEST | SIGNING_CERTIFICATE | SIGNING_CERTIFICATE_V2 => {
                    let value = values.any()?;
                    values.end()?;
                    Some(value)
                }
                _ => None,
            };
            match (kind.as_str(), value) {
                (CONTENT_TYPE, Some(value)) => content_type = Some(value),
                (MESSAGE_DIGEST, Some(value)) if value.header().tag() == Tag::OctetString => {
                    message_digest = Some(value.value().to_vec());
                }
                (SIGNING_CERTIFICATE, Some(value)) => references.push(reference(value, false)?),
                (SIGNING_CERTIFICATE_V2, Some(value)) => references.push(reference(value, true)?),
                _ => {}
            }
            seen.insert(kind);
        }
        let is_tst_info = content_type
            .and_then(|value| value.decode_as::<der::asn1::ObjectIdentifier>().ok())
            .is_some_and(|oid| oid.to_string() == TST_INFO);
        if !is_tst_info {
            return Err(TokenError::Format(
                "the signed content type is not that of TSTInfo",
            ));
        }
        let message_digest = message_digest.ok_or(TokenError::Format("no signed digest of the content"))?;
        if references.is_empty() {
            // RFC 3161 §2.4.2: without it, another certificate with the same key could be put in place.
            return Err(TokenError::Format("no signed reference to the certificate"));
        }
        Ok(Self {
            message_digest,
            references,
        })
    }
}

/// The first `ESSCertID` or `ESSCertIDv2`: that of the signer (RFC 5035 §5.4.1). SHA-1 in the older, SHA-256 unless
/// said otherwise in the newer.
fn reference(value: AnyRef<'_>, newer: bool) -> Result<(Digest, Vec<u8>), TokenError> {
    const WHAT: &str = "the reference to the signer's certificate cannot be read";
    if value.header().tag() != Tag::Sequence {
        return Err(TokenError::Format(WHAT));
    }
    let mut signing = Fields::new(value.value(), WHAT)?;
    let mut list = Fields::new(signing.next(Tag::Sequence)?.value(), WHAT)?;
    let mut first = Fields::new(list.next(Tag::Sequence)?.value(), WHAT)?;
    let mut digest = if newer { Digest::Sha256 } else { Digest::Sha1 };
    let mut hash = first.whole()?;
    if newer && hash.first() == Some(&0x30) {
        digest = algorithm::digest_of_identifier(hash).ok_or(TokenError::Algorithm(
            "digest algorithm of the certificate reference",
        ))?;
        hash = first.whole()?;
    }
    let mut hash = Fields::new(hash, WHAT)?;
    Ok((digest, hash.next(Tag::OctetString)?.value().to_vec()))
}
