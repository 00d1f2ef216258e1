//! Bounds of one examination.
use procura_jose::json::Values;

/// Signatures, counter-signatures included, of one document.
const MAX_SIGNATURES: usize = 64;
/// Tokens of one document.
const MAX_TOKENS: usize = 256;
/// Octets digested for time-stamps of one document.
const MAX_OCTETS: usize = 256 * 1024 * 1024;

/// An examination would take more than any honest document does. Nothing of it is told: what was left out could be what
/// matters.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
#[error("the document has too many or too large {0} to be examined")]
pub struct BudgetExceeded(pub &'static str);

/// What may still be spent.
#[derive(Debug)]
pub(super) struct Budget {
    signatures: usize,
    tokens: usize,
    octets: usize,
    /// JSON values of counter-signatures.
    values: Values,
}
impl Budget {
    pub(super) fn new() -> Self {
        Self {
            signatures: MAX_SIGNATURES,
            tokens: MAX_TOKENS,
            octets: MAX_OCTETS,
            values: Values::default(),
        }
    }

    pub(super) fn values(&self) -> &Values {
        &self.values
    }

    pub(super) fn signature(&mut self) -> Result<(), BudgetExceeded> {
        spend(&mut self.signatures, 1, "signatures")
    }

    pub(super) fn tokens(&mut self, count: usize) -> Result<(), BudgetExceeded> {
        spend(&mut self.tokens, count, "time-stamps")
    }

    pub(super) fn octets(&mut self, count: usize) -> Result<(), BudgetExceeded> {
        spend(&mut self.octets, count, "contents of time-stamps")
    }
}

fn spend(left: &mut usize, count: usize, what: &'static str) -> Result<(), BudgetExceeded> {
    *left = left.checked_sub(count).ok_or(BudgetExceeded(what))?;
    Ok(())
}
