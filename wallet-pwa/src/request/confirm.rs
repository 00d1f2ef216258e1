//! Confirming: the request object is fetched, once, and proven.

use super::{Asked, CONFIRMED, FETCHED, NAMED, Proven, fits, hold::Hold, proof};
use crate::{
    accounts::later,
    error::{WalletError, is_refused},
    holding,
    resources::{Account, Resources, to_its_end},
};
use axum::{
    Json,
    extract::{Path, State},
};
use jiff::SignedDuration;
use procura_store::wallet as repository;
use url::Url;

/// Hours for which a request object that was shown is remembered: much longer than one lives.
const SHOWN_HOURS: i64 = 1;

/// `POST /api/v1/requests/{id}/confirm`: fetches the request and proves who asks.
///
/// What the link leads to is fetched once; if that fails the code is scanned again. Repeated it judges what was fetched
/// then, while that is fresh, and shows again what is proven already.
#[utoipa::path(post, path = "/api/v1/requests/{id}/confirm", params(("id" = String, Path)), security(("session" = [])),
    tag = "request",
    responses((status = 200, body = Asked), (status = 409, description = "PRO-3025: the request is over; PRO-3030: it is being confirmed; PRO-3031: another run took over"),
        (status = 422, description = "PRO-3021 to PRO-3024: the request is refused"),
        (status = 502, description = "PRO-3027, PRO-3028: it cannot be fetched; the code is scanned again"),
        (status = 503, description = "PRO-3021, PRO-3029: nobody can say now; it may be confirmed again")))]
pub(crate) async fn confirm(
    account: Account,
    Path(id): Path<String>,
    State(resources): State<Resources>,
) -> Result<Json<Asked>, WalletError> {
    let underway = resources.underway.clone();
    // A person who hangs up must not leave a request object that was fetched and is not kept.
    to_its_end(&underway, async move {
        let states = &[NAMED, FETCHED, CONFIRMED];
        let (hold, state, sealed) = Hold::begin(resources, account.id, id, states).await?;
        let asked = match state.as_str() {
            NAMED => match fetched(&hold, &sealed).await {
                Ok(raw) => judged(&hold, &raw).await,
                Err(error) => {
                    // Whatever came of it, the link was followed.
                    hold.refuse().await;
                    return Err(error);
                }
            },
            FETCHED => again(&hold, &sealed).await,
            _ => {
                let asked = shown_again(&hold, &sealed).await;
                hold.release().await;
                return asked.map(Json);
            }
        };
        match &asked {
            Ok(_) => {}
            Err(error) if is_final(error) => hold.refuse().await,
            Err(_) => hold.release().await,
        }
        asked.map(Json)
    })
    .await
}

/// Whether what was fetched is refused for good: what could not be found out may be tried again.
fn is_final(error: &WalletError) -> bool {
    match error {
        WalletError::RequestSeal(verdict) => is_refused(verdict),
        WalletError::Request { .. } | WalletError::NotParticipant { .. } | WalletError::Replayed => true,
        _ => false,
    }
}

/// The request object, durable before it is judged.
async fn fetched(hold: &Hold, sealed: &[u8]) -> Result<String, WalletError> {
    let url: Url = hold.resources.vault.open(&hold.context(), sealed)?;
    let raw = proof::fetch(&hold.resources.world, &url).await?;
    hold.step(FETCHED, &raw).await?;
    Ok(raw)
}

async fn again(hold: &Hold, sealed: &[u8]) -> Result<Asked, WalletError> {
    let raw: String = hold.resources.vault.open(&hold.context(), sealed)?;
    judged(hold, &raw).await
}

async fn shown_again(hold: &Hold, sealed: &[u8]) -> Result<Asked, WalletError> {
    shown(hold, hold.resources.vault.open(&hold.context(), sealed)?).await
}

async fn judged(hold: &Hold, raw: &str) -> Result<Asked, WalletError> {
    let world = &hold.resources.world;
    let request = proof::prove(world, raw, hold.now()).await?;
    let proven = proof::consentable(world, request)?;
    remember(hold, &proven).await?;
    shown(hold, proven).await
}

async fn shown(hold: &Hold, proven: Proven) -> Result<Asked, WalletError> {
    let Resources { store, vault, .. } = &hold.resources;
    let credentials = holding::all(store, vault, &hold.claim.account)
        .await?
        .into_iter()
        .map(|held| held.summary)
        .filter(|summary| fits(summary, &proven.asked))
        .collect();
    Ok(Asked {
        relying_party: proven.relying_party,
        asked: proven.asked,
        credentials,
        expires_at: proven.expires_at,
    })
}

/// Moves on, remembers the request object, and looks whether its login was answered, in one step: of two confirmations of
/// one object one wins.
async fn remember(hold: &Hold, proven: &Proven) -> Result<(), WalletError> {
    let sealed = hold.resources.vault.seal(&hold.context(), proven)?;
    let object = proven.object();
    let login = proven.login(&hold.claim.account);
    let arguments = (hold.claim.clone(), sealed, object, login, proven.expires_at);
    let fresh = hold
        .resources
        .store
        .write(arguments, |tx, (claim, sealed, object, login, expires_at)| {
            Box::pin(async move {
                let forgotten_at = later(*expires_at, SignedDuration::from_hours(SHOWN_HOURS));
                if repository::has_seen_request(tx, login).await?
                    || !repository::see_request(tx, object, forgotten_at).await?
                {
                    return Ok(false);
                }
                repository::leave_request(tx, claim, CONFIRMED, sealed, Some(*expires_at)).await?;
                Ok(true)
            })
        })
        .await?;
    if fresh { Ok(()) } else { Err(WalletError::Replayed) }
}
