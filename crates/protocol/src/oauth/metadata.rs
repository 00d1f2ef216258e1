//! What a verifier says of itself: RFC 8414 and OpenID Connect Discovery 1.0, one document for both.

use procura_jose::AlgorithmSet;
use serde::{Deserialize, Serialize};
use url::Url;

/// Metadata of a verifier that mints RFC 9068 tokens.
///
/// `issuer` is the URL under which the document is found, as RFC 8414 §3.3 demands. The tokens are minted in the name of
/// the organisation: their `iss` is its did:elsi (DOME §3.3.4.6), which `access_token_issuer` names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifierMetadata {
    /// The verifier's public URL.
    pub issuer: String,
    /// `iss` of the access tokens: a did:elsi. Our own member; unknown ones are ignored by every client.
    pub access_token_issuer: String,
    /// Where a login begins.
    pub authorization_endpoint: String,
    /// Where the keys of the tokens are published.
    pub jwks_uri: String,
    /// `vp_token`.
    pub response_types_supported: Vec<String>,
    /// `direct_post`.
    pub response_modes_supported: Vec<String>,
    /// What can be asked for.
    pub scopes_supported: Vec<String>,
    /// None: tokens come by notification. An empty list is left out (RFC 8414 §3.2).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grant_types_supported: Vec<String>,
    /// `public`: the subject is the holder's did:key for everybody.
    pub subject_types_supported: Vec<String>,
    /// Required by OpenID Connect Discovery; ID tokens are not issued yet.
    pub id_token_signing_alg_values_supported: Vec<String>,
    /// Algorithms of access tokens.
    pub access_token_signing_alg_values_supported: Vec<String>,
    /// Formats that are accepted, and the algorithms of each.
    pub vp_formats_supported: serde_json::Value,
}

/// Algorithms that a verifier accepts: the sets by which it judges, so that it never says more or less.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// Of holders, who sign presentations.
    pub presentations: AlgorithmSet,
    /// Of seals on credentials.
    pub credentials: AlgorithmSet,
}

impl VerifierMetadata {
    /// The metadata of the verifier at `public_url`, minting in the name of `did` by `algorithms` for `scopes`, which
    /// takes what is signed by `accepted`.
    #[must_use]
    pub fn new(
        public_url: &Url,
        did: &str,
        scopes: &[String],
        algorithms: &[&str],
        accepted: &Accepted,
    ) -> Self {
        let base = public_url.as_str().trim_end_matches('/');
        let strings = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
        Self {
            issuer: base.to_owned(),
            access_token_issuer: did.to_owned(),
            authorization_endpoint: format!("{base}/login"),
            jwks_uri: format!("{base}/jwks"),
            response_types_supported: strings(&["vp_token"]),
            response_modes_supported: strings(&["direct_post"]),
            scopes_supported: scopes.to_vec(),
            grant_types_supported: Vec::new(),
            subject_types_supported: strings(&["public"]),
            id_token_signing_alg_values_supported: strings(algorithms),
            access_token_signing_alg_values_supported: strings(algorithms),
            vp_formats_supported: serde_json::json!({
                "jwt_vp_json": { "alg_values_supported": accepted.presentations.names() },
                "jwt_vc_json": { "alg_values_supported": accepted.credentials.names() },
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Accepted, VerifierMetadata};
    use procura_jose::{Algorithm, AlgorithmSet};

    #[test]
    fn the_document_names_the_keys_and_both_issuers() {
        let url = "https://verifier.example/".parse().expect("a URL");
        let accepted = Accepted {
            presentations: AlgorithmSet::new(&[Algorithm::Es256, Algorithm::EdDsa]),
            credentials: AlgorithmSet::new(&[Algorithm::Es256, Algorithm::Rs256, Algorithm::Ps512]),
        };
        let scopes = [crate::vp::scope::LEAR_CREDENTIAL.to_owned()];
        insta::assert_json_snapshot!(VerifierMetadata::new(
            &url,
            "did:elsi:VATFR-99999999",
            &scopes,
            &["ES256"],
            &accepted
        ));
    }
}
