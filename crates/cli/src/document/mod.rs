//! Signed documents: `procura verify --report`, `procura sign`, `procura augment`.
pub(crate) mod arguments;
pub(crate) mod augment;
mod destination;
mod files;
mod gathering;
mod raising;
pub(crate) mod sign;
mod signer;
mod terminal;
pub(crate) mod validate;
