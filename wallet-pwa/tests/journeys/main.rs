//! The wallet over real HTTP, a real database and real seals: an issuer and a verifier on loopback, which twist exactly
//! one thing of what otherwise passes.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
mod commits;
mod ending;
mod house;
mod issuer;
mod logs;
mod once;
mod presenting;
mod readiness;
mod receiving;
mod runs;
mod sessions;
mod several;
mod starting;
mod verifier;
