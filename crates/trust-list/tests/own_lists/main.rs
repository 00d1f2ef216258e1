//! Lists made by our own publisher: read back, walked, attacked and asked.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
mod attacks;
mod forge;
mod publish;
mod qualification;
mod support;
mod sync;
