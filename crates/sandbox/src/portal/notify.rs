//! `POST /notify`: the verifier says that somebody signed in.
use super::{
    KeyError, Portal, Visitor,
    session::minutes_after,
    visitor::{Decoded, Remembered, VaultError},
};
use axum::{
    Json,
    extract::{Form, State, rejection::FormRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use procura_credential::lear::LearError;
use procura_crypto::{constant_time_eq, digest::sha256};
use procura_jose::{Algorithm, AlgorithmSet, JwkSet};
use procura_protocol::oauth::access_token::{self, AccessToken, TokenError, TokenExpectations};
use procura_service::request::bearer_token;
use procura_store::{
    StoreError,
    portal::{self, Announcement, Notification},
};

/// Length of a response code: 128 bit in base64url at the least.
const RESPONSE_CODE: core::ops::RangeInclusive<usize> = 22..=128;
/// Tolerated difference of clocks in seconds.
const SKEW_SECONDS: i64 = 30;

/// Body of a notification.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[schema(as = Notification)]
pub(super) struct Body {
    /// The access token (RFC 9068).
    access_token: String,
    /// What the portal gave the browser for the verifier.
    state: String,
    /// With what the browser must come back.
    response_code: String,
}
/// Why a notification completes no session.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Not the verifier.
    #[error("the bearer secret is not the one that this portal shares with the verifier")]
    Secret,
    /// Not a form with one `access_token`, one `state` and one `response_code`.
    #[error("the body is not a form with access_token, state and response_code")]
    Body,
    /// Longer than this portal reads.
    #[error("the body is too large")]
    TooLarge,
    /// The token is not acceptable.
    #[error("access token: {0}")]
    Token(#[from] TokenError),
    /// The token is for something else.
    #[error("access token: its scope is not what logins here ask for")]
    Scope,
    /// The token carries a credential that cannot be read.
    #[error("access token: vc: {0}")]
    Credential(#[from] LearError),
    /// Another session was completed by this token.
    #[error("access token: used before")]
    TokenUsed,
    /// No session waits for it.
    #[error("no browser session waits for this state")]
    State,
    /// The verifier's keys are not at hand.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The database is not at hand.
    #[error("the portal's database cannot be used now")]
    Store(#[from] StoreError),
    /// What the session is to remember cannot be sealed.
    #[error("the portal cannot seal its sessions now")]
    Vault,
}
impl From<FormRejection> for Refusal {
    fn from(rejection: FormRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            _ => Self::Body,
        }
    }
}
impl From<VaultError> for Refusal {
    fn from(error: VaultError) -> Self {
        tracing::error!(%error, "a session could not be sealed");
        Self::Vault
    }
}
impl Refusal {
    /// The stable code (`docs/errors.md`).
    pub fn code(&self) -> &'static str {
        match self {
            Self::Secret => "PRO-5001",
            Self::Body | Self::TooLarge => "PRO-5002",
            Self::Token(TokenError::Type) => "PRO-5010",
            Self::Token(TokenError::NoKey | TokenError::UnknownKey) => "PRO-5011",
            Self::Token(TokenError::Audience) => "PRO-5012",
            Self::Token(TokenError::Issuer | TokenError::Client) => "PRO-5013",
            Self::Token(TokenError::Expired | TokenError::NotYetValid) => "PRO-5014",
            Self::Token(TokenError::Jws(_)) => "PRO-5015",
            Self::Token(_) => "PRO-5016",
            Self::Scope => "PRO-5017",
            Self::Credential(_) => "PRO-5018",
            Self::TokenUsed => "PRO-5019",
            Self::State => "PRO-5020",
            Self::Keys(_) => "PRO-5030",
            Self::Store(_) | Self::Vault => "PRO-5031",
        }
    }
    /// The verifier repeats what is answered with 5xx, and gives up what is answered with 400, 409 or 413. A token from
    /// the future is good before long: where the clocks differ by more than the tolerance, refusing it for good would
    /// refuse everybody.
    fn status(&self) -> StatusCode {
        match self {
            Self::Secret => StatusCode::UNAUTHORIZED,
            Self::State | Self::TokenUsed => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Token(TokenError::NotYetValid) | Self::Keys(_) | Self::Store(_) | Self::Vault => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            _ => StatusCode::BAD_REQUEST,
        }
    }
    /// RFC 6750 §3.1 and RFC 6749 §5.2 words.
    fn error(&self) -> &'static str {
        match self {
            Self::Secret => "invalid_client",
            Self::Body | Self::TooLarge | Self::State => "invalid_request",
            Self::Token(TokenError::NotYetValid) | Self::Keys(_) | Self::Store(_) | Self::Vault => {
                "temporarily_unavailable"
            }
            _ => "invalid_token",
        }
    }
}
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        tracing::warn!(code = self.code(), reason = %self, "notification refused");
        let body = serde_json::json!({
            "error": self.error(),
            "error_description": self.to_string(),
            "code": self.code(),
        });
        let mut response = (self.status(), Json(body)).into_response();
        if matches!(self, Self::Secret) {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, http::HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// Keeps who signed in for the browser that began with `state`.
#[utoipa::path(
    post,
    path = "/notify",
    request_body(content = Body, content_type = "application/x-www-form-urlencoded"),
    security(("notify" = [])),
    responses(
        (status = 204, description = "Kept; also where the same notification was heard before."),
        (status = 400, description = "PRO-5002, PRO-5010 to PRO-5018: body or token refused."),
        (status = 401, description = "PRO-5001: not the secret that verifier and portal share."),
        (status = 409, description = "PRO-5019, PRO-5020: token used before, or no session waits."),
        (status = 413, description = "PRO-5002: the body is too large; PRO-9413 where its length says so."),
        (status = 503, description = "PRO-5014 of a token from the future, PRO-5030, PRO-5031: try again."),
    ),
)]
pub(super) async fn notify(
    State(portal): State<Portal>,
    headers: HeaderMap,
    body: Result<Form<Body>, FormRejection>,
) -> Result<StatusCode, Refusal> {
    authenticate(&portal, &headers)?;
    let Form(body) = body?;
    if !RESPONSE_CODE.contains(&body.response_code.len()) {
        return Err(Refusal::Body);
    }
    let token = verify(&portal, &body.access_token).await?;
    if !portal.0.config.asks_for(&token.scope) {
        return Err(Refusal::Scope);
    }
    let remembered = Remembered {
        visitor: Visitor::of(&token.vc)?,
        access_token: Decoded::of(&body.access_token)?,
    };
    let now = portal.now();
    let state = sha256(body.state.as_bytes());
    let notification = Notification {
        state,
        response_code: sha256(body.response_code.as_bytes()),
        token: sha256(token.id.as_bytes()),
        token_expires_at: minutes_after(token.expires_at, 1),
        visitor: remembered.seal(&portal.0.vault, &state)?,
        now,
    };
    let announcement = portal
        .0
        .store
        .write(notification, |tx, notification| {
            Box::pin(portal::announce(tx, notification))
        })
        .await?;
    match announcement {
        Announcement::Pending | Announcement::Repeated => Ok(StatusCode::NO_CONTENT),
        Announcement::NoSuchLogin => Err(Refusal::State),
        Announcement::TokenUsed => Err(Refusal::TokenUsed),
    }
}
fn authenticate(portal: &Portal, headers: &HeaderMap) -> Result<(), Refusal> {
    let secret = bearer_token(headers).map_err(|_| Refusal::Secret)?;
    // Digests are compared: they are of one length, and the comparison takes one time.
    if constant_time_eq(&sha256(secret.as_bytes()), &portal.0.secret.0) {
        Ok(())
    } else {
        Err(Refusal::Secret)
    }
}
/// Verifies by the keys at hand; a `kid` that they do not have is looked for in newer ones.
async fn verify(portal: &Portal, token: &str) -> Result<AccessToken, Refusal> {
    let keys = &portal.0.keys;
    let now = portal.now();
    let known = keys.current(&*portal.0.clock).await?;
    match verify_by(portal, token, &known, now) {
        Err(TokenError::UnknownKey) => {
            let newer = keys.newer_than(&known, &*portal.0.clock).await?;
            Ok(verify_by(portal, token, &newer, now)?)
        }
        verified => Ok(verified?),
    }
}
fn verify_by(portal: &Portal, token: &str, keys: &JwkSet, now: Timestamp) -> Result<AccessToken, TokenError> {
    let config = &portal.0.config;
    let expected = TokenExpectations {
        issuer: &config.verifier_did,
        audience: &config.resource,
        algorithms: &AlgorithmSet::new(&[Algorithm::Es256, Algorithm::Rs256]),
        keys,
        skew_seconds: SKEW_SECONDS,
    };
    access_token::verify(token, &expected, now)
}
