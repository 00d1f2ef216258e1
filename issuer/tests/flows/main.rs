//! The issuer through its real routers: the journey, and every refusal with a control that passes and one mutation.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod at_rest;
mod commits;
mod credential_requests;
mod documents;
mod evidence;
#[cfg(feature = "pkcs11")]
mod hardware_seal;
mod journey;
mod listeners;
mod local_seals;
mod logs;
mod management;
mod one_seal;
mod readiness;
mod remote_seal;
#[cfg(feature = "pkcs11")]
#[path = "../../../crates/keys/tests/softhsm/mod.rs"]
mod softhsm;
mod status;
mod token_requests;
mod world;
