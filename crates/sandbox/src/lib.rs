//! A world to try things in: a trust service provider with trusted lists and CRLs, registries, and a relying party.
//!
//! * [`world`] makes GoodAir, RealTruth, DOME onboarding and the villains: keys, certificates, CRLs, trusted lists.
//! * [`ecosystem`] serves what the world publishes, and signs it again before it expires.
//! * [`ocsp`] answers for the status of certificates, and does what a responder may do wrong.
//! * [`time_stamping`] is a time-stamping authority, and what one may do wrong.
//! * [`csc`] is a remote signing service that keeps the world's seals.
//! * [`portal`] is a relying party: it lets in who was let in by the verifier.
//!
//! Nothing here is trusted by anything else: the verifier finds this world by the path that it takes for the lists of
//! the European Union (pinned signer → list of lists → trusted list → service → chain).
//!
//! It refuses to load a world that is not whole, and never overwrites a registry that people may have edited.
//! Specifications: ETSI EN 319 412 (certificates), ETSI TS 119 612 version 6 (lists), RFC 5280 (CRLs), RFC 6960 (OCSP), EBSI Trusted
//! Issuers Registry v4, RFC 3161 and EN 319 422 (time-stamps), RFC 9068 (tokens at the portal).
//!
//! ```
//! use procura_sandbox::world::{Lists, Origins, Plan, World};
//! use procura_service::SystemRng;
//!
//! let origins = Origins::loopback([4710, 4711, 4712, 4713, 4714, 4715])?;
//! let world = World::make(&Plan { origins, now: "2026-03-01T12:00:00Z".parse()? }, &mut SystemRng)?;
//! let facts = world.facts(Lists::Current, world.index().made_at)?;
//! assert_eq!(facts.trust.map(|snapshot| snapshot.lists().len()), Some(2));
//! assert_eq!(world.villains()?.len(), 10);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
pub mod csc;
mod der;
pub mod ecosystem;
pub mod ocsp;
pub mod portal;
pub mod time_stamping;
pub mod world;
