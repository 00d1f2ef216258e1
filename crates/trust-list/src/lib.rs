//! ETSI TS 119 612 trusted lists: XML signatures, model, LOTL → TL walk, snapshot, qualification, publishing. SKELETON.
pub mod model;
pub mod publish;
pub mod qualification;
pub mod signature;
pub mod snapshot;
pub mod sync;
pub mod xml;

pub use model::{Service, TrustServiceProvider, TrustedList};
pub use qualification::{Qualification, Qualified};
pub use signature::{ListError, VerifiedList};
pub use snapshot::{ListUsed, Snapshot, SnapshotHandle};
pub use sync::{Sync, Step};
