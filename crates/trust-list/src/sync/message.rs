//! What goes in and out of the machine.
use super::Refusal;
use crate::signature::Signers;
use jiff::Timestamp;

/// What the edge does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Fetch these (conditionally) and report each by [`Sync::on_response`](super::Sync::on_response).
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
    /// URL of the Official Journal notice that names them: pivots newer than it are walked. `None`: no pivots.
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
    /// The rule by which a list was refused, if that is what happened.
    pub refusal: Option<Refusal>,
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
