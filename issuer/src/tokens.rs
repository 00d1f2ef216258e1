//! Tokens of the management API: made, listed and revoked by whoever can read the configuration and the database.
use crate::{app::StartError, config::Config};
use jiff::Timestamp;
use procura_protocol::Secret;
use procura_service::{Clock, SystemClock, SystemRng};
use procura_store::{
    Schema, Store,
    issuer::tokens::{self, ApiToken},
};

/// What a management token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Scope {
    /// Make offers.
    Create,
    /// Fetch PINs. Given to another token than `Create`, link and PIN never meet in one place.
    Pin,
    /// See how far issuances are.
    Read,
    /// Fetch evidence of credentials, which holds their mandates.
    Evidence,
    /// Revoke.
    Revoke,
}
impl Scope {
    /// Every scope.
    pub const ALL: [Self; 5] = [Self::Create, Self::Pin, Self::Read, Self::Evidence, Self::Revoke];
    /// Its name: `issuances:create`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "issuances:create",
            Self::Pin => "issuances:pin",
            Self::Read => "issuances:read",
            Self::Evidence => "issuances:evidence",
            Self::Revoke => "issuances:revoke",
        }
    }
    /// The scope of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
    pub(crate) fn challenge(self) -> &'static str {
        match self {
            Self::Create => "Bearer error=\"insufficient_scope\", scope=\"issuances:create\"",
            Self::Pin => "Bearer error=\"insufficient_scope\", scope=\"issuances:pin\"",
            Self::Read => "Bearer error=\"insufficient_scope\", scope=\"issuances:read\"",
            Self::Evidence => "Bearer error=\"insufficient_scope\", scope=\"issuances:evidence\"",
            Self::Revoke => "Bearer error=\"insufficient_scope\", scope=\"issuances:revoke\"",
        }
    }
}

async fn store(config: &Config) -> Result<Store, StartError> {
    config.check()?;
    Ok(Store::connect(&config.database.resolve()?, Schema::Issuer).await?)
}

/// Makes a token. The secret is given out here and kept nowhere; the database has its SHA-256.
///
/// # Errors
/// [`StartError`]: configuration or database.
pub async fn add(
    config: &Config,
    label: &str,
    scopes: &[Scope],
    expires_at: Option<Timestamp>,
) -> Result<(ApiToken, Secret), StartError> {
    let secret = Secret::new(procura_crypto::random::token(&mut SystemRng, 32));
    let token = ApiToken {
        id: procura_crypto::random::uuid(&mut SystemRng),
        label: label.chars().filter(|c| !c.is_control()).take(200).collect(),
        scopes: scopes.iter().map(|scope| scope.name().to_owned()).collect(),
        created_at: SystemClock.now(),
        expires_at,
        revoked_at: None,
    };
    let store = store(config).await?;
    let arguments = (token.clone(), secret.sha256());
    store
        .write(arguments, |tx, (token, hash)| {
            Box::pin(tokens::add(tx, token, hash))
        })
        .await?;
    store.close().await;
    Ok((token, secret))
}

/// Every token, without its secret.
///
/// # Errors
/// [`StartError`]: configuration or database.
pub async fn list(config: &Config) -> Result<Vec<ApiToken>, StartError> {
    let store = store(config).await?;
    let all = store.read((), |tx, ()| Box::pin(tokens::all(tx))).await?;
    store.close().await;
    Ok(all)
}

/// Revokes a token by its id; `false`: there is none that was not revoked before.
///
/// # Errors
/// [`StartError`]: configuration or database.
pub async fn revoke(config: &Config, id: &str) -> Result<bool, StartError> {
    let store = store(config).await?;
    let arguments = (id.to_owned(), SystemClock.now());
    let revoked = store
        .write(arguments, |tx, (id, now)| Box::pin(tokens::revoke(tx, id, *now)))
        .await?;
    store.close().await;
    Ok(revoked)
}
