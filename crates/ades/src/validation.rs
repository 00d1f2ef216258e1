//! The building blocks of EN 319 102-1 §5.2 to §5.6 that all formats share: certificates now, certificates in the past,
//! time-stamps.
//!
//! Everything that is judged by comes in as a [`Context`]. Certificates and revocation data are candidates whoever
//! brought them; anchors alone are trusted, and each only for its purpose.
pub mod certificate;
mod failure;
pub mod past;
mod revocation;
pub mod time_stamp;

pub use certificate::{Judged, StatusOf};
pub use failure::Failure;

use crate::catalogue::Catalogue;
use core::cell::Cell;
use jiff::{SignedDuration, Timestamp};
use procura_pki::{Anchor, Certificate, PathOptions, revocation::RevocationData};

/// Clocks differ.
pub const SKEW: SignedDuration = SignedDuration::from_mins(5);
/// Searches for a path in one validation.
const MAX_SEARCHES: usize = 512;
/// Revocation data asked for a certificate in one validation.
const MAX_QUESTIONS: usize = 16 * 1024;
/// Revocation data in one validation.
const MAX_REVOCATION_DATA: usize = 256;
/// Certificates brought to one validation.
const MAX_CERTIFICATES: usize = 512;

/// What a certificate is relied on for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Seals and signatures on documents.
    Signatures,
    /// Time-stamps.
    TimeStamps,
}

/// Trust anchors, bound to a purpose: those for seals and signatures never serve for time-stamps, nor the reverse.
#[derive(Clone, Debug, Default)]
pub struct Anchors {
    /// For the certificates of who signs or seals.
    pub signatures: Vec<Anchor>,
    /// For the certificates of time-stamping units.
    pub time_stamps: Vec<Anchor>,
}
impl Anchors {
    /// Those for one purpose.
    #[must_use]
    pub fn of(&self, purpose: Purpose) -> &[Anchor] {
        match purpose {
            Purpose::Signatures => &self.signatures,
            Purpose::TimeStamps => &self.time_stamps,
        }
    }
}

/// What is demanded of certificates, revocation data and algorithms (EN 319 102-1 §5.1.4).
#[derive(Clone, Debug)]
pub struct Policy {
    /// Bounds of the search for paths.
    pub path: PathOptions,
    /// Until when algorithms are relied on.
    pub catalogue: Catalogue,
    /// How old revocation data may be that do not say when newer ones come (§5.2.5.4).
    pub max_age: SignedDuration,
}
impl Default for Policy {
    /// RSA from 1900 bits, as the catalogue dates the sizes above; a day for data that do not tell their end.
    fn default() -> Self {
        Self {
            path: PathOptions {
                min_rsa_bits: 1024,
                ..PathOptions::default()
            },
            catalogue: Catalogue::default(),
            max_age: SignedDuration::from_hours(24),
        }
    }
}

/// What a validation is made with.
#[derive(Debug)]
pub struct Context<'a> {
    /// The validation time.
    pub now: Timestamp,
    /// What is demanded.
    pub policy: &'a Policy,
    /// Whom to trust.
    pub anchors: &'a Anchors,
    /// Candidates for paths and for the signers of tokens and revocation data.
    pub certificates: &'a [Certificate],
    /// Revocation data, from the document and from elsewhere.
    pub revocation: &'a [RevocationData],
    searches: Cell<usize>,
    questions: Cell<usize>,
}

impl<'a> Context<'a> {
    /// For one validation at `now`.
    ///
    /// # Errors
    /// [`Failure::Budget`] for more than 512 certificates or 256 revocation data.
    pub fn new(
        now: Timestamp,
        policy: &'a Policy,
        anchors: &'a Anchors,
        certificates: &'a [Certificate],
        revocation: &'a [RevocationData],
    ) -> Result<Self, Failure> {
        if certificates.len() > MAX_CERTIFICATES {
            return Err(Failure::Budget("certificates"));
        }
        if revocation.len() > MAX_REVOCATION_DATA {
            return Err(Failure::Budget("revocation data"));
        }
        Ok(Self {
            now,
            policy,
            anchors,
            certificates,
            revocation,
            searches: Cell::new(MAX_SEARCHES),
            questions: Cell::new(MAX_QUESTIONS),
        })
    }

    fn spend_search(&self) -> Result<(), Failure> {
        spend(&self.searches, "searches for paths")
    }

    fn spend_question(&self) -> Result<(), Failure> {
        spend(&self.questions, "questions to revocation data")
    }
}

fn spend(left: &Cell<usize>, what: &'static str) -> Result<(), Failure> {
    left.set(left.get().checked_sub(1).ok_or(Failure::Budget(what))?);
    Ok(())
}
