//! Private keys in memory.
use crate::{
    digest::Digest,
    key::{Curve, KeyError, KeyKind, PublicKey},
    signature::{EcdsaEncoding, Scheme, SignError, carry},
};
use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    rsa::KeySize,
    signature::{self as provider, KeyPair as _},
};
use zeroize::Zeroizing;

enum Inner {
    Ec {
        curve: Curve,
        pair: provider::EcdsaKeyPair,
    },
    Rsa(provider::RsaKeyPair),
    Ed25519(provider::Ed25519KeyPair),
}
/// A private key. `Debug` says nothing; zeroized on drop.
pub struct PrivateKey {
    inner: Inner,
    public: PublicKey,
    pkcs8: Zeroizing<Vec<u8>>,
}
impl core::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("PrivateKey(..)")
    }
}
/// The one algorithm under which the provider keeps a key of this curve; digests are fitted to it.
fn signing(curve: Curve) -> Option<(&'static provider::EcdsaSigningAlgorithm, Digest)> {
    match curve {
        Curve::P256 => Some((&provider::ECDSA_P256_SHA256_FIXED_SIGNING, Digest::Sha256)),
        Curve::P384 => Some((&provider::ECDSA_P384_SHA384_FIXED_SIGNING, Digest::Sha384)),
        Curve::P521 => Some((&provider::ECDSA_P521_SHA512_FIXED_SIGNING, Digest::Sha512)),
        Curve::Secp256k1 => Some((&provider::ECDSA_P256K1_SHA256_FIXED_SIGNING, Digest::Sha256)),
        Curve::BrainpoolP256r1 | Curve::BrainpoolP384r1 => None,
    }
}
const FAILED: KeyError = KeyError::Malformed("the provider made no key");

impl PrivateKey {
    /// Generates a key with the provider's own randomness.
    pub fn generate(kind: KeyKind) -> Result<Self, KeyError> {
        match kind {
            KeyKind::Ec(curve) => {
                let (algorithm, _) = signing(curve).ok_or(KeyError::Unsupported)?;
                Self::ec(
                    curve,
                    provider::EcdsaKeyPair::generate(algorithm).map_err(|_| FAILED)?,
                )
            }
            KeyKind::Rsa(bits) => {
                let size = match bits {
                    2048 => KeySize::Rsa2048,
                    3072 => KeySize::Rsa3072,
                    4096 => KeySize::Rsa4096,
                    8192 => KeySize::Rsa8192,
                    _ => return Err(KeyError::Unsupported),
                };
                Self::rsa(provider::RsaKeyPair::generate(size).map_err(|_| FAILED)?)
            }
            KeyKind::Ed25519 => Self::ed25519(provider::Ed25519KeyPair::generate().map_err(|_| FAILED)?),
        }
    }
    fn ec(curve: Curve, pair: provider::EcdsaKeyPair) -> Result<Self, KeyError> {
        let public = PublicKey::from_sec1(curve, pair.public_key().as_ref())?;
        let pkcs8 = Zeroizing::new(pair.to_pkcs8v1().map_err(|_| FAILED)?.as_ref().to_vec());
        Ok(Self {
            inner: Inner::Ec { curve, pair },
            public,
            pkcs8,
        })
    }
    fn rsa(pair: provider::RsaKeyPair) -> Result<Self, KeyError> {
        let public = crate::spki::decode_rsa(pair.public_key().as_ref())?;
        let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| FAILED)?;
        let pkcs8 = Zeroizing::new(der.as_ref().to_vec());
        Ok(Self {
            inner: Inner::Rsa(pair),
            public,
            pkcs8,
        })
    }
    fn ed25519(pair: provider::Ed25519KeyPair) -> Result<Self, KeyError> {
        let public = PublicKey::Ed25519(pair.public_key().as_ref().try_into().map_err(|_| FAILED)?);
        let pkcs8 = Zeroizing::new(pair.to_pkcs8v1().map_err(|_| FAILED)?.as_ref().to_vec());
        Ok(Self {
            inner: Inner::Ed25519(pair),
            public,
            pkcs8,
        })
    }
    /// Reads PKCS#8 DER (RFC 5958), not encrypted. The public half is derived and proved.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, KeyError> {
        for curve in [Curve::P256, Curve::P384, Curve::P521, Curve::Secp256k1] {
            if let Some((algorithm, _)) = signing(curve)
                && let Ok(pair) = provider::EcdsaKeyPair::from_pkcs8(algorithm, der)
            {
                return Self::ec(curve, pair);
            }
        }
        if let Ok(pair) = provider::Ed25519KeyPair::from_pkcs8(der) {
            return Self::ed25519(pair);
        }
        provider::RsaKeyPair::from_pkcs8(der)
            .map_err(|_| KeyError::Malformed("not PKCS#8 of a key type that signs here"))
            .and_then(Self::rsa)
    }
    /// Reads PKCS#8 PEM (RFC 7468 §10).
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, KeyError> {
        Self::from_pkcs8_der(&crate::pem::decode_private_key(pem)?)
    }
    /// Writes PKCS#8 DER.
    #[must_use]
    pub fn to_pkcs8_der(&self) -> Zeroizing<Vec<u8>> {
        self.pkcs8.clone()
    }
    /// Writes PKCS#8 PEM.
    #[must_use]
    pub fn to_pkcs8_pem(&self) -> Zeroizing<String> {
        crate::pem::encode_private_key(&self.pkcs8)
    }
    /// Its public half.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }
    /// Signs `message` (the message, not its digest). SHA-1 is refused. PSS salts are as long as the digest.
    pub fn sign(&self, scheme: Scheme, message: &[u8]) -> Result<Vec<u8>, SignError> {
        match (&self.inner, scheme) {
            (Inner::Ed25519(pair), Scheme::Ed25519) => pair
                .try_sign(message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| SignError::Provider),
            (_, Scheme::RsaPkcs1(digest) | Scheme::RsaPss { digest, .. } | Scheme::Ecdsa { digest, .. }) => {
                self.sign_digest(scheme, &digest.of(message))
            }
            _ => Err(SignError::WrongKeyType),
        }
    }
    /// Signs a digest that somebody else has made of a message, as those do who keep keys for others. It must be as long
    /// as the scheme's; Ed25519 signs messages only.
    pub fn sign_digest(&self, scheme: Scheme, digest_value: &[u8]) -> Result<Vec<u8>, SignError> {
        match (&self.inner, scheme) {
            (
                Inner::Ec { .. },
                Scheme::Ecdsa {
                    digest: Digest::Sha1, ..
                },
            )
            | (Inner::Rsa(_), Scheme::RsaPkcs1(Digest::Sha1)) => Err(SignError::Unsupported),
            (Inner::Ec { curve, pair }, Scheme::Ecdsa { digest, encoding }) => {
                let (_, carrier) = signing(*curve).ok_or(SignError::Unsupported)?;
                if digest_value.len() != digest.len() {
                    return Err(SignError::Unsupported);
                }
                let digest = carry(digest_value, carrier).ok_or(SignError::Provider)?;
                let fixed = pair.sign_digest(&digest).map_err(|_| SignError::Provider)?;
                match encoding {
                    EcdsaEncoding::Fixed => Ok(fixed.as_ref().to_vec()),
                    EcdsaEncoding::Der => Ok(crate::signature::fixed_to_der(fixed.as_ref())),
                }
            }
            (Inner::Rsa(pair), Scheme::RsaPkcs1(digest)) => sign_rsa(
                pair,
                match digest {
                    Digest::Sha256 => &provider::RSA_PKCS1_SHA256,
                    Digest::Sha384 => &provider::RSA_PKCS1_SHA384,
                    Digest::Sha512 => &provider::RSA_PKCS1_SHA512,
                    Digest::Sha1 | Digest::Sha224 => return Err(SignError::Unsupported),
                },
                (digest, digest_value),
            ),
            (Inner::Rsa(pair), Scheme::RsaPss { digest, salt })
                if salt.is_none_or(|salt| salt == digest.len()) =>
            {
                sign_rsa(
                    pair,
                    match digest {
                        Digest::Sha256 => &provider::RSA_PSS_SHA256,
                        Digest::Sha384 => &provider::RSA_PSS_SHA384,
                        Digest::Sha512 => &provider::RSA_PSS_SHA512,
                        Digest::Sha1 | Digest::Sha224 => return Err(SignError::Unsupported),
                    },
                    (digest, digest_value),
                )
            }
            (Inner::Rsa(_), Scheme::RsaPss { .. }) => Err(SignError::Unsupported),
            _ => Err(SignError::WrongKeyType),
        }
    }
}
fn sign_rsa(
    pair: &provider::RsaKeyPair,
    encoding: &'static dyn provider::RsaEncoding,
    (digest, digest_value): (Digest, &[u8]),
) -> Result<Vec<u8>, SignError> {
    let digest = aws_lc_rs::digest::Digest::import_less_safe(digest_value, digest.provider())
        .map_err(|_| SignError::Unsupported)?;
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign_digest(encoding, &digest, &mut signature)
        .map_err(|_| SignError::Provider)?;
    Ok(signature)
}
