//! What resource servers and relying parties read about us: metadata and keys.

use crate::{
    parties::Parties,
    resources::{Judge, Time},
    token_keys::TokenKeys,
};
use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use procura_credential::judge::holder_algorithms;
use procura_jose::Algorithm;
use procura_protocol::oauth::{Accepted, VerifierMetadata};

/// Seconds for which keys and metadata may be cached: shorter than a new key is announced.
const CACHE: &str = "public, max-age=300";

/// `GET /.well-known/oauth-authorization-server` (RFC 8414) and `/.well-known/openid-configuration`.
#[utoipa::path(
    get,
    path = "/.well-known/oauth-authorization-server",
    responses((status = 200, description = "RFC 8414 metadata; the same at /.well-known/openid-configuration.", content_type = "application/json")),
)]
pub async fn metadata(
    State(parties): State<Parties>,
    State(keys): State<TokenKeys>,
    State(judge): State<Judge>,
    State(time): State<Time>,
) -> Response {
    let mut algorithms: Vec<_> = keys
        .published(time.now())
        .0
        .iter()
        .filter_map(|jwk| jwk.alg)
        .map(Algorithm::name)
        .collect();
    algorithms.sort_unstable();
    algorithms.dedup();
    let base = match parties.base().parse() {
        Ok(base) => base,
        Err(error) => return procura_service::Problem::internal(&error).into_response(),
    };
    let accepted = Accepted {
        presentations: holder_algorithms(),
        credentials: judge.credential.algorithms,
    };
    cached(Json(VerifierMetadata::new(
        &base,
        parties.did().as_str(),
        &parties.scopes(),
        &algorithms,
        &accepted,
    )))
}

/// `GET /jwks`: the keys of access tokens (RFC 7517 §5).
#[utoipa::path(
    get,
    path = "/jwks",
    responses((status = 200, description = "JWK set.", content_type = "application/json")),
)]
pub async fn jwks(State(keys): State<TokenKeys>, State(time): State<Time>) -> Response {
    cached(Json(keys.published(time.now()).to_json()))
}

fn cached(body: impl IntoResponse) -> Response {
    let mut response = body.into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE));
    response
}
