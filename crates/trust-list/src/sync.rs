//! LOTL → TL walk as a poll-able machine.
use crate::{signature::Signers, snapshot::Snapshot};
use jiff::Timestamp;

/// What the edge does next.
#[derive(Clone, Debug)]
pub enum Step {
    /// Fetch these (conditionally) and report each by `on_response`.
    Fetch(Vec<Request>),
    /// Nothing before this time.
    Wait(Timestamp),
}
/// A fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// URL.
    pub url: String,
    /// `ETag` of what we have.
    pub etag: Option<String>,
}
/// Outcome of a fetch.
#[derive(Clone, Debug)]
pub enum Response {
    /// New bytes.
    Body {
        /// Bytes.
        bytes: Vec<u8>,
        /// `ETag`.
        etag: Option<String>,
    },
    /// Not modified.
    NotModified,
    /// Failed, in words.
    Failed(String),
}
/// What to trust and how to behave.
#[derive(Clone, Debug)]
pub struct Config {
    /// URL of the LOTL.
    pub lotl_url: String,
    /// Its pinned signers (Official Journal).
    pub lotl_signers: Signers,
    /// URL of the Official Journal notice: pivots newer than it are walked.
    pub official_journal_url: Option<String>,
    /// Only these territories; empty: all.
    pub territories: Vec<String>,
    /// Seconds between refreshes.
    pub refresh_seconds: i64,
    /// Grace after `NextUpdate` in seconds.
    pub grace_seconds: i64,
}
/// Something an operator must know (roll-back, stranger's signature, …).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// URL.
    pub url: String,
    /// What happened.
    pub reason: String,
}
/// A list to keep: the bytes are verified again when loaded.
#[derive(Clone, Debug)]
pub struct Stored {
    /// URL.
    pub url: String,
    /// Bytes.
    pub bytes: Vec<u8>,
    /// `ETag`.
    pub etag: Option<String>,
    /// When fetched.
    pub fetched_at: Timestamp,
}
/// The machine.
#[derive(Debug)]
pub struct Sync {
    _todo: (),
}
impl Sync {
    /// Starts from what was stored (re-verified; what fails is dropped with an alert).
    pub fn new(_config: Config, _stored: Vec<Stored>, _now: Timestamp) -> Self {
        todo!()
    }
    /// What next.
    pub fn poll(&mut self, _now: Timestamp) -> Step {
        todo!()
    }
    /// A response; `Some` when a list was accepted and is to be stored.
    pub fn on_response(&mut self, _url: &str, _response: Response, _now: Timestamp) -> Option<Stored> {
        todo!()
    }
    /// The snapshot of all accepted lists.
    pub fn snapshot(&self, _now: Timestamp) -> Snapshot {
        todo!()
    }
    /// Alerts since the last call.
    pub fn take_alerts(&mut self) -> Vec<Alert> {
        todo!()
    }
}
