//! The verifier's published keys: metadata → `jwks_uri` → keys, through the guarded client, cached.
use procura_jose::{JwkSet, json::Limits};
use procura_service::{GuardedClient, Purpose};
use std::sync::Arc;
use tokio::sync::Mutex;
use url::Url;

/// Why the keys are not at hand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The verifier did not answer.
    #[error("the verifier's keys cannot be fetched: {0}")]
    Unavailable(String),
    /// The verifier answered something else.
    #[error("the verifier's {document}: {reason}")]
    Content {
        /// Metadata or key set.
        document: &'static str,
        /// What is wrong.
        reason: String,
    },
}
/// The keys of one verifier.
#[derive(Clone, Debug)]
pub struct VerifierKeys {
    client: GuardedClient,
    verifier: Url,
    cached: Arc<Mutex<Option<Arc<JwkSet>>>>,
}
impl VerifierKeys {
    /// Keys of the verifier at `verifier`, fetched when first needed.
    pub fn new(client: GuardedClient, verifier: Url) -> Self {
        Self {
            client,
            verifier,
            cached: Arc::default(),
        }
    }
    /// The keys as last fetched.
    pub async fn cached(&self) -> Result<Arc<JwkSet>, KeyError> {
        let mut cached = self.cached.lock().await;
        if let Some(keys) = cached.as_ref() {
            return Ok(Arc::clone(keys));
        }
        let keys = Arc::new(self.fetch().await?);
        *cached = Some(Arc::clone(&keys));
        Ok(keys)
    }
    /// The keys as they are now: the verifier may have begun to use another.
    pub async fn fresh(&self) -> Result<Arc<JwkSet>, KeyError> {
        let keys = Arc::new(self.fetch().await?);
        *self.cached.lock().await = Some(Arc::clone(&keys));
        Ok(keys)
    }
    async fn fetch(&self) -> Result<JwkSet, KeyError> {
        let base = self.verifier.as_str().trim_end_matches('/');
        let metadata = self
            .object(
                "metadata",
                &format!("{base}/.well-known/oauth-authorization-server"),
            )
            .await?;
        let text = |name: &str| metadata.get(name).and_then(serde_json::Value::as_str);
        if text("issuer").map(|issuer| issuer.trim_end_matches('/')) != Some(base) {
            return Err(KeyError::Content {
                document: "metadata",
                reason: "issuer is another".to_owned(),
            });
        }
        let jwks_uri = text("jwks_uri").ok_or(KeyError::Content {
            document: "metadata",
            reason: "jwks_uri is missing".to_owned(),
        })?;
        let keys = self.object("keys", jwks_uri).await?;
        JwkSet::from_json(&keys).map_err(|error| KeyError::Content {
            document: "keys",
            reason: error.to_string(),
        })
    }
    async fn object(
        &self,
        document: &'static str,
        url: &str,
    ) -> Result<serde_json::Map<String, serde_json::Value>, KeyError> {
        let content = |reason: String| KeyError::Content { document, reason };
        let url = Url::parse(url).map_err(|error| content(error.to_string()))?;
        let answer = self
            .client
            .get(Purpose::Protocol, &url, None, None)
            .await
            .map_err(|error| KeyError::Unavailable(error.to_string()))?;
        if answer.status != 200 {
            return Err(KeyError::Unavailable(format!("{url}: status {}", answer.status)));
        }
        procura_jose::json::parse_object(&answer.body, Limits::default())
            .map_err(|error| content(error.to_string()))
    }
}
