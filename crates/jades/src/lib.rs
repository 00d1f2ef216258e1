//! JAdES (ETSI TS 119 182-1 V1.2.1), level B-B in compact form: how a credential is sealed and its seal validated.
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
mod time;
pub mod validate;

pub use create::{CreateError, Prepared, Sealing, prepare};
pub use validate::{Profile, Signature, SignatureError, validate};
