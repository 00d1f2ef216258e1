//! Answering an authorization request: the host is confirmed, the request is proven, the person consents, the
//! presentation is signed by the credential's own key.

pub(crate) mod answer;
mod proof;

use crate::{
    accounts::later,
    error::WalletError,
    holding::{self, Summary},
    powers::{Account, Body, Powers, Vault},
    receipt::Link,
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use jiff::{SignedDuration, Timestamp};
use procura_crypto::{digest::sha256, random};
use procura_service::{Purpose, SystemRng};
use procura_store::{
    Store,
    wallet::{self as repository, Move},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use url::Url;
use utoipa::ToSchema;

/// Minutes in which a scanned link may be confirmed.
const NAMED_MINUTES: i64 = 10;
/// Seconds from the request on in which it may be answered: a transaction's life.
const ANSWER_SECONDS: i64 = 300;

const NAMED: &str = "named";
const CONFIRMED: &str = "confirmed";
const ANSWERING: &str = "answering";
const ANSWERED: &str = "answered";
const REFUSAL: Move<'_> = Move {
    from: NAMED,
    to: "refused",
    contents: None,
};

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
    let proving = async {
        let raw = proof::fetch(&world, &url).await?;
        let object = proof::prove(&world, &raw, now).await?;
        proof::consentable(&world, object)
    };
    let (proven, issued_at) = match proving.await {
        Ok(proven) => proven,
        Err(error) => {
            // A relying party out of reach may be tried again; whatever was refused is over.
            if !matches!(
                error,
                WalletError::Fetch(_) | WalletError::Peer(_) | WalletError::Undecided
            ) {
                refuse(&store, &account.id, &id, now).await?;
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

/// A request that was refused is over.
async fn refuse(store: &Store, account: &str, id: &str, now: Timestamp) -> Result<(), WalletError> {
    store
        .write(
            (id.to_owned(), account.to_owned(), now),
            |tx, (id, account, now)| {
                Box::pin(async move { repository::move_request(tx, id, account, &REFUSAL, *now).await })
            },
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
                    let moved = repository::move_request(tx, id, account, &REFUSAL, *now).await?;
                    return Ok((moved, false));
                }
                let confirmation = Move {
                    from: NAMED,
                    to: CONFIRMED,
                    contents: Some((sealed, *expires_at)),
                };
                let moved = repository::move_request(tx, id, account, &confirmation, *now).await?;
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

fn fits(summary: &Summary, asked: &Asking) -> bool {
    summary
        .types
        .iter()
        .any(|kind| asked.credential_types.contains(kind))
}
