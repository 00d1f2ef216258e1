//! Receiving a wallet's answer, judging it, and ending the login (DOME §3.3.4.5–§3.3.4.6).
//!
//! An answer with the login's nonce costs one durable commit, accepted, declined or refused. With a nonce of a repetition a
//! good presentation costs one commit too and ends the login; declining and refused presentations cost none and change
//! nothing. So does what is malformed, belongs to no open login or carries none of its nonces; such a presentation is not
//! even judged. The token exists only if the presentation was proven *and* this answer ended the login: both are one
//! transaction with the message that will carry the token.

use crate::{
    config::after,
    nonce::{self, Holds},
    notification::{self, Notification},
    parties::Parties,
    resources::{Bell, Judge, Resources, Time, Uncounted, Vault},
    token_keys::{TokenKeyError, TokenKeys},
    transaction::{response_code, state_of},
};
use axum::{
    Json,
    body::Bytes,
    extract::{FromRef, FromRequest, State, rejection::BytesRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use procura_credential::{Check, CheckName, Outcome, Verdict, judge::ProvenPresentation, presentation};
use procura_crypto::random;
use procura_jose::{
    CompactJws, Understood,
    json::{self, Limits},
};
use procura_keys::KekError;
use procura_protocol::{
    oauth::{AccessToken, ErrorCode},
    vp::{
        AuthorizationResponse, ErrorResponse, ResponseError, WalletAnswer,
        transaction::{MAXIMUM_REFUSALS, Requested},
    },
};
use procura_service::{OAuthErrorResponse, Problem, SystemRng, request::media_type, underway::Underway};
use procura_store::{
    Store, StoreError, outbox,
    verifier::{self, Answer, Login},
};
use serde_json::{Value, json};

/// What is said about an answer that was not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerRefusal {
    /// The body is not an answer.
    #[error(transparent)]
    Malformed(#[from] ResponseError),
    /// Neither a form nor JSON.
    #[error("the content type is neither a form nor JSON")]
    MediaType,
    /// Unknown, expired and ended logins alike: who guesses learns nothing.
    #[error("this answer belongs to no open login")]
    NoSuchLogin,
    /// The presentation was not proven.
    #[error("the presentation was refused")]
    Refused(Box<Verdict>),
    /// What it takes to judge could not be found out.
    #[error("the presentation could not be judged now")]
    Undecided,
    /// The token could not be minted.
    #[error(transparent)]
    Token(#[from] TokenKeyError),
    /// Encryption at rest failed.
    #[error(transparent)]
    Vault(#[from] KekError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The judgement broke off.
    #[error(transparent)]
    Interrupted(#[from] tokio::task::JoinError),
}

/// Checks that look at what the holder made; the others look at credential and trust.
const HOLDERS: [CheckName; 7] = [
    CheckName::PresentationFormat,
    CheckName::HolderKey,
    CheckName::HolderSignature,
    CheckName::HolderBinding,
    CheckName::Nonce,
    CheckName::Audience,
    CheckName::Freshness,
];

/// The standard's code for a verdict that refuses: the holder's own message is at fault, or what it shows is not
/// believed.
#[must_use]
pub fn error_code(verdict: &Verdict) -> ErrorCode {
    let refused = verdict.refused_by();
    if !refused.is_empty() && refused.iter().all(|name| HOLDERS.contains(name)) {
        ErrorCode::InvalidRequest
    } else {
        ErrorCode::AccessDenied
    }
}

impl IntoResponse for AnswerRefusal {
    fn into_response(self) -> Response {
        let oauth = |error: ErrorCode, code: &str, description: String| {
            OAuthErrorResponse::new(error.as_str())
                .with_description(description)
                .with("code", code)
        };
        match self {
            Self::Malformed(error) => {
                let status = match error {
                    ResponseError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
                    _ => StatusCode::BAD_REQUEST,
                };
                oauth(error.code(), "PRO-4020", error.to_string().replace('"', "'"))
                    .with_status(status)
                    .into_response()
            }
            Self::MediaType => {
                let words = "send application/x-www-form-urlencoded or application/json".to_owned();
                oauth(ErrorCode::InvalidRequest, "PRO-4021", words)
                    .with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE)
                    .into_response()
            }
            Self::NoSuchLogin => {
                let words = "this answer belongs to no open sign-in; scan a new code".to_owned();
                oauth(ErrorCode::InvalidRequest, "PRO-4022", words).into_response()
            }
            Self::Refused(verdict) => {
                let checks: Vec<Value> = verdict.refusals().map(described).collect();
                let words = "the presentation was refused; checks says by which rule".to_owned();
                oauth(error_code(&verdict), "PRO-4023", words)
                    .with("checks", checks)
                    .into_response()
            }
            Self::Undecided => {
                let words = "the presentation cannot be judged now; try again".to_owned();
                oauth(ErrorCode::TemporarilyUnavailable, "PRO-4024", words)
                    .with_status(StatusCode::SERVICE_UNAVAILABLE)
                    .into_response()
            }
            Self::Token(error) => Problem::internal(&error).into_response(),
            Self::Vault(error) => Problem::internal(&error).into_response(),
            Self::Store(error) => Problem::internal(&error).into_response(),
            Self::Interrupted(error) => Problem::internal(&error).into_response(),
        }
    }
}

/// A check for the wallet: name, code and the rule's own words, never the evidence, which could tell a guesser what was
/// expected.
fn described(check: &Check) -> Value {
    let outcome = if check.outcome == Outcome::Unknown {
        "unknown"
    } else {
        "failed"
    };
    json!({
        "name": check.name.as_str(),
        "code": check.name.code(),
        "outcome": outcome,
        "cause": check.name.cause(),
        "mend": check.name.mend(),
    })
}

/// A body, read as what its content type says.
#[derive(Debug)]
pub struct Received(WalletAnswer);

impl<S: Send + Sync> FromRequest<S> for Received {
    type Rejection = AnswerRefusal;

    async fn from_request(request: axum::extract::Request, state: &S) -> Result<Self, Self::Rejection> {
        let media_type = media_type(request.headers());
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejection: BytesRejection| match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => ResponseError::TooLarge,
                _ => ResponseError::Missing("vp_token"),
            })?;
        match media_type.as_deref() {
            Some("application/x-www-form-urlencoded") => Ok(Self(WalletAnswer::parse_form(&body)?)),
            Some("application/json") => Ok(Self(WalletAnswer::parse_json(&body)?)),
            _ => Err(AnswerRefusal::MediaType),
        }
    }
}

/// `POST /api/authentication_response`: the wallet's answer, judged while it waits.
///
/// # Errors
/// [`AnswerRefusal`].
#[utoipa::path(
    post,
    path = "/api/authentication_response",
    request_body(content(
        ("application/x-www-form-urlencoded"),
        ("application/json"),
    ), description = "`vp_token` (JWT, or base64 or base64url of it), `presentation_submission`, and `state` where the wallet has it; or `error` with the request's `nonce` (which ends the sign-in), its `state` (which is only noted), or both."),
    responses(
        (status = 200, description = "Accepted, or the refusal of the wallet noted.", content_type = "application/json"),
        (status = 400, description = "PRO-4020 malformed, PRO-4022 no open sign-in, PRO-4023 refused by the named checks.", content_type = "application/json"),
        (status = 413, description = "PRO-4020: larger than an answer may be.", content_type = "application/json"),
        (status = 415, description = "PRO-4021: neither form nor JSON.", content_type = "application/json"),
        (status = 503, description = "PRO-4024: cannot be judged now.", content_type = "application/json"),
    ),
)]
pub async fn post(
    State(time): State<Time>,
    State(judge): State<Judge>,
    State(ending): State<Ending>,
    State(underway): State<Underway>,
    Received(answer): Received,
) -> Result<Json<Value>, AnswerRefusal> {
    let now = time.now();
    // A task of its own: a wallet that hangs up does not leave a login that is ended but whose notifier was not woken.
    let ended = async move {
        match answer {
            WalletAnswer::Declined(declined) => ending.decline(declined, now).await,
            WalletAnswer::Presented(presented) => ending.presented(presented, &judge, now).await,
        }
    };
    let accepted = underway.begin(ended).await??;
    Ok(Json(json!({ "accepted": accepted })))
}

/// What it takes to end a login.
#[derive(Clone, Debug)]
pub struct Ending {
    parties: Parties,
    store: Store,
    token_keys: TokenKeys,
    vault: Vault,
    bell: Bell,
    uncounted: Uncounted,
}

impl FromRef<Resources> for Ending {
    fn from_ref(resources: &Resources) -> Self {
        Self {
            parties: resources.parties.clone(),
            store: resources.store.clone(),
            token_keys: resources.token_keys.clone(),
            vault: resources.vault.clone(),
            bell: resources.bell.clone(),
            uncounted: resources.uncounted.clone(),
        }
    }
}

impl Ending {
    async fn presented(
        &self,
        presented: AuthorizationResponse,
        judge: &Judge,
        now: Timestamp,
    ) -> Result<bool, AnswerRefusal> {
        let submission = presented.presentation_submission;
        let vp = presentation::unwrap(&presented.vp_token).unwrap_or(presented.vp_token);
        let readable = claims(&vp);
        let claims = readable.as_ref().unwrap_or(&Value::Null);
        let claimed = claims.get("nonce").and_then(Value::as_str);
        let (login, requested) = find(&self.store, presented.state, claimed, now).await?;
        submission
            .answers(&login.scope)
            .and_then(|()| submission.points_into(claims))
            .map_err(ResponseError::from)?;
        let client = self
            .parties
            .client(&login.client)
            .ok_or(AnswerRefusal::NoSuchLogin)?;
        let types = client.credential_types(&login.scope);
        let audience = self.parties.did().as_str();
        let held = claimed.and_then(|nonce| Some((nonce, nonce::holds(&login, nonce)?)));
        let Some((nonce, holds)) = held else {
            return Err(without_a_nonce(&login, readable.is_some(), now));
        };
        let _place = match holds {
            Holds::First => None,
            Holds::Repetition => Some(self.uncounted.place().ok_or(AnswerRefusal::Undecided)?),
        };
        let (verdict, proven) = judge
            .judge(&vp, types, nonce, audience, now)
            .await
            .ok_or(AnswerRefusal::Undecided)?;
        match proven.filter(|_| verdict.accepted()) {
            Some(proven) => {
                let sealed = seal_verdict(&self.vault, &login.id, &verdict)?;
                self.accept(login, requested, &client.resource, &proven, sealed, now)
                    .await
                    .map(|()| true)
            }
            None if holds == Holds::First => {
                let sealed = seal_verdict(&self.vault, &login.id, &verdict)?;
                Err(refuse(&self.store, login, requested, verdict, sealed, now).await?)
            }
            None => {
                let reasons = reasons(&verdict);
                tracing::info!(
                    client = login.client,
                    reasons,
                    "a presentation with the nonce of a repetition refused; not counted"
                );
                Err(AnswerRefusal::Refused(Box::new(verdict)))
            }
        }
    }

    /// Mints the token and ends the login in one commit with the message that carries it.
    async fn accept(
        &self,
        login: Login,
        requested: Requested,
        resource: &str,
        proven: &ProvenPresentation,
        verdict: Vec<u8>,
        now: Timestamp,
    ) -> Result<(), AnswerRefusal> {
        let presented = requested.accept(now).map_err(|_| AnswerRefusal::NoSuchLogin)?;
        let token = token(&self.parties, &login, resource, proven, now);
        let notification = Notification {
            client: login.client.clone(),
            response_code: response_code(&login),
            state: login.state,
            access_token: self.token_keys.mint(&token, now)?,
            expires_at: token.expires_at,
        };
        let message = notification::message(&self.vault, &login.id, &notification, &mut SystemRng, now)?;
        let answer = Answer {
            reasons: None,
            verdict: Some(verdict),
        };
        let won = self
            .store
            .write(
                (login.id, presented.at, answer, message),
                |tx, (id, at, answer, message)| {
                    Box::pin(async move {
                        let won = verifier::end(tx, id, verifier::Outcome::Accepted, *at, answer).await?;
                        if won {
                            outbox::enqueue(tx, message).await?;
                        }
                        Ok(won)
                    })
                },
            )
            .await?;
        if !won {
            return Err(AnswerRefusal::NoSuchLogin);
        }
        tracing::info!(client = login.client, "login accepted");
        self.bell.0.notify_one();
        Ok(())
    }

    async fn decline(&self, declined: ErrorResponse, now: Timestamp) -> Result<bool, AnswerRefusal> {
        if declined.state.is_none() && declined.nonce.is_none() {
            return Err(ResponseError::Missing("state").into());
        }
        let nonce = declined.nonce;
        let (login, requested) = find(&self.store, declined.state, nonce.as_deref(), now).await?;
        // OpenID4VP §6.4 knows no nonce in an error: who keeps to it is heard, and cannot be told from an onlooker.
        let Some(nonce) = nonce else {
            tracing::info!(
                client = login.client,
                "declined without a nonce; the login stays open"
            );
            return Ok(false);
        };
        match nonce::holds(&login, &nonce) {
            Some(Holds::First) => {}
            Some(Holds::Repetition) => {
                tracing::info!(
                    client = login.client,
                    "declined by who fetched the request again; the login stays open"
                );
                return Ok(false);
            }
            None => return Err(AnswerRefusal::NoSuchLogin),
        }
        let presented = requested.decline(now).map_err(|_| AnswerRefusal::NoSuchLogin)?;
        let answer = Answer {
            reasons: Some("PRO-4025".to_owned()),
            verdict: None,
        };
        let won = self
            .store
            .write((login.id, presented.at, answer), |tx, (id, at, answer)| {
                Box::pin(verifier::end(tx, id, verifier::Outcome::Declined, *at, answer))
            })
            .await?;
        if !won {
            return Err(AnswerRefusal::NoSuchLogin);
        }
        // What the wallet calls its reason stays here: the relying party hears a fixed word.
        tracing::info!(client = login.client, "the wallet declined");
        Ok(false)
    }
}

/// What a presentation claims, which nobody has verified yet; `None` where it cannot be read.
fn claims(vp: &str) -> Option<Value> {
    let jws = CompactJws::parse(vp, Understood::default(), Limits::default()).ok()?;
    json::parse(jws.unverified_payload(), Limits::default()).ok()
}

/// Refuses a presentation with no nonce of the login, unjudged; one that cannot be read has none to show.
fn without_a_nonce(login: &Login, readable: bool, now: Timestamp) -> AnswerRefusal {
    let check = if readable {
        CheckName::Nonce
    } else {
        CheckName::PresentationFormat
    };
    tracing::info!(
        client = login.client,
        reasons = check.code(),
        "a presentation without a nonce of the login refused; not judged"
    );
    AnswerRefusal::Refused(Box::new(unjudged(check, now)))
}

/// The verdict on what is refused before it is judged: `refused` failed, and nothing else was reached.
fn unjudged(refused: CheckName, at: Timestamp) -> Verdict {
    let check = |name: CheckName| {
        let failed = name == refused;
        Check {
            name,
            outcome: if failed {
                Outcome::Failed
            } else {
                Outcome::NotReached
            },
            object: "vp_token".to_owned(),
            detail: if failed { name.cause() } else { "not judged" }.to_owned(),
            mend: failed.then(|| name.mend().to_owned()),
        }
    };
    Verdict {
        at,
        checks: CheckName::ALL.iter().copied().map(check).collect(),
        lists: Vec::new(),
    }
}

/// The open login that an answer belongs to: by `state` where there is one, else by the nonce that it claims, which
/// nobody has verified yet and which therefore decides nothing but this.
async fn find(
    store: &Store,
    state: Option<String>,
    nonce: Option<&str>,
    now: Timestamp,
) -> Result<(Login, Requested), AnswerRefusal> {
    let state = state.or_else(|| nonce.and_then(nonce::state_in).map(str::to_owned));
    let login = match (state, nonce) {
        (Some(state), _) => {
            store
                .read(state, |tx, state| Box::pin(verifier::by_state(tx, state)))
                .await?
        }
        (None, Some(nonce)) => {
            store
                .read(nonce.to_owned(), |tx, nonce| {
                    Box::pin(verifier::by_nonce(tx, nonce))
                })
                .await?
        }
        (None, None) => None,
    };
    let login = login.ok_or(AnswerRefusal::NoSuchLogin)?;
    let requested = state_of(&login).awaiting_answer(now).map_err(|error| {
        tracing::info!(reason = %error, "an answer came to a login that does not wait for one");
        AnswerRefusal::NoSuchLogin
    })?;
    Ok((login, requested))
}

fn seal_verdict(vault: &Vault, login: &str, verdict: &Verdict) -> Result<Vec<u8>, KekError> {
    let json = serde_json::to_vec(verdict).map_err(|_| KekError::Open)?;
    vault
        .0
        .seal_value(&mut SystemRng, &format!("verifier/verdict/{login}"), &json)
}

/// The token's claims: only a proven presentation has a holder and a credential to put into them.
fn token(
    parties: &Parties,
    login: &Login,
    resource: &str,
    proven: &ProvenPresentation,
    now: Timestamp,
) -> AccessToken {
    AccessToken {
        issuer: parties.did().clone(),
        subject: proven.holder.clone(),
        audience: resource.to_owned(),
        scope: login.scope.clone(),
        id: random::token(&mut SystemRng, 16),
        issued_at: now,
        expires_at: after(now, parties.lifetimes().access_token_seconds),
        credential: proven.credential.raw.clone(),
        vc: proven.credential.vc.clone(),
    }
}

/// Codes of the checks that refused, separated by spaces.
fn reasons(verdict: &Verdict) -> String {
    let codes: Vec<_> = verdict.refused_by().iter().map(|name| name.code()).collect();
    codes.join(" ")
}

/// Counts a refused answer, and ends the login with the last one.
async fn refuse(
    store: &Store,
    login: Login,
    requested: Requested,
    verdict: Verdict,
    sealed: Vec<u8>,
    now: Timestamp,
) -> Result<AnswerRefusal, AnswerRefusal> {
    let reasons = reasons(&verdict);
    tracing::info!(client = login.client, reasons, "presentation refused");
    // The protocol's own step says whether this may still be counted; the store counts for all replicas.
    requested.refuse(now).map_err(|_| AnswerRefusal::NoSuchLogin)?;
    let answer = Answer {
        reasons: Some(reasons),
        verdict: Some(sealed),
    };
    let counted = store
        .write((login.id, now, answer), |tx, (id, now, answer)| {
            Box::pin(async move {
                let counted = verifier::count_refusal(tx, id, *now, answer).await?;
                if counted.is_some_and(|count| count >= i64::from(MAXIMUM_REFUSALS)) {
                    verifier::end(tx, id, verifier::Outcome::Refused, *now, answer).await?;
                }
                Ok(counted)
            })
        })
        .await?;
    match counted {
        Some(_) => Ok(AnswerRefusal::Refused(Box::new(verdict))),
        None => Ok(AnswerRefusal::NoSuchLogin),
    }
}
