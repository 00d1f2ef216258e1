//! Answering: consent and refusal, each by one at a time.

use super::{ANSWERING, Answer, CONFIRMED, Outcome, Present, Proven, fits, hold::Hold};
use crate::{
    error::WalletError,
    holding,
    resources::{Account, Body, Resources, World, to_its_end},
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use jiff::Timestamp;
use procura_credential::presentation;
use procura_crypto::{PrivateKey, random};
use procura_did::Did;
use procura_jose::{Algorithm, json, jws};
use procura_protocol::{
    oauth::ErrorCode,
    vp::{AuthorizationResponse, ErrorResponse, PresentationSubmission},
};
use procura_service::{Purpose, SystemRng, guarded::GuardError};
use procura_store::StoreError;
use url::Url;

/// `POST /api/v1/requests/{id}/present`: the person consents; the presentation is signed and sent.
///
/// Repeated after a lost reply it sends the same answer again. After the verifier has refused by its checks another
/// credential may be presented, while the request lives.
#[utoipa::path(post, path = "/api/v1/requests/{id}/present", params(("id" = String, Path)), request_body = Present,
    tag = "request", security(("session" = [])),
    responses((status = 200, body = Outcome), (status = 409, description = "PRO-3025: the request is over; PRO-3030: it is being answered; PRO-3031: another run took over; PRO-3032: another credential was presented, and its reply was not heard"),
        (status = 422, description = "PRO-3024: the login was answered already; PRO-3026: another credential is asked for"),
        (status = 502, description = "PRO-3027, PRO-3028: no answer; it may be tried again")))]
pub(crate) async fn present(
    account: Account,
    Path(id): Path<String>,
    State(resources): State<Resources>,
    Body(consent): Body<Present>,
) -> Result<Json<Outcome>, WalletError> {
    let underway = resources.underway.clone();
    // A person who hangs up must not leave a presentation of which nobody knows what came.
    to_its_end(&underway, async move {
        let (hold, state, sealed) = Hold::begin(resources, account.id, id, &[CONFIRMED, ANSWERING]).await?;
        let outcome = answered(&hold, &state, &sealed, consent.credential_id).await;
        if outcome.is_err() {
            hold.release().await;
        }
        outcome.map(Json)
    })
    .await
}

async fn answered(
    hold: &Hold,
    state: &str,
    sealed: &[u8],
    credential_id: String,
) -> Result<Outcome, WalletError> {
    let Resources { vault, world, .. } = &hold.resources;
    let was_sent = state == ANSWERING;
    let mut answer: Answer = if was_sent {
        vault.open(&hold.context(), sealed)?
    } else {
        let answer = made(hold, vault.open(&hold.context(), sealed)?, credential_id.clone()).await?;
        if !hold.answering(&answer).await? {
            // Scanned twice while it was open, and answered by the other scan.
            return Err(WalletError::Replayed);
        }
        answer
    };
    if answer.credential_id != credential_id {
        return Err(WalletError::AnswerUnheard);
    }
    // An answer of this login may have reached the verifier before, without its reply being heard.
    let was_unheard = was_sent || answer.proven.unheard;
    answer.proven.unheard = was_unheard;
    let outcome = match send(world, &answer.proven.redirect_uri, &answer.form).await {
        Ok(outcome) => outcome,
        Err(Undelivered { error, fate }) => {
            // A proxy may turn away what its verifier has seen: that is remembered.
            answer.proven.unheard = was_unheard || fate == Fate::TurnedAway;
            if fate != Fate::Unknown {
                // The login is as open as before: another credential, or another scan, may answer it.
                report(hold.reopen(&answer.proven).await);
            }
            return Err(error);
        }
    };
    // What the verifier said is true whether or not it can be noted down.
    let noted = if outcome.is_judged_refusal() {
        hold.reopen(&answer.proven).await
    } else {
        hold.settle().await
    };
    let may_be_known = was_unheard || report(noted);
    // To an answer that it has accepted before, a verifier says that it knows of no such login.
    if may_be_known && outcome.accepted == Some(false) && outcome.checks.is_empty() {
        return Ok(Outcome::unknown());
    }
    Ok(outcome)
}

/// Tells the operator what could not be noted down. `true`: another run has taken over, and has sent the answer again.
fn report(noted: Result<(), WalletError>) -> bool {
    match noted {
        Ok(()) => false,
        Err(WalletError::Store(StoreError::ClaimLost { .. })) => {
            tracing::warn!("an answer took so long that another run sends it again");
            true
        }
        Err(error) => {
            tracing::error!(%error, "what came of an answer could not be noted down");
            false
        }
    }
}

async fn made(hold: &Hold, proven: Proven, credential_id: String) -> Result<Answer, WalletError> {
    let Resources { store, vault, .. } = &hold.resources;
    let account = &hold.claim.account;
    let (credential, key) = holding::one(store, vault, account, &credential_id).await?;
    if !fits(&credential.summary, &proven.asked) {
        return Err(WalletError::Mismatch);
    }
    let response = AuthorizationResponse {
        vp_token: sign(&credential, &key, &proven, hold.now())?,
        presentation_submission: PresentationSubmission::of_one_credential(
            &random::uuid(&mut SystemRng),
            &proven.asked.scope,
        ),
        state: Some(proven.state.clone()),
    };
    Ok(Answer {
        form: response.to_form(),
        proven,
        credential_id,
    })
}

fn sign(
    held: &holding::Held,
    key: &PrivateKey,
    proven: &Proven,
    now: Timestamp,
) -> Result<String, WalletError> {
    let holder = Did::parse(&held.summary.holder).map_err(|_| WalletError::Internal("a holder is no DID"))?;
    let id = format!("urn:uuid:{}", random::uuid(&mut SystemRng));
    let (header, claims) = presentation::build(
        &holder,
        &held.raw,
        &proven.nonce,
        &proven.relying_party.did,
        &id,
        now,
    );
    jws::sign(key, Algorithm::Es256, header, claims.to_string().as_bytes())
        .map_err(|_| WalletError::Internal("a presentation cannot be signed"))
}

/// Nothing usable was said to an answer.
struct Undelivered {
    error: WalletError,
    fate: Fate,
}
/// What became of an answer to which nothing usable was said.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It never left.
    NotSent,
    /// Somebody on the way, or the verifier, had no time for it (RFC 9110 §15.6.4, RFC 6585 §4).
    TurnedAway,
    /// It may have been judged.
    Unknown,
}
impl From<GuardError> for Undelivered {
    fn from(error: GuardError) -> Self {
        Self {
            fate: match error {
                GuardError::Refused(..) => Fate::NotSent,
                _ => Fate::Unknown,
            },
            error: error.into(),
        }
    }
}

/// Sends a form and reads what the verifier says of it.
async fn send(world: &World, to: &Url, form: &str) -> Result<Outcome, Undelivered> {
    let parameters: Vec<(String, String)> = url::form_urlencoded::parse(form.as_bytes())
        .into_owned()
        .collect();
    let form: Vec<(&str, &str)> = parameters
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let answer = world.client.post_form(Purpose::Protocol, to, &form, None).await?;
    if answer.is_success() {
        return Ok(Outcome::accepted());
    }
    if answer.status >= 500 || answer.status == 429 {
        return Err(Undelivered {
            error: WalletError::Peer(format!("the verifier answered with status {}", answer.status)),
            fate: match answer.status {
                429 | 503 => Fate::TurnedAway,
                _ => Fate::Unknown,
            },
        });
    }
    let object = json::parse_object(&answer.body, json::Limits::default()).unwrap_or_default();
    let error = object
        .get("error")
        .and_then(|error| error.as_str())
        .and_then(ErrorCode::from_name);
    let checks = object
        .get("checks")
        .and_then(|checks| checks.as_array())
        .into_iter()
        .flatten()
        .filter_map(|check| check.get("name").or(Some(check)).and_then(|name| name.as_str()))
        .filter(|name| name.len() <= 64 && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
        .take(32)
        .map(ToOwned::to_owned)
        .collect();
    let error = error.map_or_else(|| format!("status {}", answer.status), |code| code.to_string());
    Ok(Outcome::refused(error, checks))
}

/// `POST /api/v1/requests/{id}/decline`: the person does not consent; the verifier is told so.
#[utoipa::path(post, path = "/api/v1/requests/{id}/decline", params(("id" = String, Path)), security(("session" = [])),
    tag = "request",
    responses((status = 204), (status = 409, description = "PRO-3025: the request is over; PRO-3030: it is being answered; PRO-3031: another run took over"),
        (status = 422, description = "PRO-3024: the login was answered already, by another scan of it")))]
pub(crate) async fn decline(
    account: Account,
    Path(id): Path<String>,
    State(resources): State<Resources>,
) -> Result<StatusCode, WalletError> {
    let underway = resources.underway.clone();
    // A person who hangs up has declined all the same, and the verifier hears of it.
    to_its_end(&underway, async move {
        let (hold, _, sealed) = Hold::begin(resources, account.id, id, &[CONFIRMED]).await?;
        let proven = match declined(&hold, &sealed).await {
            Ok(proven) => proven,
            Err(error) => {
                hold.release().await;
                return Err(error);
            }
        };
        let answer = ErrorResponse {
            error: ErrorCode::AccessDenied.as_str().to_owned(),
            state: Some(proven.state),
            nonce: Some(proven.nonce),
        };
        // The person has declined whether or not the verifier hears of it.
        match send(&hold.resources.world, &proven.redirect_uri, &answer.to_form()).await {
            Ok(_)
            | Err(Undelivered {
                error: WalletError::Peer(_) | WalletError::Fetch(GuardError::Transport(..)),
                ..
            }) => {}
            Err(Undelivered { error, .. }) => tracing::info!(%error, "a refusal could not be delivered"),
        }
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// What is declined is over before it is told: of consent and refusal one acts.
async fn declined(hold: &Hold, sealed: &[u8]) -> Result<Proven, WalletError> {
    let proven: Proven = hold.resources.vault.open(&hold.context(), sealed)?;
    if hold.declining(&proven).await? {
        Ok(proven)
    } else {
        Err(WalletError::Replayed)
    }
}
