//! ETSI TS 119 182-1, B-B in compact form: prepare / finish and validate. SKELETON.
pub mod create;
pub mod validate;
pub use create::{Prepared, Sealing};
pub use validate::{Signature, SignatureError};
