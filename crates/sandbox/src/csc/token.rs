//! `oauth2/token` (CSC API v2 §8.4.4): client credentials.
use super::{Provider, refusal::Refusal};
use axum::{Form, Json, extract::State};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, StatusCode, header};
use procura_crypto::{constant_time_eq, digest::sha256};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
pub(super) struct Asked {
    grant_type: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
}

pub(super) async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Form(asked): Form<Asked>,
) -> Result<Json<Value>, Refusal> {
    let grant = asked
        .grant_type
        .ok_or_else(|| Refusal::invalid("Missing parameter grant_type"))?;
    if grant != "client_credentials" {
        return Err(Refusal::parameter("grant_type"));
    }
    let by_header = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| basic(value.to_str().ok()?));
    let (client_id, client_secret) = match (by_header, asked.client_id, asked.client_secret) {
        (Some((id, secret)), named, None) if named.as_ref().is_none_or(|named| *named == id) => (id, secret),
        (None, Some(id), Some(secret)) => (id, secret),
        (None, None, _) => return Err(Refusal::invalid("Missing parameter client_id")),
        _ => return Err(Refusal::invalid("Client authorization required")),
    };
    let settings = &provider.0.settings;
    if client_id != settings.client_id {
        return Err(Refusal::parameter("client_id"));
    }
    let equal = constant_time_eq(
        &sha256(client_secret.as_bytes()),
        &sha256(settings.client_secret.as_bytes()),
    );
    if !equal {
        return Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "Invalid parameter client_secret",
        ));
    }
    let now = provider.now();
    let token = provider.state().new_token(now, settings.token_seconds);
    Ok(Json(
        json!({"access_token": token, "token_type": "Bearer", "expires_in": settings.token_seconds}),
    ))
}

/// RFC 6749 §2.3.1.
fn basic(value: &str) -> Option<(String, String)> {
    let text = STANDARD.decode(value.strip_prefix("Basic ")?).ok()?;
    let text = String::from_utf8(text).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decoded = |part: &str| {
        let pair = format!("x={part}");
        url::form_urlencoded::parse(pair.as_bytes())
            .next()
            .map(|(_, value)| value.into_owned())
    };
    Some((decoded(id)?, decoded(secret)?))
}
