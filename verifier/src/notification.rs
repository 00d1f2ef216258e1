//! Telling the relying party: `POST {notify_url}` with `access_token`, `state` and `response_code` (DOME §3.3.4.6, step
//! 20), from a durable outbox, so that a killed process, a relying party that is down, or both, only delay it.
//!
//! At least once: the relying party may hear the same again, and completes its session once. Two commits each: the
//! lease, and the delivery, or the burial, together with its note in the login.
//!
//! What repetition cannot mend is not repeated: an answer by which the relying party refuses this notification for
//! good, an expired token, and a message that cannot be opened end in a burial, which the person sees at once.

use crate::{
    config::after,
    parties::Parties,
    resources::{Bell, Time, Vault},
};
use futures_util::future::join_all;
use jiff::Timestamp;
use procura_crypto::{Rng, random};
use procura_keys::KekError;
use procura_service::{GuardedClient, Purpose, Shutdown, SystemRng};
use procura_store::{
    Store, StoreError,
    outbox::{self, Leased, Message},
    verifier,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use zeroize::Zeroizing;

/// Topic of the outbox.
pub const TOPIC: &str = "verifier/notify";
/// Seconds in which a worker delivers what it took, before somebody else may.
const LEASE_SECONDS: i64 = 60;
/// Messages taken at once.
const BATCH: i64 = 16;
/// Longest pause between attempts in seconds.
const LONGEST_PAUSE: i64 = 120;
/// Longest rest of the worker, should the bell be missed.
const LONGEST_REST: Duration = Duration::from_secs(30);

/// What waits in the outbox, sealed. The message has the login's id, so that the login of a message that cannot be opened
/// is known.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Notification {
    /// The relying party.
    pub(crate) client: String,
    /// Its name of the session.
    pub(crate) state: String,
    /// With what the browser that began comes back.
    pub(crate) response_code: String,
    /// The token.
    pub(crate) access_token: String,
    /// When the token dies, and with it the message.
    pub(crate) expires_at: Timestamp,
}

/// The sealed message that tells of a login.
pub(crate) fn message(
    vault: &Vault,
    login: &str,
    notification: &Notification,
    rng: &mut dyn Rng,
    now: Timestamp,
) -> Result<Message, KekError> {
    let json = Zeroizing::new(serde_json::to_vec(notification).map_err(|_| KekError::Open)?);
    let payload = vault.0.seal_value(rng, &context(login), &json)?;
    Ok(Message {
        id: login.to_owned(),
        topic: TOPIC.to_owned(),
        payload,
        created_at: now,
    })
}

fn context(id: &str) -> String {
    format!("verifier/notify/{id}")
}

/// What became of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Delivery {
    /// The relying party confirmed.
    Delivered,
    /// Not now; again later.
    PutOff,
    /// Given up: the relying party refused for good, the token has expired, or the message cannot be opened.
    Buried,
}

/// What a relying party said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    /// It has heard.
    Heard,
    /// Nothing, or what may be mended while the token lives.
    NotNow,
    /// It will never take this notification.
    Never,
}

impl Said {
    /// What a status says. 400, 409, 410, 413, 415 and 422 are about the notification itself, which will be the same next
    /// time (RFC 9110 §15.5). Every other refusal may be over while the token lives: an operator puts the secret right
    /// (401, 403), a proxy finds its backend again (404, 405), the relying party recovers (408, 425, 429, 5xx).
    const fn by(status: u16) -> Self {
        match status {
            200..=299 => Self::Heard,
            400 | 409 | 410 | 413 | 415 | 422 => Self::Never,
            _ => Self::NotNow,
        }
    }
}

/// The worker that delivers.
#[derive(Clone)]
pub struct Notifier {
    store: Store,
    vault: Vault,
    time: Time,
    bell: Bell,
    outbound: GuardedClient,
    parties: Parties,
    secrets: Arc<BTreeMap<String, Zeroizing<String>>>,
}

impl core::fmt::Debug for Notifier {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Notifier")
    }
}

impl Notifier {
    /// A worker that authenticates to each relying party by its secret.
    #[must_use]
    pub fn new(
        resources: &crate::resources::Resources,
        outbound: GuardedClient,
        secrets: BTreeMap<String, Zeroizing<String>>,
    ) -> Self {
        Self {
            store: resources.store.clone(),
            vault: resources.vault.clone(),
            time: resources.time.clone(),
            bell: resources.bell.clone(),
            outbound,
            parties: resources.parties.clone(),
            secrets: Arc::new(secrets),
        }
    }

    /// Delivers until `shutdown`; what is leased by then is delivered, unless the future is dropped: then the lease ends,
    /// and the next process delivers it.
    pub async fn run(self, shutdown: Shutdown) {
        while !shutdown.has_begun() {
            let rest = match self.deliver_until(|| shutdown.has_begun()).await {
                Ok(_) => self.rest().await,
                Err(error) => {
                    tracing::error!(%error, "notifications cannot be taken from the outbox");
                    LONGEST_REST
                }
            };
            tokio::select! {
                () = self.bell.0.notified() => {}
                () = tokio::time::sleep(rest) => {}
                () = shutdown.wait() => {}
            }
        }
    }

    async fn rest(&self) -> Duration {
        let due = self
            .store
            .read((), |tx, ()| Box::pin(outbox::next_due(tx, TOPIC)))
            .await;
        match due {
            Ok(Some(at)) => {
                let wait = Duration::try_from(at.duration_since(self.time.now())).unwrap_or_default();
                wait.min(LONGEST_REST)
            }
            _ => LONGEST_REST,
        }
    }

    /// Takes what is due and delivers it, once.
    ///
    /// # Errors
    /// The database's.
    pub async fn deliver_due(&self) -> Result<Vec<Delivery>, StoreError> {
        self.deliver_until(|| false).await
    }

    /// Takes nothing more once it is `over`; what it took is delivered.
    async fn deliver_until(&self, over: impl Fn() -> bool) -> Result<Vec<Delivery>, StoreError> {
        let mut deliveries = Vec::new();
        loop {
            if over() {
                return Ok(deliveries);
            }
            let now = self.time.now();
            // Looking costs nothing; a lease is a commit.
            let due = self
                .store
                .read((), |tx, ()| Box::pin(outbox::next_due(tx, TOPIC)))
                .await?;
            if due.is_none_or(|at| at > now) {
                return Ok(deliveries);
            }
            let lease = random::token(&mut SystemRng, 16);
            let until = after(now, LEASE_SECONDS);
            let leased = self
                .store
                .write((lease.clone(), now, until), |tx, (lease, now, until)| {
                    Box::pin(outbox::lease(tx, TOPIC, lease, *now, *until, BATCH))
                })
                .await?;
            if leased.is_empty() {
                return Ok(deliveries);
            }
            // A relying party that is slow holds up nobody else.
            for delivery in join_all(leased.into_iter().map(|message| self.deliver(&lease, message))).await {
                deliveries.push(delivery?);
            }
        }
    }

    async fn deliver(&self, lease: &str, message: Leased) -> Result<Delivery, StoreError> {
        let id = message.id.clone();
        let Some(notification) = self.open(&message) else {
            tracing::error!("a notification in the outbox cannot be opened; given up");
            return self.bury(lease, id).await;
        };
        let client = notification.client.clone();
        let expired = |now: Timestamp| now >= notification.expires_at;
        let said = if expired(self.time.now()) {
            Said::NotNow
        } else {
            self.send(&notification).await
        };
        match said {
            Said::Heard => {
                tracing::info!(client, "relying party notified");
                return self.complete(lease, id).await;
            }
            Said::Never => {
                tracing::error!(client, "relying party refused a notification for good; given up");
                return self.bury(lease, id).await;
            }
            Said::NotNow if expired(self.time.now()) => {
                tracing::error!(
                    client,
                    "relying party not notified before the token expired; given up"
                );
                return self.bury(lease, id).await;
            }
            Said::NotNow => {}
        }
        let next = after(self.time.now(), pause(message.attempts)).min(notification.expires_at);
        tracing::warn!(
            client,
            attempts = message.attempts,
            "relying party not notified; again later"
        );
        self.store
            .write((id, lease.to_owned(), next), |tx, (id, lease, next)| {
                Box::pin(outbox::put_off(tx, id, lease, *next))
            })
            .await?;
        Ok(Delivery::PutOff)
    }

    fn open(&self, message: &Leased) -> Option<Notification> {
        let json = self
            .vault
            .0
            .open_value(&context(&message.id), &message.payload)
            .ok()?;
        serde_json::from_slice(&json).ok()
    }

    async fn send(&self, notification: &Notification) -> Said {
        let name = notification.client.as_str();
        let (Some(client), Some(secret)) = (self.parties.client(name), self.secrets.get(name)) else {
            tracing::warn!(client = name, "the relying party is no longer configured");
            return Said::NotNow;
        };
        let form = [
            ("access_token", notification.access_token.as_str()),
            ("state", notification.state.as_str()),
            ("response_code", notification.response_code.as_str()),
        ];
        let answered = self
            .outbound
            .post_form(Purpose::Notification, &client.notify_url, &form, Some(secret))
            .await;
        match answered {
            Ok(answer) => {
                let said = Said::by(answer.status);
                if said != Said::Heard {
                    tracing::warn!(client = name, status = answer.status, "relying party refused");
                }
                said
            }
            Err(error) => {
                tracing::warn!(client = name, %error, "relying party not reached");
                Said::NotNow
            }
        }
    }

    async fn complete(&self, lease: &str, id: String) -> Result<Delivery, StoreError> {
        let at = self.time.now();
        self.store
            .write((id, lease.to_owned(), at), |tx, (id, lease, at)| {
                Box::pin(async move {
                    verifier::notified(tx, id, *at).await?;
                    outbox::complete(tx, id, lease).await
                })
            })
            .await?;
        Ok(Delivery::Delivered)
    }

    /// Gives up, and says so in the login in the same transaction, unless somebody else has the lease meanwhile.
    async fn bury(&self, lease: &str, id: String) -> Result<Delivery, StoreError> {
        let at = self.time.now();
        self.store
            .write((id, lease.to_owned(), at), |tx, (id, lease, at)| {
                Box::pin(async move {
                    let buried = outbox::bury(tx, id, lease, *at).await?;
                    if buried {
                        verifier::undelivered(tx, id, *at).await?;
                    }
                    Ok(buried)
                })
            })
            .await?;
        Ok(Delivery::Buried)
    }
}

/// Seconds until the next attempt: 1, 2, 4, … at most [`LONGEST_PAUSE`].
fn pause(attempts: i64) -> i64 {
    let exponent = u32::try_from(attempts.saturating_sub(1).clamp(0, 16)).unwrap_or_default();
    2_i64.saturating_pow(exponent).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_PAUSE, Said, pause};

    #[test]
    fn only_what_repetition_cannot_mend_is_given_up() {
        for status in [200, 202, 204] {
            assert_eq!(Said::by(status), Said::Heard, "{status}");
        }
        for status in [302, 401, 403, 404, 405, 408, 425, 429, 500, 502, 503, 504] {
            assert_eq!(Said::by(status), Said::NotNow, "{status}");
        }
        for status in [400, 409, 410, 413, 415, 422] {
            assert_eq!(Said::by(status), Said::Never, "{status}");
        }
    }

    #[test]
    fn pauses_double_and_end() {
        assert_eq!([1, 2, 3, 4].map(pause), [1, 2, 4, 8]);
        assert_eq!(
            [8, 100, i64::MAX, i64::MIN].map(pause),
            [LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE, 1]
        );
    }
}
