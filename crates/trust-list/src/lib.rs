//! Trusted lists of the European Union: ETSI TS 119 612 (v2.4.1, versions 5 and 6) and TS 119 615.
//!
//! * [`signature`] verifies the XML signature of a list by the certificates that were announced for it. What is parsed
//!   is what was signed: the content is read from the canonical bytes that went into the digest.
//! * [`model`] is that content; [`snapshot`] holds all lists at one moment and answers with anchors, service states and
//!   [`qualification`]s, or says which list it cannot answer from.
//! * [`sync`] walks from pinned signers over pivots and the list of lists to the national lists. It is told what came
//!   and says what to fetch; nothing here reads a clock, a file or the network.
//! * [`publish`] makes and signs lists, for test worlds and scheme operators.
//!
//! # What it refuses
//! * XML with a document type, duplicate ids, another encoding, or beyond the bounds of [`xml`];
//! * anything but one enveloped signature at the root that covers the whole list and its signed properties, by
//!   exclusive or inclusive Canonical XML 1.0; HMAC, SHA-1 signatures, other transforms, external references, keys that
//!   are not certificates;
//! * signers that were not announced, by identity: no chain is built for them;
//! * roll-back, another list under the same number, another territory or type, lists from the future
//!   ([`sync::Refusal`]);
//! * to conclude anything from criteria or critical extensions that it does not know.
//!
//! # Example
//! ```
//! use jiff::Timestamp;
//! use procura_crypto::PrivateKey;
//! use procura_pki::Certificate;
//! use procura_trust_list::{ListError, Signers, publish::*, verify};
//!
//! # let pair = rcgen::KeyPair::generate()?;
//! # let mut params = rcgen::CertificateParams::new(Vec::<String>::new())?;
//! # params.not_before = rcgen::date_time_ymd(2025, 1, 1);
//! # params.not_after = rcgen::date_time_ymd(2030, 1, 1);
//! # let der = params.self_signed(&pair)?.der().to_vec();
//! # let pkcs8 = pair.serialize_der();
//! let key = PrivateKey::from_pkcs8_der(&pkcs8)?;
//! let signer = Certificate::from_der(&der)?;
//! let issued: Timestamp = "2026-01-01T00:00:00Z".parse()?;
//! let list = ListDescription {
//!     kind: Kind::Generic,
//!     sequence: 1,
//!     territory: "DE".into(),
//!     operator_names: vec![Text::en("Scheme operator")],
//!     operator_address: Address {
//!         street: "Street 1".into(),
//!         locality: "Town".into(),
//!         state_or_province: None,
//!         postal_code: None,
//!         country: "DE".into(),
//!         electronic: vec![LocalizedUri::en("https://lists.example/")],
//!     },
//!     scheme_names: vec![Text::en("DE: a list for tests")],
//!     information_uris: vec![LocalizedUri::en("https://lists.example/about")],
//!     rules: vec![],
//!     legal_notices: vec![],
//!     issued,
//!     next_update: Some("2026-06-01T00:00:00Z".parse()?),
//!     distribution_points: vec![],
//!     pointers: vec![],
//!     providers: vec![],
//! };
//! let xml = publish(&list, &key, &signer, issued)?;
//!
//! let verified = verify(&xml, &Signers::Certificates(vec![signer]))?;
//! assert_eq!((verified.list.territory.as_str(), verified.list.sequence), ("DE", 1));
//! let stranger = verify(&xml, &Signers::Sha256(vec![[0; 32]]));
//! assert!(matches!(stranger, Err(ListError::UnknownSigner(_))));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
pub mod c14n;
pub mod model;
pub mod publish;
pub mod qualification;
pub mod signature;
pub mod snapshot;
pub mod sync;
pub mod xml;

pub use model::{Service, TrustServiceProvider, TrustedList};
pub use qualification::{Qualification, Qualified, Use};
pub use signature::{ListError, Signers, VerifiedList, verify};
pub use snapshot::{
    ListOfLists, ListUsed, Listed, Reason, ServiceStatus, Snapshot, SnapshotHandle, Standing, Unavailable,
};
pub use sync::{Step, Sync};
