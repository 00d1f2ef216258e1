//! The trusted lists of the demo world (ETSI TS 119 612 v2.4.1).
use super::{Lists, World, WorldError, people::days_before};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// How long a list is current.
pub(super) const LIST_LIFE: SignedDuration = SignedDuration::from_hours(24 * 30);

/// A list of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ListFile {
    /// The list of lists.
    Lotl,
    /// The German list.
    German,
    /// The German list as a stranger would have it.
    GermanByStranger,
    /// The German list before the service of 2017 was withdrawn.
    GermanRolledBack,
}
impl ListFile {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Lotl, Self::German, Self::GermanByStranger, Self::GermanRolledBack];
    /// The name of its file.
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Lotl => "lotl.xml",
            Self::German => "DE.xml",
            Self::GermanByStranger => "DE-by-stranger.xml",
            Self::GermanRolledBack => "DE-rolled-back.xml",
        }
    }
}
impl World {
    /// The bytes of a list.
    pub fn list(&self, list: ListFile) -> Result<&[u8], WorldError> {
        Ok(self.lists.get(&list).ok_or(WorldError::Missing(list.file_name()))?)
    }
    /// What is served under a URL.
    pub(super) fn list_at(&self, url: &str, lists: Lists) -> Option<&[u8]> {
        let german = match lists {
            Lists::Current => ListFile::German,
            Lists::ByStranger => ListFile::GermanByStranger,
            Lists::RolledBack => ListFile::GermanRolledBack,
        };
        let file = if url == self.origins().lotl() {
            ListFile::Lotl
        } else if url == self.origins().german_list() {
            german
        } else {
            return None;
        };
        self.lists.get(&file).map(Vec::as_slice)
    }
    /// Signs every list with the next sequence number.
    pub(super) fn sign_lists(&mut self, now: Timestamp) -> Result<(), WorldError> {
        let _ = days_before(now, 0)?;
        self.lists = BTreeMap::new();
        self.index.sequence += 1;
        self.index.lists_at = now;
        Ok(())
    }
}
