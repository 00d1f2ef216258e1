//! The wallet's configuration: one TOML file, unknown keys refused, secrets by file path.

use procura_credential::judge::{StatusPolicy, TrustPolicy};
use procura_pki::OrganizationIdentifier;
use procura_service::{
    config::{Database, Development, Limits, Listen, Log},
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
