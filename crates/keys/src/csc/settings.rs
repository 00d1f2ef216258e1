//! Whom to ask, as whom, and in which dialect.
use super::Secret;
use core::time::Duration;
use procura_jose::Algorithm;
use serde::Deserialize;
use std::collections::BTreeSet;
use url::Url;

/// What an operator says about a provider and the credential there.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The API's base: `https://qtsp.example/csc/v2/`.
    pub base_url: Url,
    /// The token endpoint. Without it, the one below the authorization server that `info` names, provided that it is of
    /// the base's origin: the client's secret goes to nobody whom the operator has not named.
    pub token_url: Option<Url>,
    /// The client that we are.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
    /// How the secret is sent.
    pub client_authentication: ClientAuthentication,
    /// `scope` of the token, where the provider demands one.
    pub scope: Option<String>,
    /// `userID` of the credential's owner, for `credentials/list` where the client acts for several.
    pub user_id: Option<String>,
    /// The credential. Without it, the only one that can be used.
    pub credential_id: Option<String>,
    /// What authorizes the credential, where it asks for a PIN. Never sent to one that asks for none.
    pub pin: Option<Secret>,
    /// JWS algorithm, where it is not the usual one of the key's kind: `PS256`.
    pub algorithm: Option<Algorithm>,
    /// Version of the API.
    pub dialect: Dialect,
    /// What this provider does otherwise than the standard says.
    pub quirks: BTreeSet<Quirk>,
    /// Whether signatures are asked for asynchronously (`operationMode` `A`).
    pub asynchronous: bool,
    /// Time for each request.
    pub time_limit: Duration,
    /// Time between two questions for an asynchronous signature.
    pub poll_interval: Duration,
    /// Time for an asynchronous signature as a whole.
    pub poll_limit: Duration,
}

/// Version of the API, which decides names of fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Dialect {
    /// v2: `hashes`, `hashAlgorithmOID`, `authData`.
    #[default]
    V2,
    /// v1: `hash`, `hashAlgo`, `PIN`.
    V1,
}

/// What a provider does otherwise than the standard says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Quirk {
    /// `key/algo` names the kind of key (`1.2.840.10045.2.1`, `1.2.840.113549.1.1.1`) in place of signature algorithms.
    GenericKeyOids,
    /// Hashes are expected in base64url, without padding.
    UrlSafeHashes,
}

/// How a client proves itself at the token endpoint (RFC 6749 §2.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// `client_secret` in the form.
    #[default]
    Post,
    /// HTTP Basic.
    Basic,
}

impl Settings {
    /// The usual settings of a v2 provider: the only usable credential, no PIN, half a minute for each request.
    pub fn new(base_url: Url, client_id: impl Into<String>, client_secret: Secret) -> Self {
        Self {
            base_url,
            token_url: None,
            client_id: client_id.into(),
            client_secret,
            client_authentication: ClientAuthentication::Post,
            scope: None,
            user_id: None,
            credential_id: None,
            pin: None,
            algorithm: None,
            dialect: Dialect::V2,
            quirks: BTreeSet::new(),
            asynchronous: false,
            time_limit: Duration::from_secs(30),
            poll_interval: Duration::from_secs(1),
            poll_limit: Duration::from_mins(1),
        }
    }

    pub(super) fn has(&self, quirk: Quirk) -> bool {
        self.quirks.contains(&quirk)
    }
}
