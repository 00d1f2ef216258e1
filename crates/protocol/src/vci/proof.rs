//! Proof of possession of the holder's key (DOME document §3.3.3.7.2.1; OpenID4VCI 1.0 §F.1, §F.4).
use super::IssuerIdentifier;
use crate::Secret;
use jiff::Timestamp;
use procura_crypto::PublicKey;
use procura_did::{Did, DidError, key};
use procura_jose::{
    Algorithm, AlgorithmSet, CompactJws, Understood,
    json::Limits,
    jws::{JwsError, Prepared},
    jwt::Claims,
};
use serde_json::{Map, Value, json};

/// `typ` of a proof.
pub const PROOF_TYPE: &str = "openid4vci-proof+jwt";

/// Fixes the bytes of a proof by `holder`, to be signed with its key.
///
/// `kid` is the DID URL of the key; `iss` is absent, for the client is anonymous.
pub fn build_proof(
    holder: &Did,
    algorithm: Algorithm,
    audience: &IssuerIdentifier,
    nonce: &Secret,
    now: Timestamp,
) -> Result<Prepared, JwsError> {
    let header: Map<String, Value> = [
        ("typ".to_owned(), json!(PROOF_TYPE)),
        ("alg".to_owned(), json!(algorithm.name())),
        ("kid".to_owned(), json!(key::verification_method(holder))),
    ]
    .into_iter()
    .collect();
    let claims = json!({ "aud": audience, "iat": now.as_second(), "nonce": nonce.expose() });
    Prepared::new(&header, claims.to_string().as_bytes())
}

/// What a proof must fit.
#[derive(Clone, Debug)]
pub struct ProofExpectations<'a> {
    /// Our own identifier: `aud`.
    pub audience: &'a IssuerIdentifier,
    /// Algorithms of holders.
    pub algorithms: &'a AlgorithmSet,
    /// How old `iat` may be, in seconds.
    pub max_age_seconds: i64,
    /// How far ahead `iat` may be, in seconds.
    pub skew_seconds: i64,
}

/// A holder whose possession of the key is proven. The nonce is still to be consumed, by the store, in one step.
#[derive(Clone, Debug)]
pub struct ProvenHolder {
    /// The holder's did:key.
    pub did: Did,
    /// Its key.
    pub key: PublicKey,
    /// The nonce that the proof was made for.
    pub nonce: Secret,
}

/// Why a proof does not hold: for the log. Outside every one is `invalid_or_missing_proof` with a fresh nonce.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum ProofError {
    /// There is none.
    #[error("no proof")]
    Missing,
    /// The parameter is malformed.
    #[error("proof parameter: {0}")]
    Parameter(&'static str),
    /// Not a JWS, or one with an algorithm that signs nothing.
    #[error("proof: {0}")]
    Jws(JwsError),
    /// `typ` is missing or another.
    #[error("typ is not openid4vci-proof+jwt")]
    Type,
    /// A key reference other than `kid`, or one that would have to be fetched.
    #[error("header parameter {0:?} is not allowed in a proof")]
    KeyReference(&'static str),
    /// `kid` is missing.
    #[error("kid is missing")]
    KidMissing,
    /// `kid` is not a did:key.
    #[error("kid: {0}")]
    Kid(DidError),
    /// `alg` is not one of those accepted.
    #[error("alg {0} is not accepted")]
    Algorithm(&'static str),
    /// `alg` does not fit the key of `kid`.
    #[error("alg {0} does not fit the key of kid")]
    AlgorithmOfOtherKey(&'static str),
    /// The key of `kid` did not sign this.
    #[error("the key of kid did not sign this")]
    Signature,
    /// A claim is missing or malformed.
    #[error("claim {0:?} is missing or malformed")]
    Claim(&'static str),
    /// `aud` is not this issuer.
    #[error("aud is not this issuer")]
    Audience,
    /// `iat` is too old.
    #[error("iat is {0} s old")]
    TooOld(i64),
    /// `iat` lies ahead.
    #[error("iat is {0} s ahead")]
    Ahead(i64),
    /// `exp` has passed.
    #[error("exp has passed")]
    Expired,
    /// `nbf` lies ahead.
    #[error("nbf lies ahead")]
    NotYetValid,
    /// The nonce is unknown, used, expired, or another token's (said by the store).
    #[error("the nonce is unknown, used, expired or another token's")]
    Nonce,
}

/// Verifies a proof at `now`, all but the freshness of its nonce.
///
/// `iss` is tolerated whatever it says, and so is a `kid` that is the bare did:key: the DOME document's example has
/// both. Its alg, which does not fit its key, is not.
pub fn verify_proof(
    jwt: &str,
    expectations: &ProofExpectations<'_>,
    now: Timestamp,
) -> Result<ProvenHolder, ProofError> {
    let jws = CompactJws::parse(
        jwt,
        Understood::default(),
        Limits {
            size: 16 * 1024,
            depth: 8,
        },
    )
    .map_err(ProofError::Jws)?;
    if jws.header.typ.as_deref() != Some(PROOF_TYPE) {
        return Err(ProofError::Type);
    }
    for name in ["jwk", "jku", "x5c", "x5u", "trust_chain", "key_attestation"] {
        if jws.header.members.contains_key(name) {
            return Err(ProofError::KeyReference(name));
        }
    }
    let algorithm = jws.header.alg;
    if !expectations.algorithms.contains(algorithm) {
        return Err(ProofError::Algorithm(algorithm.name()));
    }
    let kid = jws.header.kid.as_deref().ok_or(ProofError::KidMissing)?;
    let (did, key) = key::from_kid(kid).map_err(ProofError::Kid)?;
    if !algorithm.fits(&key) {
        return Err(ProofError::AlgorithmOfOtherKey(algorithm.name()));
    }
    let verified = jws
        .verify(&key, expectations.algorithms)
        .map_err(|_| ProofError::Signature)?;
    let claims = Claims::parse(verified.payload()).map_err(|_| ProofError::Claim("payload"))?;
    let nonce = judge_claims(&claims, expectations, now)?;
    Ok(ProvenHolder { did, key, nonce })
}

fn judge_claims(
    claims: &Claims,
    expectations: &ProofExpectations<'_>,
    now: Timestamp,
) -> Result<Secret, ProofError> {
    let claim = |e: procura_jose::jwt::ClaimError| ProofError::Claim(e.0);
    if claims.string("aud").map_err(claim)? != expectations.audience.as_str() {
        return Err(ProofError::Audience);
    }
    let age = now
        .as_second()
        .saturating_sub(claims.time("iat").map_err(claim)?.as_second());
    if age > expectations.max_age_seconds {
        return Err(ProofError::TooOld(age));
    }
    if age < expectations.skew_seconds.saturating_neg() {
        return Err(ProofError::Ahead(age.saturating_neg()));
    }
    if claims
        .optional_time("exp")
        .map_err(claim)?
        .is_some_and(|exp| exp <= now)
    {
        return Err(ProofError::Expired);
    }
    let ahead = |nbf: Timestamp| nbf.as_second().saturating_sub(now.as_second()) > expectations.skew_seconds;
    if claims.optional_time("nbf").map_err(claim)?.is_some_and(ahead) {
        return Err(ProofError::NotYetValid);
    }
    let nonce = claims.string("nonce").map_err(claim)?;
    if nonce.is_empty() {
        return Err(ProofError::Claim("nonce"));
    }
    Ok(Secret::new(nonce))
}

#[cfg(test)]
mod tests;
