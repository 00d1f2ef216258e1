//! `LEARCredential`s: read, written, sealed in JWT envelopes, listed as revoked, presented, and judged.
//!
//! * [`lear`] reads every deployed shape of the family into one model and writes the current ones; [`schema`] holds
//!   their JSON Schemas.
//! * [`envelope`] is the JWT around a credential, [`status`] the Bitstring Status List, [`presentation`] the VP JWT.
//! * [`judge`] and [`seal`] decide. They are pure: input, expectations, [`Facts`] and a time give a [`Verdict`], or the
//!   [`Need`]s that must be found out first. The same again gives the same verdict: it is the audit record.
//!
//! It refuses what is not proven: every check that did not pass refuses, unknown ones too, and what a check rests on
//! must have passed before it says anything. It refuses contradictions instead of choosing a side: two holders, two
//! issuers, claims that differ from the credential.
//!
//! Specifications: DOME trust and IAM framework §3.3.2 and §3.3.4.6, W3C VC Data Model 1.1 and 2.0, Bitstring Status
//! List 1.0, ETSI TS 119 182-1, TS 119 615, EN 319 412.
//!
//! Verdicts may hold identifiers of people (a holder's did:key): logs take [`Verdict::refused_by`], not the details.
//!
//! ```
//! use procura_credential::{CheckName, Expectations, Facts, Judgement, judge, lear};
//!
//! let vc = serde_json::json!({
//!     "@context": ["https://www.w3.org/ns/credentials/v2"],
//!     "type": ["VerifiableCredential", "LEARCredentialEmployee"],
//!     "issuer": "did:elsi:VATES-12345678",
//!     "credentialSubject": {
//!         "id": "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169",
//!         "mandate": {
//!             "mandatee": { "firstName": "John", "lastName": "Doe" },
//!             "mandator": { "organization": "GoodAir", "organizationIdentifier": "VATES-12345678" },
//!             "power": [{ "type": "Domain", "domain": "DOME", "function": "Onboarding", "action": "Execute" }]
//!         }
//!     }
//! });
//! let credential = lear::parse(&vc)?;
//! assert_eq!(credential.shape, lear::Shape::EmployeeV3);
//! assert_eq!(credential.powers[0].function, "Onboarding");
//!
//! // Nobody sealed it.
//! let expectations = Expectations::strict(["LEARCredentialEmployee".to_owned()]);
//! let now = "2026-03-01T12:00:00Z".parse()?;
//! let judgement = judge::credential(&vc.to_string(), None, &expectations, &Facts::default(), now);
//! let Judgement::Judged { verdict, proven } = judgement else { panic!("nothing can mend it") };
//! assert_eq!(verdict.refused_by(), [CheckName::Format]);
//! assert!(proven.is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
pub mod envelope;
pub mod facts;
pub mod judge;
pub mod lear;
pub mod presentation;
pub mod report;
pub mod schema;
pub mod seal;
pub mod status;
mod trail;
pub mod verdict;

pub use facts::{Facts, Fetched, Need};
pub use judge::{Expectations, Judgement};
pub use verdict::{Check, CheckName, Outcome, Verdict};
