//! Randomness as an argument.

/// A source of unpredictable bytes.
pub trait Rng {
    /// Fills `out`.
    fn fill(&mut self, out: &mut [u8]);
}
/// `bytes` random bytes as base64url without padding (16 → 128 bit).
#[must_use]
pub fn token(_rng: &mut dyn Rng, _bytes: usize) -> String {
    todo!()
}
/// A random UUID (version 4).
#[must_use]
pub fn uuid(_rng: &mut dyn Rng) -> String {
    todo!()
}
/// `digits` decimal digits, each equally likely (no modulo bias).
#[must_use]
pub fn digits(_rng: &mut dyn Rng, _digits: usize) -> String {
    todo!()
}
