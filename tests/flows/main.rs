//! The journey of a mandate: issued, received, asked for, presented, and its holder is let in.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]
mod faithfulness;
mod journey;
mod replicas;
mod restarts;
mod revocation;
mod times;
