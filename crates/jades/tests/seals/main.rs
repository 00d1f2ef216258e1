//! Sealing, validating, and every way to break a seal.
mod algorithm;
mod create;
mod cryptography;
#[path = "../kit/mod.rs"]
mod kit;
mod profiles;
mod signing_certificate;
mod structure;
mod time;
mod world;
