//! Sessions of browsers.
use super::{Portal, pages::Failure};
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, HeaderValue, header};
use jiff::{SignedDuration, Timestamp};
use procura_crypto::{digest::sha256, random};
use procura_service::SystemRng;
use procura_store::portal::{self, Login, Return, Session};

/// The cookie's name. `__Host-` keeps other hosts of the domain from setting it, and needs https.
fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-portal" } else { "portal" }
}
/// What a login is to ask for.
#[derive(serde::Deserialize)]
pub(super) struct Wish {
    scope: Option<String>,
}
/// Begins a login: a fresh session, a fresh `state`, and off to the verifier.
#[utoipa::path(
    get,
    path = "/login",
    params(("scope" = Option<String>, Query, description = "One of those that the portal's first page offers.")),
    responses(
        (status = 303, description = "To the verifier, with a session cookie."),
        (status = 400, description = "No login here asks for this scope.", content_type = "text/html"),
        (status = 503, description = "Try again.", content_type = "text/html"),
    ),
)]
pub(super) async fn login(
    State(portal): State<Portal>,
    wish: Result<Query<Wish>, QueryRejection>,
) -> Result<Response, Failure> {
    let config = &portal.0.config;
    let Query(wish) = wish.map_err(|_| Failure::Scope)?;
    let scope = wish.scope.as_deref().unwrap_or(&config.scope);
    if !config.asks_for(scope) {
        return Err(Failure::Scope);
    }
    let (session, state) = (
        random::token(&mut SystemRng, 16),
        random::token(&mut SystemRng, 16),
    );
    let now = portal.now();
    let login = Login {
        session: sha256(session.as_bytes()),
        state: sha256(state.as_bytes()),
        begun_at: now,
        expires_at: minutes_after(now, config.login_minutes),
    };
    portal
        .0
        .store
        .write(login, |tx, login| Box::pin(portal::begin(tx, login)))
        .await?;
    let mut target = config.verifier.clone();
    target.set_path(&format!("{}/login", config.verifier.path().trim_end_matches('/')));
    target
        .query_pairs_mut()
        .append_pair("client_id", &config.client_id)
        .append_pair("scope", scope)
        .append_pair("state", &state);
    let cookie = cookie(
        config.is_https(),
        &session,
        u32::from(config.session_minutes.max(config.login_minutes)) * 60,
    );
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(target.as_str())).into_response())
}
/// Ends the session.
#[utoipa::path(
    post,
    path = "/logout",
    responses(
        (status = 303, description = "To the first page; the session is ended."),
        (status = 503, description = "Try again: the session may not be ended.", content_type = "text/html"),
    ),
)]
pub(super) async fn logout(State(portal): State<Portal>, headers: HeaderMap) -> Result<Response, Failure> {
    let https = portal.0.config.is_https();
    if let Some(session) = digest_of_cookie(&headers, https) {
        portal
            .0
            .store
            .write(session, |tx, session| Box::pin(portal::end(tx, session)))
            .await?;
    }
    Ok(([(header::SET_COOKIE, cookie(https, "", 0))], Redirect::to("/")).into_response())
}
/// The session that the browser's cookie continues.
pub(super) async fn current(portal: &Portal, headers: &HeaderMap) -> Result<Option<Session>, Failure> {
    let Some(session) = digest_of_cookie(headers, portal.0.config.is_https()) else {
        return Ok(None);
    };
    let now = portal.now();
    Ok(portal
        .0
        .store
        .read((session, now), |tx, (session, now)| {
            Box::pin(portal::session(tx, session, *now))
        })
        .await?)
}
/// Completes the browser's session, if it was announced with this code.
pub(super) async fn complete(
    portal: &Portal,
    headers: &HeaderMap,
    response_code: &str,
) -> Result<bool, Failure> {
    let Some(session) = digest_of_cookie(headers, portal.0.config.is_https()) else {
        return Ok(false);
    };
    let now = portal.now();
    let back = Return {
        session,
        response_code: sha256(response_code.as_bytes()),
        now,
        session_expires_at: minutes_after(now, portal.0.config.session_minutes),
    };
    Ok(portal
        .0
        .store
        .write(back, |tx, back| Box::pin(portal::complete(tx, back)))
        .await?)
}
pub(super) fn minutes_after(now: Timestamp, minutes: u16) -> Timestamp {
    now.checked_add(SignedDuration::from_mins(i64::from(minutes)))
        .unwrap_or(Timestamp::MAX)
}
fn cookie(https: bool, value: &str, seconds: u32) -> HeaderValue {
    let name = cookie_name(https);
    let secure = if https { "; Secure" } else { "" };
    HeaderValue::try_from(format!(
        "{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
    ))
    .unwrap_or(HeaderValue::from_static(""))
}
/// SHA-256 of the one session cookie; two are as none.
fn digest_of_cookie(headers: &HeaderMap, https: bool) -> Option<[u8; 32]> {
    let mut values = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == cookie_name(https))
        .map(|(_, value)| value);
    match (values.next(), values.next()) {
        (Some(value), None) if !value.is_empty() => Some(sha256(value.as_bytes())),
        _ => None,
    }
}
