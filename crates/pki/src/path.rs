//! Paths from a certificate to an anchor at a time (RFC 5280 §6).
use crate::certificate::Certificate;
use jiff::Timestamp;

/// An anchor: subject and key of a certificate that a list names. Its own signature and dates do not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor(pub Certificate);

/// Bounds and switches.
#[derive(Clone, Debug)]
pub struct PathOptions {
    /// Smallest RSA modulus of leaf and intermediates.
    pub min_rsa_bits: usize,
    /// Signature checks allowed in one search.
    pub max_signature_checks: usize,
    /// Longest path.
    pub max_length: usize,
}
impl Default for PathOptions {
    fn default() -> Self {
        Self { min_rsa_bits: 2048, max_signature_checks: 64, max_length: 8 }
    }
}
/// A validated path.
#[derive(Clone, Debug)]
pub struct Path {
    /// Leaf first, up to the certificate below the anchor (empty of intermediates when the anchor issued the leaf).
    pub certificates: Vec<Certificate>,
    /// The anchor.
    pub anchor: Anchor,
}
/// Why there is no path; names the certificate by subject where there is one.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum PathError {
    /// No chain of names, keys and signatures reaches an anchor.
    #[error("no path from {leaf} to a trust anchor")]
    NoPath {
        /// Subject of the leaf.
        leaf: String,
    },
    /// Outside of validity.
    #[error("certificate {subject} is valid from {not_before} to {not_after}")]
    OutOfBounds {
        /// Subject.
        subject: String,
        /// Start.
        not_before: Timestamp,
        /// End.
        not_after: Timestamp,
    },
    /// A rule of RFC 5280 is broken.
    #[error("certificate {subject}: {rule}")]
    Rule {
        /// Subject.
        subject: String,
        /// Which rule.
        rule: &'static str,
    },
    /// Bounds exceeded.
    #[error("the search for a path exceeded its bounds")]
    Budget,
}
/// Finds and validates a path at `at`. The leaf itself may be an anchor (identity): then the path is `[leaf]`.
pub fn find(
    _leaf: &Certificate,
    _others: &[Certificate],
    _anchors: &[Anchor],
    _at: Timestamp,
    _options: &PathOptions,
) -> Result<Path, PathError> {
    todo!()
}
