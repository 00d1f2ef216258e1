//! Repositories of the issuer: tokens of its management API, issuances, evidence of credentials, status lists.
//!
//! The database never learns a code, PIN, token or nonce: what is looked up is looked up by SHA-256, and what must be
//! had again is sealed by the service's key-encryption key before it comes here, and erased when it is of no more use.
//!
//! # Durable commits
//! Offering costs one, fetching the PIN one, redeeming the code one, getting the credential one, revoking one. A wrong
//! PIN costs one, for it must be counted; an unknown, used, expired or locked code costs none. A proof that does not
//! hold costs one, for the nonce of the answer.
pub mod evidence;
pub mod issuances;
pub mod status;
pub mod tokens;
