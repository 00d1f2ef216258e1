//! Answering an authorization request: the host is confirmed, the request is proven, the person consents, the
//! presentation is signed by the credential's own key.

use crate::{
    accounts::later,
    error::WalletError,
    holding::{self, Summary},
    powers::{Account, Body, Powers, Vault, World},
    receipt::Link,
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use jiff::{SignedDuration, Timestamp};
use procura_credential::{Facts, Fetched, Need, presentation, seal::sealed};
use procura_crypto::{PrivateKey, digest::sha256, random};
use procura_did::Did;
use procura_jose::{Algorithm, CompactJws, Understood, json, jws};
use procura_protocol::{
    oauth::ErrorCode,
    vp::{
        AuthorizationResponse, ErrorResponse, PresentationSubmission, Query, REQUEST_OBJECT_TYP,
        RequestObject, check_request_object, claimed_client_id, scope,
    },
};
use procura_service::{Purpose, SystemRng, guarded::GuardError};
use procura_store::{Store, wallet as repository};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use url::Url;
use utoipa::ToSchema;

/// Minutes in which a scanned link may be confirmed.
const NAMED_MINUTES: i64 = 10;
/// Seconds from the request on in which it may be answered: a transaction's life.
const ANSWER_SECONDS: i64 = 300;

/// Seconds that one answer may hold a request: longer than a verifier's slowest reply.
const ANSWERING_SECONDS: i64 = 30;

const NAMED: &str = "named";
const CONFIRMED: &str = "confirmed";
const ANSWERING: &str = "answering";
const ANSWERED: &str = "answered";
const REFUSED: &str = "refused";

/// Where a scanned link leads.
#[derive(Serialize, ToSchema)]
pub(crate) struct Named {
    /// Id of the request in this wallet.
    pub id: String,
    /// The host that the person must confirm before anything is fetched.
    pub host: String,
}

/// What a proven request asks for.
#[derive(Serialize, ToSchema)]
pub(crate) struct Asked {
    /// Who asks, as proven.
    pub relying_party: RelyingParty,
    /// What is asked for.
    #[expect(clippy::struct_field_names, reason = "the name on the wire")]
    pub asked: Asking,
    /// The person's credentials that fit.
    pub credentials: Vec<Summary>,
    /// Until when it may be answered.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// A relying party whose seal was proven and that is a participant.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct RelyingParty {
    /// Its did:elsi.
    pub did: String,
    /// The legal name in its certificate.
    pub legal_name: String,
    /// The host that the presentation would go to.
    pub host: String,
}

/// What is asked for.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct Asking {
    /// The scope.
    pub scope: String,
    /// The credential types that it stands for.
    pub credential_types: BTreeSet<String>,
}

/// Consent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Present {
    /// Which credential.
    credential_id: String,
}

/// What the verifier said.
#[derive(Serialize, ToSchema)]
pub(crate) struct Outcome {
    /// Whether it accepted.
    pub accepted: bool,
    /// The standard's code when it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The names of the checks that refused, where the verifier tells them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<String>,
}

/// A proven request; sealed at rest.
#[derive(Serialize, Deserialize)]
struct Proven {
    relying_party: RelyingParty,
    asked: Asking,
    redirect_uri: Url,
    state: String,
    nonce: String,
}

/// An answer that was made and perhaps sent; sealed at rest. Sent again it is the same one, so that a verifier never sees
/// two presentations for one nonce.
#[derive(Serialize, Deserialize, zeroize::ZeroizeOnDrop)]
struct Answer {
    credential_id: String,
    #[zeroize(skip)]
    redirect_uri: Url,
    form: String,
}

fn request_context(account: &str, id: &str) -> String {
    format!("wallet/request/{account}/{id}")
}

/// `POST /api/v1/requests`: reads a scanned link and names its host; nothing is fetched yet.
#[utoipa::path(post, path = "/api/v1/requests", request_body = Link, security(("session" = [])),
    responses((status = 201, body = Named), (status = 422, description = "PRO-3020: not a link to a request")))]
pub(crate) async fn name(
    account: Account,
    State(powers): State<Powers>,
    Body(link): Body<Link>,
) -> Result<(StatusCode, Json<Named>), WalletError> {
    let Powers {
        time,
        store,
        vault,
        world,
        ..
    } = powers;
    let url = request_link(&link.uri)?;
    world.client.check(Purpose::Protocol, &url)?;
    let id = random::token(&mut SystemRng, 16);
    let sealed = vault.seal(&request_context(&account.id, &id), &url)?;
    let expires_at = later(time.now(), SignedDuration::from_mins(NAMED_MINUTES));
    store
        .write(
            (id.clone(), account.id, sealed, expires_at),
            |tx, (id, account, sealed, expires_at)| {
                Box::pin(repository::add_request(
                    tx,
                    id,
                    account,
                    NAMED,
                    sealed,
                    *expires_at,
                ))
            },
        )
        .await?;
    Ok((StatusCode::CREATED, Json(Named { id, host: host(&url) })))
}

/// `https://…/authorization-requests?state=…`; the document also writes `/authentication-requests`.
fn request_link(text: &str) -> Result<Url, WalletError> {
    let refused = |reason| Err(WalletError::RequestLink(reason));
    if text.len() > 2048 {
        return refused("it is too long");
    }
    let Ok(url) = Url::parse(text) else {
        return refused("it is not a URL");
    };
    let path = url.path();
    if !path.ends_with("/authorization-requests") && !path.ends_with("/authentication-requests") {
        return refused("its path is neither /authorization-requests nor /authentication-requests");
    }
    let mut parameters = url.query_pairs();
    match (parameters.next(), parameters.next()) {
        (Some((name, state)), None) if name == "state" && !state.is_empty() => {}
        _ => return refused("it must have exactly one parameter, state"),
    }
    Ok(url)
}

fn host(url: &Url) -> String {
    let name = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"))
}

/// `POST /api/v1/requests/{id}/confirm`: fetches the request and proves who asks.
#[utoipa::path(post, path = "/api/v1/requests/{id}/confirm", params(("id" = String, Path)), security(("session" = [])),
    responses((status = 200, body = Asked), (status = 409, description = "PRO-3025: the request is over"),
        (status = 422, description = "PRO-3021 to PRO-3024: the request is refused")))]
pub(crate) async fn confirm(
    account: Account,
    Path(id): Path<String>,
    State(powers): State<Powers>,
) -> Result<Json<Asked>, WalletError> {
    let Powers {
        time,
        store,
        vault,
        world,
        ..
    } = powers;
    let now = time.now();
    let sealed = load(&store, &account.id, &id, NAMED, now).await?;
    let url: Url = vault.open(&request_context(&account.id, &id), &sealed)?;
    let proof = async {
        let raw = fetch(&world, &url).await?;
        let object = prove(&world, &raw, now).await?;
        consentable(&world, object)
    };
    let (proven, issued_at) = match proof.await {
        Ok(proven) => proven,
        Err(error) => {
            // A relying party out of reach may be tried again; whatever was refused is over.
            if !matches!(
                error,
                WalletError::Fetch(_) | WalletError::Peer(_) | WalletError::Undecided
            ) {
                end(&store, &account.id, &id, NAMED, REFUSED, now).await?;
            }
            return Err(error);
        }
    };
    let expires_at = later(issued_at, SignedDuration::from_secs(ANSWER_SECONDS));
    // Before the request is remembered: what fails here leaves it to be confirmed again.
    let credentials = holding::all(&store, &vault, &account.id)
        .await?
        .into_iter()
        .map(|held| held.summary)
        .filter(|summary| fits(summary, &proven.asked))
        .collect();
    remember(&store, &vault, &account.id, &id, &proven, expires_at, now).await?;
    Ok(Json(Asked {
        relying_party: proven.relying_party,
        asked: proven.asked,
        credentials,
        expires_at,
    }))
}

async fn load(
    store: &Store,
    account: &str,
    id: &str,
    state: &'static str,
    now: Timestamp,
) -> Result<Vec<u8>, WalletError> {
    store
        .read(
            (id.to_owned(), account.to_owned(), now),
            move |tx, (id, account, now)| Box::pin(repository::request(tx, id, account, state, *now)),
        )
        .await?
        .ok_or(WalletError::RequestOver)
}

async fn end(
    store: &Store,
    account: &str,
    id: &str,
    from: &'static str,
    to: &'static str,
    now: Timestamp,
) -> Result<(), WalletError> {
    store
        .write(
            (id.to_owned(), account.to_owned(), now),
            move |tx, (id, account, now)| Box::pin(repository::move_request(tx, id, account, from, to, *now)),
        )
        .await?;
    Ok(())
}

/// Moves on and remembers client and nonce in one step: of two confirmations one wins, and a request that was shown
/// before is not shown again.
async fn remember(
    store: &Store,
    vault: &Vault,
    account: &str,
    id: &str,
    proven: &Proven,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<(), WalletError> {
    let seen = sha256(format!("{}\n{}", proven.relying_party.did, proven.nonce).as_bytes());
    let sealed = vault.seal(&request_context(account, id), proven)?;
    let arguments = (id.to_owned(), account.to_owned(), seen, sealed, expires_at, now);
    let (moved, fresh) = store
        .write(arguments, |tx, (id, account, seen, sealed, expires_at, now)| {
            Box::pin(async move {
                if !repository::see_request(tx, seen, later(*expires_at, SignedDuration::from_hours(1)))
                    .await?
                {
                    let moved = repository::move_request(tx, id, account, NAMED, REFUSED, *now).await?;
                    return Ok((moved, false));
                }
                let moved = repository::move_request(tx, id, account, NAMED, CONFIRMED, *now).await?;
                repository::save_request(tx, id, sealed, *expires_at).await?;
                Ok((moved, true))
            })
        })
        .await?;
    match (moved, fresh) {
        (false, _) => Err(WalletError::RequestOver),
        (true, false) => Err(WalletError::Replayed),
        (true, true) => Ok(()),
    }
}

async fn fetch(world: &World, url: &Url) -> Result<String, WalletError> {
    let answer = world.client.get(Purpose::Protocol, url, None, None).await?;
    if answer.status != 200 {
        return Err(match answer.status {
            404 | 410 => WalletError::RequestOver,
            status => WalletError::Peer(format!("the verifier answered with status {status}")),
        });
    }
    String::from_utf8(answer.body).map_err(|_| refused(ErrorCode::InvalidRequest, "it is not text"))
}

fn refused(error: ErrorCode, reason: &(impl ToString + ?Sized)) -> WalletError {
    WalletError::Request {
        error: error.as_str(),
        reason: reason.to_string(),
    }
}

/// A request of which everything is proven but that the person consents.
struct Request {
    object: RequestObject,
    legal_name: String,
}

/// The seal is that of `client_id`, the claims hold, and the relying party is a participant.
async fn prove(world: &World, raw: &str, now: Timestamp) -> Result<Request, WalletError> {
    let raw = raw.trim_end_matches(['\r', '\n']);
    let jws = CompactJws::parse(raw, Understood::default(), json::Limits::default())
        .map_err(|error| refused(ErrorCode::InvalidRequest, &error))?;
    if jws.header.typ.as_deref() != Some(REQUEST_OBJECT_TYP) {
        return Err(refused(
            ErrorCode::InvalidRequest,
            &format!("typ is not {REQUEST_OBJECT_TYP:?}"),
        ));
    }
    // Which rule the claims break is told only once; whose seal is expected must be known before.
    let Some(client) = claimed_client_id(jws.unverified_payload()) else {
        return Err(match check_request_object(jws.unverified_payload(), now) {
            Err(error) => refused(error.code(), &error),
            Ok(_) => refused(ErrorCode::InvalidRequest, "it names no client_id"),
        });
    };
    let expectations = &world.expectations;
    let (verdict, proven) = world
        .judge(|facts| sealed(raw, Some(&client), expectations, facts, now))
        .await?;
    let Some(proven) = proven else {
        return Err(WalletError::RequestSeal(verdict));
    };
    let object = check_request_object(&proven.payload, now).map_err(|error| refused(error.code(), &error))?;
    participant(world, &client).await?;
    Ok(Request {
        object,
        legal_name: proven.by.legal_name,
    })
}

/// Only a definite yes lets a relying party in.
async fn participant(world: &World, did: &Did) -> Result<(), WalletError> {
    let mut facts = Facts::default();
    world
        .gatherer
        .gather(&BTreeSet::from([Need::Participant(did.clone())]), &mut facts)
        .await;
    let problem = match facts.participants.get(did) {
        Some(Fetched::Have { value: true, .. }) => return Ok(()),
        Some(Fetched::Have { value: false, .. }) => "is no longer an active participant of the ecosystem",
        Some(Fetched::Absent) => "is not a participant of the ecosystem",
        Some(Fetched::Unavailable(_)) | None => {
            "cannot be looked up in the ecosystem's registry, which is not enough to be trusted; try again later"
        }
    };
    Err(WalletError::NotParticipant {
        did: did.to_string(),
        problem,
    })
}

/// What the person is asked: a scope that is understood, and an address that answers may go to.
fn consentable(world: &World, request: Request) -> Result<(Proven, Timestamp), WalletError> {
    let Request { object, legal_name } = request;
    let asked = match object.request.query {
        Query::Scope(scope) => {
            let credential_types =
                scope::credential_types(&scope).map_err(|error| refused(ErrorCode::InvalidScope, &error))?;
            Asking {
                scope,
                credential_types,
            }
        }
        _ => {
            return Err(refused(
                ErrorCode::InvalidRequest,
                "this wallet understands requests by scope; presentation definitions are not supported",
            ));
        }
    };
    let redirect_uri = object.request.redirect_uri;
    world.client.check(Purpose::Protocol, &redirect_uri)?;
    let proven = Proven {
        relying_party: RelyingParty {
            did: object.request.client_id.to_string(),
            legal_name,
            host: host(&redirect_uri),
        },
        asked,
        redirect_uri,
        state: object.request.state,
        nonce: object.request.nonce,
    };
    Ok((proven, object.issued_at))
}

fn fits(summary: &Summary, asked: &Asking) -> bool {
    summary
        .types
        .iter()
        .any(|kind| asked.credential_types.contains(kind))
}

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
    let answering = Answering {
        id,
        account: account.id,
        powers,
    };
    let (state, sealed) = answering.claim().await?;
    // In a task of its own: a person who hangs up must not leave a presentation of which nobody knows what came.
    tokio::spawn(async move {
        let outcome = answering.run(&state, &sealed, consent.credential_id).await;
        if outcome.is_err() {
            answering.release().await?;
        }
        outcome.map(Json)
    })
    .await
    .map_err(|_| WalletError::Internal("an answer was cut short"))?
}

/// One answer to a request.
struct Answering {
    id: String,
    account: String,
    powers: Powers,
}

impl Answering {
    fn arguments(&self) -> (String, String, Timestamp) {
        (self.id.clone(), self.account.clone(), self.powers.time.now())
    }

    async fn claim(&self) -> Result<(String, Vec<u8>), WalletError> {
        let claimed = self
            .powers
            .store
            .write(self.arguments(), |tx, (id, account, now)| {
                Box::pin(async move {
                    let until = later(*now, SignedDuration::from_secs(ANSWERING_SECONDS));
                    let states = [CONFIRMED, ANSWERING];
                    let claimed = repository::claim_request(tx, id, account, states, *now, until).await?;
                    let waiting = repository::request(tx, id, account, ANSWERING, *now)
                        .await?
                        .is_some()
                        || repository::request(tx, id, account, CONFIRMED, *now)
                            .await?
                            .is_some();
                    Ok((claimed, waiting))
                })
            })
            .await?;
        match claimed {
            (Some(claimed), _) => Ok(claimed),
            (None, true) => Err(WalletError::RequestBusy),
            (None, false) => Err(WalletError::RequestOver),
        }
    }

    async fn release(&self) -> Result<(), WalletError> {
        self.powers
            .store
            .write(self.arguments(), |tx, (id, account, _)| {
                Box::pin(repository::release_request(tx, id, account))
            })
            .await?;
        Ok(())
    }

    async fn run(&self, state: &str, sealed: &[u8], credential_id: String) -> Result<Outcome, WalletError> {
        let context = request_context(&self.account, &self.id);
        let answer: Answer = if state == ANSWERING {
            self.powers.vault.open(&context, sealed)?
        } else {
            let answer = self
                .answer(&self.powers.vault.open(&context, sealed)?, credential_id.clone())
                .await?;
            self.keep(&answer, &context).await?;
            answer
        };
        if answer.credential_id != credential_id {
            return Err(WalletError::RequestOver);
        }
        let outcome = send(&self.powers.world, &answer.redirect_uri, &answer.form).await?;
        self.finish(&context).await?;
        Ok(outcome)
    }

    async fn answer(&self, proven: &Proven, credential_id: String) -> Result<Answer, WalletError> {
        let Powers {
            time, store, vault, ..
        } = &self.powers;
        let (held, key) = holding::one(store, vault, &self.account, &credential_id).await?;
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

    /// The answer is durable before it leaves.
    async fn keep(&self, answer: &Answer, context: &str) -> Result<(), WalletError> {
        self.step(CONFIRMED, ANSWERING, self.powers.vault.seal(context, answer)?)
            .await
    }

    /// What the answer needed is erased.
    async fn finish(&self, context: &str) -> Result<(), WalletError> {
        self.step(ANSWERING, ANSWERED, self.powers.vault.seal(context, &())?)
            .await
    }

    async fn step(&self, from: &'static str, to: &'static str, sealed: Vec<u8>) -> Result<(), WalletError> {
        let moved = self
            .powers
            .store
            .write(
                (self.arguments(), sealed),
                move |tx, ((id, account, now), sealed)| {
                    Box::pin(async move {
                        let moved = repository::move_request(tx, id, account, from, to, *now).await?;
                        if moved {
                            repository::reseal_request(tx, id, sealed).await?;
                        }
                        Ok(moved)
                    })
                },
            )
            .await?;
        if moved {
            Ok(())
        } else {
            Err(WalletError::RequestOver)
        }
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

/// Ends a request that nobody is answering, in one step: of consent and refusal one acts.
async fn take_to_decline(
    store: &Store,
    account: &str,
    id: &str,
    now: Timestamp,
) -> Result<Vec<u8>, WalletError> {
    let (taken, waiting) = store
        .write(
            (id.to_owned(), account.to_owned(), now),
            |tx, (id, account, now)| {
                Box::pin(async move {
                    let until = later(*now, SignedDuration::from_secs(ANSWERING_SECONDS));
                    let states = [CONFIRMED, CONFIRMED];
                    let taken = repository::claim_request(tx, id, account, states, *now, until).await?;
                    if taken.is_some() {
                        repository::move_request(tx, id, account, CONFIRMED, ANSWERED, *now).await?;
                    }
                    let waiting = repository::request(tx, id, account, CONFIRMED, *now)
                        .await?
                        .is_some();
                    Ok((taken, waiting))
                })
            },
        )
        .await?;
    match (taken, waiting) {
        (Some((_, sealed)), _) => Ok(sealed),
        (None, true) => Err(WalletError::RequestBusy),
        (None, false) => Err(WalletError::RequestOver),
    }
}

/// `POST /api/v1/requests/{id}/decline`: the person does not consent; the verifier is told so.
#[utoipa::path(post, path = "/api/v1/requests/{id}/decline", params(("id" = String, Path)), security(("session" = [])),
    responses((status = 204), (status = 409, description = "PRO-3025: the request is over; PRO-3030: it is being answered")))]
pub(crate) async fn decline(
    account: Account,
    Path(id): Path<String>,
    State(powers): State<Powers>,
) -> Result<StatusCode, WalletError> {
    let Powers {
        time,
        store,
        vault,
        world,
        ..
    } = powers;
    let now = time.now();
    let sealed = take_to_decline(&store, &account.id, &id, now).await?;
    let proven: Proven = vault.open(&request_context(&account.id, &id), &sealed)?;
    let answer = ErrorResponse {
        error: ErrorCode::AccessDenied.as_str().to_owned(),
        state: Some(proven.state),
    };
    // The person has declined whether or not the verifier hears of it.
    match send(&world, &proven.redirect_uri, &answer.to_form()).await {
        Ok(_) | Err(WalletError::Peer(_) | WalletError::Fetch(GuardError::Transport(..))) => {}
        Err(error) => tracing::info!(%error, "a refusal could not be delivered"),
    }
    Ok(StatusCode::NO_CONTENT)
}
