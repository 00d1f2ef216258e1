//! The verifier as a whole: the real router and SQLite, the demo world served over HTTP, a relying party that listens.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]
#![expect(clippy::similar_names, reason = "a stage has states")]
mod assertions;
mod document_validation;
mod endings;
mod hang_up;
mod holders;
mod interface;
mod journey;
mod logs;
mod notification;
mod readiness;
mod refusals;
mod repetitions;
mod secrets;
mod stage;
mod submissions;
mod token_keys;
