//! Evidence beside each credential: the same protected header, payload and signature in flattened JSON, with a
//! time-stamp (JAdES B-T), which proves that the seal existed while its certificate was good.
//!
//! Issuing waits for no authority. The credential is written down, sealed, in the transaction that issues it; a worker
//! time-stamps it afterwards. Replicas share the work by leases: one that dies loses its lease when that ends, and
//! another one asks again. What is kept was verified as a stranger would, and never changes.
//!
//! Two commits a time-stamp, of which one is shared by a batch.
use crate::{app::App, config::Lifetimes, time_stamping::OpenTimeStamping};
use jiff::Timestamp;
use procura_crypto::{Digest, random};
use procura_jades::{
    AugmentError, Augmented, Document, Objects,
    create::StampError,
    evidence::{self as jades, EvidenceError},
};
use procura_keys::{KekError, time_stamping::TimeStampingError};
use procura_service::{Shutdown, SystemRng};
use procura_store::{
    StoreError,
    issuer::{
        evidence::{self, Leased},
        issuances::Key,
    },
};
use std::time::Duration;
use zeroize::Zeroizing;

/// Time-stamps that are asked for at once.
const BATCH: i64 = 8;
/// Seconds beyond the authorities' deadline in which what came is kept, before somebody else may ask.
const LEASE_BEYOND_DEADLINE: u64 = 60;
/// Longest pause between attempts in seconds.
const LONGEST_PAUSE: u32 = 600;
/// Pause in seconds where the credential cannot be opened: a key that is brought back needs a restart anyway.
const UNOPENED_PAUSE: u32 = 3_600;
/// Longest rest of the worker, and its rest when no authority gives anything.
const REST: Duration = Duration::from_secs(30);

/// What became of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimeStamped {
    /// The evidence is kept with its time-stamp.
    Kept,
    /// No time-stamp now; again later.
    PutOff,
    /// What is kept cannot be opened with the keys at hand, and nobody was asked; again later.
    Unopened,
    /// No time-stamp can prove anything any more.
    GivenUp,
    /// It took so long that the lease has ended: what came is dropped.
    Overtaken,
}

/// Why evidence cannot be shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum EvidenceRefusal {
    #[error("there is no such issuance")]
    Unknown,
    #[error("nothing is kept: nothing was issued, or it was before evidence was kept, or it was erased")]
    Nothing,
    #[error("the time-stamp has not come yet")]
    Waiting,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Sealed(#[from] KekError),
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    #[error("kept evidence is no text")]
    Text,
}

/// Why an attempt came to nothing.
#[derive(Debug, thiserror::Error)]
enum Missed {
    #[error(transparent)]
    TimeStamping(#[from] TimeStampingError),
    /// An operator may bring the key back.
    #[error("the credential cannot be opened: {0}")]
    Sealed(#[from] KekError),
    #[error("the token does not hold: {0}")]
    Token(EvidenceError),
    #[error("the evidence is of another credential")]
    Other,
    /// Nothing mends this.
    #[error("the certificate of the seal is not valid any more")]
    Ended,
    #[error("the credential cannot be read: {0}")]
    Credential(EvidenceError),
}
impl Missed {
    const fn is_final(&self) -> bool {
        matches!(self, Self::Ended | Self::Credential(_))
    }
}

impl App {
    /// What is written down in the transaction that issues.
    pub(crate) fn wanted_evidence(&self, issuance: &str, credential: &str) -> Result<Vec<u8>, KekError> {
        self.seal_value("evidence-wanted", issuance, credential.as_bytes())
    }

    /// Time-stamps until `shutdown`; what is leased by then is finished. Ends at once where no authority is configured.
    pub async fn time_stamp_until(self, shutdown: Shutdown) {
        let Some(time_stamping) = &self.time_stamping else {
            return;
        };
        while !shutdown.has_begun() {
            let rest = match self
                .time_stamp_while(time_stamping, || !shutdown.has_begun())
                .await
            {
                Ok(attempts) if answers(&attempts) => self.rest().await,
                Ok(_) => REST,
                Err(error) => {
                    tracing::error!(%error, "evidence cannot be taken from the database");
                    REST
                }
            };
            self.measure(time_stamping).await;
            tokio::select! {
                () = self.evidence_wanted.notified() => {}
                () = tokio::time::sleep(rest) => {}
                () = shutdown.wait() => {}
            }
        }
    }

    /// Asks for the time-stamps that are due, once; what became of each. Stops when no authority gave anything to a whole
    /// batch.
    ///
    /// # Errors
    /// The database's. What was asked for is due again when its lease ends.
    pub async fn time_stamp_due(&self) -> Result<Vec<TimeStamped>, StoreError> {
        match &self.time_stamping {
            Some(time_stamping) => self.time_stamp_while(time_stamping, || true).await,
            None => Ok(Vec::new()),
        }
    }

    async fn rest(&self) -> Duration {
        let due = self
            .store
            .read((), |tx, ()| Box::pin(evidence::next_due(tx)))
            .await;
        match due {
            Ok(Some(at)) => Duration::try_from(at.duration_since(self.now()))
                .unwrap_or_default()
                .min(REST),
            _ => REST,
        }
    }

    async fn time_stamp_while(
        &self,
        time_stamping: &OpenTimeStamping,
        go_on: impl Fn() -> bool,
    ) -> Result<Vec<TimeStamped>, StoreError> {
        let mut attempts = Vec::new();
        while go_on() {
            let now = self.now();
            // Looking costs nothing; a lease is a commit.
            let due = self
                .store
                .read((), |tx, ()| Box::pin(evidence::next_due(tx)))
                .await?;
            if due.is_none_or(|at| at > now) {
                break;
            }
            let lease = random::token(&mut SystemRng, 16);
            let seconds = time_stamping
                .deadline_seconds
                .saturating_add(LEASE_BEYOND_DEADLINE);
            let until = Lifetimes::after(now, u32::try_from(seconds).unwrap_or(u32::MAX));
            let leased = self
                .store
                .write((lease.clone(), now, until), |tx, (lease, now, until)| {
                    Box::pin(evidence::lease(tx, lease, *now, *until, BATCH))
                })
                .await?;
            if leased.is_empty() {
                break;
            }
            let mut running = tokio::task::JoinSet::new();
            for one in leased {
                let (app, time_stamping, lease) = (self.clone(), time_stamping.clone(), lease.clone());
                running.spawn(async move { app.time_stamp(&time_stamping, &lease, one).await });
            }
            let mut batch = Vec::new();
            while let Some(ended) = running.join_next().await {
                batch.push(ended.map_err(|_| StoreError::Panicked)??);
            }
            self.measure(time_stamping).await;
            let is_answered = answers(&batch);
            attempts.extend(batch);
            if !is_answered {
                break;
            }
        }
        Ok(attempts)
    }

    async fn time_stamp(
        &self,
        time_stamping: &OpenTimeStamping,
        lease: &str,
        leased: Leased,
    ) -> Result<TimeStamped, StoreError> {
        let issuance = leased.issuance.as_str();
        match self.evidence_of(time_stamping, &leased).await {
            Ok(sealed) => {
                let arguments = (leased.issuance.clone(), lease.to_owned(), sealed, self.now());
                let kept = self
                    .store
                    .write(arguments, |tx, (issuance, lease, sealed, now)| {
                        Box::pin(evidence::keep(tx, issuance, lease, sealed, *now))
                    })
                    .await?;
                if !kept {
                    tracing::warn!(issuance, "a time-stamp came after its lease; it is dropped");
                    return Ok(TimeStamped::Overtaken);
                }
                metrics::counter!("procura_evidence_time_stamped_total").increment(1);
                tracing::info!(issuance, "evidence time-stamped");
                Ok(TimeStamped::Kept)
            }
            Err(missed) if missed.is_final() => {
                let arguments = (leased.issuance.clone(), lease.to_owned(), self.now());
                self.store
                    .write(arguments, |tx, (issuance, lease, now)| {
                        Box::pin(evidence::give_up(tx, issuance, lease, *now))
                    })
                    .await?;
                metrics::counter!("procura_evidence_given_up_total").increment(1);
                tracing::error!(code = "PRO-2122", issuance, reason = %missed, "evidence stays without a time-stamp");
                Ok(TimeStamped::GivenUp)
            }
            Err(missed) => {
                let now = self.now();
                let is_unopened = matches!(missed, Missed::Sealed(_));
                let pause = if is_unopened {
                    UNOPENED_PAUSE
                } else {
                    pause(leased.attempts)
                };
                let next = Lifetimes::after(now, pause);
                let arguments = (leased.issuance.clone(), lease.to_owned(), next);
                self.store
                    .write(arguments, |tx, (issuance, lease, next)| {
                        Box::pin(evidence::put_off(tx, issuance, lease, *next))
                    })
                    .await?;
                metrics::counter!("procura_evidence_put_off_total").increment(1);
                let attempts = leased.attempts;
                if Lifetimes::after(leased.wanted_at, time_stamping.overdue_seconds) <= now {
                    tracing::error!(code = "PRO-2123", issuance, attempts, reason = %missed, "evidence is overdue");
                } else {
                    tracing::warn!(issuance, attempts, reason = %missed, "no time-stamp; again later");
                }
                Ok(if is_unopened {
                    TimeStamped::Unopened
                } else {
                    TimeStamped::PutOff
                })
            }
        }
    }

    /// The evidence, sealed, after the token was verified over this very credential.
    async fn evidence_of(
        &self,
        time_stamping: &OpenTimeStamping,
        leased: &Leased,
    ) -> Result<Vec<u8>, Missed> {
        let opened = self.open_value("evidence-wanted", &leased.issuance, &leased.sealed)?;
        let credential = text(&opened).ok_or(Missed::Credential(EvidenceError::NotCompact))?;
        let imprint = jades::imprint(&credential).map_err(Missed::Credential)?;
        let digest = Digest::Sha256;
        let asked = time_stamping
            .stamper
            .stamp(digest, &digest.of(&imprint), self.now(), &mut SystemRng);
        let stamp = asked.await?;
        for failed in &stamp.failed {
            tracing::warn!(%failed, "a time-stamping authority was passed over");
        }
        let evidence = jades::of(&credential, &[stamp.token.der()]).map_err(|error| match error {
            // The token's time is outside of the seal's validity: for good only where that has ended. A clock that is
            // behind may be right tomorrow.
            EvidenceError::Augment(AugmentError::Stamp(StampError::Validity))
                if self.seal_has_ended(&credential) =>
            {
                Missed::Ended
            }
            error => Missed::Token(error),
        })?;
        let evidence = Zeroizing::new(evidence);
        if jades::compact(evidence.as_bytes()).map_err(Missed::Token)? != *credential {
            return Err(Missed::Other);
        }
        Ok(self.seal_value("evidence", &leased.issuance, evidence.as_bytes())?)
    }

    /// Whether the certificate that sealed a credential is past its end.
    fn seal_has_ended(&self, credential: &str) -> bool {
        Document::read(credential.as_bytes()).is_ok_and(|document| {
            let mut seals = document.signatures.iter().flatten();
            seals
                .next()
                .and_then(|seal| seal.signed.certificates.first())
                .is_some_and(|certificate| certificate.not_after() < self.now())
        })
    }

    async fn measure(&self, time_stamping: &OpenTimeStamping) {
        let since = jiff::SignedDuration::from_secs(time_stamping.overdue_seconds.into());
        let overdue = self.now().checked_sub(since).unwrap_or(Timestamp::MIN);
        let waiting = self
            .store
            .read(overdue, |tx, overdue| Box::pin(evidence::waiting(tx, *overdue)))
            .await;
        if let Ok(waiting) = waiting {
            let count = |count: i64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
            metrics::gauge!("procura_evidence_waiting").set(count(waiting.all));
            metrics::gauge!("procura_evidence_overdue").set(count(waiting.overdue));
        }
    }

    /// The evidence of an issuance in flattened JSON. While a time-stamp may still come, nothing; where none can come,
    /// the evidence is without.
    pub(crate) async fn evidence(&self, issuance: &str) -> Result<Zeroizing<String>, EvidenceRefusal> {
        let kept = self
            .store
            .read(issuance.to_owned(), |tx, issuance| {
                Box::pin(evidence::find(tx, issuance))
            })
            .await?;
        let Some(kept) = kept else {
            let known = self.find(Key::Id(issuance.to_owned())).await?.is_some();
            return Err(if known {
                EvidenceRefusal::Nothing
            } else {
                EvidenceRefusal::Unknown
            });
        };
        if kept.stamped_at.is_some() {
            let opened = self.open_value("evidence", issuance, &kept.sealed)?;
            return text(&opened).ok_or(EvidenceRefusal::Text);
        }
        if kept.given_up_at.is_none() && self.time_stamping.is_some() {
            return Err(EvidenceRefusal::Waiting);
        }
        let opened = self.open_value("evidence-wanted", issuance, &kept.sealed)?;
        let bare = Augmented::read(&opened, Objects::default()).map_err(EvidenceError::from)?;
        Ok(Zeroizing::new(bare.to_json()))
    }

    /// Erases evidence that was kept for as long as is configured.
    pub(crate) async fn erase_evidence(&self) -> Result<u64, StoreError> {
        let kept_for = jiff::SignedDuration::from_hours(i64::from(self.keep_evidence_days) * 24);
        let Ok(before) = self.now().checked_sub(kept_for) else {
            return Ok(0);
        };
        let is_due = self
            .store
            .read(before, |tx, before| Box::pin(evidence::has_older(tx, *before)))
            .await?;
        if !is_due {
            return Ok(0);
        }
        self.store
            .write(before, |tx, before| Box::pin(evidence::erase(tx, *before)))
            .await
    }
}

/// Whether somebody gave a time-stamp, or nobody was asked.
fn answers(attempts: &[TimeStamped]) -> bool {
    let was_asked = |attempt: &&TimeStamped| **attempt != TimeStamped::Unopened;
    let mut asked = attempts.iter().filter(was_asked).peekable();
    asked.peek().is_none() || asked.any(|attempt| *attempt != TimeStamped::PutOff)
}

fn text(bytes: &[u8]) -> Option<Zeroizing<String>> {
    core::str::from_utf8(bytes)
        .ok()
        .map(|text| Zeroizing::new(text.to_owned()))
}

/// Seconds until the next attempt: 5, 10, 20, … at most [`LONGEST_PAUSE`].
fn pause(attempts: i64) -> u32 {
    let exponent = u32::try_from(attempts.saturating_sub(1).clamp(0, 16)).unwrap_or_default();
    2_u32
        .saturating_pow(exponent)
        .saturating_mul(5)
        .min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_PAUSE, pause};

    #[test]
    fn pauses_double_and_end() {
        assert_eq!([1, 2, 3, 4].map(pause), [5, 10, 20, 40]);
        assert_eq!(
            [8, 100, i64::MAX, i64::MIN].map(pause),
            [LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE, 5]
        );
    }
}
