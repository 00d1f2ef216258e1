//! `LEARCredential`s, their envelopes, status lists and schemas; judging a credential or presentation.
//!
//! Needs → Facts → Verdict: `judge` is pure; it answers with a verdict, or with what it needs to know.
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
