//! Sealing, validating, and every way to break a seal.
mod attacks;
mod create;
mod world;
