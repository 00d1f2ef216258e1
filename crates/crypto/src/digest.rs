//! Digests.

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
    pub fn of(self, _data: &[u8]) -> Vec<u8> {
        todo!()
    }
}
/// SHA-256 of `data`.
#[must_use]
pub fn sha256(_data: &[u8]) -> [u8; 32] {
    todo!()
}
