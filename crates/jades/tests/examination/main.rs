//! What an examination finds: each rule of format, reference, payload, time-stamp and level broken once in a document
//! that is otherwise sound.
#![expect(unreachable_pub, reason = "authority and forge are shared by test files")]
#![expect(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests, of which these need a part"
)]
#[path = "../../../ades/tests/authority/mod.rs"]
mod authority;
mod detached;
#[path = "../../../pki/tests/forge/mod.rs"]
mod forge;
mod header;
mod signer;
mod time_stamps;
