//! TS 119 615: what a certificate was at a time, according to the lists.
use crate::snapshot::{ListUsed, Snapshot};
use jiff::Timestamp;
use procura_pki::Path;

/// For what a certificate is qualified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Use {
    /// Electronic signature.
    ESign,
    /// Electronic seal.
    ESeal,
    /// Website authentication.
    Web,
    /// Contradicting statements.
    Unknown,
}
/// Qualified or not at one time.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Qualified {
    /// Granted CA/QC service, and QC for this use.
    pub qualified: bool,
    /// For what.
    pub usage: Use,
    /// Key in a QSCD.
    pub qscd: bool,
    /// Name of the service that decided, status, start of the period.
    pub service: Option<String>,
    /// Why, one line a rule.
    pub reasons: Vec<String>,
}
/// The result at issuance, at the judged time, and both.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Qualification {
    /// At notBefore.
    pub at_issuance: Qualified,
    /// At the time judged.
    pub at_time: Qualified,
    /// TS 119 615 strict combination.
    pub combined: Qualified,
    /// Lists that decided.
    pub lists: Vec<ListUsed>,
}
/// Qualifies the leaf of `path` at its issuance and at `at`.
pub fn qualify(_snapshot: &Snapshot, _path: &Path, _at: Timestamp) -> Qualification {
    todo!()
}
