//! What tests share: a clock that stands, repeatable randomness, a log to look into, a throw-away PostgreSQL, a reader
//! of QR codes.
//!
//! Nothing here is for production: the randomness is no secret, the database is deleted.
//!
//! ```
//! use procura_service::Clock;
//! use procura_testkit::{FixedClock, SeededRng};
//!
//! let clock = FixedClock::at("2026-01-01T00:00:00Z".parse().unwrap());
//! clock.advance(60);
//! assert_eq!(clock.now().to_string(), "2026-01-01T00:01:00Z");
//!
//! let id = procura_crypto::random::uuid(&mut SeededRng::new(7));
//! assert_eq!(id, procura_crypto::random::uuid(&mut SeededRng::new(7)));
//! ```
pub mod logs;
pub mod postgres;
pub mod qr;

pub use logs::Log;
pub use postgres::PostgresServer;

use jiff::{SignedDuration, Timestamp};
use procura_service::Clock;
use std::sync::{Arc, Mutex, PoisonError};

/// A clock that stands until a test moves it. Clones show the same time.
#[derive(Clone, Debug)]
pub struct FixedClock(Arc<Mutex<Timestamp>>);

impl FixedClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    /// Moves it on (or, below zero, back).
    pub fn advance(&self, seconds: i64) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = now
            .saturating_add(SignedDuration::from_secs(seconds))
            .unwrap_or(*now);
    }

    /// Sets it.
    pub fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Randomness that repeats itself: SHA-256 over seed and counter.
#[derive(Clone, Debug)]
pub struct SeededRng {
    seed: u64,
    counter: u64,
}

impl SeededRng {
    /// The same seed gives the same bytes for the same sequence of requests.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, counter: 0 }
    }
}

impl procura_crypto::Rng for SeededRng {
    fn fill(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            self.counter += 1;
            let input = [self.seed.to_be_bytes(), self.counter.to_be_bytes()].concat();
            for (byte, random) in chunk.iter_mut().zip(procura_crypto::digest::sha256(&input)) {
                *byte = random;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_repeat_and_differ() {
        let draw = |seed| procura_crypto::random::token(&mut SeededRng::new(seed), 40);
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}
