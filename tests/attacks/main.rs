//! What goes from one service to another and should not be believed there: one mutation each, beside a control.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]
mod access_tokens;
mod floods;
mod holders;
mod peers;
mod tokens;
mod villains;
