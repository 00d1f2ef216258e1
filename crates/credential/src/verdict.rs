//! The verdict: every check by name, with evidence.
mod check;

pub use check::CheckName;
use jiff::Timestamp;
use procura_trust_list::ListUsed;

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
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
            && self
                .checks
                .iter()
                .all(|c| matches!(c.outcome, Outcome::Passed | Outcome::Waived))
    }
    /// Names of checks that failed or are unknown: for attack tests this is exactly one.
    pub fn refused_by(&self) -> Vec<CheckName> {
        self.refusals().map(|c| c.name).collect()
    }
    /// The checks that failed or are unknown.
    pub fn refusals(&self) -> impl Iterator<Item = &Check> {
        self.checks
            .iter()
            .filter(|c| matches!(c.outcome, Outcome::Failed | Outcome::Unknown))
    }
    /// The check of a name, if it belongs to this verdict.
    pub fn check(&self, name: CheckName) -> Option<&Check> {
        self.checks.iter().find(|c| c.name == name)
    }
}
