//! What an examination finds: each rule of format, reference, payload, time-stamp and level broken once in a document
//! that is otherwise sound.
#![expect(unreachable_pub, reason = "the signer is shared by test files")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]
mod detached;
mod header;
#[path = "../kit/mod.rs"]
mod kit;
mod signer;
mod time_stamps;

use kit::{authority, forge};
