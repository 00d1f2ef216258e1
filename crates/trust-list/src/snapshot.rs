//! Everything that the verified lists say, immutable.
//!
//! A snapshot answers with anchors, states and qualifications, and says which lists it cannot answer from. That
//! nothing was found is a refusal only when the list that would say so is there.
mod state;

use crate::{
    model::{GRANTED, Period, STATUS_PREFIX, Service, TrustServiceProvider, preferred},
    qualification::{self, Qualification, eidas_start},
};
use jiff::Timestamp;
use procura_pki::{Anchor, Certificate, Path};
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, PoisonError, RwLock},
};

/// Names looked up for one leaf.
const MAX_NAMES: usize = 128;
/// Anchors offered for one leaf.
const MAX_ANCHORS: usize = 128;
const COUNTRY: &str = "2.5.4.6";

pub use state::{ListOfLists, ListUsed, Listed, Reason, ServiceStatus, Standing, Unavailable};

/// A service in a snapshot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) listed: &'a Listed,
    pub(crate) provider: &'a TrustServiceProvider,
    pub(crate) service: &'a Service,
}
impl<'a> Entry<'a> {
    /// The period at `at`, and what it means.
    pub(crate) fn at(&self, at: Timestamp) -> (Option<&'a Period>, Standing) {
        let period = self.service.period_at(at);
        let standing = match period {
            _ if at > self.listed.usable_until => Standing::Unknown,
            None => Standing::NotStarted,
            Some(period) if is_granted(period, at) => Standing::Granted,
            Some(_) => Standing::Withdrawn,
        };
        (period, standing)
    }
}

/// Granted in the sense of its time (TS 119 615 PRO-4.4.4): `granted` since 2016-07-01, before that the three states
/// of supervised services. A status of one time that starts in the other is inconsistent and grants nothing.
fn is_granted(period: &Period, at: Timestamp) -> bool {
    let start = eidas_start();
    if at >= start {
        return period.status == GRANTED && period.from >= start;
    }
    matches!(
        period.status.strip_prefix(STATUS_PREFIX),
        Some("undersupervision" | "supervisionincessation" | "accredited")
    )
}

type EntityKey = (Vec<u8>, Vec<u8>);
fn entity(certificate: &Certificate) -> EntityKey {
    (
        certificate.subject().normalized(),
        certificate.spki_der().to_vec(),
    )
}

/// All lists of one LOTL (or several) at one moment.
pub struct Snapshot {
    list_of_lists: ListOfLists,
    lists: Vec<Listed>,
    unavailable: Vec<Unavailable>,
    /// Services by (normalized subject, `SubjectPublicKeyInfo`): (list, provider, service).
    entities: HashMap<EntityKey, Vec<(usize, usize, usize)>>,
    /// Anchors of CA services by normalized subject: certificate and list.
    anchors: HashMap<Vec<u8>, Vec<(Certificate, usize)>>,
}
impl core::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Snapshot")
            .field("lists", &self.lists())
            .field("unavailable", &self.unavailable)
            .finish_non_exhaustive()
    }
}
/// Nothing was loaded yet: unusable.
impl Default for Snapshot {
    fn default() -> Self {
        Self::new(ListOfLists::Absent(Reason::Missing), Vec::new(), Vec::new())
    }
}
impl Snapshot {
    /// A snapshot of verified lists. `unavailable` names what the list of lists points to and is not here.
    #[must_use]
    pub fn new(list_of_lists: ListOfLists, lists: Vec<Listed>, unavailable: Vec<Unavailable>) -> Self {
        let mut entities: HashMap<EntityKey, Vec<_>> = HashMap::new();
        let mut anchors: HashMap<Vec<u8>, Vec<(Certificate, usize)>> = HashMap::new();
        for (at_list, listed) in lists.iter().enumerate() {
            for (at_provider, provider) in listed.content().providers.iter().enumerate() {
                for (at_service, service) in provider.services.iter().enumerate().filter(|(_, s)| s.is_ca()) {
                    for certificate in &service.certificates {
                        let key = entity(certificate);
                        let of_subject = anchors.entry(key.0.clone()).or_default();
                        if !of_subject
                            .iter()
                            .any(|(known, list)| known == certificate && *list == at_list)
                        {
                            of_subject.push((certificate.clone(), at_list));
                        }
                        let services = entities.entry(key).or_default();
                        if services.last() != Some(&(at_list, at_provider, at_service)) {
                            services.push((at_list, at_provider, at_service));
                        }
                    }
                }
            }
        }
        Self {
            list_of_lists,
            lists,
            unavailable,
            entities,
            anchors,
        }
    }

    /// Whether there is a list of lists that may be used at `now`.
    ///
    /// # Errors
    /// Why there is none; then every territory is unknown.
    pub fn usable(&self, now: Timestamp) -> Result<(), Unavailable> {
        match &self.list_of_lists {
            ListOfLists::Pinned => Ok(()),
            ListOfLists::Accepted(listed) => listed.expired(now).map_or(Ok(()), Err),
            ListOfLists::Absent(reason) => Err(Unavailable {
                territory: "EU".into(),
                reason: reason.clone(),
            }),
        }
    }

    /// Every list that cannot be used at `now`, with the reason; the list of lists first.
    #[must_use]
    pub fn unavailable(&self, now: Timestamp) -> Vec<Unavailable> {
        self.usable(now)
            .err()
            .into_iter()
            .chain(self.unavailable.iter().cloned())
            .chain(self.lists.iter().filter_map(|listed| listed.expired(now)))
            .collect()
    }

    /// The lists that could have named an issuer of `leaf` and cannot be used at `now`: where this is not empty, "no
    /// path" means "unknown". By the country of the issuers; an issuer without a country could be named by any list.
    #[must_use]
    pub fn indeterminate(
        &self,
        leaf: &Certificate,
        others: &[Certificate],
        now: Timestamp,
    ) -> Vec<Unavailable> {
        let mut unavailable = self.unavailable(now);
        if self.usable(now).is_err() {
            return unavailable;
        }
        let mut territories = BTreeSet::new();
        for certificate in core::iter::once(leaf).chain(others.iter().take(MAX_NAMES)) {
            let mut countries = certificate
                .issuer()
                .attributes
                .iter()
                .filter(|(oid, _)| oid == COUNTRY)
                .map(|(_, c)| c)
                .peekable();
            if countries.peek().is_none() {
                return unavailable;
            }
            territories.extend(countries.map(|country| territory_of(country)));
        }
        unavailable.retain(|u| territories.contains(&territory_of(&u.territory)));
        unavailable
    }

    /// Anchors of CA services that could have issued `leaf` or one of `others`, or that are `leaf`, from every list
    /// that is usable at `now`. Whatever their status: a withdrawn service is told apart by [`Self::service_status`].
    #[must_use]
    pub fn anchors(&self, leaf: &Certificate, others: &[Certificate], now: Timestamp) -> Vec<Anchor> {
        if self.usable(now).is_err() {
            return Vec::new();
        }
        let mut names = BTreeSet::new();
        for certificate in core::iter::once(leaf).chain(others.iter().take(MAX_NAMES)) {
            names.insert(certificate.issuer().normalized());
            names.insert(certificate.subject().normalized());
        }
        let mut found: Vec<Anchor> = Vec::new();
        for (certificate, list) in names.iter().filter_map(|name| self.anchors.get(name)).flatten() {
            let usable = self
                .lists
                .get(*list)
                .is_some_and(|listed| listed.offers_anchors(now));
            if usable && found.len() < MAX_ANCHORS && !found.iter().any(|anchor| anchor.0 == *certificate) {
                found.push(Anchor(certificate.clone()));
            }
        }
        found
    }

    /// The CA services of `certificate` by name and key: a re-issued certificate with the same key is the same.
    pub(crate) fn entries(&self, certificate: &Certificate) -> impl Iterator<Item = Entry<'_>> {
        self.entities
            .get(&entity(certificate))
            .into_iter()
            .flatten()
            .filter_map(|(list, provider, service)| {
                let listed = self.lists.get(*list)?;
                let provider = listed.content().providers.get(*provider)?;
                Some(Entry {
                    listed,
                    provider,
                    service: provider.services.get(*service)?,
                })
            })
    }

    /// The CA services along a path: of its anchor and of the CA certificates below it.
    pub(crate) fn entries_of(&self, path: &Path) -> Vec<Entry<'_>> {
        let mut found: Vec<Entry<'_>> = Vec::new();
        for certificate in path
            .certificates
            .iter()
            .skip(1)
            .chain(core::iter::once(&path.anchor.0))
        {
            for entry in self.entries(certificate) {
                if !found
                    .iter()
                    .any(|known| core::ptr::eq(known.service, entry.service))
                {
                    found.push(entry);
                }
            }
        }
        found
    }

    /// The services to which the anchor and the CAs of `path` belong, as they stand at `at`; the one that decides
    /// first (a granted CA/QC, then anything granted). Empty when no list names them.
    #[must_use]
    pub fn service_status(&self, path: &Path, at: Timestamp) -> Vec<ServiceStatus> {
        let mut found: Vec<ServiceStatus> = self
            .entries_of(path)
            .into_iter()
            .map(|entry| {
                let (period, standing) = entry.at(at);
                let shown = period.or_else(|| entry.service.periods.last());
                ServiceStatus {
                    territory: entry.listed.used.territory.clone(),
                    provider: preferred(&entry.provider.names).to_owned(),
                    service: shown.map(|p| preferred(&p.names).to_owned()).unwrap_or_default(),
                    service_type: shown.map(|p| p.service_type.clone()).unwrap_or_default(),
                    status: period
                        .map(|p| {
                            p.status
                                .strip_prefix(STATUS_PREFIX)
                                .unwrap_or(&p.status)
                                .to_owned()
                        })
                        .unwrap_or_default(),
                    standing,
                    since: period.map(|p| p.from),
                    list: entry.listed.used.clone(),
                }
            })
            .collect();
        found.sort_by_key(|status| core::cmp::Reverse(status.rank()));
        found
    }

    /// What the leaf of `path` was at its issuance and at `at` (TS 119 615).
    #[must_use]
    pub fn qualification(&self, path: &Path, at: Timestamp) -> Qualification {
        qualification::qualify(self, path, at)
    }

    /// The lists, that of lists first.
    #[must_use]
    pub fn lists(&self) -> Vec<ListUsed> {
        self.list_of_lists_used()
            .into_iter()
            .chain(self.lists.iter().map(|listed| listed.used.clone()))
            .collect()
    }

    /// The verified lists in full.
    #[must_use]
    pub fn listed(&self) -> &[Listed] {
        &self.lists
    }

    /// The list of lists.
    #[must_use]
    pub fn list_of_lists(&self) -> &ListOfLists {
        &self.list_of_lists
    }

    pub(crate) fn list_of_lists_used(&self) -> Option<ListUsed> {
        match &self.list_of_lists {
            ListOfLists::Accepted(listed) => Some(listed.used.clone()),
            _ => None,
        }
    }

    /// Earliest time at which a list of it stops being usable; closed lists do not count.
    #[must_use]
    pub fn usable_until(&self) -> Option<Timestamp> {
        let list_of_lists = match &self.list_of_lists {
            ListOfLists::Accepted(listed) => Some(listed),
            _ => None,
        };
        list_of_lists
            .into_iter()
            .chain(&self.lists)
            .filter(|l| !l.is_closed())
            .map(Listed::usable_until)
            .min()
    }
}

/// Lists call Greece EL and the United Kingdom UK.
fn territory_of(country: &str) -> String {
    match country.to_ascii_uppercase().as_str() {
        "GR" => "EL".to_owned(),
        "GB" => "UK".to_owned(),
        other => other.to_owned(),
    }
}

/// The current snapshot behind an atomic pointer.
#[derive(Clone, Debug, Default)]
pub struct SnapshotHandle(Arc<RwLock<Arc<Snapshot>>>);
impl SnapshotHandle {
    /// The current one.
    #[must_use]
    pub fn load(&self) -> Arc<Snapshot> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
    /// Replaces it.
    pub fn store(&self, snapshot: Snapshot) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
    }
}
