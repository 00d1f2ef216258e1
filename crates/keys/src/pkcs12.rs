//! Keys in PKCS#12 files (RFC 7292), as trust service providers hand them out.
mod protection;
mod safe;

use crate::{
    chain, file,
    signer::{MemorySigner, Signer, SignerError},
};
use procura_crypto::{PrivateKey, PublicKey, key::KeyError};
use procura_jose::Algorithm;
use procura_pki::{Certificate, CertificateError};
use safe::Safe;
use std::path::{Path, PathBuf};

/// Key and chain from a PKCS#12 file (`.p12`, `.pfx`): the one private key in it, its certificate, and above it the
/// certificates of its issuers, without a root.
///
/// Read are PBES2 (AES, by PBKDF2 or scrypt) and, since providers still hand them out, 3DES and RC2 by SHA-1; the MAC may
/// be over SHA-1 or any SHA-2. The protection of the legacy ones is weak: it is the mode 0600 that keeps the key. DER only.
/// The file is read once, at the start.
#[derive(Debug)]
pub struct Pkcs12Signer(MemorySigner);

/// A PKCS#12 file cannot be used; with the mend, never with password or key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Pkcs12Error {
    /// Another password, or a file that was changed after it was written: the MAC does not tell which.
    #[error(
        "the password does not open it; the password file holds the password alone, at most with one line break"
    )]
    WrongPassword,
    /// It has no MAC, so that changes to it go unseen.
    #[error("it has no MAC; export it again without -nomac")]
    NoMac,
    /// No private key is inside.
    #[error("there is no private key in it; export it again with the key")]
    NoKey,
    /// Several private keys are inside.
    #[error("there are {count} private keys in it; export the one that is to sign by itself")]
    SeveralKeys {
        /// How many.
        count: usize,
    },
    /// The certificate of the key is not inside.
    #[error("the certificate of its key is not in it; export it again with the certificate of the key")]
    NoCertificate,
    /// Several certificates of the key are inside.
    #[error("there are {count} certificates of its key in it; export it with the one that is to be used")]
    SeveralCertificates {
        /// How many.
        count: usize,
    },
    /// It is protected by something that is not read here.
    #[error(
        "it is protected by an algorithm that is not read here, or by one with costs beyond all bounds; export it again \
         with AES-256-CBC and a MAC over SHA-256"
    )]
    Algorithm,
    /// The key is of no kind that signs here.
    #[error("its key: {0}")]
    Key(KeyError),
    /// The certificate of the key cannot be read.
    #[error("a certificate in it: {0}")]
    Certificate(CertificateError),
    /// Not PKCS#12 in DER.
    #[error("not a PKCS#12 file in DER")]
    Malformed,
}

impl Pkcs12Signer {
    /// Opens a file of mode 0600 with the password in another file of mode 0600, which may end with a line break. The
    /// algorithm is the default of the key's kind.
    ///
    /// # Errors
    /// [`SignerError::File`] for a file that cannot be read or that others may read, [`SignerError::Pkcs12`] with what
    /// is wrong inside and how to mend it.
    pub fn open(path: &Path, password: &Path) -> Result<Self, SignerError> {
        let (key, chain) = read(path, password)?;
        Ok(Self(MemorySigner::new(key, chain)?))
    }

    /// Reads the content of a file that is at hand already.
    ///
    /// # Errors
    /// [`Pkcs12Error`] says what is wrong and how to mend it.
    pub fn from_der(content: &[u8], password: &str) -> Result<Self, Pkcs12Error> {
        let (key, chain) = take(content, password)?;
        MemorySigner::new(key, chain)
            .map(Self)
            .map_err(|_| Pkcs12Error::Key(KeyError::Unsupported))
    }

    /// The same with another algorithm than the default of the key's kind.
    ///
    /// # Errors
    /// Those of [`Pkcs12Signer::open`], and [`SignerError::NoAlgorithm`] where it does not fit the key.
    pub fn open_with_algorithm(
        path: &Path,
        password: &Path,
        algorithm: Algorithm,
    ) -> Result<Self, SignerError> {
        let (key, chain) = read(path, password)?;
        Ok(Self(MemorySigner::with_algorithm(key, algorithm, chain)?))
    }
}

#[async_trait::async_trait]
impl Signer for Pkcs12Signer {
    fn algorithm(&self) -> Algorithm {
        self.0.algorithm()
    }
    fn chain(&self) -> &[Certificate] {
        self.0.chain()
    }
    fn public_key(&self) -> &PublicKey {
        self.0.public_key()
    }
    async fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.0.sign(bytes).await
    }
}

fn read(path: &Path, password: &Path) -> Result<(PrivateKey, Vec<Certificate>), SignerError> {
    let content = file::read_secret_bytes(path)?;
    let password = file::read_password(password)?;
    take(&content, &password).map_err(|reason| SignerError::Pkcs12 {
        path: PathBuf::from(path),
        reason,
    })
}

fn take(content: &[u8], password: &str) -> Result<(PrivateKey, Vec<Certificate>), Pkcs12Error> {
    choose(&Safe::open(content, password)?)
}

fn choose(safe: &Safe) -> Result<(PrivateKey, Vec<Certificate>), Pkcs12Error> {
    let key = match safe.keys.as_slice() {
        [] => return Err(Pkcs12Error::NoKey),
        [der] => PrivateKey::from_pkcs8_der(der).map_err(Pkcs12Error::Key)?,
        several => {
            let count = several.len();
            return Err(Pkcs12Error::SeveralKeys { count });
        }
    };
    let mut certificates: Vec<Certificate> = Vec::new();
    for der in &safe.certificates {
        let certificate = Certificate::from_der(der).map_err(Pkcs12Error::Certificate)?;
        if !certificates.contains(&certificate) {
            certificates.push(certificate);
        }
    }
    let chain = chain(&key, &certificates)?;
    Ok((key, chain))
}

/// The certificate of the key and those above it.
fn chain(key: &PrivateKey, certificates: &[Certificate]) -> Result<Vec<Certificate>, Pkcs12Error> {
    let own: Vec<_> = certificates
        .iter()
        .filter(|certificate| certificate.public_key() == Ok(key.public_key()))
        .collect();
    match own.as_slice() {
        [] => Err(Pkcs12Error::NoCertificate),
        [leaf] => Ok(chain::of(leaf, certificates)),
        several => {
            let count = several.len();
            Err(Pkcs12Error::SeveralCertificates { count })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use procura_crypto::{Curve, KeyKind};

    proptest::proptest! {
        #[test]
        fn octets_of_strangers_are_read_or_refused(
            octets in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..256),
        ) {
            proptest::prop_assert!(take(&octets, "password").is_err());
        }
    }

    /// No program at hand writes such a file; providers do.
    #[test]
    fn of_two_keys_none_is_guessed() {
        let key = || {
            let key = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
            key.to_pkcs8_der()
        };
        let safe = Safe {
            keys: vec![key(), key()],
            certificates: Vec::new(),
        };
        let reason = choose(&safe).map(drop).unwrap_err();
        assert!(
            matches!(reason, Pkcs12Error::SeveralKeys { count: 2 }),
            "{reason}"
        );
    }
}
