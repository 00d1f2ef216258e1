//! When a list may take the place of the one that is stored.
use super::{MIME_XML, Pointer, TYPE_GENERIC, TYPE_LIST_OF_LISTS, after};
use crate::signature::{ListError, VerifiedList};
use jiff::Timestamp;

/// How far ahead of our clock a list may be issued, in seconds.
pub const MAX_SKEW_SECONDS: i64 = 300;

/// Why a list does not replace the stored one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It does not verify.
    #[error(transparent)]
    List(#[from] ListError),
    /// It is another territory's.
    #[error("the list is of territory {found}, but {announced} was announced")]
    Territory {
        /// The pointer's.
        announced: String,
        /// The list's.
        found: String,
    },
    /// It is of another type.
    #[error("the list is of type {found}")]
    Type {
        /// The list's `TSLType`.
        found: String,
    },
    /// An older list than the stored one.
    #[error("roll-back: list {candidate} is older than the stored list {stored}")]
    RollBack {
        /// Sequence number of the stored list.
        stored: u64,
        /// Sequence number of the refused list.
        candidate: u64,
    },
    /// Another list under the number of the stored one.
    #[error("another list under the sequence number {sequence} of the stored one")]
    SameSequence {
        /// The number.
        sequence: u64,
    },
    /// Issued in the future.
    #[error("the list is issued in the future, at {issued}")]
    Future {
        /// `ListIssueDateTime`.
        issued: Timestamp,
    },
    /// A list of lists without `NextUpdate`.
    #[error("the list of lists is closed")]
    ClosedListOfLists,
    /// A pivot that does not say who signs the next list of lists.
    #[error("it does not announce signers of the list of lists")]
    NoSigners,
}

impl Refusal {
    /// The stable code of the reason, for logs and operators.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::List(error) => error.code(),
            Self::Territory { .. } => "PRO-6120",
            Self::Type { .. } => "PRO-6121",
            Self::RollBack { .. } => "PRO-6122",
            Self::SameSequence { .. } => "PRO-6123",
            Self::Future { .. } => "PRO-6124",
            Self::ClosedListOfLists => "PRO-6125",
            Self::NoSigners => "PRO-6126",
        }
    }
}

/// A list of lists is one, and open.
pub(super) fn list_of_lists(candidate: &VerifiedList) -> Result<(), Refusal> {
    let list = &candidate.list;
    if list.tsl_type != TYPE_LIST_OF_LISTS {
        return Err(Refusal::Type {
            found: list.tsl_type.clone(),
        });
    }
    if list.next_update.is_none() {
        return Err(Refusal::ClosedListOfLists);
    }
    Ok(())
}

/// The list is what its pointer says.
pub(super) fn as_announced(pointer: &Pointer, candidate: &VerifiedList) -> Result<(), Refusal> {
    let list = &candidate.list;
    if list.territory != pointer.territory {
        return Err(Refusal::Territory {
            announced: pointer.territory.clone(),
            found: list.territory.clone(),
        });
    }
    if list.tsl_type != TYPE_GENERIC
        || list.tsl_type != pointer.tsl_type
        || !pointer.mime_type.eq_ignore_ascii_case(MIME_XML)
    {
        return Err(Refusal::Type {
            found: list.tsl_type.clone(),
        });
    }
    Ok(())
}

/// The list is not older than the stored one, and not from the future.
pub(super) fn newer(
    stored: Option<&VerifiedList>,
    candidate: &VerifiedList,
    now: Timestamp,
) -> Result<(), Refusal> {
    let list = &candidate.list;
    if list.issued > after(now, MAX_SKEW_SECONDS) {
        return Err(Refusal::Future { issued: list.issued });
    }
    let Some(stored) = stored else { return Ok(()) };
    if list.sequence < stored.list.sequence {
        return Err(Refusal::RollBack {
            stored: stored.list.sequence,
            candidate: list.sequence,
        });
    }
    if list.sequence == stored.list.sequence && candidate.sha256 != stored.sha256 {
        return Err(Refusal::SameSequence {
            sequence: list.sequence,
        });
    }
    Ok(())
}
