//! Certificates that are met again and again, read once.
use crate::{
    certificate::{Certificate, CertificateError},
    path::Path,
};
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

/// Certificates kept, some 10 KiB each when read. More than the issuers that a verifier meets in a day.
const CAPACITY: usize = 4096;
/// Largest that is kept, in octets of DER; those of trust services have one or two thousand.
const MAX_SIZE: usize = 8 * 1024;

/// Certificates of paths that somebody relied on, by the SHA-256 of their DER. Clones share it.
///
/// It saves reading, and the signature check by an issuer whose key a certificate was found to be signed by before
/// ([`Certificate::is_signed_by`]). It is no source of trust: whoever takes a certificate from it judges path, dates
/// and revocation as of any other. Only [`CertificatePool::keep`] adds, so that strangers cannot fill it.
#[derive(Clone, Default)]
pub struct CertificatePool(Arc<RwLock<HashMap<[u8; 32], Certificate>>>);

/// Some are too large to be worth it.
fn is_kept(certificate: &Certificate) -> bool {
    certificate.der().len() <= MAX_SIZE
}

impl core::fmt::Debug for CertificatePool {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "CertificatePool({} certificates)", self.len())
    }
}

impl CertificatePool {
    /// Reads DER, unless the very same was kept.
    ///
    /// # Errors
    /// Those of [`Certificate::from_der`].
    pub fn read(&self, der: &[u8]) -> Result<Certificate, CertificateError> {
        let digest = procura_crypto::digest::sha256(der);
        let kept = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&digest)
            .cloned();
        match kept {
            Some(certificate) => Ok(certificate),
            None => Certificate::from_der(der),
        }
    }

    /// Keeps the certificates of a path. A full pool starts anew.
    pub fn keep(&self, path: &Path) {
        let missing = |kept: &HashMap<[u8; 32], Certificate>| {
            path.certificates
                .iter()
                .any(|certificate| is_kept(certificate) && !kept.contains_key(&certificate.sha256()))
        };
        if !missing(&self.0.read().unwrap_or_else(PoisonError::into_inner)) {
            return;
        }
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len().saturating_add(path.certificates.len()) > CAPACITY {
            kept.clear();
        }
        for certificate in path
            .certificates
            .iter()
            .filter(|certificate| is_kept(certificate))
        {
            kept.entry(certificate.sha256())
                .or_insert_with(|| certificate.clone());
        }
    }

    /// How many are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
