//! LOTL → TL walk as a poll-able machine: it says what to fetch and takes what came. It reads no clock and no network.
//!
//! A refused list never replaces an accepted one. What was accepted stands until its own `NextUpdate` and the grace;
//! then its territory alone is unknown. Without a list of lists that is current, everything is.
mod message;
mod pivots;
mod replacement;
mod source;

use crate::{
    model::{MIME_XML, Pointer, TYPE_GENERIC, TYPE_LIST_OF_LISTS, TrustedList},
    signature::{ListError, Signers, unverified_scheme_information_uris, verify},
    snapshot::{ListOfLists, Listed, Snapshot, Unavailable},
};
use jiff::Timestamp;
use pivots::Pivots;
use source::{National, Source, after};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

pub use message::{Alert, Config, Request, Response, Step, Stored};
pub use replacement::{MAX_SKEW_SECONDS, Refusal};

/// Seconds until a failed fetch is tried again, at most the refresh interval.
const RETRY_SECONDS: i64 = 300;
/// Seconds after which a fetch that nobody reported is asked for again.
const LOST_SECONDS: i64 = 600;
/// Most lists that one list of lists may point to.
const MAX_LISTS: usize = 256;
/// Most alerts kept until they are taken.
const MAX_ALERTS: usize = 1024;

/// The machine.
#[derive(Debug)]
pub struct Sync {
    config: Config,
    lotl: Source,
    pivots: Pivots,
    lists: BTreeMap<String, National>,
    alerts: Vec<Alert>,
}

impl Sync {
    /// Starts from what was stored (re-verified; what fails is dropped with an alert).
    #[must_use]
    pub fn new(config: Config, stored: Vec<Stored>, now: Timestamp) -> Self {
        let mut sync = Self {
            config,
            lotl: Source::new(now),
            pivots: Pivots::default(),
            lists: BTreeMap::new(),
            alerts: Vec::new(),
        };
        let mut stored: HashMap<String, Stored> = stored.into_iter().map(|s| (s.url.clone(), s)).collect();
        if let Some(lotl) = stored.remove(&sync.config.lotl_url) {
            sync.find_pivots(&lotl.bytes);
            while let Some(url) = sync.pivots.wanted().map(str::to_owned) {
                let bytes = stored.remove(&url).map(|s| s.bytes);
                sync.pivot(&url, bytes.as_deref());
            }
            sync.restore(None, &lotl, now);
            sync.pivots.forget_failures();
        }
        let urls: Vec<String> = sync.lists.keys().cloned().collect();
        for url in urls {
            if let Some(list) = stored.remove(&url) {
                sync.restore(Some(&url), &list, now);
            }
        }
        sync
    }

    /// Takes a stored list (`None`: that of lists) as if it had just come, but not as if it were fresh.
    fn restore(&mut self, national: Option<&str>, stored: &Stored, now: Timestamp) {
        let accepted = match national {
            None => self.consider_lotl(&stored.bytes, now),
            Some(url) => self.consider_list(url, &stored.bytes, now),
        };
        let due = after(stored.fetched_at.min(now), self.config.refresh_seconds);
        let source = match national {
            None => Some(&mut self.lotl),
            Some(url) => self.lists.get_mut(url).map(|n| &mut n.source),
        };
        if let Some(source) = source.filter(|_| accepted) {
            source.etag.clone_from(&stored.etag);
            source.due = due;
        }
    }

    /// What next.
    pub fn poll(&mut self, now: Timestamp) -> Step {
        let mut requests = Vec::new();
        if let Some(request) = self.pivots.request(now) {
            requests.push(request);
        } else if !self.pivots.waits(now) {
            requests.extend(self.lotl.request(&self.config.lotl_url, now));
        }
        for (url, national) in &mut self.lists {
            requests.extend(national.source.request(url, now));
        }
        if !requests.is_empty() {
            return Step::Fetch(requests);
        }
        let next = core::iter::once(&self.lotl)
            .chain(self.lists.values().map(|n| &n.source))
            .map(|source| source.next(now))
            .chain(self.pivots.next())
            .filter(|next| *next > now)
            .min();
        Step::Wait(next.unwrap_or_else(|| after(now, RETRY_SECONDS)))
    }

    /// A response; `Some` when a list was accepted and is to be stored.
    pub fn on_response(&mut self, url: &str, response: Response, now: Timestamp) -> Option<Stored> {
        let (bytes, etag) = match response {
            Response::Body { bytes, etag } => (bytes, etag),
            Response::NotModified => {
                self.put_off(url, now, self.config.refresh_seconds);
                return None;
            }
            Response::Failed(reason) => {
                if self.pivots.is_wanted(url) {
                    self.pivot(url, None);
                    self.lotl.due = self.lotl.due.min(now);
                } else {
                    self.put_off(url, now, RETRY_SECONDS.min(self.config.refresh_seconds));
                }
                self.alert(url, format!("could not be fetched: {reason}"), None);
                return None;
            }
        };
        let keep = |bytes| {
            Some(Stored {
                url: url.to_owned(),
                bytes,
                etag: etag.clone(),
                fetched_at: now,
            })
        };
        if self.pivots.is_wanted(url) {
            let verified = self.pivot(url, Some(&bytes));
            self.lotl.due = self.lotl.due.min(now);
            return if verified { keep(bytes) } else { None };
        }
        let national = url != self.config.lotl_url;
        if !national && self.find_pivots(&bytes) {
            // The pivots come first; then the list of lists is fetched anew. Nothing unverified is kept meanwhile.
            self.lotl.asked = None;
            self.lotl.etag = None;
            self.lotl.due = now;
            return None;
        }
        let accepted = if national {
            self.consider_list(url, &bytes, now)
        } else {
            self.consider_lotl(&bytes, now)
        };
        if !national {
            self.pivots.forget_failures();
        }
        let seconds = self.config.refresh_seconds;
        self.put_off(
            url,
            now,
            if accepted {
                seconds
            } else {
                RETRY_SECONDS.min(seconds)
            },
        );
        if !accepted {
            return None;
        }
        if let Some(source) = self.source(url) {
            source.etag.clone_from(&etag);
        }
        keep(bytes)
    }

    /// The snapshot of all accepted lists.
    #[must_use]
    pub fn snapshot(&self, _now: Timestamp) -> Snapshot {
        let Some(lotl) = &self.lotl.accepted else {
            return Snapshot::new(ListOfLists::Absent(self.lotl.reason()), Vec::new(), Vec::new());
        };
        let grace = self.config.grace_seconds;
        let mut lists = Vec::new();
        let mut unavailable = Vec::new();
        for National { pointer, source } in self.lists.values() {
            match &source.accepted {
                Some(list) => lists.push(Listed::new(Arc::clone(list), grace)),
                None => {
                    unavailable.push(Unavailable {
                        territory: pointer.territory.clone(),
                        reason: source.reason(),
                    });
                }
            }
        }
        Snapshot::new(
            ListOfLists::Accepted(Listed::new(Arc::clone(lotl), grace)),
            lists,
            unavailable,
        )
    }

    /// Alerts since the last call.
    pub fn take_alerts(&mut self) -> Vec<Alert> {
        core::mem::take(&mut self.alerts)
    }

    fn alert(&mut self, url: &str, reason: String, refusal: Option<Refusal>) {
        if self.alerts.len() < MAX_ALERTS {
            self.alerts.push(Alert {
                url: url.to_owned(),
                reason,
                refusal,
            });
        }
    }

    fn source(&mut self, url: &str) -> Option<&mut Source> {
        if url == self.config.lotl_url {
            Some(&mut self.lotl)
        } else {
            self.lists.get_mut(url).map(|n| &mut n.source)
        }
    }

    /// The next fetch is due after `seconds`, or when the accepted list expires if that is sooner.
    fn put_off(&mut self, url: &str, now: Timestamp, seconds: i64) {
        if let Some(source) = self.source(url) {
            let expiry = source
                .accepted
                .as_ref()
                .and_then(|a| a.list.next_update)
                .filter(|next| *next > now);
            source.asked = None;
            source.due = expiry.map_or(after(now, seconds), |next| next.min(after(now, seconds)));
        }
    }

    /// Takes the addresses of the pivots, and nothing else, from a list of lists that is not verified yet. `true`
    /// when there are pivots to be fetched first.
    fn find_pivots(&mut self, bytes: &[u8]) -> bool {
        let Some(journal) = &self.config.official_journal_url else {
            return false;
        };
        let uris = unverified_scheme_information_uris(bytes).unwrap_or_default();
        self.pivots.announce(&uris, journal, &self.config.lotl_url)
    }

    /// A pivot came, or did not. Whether it leads on.
    fn pivot(&mut self, url: &str, bytes: Option<&[u8]>) -> bool {
        let signers = self.pivots.signers(&self.config.lotl_signers);
        let announced = bytes.map(|bytes| pivots::announced(bytes, &signers));
        let refusal = match announced {
            Some(Ok(announced)) => {
                self.pivots.passed(url, announced);
                return true;
            }
            Some(Err(refusal)) => Some(refusal),
            None => None,
        };
        self.pivots.failed(url);
        if let Some(refusal) = refusal {
            self.alert(url, format!("pivot refused: {refusal}"), Some(refusal));
        }
        false
    }

    fn consider_lotl(&mut self, bytes: &[u8], now: Timestamp) -> bool {
        let signers = self.pivots.signers(&self.config.lotl_signers);
        let stored = self.lotl.seen.clone();
        let url = self.config.lotl_url.clone();
        let considered = verify(bytes, &signers)
            .map_err(Refusal::from)
            .and_then(|list| replacement::list_of_lists(&list).map(|()| list))
            .and_then(|list| replacement::newer(stored.as_deref(), &list, now).map(|()| list));
        match considered {
            Ok(list) => {
                self.follow(&list.list, now);
                self.lotl.accept(list);
                true
            }
            Err(refusal) => {
                self.lotl.refusal = Some(refusal.to_string());
                self.alert(&url, refusal.to_string(), Some(refusal));
                false
            }
        }
    }

    fn consider_list(&mut self, url: &str, bytes: &[u8], now: Timestamp) -> bool {
        let Some(National { pointer, source }) = self.lists.get_mut(url) else {
            return false;
        };
        let considered = verify(bytes, &Signers::Certificates(pointer.signers.clone()))
            .map_err(Refusal::from)
            .and_then(|list| replacement::as_announced(pointer, &list).map(|()| list))
            .and_then(|list| replacement::newer(source.seen.as_deref(), &list, now).map(|()| list));
        match considered {
            Ok(list) => {
                source.accept(list);
                true
            }
            Err(refusal) => {
                source.refusal = Some(refusal.to_string());
                self.alert(url, refusal.to_string(), Some(refusal));
                false
            }
        }
    }

    /// Follows the pointers of an accepted list of lists: new ones are fetched, vanished ones forgotten, and a list
    /// whose signer is no longer announced is dropped.
    fn follow(&mut self, lotl: &TrustedList, now: Timestamp) {
        let mut old = core::mem::take(&mut self.lists);
        let own = self.config.lotl_url.clone();
        if let Some(journal) = self.config.official_journal_url.clone()
            && !lotl.scheme_information_uris.contains(&journal)
        {
            self.alert(
                &own,
                format!("it does not name the configured Official Journal notice {journal}"),
                None,
            );
        }
        if let Some(itself) = lotl.pointer_to_list_of_lists().filter(|p| p.location != own) {
            self.alert(
                &own,
                format!("it says that it has moved to {}", itself.location),
                None,
            );
        }
        let wanted = self.config.territories.clone();
        for pointer in lotl
            .pointers_to_lists()
            .filter(|p| wanted.is_empty() || wanted.contains(&p.territory))
        {
            let url = pointer.location.clone();
            if self.lists.len() >= MAX_LISTS || self.lists.contains_key(&url) || url == own {
                self.alert(
                    &url,
                    "pointed to once more: this pointer is not followed".to_owned(),
                    None,
                );
                continue;
            }
            let mut source = old
                .remove(&url)
                .map_or_else(|| Source::new(now), |national| national.source);
            let signers = Signers::Certificates(pointer.signers.clone());
            if let Some(list) = source
                .accepted
                .take_if(|list| !signers.contains(&list.signer.sha256()))
            {
                let refusal = Refusal::from(ListError::UnknownSigner(procura_crypto::digest::hexadecimal(
                    &list.signer.sha256(),
                )));
                source.refusal = Some(refusal.to_string());
                source.due = now;
                self.alert(&url, format!("dropped: {refusal}"), Some(refusal));
            }
            if let Some(list) = source
                .accepted
                .take_if(|list| list.list.territory != pointer.territory)
            {
                source.due = now;
                let refusal = Refusal::Territory {
                    announced: pointer.territory.clone(),
                    found: list.list.territory.clone(),
                };
                source.refusal = Some(refusal.to_string());
                self.alert(&url, format!("dropped: {refusal}"), Some(refusal));
            }
            self.lists.insert(
                url,
                National {
                    pointer: pointer.clone(),
                    source,
                },
            );
        }
    }
}
