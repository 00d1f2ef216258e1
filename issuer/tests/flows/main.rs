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
mod journey;
mod listeners;
mod local_seals;
mod logs;
mod management;
mod one_seal;
mod readiness;
mod remote_seal;
mod status;
mod token_requests;
mod world;
