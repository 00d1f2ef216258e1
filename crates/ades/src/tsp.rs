//! The time-stamp protocol (RFC 3161 §2.4, RFC 5816): what is asked, what is answered, and whether the one fits the
//! other.
//!
//! An answer comes from a stranger over plain http at times: [`Response::accept`] lets a [`Token`](crate::Token) out
//! only when it is granted, over the data that was asked for, with the question's nonce and policy, and verifies by the
//! certificate that it brings. Whether that certificate is trusted for time-stamps is asked afterwards.
//!
//! ```
//! use procura_ades::tsp::Request;
//! use procura_crypto::{Digest, Rng};
//!
//! struct Machine;
//! impl Rng for Machine {
//!     fn fill(&mut self, out: &mut [u8]) { out.fill(7) }
//! }
//! let request = Request::new(Digest::Sha256, Digest::Sha256.of(b"signature value"), &mut Machine);
//! let der = request.to_der().unwrap();
//! assert_eq!(Request::from_der(&der).unwrap(), request);
//! ```
mod request;
mod response;

pub use request::{Request, RequestError};
pub use response::{Failure, Response, Status, TspError};

/// Media type of a request over HTTP (RFC 3161 §3.4).
pub const QUERY: &str = "application/timestamp-query";
/// Media type of a response over HTTP.
pub const REPLY: &str = "application/timestamp-reply";
