//! What wallets reach: the offer, metadata, token, credential, status lists.
use super::{challenge, nowhere, oauth, page, unavailable};
use crate::{
    app::{App, Configuration},
    issuing::IssuingError,
    redemption::RedemptionError,
};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderMap, StatusCode, header};
use procura_protocol::{
    Secret,
    oauth::ErrorCode,
    vci::{
        AuthorizationServerMetadata, CredentialRequest, CredentialSupported, IssuerMetadata, JWT_VC_JSON,
        TokenRequest,
    },
};
use procura_service::{
    Problem,
    request::{NoToken, bearer_token, media_type},
};
use serde_json::Value;
use url::Url;

pub(crate) fn routes(app: App) -> Router {
    Router::new()
        .route("/credential-offer", get(page::landing))
        .route("/assets/offer.css", get(page::style))
        .route("/credential-offer/{nonce}", get(offer))
        .route("/.well-known/openid-credential-issuer", get(issuer_metadata))
        .route("/.well-known/oauth-authorization-server", get(server_metadata))
        .route("/token", post(token))
        .route("/credential", post(credential))
        .route("/status/{list}", get(status_list))
        .fallback(nowhere)
        .with_state(app)
}

/// The Credential Offer behind the QR code, until it is redeemed or expires.
#[utoipa::path(get, path = "/credential-offer/{nonce}", tag = "public",
    params(("nonce" = String, Path, description = "Unguessable nonce of the offer")),
    responses((status = 200, description = "Credential Offer (DOME document §3.3.3.3.1)", body = Object),
        (status = 404, description = "PRO-2120: unknown, expired, redeemed or revoked, never said which")))]
pub(crate) async fn offer(State(app): State<App>, Path(nonce): Path<String>) -> Response {
    match app.offer_of(&Secret::new(nonce)).await {
        Ok(Some(offer)) => Json(offer.to_json()).into_response(),
        Ok(None) => Problem::new(
            StatusCode::NOT_FOUND,
            "PRO-2120",
            "There is no such offer, or no longer",
        )
        .into_response(),
        Err(error) => Problem::internal(&error).into_response(),
    }
}

/// Credential Issuer Metadata.
#[utoipa::path(get, path = "/.well-known/openid-credential-issuer", tag = "public",
    responses((status = 200, description = "Credential Issuer Metadata (DOME document §3.3.3.4)", body = Object)))]
pub(crate) async fn issuer_metadata(State(app): State<App>) -> Response {
    let Ok(credential_endpoint) = Url::parse(&app.issuer.append("/credential")) else {
        return Problem::internal(&"public_url is no URL").into_response();
    };
    let suites: Vec<String> = app
        .holder_algorithms
        .names()
        .into_iter()
        .map(str::to_owned)
        .collect();
    let supported = |configuration: &Configuration| CredentialSupported {
        id: configuration.id.clone(),
        format: JWT_VC_JSON.to_owned(),
        types: configuration.types().map(str::to_owned).to_vec(),
        cryptographic_binding_methods_supported: vec!["did:key".to_owned()],
        cryptographic_suites_supported: suites.clone(),
    };
    let metadata = IssuerMetadata {
        credential_issuer: app.issuer.clone(),
        credential_endpoint,
        credentials_supported: app
            .configurations
            .iter()
            .map(|configuration| supported(configuration))
            .collect(),
    };
    ([(header::CACHE_CONTROL, "public, max-age=300")], Json(metadata)).into_response()
}

/// RFC 8414 metadata.
#[utoipa::path(get, path = "/.well-known/oauth-authorization-server", tag = "public",
    responses((status = 200, description = "Authorization Server Metadata (RFC 8414)", body = Object)))]
pub(crate) async fn server_metadata(State(app): State<App>) -> Response {
    match Url::parse(&app.issuer.append("/token")) {
        Ok(endpoint) => {
            let metadata = AuthorizationServerMetadata::anonymous(app.issuer.clone(), endpoint);
            ([(header::CACHE_CONTROL, "public, max-age=300")], Json(metadata)).into_response()
        }
        Err(_) => Problem::internal(&"public_url is no URL").into_response(),
    }
}

fn not_stored(body: Value) -> Response {
    (
        [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")],
        Json(body),
    )
        .into_response()
}

/// Redeems a pre-authorized code and its PIN. Unknown, expired, used and locked codes and wrong PINs are one answer.
#[utoipa::path(post, path = "/token", tag = "public",
    request_body(content = crate::openapi::TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "Access token and c_nonce", body = Object),
        (status = 400, description = "invalid_request, invalid_grant or unsupported_grant_type", body = Object)))]
pub(crate) async fn token(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    if media_type(&headers).as_deref() != Some("application/x-www-form-urlencoded") {
        let description = "the body must be application/x-www-form-urlencoded";
        return oauth(ErrorCode::InvalidRequest, "PRO-2101", description).into_response();
    }
    let request = match TokenRequest::parse(&body) {
        Ok(request) => request,
        Err(error) => {
            let code = if error.code() == ErrorCode::InvalidRequest {
                "PRO-2101"
            } else {
                "PRO-2102"
            };
            tracing::info!(code, reason = %error, "token request refused");
            return oauth(error.code(), code, &error.to_string()).into_response();
        }
    };
    let unfit = match (app.pin.required, &request.user_pin) {
        (true, None) => Some("user_pin is missing: offers of this issuer need a PIN"),
        (false, Some(_)) => Some("user_pin is not expected: offers of this issuer need no PIN"),
        (true, Some(_)) | (false, None) => None,
    };
    match app.redeem(request).await {
        Ok(response) => not_stored(response.to_json()),
        Err(RedemptionError::Refused(reason)) => {
            // Which of the two it is follows from configuration and request, whatever the code is: guessers learn
            // nothing. The offer was asked first, since one that was made under another policy still stands.
            let refused = "the code cannot be redeemed, or the PIN is wrong";
            let (error, code, description) = unfit
                .map_or((ErrorCode::InvalidGrant, "PRO-2103", refused), |unfit| {
                    (ErrorCode::InvalidRequest, "PRO-2101", unfit)
                });
            tracing::info!(code, %reason, "token request refused");
            oauth(error, code, description).into_response()
        }
        Err(error) => unavailable(&error),
    }
}

/// Issues the credential of a token to the holder of the key that the proof is made with.
#[utoipa::path(post, path = "/credential", tag = "public", security(("access_token" = [])),
    request_body(content = crate::openapi::CredentialRequestBody),
    responses((status = 200, description = "The sealed credential", body = Object),
        (status = 400, description = "invalid_request, unsupported_credential_format, unsupported_credential_type or \
            invalid_or_missing_proof with a fresh c_nonce", body = Object),
        (status = 401, description = "invalid_token")))]
pub(crate) async fn credential(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let access = match bearer_token(&headers) {
        Ok(token) => match app.access(&Secret::new(token)).await {
            Ok(access) => access,
            Err(error) => return refused(&error),
        },
        Err(NoToken::Missing) => {
            let response = oauth(ErrorCode::InvalidToken, "PRO-2104", "an access token is needed")
                .with_status(StatusCode::UNAUTHORIZED);
            return challenge(response.into_response(), "Bearer");
        }
        Err(NoToken::Malformed) => return refused(&IssuingError::Token),
    };
    if media_type(&headers).as_deref() != Some("application/json") {
        return oauth(
            ErrorCode::InvalidRequest,
            "PRO-2105",
            "the body must be application/json",
        )
        .into_response();
    }
    match CredentialRequest::parse(&body) {
        Ok(request) => match app.issue(access, request).await {
            Ok(response) => not_stored(response.to_json()),
            Err(error) => refused(&error),
        },
        Err(error) => {
            tracing::info!(code = "PRO-2105", reason = %error, "credential request refused");
            oauth(ErrorCode::InvalidRequest, "PRO-2105", &error.to_string()).into_response()
        }
    }
}

fn refused(error: &IssuingError) -> Response {
    let (code, response) = match error {
        IssuingError::Token => {
            let response = oauth(
                ErrorCode::InvalidToken,
                "PRO-2104",
                "the access token is not valid",
            )
            .with_status(StatusCode::UNAUTHORIZED);
            (
                "PRO-2104",
                challenge(response.into_response(), "Bearer error=\"invalid_token\""),
            )
        }
        IssuingError::Format => {
            let code = ErrorCode::UnsupportedCredentialFormat;
            (
                "PRO-2106",
                oauth(code, "PRO-2106", "the format is not jwt_vc_json").into_response(),
            )
        }
        IssuingError::Type => {
            let description = "the access token is for another credential type";
            let code = ErrorCode::UnsupportedCredentialType;
            ("PRO-2107", oauth(code, "PRO-2107", description).into_response())
        }
        IssuingError::Proof {
            reason,
            c_nonce,
            expires_in,
        } => {
            // Who has the token and a key is no guesser: what is wrong with the proof is said.
            let description = format!("{reason}; make a new proof, bound to this c_nonce");
            let response = oauth(ErrorCode::InvalidOrMissingProof, "PRO-2108", &description)
                .with("c_nonce", c_nonce.expose())
                .with("c_nonce_expires_in", *expires_in);
            ("PRO-2108", response.into_response())
        }
        _ => return unavailable(error),
    };
    tracing::info!(code, reason = %error, "credential request refused");
    response
}

/// A status list, sealed.
#[utoipa::path(get, path = "/status/{list}", tag = "public",
    params(("list" = i64, Path, description = "Number of the list")),
    responses((status = 200, description = "BitstringStatusListCredential, sealed", content_type = "application/vc+jwt",
            body = String),
        (status = 304, description = "Not changed"), (status = 404, description = "There is no such list")))]
pub(crate) async fn status_list(
    State(app): State<App>,
    Path(list): Path<String>,
    headers: HeaderMap,
) -> Response {
    // Only the number as we write it: no second address for one list.
    let Some(list) = list
        .parse::<i64>()
        .ok()
        .filter(|number| number.to_string() == list)
    else {
        return Problem::not_found().into_response();
    };
    let sealed = match app.status_list(list).await {
        Ok(Some(sealed)) => sealed,
        Ok(None) => return Problem::not_found().into_response(),
        Err(error) => {
            tracing::error!(code = "PRO-2121", reason = %error, list, "status list not served");
            let title = "The status list cannot be sealed now";
            return Problem::new(StatusCode::SERVICE_UNAVAILABLE, "PRO-2121", title).into_response();
        }
    };
    let etag = sealed.etag(list);
    let cache = format!("public, max-age={}", app.status.max_age(&sealed, app.now()));
    let caching = [(header::ETAG, etag.clone()), (header::CACHE_CONTROL, cache)];
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| {
        known
            .split(',')
            .any(|tag| tag.trim().trim_start_matches("W/") == etag)
    }) {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    (
        caching,
        [(header::CONTENT_TYPE, "application/vc+jwt")],
        sealed.jws,
    )
        .into_response()
}
