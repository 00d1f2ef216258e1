//! Making and signing a list: ETSI TS 119 612 v2.4.1, version 6, with an XAdES baseline B signature (annex B).
//!
//! Signing is split so that any signer fits: [`prepare`] gives the octets to be signed, [`Prepared::finish`] takes the
//! signature and gives the file, verified by [`crate::signature::verify`] before it leaves.
mod description;
mod list;
mod writer;

use crate::{
    c14n::{Canonicalization, EXCLUSIVE, canonicalize},
    signature::{
        ListError, Signers,
        algorithm::{ENVELOPED, digest_uri, scheme_uri},
        verify,
        xades::SIGNED_PROPERTIES,
    },
    xml::{self, DS, XADES},
};
use base64::Engine as _;
use jiff::Timestamp;
use procura_crypto::{Curve, Digest, EcdsaEncoding, PrivateKey, PublicKey, Scheme};
use procura_pki::Certificate;

pub use description::{
    Address, CriteriaDescription, Kind, ListDescription, LocalizedUri, PastStatus, PointerDescription,
    ProviderDescription, QualificationDescription, ServiceDescription, Text,
};

/// Why a list cannot be published.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum PublishError {
    /// The schema wants something that the description leaves empty.
    #[error("{0} must not be empty")]
    Empty(&'static str),
    /// A value holds a character that XML cannot carry.
    #[error("{0} holds a character that XML cannot carry")]
    Character(&'static str),
    /// A value is not what its place wants.
    #[error("{0} is not valid")]
    Invalid(&'static str),
    /// No signature algorithm of lists fits.
    #[error("lists cannot be signed by this key or scheme")]
    Algorithm,
    /// The key is not that of the certificate.
    #[error("the key is not that of the signer's certificate")]
    WrongKey,
    /// The signer failed.
    #[error("signing: {0}")]
    Sign(#[from] procura_crypto::signature::SignError),
    /// Our own verifier refuses the result.
    #[error("the signed list does not verify: {0}")]
    Refused(#[from] ListError),
}

/// A list whose signature is still to be made.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// Everything before the signature.
    head: String,
    /// Everything after it.
    tail: String,
    signed_info: String,
    /// Between `SignatureValue` and the end of the signature.
    rest: String,
    id: String,
    to_sign: Vec<u8>,
    signer: Certificate,
}

/// The unsigned list, well-formed and valid by the schema.
///
/// # Errors
/// [`PublishError::Empty`], [`PublishError::Character`], [`PublishError::Invalid`] where the description is not whole.
pub fn unsigned(description: &ListDescription) -> Result<String, PublishError> {
    list::write(description).map(|(head, tail)| head + &tail)
}

/// Prepares `description` to be signed by the key of `signer` at `signed_at` under `scheme` (PKCS#1 v1.5, PSS or
/// ECDSA in the fixed encoding, each over SHA-2).
///
/// # Errors
/// Where the description is not whole or the scheme has no URI in XML signatures.
pub fn prepare(
    description: &ListDescription,
    signer: &Certificate,
    signed_at: Timestamp,
    scheme: Scheme,
) -> Result<Prepared, PublishError> {
    let (head, tail) = list::write(description)?;
    let (Scheme::RsaPkcs1(digest) | Scheme::RsaPss { digest, .. } | Scheme::Ecdsa { digest, .. }) = scheme
    else {
        return Err(PublishError::Algorithm);
    };
    let method = scheme_uri(scheme).ok_or(PublishError::Algorithm)?;
    let digest_method = digest_uri(digest).ok_or(PublishError::Algorithm)?;
    let form = Canonicalization::Exclusive {
        inclusive_prefixes: Vec::new(),
    };

    let content = head.clone() + &tail;
    let content_digest = digest.of(&canonicalize(xml::parse(&content)?.root(), None, &form));
    let time = writer::time(signed_at);
    let id = format!(
        "id-{}",
        procura_crypto::digest::hexadecimal(&procura_crypto::digest::sha256(
            &[&content_digest, signer.der(), time.as_bytes()].concat()
        ))
        .get(..32)
        .unwrap_or_default()
    );
    let rest = qualifying(&id, &time, signer, digest, &digest_method);
    let mut prepared = Prepared {
        head,
        tail,
        signed_info: String::new(),
        rest,
        id,
        to_sign: Vec::new(),
        signer: signer.clone(),
    };
    let properties = prepared.canonical(XADES, "SignedProperties", &form)?;
    prepared.signed_info = signed_info(
        &prepared.id,
        &method,
        &digest_method,
        &base64(&content_digest),
        &base64(&digest.of(&properties)),
    );
    prepared.to_sign = prepared.canonical(DS, "SignedInfo", &form)?;
    Ok(prepared)
}

impl Prepared {
    /// What the signer signs: the message, not its digest.
    #[must_use]
    pub fn bytes_to_sign(&self) -> &[u8] {
        &self.to_sign
    }

    /// The signed list.
    ///
    /// # Errors
    /// [`PublishError::Refused`] when the signature is not one by the announced certificate.
    pub fn finish(self, signature: &[u8]) -> Result<Vec<u8>, PublishError> {
        let xml = self.assemble(&base64(signature)).into_bytes();
        verify(&xml, &Signers::Certificates(vec![self.signer]))?;
        Ok(xml)
    }

    fn assemble(&self, value: &str) -> String {
        let Self {
            head,
            tail,
            signed_info,
            rest,
            id,
            ..
        } = self;
        format!(
            "{head}<ds:Signature xmlns:ds=\"{DS}\" Id=\"{id}\">{signed_info}<ds:SignatureValue>{value}</ds:SignatureValue>{rest}</ds:Signature>{tail}"
        )
    }

    /// Canonical bytes of the element `{namespace}name` as it stands in the file.
    fn canonical(
        &self,
        namespace: &str,
        name: &str,
        form: &Canonicalization,
    ) -> Result<Vec<u8>, PublishError> {
        let text = self.assemble("");
        let document = xml::parse(&text)?;
        let element = document
            .descendants()
            .find(|node| xml::is(*node, namespace, name));
        Ok(element
            .map(|node| canonicalize(node, None, form))
            .unwrap_or_default())
    }
}

/// Makes and signs a list with a key in memory: RSA over SHA-512, ECDSA over the digest of its curve.
///
/// # Errors
/// As [`prepare`] and [`Prepared::finish`]; [`PublishError::WrongKey`] when `key` is not that of `signer`.
pub fn publish(
    description: &ListDescription,
    key: &PrivateKey,
    signer: &Certificate,
    signed_at: Timestamp,
) -> Result<Vec<u8>, PublishError> {
    if signer.public_key().ok() != Some(key.public_key()) {
        return Err(PublishError::WrongKey);
    }
    let ecdsa = |digest| Scheme::Ecdsa {
        digest,
        encoding: EcdsaEncoding::Fixed,
    };
    let scheme = match key.public_key() {
        PublicKey::Rsa { .. } => Scheme::RsaPkcs1(Digest::Sha512),
        PublicKey::Ec {
            curve: Curve::P256, ..
        } => ecdsa(Digest::Sha256),
        PublicKey::Ec {
            curve: Curve::P384, ..
        } => ecdsa(Digest::Sha384),
        PublicKey::Ec {
            curve: Curve::P521, ..
        } => ecdsa(Digest::Sha512),
        _ => return Err(PublishError::Algorithm),
    };
    let prepared = prepare(description, signer, signed_at, scheme)?;
    let signature = key.sign(scheme, prepared.bytes_to_sign())?;
    prepared.finish(&signature)
}

fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn signed_info(id: &str, method: &str, digest_method: &str, content: &str, properties: &str) -> String {
    format!(
        "<ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"/><ds:SignatureMethod Algorithm=\"{method}\"/>\
         <ds:Reference Id=\"ref-{id}\" URI=\"\"><ds:Transforms><ds:Transform Algorithm=\"{ENVELOPED}\"/>\
         <ds:Transform Algorithm=\"{EXCLUSIVE}\"/></ds:Transforms><ds:DigestMethod Algorithm=\"{digest_method}\"/>\
         <ds:DigestValue>{content}</ds:DigestValue></ds:Reference>\
         <ds:Reference Type=\"{SIGNED_PROPERTIES}\" URI=\"#xades-{id}\"><ds:Transforms>\
         <ds:Transform Algorithm=\"{EXCLUSIVE}\"/></ds:Transforms><ds:DigestMethod Algorithm=\"{digest_method}\"/>\
         <ds:DigestValue>{properties}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    )
}

fn qualifying(id: &str, time: &str, signer: &Certificate, digest: Digest, digest_method: &str) -> String {
    let certificate = base64(signer.der());
    let certificate_digest = base64(&digest.of(signer.der()));
    format!(
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>\
         <ds:Object><xades:QualifyingProperties xmlns:xades=\"{XADES}\" Target=\"#{id}\">\
         <xades:SignedProperties Id=\"xades-{id}\"><xades:SignedSignatureProperties>\
         <xades:SigningTime>{time}</xades:SigningTime><xades:SigningCertificateV2><xades:Cert><xades:CertDigest>\
         <ds:DigestMethod Algorithm=\"{digest_method}\"/><ds:DigestValue>{certificate_digest}</ds:DigestValue>\
         </xades:CertDigest></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties>\
         <xades:SignedDataObjectProperties><xades:DataObjectFormat ObjectReference=\"#ref-{id}\">\
         <xades:MimeType>text/xml</xades:MimeType></xades:DataObjectFormat></xades:SignedDataObjectProperties>\
         </xades:SignedProperties></xades:QualifyingProperties></ds:Object>"
    )
}
