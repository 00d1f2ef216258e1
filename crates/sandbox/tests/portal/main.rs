//! What the portal lets in, and what it refuses, on both databases.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]
mod greeting;
mod interface;
mod logs;
mod notifications;
mod readiness;
mod sessions;
mod stage;
mod tokens;
mod verifier_keys;
