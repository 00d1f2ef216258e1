//! One run's hold on a request: of two that come at the same time one acts.

use super::{ANSWERED, ANSWERING, Answer, CONFIRMED, FETCHING, NAMED, Proven, REFUSED, request_context};
use crate::{accounts::later, error::WalletError, resources::Resources};
use jiff::{SignedDuration, Timestamp};
use procura_store::{
    StoreError,
    wallet::{self as repository, Claim},
};
use serde::Serialize;

/// Seconds that one run may hold a request: longer than a verifier's slowest reply, or than a judgement takes.
const HELD_SECONDS: i64 = 30;
/// Hours for which an answered login is remembered: longer than one is open.
const ANSWERED_HOURS: i64 = 24;

/// One run, which holds its request.
pub(super) struct Hold {
    pub(super) claim: Claim,
    pub(super) resources: Resources,
}

impl Hold {
    /// Takes a request that is in one of these states, and tells in which, with what it holds.
    pub(super) async fn begin(
        resources: Resources,
        account: String,
        id: String,
        states: &'static [&'static str],
    ) -> Result<(Self, String, Vec<u8>), WalletError> {
        let now = resources.time.now();
        let until = later(now, SignedDuration::from_secs(HELD_SECONDS));
        let claim = Claim { id, account, until };
        let (claimed, busy) = resources
            .store
            .write((claim.clone(), now), move |tx, (claim, now)| {
                Box::pin(async move {
                    let Some((state, sealed)) = repository::claim_request(tx, claim, states, *now).await?
                    else {
                        let Claim { id, account, .. } = claim;
                        return Ok((None, repository::request_is_held(tx, id, account, *now).await?));
                    };
                    if state == NAMED {
                        // Durable before anything is fetched: a link is followed once.
                        repository::step_request(tx, claim, FETCHING, &sealed).await?;
                    }
                    Ok((Some((state, sealed)), false))
                })
            })
            .await?;
        match claimed {
            Some((state, sealed)) => Ok((Self { claim, resources }, state, sealed)),
            None if busy => Err(WalletError::RequestBusy),
            None => Err(WalletError::RequestOver),
        }
    }

    pub(super) fn context(&self) -> String {
        request_context(&self.claim.account, &self.claim.id)
    }

    /// Moves the request on and goes on holding it.
    pub(super) async fn step(&self, to: &'static str, value: &impl Serialize) -> Result<(), WalletError> {
        let sealed = self.resources.vault.seal(&self.context(), value)?;
        self.resources
            .store
            .write((self.claim.clone(), sealed), move |tx, (claim, sealed)| {
                Box::pin(repository::step_request(tx, claim, to, sealed))
            })
            .await?;
        Ok(())
    }

    /// Writes an answer down before it leaves, and with it that its login is answered: of two scans of one login one
    /// answers. `false`: the other one did.
    pub(super) async fn answering(&self, answer: &Answer) -> Result<bool, WalletError> {
        let sealed = self.resources.vault.seal(&self.context(), answer)?;
        let login = answer.proven.login(&self.claim.account);
        let arguments = (self.claim.clone(), sealed, login, self.forgotten_at());
        let first = self
            .resources
            .store
            .write(arguments, |tx, (claim, sealed, login, forgotten_at)| {
                Box::pin(async move {
                    if !repository::see_request(tx, login, *forgotten_at).await? {
                        return Ok(false);
                    }
                    repository::step_request(tx, claim, ANSWERING, sealed).await?;
                    Ok(true)
                })
            })
            .await?;
        Ok(first)
    }

    /// The person declines: what an answer needs is erased, and the login counts as answered. `false`: another scan of it
    /// was answered before.
    pub(super) async fn declining(&self, proven: &Proven) -> Result<bool, WalletError> {
        let erased = self.resources.vault.seal(&self.context(), &())?;
        let login = proven.login(&self.claim.account);
        let arguments = (self.claim.clone(), erased, login, self.forgotten_at());
        let first = self
            .resources
            .store
            .write(arguments, |tx, (claim, erased, login, forgotten_at)| {
                Box::pin(async move {
                    if !repository::see_request(tx, login, *forgotten_at).await? {
                        return Ok(false);
                    }
                    repository::leave_request(tx, claim, ANSWERED, erased, None).await?;
                    Ok(true)
                })
            })
            .await?;
        Ok(first)
    }

    fn forgotten_at(&self) -> Timestamp {
        later(self.now(), SignedDuration::from_hours(ANSWERED_HOURS))
    }

    /// The answer has arrived: what it needed is erased.
    pub(super) async fn settle(&self) -> Result<(), WalletError> {
        let erased = self.resources.vault.seal(&self.context(), &())?;
        self.resources
            .store
            .write((self.claim.clone(), erased), |tx, (claim, erased)| {
                Box::pin(repository::leave_request(tx, claim, ANSWERED, erased, None))
            })
            .await?;
        Ok(())
    }

    /// The verifier has refused what was presented, and its login is open still: it is as before the answer.
    pub(super) async fn reopen(&self, proven: &Proven) -> Result<(), WalletError> {
        let sealed = self.resources.vault.seal(&self.context(), proven)?;
        let login = proven.login(&self.claim.account);
        self.resources
            .store
            .write(
                (self.claim.clone(), sealed, login),
                |tx, (claim, sealed, login)| {
                    Box::pin(async move {
                        repository::forget_request(tx, login).await?;
                        repository::leave_request(tx, claim, CONFIRMED, sealed, None).await
                    })
                },
            )
            .await?;
        Ok(())
    }

    /// Lets go of the request after an error, so that the person may try again.
    pub(super) async fn release(self) {
        let released = self
            .resources
            .store
            .write(self.claim, |tx, claim| {
                Box::pin(repository::release_request(tx, claim))
            })
            .await;
        told(released);
    }

    /// The request is refused for good, and what was held of it is erased.
    pub(super) async fn refuse(self) {
        let erased = match self.resources.vault.seal(&self.context(), &()) {
            Ok(erased) => erased,
            Err(error) => return tracing::error!(%error, "what a request held could not be erased"),
        };
        let refused = self
            .resources
            .store
            .write((self.claim, erased), |tx, (claim, erased)| {
                Box::pin(repository::leave_request(tx, claim, REFUSED, erased, None))
            })
            .await;
        told(refused);
    }

    pub(super) fn now(&self) -> Timestamp {
        self.resources.time.now()
    }
}

/// The person is told of the error that ended the run; this one is for the operator. The claim ends by itself.
fn told(left: Result<(), StoreError>) {
    if let Err(error) = left {
        tracing::warn!(%error, "a request could not be let go of");
    }
}
