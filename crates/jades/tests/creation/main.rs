//! What is created at level B-B: every property, payload and serialisation, and what is refused before it is signed.
#![expect(unreachable_pub, reason = "content and properties are shared by test files")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests"
)]
mod forms;
#[path = "../kit/mod.rs"]
mod kit;
mod more_signatures;
mod properties;
mod refusals;
mod schemas;
mod untouched;

use kit::{authority, forge, world};
