//! Everything that the verified lists say, immutable.
use jiff::Timestamp;
use procura_pki::{Anchor, Certificate};
use std::sync::Arc;

/// Which list was used: evidence in every verdict.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ListUsed {
    /// Territory.
    pub territory: String,
    /// Sequence number.
    pub sequence: u64,
    /// SHA-256, hex.
    pub sha256: String,
}
/// All lists of one LOTL (or several) at one moment.
#[derive(Debug, Default)]
pub struct Snapshot {
    _todo: (),
}
impl Snapshot {
    /// CA anchors of services that could have issued `leaf` or its chain (looked up by issuer names and AKI, all
    /// territories that are usable at `now`).
    pub fn anchors(&self, _leaf: &Certificate, _others: &[Certificate], _now: Timestamp) -> Vec<Anchor> {
        todo!()
    }
    /// Lists with state.
    pub fn lists(&self) -> Vec<ListUsed> {
        todo!()
    }
    /// Earliest time at which a list of it stops being usable.
    pub fn usable_until(&self) -> Option<Timestamp> {
        todo!()
    }
}
/// The current snapshot behind an atomic pointer.
#[derive(Clone, Debug, Default)]
pub struct SnapshotHandle(Arc<std::sync::RwLock<Arc<Snapshot>>>);
impl SnapshotHandle {
    /// The current one.
    pub fn load(&self) -> Arc<Snapshot> {
        let _ = &self.0;
        todo!()
    }
    /// Replaces it.
    pub fn store(&self, _snapshot: Snapshot) {
        todo!()
    }
}
