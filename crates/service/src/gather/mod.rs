//! Gathers facts for judges: caches, guarded fetches, one deadline, at most four rounds.
//!
//! A judge says what it needs; what cannot be had within the deadline is `Unavailable`, with the reason, and the judge
//! decides what that means. Only what a source answered in a usable way is cached: a CRL until its `nextUpdate`, a status
//! list within its validity, registrations for a minute. What was cached and turned out not to be
//! enough for a verdict is forgotten, so that the next judgement asks again.
mod cache;
mod registries;

pub use registries::Registries;

use crate::{
    clock::Clock,
    guarded::{Answer, GuardedClient, Purpose},
};
use cache::Cache;
use futures_util::future::{BoxFuture, join_all};
use jiff::{SignedDuration, Timestamp};
use procura_credential::{
    CheckName, Facts, Judgement, Need, Verdict,
    facts::{Fetched, IssuerRegistration},
    status::StatusListCredential,
    verdict::Outcome,
};
use procura_did::Did;
use procura_jose::{base64url, json};
use procura_pki::{CertificatePool, Crl};
use procura_trust_list::SnapshotHandle;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tokio::time::Instant;
use url::Url;

/// Rounds of gathering before a judge that still asks is left without an answer.
const ROUNDS: usize = 4;
/// Needs of one round that are met; no honest credential has so many.
const NEEDS: usize = 32;
const MEBIBYTE: usize = 1024 * 1024;
/// Memory of a CRL that was read, in bytes for each byte of its DER: a table of its entries beside their octets.
const CRL_WEIGHT: usize = 4;

/// `[gather]`: how long facts may take, and how long they are believed.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GatherLimits {
    /// Seconds for all facts of one judgement.
    pub deadline_seconds: u64,
    /// Seconds that a status list is believed, within its own validity: a revocation shows after at most so long.
    pub status_list_seconds: u32,
    /// Seconds that a CRL is believed, before its `nextUpdate`.
    pub crl_seconds: u32,
    /// Seconds that a registration is believed.
    pub registration_seconds: u32,
}

impl Default for GatherLimits {
    fn default() -> Self {
        Self {
            deadline_seconds: 8,
            status_list_seconds: 300,
            crl_seconds: 3600,
            registration_seconds: 60,
        }
    }
}

/// The gatherer of a service. Clones share its caches.
#[derive(Clone)]
pub struct Gatherer(Source);

#[derive(Clone)]
enum Source {
    Network(Arc<Network>),
    Known(Arc<Facts>),
}

struct Network {
    client: GuardedClient,
    trust: SnapshotHandle,
    registries: Registries,
    limits: GatherLimits,
    clock: Arc<dyn Clock>,
    crls: Cache<String, Crl>,
    status_lists: Cache<String, StatusListCredential>,
    certificates: CertificatePool,
    participants: Cache<Did, bool>,
    issuers: Cache<Did, Vec<IssuerRegistration>>,
}

impl core::fmt::Debug for Gatherer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut shown = f.debug_struct("Gatherer");
        if let Source::Network(network) = &self.0 {
            shown
                .field("registries", &network.registries)
                .field("limits", &network.limits);
        }
        shown.finish_non_exhaustive()
    }
}

/// One need with what came of it.
enum Fact {
    Crl(String, Fetched<Crl>),
    StatusList(String, Fetched<StatusListCredential>),
    Participant(Did, Fetched<bool>),
    Issuer(Did, Fetched<Vec<IssuerRegistration>>),
}

impl Gatherer {
    /// Gathers from these sources.
    #[must_use]
    pub fn new(
        client: GuardedClient,
        trust: SnapshotHandle,
        registries: Registries,
        limits: GatherLimits,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self(Source::Network(Arc::new(Network {
            client,
            trust,
            registries,
            limits,
            clock,
            crls: Cache::new(128 * MEBIBYTE),
            status_lists: Cache::new(64 * MEBIBYTE),
            certificates: CertificatePool::default(),
            participants: Cache::new(10_000),
            issuers: Cache::new(10_000),
        })))
    }

    /// A gatherer that knows these facts and asks nobody: everything else is unavailable.
    #[must_use]
    pub fn known(facts: Facts) -> Self {
        Self(Source::Known(Arc::new(facts)))
    }

    /// Adds what is needed to `facts`, in parallel, within the deadline.
    pub async fn gather(&self, needs: &BTreeSet<Need>, facts: &mut Facts) {
        self.gather_until(needs, facts, self.deadline()).await;
    }

    /// Judges with gathering, at most four rounds under one deadline; `judge` is called with growing facts.
    ///
    /// A judge that asks for the same again and again is left without an answer: `Needs` comes back, and nothing was
    /// proven.
    pub async fn judge<T>(&self, judge: impl Fn(&Facts) -> Judgement<T> + Send) -> Judgement<T> {
        let deadline = self.deadline();
        let mut facts = self.at_hand();
        for _ in 0..ROUNDS {
            let needs = match judge(&facts) {
                Judgement::Needs(needs) => needs,
                judged @ Judgement::Judged { .. } => return self.remember(judged, &facts),
            };
            self.gather_until(&needs, &mut facts, deadline).await;
        }
        self.remember(judge(&facts), &facts)
    }

    /// What is known without asking anybody.
    fn at_hand(&self) -> Facts {
        match &self.0 {
            Source::Network(network) => Facts {
                trust: Some(network.trust.load()),
                certificates: network.certificates.clone(),
                ..Facts::default()
            },
            Source::Known(known) => Facts {
                certificates: known.certificates.clone(),
                ..Facts::default()
            },
        }
    }

    fn deadline(&self) -> Instant {
        let seconds = match &self.0 {
            Source::Network(network) => network.limits.deadline_seconds,
            Source::Known(_) => 0,
        };
        Instant::now() + Duration::from_secs(seconds)
    }

    async fn gather_until(&self, needs: &BTreeSet<Need>, facts: &mut Facts, deadline: Instant) {
        match &self.0 {
            Source::Network(network) => network.gather(needs, facts, deadline).await,
            Source::Known(known) => needs.iter().for_each(|need| look_up(need, known, facts)),
        }
    }

    /// Forgets cached facts that left a check undecided.
    fn remember<T>(&self, judgement: Judgement<T>, facts: &Facts) -> Judgement<T> {
        if let (Source::Network(network), Judgement::Judged { verdict, .. }) = (&self.0, &judgement) {
            network.forget_undecided(verdict, facts);
        }
        judgement
    }
}

/// What is known of a need.
fn look_up(need: &Need, known: &Facts, facts: &mut Facts) {
    fn of<K: Ord + Clone, V: Clone>(
        key: &K,
        known: &BTreeMap<K, Fetched<V>>,
        facts: &mut BTreeMap<K, Fetched<V>>,
    ) {
        let found = known.get(key).cloned();
        let fact = found
            .unwrap_or_else(|| Fetched::Unavailable("not among the known facts, and nobody is asked".into()));
        facts.insert(key.clone(), fact);
    }
    match need {
        Need::Trust => facts.trust.clone_from(&known.trust),
        Need::Crl(url) => of(url, &known.crls, &mut facts.crls),
        Need::StatusList(url) => of(url, &known.status_lists, &mut facts.status_lists),
        Need::Participant(did) => of(did, &known.participants, &mut facts.participants),
        Need::Issuer(did) => of(did, &known.issuers, &mut facts.issuers),
        _ => unmet(),
    }
}

/// A kind of need that is newer than this gatherer stays unmet, and the judge says so.
fn unmet() {
    tracing::warn!("a judge needs what this version cannot gather");
}

impl Network {
    async fn gather(&self, needs: &BTreeSet<Need>, facts: &mut Facts, deadline: Instant) {
        let mut asked: Vec<BoxFuture<'_, Fact>> = Vec::new();
        for need in needs.iter().take(NEEDS) {
            match need {
                Need::Trust => facts.trust = Some(self.trust.load()),
                Need::Crl(url) => asked.push(Box::pin(async move {
                    Fact::Crl(url.clone(), in_time(deadline, self.crl(url)).await)
                })),
                Need::StatusList(url) => asked.push(Box::pin(async move {
                    Fact::StatusList(url.clone(), in_time(deadline, self.status_list(url)).await)
                })),
                Need::Participant(did) => asked.push(Box::pin(async move {
                    Fact::Participant(did.clone(), in_time(deadline, self.participant(did)).await)
                })),
                Need::Issuer(did) => asked.push(Box::pin(async move {
                    Fact::Issuer(did.clone(), in_time(deadline, self.issuer(did)).await)
                })),
                _ => unmet(),
            }
        }
        for fact in join_all(asked).await {
            match fact {
                Fact::Crl(key, value) => drop(facts.crls.insert(key, value)),
                Fact::StatusList(key, value) => drop(facts.status_lists.insert(key, value)),
                Fact::Participant(key, value) => drop(facts.participants.insert(key, value)),
                Fact::Issuer(key, value) => drop(facts.issuers.insert(key, value)),
            }
        }
    }

    async fn crl(&self, url: &str) -> Fetched<Crl> {
        let (key, now) = (url.to_owned(), self.now());
        if let Some(cached) = self.crls.get(&key, now) {
            return Fetched::Have {
                value: cached.value,
                at: cached.at,
            };
        }
        let body = match self.fetch(Purpose::Crl, url).await {
            Ok(answer) => answer.body,
            Err(fetched) => return fetched.into(),
        };
        match Crl::from_der(&body) {
            Ok(crl) => {
                if let Some(next_update) = crl.next_update() {
                    let until = next_update.min(after(now, self.limits.crl_seconds));
                    let weight = body.len().saturating_mul(CRL_WEIGHT);
                    self.crls.put(key, crl.clone(), weight, now, until);
                }
                Fetched::Have { value: crl, at: now }
            }
            Err(e) => Fetched::Unavailable(format!("{}: {e}", public(url))),
        }
    }

    async fn status_list(&self, url: &str) -> Fetched<StatusListCredential> {
        let (key, now) = (url.to_owned(), self.now());
        if let Some(cached) = self.status_lists.get(&key, now) {
            return Fetched::Have {
                value: cached.value,
                at: cached.at,
            };
        }
        let body = match self.fetch(Purpose::StatusList, url).await {
            Ok(answer) => answer.body,
            Err(fetched) => return fetched.into(),
        };
        let Ok(text) = String::from_utf8(body) else {
            return Fetched::Unavailable(format!("{}: not a compact JWS", public(url)));
        };
        let text = text.trim().to_owned();
        let cap = after(now, self.limits.status_list_seconds);
        let until = claimed_end(&text).map_or(cap, |end| end.min(cap));
        // Its signing input, payload and bits may be kept beside it.
        let weight = text
            .len()
            .saturating_mul(3)
            .saturating_add(StatusListCredential::MAX_KEPT_BYTES);
        let list = StatusListCredential::from(text);
        self.status_lists.put(key, list.clone(), weight, now, until);
        Fetched::Have { value: list, at: now }
    }

    async fn participant(&self, did: &Did) -> Fetched<bool> {
        let bases = &self.registries.participants;
        let path = ["api", "did", "v1", "identifiers", did.as_str()];
        self.registered(did, &self.participants, bases, &path, |body| {
            registries::participant(did, body)
        })
        .await
    }

    async fn issuer(&self, did: &Did) -> Fetched<Vec<IssuerRegistration>> {
        let bases = &self.registries.issuers;
        let path = ["v4", "issuers", did.as_str()];
        self.registered(did, &self.issuers, bases, &path, |body| {
            registries::issuer(did, body)
        })
        .await
    }

    /// Asks the registries one after the other; the first that knows the DID answers. One that gives no usable answer
    /// might have known it: without a positive answer, the whole is then unknown and not absent.
    async fn registered<V: Clone>(
        &self,
        did: &Did,
        cache: &Cache<Did, V>,
        bases: &[Url],
        path: &[&str],
        read: impl Fn(&[u8]) -> Result<V, String>,
    ) -> Fetched<V> {
        let now = self.now();
        if let Some(cached) = cache.get(did, now) {
            return Fetched::Have {
                value: cached.value,
                at: cached.at,
            };
        }
        let mut unclear = bases.is_empty().then(|| "no registry is configured".to_owned());
        for base in bases {
            let Some(url) = registries::below(base, path) else {
                unclear = Some(format!("{base}: not a base URL"));
                continue;
            };
            match self.fetch(Purpose::Registry, url.as_str()).await {
                Ok(answer) => match read(&answer.body) {
                    Ok(value) => {
                        cache.put(
                            did.clone(),
                            value.clone(),
                            1,
                            now,
                            after(now, self.limits.registration_seconds),
                        );
                        return Fetched::Have { value, at: now };
                    }
                    Err(reason) => unclear = Some(format!("{base}: {reason}")),
                },
                Err(NoAnswer::Absent) => {}
                Err(NoAnswer::Unavailable(reason)) => unclear = Some(reason),
            }
        }
        unclear.map_or(Fetched::Absent, Fetched::Unavailable)
    }

    async fn fetch(&self, purpose: Purpose, url: &str) -> Result<Answer, NoAnswer> {
        let parsed = Url::parse(url).map_err(|_| NoAnswer::Unavailable("not a URL".into()))?;
        let answer = self
            .client
            .get(purpose, &parsed, None, None)
            .await
            .map_err(|e| NoAnswer::Unavailable(e.to_string()))?;
        match answer.status {
            200 => Ok(answer),
            404 => Err(NoAnswer::Absent),
            status => Err(NoAnswer::Unavailable(format!(
                "{}: HTTP status {status}",
                public(url)
            ))),
        }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn forget_undecided(&self, verdict: &Verdict, facts: &Facts) {
        let undecided = |name| {
            verdict
                .checks
                .iter()
                .any(|c| c.name == name && c.outcome == Outcome::Unknown)
        };
        if undecided(CheckName::Revocation) {
            facts.crls.keys().for_each(|url| self.crls.forget(url));
        }
        if undecided(CheckName::Status) {
            facts
                .status_lists
                .keys()
                .for_each(|url| self.status_lists.forget(url));
        }
    }
}

enum NoAnswer {
    Absent,
    Unavailable(String),
}

impl<T> From<NoAnswer> for Fetched<T> {
    fn from(none: NoAnswer) -> Self {
        match none {
            NoAnswer::Absent => Self::Absent,
            NoAnswer::Unavailable(reason) => Self::Unavailable(reason),
        }
    }
}

async fn in_time<T>(deadline: Instant, fetched: impl Future<Output = Fetched<T>>) -> Fetched<T> {
    tokio::time::timeout_at(deadline, fetched)
        .await
        .unwrap_or_else(|_| Fetched::Unavailable("no answer before the deadline of this judgement".into()))
}

fn after(now: Timestamp, seconds: u32) -> Timestamp {
    now.checked_add(SignedDuration::from_secs(seconds.into()))
        .unwrap_or(Timestamp::MAX)
}

/// When a status list says that it ends. Not verified: it only shortens how long the list is cached.
fn claimed_end(compact: &str) -> Option<Timestamp> {
    let payload = base64url::decode(compact.split('.').nth(1)?)?;
    let claims = json::parse_object(
        &payload,
        json::Limits {
            size: 8 * MEBIBYTE,
            depth: 32,
        },
    )
    .ok()?;
    let credential = claims.get("vc").and_then(Value::as_object).unwrap_or(&claims);
    let expires = claims
        .get("exp")
        .and_then(Value::as_i64)
        .and_then(|s| Timestamp::from_second(s).ok());
    let until = ["validUntil", "expirationDate"]
        .into_iter()
        .find_map(|name| credential.get(name)?.as_str()?.parse().ok());
    [expires, until].into_iter().flatten().min()
}

/// A URL without its query.
fn public(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
