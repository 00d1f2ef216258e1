//! Creating.
use jiff::Timestamp;
use procura_jose::Algorithm;
use procura_pki::Certificate;

/// The credential profile: compact, attached, `typ`, `iat`, `x5c` without the anchor, `x5t#S256`.
#[derive(Clone, Debug)]
pub struct Sealing<'a> {
    /// `alg`.
    pub algorithm: Algorithm,
    /// `typ` (`JWT`, `vc+jwt`, …).
    pub typ: &'a str,
    /// `kid`, a hint.
    pub kid: Option<&'a str>,
    /// Claimed signing time (`iat`).
    pub time: Timestamp,
    /// Signing certificate first.
    pub chain: &'a [Certificate],
}
/// Why nothing was signed, or what was signed is not released.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum CreateError {
    /// No certificate.
    #[error("no signing certificate")]
    NoCertificate,
    /// Algorithm and certificate key differ.
    #[error("the algorithm does not fit the signing certificate")]
    WrongKey,
    /// The signature that came back does not verify.
    #[error("the signer returned a signature that does not verify")]
    NotVerified,
}
/// The exact bytes to sign.
#[derive(Clone, Debug)]
pub struct Prepared {
    _todo: (),
}
/// Fixes header and payload.
pub fn prepare(_sealing: &Sealing<'_>, _payload: &[u8]) -> Result<Prepared, CreateError> {
    todo!()
}
impl Prepared {
    /// The bytes to sign.
    pub fn bytes(&self) -> &[u8] {
        todo!()
    }
    /// Verifies the signature by the certificate and gives the compact JWS.
    pub fn finish(self, _signature: &[u8]) -> Result<String, CreateError> {
        todo!()
    }
}
