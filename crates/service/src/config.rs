//! One documented TOML file per service, overridden by environment variables.
//!
//! A service defines a struct with `#[serde(deny_unknown_fields)]` out of the parts below and calls [`load`]. A variable
//! is the service's prefix and the key's path, its parts joined by two underscores: with the prefix `PROCURA_ISSUER_`,
//! `PROCURA_ISSUER_DATABASE__URL` sets `url` of `[database]`. Its value is TOML (`8080`, `true`, `["a"]`), else text.
//! Errors name the key and its line, or the variable; they never repeat a value. Secrets are named by file.
use crate::request::{LONGEST_TOKEN, is_bearer_token};
use serde::{Deserialize, de::DeserializeOwned};
use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};
use toml::{
    Spanned,
    de::{DeTable, DeValue, Deserializer},
};
use url::Url;

/// Why a service does not start.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("{path}: {reason}")]
    File {
        /// Which.
        path: String,
        /// Why.
        reason: String,
    },
    /// The file says something that is not understood.
    #[error("{path}:{line}: {reason}")]
    Line {
        /// Which file.
        path: String,
        /// Line, from 1.
        line: usize,
        /// What is wrong, and with which key.
        reason: String,
    },
    /// A key says what is understood and cannot be.
    #[error("{key}: {problem}")]
    Key {
        /// Which, with dots and indices: `clients[1].return_url`.
        key: String,
        /// What is wrong, and what would mend it.
        problem: String,
    },
    /// A variable says something that is not understood.
    #[error("environment variable {variable}: {reason}")]
    Variable {
        /// Which.
        variable: String,
        /// What is wrong.
        reason: String,
    },
}

impl ConfigError {
    /// A key that says what cannot be.
    pub fn new(key: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Key {
            key: key.into(),
            problem: problem.into(),
        }
    }

    /// The key that is wrong, where it is one that was understood.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Key { key, .. } => Some(key),
            Self::File { .. } | Self::Line { .. } | Self::Variable { .. } => None,
        }
    }
}

/// Demands that a number lies within bounds, both included.
///
/// # Errors
/// [`ConfigError::Key`] says the bounds.
pub fn within<N: Copy + PartialOrd + core::fmt::Display>(
    key: &str,
    value: N,
    bounds: core::ops::RangeInclusive<N>,
) -> Result<(), ConfigError> {
    if bounds.contains(&value) {
        return Ok(());
    }
    let (least, most) = bounds.into_inner();
    Err(ConfigError::new(
        key,
        format!("must lie between {least} and {most}"),
    ))
}

/// Reads the file at `path` and the process's variables that start with `prefix`.
///
/// # Errors
/// [`ConfigError`], naming the place.
pub fn load<T: DeserializeOwned>(path: &Path, prefix: &str) -> Result<T, ConfigError> {
    let text = read_text(path)?;
    parse(&path.display().to_string(), &text, prefix, std::env::vars())
}

/// Reads a text file that the configuration names.
///
/// # Errors
/// [`ConfigError::File`].
pub fn read_text(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|e| ConfigError::File {
        path: path.display().to_string(),
        reason: e.to_string(),
    })
}

/// Reads a secret of one line from a file that only its owner can read.
///
/// # Errors
/// [`ConfigError::File`]: missing, empty, or readable by others.
pub fn read_secret(path: &Path) -> Result<String, ConfigError> {
    let refused = |reason: &str| ConfigError::File {
        path: path.display().to_string(),
        reason: reason.into(),
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let metadata = std::fs::metadata(path).map_err(|e| refused(&e.to_string()))?;
        if metadata.permissions().mode() & 0o077 != 0 {
            return Err(refused("holds a secret and others can read it; run chmod 600"));
        }
    }
    let secret = read_text(path)?.trim().to_owned();
    if secret.is_empty() {
        Err(refused("is empty"))
    } else {
        Ok(secret)
    }
}

/// Fewest characters of a bearer token that nobody guesses: 128 bits in base64url.
const SHORTEST_BEARER_SECRET: usize = 22;

/// Reads a secret as [`read_secret`] does which two services share, and which one sends to the other as a bearer token:
/// what [`bearer_token`](crate::request::bearer_token) would not take is refused here, before any of it is sent.
///
/// # Errors
/// [`ConfigError::File`], also where the secret is too short, too long, or no bearer token; it never says the secret.
pub fn read_bearer_secret(path: &Path) -> Result<String, ConfigError> {
    let secret = read_secret(path)?;
    if secret.len() >= SHORTEST_BEARER_SECRET && is_bearer_token(&secret) {
        return Ok(secret);
    }
    Err(ConfigError::File {
        path: path.display().to_string(),
        reason: format!(
            "the secret is sent as a bearer token and needs {SHORTEST_BEARER_SECRET} to {LONGEST_TOKEN} characters, \
             letters, digits and -._~+/= only; make one with `openssl rand -hex 32` and give it to both sides"
        ),
    })
}

/// As [`load`], from values.
///
/// # Errors
/// [`ConfigError`], naming the place.
pub fn parse<T: DeserializeOwned>(
    path: &str,
    text: &str,
    prefix: &str,
    variables: impl Iterator<Item = (String, String)>,
) -> Result<T, ConfigError> {
    // What a variable sets gets a span behind the end of the file, by which an error finds it again.
    let mut set: Vec<(String, String)> = variables.filter(|(name, _)| name.starts_with(prefix)).collect();
    set.sort();
    let place = |e: &toml::de::Error| {
        let reason = reason(e);
        let start = e.span().map_or(0, |span| span.start);
        match start.checked_sub(text.len() + 1).and_then(|index| set.get(index)) {
            Some((variable, _)) => ConfigError::Variable {
                variable: variable.clone(),
                reason,
            },
            None => ConfigError::Line {
                path: path.to_owned(),
                line: 1 + text.bytes().take(start).filter(|b| *b == b'\n').count(),
                reason,
            },
        }
    };
    let mut root = DeTable::parse(text).map_err(|e| place(&e))?;
    for (index, (variable, value)) in set.iter().enumerate() {
        let at = text.len() + 1 + index;
        let keys: Vec<String> = variable
            .strip_prefix(prefix)
            .unwrap_or_default()
            .split("__")
            .map(str::to_ascii_lowercase)
            .collect();
        insert(root.get_mut(), &keys, value, at).map_err(|reason| ConfigError::Variable {
            variable: variable.clone(),
            reason: reason.into(),
        })?;
    }
    T::deserialize(Deserializer::from(root)).map_err(|e| place(&e))
}

fn insert<'i>(
    table: &mut DeTable<'i>,
    keys: &[String],
    value: &'i str,
    at: usize,
) -> Result<(), &'static str> {
    let Some((key, deeper)) = keys.split_first() else {
        return Err("names no key");
    };
    // Entries keep the span of the key they were made with, so a key that is set again is removed first.
    let old = table.remove(key.as_str());
    let new = if deeper.is_empty() {
        let parsed = DeValue::parse(value).map(Spanned::into_inner);
        parsed.unwrap_or_else(|_| DeValue::String(value.into()))
    } else {
        let mut inner = match old.map(Spanned::into_inner) {
            None => DeTable::new(),
            Some(DeValue::Table(inner)) => inner,
            Some(_) => return Err("the file sets a value where the variable needs a table"),
        };
        insert(&mut inner, deeper, value, at)?;
        DeValue::Table(inner)
    };
    table.insert(
        Spanned::new(at..at, key.clone().into()),
        Spanned::new(at..at, new),
    );
    Ok(())
}

/// The parser's words without the excerpt of the file, which may hold a secret.
fn reason(error: &toml::de::Error) -> String {
    let mut error = error.clone();
    error.set_input(None);
    error.to_string().trim().replace('\n', " ")
}

/// `[listen]`: where a service is reached.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// Address and port; port 0 takes a free one.
    pub address: SocketAddr,
    /// Certificate and key for https; without, plain http behind a proxy that ends TLS.
    pub tls: Option<TlsFiles>,
}

/// `[listen.tls]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// PEM file of the chain, leaf first.
    pub certificate: PathBuf,
    /// PEM file of the key (PKCS#8), 0600.
    pub key: PathBuf,
}

/// `[database]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `sqlite:file.db` or `postgres://user@host/name`, without a password.
    pub url: Option<String>,
    /// File (0600) that holds the URL, password included; instead of `url`.
    pub url_file: Option<PathBuf>,
}

impl Database {
    /// The URL to connect to.
    ///
    /// # Errors
    /// [`ConfigError::File`]; [`ConfigError::Key`]: neither or both are set.
    pub fn resolve(&self) -> Result<String, ConfigError> {
        match (&self.url, &self.url_file) {
            (Some(url), None) => Ok(url.clone()),
            (None, Some(path)) => read_secret(path),
            _ => Err(ConfigError::new(
                "database",
                "exactly one of url and url_file must be set",
            )),
        }
    }
}

/// `[log]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `text` or `json`.
    pub format: LogFormat,
    /// What is logged: `info`, `warn,procura_issuer=debug`, …
    pub filter: String,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            filter: "info".into(),
        }
    }
}

/// Form of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For eyes.
    Text,
    /// For machines: one object a line.
    Json,
}

/// `[development]`: what is never set in production.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Development {
    /// Exact origins that may be private and plain http, `http://127.0.0.1:8080`.
    pub origins: BTreeSet<String>,
    /// PEM files of additional roots for outbound https.
    pub extra_roots: Vec<PathBuf>,
}

impl Development {
    /// Demands https of a URL, or an origin that is listed.
    ///
    /// # Errors
    /// [`ConfigError::Key`].
    pub fn demand_https(&self, key: &str, url: &Url) -> Result<(), ConfigError> {
        let listed = self.origins.contains(&url.origin().ascii_serialization());
        if url.scheme() == "https" || listed {
            return Ok(());
        }
        Err(ConfigError::new(
            key,
            "must be https, or its origin listed in development.origins",
        ))
    }

    /// Settings of the guarded client.
    ///
    /// # Errors
    /// [`ConfigError::File`]: a file of roots cannot be read.
    pub fn guarded(&self) -> Result<crate::guarded::GuardedConfig, ConfigError> {
        Ok(crate::guarded::GuardedConfig {
            development_origins: self.origins.clone(),
            extra_roots_pem: self
                .extra_roots
                .iter()
                .map(|path| read_text(path))
                .collect::<Result<_, _>>()?,
        })
    }
}

/// `[limits]`: what a caller may cost.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Largest request body in bytes.
    pub body_bytes: usize,
    /// Seconds until a request is given up.
    pub request_seconds: u64,
    /// Requests a minute and address; 0: no limit (behind a proxy that limits).
    pub requests_per_minute: u32,
    /// Requests that an address may make at once before the rate counts.
    pub burst: u32,
    /// Addresses of proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Seconds that open requests get to finish at shutdown.
    pub drain_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 256 * 1024,
            request_seconds: 30,
            requests_per_minute: 600,
            burst: 200,
            trusted_proxies: Vec::new(),
            drain_seconds: 20,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        name: String,
        port: u16,
        inner: Inner,
    }
    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        on: bool,
        list: Vec<String>,
    }

    const TEXT: &str = "name = \"x\"\nport = 1\n\n[inner]\non = true\nlist = []\n";

    fn parsed(text: &str, variables: &[(&str, &str)]) -> Result<Sample, String> {
        let variables = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        parse("issuer.toml", text, "PROCURA_ISSUER_", variables).map_err(|e: ConfigError| e.to_string())
    }

    #[test]
    fn variables_override_the_file_and_others_variables_do_not() {
        let sample = parsed(
            TEXT,
            &[
                ("PROCURA_ISSUER_NAME", "https://y.example/?a=b"),
                ("PROCURA_ISSUER_INNER__ON", "false"),
                ("PROCURA_ISSUER_INNER__LIST", "[\"a\", \"b\"]"),
                ("PROCURA_WALLET_PORT", "2"),
                ("PATH", "/bin"),
            ],
        );
        let expected = Sample {
            name: "https://y.example/?a=b".into(),
            port: 1,
            inner: Inner {
                on: false,
                list: vec!["a".into(), "b".into()],
            },
        };
        assert_eq!(sample, Ok(expected));
    }

    #[test]
    fn a_table_can_come_from_variables_alone() {
        let text = "name = \"x\"\nport = 1\n";
        let variables = [
            ("PROCURA_ISSUER_INNER__ON", "true"),
            ("PROCURA_ISSUER_INNER__LIST", "[]"),
        ];
        assert!(parsed(text, &variables).is_ok());
    }

    #[test]
    fn errors_name_key_and_line_or_the_variable_and_no_value() {
        let wrong = |text: &str, variables: &[(&str, &str)]| parsed(text, variables).unwrap_err();
        let unknown = wrong(&TEXT.replace("port", "prot"), &[]);
        assert!(
            unknown.starts_with("issuer.toml:2: ") && unknown.contains("`prot`"),
            "{unknown}"
        );
        let kind = wrong(&TEXT.replace("on = true", "on = \"hunter2\""), &[]);
        assert!(
            kind.starts_with("issuer.toml:5: ") && kind.contains("inner.on"),
            "{kind}"
        );
        let syntax = wrong("name = \"x\"\nport = = hunter2\n", &[]);
        assert!(
            syntax.starts_with("issuer.toml:2: ") && !syntax.contains("hunter2"),
            "{syntax}"
        );
        let variable = wrong(TEXT, &[("PROCURA_ISSUER_PORT", "many")]);
        assert!(
            variable.starts_with("environment variable PROCURA_ISSUER_PORT: "),
            "{variable}"
        );
        let stranger = wrong(TEXT, &[("PROCURA_ISSUER_NO__SUCH", "1")]);
        assert!(
            stranger.starts_with("environment variable PROCURA_ISSUER_NO__SUCH: "),
            "{stranger}"
        );
        let scalar = wrong(TEXT, &[("PROCURA_ISSUER_PORT__X", "1")]);
        assert!(scalar.contains("needs a table"), "{scalar}");
        let missing = wrong("name = \"x\"\nport = 1\n", &[]);
        assert!(missing.contains("`inner`"), "{missing}");
    }

    #[test]
    fn plain_http_needs_exactly_its_origin_listed() {
        let development = Development {
            origins: ["http://127.0.0.1:1".to_owned()].into(),
            ..Development::default()
        };
        let demand = |url: &str| development.demand_https("public_url", &url.parse().unwrap());
        assert_eq!(demand("https://issuer.example/a"), Ok(()));
        assert_eq!(demand("http://127.0.0.1:1/a"), Ok(()));
        for refused in [
            "http://127.0.0.1:2/",
            "http://issuer.example/",
            "ftp://127.0.0.1:1/",
        ] {
            assert_eq!(
                demand(refused).unwrap_err().key(),
                Some("public_url"),
                "{refused}"
            );
        }
    }

    #[test]
    fn bounds_of_numbers_are_included() {
        assert_eq!(within("n", 1, 1..=2), Ok(()));
        assert_eq!(within("n", 2, 1..=2), Ok(()));
        let refused = within("n", 3, 1..=2).unwrap_err();
        assert_eq!(refused.to_string(), "n: must lie between 1 and 2");
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "hunter2\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(read_secret(&path).unwrap_err().to_string().contains("chmod 600"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(read_secret(&path).unwrap(), "hunter2");
    }

    #[test]
    #[cfg(unix)]
    fn a_secret_that_no_bearer_token_can_carry_is_refused_by_file_and_mend_and_not_repeated() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shared.secret");
        std::fs::write(&path, "").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        for good in [
            "k2Yl0M1Z0b2cV8lH9vQw5g".to_owned(),
            "-._~+/=".repeat(4),
            "a".repeat(512),
        ] {
            std::fs::write(&path, format!("{good}\n")).unwrap();
            assert_eq!(read_bearer_secret(&path).unwrap(), good);
            let header = format!("Bearer {good}").parse().unwrap();
            let headers = [(http::header::AUTHORIZATION, header)].into_iter().collect();
            assert_eq!(crate::request::bearer_token(&headers), Ok(good.as_str()));
        }
        for bad in [
            "k2Yl0M1Z0b2cV8lH9vQw5".to_owned(),
            "k2Yl0M1Z0b2cV8lH9vQw5!".to_owned(),
            "k2Yl0M1Z0b2 cV8lH9vQw5g".to_owned(),
            "k2Yl0M1Z0b2cV8lH9vQw5é".to_owned(),
            "a".repeat(513),
        ] {
            std::fs::write(&path, &bad).unwrap();
            let said = read_bearer_secret(&path).unwrap_err().to_string();
            assert!(
                said.contains("shared.secret") && said.contains("openssl rand"),
                "{said}"
            );
            assert!(!said.contains(&bad), "{said}");
        }
    }
}
