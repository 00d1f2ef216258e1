//! XML signatures of lists.
use crate::model::TrustedList;
use procura_pki::Certificate;

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
    /// A reference digest differs.
    #[error("the digest of a signed part differs")]
    Digest,
    /// The signature value does not verify.
    #[error("the signature value does not verify")]
    Value,
    /// Signed by a certificate that nobody announced.
    #[error("signed by a certificate that was not announced: SHA-256 {0}")]
    UnknownSigner(String),
    /// The content breaks a rule.
    #[error("content: {0}")]
    Content(String),
}
/// A list whose signature holds by an announced signer.
#[derive(Clone, Debug)]
pub struct VerifiedList {
    /// The content, parsed from the bytes that were digested.
    pub list: TrustedList,
    /// The signer.
    pub signer: Certificate,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
}
/// Who may sign.
#[derive(Clone, Debug)]
pub enum Signers {
    /// These certificates.
    Certificates(Vec<Certificate>),
    /// Certificates with these SHA-256 digests.
    Sha256(Vec<[u8; 32]>),
}
/// Verifies a list.
pub fn verify(_xml: &[u8], _signers: &Signers) -> Result<VerifiedList, ListError> {
    todo!()
}
