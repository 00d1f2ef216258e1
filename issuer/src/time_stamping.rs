//! `[evidence]` and `[time_stamping]`: how long evidence of credentials is kept, and who time-stamps it.
use procura_keys::{
    Http,
    time_stamping::{Authority, Config, TimeStamper, TimeStampingError},
};
use procura_pki::{Anchor, Certificate};
use procura_service::{
    GuardedClient, Purpose,
    config::{ConfigError, Development, within},
};
use serde::Deserialize;
use std::{path::PathBuf, sync::Arc, time::Duration};

/// `[evidence]`: what is kept beside each credential.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Evidence {
    /// Days after the issuing at which evidence is erased: 3650, ten years, unless said otherwise; from 1 to 36600. It
    /// holds the whole mandate, encrypted.
    pub keep_days: u32,
}
impl Default for Evidence {
    fn default() -> Self {
        Self { keep_days: 3_650 }
    }
}

impl Evidence {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        within("evidence.keep_days", self.keep_days, 1..=36_600)
    }
}

/// `[time_stamping]`: authorities (RFC 3161) that time-stamp the evidence. Without it evidence has no time-stamp, and
/// proves nothing once the certificate of the seal has ended or is revoked.
///
/// ```
/// let time_stamping: procura_issuer::TimeStamping = toml::from_str(r#"
///     anchors_file = "/etc/procura/time-stamping-authorities.pem"
///     [[authorities]]
///     url = "http://tsa.example/tsr"
///     policy = "0.4.0.2023.1.1"
///     [[authorities]]
///     url = "https://other.example/tsa"
///     time_limit_seconds = 5
/// "#).unwrap();
/// assert_eq!(time_stamping.deadline_seconds, 30);
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeStamping {
    /// Authorities in the order in which they are asked, 1 to 8: the next one where one fails.
    pub authorities: Vec<Authority>,
    /// PEM: certificates to which the signers of time-stamps must lead. They serve for nothing else.
    pub anchors_file: PathBuf,
    /// Seconds for all authorities together, from 1 to 120.
    #[serde(default = "half_a_minute")]
    pub deadline_seconds: u64,
    /// Seconds by which an authority's clock and ours may differ, from 1 to 600.
    #[serde(default = "two_minutes")]
    pub tolerance_seconds: u64,
    /// Seconds after the issuing from which a missing time-stamp is an alarm, from 60 to a week.
    #[serde(default = "an_hour")]
    pub overdue_seconds: u32,
}

const fn half_a_minute() -> u64 {
    30
}
const fn two_minutes() -> u64 {
    120
}
const fn an_hour() -> u32 {
    3_600
}

/// Who time-stamps, opened.
#[derive(Clone, Debug)]
pub(crate) struct OpenTimeStamping {
    pub(crate) stamper: TimeStamper,
    pub(crate) deadline_seconds: u64,
    pub(crate) overdue_seconds: u32,
}

impl TimeStamping {
    /// Checks what types do not say.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        within("time_stamping.authorities", self.authorities.len(), 1..=8)?;
        for (index, authority) in self.authorities.iter().enumerate() {
            let key = format!("time_stamping.authorities[{index}].time_limit_seconds");
            within(&key, authority.time_limit.as_secs(), 1..=20)?;
        }
        within("time_stamping.deadline_seconds", self.deadline_seconds, 1..=120)?;
        within("time_stamping.tolerance_seconds", self.tolerance_seconds, 1..=600)?;
        within(
            "time_stamping.overdue_seconds",
            self.overdue_seconds,
            60..=604_800,
        )
    }

    /// Reads the anchors. Nobody is asked: an authority that is down does not keep the issuer from starting.
    pub(crate) fn open(&self, development: &Development) -> Result<OpenTimeStamping, ConfigError> {
        let client = GuardedClient::new(development.guarded()?)
            .map_err(|error| ConfigError::new("development", error.to_string()))?;
        for (index, authority) in self.authorities.iter().enumerate() {
            let key = format!("time_stamping.authorities[{index}].url");
            client
                .check(Purpose::TimeStamping, &authority.url)
                .map_err(|error| ConfigError::new(key, error.to_string()))?;
        }
        let http: Arc<dyn Http> = Arc::new(client.transport(Purpose::TimeStamping));
        let config = Config {
            deadline: Duration::from_secs(self.deadline_seconds),
            tolerance: Duration::from_secs(self.tolerance_seconds),
            ..Config::of(self.authorities.clone())
        };
        let refused = |error: TimeStampingError| ConfigError::new("time_stamping", error.to_string());
        Ok(OpenTimeStamping {
            stamper: TimeStamper::new(http, config)
                .map_err(refused)?
                .trusting(self.anchors()?),
            deadline_seconds: self.deadline_seconds,
            overdue_seconds: self.overdue_seconds,
        })
    }

    fn anchors(&self) -> Result<Vec<Anchor>, ConfigError> {
        const KEY: &str = "time_stamping.anchors_file";
        let path = self.anchors_file.display();
        let pem = std::fs::read_to_string(&self.anchors_file)
            .map_err(|error| ConfigError::new(KEY, format!("{path}: {error}")))?;
        let certificates =
            Certificate::from_pem(&pem).map_err(|error| ConfigError::new(KEY, format!("{path}: {error}")))?;
        if certificates.is_empty() {
            return Err(ConfigError::new(KEY, format!("{path}: holds no certificate")));
        }
        Ok(certificates.into_iter().map(Anchor).collect())
    }
}
