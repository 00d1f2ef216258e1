use procura_service::config::{Limits, Listen, Log};
use serde::Deserialize;
use std::path::PathBuf;

/// Settings of the ecosystem.
///
/// ```
/// # let text = r#"
/// world = ".procura/world"
/// [listen]
/// address = "127.0.0.1:4710"
/// # "#;
/// # let config: procura_sandbox::ecosystem::Config = toml::from_str(text).unwrap();
/// # assert_eq!(config.renew_seconds, 300);
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where to listen.
    pub listen: Listen,
    /// The folder of the world.
    pub world: PathBuf,
    /// How often to look for what is due to be signed again, in seconds.
    #[serde(default = "default_renew_seconds")]
    pub renew_seconds: u64,
    /// `[remote_signing]`: keeps seals of the world at `csc/v2/`; without it nothing is signed for anybody.
    #[serde(default)]
    pub remote_signing: Option<crate::csc::Config>,
    /// Limits for callers.
    #[serde(default)]
    pub limits: Limits,
    /// Logs.
    #[serde(default)]
    pub log: Log,
}
fn default_renew_seconds() -> u64 {
    300
}
