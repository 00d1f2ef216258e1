//! Bounds of one signature with all that stands in it. Each signature of a document has its own: what one takes too much
//! is nothing to its neighbours. They are small enough for sixteen of them: honest archives of decades stay far below.
use procura_jose::json::Values;

/// Signatures, counter-signatures included.
const MAX_SIGNATURES: usize = 16;
/// Tokens.
const MAX_TOKENS: usize = 64;
/// Octets digested for time-stamps.
const MAX_OCTETS: usize = 64 * 1024 * 1024;
/// JSON values in strings: those of headers and unsigned properties, and once more those of counter-signatures.
const MAX_VALUES: usize = 8192;

/// A signature takes more than any honest one does; the bound that it exceeds. Nothing of it is told: what was left out
/// could be what matters.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
#[error("it has more than {0}; nothing of it is concluded")]
pub struct BudgetExceeded(pub &'static str);

/// JSON values that the strings of one signature may hold.
pub(crate) fn values() -> Values {
    Values::of(MAX_VALUES)
}

/// Whether they were too many.
pub(crate) fn within(values: &Values) -> Result<(), BudgetExceeded> {
    if values.are_spent() {
        return Err(BudgetExceeded("8192 JSON values in its strings"));
    }
    Ok(())
}

/// What the examination of a signature may still spend.
#[derive(Debug)]
pub(crate) struct Budget {
    signatures: usize,
    tokens: usize,
    octets: usize,
    /// JSON values of counter-signatures.
    values: Values,
}
impl Budget {
    pub(crate) fn new() -> Self {
        Self {
            signatures: MAX_SIGNATURES,
            tokens: MAX_TOKENS,
            octets: MAX_OCTETS,
            values: values(),
        }
    }

    pub(crate) fn values(&self) -> &Values {
        &self.values
    }

    pub(crate) fn signature(&mut self) -> Result<(), BudgetExceeded> {
        spend(&mut self.signatures, 1, "15 counter-signatures")
    }

    pub(crate) fn tokens(&mut self, count: usize) -> Result<(), BudgetExceeded> {
        spend(&mut self.tokens, count, "64 time-stamps")
    }

    pub(crate) fn octets(&mut self, count: usize) -> Result<(), BudgetExceeded> {
        spend(&mut self.octets, count, "64 MiB under time-stamps")
    }
}

fn spend(left: &mut usize, count: usize, bound: &'static str) -> Result<(), BudgetExceeded> {
    *left = left.checked_sub(count).ok_or(BudgetExceeded(bound))?;
    Ok(())
}
