//! Proofs of existence (EN 319 102-1 §5.6.2.3): since when an object is known to have existed.
use jiff::Timestamp;
use procura_crypto::digest::sha256;
use std::collections::HashMap;

/// The earliest proof for each object, by the SHA-256 of its octets. Whatever is at hand existed when it was validated,
/// at the latest (§5.6.3.4 step 1).
#[derive(Clone, Debug)]
pub struct ProofsOfExistence {
    now: Timestamp,
    earliest: HashMap<[u8; 32], Timestamp>,
}

impl ProofsOfExistence {
    /// Nothing is proven yet but that all is at hand at `now`.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self {
            now,
            earliest: HashMap::new(),
        }
    }

    /// Adds a proof; an earlier one stays.
    pub fn add(&mut self, object: &[u8], at: Timestamp) {
        self.earliest
            .entry(sha256(object))
            .and_modify(|known| *known = at.min(*known))
            .or_insert(at);
    }

    /// Since when the object existed, at the latest.
    #[must_use]
    pub fn of(&self, object: &[u8]) -> Timestamp {
        self.of_digest(&sha256(object))
    }

    /// The same of an object by its SHA-256.
    #[must_use]
    pub fn of_digest(&self, digest: &[u8; 32]) -> Timestamp {
        self.earliest
            .get(digest)
            .map_or(self.now, |at| *at.min(&self.now))
    }

    /// The same, where anything but its being at hand proves it.
    #[must_use]
    pub fn proven(&self, object: &[u8]) -> Option<Timestamp> {
        self.earliest.get(&sha256(object)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_proof_counts_and_what_is_unproven_exists_now() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut proofs = ProofsOfExistence::new(at(100));
        assert_eq!(proofs.of(b"object"), at(100));
        assert_eq!(proofs.proven(b"object"), None);
        for (second, earliest) in [(60, 60), (40, 40), (50, 40)] {
            proofs.add(b"object", at(second));
            assert_eq!(proofs.of(b"object"), at(earliest));
        }
        assert_eq!(proofs.of(b"another"), at(100));
    }

    #[test]
    fn a_proof_from_the_future_proves_no_more_than_now() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut proofs = ProofsOfExistence::new(at(100));
        proofs.add(b"object", at(200));
        assert_eq!(proofs.of(b"object"), at(100));
    }
}
