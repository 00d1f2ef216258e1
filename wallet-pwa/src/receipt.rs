//! Receiving a credential: offer, metadata, token, proof, and the judgement before anything is kept.
//!
//! What a run needs is sealed in the database before it is used, so that a wallet that dies goes on where it stopped:
//! the access token is saved before the credential is requested, and the holder's key with it.

use crate::{
    accounts::later,
    error::WalletError,
    holding::{Held, Summary, credential_context, key_context},
    powers::{Account, Body, Powers, Time, Vault, World},
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use jiff::{SignedDuration, Timestamp};
use procura_credential::{
    Outcome,
    judge::{Expectations, ProvenCredential, credential},
};
use procura_crypto::{Curve, KeyKind, PrivateKey, random};
use procura_did::{Did, key as did_key};
use procura_jose::{Algorithm, json};
use procura_protocol::{
    Secret,
    oauth::ErrorCode,
    vci::{
        AuthorizationServerMetadata, CredentialOffer, CredentialRequest, CredentialResponse,
        CredentialSchemas, IssuerIdentifier, IssuerMetadata, OfferLink, Pin, TokenRequest, TokenResponse,
        build_proof, resolve,
    },
};
use procura_service::{Purpose, SystemRng, guarded::Answer};
use procura_store::{Store, wallet as repository};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use url::Url;
use utoipa::ToSchema;

/// How long one run at an issuer may hold a receipt.
const RUN_SECONDS: i64 = 45;

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

/// How far a receipt has come; sealed at rest.
#[derive(Serialize, Deserialize)]
struct Progress {
    issuer: String,
    token_endpoint: Url,
    credential_endpoint: Url,
    types: Vec<String>,
    code: String,
    pin_required: bool,
    granted: Option<Granted>,
}

/// From the token on.
#[derive(Serialize, Deserialize, zeroize::ZeroizeOnDrop)]
struct Granted {
    access_token: String,
    c_nonce: String,
    holder_key: Vec<u8>,
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
    State(powers): State<Powers>,
    Body(link): Body<Link>,
) -> Result<(StatusCode, Json<Preview>), WalletError> {
    let Powers {
        time,
        store,
        vault,
        world,
        lifetimes,
    } = powers;
    let (offered, progress) = read_offer(&world, &link.uri).await?;
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
            issuer: progress.issuer.clone(),
            credentials: vec![offered],
            pin_required: progress.pin_required,
            expires_at,
        }),
    ))
}

async fn read_offer(world: &World, link: &str) -> Result<(String, Progress), WalletError> {
    let origins = &world.development_origins;
    let link = OfferLink::parse(link, origins)?;
    let offer = fetch(world, Purpose::Protocol, &link.credential_offer_uri).await?;
    let offer = CredentialOffer::parse(&offer, origins)?;
    let [id] = offer.credentials.as_slice() else {
        return Err(WalletError::SeveralCredentials(offer.credentials.len()));
    };
    let issuer = &offer.credential_issuer;
    let metadata = fetch(world, Purpose::Protocol, &url(&IssuerMetadata::url(issuer))?).await?;
    let metadata = IssuerMetadata::parse(&metadata, issuer, origins)?;
    let server = fetch(
        world,
        Purpose::Protocol,
        &url(&AuthorizationServerMetadata::url(issuer))?,
    )
    .await?;
    let server = AuthorizationServerMetadata::parse(&server, issuer, origins)?;
    own(issuer, "credential_endpoint", &metadata.credential_endpoint)?;
    own(issuer, "token_endpoint", &server.token_endpoint)?;
    if !server.pre_authorized_grant_anonymous_access_supported {
        return Err(WalletError::NotAnonymous);
    }
    let schemas = fetch(world, Purpose::Registry, &world.credential_schemas).await?;
    let schemas = CredentialSchemas::parse(&schemas)?;
    let resolved = resolve(id, &schemas, &metadata).ok_or_else(|| WalletError::Unresolved(id.clone()))?;
    let types = resolved.entry().types.clone();
    let progress = Progress {
        issuer: issuer.to_string(),
        token_endpoint: server.token_endpoint,
        credential_endpoint: metadata.credential_endpoint,
        types,
        code: offer.pre_authorized_code.expose().to_owned(),
        pin_required: offer.user_pin_required,
        granted: None,
    };
    Ok((id.clone(), progress))
}

/// Whoever wrote the metadata, codes, PINs and tokens leave for the issuer's own origin only.
fn own(issuer: &IssuerIdentifier, member: &'static str, endpoint: &Url) -> Result<(), WalletError> {
    if url(issuer.as_str())?.origin() == endpoint.origin() {
        Ok(())
    } else {
        Err(WalletError::Elsewhere(member))
    }
}

/// A body of a successful GET.
async fn fetch(world: &World, purpose: Purpose, url: &Url) -> Result<Vec<u8>, WalletError> {
    let answer = world.client.get(purpose, url, None, None).await?;
    if answer.status == 200 {
        Ok(answer.body)
    } else {
        let origin = url.origin().ascii_serialization();
        Err(WalletError::Peer(format!(
            "{origin} answered with status {}",
            answer.status
        )))
    }
}

fn url(text: &str) -> Result<Url, WalletError> {
    Url::parse(text).map_err(|_| WalletError::Internal("an endpoint of an issuer is not a URL"))
}

/// `POST /api/v1/offers/{id}/accept`: receives the credential, proves it, and keeps it.
///
/// May be repeated: what was received already is shown again, and a run that was cut short goes on.
#[utoipa::path(post, path = "/api/v1/offers/{id}/accept", params(("id" = String, Path)), request_body = Accept,
    security(("session" = [])),
    responses((status = 201, body = Summary), (status = 400, description = "PRO-3015: the PIN is missing"),
        (status = 409, description = "PRO-3019: the offer is over or being received"),
        (status = 422, description = "PRO-3016: code or PIN refused; PRO-3018: the credential is refused")))]
pub(crate) async fn accept(
    account: Account,
    Path(id): Path<String>,
    State(powers): State<Powers>,
    Body(request): Body<Accept>,
) -> Result<(StatusCode, Json<Summary>), WalletError> {
    let Powers {
        time,
        store,
        vault,
        world,
        ..
    } = powers;
    let stored = store
        .read((id.clone(), account.id.clone()), |tx, (id, account)| {
            Box::pin(repository::receipt(tx, id, account))
        })
        .await?
        .ok_or(WalletError::NotFound)?;
    if let Some(credential) = &stored.credential {
        let (held, _) = crate::holding::one(&store, &vault, &account.id, credential).await?;
        return Ok((StatusCode::CREATED, Json(held.summary)));
    }
    if stored.failed {
        return Err(WalletError::OfferOver(
            "the offer was given up; ask for a new one",
        ));
    }
    let progress: Progress = vault.open(&receipt_context(&account.id, &id), &stored.sealed)?;
    let pin = match (&progress.granted, progress.pin_required, request.user_pin) {
        (Some(_), ..) | (None, false, _) => None,
        (None, true, Some(pin)) => Some(Pin::parse(&pin).map_err(|_| WalletError::Pin)?),
        (None, true, None) => return Err(WalletError::Pin),
    };
    let run = Run {
        id,
        account: account.id,
        time,
        store,
        vault,
        world,
    };
    // Read again with the claim: a run that ended in between may have redeemed the code.
    let sealed = run.claim().await?;
    let progress: Progress = run.vault.open(&receipt_context(&run.account, &run.id), &sealed)?;
    // In a task of its own: a person who hangs up must not leave a redeemed code without its token.
    tokio::spawn(async move {
        match run.receive(progress, pin).await {
            Ok(summary) => Ok((StatusCode::CREATED, Json(summary))),
            Err(error) => {
                run.release(over(&error)).await?;
                Err(error)
            }
        }
    })
    .await
    .map_err(|_| WalletError::Internal("a receipt was cut short"))?
}

/// Whether an error ends the offer: after a wrong PIN, a peer out of reach, or a judgement that lacked a fact it may be
/// tried again.
fn over(error: &WalletError) -> bool {
    match error {
        WalletError::CredentialRefused(verdict) => {
            verdict.refusals().any(|check| check.outcome == Outcome::Failed)
        }
        WalletError::Issuer(_) => true,
        _ => false,
    }
}

/// One run at the issuer.
struct Run {
    id: String,
    account: String,
    time: Time,
    store: Store,
    vault: Vault,
    world: World,
}

impl Run {
    /// Takes the receipt, and tells how far it has come, sealed.
    async fn claim(&self) -> Result<Vec<u8>, WalletError> {
        let now = self.time.now();
        let until = later(now, SignedDuration::from_secs(RUN_SECONDS));
        let claimed = self
            .store
            .write(
                (self.id.clone(), self.account.clone(), now, until),
                |tx, (id, account, now, until)| {
                    Box::pin(async move {
                        if !repository::claim_receipt(tx, id, account, *now, *until).await? {
                            return Ok(None);
                        }
                        repository::receipt(tx, id, account).await
                    })
                },
            )
            .await?;
        claimed
            .map(|receipt| receipt.sealed)
            .ok_or(WalletError::OfferOver(
                "the offer has expired, or is being received right now",
            ))
    }

    async fn release(&self, failed: bool) -> Result<(), WalletError> {
        let arguments = (self.id.clone(), failed, self.time.now());
        self.store
            .write(arguments, |tx, (id, failed, now)| {
                Box::pin(repository::release_receipt(tx, id, *failed, *now))
            })
            .await?;
        Ok(())
    }

    async fn receive(&self, mut progress: Progress, pin: Option<Pin>) -> Result<Summary, WalletError> {
        let granted = if let Some(granted) = progress.granted.take() {
            granted
        } else {
            let granted = self.token(&progress, pin).await?;
            progress.granted = Some(granted);
            let sealed = self
                .vault
                .seal(&receipt_context(&self.account, &self.id), &progress)?;
            self.store
                .write((self.id.clone(), sealed), |tx, (id, sealed)| {
                    Box::pin(repository::save_receipt(tx, id, sealed))
                })
                .await?;
            progress
                .granted
                .take()
                .ok_or(WalletError::Internal("the grant is gone"))?
        };
        let key = PrivateKey::from_pkcs8_der(&granted.holder_key)
            .map_err(|_| WalletError::Internal("a holder key cannot be read"))?;
        let holder = did_key::encode(key.public_key())
            .map_err(|_| WalletError::Internal("a holder key has no did:key"))?;
        let raw = self.credential(&progress, &granted, &holder, &key).await?;
        let proven = self.prove(&raw, &progress, &holder).await?;
        self.keep(&proven, &granted.holder_key).await
    }

    /// Redeems the code, and makes the key that this credential alone is held under.
    async fn token(&self, progress: &Progress, pin: Option<Pin>) -> Result<Granted, WalletError> {
        let request = TokenRequest {
            pre_authorized_code: Secret::new(progress.code.clone()),
            user_pin: pin,
        };
        let endpoint = &progress.token_endpoint;
        let answer = self
            .world
            .client
            .post_form(Purpose::Protocol, endpoint, &request.to_form(), None)
            .await?;
        if answer.status != 200 {
            return Err(match error_code(&answer) {
                Some(ErrorCode::InvalidGrant) => WalletError::Grant,
                code => refused_by_issuer(code, &answer),
            });
        }
        let token =
            TokenResponse::parse(&answer.body).map_err(|error| WalletError::Peer(error.to_string()))?;
        let key = PrivateKey::generate(KeyKind::Ec(Curve::P256))
            .map_err(|_| WalletError::Internal("no key can be made"))?;
        Ok(Granted {
            access_token: token.access_token.expose().to_owned(),
            c_nonce: token.c_nonce.expose().to_owned(),
            holder_key: key.to_pkcs8_der().to_vec(),
        })
    }

    /// Requests the credential; once more when the issuer gives a fresh nonce.
    async fn credential(
        &self,
        progress: &Progress,
        granted: &Granted,
        holder: &Did,
        key: &PrivateKey,
    ) -> Result<String, WalletError> {
        let endpoint = &progress.credential_endpoint;
        let issuer = IssuerIdentifier::parse(&progress.issuer, &self.world.development_origins)
            .map_err(|_| WalletError::Internal("an issuer's identifier cannot be read"))?;
        let mut nonce = Secret::new(granted.c_nonce.clone());
        let mut retried = false;
        loop {
            let proof = self.proof(&issuer, holder, key, &nonce)?;
            let request = CredentialRequest::to_json(Some(&progress.types), &proof);
            let answer = self
                .world
                .client
                .post_json(Purpose::Protocol, endpoint, &request, Some(&granted.access_token))
                .await?;
            if answer.status == 200 {
                let response = CredentialResponse::parse(&answer.body)
                    .map_err(|error| WalletError::Peer(error.to_string()))?;
                return Ok(response.credential);
            }
            let code = error_code(&answer);
            match fresh_nonce(&answer) {
                Some(fresh) if code == Some(ErrorCode::InvalidOrMissingProof) && !retried => {
                    nonce = fresh;
                    retried = true;
                }
                _ => return Err(refused_by_issuer(code, &answer)),
            }
        }
    }

    fn proof(
        &self,
        issuer: &IssuerIdentifier,
        holder: &Did,
        key: &PrivateKey,
        nonce: &Secret,
    ) -> Result<String, WalletError> {
        let failed = |_| WalletError::Internal("a proof cannot be signed");
        let prepared =
            build_proof(holder, Algorithm::Es256, issuer, nonce, self.time.now()).map_err(failed)?;
        let signature = key
            .sign(Algorithm::Es256.scheme(), prepared.bytes())
            .map_err(|_| WalletError::Internal("a proof cannot be signed"))?;
        Ok(prepared.finish(&signature))
    }

    /// Seal, chain, did:elsi, type, status, and that it is for the key that was made for it.
    async fn prove(
        &self,
        raw: &str,
        progress: &Progress,
        holder: &Did,
    ) -> Result<ProvenCredential, WalletError> {
        let expectations = Expectations {
            credential_types: specific(&progress.types),
            ..self.world.expectations.clone()
        };
        let now = self.time.now();
        let (verdict, proven) = self
            .world
            .judge(|facts| credential(raw, Some(holder), &expectations, facts, now))
            .await?;
        proven.ok_or(WalletError::CredentialRefused(verdict))
    }

    async fn keep(&self, proven: &ProvenCredential, key: &[u8]) -> Result<Summary, WalletError> {
        let id = random::token(&mut SystemRng, 16);
        let held = Held {
            raw: proven.raw.clone(),
            summary: Summary::of(&id, proven),
        };
        let stored = repository::StoredCredential {
            sealed: self.vault.seal(&credential_context(&self.account, &id), &held)?,
            sealed_key: self
                .vault
                .0
                .seal_value(&mut SystemRng, &key_context(&self.account, &id), key)?,
            received_at: self.time.now(),
            id,
        };
        // Code, token and key have done their work in the receipt.
        let emptied = self.vault.seal(&receipt_context(&self.account, &self.id), &())?;
        self.store
            .write(
                (self.id.clone(), self.account.clone(), stored, emptied),
                |tx, (id, account, stored, emptied)| {
                    Box::pin(async move {
                        repository::add_credential(tx, account, stored).await?;
                        repository::finish_receipt(tx, id, &stored.id, emptied).await
                    })
                },
            )
            .await?;
        Ok(held.summary)
    }
}

/// The most specific type: `VerifiableCredential` says nothing.
fn specific(types: &[String]) -> BTreeSet<String> {
    types
        .iter()
        .filter(|kind| *kind != "VerifiableCredential")
        .cloned()
        .collect()
}

fn error_code(answer: &Answer) -> Option<ErrorCode> {
    let object = json::parse_object(&answer.body, json::Limits::default()).ok()?;
    ErrorCode::from_name(object.get("error")?.as_str()?)
}

fn fresh_nonce(answer: &Answer) -> Option<Secret> {
    let object = json::parse_object(&answer.body, json::Limits::default()).ok()?;
    object
        .get("c_nonce")?
        .as_str()
        .filter(|nonce| !nonce.is_empty())
        .map(Secret::new)
}

/// Only registered codes are repeated: what else an issuer writes is a stranger's text. A server in trouble may be
/// asked again.
fn refused_by_issuer(code: Option<ErrorCode>, answer: &Answer) -> WalletError {
    if answer.status >= 500 || answer.status == 429 {
        return WalletError::Peer(format!(
            "the issuer answered with status {}; try again later",
            answer.status
        ));
    }
    WalletError::Issuer(match code {
        Some(code) => code.to_string(),
        None => format!("status {}", answer.status),
    })
}
