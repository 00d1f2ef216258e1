//! What is added to signatures: level by level, without touching what is there, and what is refused because it would
//! prove nothing.
#![expect(
    unreachable_pub,
    reason = "authority, forge and world are shared by test files"
)]
#![expect(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests, of which these need a part"
)]
#[path = "../../../ades/tests/authority/mod.rs"]
mod authority;
mod corpus;
mod evidence;
mod flips;
#[path = "../../../pki/tests/forge/mod.rs"]
mod forge;
mod levels;
mod needs;
mod refusals;
#[path = "../../../pki/tests/responder/mod.rs"]
mod responder;
mod round_trip;
#[path = "../creation/world.rs"]
mod world;
