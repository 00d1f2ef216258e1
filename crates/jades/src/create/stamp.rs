//! Tokens that are taken into a document: only those that hold.
use procura_ades::{Token, TokenError};
use procura_crypto::Digest;
use procura_pki::Certificate;

/// Why a time-stamp token is not taken.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum StampError {
    /// It is no token, or is not proven.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// It is over something else.
    #[error("the time-stamp is over something else")]
    Imprint,
    /// The digest of its imprint proves nothing any more.
    #[error("the time-stamp's imprint is by a digest that is not acceptable any more")]
    Digest,
    /// A signature time-stamp from before or after the validity of the signing certificate, which proves nothing of the
    /// signature (TS 119 182-1 §6.3).
    #[error("the time-stamp is not from within the validity of the signing certificate")]
    Validity,
    /// It says a time before that of a time-stamp that it covers (EN 319 102-1 §5.5.4: `TIMESTAMP_ORDER_FAILURE`).
    #[error("the time-stamp is older than what it covers")]
    Order,
    /// A content time-stamp from after the claimed signing time.
    #[error("the content time-stamp is younger than the signature")]
    Younger,
    /// The same token is there already.
    #[error("the time-stamp is there already")]
    Repeated,
}

/// Reads a token that is over `data` and verifies by its signer's certificate, which it brings itself or which is among
/// `candidates`.
pub(crate) fn sound(der: &[u8], data: &[u8], candidates: &[Certificate]) -> Result<Token, StampError> {
    let token = Token::from_der(der)?;
    if !matches!(
        token.imprint_digest(),
        Digest::Sha256 | Digest::Sha384 | Digest::Sha512
    ) {
        return Err(StampError::Digest);
    }
    if !token.covers(data) {
        return Err(StampError::Imprint);
    }
    token.verify(candidates)?;
    Ok(token)
}
