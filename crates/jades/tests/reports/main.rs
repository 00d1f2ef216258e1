//! Reports as people and programs see them, and what strangers cannot do to them.
#![expect(unreachable_pub, reason = "forge is shared by test files")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests, of which these need a part"
)]
#[path = "../../../pki/tests/forge/mod.rs"]
mod forge;
mod hostile;
mod sample;
mod shown;
