//! Sealing, validating, and every way to break a seal.
mod algorithm;
mod create;
mod cryptography;
mod profiles;
mod signing_certificate;
mod structure;
mod time;
mod world;
