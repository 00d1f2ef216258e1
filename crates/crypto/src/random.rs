//! Randomness as an argument: identifiers, codes, nonces and PINs are drawn from what the caller passes in, so
//! that tests can repeat them and pure crates own no entropy.
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// A source of unpredictable bytes.
pub trait Rng {
    /// Fills `out`.
    fn fill(&mut self, out: &mut [u8]);
}
/// `bytes` random bytes as base64url without padding (16 → 128 bit).
#[must_use]
pub fn token(rng: &mut dyn Rng, bytes: usize) -> String {
    let mut raw = zeroize::Zeroizing::new(vec![0; bytes]);
    rng.fill(&mut raw);
    URL_SAFE_NO_PAD.encode(&*raw)
}
/// A random UUID (version 4, RFC 9562 §5.4).
#[must_use]
pub fn uuid(rng: &mut dyn Rng) -> String {
    let mut raw = [0_u8; 16];
    rng.fill(&mut raw);
    let mut text = String::with_capacity(36);
    for (position, byte) in raw.into_iter().enumerate() {
        let byte = match position {
            6 => 0x40 | (byte & 0x0f),
            8 => 0x80 | (byte & 0x3f),
            _ => byte,
        };
        if matches!(position, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.extend(
            [byte >> 4, byte & 0x0f]
                .into_iter()
                .filter_map(|nibble| char::from_digit(nibble.into(), 16)),
        );
    }
    text
}
/// `digits` decimal digits, each equally likely (no modulo bias).
#[must_use]
pub fn digits(rng: &mut dyn Rng, digits: usize) -> String {
    let mut text = String::with_capacity(digits);
    while text.len() < digits {
        let mut byte = [0_u8; 1];
        rng.fill(&mut byte);
        let [byte] = byte;
        // 250 is the largest multiple of ten in a byte; above it the low digits would be likelier.
        if byte < 250 {
            text.push(char::from(b'0' + byte % 10));
        }
    }
    text
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// SHA-256 in counter mode: repeatable, unlike anything that may ever leave a test.
    pub(crate) struct Counted(pub(crate) u64);
    impl Rng for Counted {
        fn fill(&mut self, out: &mut [u8]) {
            for chunk in out.chunks_mut(32) {
                self.0 += 1;
                let block = crate::digest::sha256(&self.0.to_be_bytes());
                chunk.copy_from_slice(&block[..chunk.len()]);
            }
        }
    }
    struct Fixed(Vec<u8>);
    impl Rng for Fixed {
        fn fill(&mut self, out: &mut [u8]) {
            for byte in out {
                *byte = self.0.remove(0);
            }
        }
    }

    #[test]
    fn a_token_of_sixteen_bytes_has_twenty_two_characters() {
        let mut rng = Counted(0);
        let one = token(&mut rng, 16);
        assert_eq!(one.len(), 22);
        assert_ne!(one, token(&mut rng, 16));
    }
    #[test]
    fn a_uuid_says_version_four_and_the_rfc_variant() {
        assert_eq!(
            uuid(&mut Fixed(vec![0xff; 16])),
            "ffffffff-ffff-4fff-bfff-ffffffffffff"
        );
        assert_eq!(
            uuid(&mut Fixed(vec![0; 16])),
            "00000000-0000-4000-8000-000000000000"
        );
    }
    #[test]
    fn bytes_that_would_bias_a_digit_are_drawn_again() {
        assert_eq!(digits(&mut Fixed(vec![255, 250, 249, 251, 10, 3]), 3), "903");
    }
    #[test]
    fn every_digit_is_about_equally_likely() {
        let drawn = digits(&mut Counted(7), 20_000);
        for digit in '0'..='9' {
            let share = drawn.chars().filter(|c| *c == digit).count();
            assert!(
                (1_800..2_200).contains(&share),
                "{digit} was drawn {share} times of 20000"
            );
        }
    }
}
