//! EN 319 102-1: indications and the algorithm catalogue. SKELETON.
use jiff::Timestamp;

/// Main indication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Indication {
    /// TOTAL-PASSED / PASSED.
    Passed,
    /// TOTAL-FAILED / FAILED.
    Failed,
    /// INDETERMINATE.
    Indeterminate,
}
/// Sub-indication (EN 319 102-1 table 4); complete set is to be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum SubIndication {
    /// FORMAT_FAILURE
    FormatFailure,
    /// HASH_FAILURE
    HashFailure,
    /// SIG_CRYPTO_FAILURE
    SigCryptoFailure,
    /// NO_SIGNING_CERTIFICATE_FOUND
    NoSigningCertificateFound,
    /// NO_CERTIFICATE_CHAIN_FOUND
    NoCertificateChainFound,
    /// CERTIFICATE_CHAIN_GENERAL_FAILURE
    CertificateChainGeneralFailure,
    /// CHAIN_CONSTRAINTS_FAILURE
    ChainConstraintsFailure,
    /// REVOKED_NO_POE
    RevokedNoPoe,
    /// REVOKED_CA_NO_POE
    RevokedCaNoPoe,
    /// OUT_OF_BOUNDS_NO_POE
    OutOfBoundsNoPoe,
    /// CRYPTO_CONSTRAINTS_FAILURE_NO_POE
    CryptoConstraintsFailureNoPoe,
    /// SIG_CONSTRAINTS_FAILURE
    SigConstraintsFailure,
    /// TRY_LATER
    TryLater,
}
/// Whether a scheme with a key size may be relied on at `at` (dated data in the shape of TS 119 312).
#[must_use]
pub fn acceptable(_key: &procura_crypto::PublicKey, _scheme: procura_crypto::Scheme, _at: Timestamp) -> bool {
    todo!()
}
