//! One run at the issuer, from the code to the last credential that is kept.

use super::{Progress, Wanted, kept, peer, receipt_context};
use crate::{
    accounts::later,
    error::{WalletError, is_refused},
    holding::{Held, Summary, credential_context, key_context},
    resources::Resources,
};
use jiff::{SignedDuration, Timestamp};
use procura_credential::judge::{Expectations, ProvenCredential, credential};
use procura_crypto::random;
use procura_did::Did;
use procura_protocol::vci::Pin;
use procura_service::SystemRng;
use procura_store::wallet::{self as repository, Claim};
use std::collections::BTreeSet;

/// How long a run may hold a receipt without having saved anything: longer than one credential may take. Each step that
/// is saved holds it anew.
const RUN_SECONDS: i64 = 45;

/// A run that holds its receipt.
pub(super) struct Run {
    claim: Claim,
    resources: Resources,
}

impl Run {
    /// Takes the receipt, and tells how far it has come.
    pub(super) async fn begin(
        resources: Resources,
        account: String,
        id: String,
    ) -> Result<(Self, Progress), WalletError> {
        let now = resources.time.now();
        let until = held_until(now);
        let claim = Claim { id, account, until };
        let sealed = resources
            .store
            .write((claim.clone(), now), |tx, (claim, now)| {
                Box::pin(repository::claim_receipt(tx, claim, *now))
            })
            .await?
            .ok_or(WalletError::OfferOver(
                "the offer has expired, or is being received right now",
            ))?;
        let run = Self { claim, resources };
        let progress = run.resources.vault.open(&run.context(), &sealed)?;
        Ok((run, progress))
    }

    fn context(&self) -> String {
        receipt_context(&self.claim.account, &self.claim.id)
    }

    /// Lets go of the receipt so that the person may try again, or gives it up where the error says that it is over: code,
    /// token and key are of no use then, and are erased.
    pub(super) async fn release(self, error: &WalletError) {
        let given_up = is_final(error).then(|| self.resources.time.now());
        let erased = self.resources.vault.seal(&self.context(), &());
        let released = match (given_up, erased) {
            (Some(now), Ok(erased)) => {
                self.resources
                    .store
                    .write((self.claim, erased, now), |tx, (claim, erased, now)| {
                        Box::pin(repository::fail_receipt(tx, claim, erased, *now))
                    })
                    .await
            }
            (Some(_), Err(error)) => {
                return tracing::error!(%error, "what a receipt held could not be erased");
            }
            (None, _) => {
                self.resources
                    .store
                    .write(self.claim, |tx, claim| {
                        Box::pin(repository::release_receipt(tx, claim))
                    })
                    .await
            }
        };
        // The person is told of the error that ended the run; this one is for the operator. The claim ends by itself.
        if let Err(error) = released {
            tracing::warn!(%error, "a receipt could not be let go of");
        }
    }

    /// Receives what is still to come. Each credential is durable before the next one is requested.
    pub(super) async fn receive(
        &mut self,
        progress: &mut Progress,
        pin: Option<Pin>,
    ) -> Result<Vec<Summary>, WalletError> {
        if progress.granted.is_none() {
            let granted = progress.peer.token(&self.resources.world, &progress.code, pin);
            progress.granted = Some(granted.await?);
            let step = self.step(progress)?;
            self.save(None, step).await?;
        }
        let Resources { store, vault, .. } = &self.resources;
        let mut received = kept(store, vault, &self.claim.account, &progress.kept).await?;
        while let Some(Wanted { types, .. }) = progress.next().cloned() {
            let Resources { world, time, .. } = &self.resources;
            let granted = progress.granted.as_mut().ok_or(GONE)?;
            let holder = granted.holder()?;
            let raw = progress
                .peer
                .credential(world, time, &types, granted, &holder)
                .await?;
            let proven = self.prove(&raw, &types, &holder.did).await?;
            received.push(self.keep(progress, &proven).await?);
        }
        Ok(received)
    }

    /// Seal, chain, did:elsi, type, status, and that it is for the key that was made for it.
    async fn prove(
        &self,
        raw: &str,
        types: &[String],
        holder: &Did,
    ) -> Result<ProvenCredential, WalletError> {
        let Resources { world, time, .. } = &self.resources;
        let expectations = Expectations {
            credential_types: specific(types),
            ..world.expectations.clone()
        };
        let now = time.now();
        let (verdict, proven) = world
            .judge(|facts| credential(raw, Some(holder), &expectations, facts, now))
            .await?;
        proven.ok_or(WalletError::CredentialRefused(verdict))
    }

    /// Makes a credential durable, and with it that it was received.
    async fn keep(
        &mut self,
        progress: &mut Progress,
        proven: &ProvenCredential,
    ) -> Result<Summary, WalletError> {
        let Resources { vault, time, .. } = &self.resources;
        let account = &self.claim.account;
        let id = random::token(&mut SystemRng, 16);
        let held = Held {
            raw: proven.raw.clone(),
            summary: Summary::of(&id, proven),
        };
        let granted = progress.granted.as_mut().ok_or(GONE)?;
        let stored = repository::StoredCredential {
            sealed: vault.seal(&credential_context(account, &id), &held)?,
            sealed_key: vault.0.seal_value(
                &mut SystemRng,
                &key_context(account, &id),
                &granted.holder_key,
            )?,
            received_at: time.now(),
            id: id.clone(),
        };
        granted.holder_key = peer::fresh_key()?;
        progress.kept.push(id);
        let saved = match self.step(progress) {
            Ok(step) => self.save(Some(stored), step).await,
            Err(error) => Err(error),
        };
        if saved.is_err() {
            // The person is told what is kept, and this is not.
            progress.kept.pop();
        }
        saved.map(|()| held.summary)
    }

    /// How far the run has come, sealed. At the end code, token and key have done their work, and are forgotten.
    fn step(&self, progress: &Progress) -> Result<Step, WalletError> {
        let vault = &self.resources.vault;
        Ok(if progress.next().is_some() {
            Step::GoesOn(vault.seal(&self.context(), progress)?)
        } else {
            Step::Ends(vault.seal(&self.context(), &progress.kept)?)
        })
    }

    async fn save(
        &mut self,
        credential: Option<repository::StoredCredential>,
        step: Step,
    ) -> Result<(), WalletError> {
        let now = self.resources.time.now();
        let until = held_until(now).max(self.claim.until);
        self.resources
            .store
            .write(
                (self.claim.clone(), credential, step, now, until),
                |tx, (claim, credential, step, now, until)| {
                    Box::pin(async move {
                        if let Some(credential) = credential {
                            repository::add_credential(tx, &claim.account, credential).await?;
                        }
                        match step {
                            Step::GoesOn(sealed) => repository::save_receipt(tx, claim, sealed, *until).await,
                            Step::Ends(sealed) => repository::finish_receipt(tx, claim, sealed, *now).await,
                        }
                    })
                },
            )
            .await?;
        self.claim.until = until;
        Ok(())
    }
}

const GONE: WalletError = WalletError::Internal("the grant is gone");

enum Step {
    GoesOn(Vec<u8>),
    Ends(Vec<u8>),
}

fn held_until(now: Timestamp) -> Timestamp {
    later(now, SignedDuration::from_secs(RUN_SECONDS))
}

/// Whether an error ends the offer: after a wrong PIN, a peer out of reach, or a judgement that lacked a fact it may be
/// tried again.
fn is_final(error: &WalletError) -> bool {
    match error {
        WalletError::CredentialRefused(verdict) => is_refused(verdict),
        WalletError::Issuer(_) => true,
        _ => false,
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
