//! What is added to signatures: level by level, without touching what is there, and what is refused because it would
//! prove nothing.
#![expect(unreachable_pub, reason = "levels are shared by test files")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests"
)]
mod corpus;
mod evidence;
mod flips;
#[path = "../kit/mod.rs"]
mod kit;
mod levels;
mod needs;
mod refusals;
mod round_trip;

use kit::{authority, forge, responder, world};
