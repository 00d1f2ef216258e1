//! What validation concludes: expectations are written from EN 319 102-1, and everything but what a test names is sound.
#![expect(unreachable_pub, reason = "the scene is shared by test files")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests"
)]
mod algorithms;
mod attacks;
mod bounds;
mod counter_signatures;
mod detached;
mod flips;
mod format;
mod header;
#[path = "../kit/mod.rs"]
mod kit;
mod matrix;
mod paths;
mod profiles;
mod proofs;
mod pss;
mod responders;
mod revocation;
mod revocation_data;
mod scene;
mod sha1;
mod signatures;
mod signing_certificate;
mod time_stamps;
mod tokens;

use kit::{authority, forge, responder};
