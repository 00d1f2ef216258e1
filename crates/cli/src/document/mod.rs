//! Signed documents: `procura verify --report`, `procura sign`, `procura augment`.
pub(crate) mod arguments;
pub(crate) mod augment;
mod files;
pub(crate) mod sign;
mod terminal;
pub(crate) mod validate;
