//! JAdES (ETSI TS 119 182-1 V1.2.1): signatures created at level B-B in every serialisation and augmented to B-T, B-LT and
//! B-LTA; how a credential is sealed and its seal validated; and what a signature of any level is, before anybody is
//! trusted.
//!
//! Creating is in two steps, so that an HSM or a remote signer fits in between: `prepare` fixes the exact bytes, `finish`
//! verifies what came back by the signing certificate before anything is released. [`prepare`] is for credentials;
//! [`Signing`] writes every signed property, detached payloads, parallel signatures and counter-signatures, and refuses by
//! name what the specification forbids. [`Augmented`] says what there is to gather and adds time-stamps and validation data,
//! without touching what is there; it takes no token that does not hold. [`evidence`] is what an issuer keeps beside a
//! compact credential.
//!
//! ```
//! use procura_jades::{
//!     Augmented, Objects, Signing,
//!     augment::{Purpose, ValidationData},
//!     create::{Content, Payload},
//!     document::Serialisation,
//! };
//! use procura_jose::Algorithm;
//! use procura_pki::Certificate;
//!
//! /// `sign` asks a key, `time_stamp` an authority: where they are is not this crate's business.
//! fn archive(
//!     report: &[u8],
//!     chain: &[Certificate],
//!     sign: impl Fn(&[u8]) -> Vec<u8>,
//!     time_stamp: impl Fn(&[u8]) -> Vec<u8>,
//!     validation_data: &ValidationData<'_>,
//!     now: jiff::Timestamp,
//! ) -> Result<String, Box<dyn std::error::Error>> {
//!     // B-B
//!     let signing = Signing::new(Algorithm::Es256, chain, now);
//!     let payload = Payload::Attached(Content::new(report));
//!     let prepared = signing.prepare(&payload, Serialisation::Flattened)?;
//!     let signature = sign(prepared.bytes());
//!     let signed = prepared.finish(&signature)?;
//!     // B-T
//!     let mut document = Augmented::read(signed.as_bytes(), Objects::default())?;
//!     let token = time_stamp(&document.signature_imprint(0)?);
//!     document.add_signature_time_stamp(0, &token)?;
//!     // B-LT
//!     document.add_validation_data(0, Purpose::Signature, validation_data)?;
//!     // B-LTA
//!     let token = time_stamp(&document.archive_imprint(0)?);
//!     document.add_archive_time_stamp(0, &token)?;
//!     Ok(document.to_json())
//! }
//! let nobody = archive(b"{}", &[], |_| vec![], |_| vec![], &ValidationData::default(), jiff::Timestamp::UNIX_EPOCH);
//! assert_eq!(nobody.unwrap_err().to_string(), "no signing certificate");
//! ```
//!
//! [`validate()`] checks format, signing certificate, cryptography and claimed time of a credential's seal; whether the
//! certificate is trusted is the question of `procura-pki` and of the trusted lists.
//!
//! Refused: JSON serialisations (never "any signature of several"), symmetric and unlisted algorithms, unknown `crit`,
//! keys that do not fit `alg`, a certificate reference that is missing, doubled or of another certificate, claimed
//! times in the future or outside of the certificate's validity. `jwk`, `jku` and `x5u` are never used.
//!
//! [`Document::read`] and [`Document::examine`] give the facts of documents that are no credentials: who signed, whether
//! the value verifies, what each time-stamp covers and says, counter-signatures, the level of the format, and every rule
//! that is broken. They conclude nothing. [`Validation`] does, by the rules of a profile, with the anchors that the caller
//! trusts for each purpose and the revocation data at hand, now and in the past; its [`Report`] tells every check of every
//! signature. Nothing is fetched.
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
pub mod augment;
mod budget;
pub mod create;
pub mod document;
pub mod evidence;
pub mod examine;
pub mod report;
mod time;
pub mod validate;
pub mod validation;

pub use augment::{AugmentError, Augmented};
pub use budget::BudgetExceeded;
pub use create::{CreateError, Prepared, Sealing, Signing, prepare};
pub use document::{Document, Objects};
pub use examine::{Examined, Level};
pub use report::Report;
pub use validate::{Profile, Signature, SignatureError, validate};
pub use validation::{Rules, Validation};

/// Runs the example of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/jades.md")]
struct Documentation;
