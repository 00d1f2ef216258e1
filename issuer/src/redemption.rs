//! The token step: a code, and its PIN, for an access token.
use crate::{app::App, config::Lifetimes};
use jiff::Timestamp;
use procura_keys::KekError;
use procura_protocol::{
    Secret,
    vci::{GrantRefusal, Offered, Pin, PinVerifier, Redemption, TokenRequest, TokenResponse},
};
use procura_store::{
    StoreError,
    issuer::issuances::{self, Issuance, Key, Nonce, Token},
};

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum RedemptionError {
    /// For the log; outside all of these are one.
    #[error(transparent)]
    Refused(#[from] GrantRefusal),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Sealed(#[from] KekError),
    #[error("a salt or hash of a PIN is not of 32 bytes")]
    Stored,
}

/// What a redemption is made with.
struct Attempt {
    app: App,
    code_hash: Vec<u8>,
    pin: Option<Pin>,
    token: Token,
    now: Timestamp,
}

impl App {
    /// Redeems a code. One durable commit; none when nothing was to be remembered.
    pub(crate) async fn redeem(&self, request: TokenRequest) -> Result<TokenResponse, RedemptionError> {
        let now = self.now();
        let code_hash = request.pre_authorized_code.sha256().to_vec();
        let found = self
            .find(Key::Code(code_hash.clone()))
            .await?
            .ok_or(GrantRefusal::Unknown)?;
        if let Redemption::Refused(_, reason) = self.offered(&found)?.redeem(request.user_pin.as_ref(), now)
            && reason != GrantRefusal::PinWrong
        {
            return Err(reason.into());
        }
        let (access_token, c_nonce) = (App::draw(), App::draw());
        let token_seconds = self.lifetimes.token_seconds;
        let nonce_seconds = self.lifetimes.nonce_seconds.min(token_seconds);
        let token = Token {
            hash: access_token.sha256().to_vec(),
            expires_at: Lifetimes::after(now, token_seconds),
            nonce: Nonce {
                hash: c_nonce.sha256().to_vec(),
                expires_at: Lifetimes::after(now, nonce_seconds),
            },
        };
        let attempt = Attempt {
            app: self.clone(),
            code_hash,
            pin: request.user_pin,
            token,
            now,
        };
        self.store
            .write(attempt, |tx, attempt| Box::pin(attempt.run(tx)))
            .await??;
        tracing::info!(issuance = found.id, "code redeemed");
        Ok(TokenResponse {
            access_token,
            expires_in: token_seconds.into(),
            c_nonce,
            c_nonce_expires_in: nonce_seconds.into(),
        })
    }

    /// The state that waits for the code.
    fn offered(&self, issuance: &Issuance) -> Result<Offered, RedemptionError> {
        if issuance.revoked_at.is_some() {
            return Err(GrantRefusal::Revoked.into());
        }
        if issuance.redeemed_at.is_some() {
            return Err(GrantRefusal::Used.into());
        }
        let pin = match &issuance.pin {
            None => None,
            Some((hash, salt_sealed)) => {
                let salt = self.open_value("pin-salt", &issuance.id, salt_sealed)?;
                let bytes = |slice: &[u8]| <[u8; 32]>::try_from(slice).map_err(|_| RedemptionError::Stored);
                Some(PinVerifier::from_parts(bytes(&salt)?, bytes(hash)?))
            }
        };
        let attempts = u32::try_from(issuance.attempts).map_err(|_| RedemptionError::Stored)?;
        Ok(Offered {
            pin,
            attempts,
            expires_at: issuance.expires_at,
        })
    }
}

impl Attempt {
    /// Load, step, save: alone with this issuance. A refusal is a value, so that a wrong PIN is counted.
    async fn run(&self, tx: &mut procura_store::Tx) -> Result<Result<(), RedemptionError>, StoreError> {
        let Some(found) = issuances::find(tx, &Key::Code(self.code_hash.clone())).await? else {
            return Ok(Err(GrantRefusal::Unknown.into()));
        };
        let offered = match self.app.offered(&found) {
            Ok(offered) => offered,
            Err(error) => return Ok(Err(error)),
        };
        match offered.redeem(self.pin.as_ref(), self.now) {
            Redemption::Redeemed(redeemed) => {
                let won = issuances::redeem(tx, &found.id, &self.token, redeemed.at).await?;
                Ok(if won {
                    Ok(())
                } else {
                    Err(GrantRefusal::Used.into())
                })
            }
            Redemption::Refused(offered, reason) => {
                issuances::save_attempts(tx, &found.id, offered.attempts.into()).await?;
                tracing::info!(
                    issuance = found.id,
                    attempts = offered.attempts,
                    "wrong PIN counted"
                );
                Ok(Err(reason.into()))
            }
        }
    }
}

/// A fresh nonce for a token: what is sent, and what is kept.
pub(crate) fn fresh_nonce(app: &App, token_expires_at: Timestamp, now: Timestamp) -> (Secret, u64, Nonce) {
    let c_nonce = App::draw();
    let expires_at = Lifetimes::after(now, app.lifetimes.nonce_seconds).min(token_expires_at);
    let seconds = expires_at.as_second().saturating_sub(now.as_second());
    let kept = Nonce {
        hash: c_nonce.sha256().to_vec(),
        expires_at,
    };
    (c_nonce, u64::try_from(seconds).unwrap_or(0), kept)
}
