//! Proving who asks, and for what.

use super::{Asking, Proven, RelyingParty, host};
use crate::{accounts::later, error::WalletError, resources::World};
use jiff::{SignedDuration, Timestamp};
use procura_credential::{Facts, Fetched, Need, judge::Expectations, seal::sealed};
use procura_did::Did;
use procura_jose::{CompactJws, Understood, json};
use procura_protocol::{
    oauth::ErrorCode,
    vp::{Query, REQUEST_OBJECT_TYP, RequestObject, check_request_object, claimed_client_id, scope},
};
use procura_service::Purpose;
use std::collections::BTreeSet;
use url::Url;

/// Seconds from the request on in which it may be answered: a transaction's life.
const ANSWER_SECONDS: i64 = 300;

pub(super) async fn fetch(world: &World, url: &Url) -> Result<String, WalletError> {
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
pub(super) struct Request {
    object: RequestObject,
    legal_name: String,
}

/// The seal is that of `client_id`, the claims hold, and the relying party is a participant.
pub(super) async fn prove(world: &World, raw: &str, now: Timestamp) -> Result<Request, WalletError> {
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
    let expectations = Expectations {
        // A relying party seals with the certificate of a legal person (DOME §3.3.4.3): whoever may sign mandates for it
        // cannot ask in its name.
        representative_policies: BTreeSet::new(),
        ..world.expectations.clone()
    };
    let (verdict, proven) = world
        .judge(|facts| sealed(raw, Some(&client), &expectations, facts, now))
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

/// Only a definite yes lets a relying party in, and only a definite no turns it away for good.
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
        Some(Fetched::Unavailable(_)) | None => return Err(WalletError::Undecided),
    };
    Err(WalletError::NotParticipant {
        did: did.to_string(),
        problem,
    })
}

/// What the person is asked: a scope that is understood, and an address that answers may go to.
pub(super) fn consentable(world: &World, request: Request) -> Result<Proven, WalletError> {
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
    Ok(Proven {
        relying_party: RelyingParty {
            did: object.request.client_id.to_string(),
            legal_name,
            host: host(&redirect_uri),
        },
        asked,
        redirect_uri,
        state: object.request.state,
        nonce: object.request.nonce,
        expires_at: later(object.issued_at, SignedDuration::from_secs(ANSWER_SECONDS)),
        unheard: false,
    })
}
