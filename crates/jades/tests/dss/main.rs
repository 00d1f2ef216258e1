//! EU DSS, the reference implementation, judges what we sign, and we judge what it signs: `tests/interop/dss` is a small
//! program around it. Without a JDK, Maven, or a registry that Maven resolves from, these tests say that they are skipped.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests"
)]
mod facts;
mod judged;
#[path = "../kit/mod.rs"]
mod kit;
mod ours;
mod program;
mod seals;
mod theirs;
mod world;

use kit::{authority, forge};
