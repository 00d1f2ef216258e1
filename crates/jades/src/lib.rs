//! JAdES (ETSI TS 119 182-1 V1.2.1): how a credential is sealed and its seal validated, at level B-B in compact form;
//! and what a signature of any level and serialisation is, before anybody is trusted.
//!
//! Creating is in two steps, so that an HSM or a remote signer fits in between: [`prepare`] fixes the exact bytes,
//! [`Prepared::finish`] verifies what came back by the signing certificate before anything is released.
//! [`validate()`] checks format, signing certificate, cryptography and claimed time; whether the certificate is trusted
//! is the question of `procura-pki` and of the trusted lists.
//!
//! Refused: JSON serialisations (never "any signature of several"), symmetric and unlisted algorithms, unknown `crit`,
//! keys that do not fit `alg`, a certificate reference that is missing, doubled or of another certificate, claimed
//! times in the future or outside of the certificate's validity. `jwk`, `jku` and `x5u` are never used.
//!
//! [`Document::read`] and [`Document::examine`] give the facts of documents that are no credentials: who signed, whether
//! the value verifies, what each time-stamp covers and says, counter-signatures, the level of the format, and every rule
//! that is broken. They conclude nothing: levels above B-B are not validated yet, and no service relies on them.
//!
//! ```
//! use procura_jades::{Profile, SignatureError, validate};
//! use procura_jose::AlgorithmSet;
//!
//! let now = jiff::Timestamp::UNIX_EPOCH;
//! let refused = validate(r#"{"payload":"","signatures":[]}"#, Profile::Credential, &AlgorithmSet::all(), now);
//! let Err(error) = refused else { panic!("a JSON serialisation is never a credential's seal") };
//! assert!(matches!(error, SignatureError::Format(_)));
//! assert_eq!(error.conclusion().to_string(), "TOTAL-FAILED / FORMAT_FAILURE");
//! ```
pub mod create;
pub mod document;
pub mod examine;
pub mod report;
mod time;
pub mod validate;
pub mod validation;

pub use create::{CreateError, Prepared, Sealing, prepare};
pub use document::{Document, Objects};
pub use examine::{Examined, Level};
pub use report::Report;
pub use validate::{Profile, Signature, SignatureError, validate};
pub use validation::{Rules, Validation};
