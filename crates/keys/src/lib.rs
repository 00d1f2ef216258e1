//! Keys of ours: signers behind one async trait, so that a file, an HSM or a remote QTSP fits, and versioned
//! key-encryption keys for what is stored. Time-stamps are had from authorities over HTTP, with fail-over.
//!
//! What a signer returns is verified here before it leaves ([`seal()`], [`sign_jwt`]). Refused: key files that others
//! than their owner may read, keys that do not fit their certificate, sealed values of another context or of a key
//! that is not in the ring.
//!
//! Specifications: ETSI TS 119 182-1 (sealing), RFC 7515, RFC 5958 and RFC 7292 (key files), RFC 3161 (time-stamps),
//! PKCS#11 v2.40 (hardware modules).
//!
//! ```
//! use procura_crypto::{Curve, KeyKind, PrivateKey};
//! use procura_keys::{MemorySigner, Signer};
//!
//! let key = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
//! let signer = MemorySigner::new(key, Vec::new()).unwrap();
//! assert_eq!(signer.algorithm().name(), "ES256");
//! assert!(signer.chain().is_empty());
//! ```
mod chain;
pub mod csc;
mod file;
pub mod http;
pub mod kek;
#[cfg(feature = "pkcs11")]
pub mod pkcs11;
pub mod pkcs12;
pub mod seal;
pub mod signer;
pub mod time_stamping;

pub use csc::CscSigner;
pub use file::FileError;
pub use http::{Http, HttpError, HttpHeader, HttpRequest, HttpResponse};
pub use kek::{KekError, KekRing};
#[cfg(feature = "pkcs11")]
pub use pkcs11::{Pkcs11Error, Pkcs11Signer};
pub use pkcs12::{Pkcs12Error, Pkcs12Signer};
pub use seal::{seal, sign_jwt};
pub use signer::{FileSigner, MemorySigner, Readiness, Signer, SignerError};
pub use time_stamping::{TimeStamp, TimeStamper, TimeStampingError};
