//! The wire, typed, and who may say what next: OAuth ([`oauth`]), OpenID4VCI ([`vci`]) and OpenID4VP ([`vp`]), in the
//! wire profile `dome` (DOME document §3.3.3 and §3.3.4) first.
//!
//! Pure: messages to and from bytes, steps by value; time and randomness are arguments. Refused: JSON that is not
//! strict, parameters that stand twice, identifiers that are not https, and what the specification does not allow at
//! this step. Nothing here proves a seal, keeps a state or sends anything.
//!
//! ```
//! use procura_protocol::vci::{IssuerIdentifier, OfferError, OfferLink};
//! let none = Default::default();
//! let issuer = IssuerIdentifier::parse("https://goodair.example", &none)?;
//! let link = OfferLink::new(&issuer, "https://goodair.example/credential-offer/k2Yl0M1Z0b2cV8lH9vQw5g");
//! let scanned = OfferLink::parse(&link, &none)?;
//! assert_eq!(scanned.credential_offer_uri.path(), "/credential-offer/k2Yl0M1Z0b2cV8lH9vQw5g");
//! // Whatever else stands in the link is not ours to follow.
//! let more = format!("{link}&redirect=https://elsewhere.example");
//! assert_eq!(OfferLink::parse(&more, &none).unwrap_err(), OfferError::LinkParameters);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
pub mod oauth;
pub mod secret;
pub mod vci;
pub mod vp;

pub use secret::Secret;
