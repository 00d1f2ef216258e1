//! The issuer on the other side: token and credential requests.

use crate::{
    error::WalletError,
    resources::{Time, World},
};
use procura_crypto::{Curve, KeyKind, PrivateKey};
use procura_did::{Did, key as did_key};
use procura_jose::{Algorithm, json};
use procura_protocol::{
    Secret,
    oauth::ErrorCode,
    vci::{
        CredentialRequest, CredentialResponse, IssuerIdentifier, Pin, TokenRequest, TokenResponse,
        build_proof,
    },
};
use procura_service::{Purpose, guarded::Answer};
use serde::{Deserialize, Serialize};
use url::Url;

/// Where an issuer is asked; sealed at rest with the rest.
#[derive(Serialize, Deserialize)]
pub(super) struct Peer {
    /// Its identifier.
    pub(super) issuer: String,
    /// Where codes are redeemed.
    pub(super) token_endpoint: Url,
    /// Where credentials are requested.
    pub(super) credential_endpoint: Url,
}

/// From the token on; sealed at rest.
#[derive(Serialize, Deserialize, zeroize::ZeroizeOnDrop)]
pub(super) struct Granted {
    access_token: String,
    /// The newest nonce that the issuer gave.
    c_nonce: String,
    /// Of the credential that comes next.
    pub(super) holder_key: Vec<u8>,
}

/// The key that one credential alone is held under.
pub(super) fn fresh_key() -> Result<Vec<u8>, WalletError> {
    PrivateKey::generate(KeyKind::Ec(Curve::P256))
        .map(|key| key.to_pkcs8_der().to_vec())
        .map_err(|_| WalletError::Internal("no key can be made"))
}

/// The key of the credential that comes next, with its did:key.
pub(super) struct Holder {
    key: PrivateKey,
    /// Who the credential must be for.
    pub(super) did: Did,
}

impl Granted {
    pub(super) fn holder(&self) -> Result<Holder, WalletError> {
        let key = PrivateKey::from_pkcs8_der(&self.holder_key)
            .map_err(|_| WalletError::Internal("a holder key cannot be read"))?;
        let did = did_key::encode(key.public_key())
            .map_err(|_| WalletError::Internal("a holder key has no did:key"))?;
        Ok(Holder { key, did })
    }
}

impl Peer {
    /// Redeems the code, and makes the key of the first credential.
    pub(super) async fn token(
        &self,
        world: &World,
        code: &str,
        pin: Option<Pin>,
    ) -> Result<Granted, WalletError> {
        let request = TokenRequest {
            pre_authorized_code: Secret::new(code),
            user_pin: pin,
        };
        let answer = world
            .client
            .post_form(Purpose::Protocol, &self.token_endpoint, &request.to_form(), None)
            .await?;
        if answer.status != 200 {
            return Err(match error_code(&answer) {
                Some(ErrorCode::InvalidGrant) => WalletError::Grant,
                code => refused(code, &answer),
            });
        }
        let token =
            TokenResponse::parse(&answer.body).map_err(|error| WalletError::Peer(error.to_string()))?;
        Ok(Granted {
            access_token: token.access_token.expose().to_owned(),
            c_nonce: token.c_nonce.expose().to_owned(),
            holder_key: fresh_key()?,
        })
    }

    /// Requests a credential; once more when the issuer gives a fresh nonce. The newest nonce is kept for the next one.
    pub(super) async fn credential(
        &self,
        world: &World,
        time: &Time,
        types: &[String],
        granted: &mut Granted,
        holder: &Holder,
    ) -> Result<String, WalletError> {
        let issuer = IssuerIdentifier::parse(&self.issuer, &world.development_origins)
            .map_err(|_| WalletError::Internal("an issuer's identifier cannot be read"))?;
        let mut retried = false;
        loop {
            let proof = proof(time, &issuer, holder, &Secret::new(granted.c_nonce.clone()))?;
            let request = CredentialRequest::to_json(Some(types), &proof);
            let answer = world
                .client
                .post_json(
                    Purpose::Protocol,
                    &self.credential_endpoint,
                    &request,
                    Some(&granted.access_token),
                )
                .await?;
            if answer.status == 200 {
                let response = CredentialResponse::parse(&answer.body)
                    .map_err(|error| WalletError::Peer(error.to_string()))?;
                if let Some((fresh, _)) = &response.c_nonce {
                    fresh.expose().clone_into(&mut granted.c_nonce);
                }
                return Ok(response.credential);
            }
            let code = error_code(&answer);
            match fresh_nonce(&answer) {
                Some(fresh) if code == Some(ErrorCode::InvalidOrMissingProof) && !retried => {
                    granted.c_nonce = fresh;
                    retried = true;
                }
                _ => return Err(refused(code, &answer)),
            }
        }
    }
}

fn proof(
    time: &Time,
    issuer: &IssuerIdentifier,
    holder: &Holder,
    nonce: &Secret,
) -> Result<String, WalletError> {
    let failed = WalletError::Internal("a proof cannot be signed");
    let Ok(prepared) = build_proof(&holder.did, Algorithm::Es256, issuer, nonce, time.now()) else {
        return Err(failed);
    };
    let signature = holder
        .key
        .sign(Algorithm::Es256.scheme(), prepared.bytes())
        .map_err(|_| failed)?;
    Ok(prepared.finish(&signature))
}

fn error_code(answer: &Answer) -> Option<ErrorCode> {
    let object = json::parse_object(&answer.body, json::Limits::default()).ok()?;
    ErrorCode::from_name(object.get("error")?.as_str()?)
}

fn fresh_nonce(answer: &Answer) -> Option<String> {
    let object = json::parse_object(&answer.body, json::Limits::default()).ok()?;
    object
        .get("c_nonce")?
        .as_str()
        .filter(|nonce| !nonce.is_empty())
        .map(ToOwned::to_owned)
}

/// Only registered codes are repeated: what else an issuer writes is a stranger's text. A server in trouble may be
/// asked again.
fn refused(code: Option<ErrorCode>, answer: &Answer) -> WalletError {
    if answer.status >= 500 || answer.status == 429 {
        return WalletError::Peer(format!(
            "the issuer answered with status {}; try again later",
            answer.status
        ));
    }
    WalletError::Issuer(match code {
        Some(code) => code.to_string(),
        None => format!("status {}", answer.status),
    })
}
