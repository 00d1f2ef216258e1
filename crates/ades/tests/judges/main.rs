//! OpenSSL's program and pyHanko judge the tokens and chains that we judge, and we judge OpenSSL's tokens. Where one of
//! them is missing, the test says that it is skipped: `cargo xtask test` installs both where it may.
#![expect(unreachable_pub, reason = "authority and forge are shared by test files")]
#![expect(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests, of which these need a part"
)]
#![expect(
    clippy::too_many_lines,
    reason = "a table of cases is as long as there are cases"
)]
#[path = "../authority/mod.rs"]
mod authority;
mod chains;
#[path = "../../../pki/tests/forge/mod.rs"]
mod forge;
mod openssl;
mod past;
mod pyhanko;
mod tokens;
