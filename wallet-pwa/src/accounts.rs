//! Accounts and sessions: a single-use invitation opens an account; opaque tokens stand for sessions.

use crate::{
    config::Lifetimes,
    error::WalletError,
    resources::{Account, Body, Time},
};
use axum::{Json, extract::State, http::StatusCode};
use jiff::{SignedDuration, Timestamp};
use procura_crypto::{digest::sha256, random};
use procura_service::SystemRng;
use procura_store::{Store, wallet as repository};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What opens an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenAccount {
    /// The invitation's secret.
    invitation: String,
}

/// A session; shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct Session {
    /// Bearer token of this session.
    pub session_token: String,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// Makes an invitation; the secret is shown to whoever hands it over, the database keeps its hash.
///
/// # Errors
/// The database's.
pub async fn invite(store: &Store, lifetimes: &Lifetimes, now: Timestamp) -> Result<String, WalletError> {
    let secret = random::token(&mut SystemRng, 16);
    let hash = sha256(secret.as_bytes());
    let expires_at = later(now, SignedDuration::from_hours(lifetimes.invitation_hours));
    store
        .write((hash, expires_at), |tx, (hash, expires_at)| {
            Box::pin(repository::invite(tx, hash, *expires_at))
        })
        .await?;
    Ok(secret)
}

/// `POST /api/v1/accounts`.
#[utoipa::path(post, path = "/api/v1/accounts", request_body = OpenAccount,
    responses((status = 201, body = Session), (status = 403, description = "PRO-3002: the invitation is not valid")))]
pub(crate) async fn open(
    State(store): State<Store>,
    State(time): State<Time>,
    State(lifetimes): State<Lifetimes>,
    Body(request): Body<OpenAccount>,
) -> Result<(StatusCode, Json<Session>), WalletError> {
    let now = time.now();
    let token = random::token(&mut SystemRng, 32);
    let expires_at = later(now, SignedDuration::from_hours(lifetimes.session_hours));
    let account = random::token(&mut SystemRng, 16);
    let arguments = (
        sha256(request.invitation.as_bytes()),
        account,
        sha256(token.as_bytes()),
        expires_at,
        now,
    );
    let opened = store
        .write(
            arguments,
            |tx, (invitation, account, session, expires_at, now)| {
                Box::pin(async move {
                    if !repository::use_invitation(tx, invitation, *now).await? {
                        return Ok(false);
                    }
                    repository::open_account(tx, account, *now).await?;
                    repository::open_session(tx, session, account, *expires_at).await?;
                    Ok(true)
                })
            },
        )
        .await?;
    if !opened {
        return Err(WalletError::Invitation);
    }
    Ok((
        StatusCode::CREATED,
        Json(Session {
            session_token: token,
            expires_at,
        }),
    ))
}

/// `DELETE /api/v1/sessions/current`.
#[utoipa::path(delete, path = "/api/v1/sessions/current", security(("session" = [])),
    responses((status = 204), (status = 401, description = "PRO-3001: no valid session")))]
pub(crate) async fn close(
    account: Account,
    State(store): State<Store>,
    State(time): State<Time>,
) -> Result<StatusCode, WalletError> {
    store
        .write((account.session, time.now()), |tx, (session, now)| {
            Box::pin(repository::revoke_session(tx, session, *now))
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `now` and some more; the end of time when that is sooner.
pub(crate) fn later(now: Timestamp, more: SignedDuration) -> Timestamp {
    now.checked_add(more).unwrap_or(Timestamp::MAX)
}
