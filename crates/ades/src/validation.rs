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
use core::cell::{Cell, RefCell};
use jiff::{SignedDuration, Timestamp};
use procura_pki::{
    Anchor, Certificate, PathOptions,
    path::SignatureChecks,
    revocation::{RevocationData, Statement},
};
use std::{collections::HashMap, rc::Rc};

/// Clocks differ.
pub const SKEW: SignedDuration = SignedDuration::from_mins(5);
/// Searches for a path in one validation.
const MAX_SEARCHES: usize = 512;
/// Signatures on certificates and revocation data that are checked in one validation; none is checked twice.
const MAX_SIGNATURE_CHECKS: usize = 256;
/// Questions for the status of certificates in one validation, and data asked for it; none are asked twice for the same.
const MAX_QUESTIONS: usize = 4096;
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
    /// How old revocation data of an end entity may be at the time in the past for which they vouch, however late their
    /// nextUpdate: whoever archives chooses among old ones, and may have lost the key since. Lists of CAs count until their
    /// nextUpdate, since many come once a year.
    pub max_past_age: SignedDuration,
}
impl Default for Policy {
    /// RSA from 1024 bits, whose end the catalogue dates; a day for data that do not tell theirs; in the past ten days,
    /// which is the longest that the CA/Browser Forum lets lists and answers of end entities last (Baseline Requirements
    /// §4.9.7, §4.9.10).
    fn default() -> Self {
        Self {
            path: PathOptions {
                min_rsa_bits: 1024,
                ..PathOptions::default()
            },
            catalogue: Catalogue::default(),
            max_age: SignedDuration::from_hours(24),
            max_past_age: SignedDuration::from_hours(10 * 24),
        }
    }
}

/// SHA-256 of a certificate and of its issuer.
type Issued = ([u8; 32], [u8; 32]);
/// What data tell of one certificate.
type ToldOf = Vec<(RevocationData, Result<Statement, String>)>;

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
    /// The first bound for which anything was left undone.
    exhausted: Cell<Option<&'static str>>,
    checks: SignatureChecks,
    told: RefCell<HashMap<Issued, Rc<ToldOf>>>,
    /// Certificates that were judged at the validation time.
    judged: RefCell<HashMap<(Purpose, [u8; 32]), Judged>>,
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
            return Err(Failure::Budget("512 candidate certificates"));
        }
        if revocation.len() > MAX_REVOCATION_DATA {
            return Err(Failure::Budget("256 revocation data"));
        }
        Ok(Self {
            now,
            policy,
            anchors,
            certificates,
            revocation,
            searches: Cell::new(MAX_SEARCHES),
            questions: Cell::new(MAX_QUESTIONS),
            exhausted: Cell::new(None),
            checks: SignatureChecks::new(MAX_SIGNATURE_CHECKS),
            told: RefCell::default(),
            judged: RefCell::default(),
        })
    }

    /// The bound for which anything was left undone: then nothing is to be concluded, since what was left out could be
    /// what matters.
    #[must_use]
    pub fn exhausted(&self) -> Option<&'static str> {
        let checks = self.checks.are_spent();
        let checks = checks.then_some("256 signatures to check");
        self.exhausted.get().or(checks)
    }

    fn spend_search(&self) -> Result<(), Failure> {
        self.spend(&self.searches, "512 searches for paths")
    }

    fn spend(&self, left: &Cell<usize>, bound: &'static str) -> Result<(), Failure> {
        if let Some(rest) = left.get().checked_sub(1) {
            left.set(rest);
            return Ok(());
        }
        self.exhausted.set(self.exhausted.get().or(Some(bound)));
        Err(Failure::Budget(bound))
    }

    /// What the data at hand tell of a certificate, each asked once.
    fn told(&self, certificate: &Certificate, issuer: &Certificate) -> Result<Rc<ToldOf>, Failure> {
        // To walk over what is known costs as well.
        self.spend(&self.questions, "4096 questions to revocation data")?;
        let key = (certificate.sha256(), issuer.sha256());
        if let Some(told) = self.told.borrow().get(&key) {
            return Ok(Rc::clone(told));
        }
        let mut told = Vec::new();
        for data in self.revocation {
            if !data.concern(certificate, issuer) {
                continue;
            }
            self.spend(&self.questions, "4096 questions to revocation data")?;
            let statement = data
                .statement_within(certificate, issuer, self.certificates, &self.checks)
                .map_err(|error| error.to_string());
            told.push((data.clone(), statement));
        }
        let told = Rc::new(told);
        self.told.borrow_mut().insert(key, Rc::clone(&told));
        Ok(told)
    }
}
