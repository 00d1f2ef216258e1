//! What validation concludes: expectations are written from EN 319 102-1, and everything but what a test names is sound.
#![expect(unreachable_pub, reason = "authority and forge are shared by test files")]
#![expect(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests, of which these need a part"
)]
mod algorithms;
mod attacks;
#[path = "../../../ades/tests/authority/mod.rs"]
mod authority;
mod counter_signatures;
mod detached;
mod flips;
#[path = "../../../pki/tests/forge/mod.rs"]
mod forge;
mod header;
mod matrix;
mod paths;
mod profiles;
mod proofs;
#[path = "../../../pki/tests/responder/mod.rs"]
mod responder;
mod responders;
mod revocation_data;
mod scene;
mod signatures;
mod signing_certificate;
mod time_stamps;
mod tokens;
