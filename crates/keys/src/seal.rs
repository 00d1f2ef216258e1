//! Sealing and signing through a signer; verified by ourselves before it leaves.
use crate::signer::{Signer, SignerError};
use jiff::Timestamp;
use procura_jades::{CreateError, Sealing, prepare};
use procura_jose::jws;
use serde_json::{Map, Value};

/// Seals a payload as compact JAdES B-B through a signer; verified by ourselves before it leaves. The claimed time is
/// `now`; a signer without a certificate is refused.
pub async fn seal(
    signer: &dyn Signer,
    typ: &str,
    kid: Option<&str>,
    payload: &[u8],
    now: Timestamp,
) -> Result<String, SignerError> {
    let sealing = Sealing {
        algorithm: signer.algorithm(),
        typ,
        kid,
        time: now,
        chain: signer.chain(),
    };
    let prepared = prepare(&sealing, payload).map_err(refused)?;
    let signature = signer.sign(prepared.bytes()).await?;
    prepared.finish(&signature).map_err(refused)
}

/// Signs a compact JWS by a bare key (tokens, metadata): `alg` is the signer's, `header` brings `typ`, `kid` and the
/// like.
pub async fn sign_jwt(
    signer: &dyn Signer,
    mut header: Map<String, Value>,
    payload: &[u8],
) -> Result<String, SignerError> {
    let algorithm = signer.algorithm();
    header.insert("alg".to_owned(), algorithm.name().into());
    let prepared =
        jws::Prepared::new(&header, payload).map_err(|error| SignerError::Refused(error.to_string()))?;
    let signature = signer.sign(prepared.bytes()).await?;
    let (key, scheme) = (signer.public_key(), algorithm.scheme());
    procura_crypto::signature::verify(key, scheme, prepared.bytes(), &signature)
        .map_err(|_| SignerError::NotVerified)?;
    Ok(prepared.finish(&signature))
}

fn refused(error: CreateError) -> SignerError {
    match error {
        CreateError::NotVerified => SignerError::NotVerified,
        error => SignerError::Refused(error.to_string()),
    }
}
