//! What judging needs to know of the world, and what the edge found out.
use crate::status::StatusListCredential;
use jiff::Timestamp;
use procura_did::Did;
use procura_pki::{CertificatePool, Crl};
use procura_trust_list::Snapshot;
use std::{collections::BTreeMap, sync::Arc};

/// Something to be found out. The edge gathers needs in parallel under one deadline.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Need {
    /// The current trust snapshot.
    Trust,
    /// A CRL by URL (only asked for once the path has reached an anchor).
    Crl(String),
    /// A status list credential by URL.
    StatusList(String),
    /// Whether a DID is a participant of the ecosystem.
    Participant(Did),
    /// For which credential types a DID may issue.
    Issuer(Did),
}
/// What came of a need.
#[derive(Clone, Debug)]
pub enum Fetched<T> {
    /// Found.
    Have {
        /// The value.
        value: T,
        /// When it was obtained from its source.
        at: Timestamp,
    },
    /// The source answered that there is none (404).
    Absent,
    /// The source did not answer in a usable way: unknown.
    Unavailable(String),
}
/// Registration as an issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerRegistration {
    /// Credential type.
    pub credential_type: String,
    /// Valid from.
    pub from: Option<Timestamp>,
    /// Valid to.
    pub to: Option<Timestamp>,
}
/// Facts.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Trust snapshot.
    pub trust: Option<Arc<Snapshot>>,
    /// CRLs by URL, read once: clones share what was verified of them.
    pub crls: BTreeMap<String, Fetched<Crl>>,
    /// Status list credentials by URL: clones share what was verified of them.
    pub status_lists: BTreeMap<String, Fetched<StatusListCredential>>,
    /// Participation by DID: `Have(true)` active, `Have(false)` known and not active.
    pub participants: BTreeMap<Did, Fetched<bool>>,
    /// Issuer registrations by DID.
    pub issuers: BTreeMap<Did, Fetched<Vec<IssuerRegistration>>>,
    /// Certificates of paths that were found before; clones share them. No source of trust: it saves work only.
    pub certificates: CertificatePool,
}
