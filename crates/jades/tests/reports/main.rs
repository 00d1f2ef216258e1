//! Reports as people and programs see them, and what strangers cannot do to them.
#![expect(unreachable_pub, reason = "samples are shared by test files")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]
mod hostile;
#[path = "../kit/mod.rs"]
mod kit;
mod sample;
mod shown;

use kit::forge;
