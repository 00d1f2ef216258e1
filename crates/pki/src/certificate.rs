//! A certificate, read once.
use crate::{name::{Name, OrganizationIdentifier}, qc::QcStatements};
use jiff::Timestamp;
use procura_crypto::PublicKey;
use std::sync::Arc;

/// Why DER is not a certificate that we can judge.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum CertificateError {
    /// Not DER, or not a certificate.
    #[error("not an X.509 certificate: {0}")]
    Malformed(&'static str),
    /// An extension stands twice.
    #[error("extension {0} stands twice")]
    DuplicateExtension(String),
    /// An extension that is needed cannot be read.
    #[error("extension {0} cannot be read")]
    Extension(&'static str),
    /// The public key cannot be used.
    #[error("public key: {0}")]
    Key(#[from] procura_crypto::key::KeyError),
    /// The subject attribute is present more than once, empty or of a wrong string type.
    #[error("subject attribute {0} is not exactly one printable or UTF-8 string")]
    Attribute(&'static str),
}
/// keyUsage bits that matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct KeyUsage {
    /// digitalSignature.
    pub digital_signature: bool,
    /// nonRepudiation / contentCommitment.
    pub non_repudiation: bool,
    /// keyEncipherment.
    pub key_encipherment: bool,
    /// dataEncipherment.
    pub data_encipherment: bool,
    /// keyAgreement.
    pub key_agreement: bool,
    /// keyCertSign.
    pub key_cert_sign: bool,
    /// cRLSign.
    pub crl_sign: bool,
}
/// A parsed certificate; cheap to clone.
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);
struct Inner;
impl core::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Certificate")
    }
}
/// Equal when the DER is.
impl PartialEq for Certificate {
    fn eq(&self, _o: &Self) -> bool {
        let _ = &self.0;
        todo!()
    }
}
impl Eq for Certificate {}
impl Certificate {
    /// Reads DER.
    pub fn from_der(_der: &[u8]) -> Result<Self, CertificateError> {
        todo!()
    }
    /// Reads every CERTIFICATE block of a PEM text.
    pub fn from_pem(_pem: &str) -> Result<Vec<Self>, CertificateError> {
        todo!()
    }
    /// The DER.
    pub fn der(&self) -> &[u8] {
        todo!()
    }
    /// SHA-256 of the DER.
    pub fn sha256(&self) -> [u8; 32] {
        todo!()
    }
    /// Subject.
    pub fn subject(&self) -> &Name {
        todo!()
    }
    /// Issuer.
    pub fn issuer(&self) -> &Name {
        todo!()
    }
    /// Serial number, big-endian content octets.
    pub fn serial(&self) -> &[u8] {
        todo!()
    }
    /// Start of validity.
    pub fn not_before(&self) -> Timestamp {
        todo!()
    }
    /// End of validity.
    pub fn not_after(&self) -> Timestamp {
        todo!()
    }
    /// The public key; an error for key types out of scope.
    pub fn public_key(&self) -> Result<&PublicKey, CertificateError> {
        todo!()
    }
    /// DER of the SubjectPublicKeyInfo.
    pub fn spki_der(&self) -> &[u8] {
        todo!()
    }
    /// keyUsage, if present.
    pub fn key_usage(&self) -> Option<KeyUsage> {
        todo!()
    }
    /// basicConstraints cA.
    pub fn is_ca(&self) -> bool {
        todo!()
    }
    /// extKeyUsage OIDs (dotted), if present.
    pub fn extended_key_usage(&self) -> Option<&[String]> {
        todo!()
    }
    /// certificatePolicies OIDs (dotted).
    pub fn policies(&self) -> &[String] {
        todo!()
    }
    /// http(s) URLs of full CRLs.
    pub fn crl_urls(&self) -> &[String] {
        todo!()
    }
    /// noRevAvail or ETSI validity-assured short-term.
    pub fn revocation_exempt(&self) -> bool {
        todo!()
    }
    /// QcStatements; default when absent.
    pub fn qc_statements(&self) -> &QcStatements {
        todo!()
    }
    /// The one organizationIdentifier of the subject (2.5.4.97), byte for byte.
    pub fn organization_identifier(&self) -> Result<Option<OrganizationIdentifier>, CertificateError> {
        todo!()
    }
}
