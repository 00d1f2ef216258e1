//! What a handler may use, one small extractor each: its signature says what it can do.

use axum::extract::FromRef;
use jiff::Timestamp;
use procura_credential::{
    Judgement, Verdict,
    judge::{Expectations, PresentationExpectations, ProvenPresentation, holder_algorithms, presentation},
};
use procura_keys::{KekRing, Signer};
use procura_service::{Clock, gather::Gatherer, underway::Underway};
use procura_store::Store;
use std::{collections::BTreeSet, sync::Arc};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::{parties::Parties, token_keys::TokenKeys};

/// Reads the time.
#[derive(Clone)]
pub struct Time(pub Arc<dyn Clock>);

impl Time {
    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.now()
    }
}

/// Seals requests in the organisation's name.
#[derive(Clone)]
pub struct Seal(pub Arc<dyn Signer>);

/// Encrypts what is stored.
#[derive(Clone, Debug)]
pub struct Vault(pub Arc<KekRing>);

/// Wakes the worker that notifies relying parties.
#[derive(Clone, Debug, Default)]
pub struct Bell(pub Arc<Notify>);

/// Judges presentations.
#[derive(Clone)]
pub struct Judge {
    /// Finds facts out.
    pub gatherer: Gatherer,
    /// What is demanded of every credential, whatever the request asks for.
    pub credential: Expectations,
    /// Oldest presentation in seconds.
    pub max_age_seconds: i64,
}

impl Judge {
    /// The verdict on `vp_token`, and what it proves when it accepts.
    ///
    /// `None` when the facts that it takes could not be found out within the gatherer's bounds.
    pub async fn judge(
        &self,
        vp_token: &str,
        types: BTreeSet<String>,
        nonce: &str,
        audience: &str,
        now: Timestamp,
    ) -> Option<(Verdict, Option<ProvenPresentation>)> {
        let expectations = PresentationExpectations {
            credential: Expectations {
                credential_types: types,
                ..self.credential.clone()
            },
            nonce: nonce.to_owned(),
            audience: audience.to_owned(),
            max_age_seconds: self.max_age_seconds,
            holder_algorithms: holder_algorithms(),
        };
        match self
            .gatherer
            .judge(|facts| presentation(vp_token, &expectations, facts, now))
            .await
        {
            Judgement::Judged { verdict, proven } => Some((verdict, proven)),
            Judgement::Needs(_) => None,
        }
    }
}

/// Most presentations with the nonce of a repetition that one process judges at a time.
pub const MAXIMUM_UNCOUNTED: usize = 16;

/// Room for judgements that count against no login: whoever asks for the request again gets a nonce of their own, as often
/// as they like. Answers of those who asked first need no room here.
#[derive(Clone, Debug)]
pub struct Uncounted(pub Arc<Semaphore>);

impl Default for Uncounted {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MAXIMUM_UNCOUNTED)))
    }
}

impl Uncounted {
    /// Room for one judgement, while it is held; `None`: there is none now.
    pub(crate) fn place(&self) -> Option<OwnedSemaphorePermit> {
        self.0.clone().try_acquire_owned().ok()
    }
}

/// Everything together; handlers take the parts.
#[derive(Clone, FromRef)]
pub struct Resources {
    /// Who we are.
    pub parties: Parties,
    /// Time.
    pub time: Time,
    /// The database.
    pub store: Store,
    /// The seal.
    pub seal: Seal,
    /// Encryption at rest.
    pub vault: Vault,
    /// The judge.
    pub judge: Judge,
    /// Room for judgements that count against no login.
    pub uncounted: Uncounted,
    /// Keys of access tokens.
    pub token_keys: TokenKeys,
    /// The bell of the notifier.
    pub bell: Bell,
    /// Answers that are being judged.
    pub underway: Underway,
}

macro_rules! opaque {
    ($($name:ident),*) => {$(
        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    )*};
}
opaque!(Time, Seal, Judge, Resources);
