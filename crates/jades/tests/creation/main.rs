//! What is created at level B-B: every property, payload and serialisation, and what is refused before it is signed.
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
#[path = "../../../pki/tests/forge/mod.rs"]
mod forge;
mod forms;
mod more_signatures;
mod properties;
mod refusals;
#[path = "../../../pki/tests/responder/mod.rs"]
mod responder;
mod schemas;
mod untouched;
mod world;
