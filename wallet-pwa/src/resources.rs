//! What a handler may use, one extractor each: its signature says what it can do.

use crate::error::WalletError;
use axum::{
    body::Bytes,
    extract::{FromRef, FromRequest, FromRequestParts, Request},
    http::{StatusCode, request::Parts},
};
use jiff::Timestamp;
use procura_credential::{Facts, Judgement, Verdict, judge::Expectations};
use procura_crypto::digest::sha256;
use procura_jose::json::{self, JsonError, Limits};
use procura_keys::KekRing;
use procura_service::{
    Clock, GuardedClient, SystemRng, gather::Gatherer, request::bearer_token, underway::Underway,
};
use procura_store::{Store, wallet as repository};
use serde::{Serialize, de::DeserializeOwned};
use std::{collections::BTreeSet, sync::Arc};
use url::Url;

/// Reads the time.
#[derive(Clone)]
pub struct Time(pub Arc<dyn Clock>);

impl Time {
    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.now()
    }
}

impl core::fmt::Debug for Time {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Time")
    }
}

/// Encrypts what is stored.
#[derive(Clone, Debug)]
pub struct Vault(pub Arc<KekRing>);

impl Vault {
    /// Seals a value as JSON for one place.
    ///
    /// # Errors
    /// [`WalletError::Vault`].
    pub fn seal<T: Serialize>(&self, context: &str, value: &T) -> Result<Vec<u8>, WalletError> {
        let plain = zeroize::Zeroizing::new(
            serde_json::to_vec(value).map_err(|_| WalletError::Internal("a value cannot be written"))?,
        );
        Ok(self.0.seal_value(&mut SystemRng, context, &plain)?)
    }

    /// Opens what was sealed for that place.
    ///
    /// # Errors
    /// [`WalletError::Vault`].
    pub fn open<T: DeserializeOwned>(&self, context: &str, sealed: &[u8]) -> Result<T, WalletError> {
        let plain = self.0.open_value(context, sealed)?;
        serde_json::from_slice(&plain).map_err(|_| WalletError::Internal("a sealed value cannot be read"))
    }
}

/// Talks to issuers and verifiers, and judges what they send.
#[derive(Clone, Debug)]
pub struct World {
    /// The outbound client.
    pub client: GuardedClient,
    /// Finds facts out.
    pub gatherer: Gatherer,
    /// What is demanded of every seal and credential.
    pub expectations: Expectations,
    /// The Trusted Credential Schemas List.
    pub credential_schemas: Url,
    /// Origins that may be private and plain http.
    pub development_origins: Arc<BTreeSet<String>>,
}

impl World {
    /// Judges with what can be found out.
    ///
    /// # Errors
    /// [`WalletError::Undecided`] when it cannot be found out within the gatherer's bounds.
    pub async fn judge<T>(
        &self,
        judge: impl Fn(&Facts) -> Judgement<T> + Send,
    ) -> Result<(Verdict, Option<T>), WalletError> {
        match self.gatherer.judge(judge).await {
            Judgement::Judged { verdict, proven } => Ok((verdict, proven)),
            Judgement::Needs(_) => Err(WalletError::Undecided),
        }
    }
}

/// All of them together; handlers take the parts.
#[derive(Clone, Debug, FromRef)]
pub struct Resources {
    /// Time.
    pub time: Time,
    /// The database.
    pub store: Store,
    /// Encryption at rest.
    pub vault: Vault,
    /// The world outside.
    pub world: World,
    /// Life-times.
    pub lifetimes: crate::config::Lifetimes,
    /// What goes on after whoever asked for it has hung up.
    pub underway: Underway,
}

/// Does a piece of work to its end, which nobody may cut short but the end of the process: whoever asked for it may hang
/// up, and it goes on.
pub(crate) async fn to_its_end<T: Send + 'static>(
    underway: &Underway,
    work: impl Future<Output = Result<T, WalletError>> + Send + 'static,
) -> Result<T, WalletError> {
    underway
        .begin(work)
        .await
        .map_err(|_| WalletError::Internal("a run was cut short"))?
}

/// The account of the session that the request brings.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    /// Its id.
    pub id: String,
    /// SHA-256 of the session token.
    pub session: [u8; 32],
}

impl<S> FromRequestParts<S> for Account
where
    S: Send + Sync,
    Store: FromRef<S>,
    Time: FromRef<S>,
{
    type Rejection = WalletError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, WalletError> {
        let token = bearer_token(&parts.headers).map_err(|_| WalletError::Session)?;
        let session = sha256(token.as_bytes());
        let now = Time::from_ref(state).now();
        let account = Store::from_ref(state)
            .read((session, now), |tx, (session, now)| {
                Box::pin(repository::account_of(tx, session, *now))
            })
            .await?;
        account.map(|id| Self { id, session }).ok_or(WalletError::Session)
    }
}

/// A JSON body: bounded, without duplicate members, of the expected shape.
#[derive(Clone, Debug)]
pub(crate) struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = WalletError;

    async fn from_request(request: Request, state: &S) -> Result<Self, WalletError> {
        let bytes =
            Bytes::from_request(request, state)
                .await
                .map_err(|rejection| match rejection.status() {
                    StatusCode::PAYLOAD_TOO_LARGE => WalletError::TooLarge,
                    _ => WalletError::Body("cut short".to_owned()),
                })?;
        let limits = Limits {
            size: 64 * 1024,
            depth: 8,
        };
        let object = json::parse_object(&bytes, limits).map_err(|error| match error {
            JsonError::TooLarge(_) => WalletError::TooLarge,
            error => WalletError::Body(error.to_string()),
        })?;
        serde_json::from_value(object.into())
            .map(Self)
            .map_err(|error| WalletError::Body(error.to_string()))
    }
}
