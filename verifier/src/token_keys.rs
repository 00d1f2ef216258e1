//! The keys that sign access tokens: made here, sealed at rest, rotated, published.
//!
//! A key is published before it signs, so that caches of resource servers know it, and for as long as tokens of it live.
//! All replicas read the same table; of those that want to rotate at once, one does.

use crate::{
    config::{Tokens, after, before},
    resources::Vault,
};
use jiff::Timestamp;
use procura_crypto::{PrivateKey, Rng};
use procura_jose::{Algorithm, Jwk, JwkSet, jws::JwsError};
use procura_keys::KekError;
use procura_protocol::oauth::{AccessToken, access_token};
use procura_store::{Store, StoreError, verifier, verifier::SigningKey};
use std::sync::{Arc, PoisonError, RwLock};

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenKeyError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored key cannot be opened.
    #[error("token key {kid}: {reason}")]
    Sealed {
        /// Which.
        kid: String,
        /// Why.
        reason: KekError,
    },
    /// A stored key is not what was stored, or a new one cannot be made.
    #[error("token key {0}: not usable")]
    Unusable(String),
    /// No key signs at this time.
    #[error("no token key signs at this time")]
    None,
    /// Signing failed.
    #[error("the access token could not be signed: {0}")]
    Sign(#[from] JwsError),
}

/// The keys. Clones share them.
#[derive(Clone)]
pub struct TokenKeys {
    keys: Arc<RwLock<Arc<Vec<Key>>>>,
    settings: Arc<Tokens>,
    /// How long a token lives, in seconds.
    token_seconds: i64,
}

impl core::fmt::Debug for TokenKeys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list()
            .entries(self.current().iter().map(|key| &key.kid))
            .finish()
    }
}

struct Key {
    kid: String,
    algorithm: Algorithm,
    private: PrivateKey,
    not_before: Timestamp,
    retired_at: Option<Timestamp>,
}

impl Key {
    fn signs_at(&self, now: Timestamp) -> bool {
        self.not_before <= now && self.retired_at.is_none_or(|end| now < end)
    }
}

impl TokenKeys {
    /// Loads the keys, and makes the first one where there is none.
    ///
    /// # Errors
    /// [`TokenKeyError`].
    pub async fn open(
        store: &Store,
        vault: &Vault,
        settings: Tokens,
        token_seconds: i64,
        rng: &mut (dyn Rng + Send),
        now: Timestamp,
    ) -> Result<Self, TokenKeyError> {
        let keys = Self {
            keys: Arc::default(),
            settings: Arc::new(settings),
            token_seconds,
        };
        keys.refresh(store, vault, rng, now).await?;
        Ok(keys)
    }

    /// Rotates where it is time, forgets keys whose tokens are dead, and loads what the table has.
    ///
    /// # Errors
    /// [`TokenKeyError`].
    pub async fn refresh(
        &self,
        store: &Store,
        vault: &Vault,
        rng: &mut (dyn Rng + Send),
        now: Timestamp,
    ) -> Result<(), TokenKeyError> {
        let mut rows = store.read((), |tx, ()| Box::pin(verifier::keys(tx))).await?;
        if let Some(from) = self.due(&rows, now) {
            let candidate = self.generate(vault, rng, from)?;
            let forget = before(now, self.token_seconds.saturating_mul(2));
            let keys = self.clone();
            rows = store
                .write((candidate, now, forget), move |tx, (candidate, now, forget)| {
                    let keys = keys.clone();
                    Box::pin(async move {
                        // Another replica may have rotated meanwhile.
                        let rows = verifier::keys(tx).await?;
                        if let Some(from) = keys.due(&rows, *now) {
                            for row in rows.iter().filter(|row| row.retired_at.is_none()) {
                                verifier::retire_key(tx, &row.kid, from).await?;
                            }
                            verifier::add_key(
                                tx,
                                &SigningKey {
                                    not_before: from,
                                    ..candidate.clone()
                                },
                            )
                            .await?;
                            verifier::forget_keys(tx, *forget).await?;
                        }
                        verifier::keys(tx).await
                    })
                })
                .await?;
            tracing::info!("token key made");
        }
        let opened = rows
            .iter()
            .map(|row| open(vault, row))
            .collect::<Result<Vec<_>, _>>()?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(opened);
        Ok(())
    }

    /// From when a new key should sign, if one should be made now.
    fn due(&self, rows: &[SigningKey], now: Timestamp) -> Option<Timestamp> {
        let algorithm = Algorithm::from(self.settings.algorithm).name();
        let newest = rows
            .iter()
            .rfind(|row| row.retired_at.is_none() && row.algorithm == algorithm);
        let Some(newest) = newest else { return Some(now) };
        let end = after(
            newest.not_before,
            self.settings.rotation_days.saturating_mul(86_400),
        );
        let announce = before(end, self.settings.publish_ahead_seconds);
        (now >= announce).then(|| after(now, self.settings.publish_ahead_seconds))
    }

    fn generate(
        &self,
        vault: &Vault,
        rng: &mut (dyn Rng + Send),
        not_before: Timestamp,
    ) -> Result<SigningKey, TokenKeyError> {
        let algorithm = Algorithm::from(self.settings.algorithm);
        let private = PrivateKey::generate(algorithm.key_kind())
            .map_err(|_| TokenKeyError::Unusable("new".to_owned()))?;
        let kid = Jwk::of(private.public_key().clone()).thumbprint();
        let sealed = vault
            .0
            .seal_value(rng, &context(&kid), &private.to_pkcs8_der())
            .map_err(|reason| TokenKeyError::Sealed {
                kid: kid.clone(),
                reason,
            })?;
        Ok(SigningKey {
            kid,
            algorithm: algorithm.name().to_owned(),
            sealed,
            not_before,
            retired_at: None,
        })
    }

    /// Mints a token, which verifies before it leaves.
    ///
    /// # Errors
    /// [`TokenKeyError::None`], [`TokenKeyError::Sign`].
    pub fn mint(&self, token: &AccessToken, now: Timestamp) -> Result<String, TokenKeyError> {
        let keys = self.current();
        let key = keys
            .iter()
            .rev()
            .find(|key| key.signs_at(now))
            .ok_or(TokenKeyError::None)?;
        Ok(access_token::mint(&key.private, key.algorithm, &key.kid, token)?)
    }

    /// What is published at `now`: keys that will sign, sign, or have signed tokens that live.
    #[must_use]
    pub fn published(&self, now: Timestamp) -> JwkSet {
        let lives = |key: &&Key| {
            key.retired_at
                .is_none_or(|end| now < after(end, self.token_seconds))
        };
        let jwk = |key: &Key| Jwk {
            kid: Some(key.kid.clone()),
            alg: Some(key.algorithm),
            usage: Some("sig".to_owned()),
            ..Jwk::of(key.private.public_key().clone())
        };
        JwkSet(self.current().iter().filter(lives).map(jwk).collect())
    }

    /// Proves that a token could be minted now: signs and verifies.
    ///
    /// # Errors
    /// [`TokenKeyError`].
    pub fn prove(&self, now: Timestamp) -> Result<(), TokenKeyError> {
        let keys = self.current();
        let key = keys
            .iter()
            .rev()
            .find(|key| key.signs_at(now))
            .ok_or(TokenKeyError::None)?;
        let unusable = || TokenKeyError::Unusable(key.kid.clone());
        let scheme = key.algorithm.scheme();
        let signature = key.private.sign(scheme, b"readiness").map_err(|_| unusable())?;
        procura_crypto::signature::verify(key.private.public_key(), scheme, b"readiness", &signature)
            .map_err(|_| unusable())
    }

    fn current(&self) -> Arc<Vec<Key>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn open(vault: &Vault, row: &SigningKey) -> Result<Key, TokenKeyError> {
    let unusable = || TokenKeyError::Unusable(row.kid.clone());
    let der = vault
        .0
        .open_value(&context(&row.kid), &row.sealed)
        .map_err(|reason| TokenKeyError::Sealed {
            kid: row.kid.clone(),
            reason,
        })?;
    let private = PrivateKey::from_pkcs8_der(&der).map_err(|_| unusable())?;
    let algorithm = Algorithm::from_name(&row.algorithm).ok_or_else(unusable)?;
    if !algorithm.fits(private.public_key()) || Jwk::of(private.public_key().clone()).thumbprint() != row.kid
    {
        return Err(unusable());
    }
    Ok(Key {
        kid: row.kid.clone(),
        algorithm,
        private,
        not_before: row.not_before,
        retired_at: row.retired_at,
    })
}

fn context(kid: &str) -> String {
    format!("verifier/token-key/{kid}")
}
