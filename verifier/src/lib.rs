//! The verifier: asks a wallet for a mandate, proves everything about what it presents, and mints an RFC 9068 access token
//! for the relying party that began the login (wire profile `dome`: DOME document §3.3.4).
//!
//! ```text
//! browser ──/login──► page with QR ┐                    ┌──► outbox ──POST notify──► relying party
//!                                  ▼                    │
//! wallet ──/authorization-requests──► sealed request    │
//! wallet ──/api/authentication_response──► verdict ──► token
//! ```
//!
//! It refuses whatever is not proven: every check that failed or could not be decided is named to the wallet by name and
//! code, except to those who guess, for whom unknown, expired and ended logins are one answer. A nonce is used once. A
//! token is minted only from a proven presentation, in the transaction that ends the login.
//!
//! ```
//! // The interface is described in OpenAPI, and the committed description is current.
//! let description = procura_verifier::openapi();
//! assert!(description.paths.paths.contains_key("/api/authentication_response"));
//! ```

pub mod answer;
pub mod config;
pub mod document_validation;
mod expectations;
pub mod login;
pub mod metadata;
mod nonce;
pub mod notification;
mod pages;
pub mod parties;
pub mod qr;
pub mod request;
pub mod resources;
mod routes;
pub mod service;
pub mod token_keys;
mod transaction;

pub use config::Config;
pub use expectations::expectations;
pub use routes::{Description, openapi, router};
pub use service::{StartError, Verifier, serve};
