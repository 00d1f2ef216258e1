//! One URL that is kept current.
use super::{LOST_SECONDS, Request};
use crate::{model::Pointer, signature::VerifiedList, snapshot::Reason};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// One URL that is kept current.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) accepted: Option<Arc<VerifiedList>>,
    /// The last one that was accepted, even if it was dropped since: nothing older is taken.
    pub(super) seen: Option<Arc<VerifiedList>>,
    pub(super) etag: Option<String>,
    pub(super) due: Timestamp,
    pub(super) asked: Option<Timestamp>,
    pub(super) refusal: Option<String>,
}
impl Source {
    pub(super) fn new(due: Timestamp) -> Self {
        Self {
            accepted: None,
            seen: None,
            etag: None,
            due,
            asked: None,
            refusal: None,
        }
    }
    pub(super) fn accept(&mut self, list: VerifiedList) {
        let list = Arc::new(list);
        self.accepted = Some(Arc::clone(&list));
        self.seen = Some(list);
        self.refusal = None;
    }
    pub(super) fn waits(&self, now: Timestamp) -> bool {
        self.asked.is_some_and(|asked| after(asked, LOST_SECONDS) > now)
    }
    pub(super) fn request(&mut self, url: &str, now: Timestamp) -> Option<Request> {
        if self.due > now || self.waits(now) {
            return None;
        }
        self.asked = Some(now);
        Some(Request {
            url: url.to_owned(),
            etag: self.etag.clone().filter(|_| self.accepted.is_some()),
        })
    }
    pub(super) fn next(&self, now: Timestamp) -> Timestamp {
        match self.asked {
            Some(asked) if self.waits(now) => after(asked, LOST_SECONDS),
            _ => self.due,
        }
    }
    pub(super) fn reason(&self) -> Reason {
        self.refusal.clone().map_or(Reason::Missing, Reason::Refused)
    }
}
/// A national list: the pointer that announces it, and what came.
#[derive(Debug)]
pub(super) struct National {
    pub(super) pointer: Pointer,
    pub(super) source: Source,
}

pub(super) fn after(time: Timestamp, seconds: i64) -> Timestamp {
    time.checked_add(SignedDuration::from_secs(seconds))
        .unwrap_or(Timestamp::MAX)
}
