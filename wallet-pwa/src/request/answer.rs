//! Answering: consent and refusal, each by one at a time.

use super::{ANSWERED, ANSWERING, Answer, CONFIRMED, Outcome, Present, Proven, fits, request_context};
use crate::{
    accounts::later,
    error::WalletError,
    holding,
    powers::{Account, Body, Powers, World},
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use jiff::{SignedDuration, Timestamp};
use procura_credential::presentation;
use procura_crypto::{PrivateKey, random};
use procura_did::Did;
use procura_jose::{Algorithm, json, jws};
use procura_protocol::{
    oauth::ErrorCode,
    vp::{AuthorizationResponse, ErrorResponse, PresentationSubmission},
};
use procura_service::{Purpose, SystemRng, guarded::GuardError};
use procura_store::{
    StoreError,
    wallet::{self as repository, Claim},
};
use url::Url;

/// Seconds that one answer may hold a request: longer than a verifier's slowest reply.
const ANSWERING_SECONDS: i64 = 30;

/// `POST /api/v1/requests/{id}/present`: the person consents; the presentation is signed and sent.
#[utoipa::path(post, path = "/api/v1/requests/{id}/present", params(("id" = String, Path)), request_body = Present,
    security(("session" = [])),
    responses((status = 200, body = Outcome), (status = 409, description = "PRO-3025: the request is over; PRO-3030: it is being answered"),
        (status = 422, description = "PRO-3026: another credential is asked for"),
        (status = 502, description = "PRO-3027: no answer; it may be tried again")))]
pub(crate) async fn present(
    account: Account,
    Path(id): Path<String>,
    State(powers): State<Powers>,
    Body(consent): Body<Present>,
) -> Result<Json<Outcome>, WalletError> {
    let runs = powers.runs.clone();
    // A person who hangs up must not leave a presentation of which nobody knows what came.
    runs.run(async move {
        let states = [CONFIRMED, ANSWERING];
        let (answering, state, sealed) = Answering::begin(powers, account.id, id, states).await?;
        let outcome = answering.run(&state, &sealed, consent.credential_id).await;
        if outcome.is_err() {
            answering.release().await?;
        }
        outcome.map(Json)
    })
    .await
}

/// One answer, which holds its request.
struct Answering {
    claim: Claim,
    powers: Powers,
}

impl Answering {
    /// Takes a request that is in one of these states, and tells in which, with what it holds.
    async fn begin(
        powers: Powers,
        account: String,
        id: String,
        states: [&'static str; 2],
    ) -> Result<(Self, String, Vec<u8>), WalletError> {
        let now = powers.time.now();
        let until = later(now, SignedDuration::from_secs(ANSWERING_SECONDS));
        let claim = Claim { id, account, until };
        let (claimed, waiting) = powers
            .store
            .write((claim.clone(), now), move |tx, (claim, now)| {
                Box::pin(async move {
                    let claimed = repository::claim_request(tx, claim, states, *now).await?;
                    let mut waiting = false;
                    for state in states {
                        let Claim { id, account, .. } = claim;
                        waiting |= repository::request(tx, id, account, state, *now).await?.is_some();
                    }
                    Ok((claimed, waiting))
                })
            })
            .await?;
        match claimed {
            Some((state, sealed)) => Ok((Self { claim, powers }, state, sealed)),
            None if waiting => Err(WalletError::RequestBusy),
            None => Err(WalletError::RequestOver),
        }
    }

    fn context(&self) -> String {
        request_context(&self.claim.account, &self.claim.id)
    }

    async fn release(self) -> Result<(), WalletError> {
        self.powers
            .store
            .write(self.claim, |tx, claim| {
                Box::pin(repository::release_request(tx, claim))
            })
            .await?;
        Ok(())
    }

    async fn run(&self, state: &str, sealed: &[u8], credential_id: String) -> Result<Outcome, WalletError> {
        let vault = &self.powers.vault;
        let answer: Answer = if state == ANSWERING {
            vault.open(&self.context(), sealed)?
        } else {
            let proven = vault.open(&self.context(), sealed)?;
            let answer = self.answer(&proven, credential_id.clone()).await?;
            // The answer is durable before it leaves.
            self.step(ANSWERING, vault.seal(&self.context(), &answer)?)
                .await?;
            answer
        };
        if answer.credential_id != credential_id {
            return Err(WalletError::RequestOver);
        }
        let outcome = send(&self.powers.world, &answer.redirect_uri, &answer.form).await?;
        match self.settle().await {
            // What the verifier said is true whoever notes it down.
            Err(WalletError::Store(StoreError::ClaimLost { .. })) => {
                tracing::warn!("an answer took so long that another run sends it again");
            }
            settled => settled?,
        }
        Ok(outcome)
    }

    async fn answer(&self, proven: &Proven, credential_id: String) -> Result<Answer, WalletError> {
        let Powers {
            time, store, vault, ..
        } = &self.powers;
        let (held, key) = holding::one(store, vault, &self.claim.account, &credential_id).await?;
        if !fits(&held.summary, &proven.asked) {
            return Err(WalletError::Mismatch);
        }
        let response = AuthorizationResponse {
            vp_token: sign(&held, &key, proven, time.now())?,
            presentation_submission: PresentationSubmission::of_one_credential(
                &random::uuid(&mut SystemRng),
                &proven.asked.scope,
            ),
            state: Some(proven.state.clone()),
        };
        Ok(Answer {
            credential_id,
            redirect_uri: proven.redirect_uri.clone(),
            form: response.to_form(),
        })
    }

    /// The request is answered; what the answer needed is erased.
    async fn settle(&self) -> Result<(), WalletError> {
        let erased = self.powers.vault.seal(&self.context(), &())?;
        self.step(ANSWERED, erased).await
    }

    async fn step(&self, to: &'static str, sealed: Vec<u8>) -> Result<(), WalletError> {
        self.powers
            .store
            .write((self.claim.clone(), sealed), move |tx, (claim, sealed)| {
                Box::pin(repository::step_request(tx, claim, to, sealed))
            })
            .await?;
        Ok(())
    }
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

/// Sends a form and reads what the verifier says of it.
async fn send(world: &World, to: &Url, form: &str) -> Result<Outcome, WalletError> {
    let parameters: Vec<(String, String)> = url::form_urlencoded::parse(form.as_bytes())
        .into_owned()
        .collect();
    let form: Vec<(&str, &str)> = parameters
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let answer = world.client.post_form(Purpose::Protocol, to, &form, None).await?;
    if answer.is_success() {
        return Ok(Outcome {
            accepted: true,
            error: None,
            checks: Vec::new(),
        });
    }
    if answer.status >= 500 || answer.status == 429 {
        return Err(WalletError::Peer(format!(
            "the verifier answered with status {}",
            answer.status
        )));
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
    Ok(Outcome {
        accepted: false,
        error: Some(error),
        checks,
    })
}

/// `POST /api/v1/requests/{id}/decline`: the person does not consent; the verifier is told so.
#[utoipa::path(post, path = "/api/v1/requests/{id}/decline", params(("id" = String, Path)), security(("session" = [])),
    responses((status = 204), (status = 409, description = "PRO-3025: the request is over; PRO-3030: it is being answered")))]
pub(crate) async fn decline(
    account: Account,
    Path(id): Path<String>,
    State(powers): State<Powers>,
) -> Result<StatusCode, WalletError> {
    let runs = powers.runs.clone();
    // A person who hangs up has declined all the same, and the verifier hears of it.
    runs.run(async move {
        let states = [CONFIRMED, CONFIRMED];
        let (refusing, _, sealed) = Answering::begin(powers, account.id, id, states).await?;
        let Powers { vault, world, .. } = &refusing.powers;
        let proven: Proven = vault.open(&refusing.context(), &sealed)?;
        // Over before it is told: of consent and refusal one acts.
        refusing.settle().await?;
        let answer = ErrorResponse {
            error: ErrorCode::AccessDenied.as_str().to_owned(),
            state: Some(proven.state),
            nonce: Some(proven.nonce),
        };
        // The person has declined whether or not the verifier hears of it.
        match send(world, &proven.redirect_uri, &answer.to_form()).await {
            Ok(_) | Err(WalletError::Peer(_) | WalletError::Fetch(GuardError::Transport(..))) => {}
            Err(error) => tracing::info!(%error, "a refusal could not be delivered"),
        }
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}
