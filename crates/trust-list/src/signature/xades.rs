//! The signed properties of XAdES baseline B (EN 319 132-1 §5.2) that a list needs.
use super::{ListError, algorithm, only};
use crate::xml::{self, DS, XADES};
use jiff::Timestamp;
use procura_crypto::Digest;
use roxmltree::{Document, Node};

/// `Type` of the reference to the signed properties.
pub(crate) const SIGNED_PROPERTIES: &str = "http://uri.etsi.org/01903#SignedProperties";
const MAX_CERTIFICATES: usize = 16;

/// The one `SignedProperties` of the document, at `Signature/Object/QualifyingProperties`.
pub(super) fn locate<'a, 'i>(
    document: &'a Document<'i>,
    signature: Node<'a, 'i>,
) -> Result<Node<'a, 'i>, ListError> {
    let mut all = document
        .descendants()
        .filter(|n| xml::is(*n, XADES, "SignedProperties"));
    let properties = all
        .next()
        .ok_or(ListError::Structure("there are no SignedProperties"))?;
    if all.next().is_some() {
        return Err(ListError::Structure("there are two SignedProperties"));
    }
    let qualifying = properties
        .parent()
        .filter(|n| xml::is(*n, XADES, "QualifyingProperties"));
    let object = qualifying
        .and_then(|n| n.parent())
        .filter(|n| xml::is(*n, DS, "Object"));
    if object.and_then(|n| n.parent()) != Some(signature) {
        return Err(ListError::Structure(
            "SignedProperties is not at Signature/Object/QualifyingProperties",
        ));
    }
    let target = qualifying
        .and_then(|n| n.attribute("Target"))
        .and_then(|t| t.strip_prefix('#'));
    if target.is_none() || target != signature.attribute("Id") {
        return Err(ListError::Structure(
            "QualifyingProperties targets another signature",
        ));
    }
    Ok(properties)
}

/// The signed properties, read from their canonical bytes.
pub(super) struct SignedProperties {
    pub(super) signing_time: Timestamp,
    certificates: Vec<(Digest, Vec<u8>)>,
}

impl SignedProperties {
    pub(super) fn read(canonical: &[u8]) -> Result<Self, ListError> {
        let text = xml::text(canonical)?;
        let document = xml::parse(text)?;
        let signature = only(document.root_element(), XADES, "SignedSignatureProperties")?;
        let signing_time = xml::content(only(signature, XADES, "SigningTime")?)
            .parse()
            .map_err(|_| ListError::Structure("SigningTime is not a point in time"))?;
        let mut certificates = Vec::new();
        for name in ["SigningCertificate", "SigningCertificateV2"] {
            for list in xml::children(signature, XADES, name) {
                for certificate in xml::children(list, XADES, "Cert") {
                    let digest = only(certificate, XADES, "CertDigest")?;
                    let method = only(digest, DS, "DigestMethod")?
                        .attribute("Algorithm")
                        .unwrap_or_default();
                    let value = xml::base64(&xml::content(only(digest, DS, "DigestValue")?))
                        .ok_or(ListError::Structure("a certificate digest is not base64"))?;
                    certificates.push((algorithm::certificate_digest(method)?, value));
                }
            }
        }
        if certificates.is_empty() || certificates.len() > MAX_CERTIFICATES {
            return Err(ListError::Structure("SigningCertificate is missing or too long"));
        }
        Ok(Self {
            signing_time,
            certificates,
        })
    }

    /// Whether the certificate `der` is among the named ones.
    pub(super) fn names(&self, der: &[u8]) -> bool {
        self.certificates
            .iter()
            .any(|(digest, value)| digest.of(der) == *value)
    }
}
