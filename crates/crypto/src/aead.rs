//! Authenticated encryption: AES-256-GCM (NIST SP 800-38D), a random 96-bit nonce in front.
//!
//! Random nonces bound the use of one key to about 2³² values (SP 800-38D §8.3); the versioned
//! key-encryption keys of the services are rotated long before.
use crate::random::Rng;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

/// A 256-bit key.
pub struct AeadKey(Zeroizing<[u8; 32]>);
impl core::fmt::Debug for AeadKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("AeadKey(..)")
    }
}
/// The ciphertext was not sealed by this key for this context.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[error("the sealed value cannot be opened")]
pub struct OpenError;
impl AeadKey {
    /// Wraps key bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }
    fn provider(&self) -> Option<LessSafeKey> {
        UnboundKey::new(&AES_256_GCM, &*self.0).ok().map(LessSafeKey::new)
    }
    /// nonce ‖ ciphertext ‖ tag, bound to `context` (associated data).
    ///
    /// # Panics
    /// Only where AES-GCM itself has no answer: a plaintext of 64 GiB or more.
    #[must_use]
    pub fn seal(&self, rng: &mut dyn Rng, context: &[u8], plaintext: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        rng.fill(&mut nonce);
        let mut body = plaintext.to_vec();
        #[expect(
            clippy::expect_used,
            reason = "a key of 32 bytes and less than 64 GiB always seal"
        )]
        self.provider()
            .and_then(|key| {
                key.seal_in_place_append_tag(
                    Nonce::assume_unique_for_key(nonce),
                    Aad::from(context),
                    &mut body,
                )
                .ok()
            })
            .expect("AES-256-GCM seals");
        let mut sealed = Vec::with_capacity(NONCE_LEN + body.len());
        sealed.extend_from_slice(&nonce);
        sealed.append(&mut body);
        sealed
    }
    /// The plaintext.
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let (nonce, body) = sealed.split_at_checked(NONCE_LEN).ok_or(OpenError)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| OpenError)?;
        let mut body = Zeroizing::new(body.to_vec());
        let length = self
            .provider()
            .ok_or(OpenError)?
            .open_in_place(nonce, Aad::from(context), &mut body)
            .map_err(|_| OpenError)?
            .len();
        body.truncate(length);
        Ok(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::tests::Counted;
    use proptest::prelude::*;

    #[test]
    fn the_nist_example_of_aes_256_gcm_opens() {
        // SP 800-38D validation set, key of zeros, nonce of zeros, sixteen zero bytes.
        let sealed = [
            &[0_u8; 12][..],
            &[
                0xce, 0xa7, 0x40, 0x3d, 0x4d, 0x60, 0x6b, 0x6e, 0x07, 0x4e, 0xc5, 0xd3, 0xba, 0xf3, 0x9d,
                0x18,
            ],
            &[
                0xd0, 0xd1, 0xc8, 0xa7, 0x99, 0x99, 0x6b, 0xf0, 0x26, 0x5b, 0x98, 0xb5, 0xd4, 0x8a, 0xb9,
                0x19,
            ],
        ]
        .concat();
        assert_eq!(*AeadKey::new([0; 32]).open(b"", &sealed).unwrap(), vec![0; 16]);
    }
    #[test]
    fn the_debug_form_tells_nothing_of_the_key() {
        assert_eq!(format!("{:?}", AeadKey::new([7; 32])), "AeadKey(..)");
    }
    #[test]
    fn a_value_shorter_than_nonce_and_tag_is_refused() {
        for length in 0..28 {
            assert_eq!(
                AeadKey::new([1; 32]).open(b"", &vec![0; length]).unwrap_err(),
                OpenError
            );
        }
    }
    proptest! {
        #[test]
        fn what_is_sealed_opens_only_with_its_key_and_its_context(
            key: [u8; 32], other: [u8; 32], context: Vec<u8>, plaintext: Vec<u8>, seed: u32, at: proptest::sample::Index,
        ) {
            prop_assume!(key != other);
            let mine = AeadKey::new(key);
            let sealed = mine.seal(&mut Counted(u64::from(seed)), &context, &plaintext);
            prop_assert_eq!(&*mine.open(&context, &sealed).unwrap(), &plaintext);
            prop_assert!(AeadKey::new(other).open(&context, &sealed).is_err());
            let foreign = [&context[..], b"x"].concat();
            prop_assert!(mine.open(&foreign, &sealed).is_err());
            let mut broken = sealed;
            let at = at.index(broken.len());
            broken[at] ^= 1;
            prop_assert!(mine.open(&context, &broken).is_err());
        }
    }
}
