//! Rows of the store as states of the protocol, and back.

use jiff::Timestamp;
use procura_crypto::digest::sha256;
use procura_jose::base64url;
use procura_protocol::vp::transaction::{
    Notified, Outcome, Presented, Requested, Started, Terms, Transaction, Undelivered,
};
use procura_store::verifier::{self as rows, Login};

/// The state that a row stands for.
pub(crate) fn state_of(login: &Login) -> Transaction {
    let terms = Terms {
        client: login.client.clone(),
        state: login.state.clone(),
        nonce: login.nonce.clone(),
        scope: login.scope.clone(),
        started_at: login.started_at,
        expires_at: login.expires_at,
    };
    if let (Some(_), Some(at)) = (login.ended, login.undelivered_at) {
        return Transaction::Undelivered(Undelivered { terms, at });
    }
    match (login.ended, login.notified_at, login.requested_at) {
        (Some(_), Some(at), _) => Transaction::Notified(Notified { terms, at }),
        (Some((outcome, at)), None, _) => {
            let outcome = match outcome {
                rows::Outcome::Accepted => Outcome::Accepted,
                rows::Outcome::Declined => Outcome::Declined,
                _ => Outcome::Refused,
            };
            Transaction::Presented(Presented { terms, outcome, at })
        }
        (None, _, Some(requested_at)) => {
            let refusals = u8::try_from(login.refusals).unwrap_or(u8::MAX);
            Transaction::Requested(Requested {
                terms,
                requested_at,
                refusals,
            })
        }
        (None, _, None) => Transaction::Started(Started(terms)),
    }
}

/// The row of a login that begins.
pub(crate) fn row_of(id: String, started: Started, browser: Vec<u8>) -> Login {
    let Started(terms) = started;
    Login {
        id,
        state: terms.state,
        nonce: terms.nonce,
        client: terms.client,
        scope: terms.scope,
        browser,
        started_at: whole_milliseconds(terms.started_at),
        expires_at: whole_milliseconds(terms.expires_at),
        requested_at: None,
        refusals: 0,
        ended: None,
        reasons: None,
        notified_at: None,
        undelivered_at: None,
    }
}

/// What ties an accepted login to the browser that began it (the idea of `OpenID4VP` §13.3): the relying party is told, and
/// only that browser is sent back with it. The row is enough to compute it; the browser's cookie is what makes it
/// unguessable.
pub(crate) fn response_code(login: &Login) -> String {
    let mut input = b"procura/response_code/1\0".to_vec();
    input.extend_from_slice(login.id.as_bytes());
    input.extend_from_slice(&login.browser);
    base64url::encode(&sha256(&input))
}

/// What the store keeps of a point in time.
fn whole_milliseconds(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}
