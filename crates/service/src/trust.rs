//! The trusted lists, kept current in the background.
//!
//! The walk itself (list of lists → national lists, pivots, roll-back) is `procura_trust_list::sync`; here it is fed by
//! the guarded client, what it accepts is stored, and the snapshot that it makes is what every judgement uses.
use crate::{
    clock::Clock,
    config::ConfigError,
    guarded::{GuardedClient, Purpose},
    server::Shutdown,
};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use procura_store::{
    Store, StoreError,
    stored_lists::{self, StoredList},
};
use procura_trust_list::{
    SnapshotHandle,
    signature::Signers,
    sync::{Config, Request, Response, Step, Stored, Sync},
};
use std::{sync::Arc, time::Duration};
use url::Url;

/// Lists fetched at once.
const PARALLEL: usize = 8;
/// Rounds of fetching before we rest in any case: a walk is a few deep (pivots, list of lists, lists).
const ROUNDS: usize = 64;
/// The longest rest: a clock that was set, or a machine that slept, is noticed after it.
const LONGEST_REST: Duration = Duration::from_mins(5);

/// `[trust]`: whose lists are believed.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trust {
    /// URL of the list of trusted lists.
    pub lotl_url: String,
    /// SHA-256 digests (hex) of the certificates that may sign it, as published in the Official Journal.
    pub lotl_signers: Vec<String>,
    /// URL of the Official Journal notice those come from: pivots newer than it are walked.
    pub official_journal_url: Option<String>,
    /// Only these territories (`["DE", "ES"]`); empty: all.
    #[serde(default)]
    pub territories: Vec<String>,
    /// Seconds between refreshes.
    #[serde(default = "six_hours")]
    pub refresh_seconds: i64,
    /// Seconds that a list is used after its `NextUpdate`.
    #[serde(default)]
    pub grace_seconds: i64,
}

fn six_hours() -> i64 {
    6 * 3600
}

impl Trust {
    /// For the walk.
    ///
    /// # Errors
    /// A signer is not a SHA-256 digest in hex, or there is none.
    pub fn sync(&self) -> Result<Config, ConfigError> {
        if self.lotl_signers.is_empty() {
            return Err(ConfigError::new(
                "trust.lotl_signers",
                "names no certificate; nothing could be trusted",
            ));
        }
        let signers = self
            .lotl_signers
            .iter()
            .map(|hex| {
                digest(hex)
                    .ok_or_else(|| ConfigError::new("trust.lotl_signers", "not a SHA-256 digest in hex"))
            })
            .collect::<Result<_, _>>()?;
        if self.refresh_seconds < 10 || self.grace_seconds < 0 {
            return Err(ConfigError::new(
                "trust.refresh_seconds",
                "at least 10 seconds; grace_seconds at least 0",
            ));
        }
        Ok(Config {
            lotl_url: self.lotl_url.clone(),
            lotl_signers: Signers::Sha256(signers),
            official_journal_url: self.official_journal_url.clone(),
            territories: self.territories.clone(),
            refresh_seconds: self.refresh_seconds,
            grace_seconds: self.grace_seconds,
        })
    }
}

/// 64 hexadecimal digits, colons between bytes allowed.
fn digest(hex: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = hex
        .chars()
        .filter(|c| *c != ':')
        .map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits
        .chunks(2)
        .map(|pair| {
            if let [high, low] = pair {
                Some(high << 4 | low)
            } else {
                None
            }
        })
        .collect::<Option<_>>()?;
    bytes.try_into().ok()
}

/// Keeps the lists current. Stop it, and the last snapshot stays in force until its lists run out.
pub struct TrustListSync {
    walk: Option<Sync>,
    client: GuardedClient,
    store: Option<Store>,
    clock: Arc<dyn Clock>,
    snapshot: SnapshotHandle,
    at_hand: Option<(String, Vec<u8>)>,
}

impl core::fmt::Debug for TrustListSync {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("TrustListSync")
            .field("walk", &self.walk)
            .finish_non_exhaustive()
    }
}

/// Why the lists could not be kept current.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// What was accepted cannot be stored or loaded.
    #[error("stored lists: {0}")]
    Store(#[from] StoreError),
    /// The verification of lists broke down.
    #[error("the verification of trusted lists broke down")]
    Broken,
}

impl TrustListSync {
    /// Starts from what is stored (verified again), and stores what it accepts. Without a store, from nothing.
    ///
    /// # Errors
    /// [`TrustError`].
    pub async fn load(
        config: Config,
        client: GuardedClient,
        store: Option<Store>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, TrustError> {
        let stored = match &store {
            Some(store) => store.read((), |tx, ()| Box::pin(stored_lists::all(tx))).await?,
            None => Vec::new(),
        };
        let mut this = Self::with_memory_of(config, client, stored, clock).await?;
        this.store = store;
        Ok(this)
    }

    /// Starts from lists that a service stored (verified again), and stores nothing: the command line judges so, by what
    /// that service remembers.
    ///
    /// # Errors
    /// [`TrustError`].
    pub async fn with_memory_of(
        config: Config,
        client: GuardedClient,
        stored: Vec<StoredList>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, TrustError> {
        let stored = stored
            .into_iter()
            .map(|list| Stored {
                url: list.url,
                bytes: list.bytes,
                etag: list.etag,
                fetched_at: list.fetched_at,
            })
            .collect();
        let now = clock.now();
        let walk = aside(move || Sync::new(config, stored, now)).await?;
        let mut this = Self {
            walk: Some(walk),
            client,
            store: None,
            clock,
            snapshot: SnapshotHandle::default(),
            at_hand: None,
        };
        this.publish().await?;
        Ok(this)
    }

    /// With the list at `url` at hand: it is taken from these bytes, verified as any other, and never fetched.
    #[must_use]
    pub fn with_list_at_hand(mut self, url: String, bytes: Vec<u8>) -> Self {
        self.at_hand = Some((url, bytes));
        self
    }

    /// The snapshot, current for as long as this runs.
    pub fn snapshot(&self) -> SnapshotHandle {
        self.snapshot.clone()
    }

    /// Fetches what is due; answers when the next fetch is.
    ///
    /// # Errors
    /// [`TrustError`]; a list that cannot be fetched is not one, the walk goes on without it.
    pub async fn refresh(&mut self) -> Result<Timestamp, TrustError> {
        for _ in 0..ROUNDS {
            let now = self.clock.now();
            let requests = match self.walk.as_mut().ok_or(TrustError::Broken)?.poll(now) {
                Step::Wait(until) => return Ok(until),
                Step::Fetch(requests) => requests,
            };
            let this = &*self;
            let responses: Vec<(String, Response)> = stream::iter(requests)
                .map(|request| async move { (request.url.clone(), this.answer(request).await) })
                .buffer_unordered(PARALLEL)
                .collect()
                .await;
            let mut walk = self.walk.take().ok_or(TrustError::Broken)?;
            let now = self.clock.now();
            let (walk, accepted) = aside(move || {
                let accepted: Vec<StoredList> = responses
                    .into_iter()
                    .filter_map(|(url, response)| walk.on_response(&url, response, now))
                    .map(|list| StoredList {
                        url: list.url,
                        bytes: list.bytes,
                        etag: list.etag,
                        fetched_at: list.fetched_at,
                    })
                    .collect();
                (walk, accepted)
            })
            .await?;
            self.walk = Some(walk);
            // In force first: a database that is down must not keep the newest list out of judgements.
            self.publish().await?;
            self.keep(accepted).await?;
        }
        tracing::warn!("the walk of the trusted lists asks on and on; it rests now");
        Ok(self.clock.now())
    }

    async fn answer(&self, request: Request) -> Response {
        match &self.at_hand {
            Some((url, bytes)) if *url == request.url => Response::Body {
                bytes: bytes.clone(),
                etag: None,
            },
            _ => fetch(&self.client, request).await,
        }
    }

    /// Refreshes until `shutdown`.
    pub async fn run(mut self, shutdown: Shutdown) {
        loop {
            let rest = tokio::select! {
                () = shutdown.wait() => return,
                refreshed = self.refresh() => match refreshed {
                    Ok(until) => rest(until, self.clock.now()),
                    Err(error) => {
                        tracing::error!(%error, "trusted lists could not be refreshed");
                        LONGEST_REST
                    }
                },
            };
            measure(&self.snapshot, self.clock.now());
            tokio::select! {
                () = shutdown.wait() => return,
                () = tokio::time::sleep(rest) => {}
            }
        }
    }

    async fn publish(&mut self) -> Result<(), TrustError> {
        let mut walk = self.walk.take().ok_or(TrustError::Broken)?;
        let now = self.clock.now();
        let (walk, snapshot, alerts) = aside(move || {
            let (snapshot, alerts) = (walk.snapshot(now), walk.take_alerts());
            (walk, snapshot, alerts)
        })
        .await?;
        self.walk = Some(walk);
        for alert in alerts {
            metrics::counter!("procura_trust_list_alerts_total").increment(1);
            tracing::warn!(url = alert.url, reason = alert.reason, "trusted list");
        }
        self.snapshot.store(snapshot);
        measure(&self.snapshot, now);
        Ok(())
    }

    async fn keep(&self, accepted: Vec<StoredList>) -> Result<(), TrustError> {
        let Some(store) = self.store.as_ref().filter(|_| !accepted.is_empty()) else {
            return Ok(());
        };
        store
            .write(accepted, |tx, accepted| {
                Box::pin(async move {
                    for list in accepted {
                        stored_lists::put(tx, list).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        Ok(())
    }
}

/// The proof of readiness: the list of trusted lists is current, and there are lists.
///
/// # Errors
/// In words.
pub fn prove(snapshot: &SnapshotHandle, now: Timestamp) -> Result<(), String> {
    let snapshot = snapshot.load();
    if snapshot.lists().is_empty() {
        return Err("no trusted list was obtained yet".into());
    }
    // One country whose list ran out must not take the others down: its certificates alone cannot be judged.
    snapshot
        .usable(now)
        .map_err(|unavailable| unavailable.to_string())
}

async fn fetch(client: &GuardedClient, request: Request) -> Response {
    let Ok(url) = Url::parse(&request.url) else {
        return Response::Failed("not a URL".into());
    };
    match client
        .get(Purpose::TrustedList, &url, request.etag.as_deref(), None)
        .await
    {
        Ok(answer) if answer.status == 304 => Response::NotModified,
        Ok(answer) if answer.status == 200 => Response::Body {
            bytes: answer.body,
            etag: answer.etag,
        },
        Ok(answer) => Response::Failed(format!("HTTP status {}", answer.status)),
        Err(error) => Response::Failed(error.to_string()),
    }
}

/// Verifying tens of megabytes of XML would hold up everything else on this thread.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, TrustError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| TrustError::Broken)
}

fn rest(until: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(until.duration_since(now))
        .unwrap_or_default()
        .clamp(Duration::from_secs(1), LONGEST_REST)
}

/// How much is in force, and for how long.
fn measure(snapshot: &SnapshotHandle, now: Timestamp) {
    let snapshot = snapshot.load();
    let lists = u32::try_from(snapshot.lists().len()).unwrap_or(u32::MAX);
    metrics::gauge!("procura_trust_lists").set(f64::from(lists));
    if let Some(until) = snapshot.usable_until() {
        metrics::gauge!("procura_trust_usable_seconds").set(until.duration_since(now).as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signers_are_digests_in_hex() {
        let hex = "00ff".repeat(16);
        let colons = hex
            .as_bytes()
            .chunks(2)
            .map(|b| String::from_utf8_lossy(b))
            .collect::<Vec<_>>()
            .join(":");
        assert_eq!(digest(&hex), Some([0, 255].repeat(16).try_into().unwrap()));
        assert_eq!(digest(&colons), digest(&hex));
        for wrong in ["", "00", &hex[1..], &format!("{hex}00"), &hex.replace('f', "g")] {
            assert_eq!(digest(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_rest_is_neither_none_nor_for_ever() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(rest(at(0), at(100)), Duration::from_secs(1));
        assert_eq!(rest(at(160), at(100)), Duration::from_mins(1));
        assert_eq!(rest(at(1_000_000), at(100)), LONGEST_REST);
    }

    #[test]
    fn without_lists_we_are_not_ready() {
        let now = Timestamp::from_second(0).unwrap();
        assert!(
            prove(&SnapshotHandle::default(), now)
                .unwrap_err()
                .contains("no trusted list")
        );
    }
}
