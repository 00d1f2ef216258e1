//! The verdict: every check by name, with evidence.
use jiff::Timestamp;
use procura_trust_list::ListUsed;

/// Every check there is. Each has a stable code `PRO-nnnn` (`code()`), a text for the cause and one for the mend,
/// documented in docs/errors.md. D completes the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CheckName {
    /// Format of the envelope.
    Format,
    /// Signing certificate is present, readable, and the one referred to.
    SigningCertificate,
    /// The seal's signature value.
    SealSignature,
    /// Claimed signing time.
    SigningTime,
    /// Path to a service of the trusted lists.
    CertificateChain,
    /// Revocation of every certificate on the path.
    Revocation,
    /// Granted CA/QC service and qualification at issuance and now.
    Qualification,
    /// Issuer = did:elsi of the seal's organizationIdentifier.
    IssuerBinding,
    /// Mandator of the same organisation.
    Mandator,
    /// A natural person's certificate represents the organisation and is the legalRepresentative.
    Representation,
    /// Issuer allowed for this credential type.
    IssuerAllowed,
    /// Issuer and mandator are participants.
    Participant,
    /// Credential type is expected.
    CredentialType,
    /// JSON Schema.
    Schema,
    /// Validity period.
    Validity,
    /// Credential status.
    Status,
    /// The presentation's signature by the holder key.
    HolderSignature,
    /// Holder key = subject of the credential.
    HolderBinding,
    /// Nonce.
    Nonce,
    /// Audience.
    Audience,
    /// Freshness of the presentation.
    Freshness,
}
/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Holds.
    Passed,
    /// Does not hold.
    Failed,
    /// Could not be decided: refused, unless a policy by name says otherwise.
    Unknown,
    /// Not reached because an earlier check that it rests on did not pass; not a failure of its own.
    NotReached,
    /// Would be refused, accepted by a named policy.
    Waived,
}
/// One check.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Check {
    /// Which.
    pub name: CheckName,
    /// Outcome.
    pub outcome: Outcome,
    /// What was judged (a DID, a certificate subject, a URL).
    pub object: String,
    /// Cause, for a person; evidence in words.
    pub detail: String,
    /// What would mend it, when it did not pass.
    pub mend: Option<String>,
}
/// The verdict: reproducible from input, facts and `at`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[must_use]
pub struct Verdict {
    /// Judgement time.
    pub at: Timestamp,
    /// Every check, in order.
    pub checks: Vec<Check>,
    /// Lists that were used.
    pub lists: Vec<ListUsed>,
}
impl Verdict {
    /// Every check passed (or was waived by a named policy), and there was at least one.
    pub fn accepted(&self) -> bool {
        !self.checks.is_empty()
            && self.checks.iter().all(|c| matches!(c.outcome, Outcome::Passed | Outcome::Waived))
    }
    /// Names of checks that failed or are unknown: for attack tests this is exactly one.
    pub fn refused_by(&self) -> Vec<CheckName> {
        self.checks
            .iter()
            .filter(|c| matches!(c.outcome, Outcome::Failed | Outcome::Unknown))
            .map(|c| c.name)
            .collect()
    }
}
