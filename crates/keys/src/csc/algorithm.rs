//! Object identifiers of signature algorithms and hashes, in step with each other.
use base64::{Engine as _, engine::general_purpose::STANDARD};
use procura_crypto::{Curve, Digest, Scheme};
use procura_jose::Algorithm;

const SHA256: &str = "2.16.840.1.101.3.4.2.1";
const SHA384: &str = "2.16.840.1.101.3.4.2.2";
const SHA512: &str = "2.16.840.1.101.3.4.2.3";
/// rsaEncryption: PKCS#1 v1.5 with the hash named beside it (CSC API v2 §11.10).
pub(super) const RSA: &str = "1.2.840.113549.1.1.1";
const RSASSA_PSS: &str = "1.2.840.113549.1.1.10";
/// id-ecPublicKey: names the kind of key and no signature algorithm.
pub(super) const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";

/// How a signature of a JWS algorithm is asked for: hash, algorithm and parameters that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureAlgorithm {
    /// JWS algorithm.
    pub jws: Algorithm,
    /// Digest that is sent.
    pub digest: Digest,
    /// `hashAlgorithmOID`.
    pub hash_oid: &'static str,
    /// `signAlgo`.
    pub sign_oid: &'static str,
    /// `signAlgoParams`: base64 of the DER of `RSASSA-PSS-params` (RFC 4055 §3.1).
    pub parameters: Option<String>,
}

impl SignatureAlgorithm {
    /// The algorithm by the OID that names it whole; none for those that sign messages and not hashes (`EdDSA`).
    pub fn of(jws: Algorithm) -> Option<Self> {
        let (digest, sign_oid) = match jws {
            Algorithm::Es256 | Algorithm::Es256K => (Digest::Sha256, "1.2.840.10045.4.3.2"),
            Algorithm::Es384 => (Digest::Sha384, "1.2.840.10045.4.3.3"),
            Algorithm::Es512 => (Digest::Sha512, "1.2.840.10045.4.3.4"),
            Algorithm::Rs256 => (Digest::Sha256, "1.2.840.113549.1.1.11"),
            Algorithm::Rs384 => (Digest::Sha384, "1.2.840.113549.1.1.12"),
            Algorithm::Rs512 => (Digest::Sha512, "1.2.840.113549.1.1.13"),
            Algorithm::Ps256 => (Digest::Sha256, RSASSA_PSS),
            Algorithm::Ps384 => (Digest::Sha384, RSASSA_PSS),
            Algorithm::Ps512 => (Digest::Sha512, RSASSA_PSS),
            Algorithm::EdDsa => return None,
        };
        Some(Self {
            jws,
            digest,
            hash_oid: hash_oid(digest)?,
            sign_oid,
            parameters: (sign_oid == RSASSA_PSS).then(|| pss_parameters(digest)).flatten(),
        })
    }

    /// The same as a provider offers it for a key (`key/algo`); `generic` takes the kind of key for all its algorithms.
    pub fn offered(jws: Algorithm, key_algorithms: &[String], generic: bool) -> Option<Self> {
        let named = |oid: &str| key_algorithms.iter().any(|offered| offered == oid);
        let algorithm = Self::of(jws)?;
        if named(algorithm.sign_oid) {
            return Some(algorithm);
        }
        match jws.scheme() {
            Scheme::RsaPkcs1(_) if named(RSA) => Some(Self {
                sign_oid: RSA,
                ..algorithm
            }),
            Scheme::RsaPss { .. } if generic && named(RSA) => Some(algorithm),
            Scheme::Ecdsa { .. } if generic && named(EC_PUBLIC_KEY) => Some(algorithm),
            _ => None,
        }
    }
}

fn hash_oid(digest: Digest) -> Option<&'static str> {
    match digest {
        Digest::Sha256 => Some(SHA256),
        Digest::Sha384 => Some(SHA384),
        Digest::Sha512 => Some(SHA512),
        Digest::Sha1 | Digest::Sha224 => None,
    }
}

/// The curve's OID (RFC 5480 §2.1.1.1).
pub(super) fn curve_oid(curve: Curve) -> Option<&'static str> {
    match curve {
        Curve::P256 => Some("1.2.840.10045.3.1.7"),
        Curve::P384 => Some("1.3.132.0.34"),
        Curve::P521 => Some("1.3.132.0.35"),
        Curve::Secp256k1 => Some("1.3.132.0.10"),
        _ => None,
    }
}

/// Hash, MGF1 over the same hash, and a salt of the hash's length: what `PS256`, `PS384`, `PS512` are (RFC 7518 §3.5).
fn pss_parameters(digest: Digest) -> Option<String> {
    let arc = match digest {
        Digest::Sha256 => 1,
        Digest::Sha384 => 2,
        Digest::Sha512 => 3,
        Digest::Sha1 | Digest::Sha224 => return None,
    };
    let hash = [
        0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, arc, 0x05, 0x00,
    ];
    let mgf1 = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x08];
    let salt = u8::try_from(digest.len()).ok()?;
    let mut der = vec![0x30, 0x34, 0xA0, 0x0F];
    der.extend_from_slice(&hash);
    der.extend_from_slice(&[0xA1, 0x1C, 0x30, 0x1A]);
    der.extend_from_slice(&mgf1);
    der.extend_from_slice(&hash);
    der.extend_from_slice(&[0xA2, 0x03, 0x02, 0x01, salt]);
    Some(STANDARD.encode(der))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(jws: Algorithm, oids: &[&str], generic: bool) -> Option<&'static str> {
        let oids: Vec<String> = oids.iter().map(|&oid| oid.to_owned()).collect();
        SignatureAlgorithm::offered(jws, &oids, generic).map(|algorithm| algorithm.sign_oid)
    }

    #[test]
    fn hash_and_signature_algorithm_are_of_the_same_digest() {
        for jws in Algorithm::ALL {
            let Some(algorithm) = SignatureAlgorithm::of(jws) else {
                assert_eq!(jws, Algorithm::EdDsa);
                continue;
            };
            let digest = match jws.scheme() {
                Scheme::RsaPkcs1(digest) | Scheme::RsaPss { digest, .. } | Scheme::Ecdsa { digest, .. } => {
                    digest
                }
                Scheme::Ed25519 => panic!("{jws}"),
            };
            assert_eq!(
                (algorithm.digest, hash_oid(digest)),
                (digest, Some(algorithm.hash_oid)),
                "{jws}"
            );
            assert_eq!(
                algorithm.parameters.is_some(),
                matches!(jws.scheme(), Scheme::RsaPss { .. }),
                "{jws}"
            );
        }
    }

    #[test]
    fn pss_parameters_are_those_of_the_registered_algorithms() {
        let sha256 = "300d06096086480165030402010500";
        let mgf1 = "06092a864886f70d010108";
        let expected = format!("3034a00f{sha256}a11c301a{mgf1}{sha256}a203020120");
        let der = STANDARD.decode(pss_parameters(Digest::Sha256).unwrap()).unwrap();
        assert_eq!(procura_crypto::digest::hexadecimal(&der), expected);
        let der = STANDARD.decode(pss_parameters(Digest::Sha512).unwrap()).unwrap();
        assert_eq!((der.len(), der.last()), (54, Some(&64)));
    }

    #[test]
    fn an_algorithm_that_is_not_offered_is_not_asked_for() {
        assert_eq!(
            offered(Algorithm::Es256, &["1.2.840.10045.4.3.2"], false),
            Some("1.2.840.10045.4.3.2")
        );
        assert_eq!(offered(Algorithm::Es256, &["1.2.840.10045.4.3.3"], true), None);
        assert_eq!(offered(Algorithm::Rs256, &[RSASSA_PSS], true), None);
        assert_eq!(offered(Algorithm::Ps256, &["1.2.840.113549.1.1.11"], true), None);
        assert_eq!(offered(Algorithm::EdDsa, &["1.3.101.112"], true), None);
    }

    #[test]
    fn the_kind_of_key_stands_for_its_algorithms_by_name_only() {
        assert_eq!(offered(Algorithm::Es256, &[EC_PUBLIC_KEY], false), None);
        assert_eq!(
            offered(Algorithm::Es256, &[EC_PUBLIC_KEY], true),
            Some("1.2.840.10045.4.3.2")
        );
        assert_eq!(offered(Algorithm::Ps256, &[RSA], false), None);
        assert_eq!(offered(Algorithm::Ps256, &[RSA], true), Some(RSASSA_PSS));
        // That is in the standard: PKCS#1 v1.5 with the hash named beside it.
        assert_eq!(offered(Algorithm::Rs256, &[RSA], false), Some(RSA));
        assert_eq!(
            offered(Algorithm::Rs256, &[RSA, "1.2.840.113549.1.1.11"], false),
            Some("1.2.840.113549.1.1.11")
        );
    }
}
