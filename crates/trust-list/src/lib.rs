//! ETSI TS 119 612 trusted lists: XML signatures, model, LOTL → TL walk, snapshot, qualification, publishing.
pub mod c14n;
pub mod model;
pub mod publish;
pub mod qualification;
pub mod signature;
pub mod snapshot;
pub mod sync;
pub mod xml;

pub use model::{Service, TrustServiceProvider, TrustedList};
pub use qualification::{Qualification, Qualified, Use};
pub use signature::{ListError, Signers, VerifiedList, verify};
pub use snapshot::{
    ListOfLists, ListUsed, Listed, Reason, ServiceStatus, Snapshot, SnapshotHandle, Standing, Unavailable,
};
pub use sync::{Step, Sync};
