//! Remote signing over real HTTP on loopback: the client of `procura_keys` against the sandbox's provider.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]
mod once;
mod provider;
mod refusals;
mod signing;
mod stage;
#[path = "../support/mod.rs"]
mod support;
