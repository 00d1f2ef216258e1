//! The wallet's configuration: one TOML file, unknown keys refused, secrets by file path.

use procura_credential::judge::{StatusPolicy, TrustPolicy};
use procura_pki::OrganizationIdentifier;
use procura_service::{
    config::{ConfigError, Database, Development, Limits, Listen, Log, within},
    gather::Registries,
    trust::Trust,
};
use serde::Deserialize;
use std::{collections::BTreeSet, path::PathBuf};
use url::Url;

/// Everything that an operator decides.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the wallet's people reach it.
    pub public_url: Url,
    /// Where it listens.
    pub listen: Listen,
    /// Where `/metrics` is served, for operators only; without it, nowhere.
    #[serde(default)]
    pub operations: Option<Listen>,
    /// Where accounts and credentials are kept.
    pub database: Database,
    /// File (mode 0600) with the keys that encrypt what is stored.
    pub key_encryption_key_file: PathBuf,
    /// The Trusted Credential Schemas List of the ecosystem.
    pub credential_schemas: Url,
    /// Whose seals are believed.
    pub trust: Trust,
    /// Where participants are looked up.
    pub registries: Registries,
    /// Policy OIDs of certificates under which a natural person represents an organisation. None: no such certificate
    /// is accepted.
    #[serde(default)]
    pub representative_policies: BTreeSet<String>,
    /// Issuers that may issue for mandators other than themselves.
    #[serde(default)]
    pub issues_for_others: BTreeSet<OrganizationIdentifier>,
    /// `eu-qualified` or `eu-advanced`.
    #[serde(default = "qualified")]
    pub trust_policy: TrustPolicy,
    /// What to do about a credential without status: `required` (refuse) or `allow-absent`.
    #[serde(default = "required")]
    pub status: StatusPolicy,
    /// Life-times.
    #[serde(default)]
    pub lifetimes: Lifetimes,
    /// What a caller may cost.
    #[serde(default)]
    pub limits: Limits,
    /// Logs.
    #[serde(default)]
    pub log: Log,
    /// Exceptions for development; never set in production.
    #[serde(default)]
    pub development: Development,
}

/// Life-times.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lifetimes {
    /// Hours of a session.
    pub session_hours: i64,
    /// Hours of an invitation.
    pub invitation_hours: i64,
    /// Minutes in which an offer that was shown may be accepted.
    pub offer_minutes: i64,
    /// Tolerated difference of clocks in seconds.
    pub skew_seconds: i64,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            session_hours: 12,
            invitation_hours: 72,
            offer_minutes: 30,
            skew_seconds: 60,
        }
    }
}

const fn qualified() -> TrustPolicy {
    TrustPolicy::EuQualified
}

const fn required() -> StatusPolicy {
    StatusPolicy::Required
}

impl Config {
    /// Checks what types do not say.
    ///
    /// # Errors
    /// [`ConfigError::Key`] names the key.
    pub fn check(&self) -> Result<(), ConfigError> {
        for (key, url) in [
            ("public_url", &self.public_url),
            ("credential_schemas", &self.credential_schemas),
        ] {
            self.development.demand_https(key, url)?;
        }
        let Lifetimes {
            session_hours,
            invitation_hours,
            offer_minutes,
            skew_seconds,
        } = self.lifetimes;
        for (key, value, range) in [
            ("lifetimes.session_hours", session_hours, 1..=24 * 31),
            ("lifetimes.invitation_hours", invitation_hours, 1..=24 * 31),
            ("lifetimes.offer_minutes", offer_minutes, 1..=24 * 60),
            ("lifetimes.skew_seconds", skew_seconds, 0..=300),
        ] {
            within(key, value, range)?;
        }
        self.trust.sync().map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Change = fn(&mut Config);

    fn good() -> Config {
        toml::from_str(
            r#"
            public_url = "https://wallet.example"
            key_encryption_key_file = "/etc/procura/wallet.keys"
            credential_schemas = "https://ecosystem.example/schemas"
            [listen]
            address = "127.0.0.1:8120"
            [database]
            url = "sqlite:/var/lib/procura/wallet.db"
            [trust]
            lotl_url = "https://lists.example/lotl.xml"
            lotl_signers = ["00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff"]
            [registries]
            participants = ["https://ecosystem.example"]
            issuers = ["https://ecosystem.example"]
            "#,
        )
        .unwrap()
    }

    #[test]
    fn each_key_out_of_its_range_is_named() {
        good().check().unwrap();
        let changes: [(&str, Change); 6] = [
            ("public_url", |c| {
                c.public_url = "http://wallet.example".parse().unwrap();
            }),
            ("credential_schemas", |c| {
                c.credential_schemas = "http://ecosystem.example/schemas".parse().unwrap();
            }),
            ("lifetimes.session_hours", |c| c.lifetimes.session_hours = 0),
            ("lifetimes.invitation_hours", |c| {
                c.lifetimes.invitation_hours = -1;
            }),
            ("lifetimes.offer_minutes", |c| c.lifetimes.offer_minutes = 1441),
            ("lifetimes.skew_seconds", |c| c.lifetimes.skew_seconds = 301),
        ];
        for (key, change) in changes {
            let mut config = good();
            change(&mut config);
            assert!(config.check().unwrap_err().to_string().contains(key), "{key}");
        }
    }
}
