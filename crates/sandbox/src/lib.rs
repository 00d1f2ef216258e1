//! A world to try things in: a trust service provider with trusted lists and CRLs, registries, and a relying party.
//!
//! * [`world`] makes GoodAir, RealTruth, DOME onboarding and the villains: keys, certificates, CRLs, trusted lists.
//! * [`ecosystem`] serves what the world publishes, and signs it again before it expires.
//! * [`portal`] is a relying party: it lets in who was let in by the verifier.
//!
//! Nothing here is trusted by anything else: the verifier finds this world by the path that it takes for the lists of
//! the European Union (pinned signer → list of lists → trusted list → service → chain).
pub mod ecosystem;
pub mod portal;
pub mod world;
