//! Gathers facts for judges: caches, guarded fetches, one deadline, at most four rounds.
use procura_credential::{Facts, Judgement, Need};
use std::collections::BTreeSet;

/// Where the registries are.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registries {
    /// Base URLs of participant registries: `{base}/api/did/v1/identifiers/{did}`.
    pub participants: Vec<url::Url>,
    /// Base URLs of issuer registries (EBSI v4): `{base}/v4/issuers/{did}`.
    pub issuers: Vec<url::Url>,
}
/// The gatherer of a service.
#[derive(Clone, Debug)]
pub struct Gatherer {
    _todo: (),
}
impl Gatherer {
    /// Adds what is needed to `facts`.
    pub async fn gather(&self, _needs: &BTreeSet<Need>, _facts: &mut Facts) {
        todo!()
    }
    /// Judges with gathering, at most four rounds; `judge` is called with growing facts.
    pub async fn judge<T>(&self, _judge: impl Fn(&Facts) -> Judgement<T> + Send) -> Judgement<T> {
        todo!()
    }
}
