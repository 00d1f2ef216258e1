//! What the tests of this crate make documents with, octet by octet: certificates and lists, answers of responders,
//! time-stamp tokens, and somebody who signs.
#![expect(unreachable_pub, reason = "shared by test files")]
#![expect(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "of which each test file needs a part"
)]
#[path = "../../../ades/tests/authority/mod.rs"]
pub mod authority;
#[path = "../../../pki/tests/forge/mod.rs"]
pub mod forge;
#[path = "../../../pki/tests/responder/mod.rs"]
pub mod responder;
pub mod world;
