//! Time and randomness at the edge.
use jiff::Timestamp;
/// Reads the time.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;
}
/// The machine's randomness (`impl procura_crypto::Rng`), and `SystemClock`.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRng;
impl procura_crypto::Rng for SystemRng {
    fn fill(&mut self, _out: &mut [u8]) {
        todo!()
    }
}
/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;
