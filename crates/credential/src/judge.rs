//! Judging credentials and presentations.
use crate::{
    facts::{Facts, Need},
    lear::LearCredential,
    seal::SealedBy,
    verdict::Verdict,
};
use jiff::Timestamp;
use procura_did::Did;
use procura_jose::AlgorithmSet;
use procura_pki::OrganizationIdentifier;
use std::collections::BTreeSet;

/// Which seals let a credential in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TrustPolicy {
    /// Qualified certificate and QSCD (QESeal, QESig).
    EuQualified,
    /// Qualified certificate of a granted service, QSCD or not.
    EuAdvanced,
}
/// What to do about a status that is absent or of an unknown kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum StatusPolicy {
    /// Refuse.
    Required,
    /// A credential without `credentialStatus` is waived; unknown kinds are still refused.
    AllowAbsent,
}
/// What the relying party or wallet demands of a credential.
#[derive(Clone, Debug)]
pub struct Expectations {
    /// Header rules.
    pub profile: procura_jades::validate::Profile,
    /// Seal algorithms.
    pub algorithms: AlgorithmSet,
    /// Trust policy.
    pub trust: TrustPolicy,
    /// Accepted credential types (last, specific type); empty: none.
    pub credential_types: BTreeSet<String>,
    /// Issuers that may issue for mandators other than themselves.
    pub issues_for_others: BTreeSet<OrganizationIdentifier>,
    /// Certificate policy OIDs under which a natural person represents the organisation.
    pub representative_policies: BTreeSet<String>,
    /// Whether issuer registry and participant registry are asked (a wallet that receives asks neither).
    pub registries: bool,
    /// Status.
    pub status: StatusPolicy,
    /// Clock skew in seconds.
    pub skew_seconds: i64,
}
/// What a presentation must be bound to.
#[derive(Clone, Debug)]
pub struct PresentationExpectations {
    /// Of the credential inside.
    pub credential: Expectations,
    /// The transaction's nonce.
    pub nonce: String,
    /// Our client_id.
    pub audience: String,
    /// Oldest `iat` in seconds.
    pub max_age_seconds: i64,
    /// Algorithms of holders.
    pub holder_algorithms: AlgorithmSet,
}
/// The answer of a judge.
#[derive(Debug)]
#[must_use]
pub enum Judgement<T> {
    /// More must be known first. At most four rounds.
    Needs(BTreeSet<Need>),
    /// Judged. `subject` is `Some` only when the verdict accepts: the type cannot be had otherwise.
    Judged {
        /// The verdict.
        verdict: Verdict,
        /// What was proven.
        proven: Option<T>,
    },
}
/// A credential that was proven.
#[derive(Clone, Debug)]
pub struct ProvenCredential {
    /// Compact form as received.
    pub raw: String,
    /// The credential.
    pub credential: LearCredential,
    /// The whole VC as JSON (not mangled).
    pub vc: serde_json::Value,
    /// Who sealed it.
    pub sealed_by: SealedBy,
}
/// A presentation that was proven.
#[derive(Clone, Debug)]
pub struct ProvenPresentation {
    /// Holder.
    pub holder: Did,
    /// The credential.
    pub credential: ProvenCredential,
}
/// Judges a compact JWT credential at `now`. `holder`: when known, HolderBinding is checked against it.
pub fn credential(
    _raw: &str,
    _holder: Option<&Did>,
    _expectations: &Expectations,
    _facts: &Facts,
    _now: Timestamp,
) -> Judgement<ProvenCredential> {
    todo!()
}
/// Judges a `vp_token` (raw JWT; base64 and base64url of it are unwrapped by `presentation::unwrap`).
pub fn presentation(
    _vp_token: &str,
    _expectations: &PresentationExpectations,
    _facts: &Facts,
    _now: Timestamp,
) -> Judgement<ProvenPresentation> {
    todo!()
}
