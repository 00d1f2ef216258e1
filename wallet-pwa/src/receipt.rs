//! Receiving credentials: offer, metadata, token, proofs, and the judgement before anything is kept.
//!
//! What a run needs is sealed in the database before it is used, so that a wallet that dies goes on where it stopped:
//! the access token is saved before a credential is requested, and the holder's key with it. An offer of several
//! credentials is redeemed once; each of them gets a key and a proof of its own, and is kept as soon as it is proven.
//! What is kept stays, whatever becomes of the others.

mod offer;
mod peer;
mod run;

use crate::{
    accounts::later,
    error::WalletError,
    holding::{self, Summary},
    resources::{Account, Body, Resources, Vault, to_its_end},
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use jiff::{SignedDuration, Timestamp};
use peer::{Granted, Peer};
use procura_crypto::random;
use procura_protocol::vci::Pin;
use procura_service::SystemRng;
use procura_store::{Store, wallet as repository};
use run::Run;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A link that the person scanned or pasted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Link {
    /// The link.
    pub uri: String,
}

/// What is offered, before the person accepts.
#[derive(Serialize, ToSchema)]
pub(crate) struct Preview {
    /// Id of the offer in this wallet.
    pub id: String,
    /// The issuer's identifier, a URL: nothing is proven of it yet.
    pub issuer: String,
    /// What is offered, as the ecosystem or the issuer names it.
    pub credentials: Vec<String>,
    /// Whether the PIN is needed that the organisation handed over.
    pub pin_required: bool,
    /// Until when the offer may be accepted here.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// Accepting an offer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Accept {
    /// The PIN, where it is required.
    #[serde(default)]
    user_pin: Option<String>,
}

/// What an offer brought.
#[derive(Serialize, ToSchema)]
pub(crate) struct Received {
    /// One for each entry of the offer, in its order. What the person has deleted since is left out.
    pub credentials: Vec<Summary>,
}

/// How far a receipt has come; sealed at rest. Of one that is finished only `kept` is left.
#[derive(Serialize, Deserialize)]
struct Progress {
    peer: Peer,
    wanted: Vec<Wanted>,
    /// Ids of the credentials that were received, in the order of `wanted`.
    kept: Vec<String>,
    code: String,
    pin_required: bool,
    granted: Option<Granted>,
}

/// An entry of an offer.
#[derive(Clone, Serialize, Deserialize)]
struct Wanted {
    /// Its name in the offer.
    offered: String,
    /// What the credential must be.
    types: Vec<String>,
}

impl Progress {
    /// What comes next.
    fn next(&self) -> Option<&Wanted> {
        self.wanted.get(self.kept.len())
    }

    /// The error of a run, with what of the offer is kept all the same.
    fn stopped_by(&self, error: WalletError) -> WalletError {
        match self.next() {
            Some(next) if !self.kept.is_empty() => WalletError::Partly {
                kept: self.kept.len(),
                of: self.wanted.len(),
                offered: next.offered.clone(),
                error: Box::new(error),
            },
            _ => error,
        }
    }
}

fn receipt_context(account: &str, id: &str) -> String {
    format!("wallet/receipt/{account}/{id}")
}

/// `POST /api/v1/offers`: looks at an offer without accepting it.
#[utoipa::path(post, path = "/api/v1/offers", request_body = Link, security(("session" = [])),
    responses((status = 201, body = Preview), (status = 422, description = "PRO-3010 to PRO-3014: the offer is refused"),
        (status = 502, description = "PRO-3027: a peer cannot be reached")))]
pub(crate) async fn look(
    account: Account,
    State(resources): State<Resources>,
    Body(link): Body<Link>,
) -> Result<(StatusCode, Json<Preview>), WalletError> {
    let Resources {
        time,
        store,
        vault,
        world,
        lifetimes,
        ..
    } = resources;
    let progress = offer::read(&world, &link.uri).await?;
    let id = random::token(&mut SystemRng, 16);
    let expires_at = later(time.now(), SignedDuration::from_mins(lifetimes.offer_minutes));
    let sealed = vault.seal(&receipt_context(&account.id, &id), &progress)?;
    store
        .write(
            (id.clone(), account.id, sealed, expires_at),
            |tx, (id, account, sealed, expires_at)| {
                Box::pin(repository::add_receipt(tx, id, account, sealed, *expires_at))
            },
        )
        .await?;
    Ok((
        StatusCode::CREATED,
        Json(Preview {
            id,
            issuer: progress.peer.issuer,
            credentials: progress.wanted.into_iter().map(|it| it.offered).collect(),
            pin_required: progress.pin_required,
            expires_at,
        }),
    ))
}

/// `POST /api/v1/offers/{id}/accept`: receives the credentials, proves each, and keeps it.
///
/// May be repeated: what was received already is shown again, and a run that was cut short goes on. Where one credential
/// of several fails, the detail says how many are kept.
#[utoipa::path(post, path = "/api/v1/offers/{id}/accept", params(("id" = String, Path)), request_body = Accept,
    security(("session" = [])),
    responses((status = 201, body = Received), (status = 400, description = "PRO-3015: the PIN is missing"),
        (status = 409, description = "PRO-3019: the offer cannot be received now; PRO-3031: another run took over"),
        (status = 422, description = "PRO-3016, PRO-3018: the issuer refused, or the credential is refused"),
        (status = 502, description = "PRO-3017, PRO-3027, PRO-3028: the issuer refused or cannot be reached"),
        (status = 503, description = "PRO-3018, PRO-3029: nobody can say now whether the credential is good; it may be accepted again")))]
pub(crate) async fn accept(
    account: Account,
    Path(id): Path<String>,
    State(resources): State<Resources>,
    Body(request): Body<Accept>,
) -> Result<(StatusCode, Json<Received>), WalletError> {
    let Resources { store, vault, .. } = &resources;
    let account = account.id;
    let stored = store
        .read((id.clone(), account.clone()), |tx, (id, account)| {
            Box::pin(repository::receipt(tx, id, account))
        })
        .await?
        .ok_or(WalletError::NotFound)?;
    let context = receipt_context(&account, &id);
    if stored.finished {
        let ids: Vec<String> = vault.open(&context, &stored.sealed)?;
        let credentials = kept(store, vault, &account, &ids).await?;
        return Ok((StatusCode::CREATED, Json(Received { credentials })));
    }
    if stored.failed {
        return Err(WalletError::OfferOver(
            "the offer was given up; ask for a new one",
        ));
    }
    let progress: Progress = vault.open(&context, &stored.sealed)?;
    let pin = match (&progress.granted, progress.pin_required, request.user_pin) {
        (Some(_), ..) | (None, false, _) => None,
        (None, true, Some(pin)) => Some(Pin::parse(&pin).map_err(|_| WalletError::Pin)?),
        (None, true, None) => return Err(WalletError::Pin),
    };
    // A person who hangs up must not leave a redeemed code without its token.
    let underway = resources.underway.clone();
    to_its_end(&underway, async move {
        // Read again with the claim: a run that ended in between may have redeemed the code.
        let (mut run, mut progress) = Run::begin(resources, account, id).await?;
        match run.receive(&mut progress, pin).await {
            Ok(credentials) => Ok((StatusCode::CREATED, Json(Received { credentials }))),
            Err(error) => {
                run.release(&error).await;
                Err(progress.stopped_by(error))
            }
        }
    })
    .await
}

/// What of these is held, in their order: the person may have deleted some since.
async fn kept(
    store: &Store,
    vault: &Vault,
    account: &str,
    ids: &[String],
) -> Result<Vec<Summary>, WalletError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut held: BTreeMap<String, Summary> = holding::all(store, vault, account)
        .await?
        .into_iter()
        .map(|held| (held.summary.id.clone(), held.summary))
        .collect();
    Ok(ids.iter().filter_map(|id| held.remove(id)).collect())
}
