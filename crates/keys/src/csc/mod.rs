//! Remote signing: a key that a trust service provider keeps, reached by the API of the Cloud Signature Consortium.
//!
//! [`CscSigner`] opens a credential (`info`, `oauth2/token`, `credentials/list`, `credentials/info`) and signs with it
//! (`credentials/authorize`, `signatures/signHash`, `signatures/signPolling`). Only hashes are sent, never what they are
//! of, and a signature is given out after it has been verified with the credential's certificate.
//!
//! Refused: keys that are not enabled, certificates that are not valid, chains that are none, algorithms that the
//! provider does not offer for the key, authorizations that need a person, answers beyond their bounds. A signature
//! that was asked for and not answered is never asked for again within a call; the error says that the provider may
//! have made it.
//!
//! Specifications: CSC API v2.0.0.2, and v1.0.4.0 by [`Dialect::V1`]; RFC 6749 §4.4 (client credentials). What some
//! providers do otherwise is tolerated by name only ([`Quirk`]).
//!
//! Every answer is parsed by a public function from bytes: [`Info::parse`], [`AccessToken::parse`],
//! [`CredentialList::parse`], [`CredentialInfo::parse`], [`Authorization::parse`], [`SignHashAnswer::parse`],
//! [`ProviderError::parse`].
//!
//! ```
//! use procura_keys::csc::{Authorization, ProviderError};
//! let answer = Authorization::parse(br#"{"SAD": "1/UsHDJ98349h9fgh9348hKKHDkHWVkl", "expiresIn": 300}"#)?;
//! assert_eq!(answer.expires_in, 300);
//! assert!(!format!("{answer:?}").contains("UsHDJ"));
//! let refused = ProviderError::parse(400, br#"{"error": "invalid_request", "error_description": "SAD expired"}"#);
//! assert_eq!(refused.to_string(), "400 invalid_request: SAD expired");
//! # Ok::<(), procura_keys::csc::AnswerError>(())
//! ```
mod algorithm;
mod chain;
mod client;
mod credential;
mod error;
mod fields;
mod request;
mod response;
mod secret;
mod settings;
mod signature;
mod signer;

pub use algorithm::SignatureAlgorithm;
pub use chain::ChainError;
pub use credential::{Approval, CredentialInfo, CredentialProblem, KeyInfo, SigningCredential};
pub use error::{AnswerError, CscError, Method, ProviderError};
pub use response::{AccessToken, Authorization, CredentialList, Info, SignHashAnswer};
pub use secret::Secret;
pub use settings::{ClientAuthentication, Dialect, Quirk, Settings};
pub use signature::{SignatureError, raw_signature};
pub use signer::CscSigner;
