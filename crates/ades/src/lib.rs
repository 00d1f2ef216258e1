//! EN 319 102-1: what a validation concludes (indication and sub-indication), the building blocks that all formats share
//! (certificates now and in the past, time-stamps, proofs of existence), the dated catalogue of algorithms in the shape of
//! TS 119 322, and time-stamp tokens.
//!
//! Time-stamps are asked for and answered by the messages of [`tsp`].
//!
//! Formats of signatures are validated in their own crates, which end in a [`Conclusion`]. What the catalogue does not
//! list is not acceptable, and what has ended stays ended.
//!
//! Refused of tokens: more than one signer, no signed reference to the signer's certificate or one to another, a
//! signer whose certificate is not for time-stamps alone, critical extensions that nobody here understands. Refused of
//! answers: what was not granted, or is over other data, to another question, under another policy.
//!
//! Specifications: ETSI EN 319 102-1 (§5.1.3 and tables 3 to 5), ETSI TS 119 312; RFC 3161, RFC 5816, RFC 5652, RFC 5035.
//!
//! ```
//! use procura_ades::{Conclusion, Indication, SubIndication};
//!
//! let conclusion = Conclusion::from(SubIndication::RevokedNoPoe);
//! assert_eq!(conclusion.indication, Indication::Indeterminate);
//! assert_eq!(conclusion.to_string(), "INDETERMINATE / REVOKED_NO_POE");
//! assert_eq!(Conclusion::PASSED.to_string(), "TOTAL-PASSED");
//! ```
pub mod catalogue;
mod fields;
pub mod indication;
pub mod proof;
pub mod token;
pub mod tsp;
pub mod validation;

pub use catalogue::{Acceptance, Catalogue, acceptable, acceptance};
pub use indication::{Conclusion, Indication, SubIndication};
pub use proof::ProofsOfExistence;
pub use token::{Accuracy, Token, TokenError};
