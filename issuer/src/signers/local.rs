//! Keys at hand, but not in PEM files: in a PKCS#12 file, or in a hardware module.
use super::{algorithm, ten};
use procura_keys::{Pkcs12Signer, Signer, SignerError};
use procura_service::config::{ConfigError, Limits, within};
use serde::Deserialize;
use std::{path::PathBuf, sync::Arc};

/// A key with its chain in a PKCS#12 file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pkcs12File {
    /// The file (`.p12`, `.pfx`), mode 0600.
    pub file: PathBuf,
    /// File (mode 0600) with its password.
    pub password_file: PathBuf,
    /// JWS algorithm, where it is not the usual one of the key's kind: `PS256`.
    #[serde(default)]
    pub algorithm: Option<String>,
}

/// A key that a hardware module keeps, by PKCS#11.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pkcs11Token {
    /// The module, a shared library: its absolute path.
    pub module: PathBuf,
    /// The token's label; this or the serial number.
    #[serde(default)]
    pub token_label: Option<String>,
    /// The token's serial number.
    #[serde(default)]
    pub token_serial: Option<String>,
    /// The key's label; this or the id.
    #[serde(default)]
    pub key_label: Option<String>,
    /// The key's id, in hexadecimal: `a1`.
    #[serde(default)]
    pub key_id: Option<String>,
    /// File (mode 0600) with the user's PIN.
    pub pin_file: PathBuf,
    /// PEM chain, signing certificate first; absent: on the token, under the id of the key.
    #[serde(default)]
    pub chain_file: Option<PathBuf>,
    /// JWS algorithm, where it is not the usual one of the key's kind: `PS256`.
    #[serde(default)]
    pub algorithm: Option<String>,
    /// Seconds for a signature.
    #[serde(default = "ten")]
    pub time_limit_seconds: u64,
}

impl Pkcs12File {
    pub(super) fn open(&self) -> Result<Arc<dyn Signer>, SignerError> {
        let opened = match algorithm(self.algorithm.as_ref())? {
            None => Pkcs12Signer::open(&self.file, &self.password_file),
            Some(algorithm) => Pkcs12Signer::open_with_algorithm(&self.file, &self.password_file, algorithm),
        };
        Ok(Arc::new(opened?))
    }
}

impl Pkcs11Token {
    pub(super) fn check(&self, key: impl Fn(&str) -> String, limits: &Limits) -> Result<(), ConfigError> {
        let wrong = |member: &str, problem: &str| Err(ConfigError::new(key(member), problem));
        if !self.module.is_absolute() {
            return wrong("module", "must be an absolute path");
        }
        if self.token_label.is_some() == self.token_serial.is_some() {
            return wrong("token_label", "either this or token_serial names the token");
        }
        if self.key_label.is_some() == self.key_id.is_some() {
            return wrong("key_label", "either this or key_id names the key");
        }
        if self
            .key_id
            .as_deref()
            .is_some_and(|text| hexadecimal(text).is_none())
        {
            return wrong("key_id", "must be octets in hexadecimal, such as a1");
        }
        let member = "time_limit_seconds";
        within(&key(member), self.time_limit_seconds, 1..=60)?;
        if self.time_limit_seconds > limits.request_seconds {
            return wrong(member, "must not be longer than limits.request_seconds");
        }
        Ok(())
    }

    #[cfg(feature = "pkcs11")]
    pub(super) async fn open(&self) -> Result<Arc<dyn Signer>, SignerError> {
        use procura_keys::pkcs11::{KeyName, Pkcs11Settings, Pkcs11Signer, TokenName};
        let unnamed = || SignerError::Refused("neither token nor key may be without a name".to_owned());
        let token = match (&self.token_label, &self.token_serial) {
            (Some(label), _) => TokenName::Label(label.clone()),
            (None, Some(serial)) => TokenName::Serial(serial.clone()),
            (None, None) => return Err(unnamed()),
        };
        let key = match (&self.key_label, self.key_id.as_deref().and_then(hexadecimal)) {
            (Some(label), _) => KeyName::Label(label.clone()),
            (None, Some(id)) => KeyName::Id(id),
            (None, None) => return Err(unnamed()),
        };
        let settings = Pkcs11Settings {
            module: self.module.clone(),
            token,
            key,
            pin_file: self.pin_file.clone(),
            chain_file: self.chain_file.clone(),
            algorithm: algorithm(self.algorithm.as_ref())?,
            time_limit: std::time::Duration::from_secs(self.time_limit_seconds),
        };
        Ok(Arc::new(Pkcs11Signer::open(settings).await?))
    }

    #[cfg(not(feature = "pkcs11"))]
    #[expect(clippy::unused_async, reason = "as where the feature is on")]
    pub(super) async fn open(&self) -> Result<Arc<dyn Signer>, SignerError> {
        let problem = "this program was built without hardware modules; build it with --features pkcs11";
        Err(SignerError::Refused(problem.to_owned()))
    }
}

/// Octets of at least one pair of hexadecimal digits.
fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let octets = pairs.iter().map(|pair| {
        let digit = |octet: u8| char::from(octet).to_digit(16);
        let [high, low] = *pair;
        u8::try_from(digit(high)? * 16 + digit(low)?).ok()
    });
    octets
        .collect::<Option<Vec<u8>>>()
        .filter(|octets| rest.is_empty() && !octets.is_empty())
}
