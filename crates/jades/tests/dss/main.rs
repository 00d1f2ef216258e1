//! EU DSS, the reference implementation, judges what we sign, and we judge what it signs: `tests/interop/dss` is a small
//! program around it. Without a JDK, Maven, or a registry that Maven resolves from, these tests say that they are skipped.
#![expect(unreachable_pub, reason = "authority and forge are shared by test files")]
#![expect(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests, of which these need a part"
)]
#[path = "../../../ades/tests/authority/mod.rs"]
mod authority;
mod facts;
#[path = "../../../pki/tests/forge/mod.rs"]
mod forge;
mod judged;
mod ours;
mod program;
mod seals;
mod theirs;
mod world;
