//! Digests (FIPS 180-4), and the code by which whoever shares a key knows a message (RFC 2104).

/// A digest algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Digest {
    /// SHA-1: only for certificate digests and chains of historical lists.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}
impl Digest {
    /// The digest of `data`.
    #[must_use]
    pub fn of(self, data: &[u8]) -> Vec<u8> {
        aws_lc_rs::digest::digest(self.provider(), data).as_ref().to_vec()
    }
    /// Length of a digest in bytes.
    #[must_use]
    pub fn len(self) -> usize {
        self.provider().output_len()
    }
    /// Never; a digest has a length.
    #[must_use]
    pub fn is_empty(self) -> bool {
        false
    }
    pub(crate) fn provider(self) -> &'static aws_lc_rs::digest::Algorithm {
        use aws_lc_rs::digest;
        match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha224 => &digest::SHA224,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }
}
impl core::fmt::Display for Digest {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Sha1 => "SHA-1",
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        })
    }
}
/// SHA-256 of `data`.
#[must_use]
pub fn sha256(data: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    for (to, from) in out
        .iter_mut()
        .zip(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, data).as_ref())
    {
        *to = *from;
    }
    out
}
/// HMAC-SHA-256 of `data` under `key` (RFC 2104). Compare it with [`crate::constant_time_eq`].
#[must_use]
pub fn hmac_sha256(key: &[u8], data: &[u8]) -> Vec<u8> {
    use aws_lc_rs::hmac;
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), data)
        .as_ref()
        .to_vec()
}
/// A digest as people compare it: lower-case hexadecimal, without separators.
///
/// ```
/// assert_eq!(procura_crypto::digest::hexadecimal(&[0, 0xAB]), "00ab");
/// ```
#[must_use]
pub fn hexadecimal(digest: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or_default();
    digest
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231 §4.2, §4.3, §4.4 and, with a key longer than a block, §4.7 and §4.8.
    #[test]
    fn hmac_sha256_equals_the_vectors_of_rfc_4231() {
        let vectors: [(&[u8], &[u8], &str); 5] = [
            (
                &[0x0b; 20],
                b"Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &[0xaa; 20],
                &[0xdd; 50],
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            ),
            (
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
            (
                &[0xaa; 131],
                b"This is a test using a larger than block-size key and a larger than block-size data. The key needs \
                  to be hashed before being used by the HMAC algorithm.",
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            ),
        ];
        for (key, data, expected) in vectors {
            assert_eq!(hexadecimal(&hmac_sha256(key, data)), expected);
        }
    }

    #[test]
    fn digests_equal_the_published_examples_for_abc() {
        let examples = [
            (Digest::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                Digest::Sha224,
                "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
            ),
            (
                Digest::Sha256,
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
            (
                Digest::Sha384,
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
            ),
            (
                Digest::Sha512,
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            ),
        ];
        for (digest, expected) in examples {
            assert_eq!(hexadecimal(&digest.of(b"abc")), expected);
            assert_eq!(digest.of(b"abc").len(), digest.len());
        }
        assert_eq!(sha256(b"abc").to_vec(), Digest::Sha256.of(b"abc"));
    }
}
