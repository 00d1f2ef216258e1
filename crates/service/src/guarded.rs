//! The one outbound HTTP client: per purpose rules on scheme, addresses, redirects, size, time.
use std::collections::BTreeSet;
use url::Url;

/// What a fetch is for: decides scheme, size, time and content types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Purpose {
    /// Trusted lists (signed; http allowed; 32 MiB).
    TrustedList,
    /// CRLs (signed; http allowed; 16 MiB).
    Crl,
    /// Status lists.
    StatusList,
    /// Participant, issuer and schema registries.
    Registry,
    /// Offers, metadata, token and credential endpoints, authorization requests, responses.
    Protocol,
    /// Notifications to relying parties.
    Notification,
}
/// The client.
#[derive(Clone, Debug)]
pub struct GuardedClient {
    _todo: (),
}
/// Settings.
#[derive(Clone, Debug, Default)]
pub struct GuardedConfig {
    /// `development.origins`: exact origins that may be private and plain http.
    pub development_origins: BTreeSet<String>,
    /// Extra root certificates (PEM) for private deployments and tests.
    pub extra_roots_pem: Vec<String>,
}
/// An answer, read within bounds.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Content type.
    pub content_type: Option<String>,
    /// ETag.
    pub etag: Option<String>,
    /// Body.
    pub body: Vec<u8>,
}
/// Why nothing was fetched.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum GuardError {
    /// The URL is refused before any packet.
    #[error("{0}: refused: {1}")]
    Refused(String, &'static str),
    /// The answer is larger than allowed.
    #[error("{0}: larger than {1} bytes")]
    TooLarge(String, usize),
    /// Redirect refused.
    #[error("{0}: redirects are not followed here")]
    Redirect(String),
    /// No answer in time or broken transport.
    #[error("{0}: no answer: {1}")]
    Transport(String, String),
}
impl GuardedClient {
    /// Builds.
    pub fn new(_config: GuardedConfig) -> Result<Self, GuardError> {
        todo!()
    }
    /// GET.
    pub async fn get(&self, _purpose: Purpose, _url: &Url, _etag: Option<&str>, _bearer: Option<&str>) -> Result<Answer, GuardError> {
        todo!()
    }
    /// POST of a form.
    pub async fn post_form(&self, _purpose: Purpose, _url: &Url, _form: &[(&str, &str)], _bearer: Option<&str>) -> Result<Answer, GuardError> {
        todo!()
    }
    /// POST of JSON.
    pub async fn post_json(&self, _purpose: Purpose, _url: &Url, _json: &serde_json::Value, _bearer: Option<&str>) -> Result<Answer, GuardError> {
        todo!()
    }
}
