//! The parts of a snapshot: which list, what a service's status means, and why a list cannot be used.
use crate::{
    model::{CA_QC, TrustedList},
    signature::VerifiedList,
};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// Which list was used: evidence in every verdict.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct ListUsed {
    /// Territory.
    pub territory: String,
    /// Sequence number.
    pub sequence: u64,
    /// SHA-256, hex.
    pub sha256: String,
}
impl ListUsed {
    /// The evidence of a verified list.
    #[must_use]
    pub fn of(list: &VerifiedList) -> Self {
        Self {
            territory: list.list.territory.clone(),
            sequence: list.list.sequence,
            sha256: procura_crypto::digest::hexadecimal(&list.sha256),
        }
    }
}

/// Why nothing can be said for a territory.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The list was not obtained yet.
    #[error("the list was not obtained yet")]
    Missing,
    /// Every list that came was refused.
    #[error("the list was refused: {0}")]
    Refused(String),
    /// The list was due for an update, and the grace has passed.
    #[error("the list was to be updated by {next_update}")]
    Expired {
        /// `NextUpdate`.
        next_update: Timestamp,
    },
}
/// A list that cannot be used, and why: with it, "no path" means "unknown".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("trusted list {territory}: {reason}")]
pub struct Unavailable {
    /// Territory; that of the list of lists stands for all.
    pub territory: String,
    /// Why.
    pub reason: Reason,
}

/// What a service's status means at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub enum Standing {
    /// Granted; before 2016-07-01 also under supervision, in cessation of supervision, accredited.
    Granted,
    /// Every other status.
    Withdrawn,
    /// The service had not started.
    NotStarted,
    /// The list was closed before this time, or ran out: it does not say.
    Unknown,
}
/// A service to which an anchor belongs, at a time.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ServiceStatus {
    /// Territory.
    pub territory: String,
    /// Name of the provider, English where there is one.
    pub provider: String,
    /// Name of the service at that time, English where there is one.
    pub service: String,
    /// `ServiceTypeIdentifier` at that time.
    pub service_type: String,
    /// `ServiceStatus`, the last part of the URI.
    pub status: String,
    /// What it means.
    pub standing: Standing,
    /// Start of this status.
    pub since: Option<Timestamp>,
    /// The list that says so.
    pub list: ListUsed,
}
impl ServiceStatus {
    pub(super) fn rank(&self) -> (bool, bool) {
        (self.standing == Standing::Granted, self.service_type == CA_QC)
    }
}

/// A verified list in a snapshot.
#[derive(Clone, Debug)]
pub struct Listed {
    pub(super) used: ListUsed,
    list: Arc<VerifiedList>,
    pub(super) usable_until: Timestamp,
}
impl Listed {
    /// A list that is used until its `NextUpdate` and `grace_seconds` more; a closed list says something about times
    /// up to its issue only.
    #[must_use]
    pub fn new(list: Arc<VerifiedList>, grace_seconds: i64) -> Self {
        let usable_until = list.list.next_update.map_or(list.list.issued, |next| {
            next.checked_add(SignedDuration::from_secs(grace_seconds))
                .unwrap_or(Timestamp::MAX)
        });
        Self {
            used: ListUsed::of(&list),
            list,
            usable_until,
        }
    }
    /// The evidence.
    #[must_use]
    pub fn used(&self) -> &ListUsed {
        &self.used
    }
    /// The content.
    #[must_use]
    pub fn content(&self) -> &TrustedList {
        &self.list.list
    }
    /// Whether it is closed: no update will come.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.list.list.next_update.is_none()
    }
    /// Until when it says something.
    #[must_use]
    pub fn usable_until(&self) -> Timestamp {
        self.usable_until
    }
    pub(super) fn offers_anchors(&self, now: Timestamp) -> bool {
        self.is_closed() || now <= self.usable_until
    }
    pub(super) fn expired(&self, now: Timestamp) -> Option<Unavailable> {
        let next_update = self.list.list.next_update.filter(|_| now > self.usable_until)?;
        Some(Unavailable {
            territory: self.used.territory.clone(),
            reason: Reason::Expired { next_update },
        })
    }
}

/// The list of lists under which a snapshot stands.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ListOfLists {
    /// Accepted.
    Accepted(Listed),
    /// There is none that could be used.
    Absent(Reason),
    /// The lists were pinned one by one.
    Pinned,
}
