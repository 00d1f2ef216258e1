//! Who we are and for whom we ask: fixed at start.

use crate::config::{Client, Config, Lifetimes};
use procura_did::Did;
use procura_pki::Certificate;
use procura_service::config::ConfigError;
use std::{collections::BTreeMap, sync::Arc};
use url::Url;

/// Subject attribute `organizationName` (X.520 §6.4.1).
const ORGANIZATION_NAME: &str = "2.5.4.10";
/// Subject attribute `commonName`.
const COMMON_NAME: &str = "2.5.4.3";

/// This verifier and its relying parties.
#[derive(Clone, Debug)]
pub struct Parties(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    base: String,
    wallet: Option<Url>,
    did: Did,
    organisation: String,
    clients: BTreeMap<String, Client>,
    lifetimes: Lifetimes,
}

impl Parties {
    /// From the configuration and the certificate of the seal.
    ///
    /// # Errors
    /// [`ConfigError`] when the certificate names no organisation.
    pub fn new(config: &Config, seal: &Certificate) -> Result<Self, ConfigError> {
        let identifier = seal
            .organization_identifier()
            .map_err(|error| ConfigError::new("seal.chain_file", error.to_string()))?
            .ok_or_else(|| {
                ConfigError::new(
                    "seal.chain_file",
                    "the certificate has no organizationIdentifier, so it is no seal",
                )
            })?;
        let did = procura_did::elsi::derive(&identifier);
        let subject = seal.subject();
        let organisation = subject
            .first(ORGANIZATION_NAME)
            .or_else(|| subject.first(COMMON_NAME))
            .unwrap_or(identifier.as_str())
            .to_owned();
        let clients = config
            .clients
            .iter()
            .map(|client| (client.client_id.clone(), client.clone()))
            .collect();
        let base = config.base().to_owned();
        Ok(Self(Arc::new(Inner {
            base,
            wallet: config.wallet_scan_url.clone(),
            did,
            organisation,
            clients,
            lifetimes: config.lifetimes,
        })))
    }

    /// `{public_url}` without a slash at its end.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.0.base
    }

    /// Whether the public URL is https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.base.starts_with("https:")
    }

    /// Our did:elsi: `client_id` of requests, audience of presentations, `iss` of tokens.
    #[must_use]
    pub fn did(&self) -> &Did {
        &self.0.did
    }

    /// The legal name in our certificate: what wallets show.
    #[must_use]
    pub fn organisation(&self) -> &str {
        &self.0.organisation
    }

    /// A relying party.
    #[must_use]
    pub fn client(&self, client_id: &str) -> Option<&Client> {
        self.0.clients.get(client_id)
    }

    /// Every scope that any of them may ask for.
    #[must_use]
    pub fn scopes(&self) -> Vec<String> {
        let mut scopes: Vec<_> = self
            .0
            .clients
            .values()
            .flat_map(|client| client.scopes.iter().cloned())
            .collect();
        scopes.sort();
        scopes.dedup();
        scopes
    }

    /// Life-times.
    #[must_use]
    pub fn lifetimes(&self) -> Lifetimes {
        self.0.lifetimes
    }

    /// What stands in the QR code.
    #[must_use]
    pub fn request_url(&self, state: &str) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("state", state)
            .finish();
        format!("{}/authorization-requests?{query}", self.0.base)
    }

    /// Where a browser is sent whose wallet is on the same device: the configured wallet with what the code says, else
    /// there itself, which an installed wallet may have registered for.
    #[must_use]
    pub fn same_device_url(&self, state: &str) -> String {
        let request = self.request_url(state);
        let Some(mut wallet) = self.0.wallet.clone() else {
            return request;
        };
        wallet.query_pairs_mut().append_pair("uri", &request);
        wallet.into()
    }

    /// Where the wallet answers.
    #[must_use]
    pub fn response_url(&self) -> String {
        format!("{}/api/authentication_response", self.0.base)
    }
}
