//! X.509 as eIDAS uses it: certificates read once, paths to a trust anchor at a time, revocation lists and answers of
//! OCSP responders, and what a certificate says of itself (QcStatements, organizationIdentifier).
//!
//! Refused: certificates with duplicate extensions, unknown critical extensions, issuers that may not issue, names
//! outside of constraints, signatures over SHA-1 from 2017 on, RSA moduli below the caller's minimum, CRLs of another
//! issuer, scope or time, OCSP responders whom the issuer did not delegate. A search for a path is bounded in signature checks, steps and length. Whether a certificate
//! is *qualified* is never decided here: that takes a trusted list.
//!
//! Specifications: RFC 5280, RFC 4055, RFC 6960, RFC 5019, RFC 9608, RFC 9654; ETSI EN 319 412-1, -2, -3, -5.
//!
//! ```
//! use procura_pki::{Anchor, Certificate, PathOptions, path};
//!
//! fn who_sealed(leaf: &[u8], ca: &[u8], at: jiff::Timestamp) -> Result<String, Box<dyn std::error::Error>> {
//!     let leaf = Certificate::from_der(leaf)?;
//!     let anchors = [Anchor(Certificate::from_der(ca)?)];
//!     let path = path::find(&leaf, &[], &anchors, at, &PathOptions::default())?;
//!     path::may_sign(&leaf)?;
//!     assert_eq!(path.certificates.first(), Some(&leaf));
//!     Ok(leaf.organization_identifier()?.map(String::from).unwrap_or_default())
//! }
//! assert!(who_sealed(b"no certificate", b"", jiff::Timestamp::UNIX_EPOCH).is_err());
//! ```
pub mod algorithm;
pub mod certificate;
pub mod crl;
pub mod name;
pub mod ocsp;
pub mod path;
pub mod pool;
pub mod qc;
pub mod revocation;
mod time;
mod tlv;

pub use certificate::{Certificate, CertificateError, KeyUsage};
pub use crl::{Crl, CrlError};
pub use name::{Name, OrganizationIdentifier, OrganizationIdentifierError};
pub use ocsp::{OcspError, OcspRequest, OcspResponse};
pub use path::{Anchor, Path, PathError, PathOptions};
pub use pool::CertificatePool;
pub use qc::{QcStatements, QcType};
pub use revocation::{RevocationData, RevocationError, RevocationStatus, Statement};
