//! XML signatures of lists: XML-DSig core with the placement rules of ETSI TS 119 612 annex B and XAdES baseline B.
//!
//! What is parsed is what was signed: `SignedInfo`, `SignedProperties` and the content are each read from the
//! canonical bytes that went into the digest, never from the file.
pub mod algorithm;
mod reference;
pub(crate) mod xades;

use crate::{
    c14n::canonicalize,
    model::{self, TrustedList},
    xml::{self, DS, TSL},
};
use jiff::Timestamp;
use procura_crypto::{PublicKey, digest::hexadecimal};
use procura_pki::Certificate;
use roxmltree::{Document, Node};

/// Why a list was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum ListError {
    /// Not well-formed, a DTD, duplicate ids, too large.
    #[error("not XML that we read: {0}")]
    Xml(String),
    /// Not exactly one signature as a child of the root that covers the whole document.
    #[error("signature structure: {0}")]
    Structure(&'static str),
    /// An algorithm that is not accepted.
    #[error("algorithm {0} is not accepted")]
    Algorithm(String),
    /// A reference digest differs.
    #[error("the digest of a signed part differs")]
    Digest,
    /// The signature value does not verify.
    #[error("the signature value does not verify")]
    Value,
    /// Signed by a certificate that nobody announced.
    #[error("signed by a certificate that was not announced: SHA-256 {0}")]
    UnknownSigner(String),
    /// The certificate that the signature names in its signed properties is another one.
    #[error("the signed certificate digest is not that of the signer")]
    SignerDigest,
    /// The claimed signing time lies outside of the signer's validity.
    #[error("signed at {signed_at}, but the signer is valid from {not_before} to {not_after}")]
    SigningTime {
        /// The claimed time.
        signed_at: Timestamp,
        /// Start of the signer's validity.
        not_before: Timestamp,
        /// End of the signer's validity.
        not_after: Timestamp,
    },
    /// The signer's key is too small, or not one that we verify with.
    #[error("the signer's key is not accepted: {0}")]
    SignerKey(String),
    /// The content breaks a rule.
    #[error("content: {0}")]
    Content(String),
}

impl ListError {
    /// The stable code of the reason, for logs and operators.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Xml(_) => "PRO-6101",
            Self::Structure(_) => "PRO-6102",
            Self::Algorithm(_) => "PRO-6103",
            Self::Digest => "PRO-6104",
            Self::Value => "PRO-6105",
            Self::UnknownSigner(_) => "PRO-6106",
            Self::SignerDigest => "PRO-6107",
            Self::SigningTime { .. } => "PRO-6108",
            Self::SignerKey(_) => "PRO-6109",
            Self::Content(_) => "PRO-6110",
        }
    }
}

/// A list whose signature holds by an announced signer.
#[derive(Clone, Debug)]
pub struct VerifiedList {
    /// The content, parsed from the bytes that were digested.
    pub list: TrustedList,
    /// The signer.
    pub signer: Certificate,
    /// The signing time that the signer claims.
    pub signed_at: Timestamp,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
}

/// Who may sign. Certificates count by identity: no path is built and no revocation asked, the announcement decides.
#[derive(Clone, Debug)]
pub enum Signers {
    /// These certificates.
    Certificates(Vec<Certificate>),
    /// Certificates with these SHA-256 digests.
    Sha256(Vec<[u8; 32]>),
}
impl Signers {
    /// Whether the certificate with this SHA-256 was announced.
    #[must_use]
    pub fn contains(&self, sha256: &[u8; 32]) -> bool {
        match self {
            Self::Certificates(certificates) => certificates.iter().any(|c| c.sha256() == *sha256),
            Self::Sha256(digests) => digests.contains(sha256),
        }
    }
    /// The SHA-256 digests, sorted.
    #[must_use]
    pub fn digests(&self) -> Vec<[u8; 32]> {
        let mut digests = match self {
            Self::Certificates(certificates) => certificates.iter().map(Certificate::sha256).collect(),
            Self::Sha256(digests) => digests.clone(),
        };
        digests.sort_unstable();
        digests.dedup();
        digests
    }
}

/// Smallest RSA modulus of a signer in bits, unless the caller says otherwise. A Member State signs with 2032 bits.
pub const MIN_RSA_BITS: usize = 2031;
const MAX_REFERENCES: usize = 8;
const MAX_CERTIFICATES: usize = 16;

/// Verifies a list with [`MIN_RSA_BITS`].
///
/// # Errors
/// A [`ListError`] that names the first rule that is broken.
pub fn verify(xml: &[u8], signers: &Signers) -> Result<VerifiedList, ListError> {
    verify_with(xml, signers, MIN_RSA_BITS)
}

/// Verifies a list whose signer may have an RSA key of `min_rsa_bits` (1024 for the pivots of 2017).
///
/// # Errors
/// A [`ListError`] that names the first rule that is broken.
pub fn verify_with(file: &[u8], signers: &Signers, min_rsa_bits: usize) -> Result<VerifiedList, ListError> {
    let text = xml::text(file)?;
    let document = xml::parse(text)?;
    let root = document.root_element();
    if !xml::is(root, TSL, "TrustServiceStatusList") {
        return Err(ListError::Structure("the root is not a TrustServiceStatusList"));
    }
    let signature = the_signature(&document)?;
    let signed_info = reference::SignedInfo::read(only(signature, DS, "SignedInfo")?)?;
    let located = xades::locate(&document, signature)?;
    let coverage = reference::cover(&document, signature, located, &signed_info.references)?;
    let certificates = key_info(signature)?;
    let properties = xades::SignedProperties::read(&coverage.properties)?;

    let signer = signer(&certificates, signers)?;
    if !properties.names(signer.der()) {
        return Err(ListError::SignerDigest);
    }
    if properties.signing_time < signer.not_before() || properties.signing_time > signer.not_after() {
        return Err(ListError::SigningTime {
            signed_at: properties.signing_time,
            not_before: signer.not_before(),
            not_after: signer.not_after(),
        });
    }
    coverage.check_digests()?;
    let key = key_of(&signer, min_rsa_bits)?;
    let value = xml::base64(&xml::content(only(signature, DS, "SignatureValue")?))
        .ok_or(ListError::Structure("SignatureValue is not base64"))?;
    procura_crypto::signature::verify(&key, signed_info.scheme, &signed_info.canonical, &value).map_err(
        |error| match error {
            procura_crypto::signature::VerifyError::BadSignature => ListError::Value,
            other => ListError::SignerKey(other.to_string()),
        },
    )?;

    let list = model::parse(&coverage.content)?;
    Ok(VerifiedList {
        list,
        signer,
        signed_at: properties.signing_time,
        sha256: procura_crypto::digest::sha256(file),
    })
}

/// The one `ds:Signature` of the document: a child of the root, and no other anywhere.
fn the_signature<'a, 'i>(document: &'a Document<'i>) -> Result<Node<'a, 'i>, ListError> {
    let mut all = document.descendants().filter(|n| xml::is(*n, DS, "Signature"));
    let signature = all.next().ok_or(ListError::Structure("there is no signature"))?;
    if all.next().is_some() {
        return Err(ListError::Structure("there is more than one signature"));
    }
    if signature.parent() != Some(document.root_element()) {
        return Err(ListError::Structure("the signature is not a child of the root"));
    }
    Ok(signature)
}

/// The one child `{namespace}name`.
pub(crate) fn only<'a, 'i>(
    node: Node<'a, 'i>,
    namespace: &'static str,
    name: &'static str,
) -> Result<Node<'a, 'i>, ListError> {
    let mut all = xml::children(node, namespace, name);
    match (all.next(), all.next()) {
        (Some(one), None) => Ok(one),
        _ => Err(ListError::Structure(
            "an element of the signature is missing or stands twice",
        )),
    }
}

/// The X.509 certificates of `KeyInfo`, DER. Nothing else in it is a source of keys.
fn key_info(signature: Node<'_, '_>) -> Result<Vec<Vec<u8>>, ListError> {
    let key_info = only(signature, DS, "KeyInfo")?;
    let mut certificates = Vec::new();
    for data in xml::children(key_info, DS, "X509Data") {
        for element in xml::children(data, DS, "X509Certificate") {
            if certificates.len() >= MAX_CERTIFICATES {
                return Err(ListError::Structure("KeyInfo has too many certificates"));
            }
            certificates.push(
                xml::base64(&xml::content(element))
                    .ok_or(ListError::Structure("a certificate in KeyInfo is not base64"))?,
            );
        }
    }
    if certificates.is_empty() {
        return Err(ListError::Structure("KeyInfo has no X509Certificate"));
    }
    Ok(certificates)
}

/// The certificate of `KeyInfo` that was announced.
fn signer(certificates: &[Vec<u8>], signers: &Signers) -> Result<Certificate, ListError> {
    let announced = certificates
        .iter()
        .find(|der| signers.contains(&procura_crypto::digest::sha256(der)));
    match (announced, certificates.first()) {
        (Some(der), _) => Certificate::from_der(der).map_err(|error| ListError::SignerKey(error.to_string())),
        (None, Some(first)) => Err(ListError::UnknownSigner(hexadecimal(
            &procura_crypto::digest::sha256(first),
        ))),
        (None, None) => Err(ListError::Structure("KeyInfo has no X509Certificate")),
    }
}

/// The signer's key from the raw `SubjectPublicKeyInfo`: list signers break the rules of strict certificate parsers.
fn key_of(signer: &Certificate, min_rsa_bits: usize) -> Result<PublicKey, ListError> {
    let key = PublicKey::from_spki_der(signer.spki_der())
        .map_err(|error| ListError::SignerKey(error.to_string()))?;
    if matches!(key, PublicKey::Rsa { .. }) && key.bits() < min_rsa_bits {
        return Err(ListError::SignerKey(format!(
            "RSA of {} bits, at least {min_rsa_bits} are wanted",
            key.bits()
        )));
    }
    Ok(key)
}

/// The `SchemeInformationURI` values of a list that was not verified: where the pivots of a list of lists are. Nothing
/// else of an unverified list is ever used.
///
/// # Errors
/// [`ListError::Xml`] and [`ListError::Structure`] when it is not a list.
pub fn unverified_scheme_information_uris(file: &[u8]) -> Result<Vec<String>, ListError> {
    let text = xml::text(file)?;
    let document = xml::parse(text)?;
    if !xml::is(document.root_element(), TSL, "TrustServiceStatusList") {
        return Err(ListError::Structure("the root is not a TrustServiceStatusList"));
    }
    Ok(model::scheme_information_uris(document.root_element()))
}

/// Reads the content of a file without looking at its signature, to show it to a person. Never a basis of trust.
///
/// # Errors
/// [`ListError::Xml`], [`ListError::Structure`] and [`ListError::Content`] when it is not a list.
pub fn read_unverified(file: &[u8]) -> Result<TrustedList, ListError> {
    let text = xml::text(file)?;
    let document = xml::parse(text)?;
    let form = crate::c14n::Canonicalization::Exclusive {
        inclusive_prefixes: Vec::new(),
    };
    model::parse(&canonicalize(document.root(), None, &form))
}
