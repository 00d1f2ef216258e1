use super::{Credential, Provider, Settings};
use crate::world::{Party, World, WorldError};
use procura_keys::csc::Dialect;
use procura_service::{
    Clock,
    config::{ConfigError, read_secret},
};
use serde::Deserialize;
use std::{path::PathBuf, sync::Arc};
use url::Url;

/// Settings of the remote signing service, which the ecosystem serves below its own address.
///
/// ```
/// # let text = r#"
/// client_id = "goodair"
/// client_secret_file = ".procura/csc.client-secret"
/// [[credentials]]
/// party = "goodair-seal"
/// pin_file = ".procura/csc.pin"
/// # "#;
/// # let config: procura_sandbox::csc::Config = toml::from_str(text).unwrap();
/// # assert_eq!(config.credentials.len(), 1);
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The client that is let in.
    pub client_id: String,
    /// File (0600) with its secret.
    pub client_secret_file: PathBuf,
    /// Version of the API: `v2`, `v1`.
    #[serde(default)]
    pub dialect: Dialect,
    /// The keys that are kept.
    pub credentials: Vec<CredentialConfig>,
}

/// A key of the demo world that is kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialConfig {
    /// Whose; its name in the world's files is the credential's id.
    pub party: Party,
    /// File (0600) with the PIN that it asks for; none: it signs for whoever is let in.
    #[serde(default)]
    pub pin_file: Option<PathBuf>,
}

/// The service cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// A file cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The world has no such key.
    #[error(transparent)]
    World(#[from] WorldError),
}

impl Provider {
    /// The service with the keys of a world, reached at `origin`.
    ///
    /// # Errors
    /// [`SetupError`].
    pub fn open(
        config: &Config,
        world: &World,
        origin: Url,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SetupError> {
        let mut settings = Settings::new(
            origin,
            &config.client_id,
            read_secret(&config.client_secret_file)?,
        );
        settings.dialect = config.dialect;
        let mut credentials = Vec::new();
        for kept in &config.credentials {
            let credential = Credential::of(world, kept.party)?;
            credentials.push(match &kept.pin_file {
                Some(file) => credential.with_pin(read_secret(file)?),
                None => credential,
            });
        }
        Ok(Self::new(settings, credentials, clock))
    }
}
