//! `procura`.
fn main() {}
