//! Algorithm identifiers of certificates, CRLs and CMS (RFC 3279, 3370, 4055, 5754, 5758, 8410).
use crate::tlv;
use der::asn1::ObjectIdentifier;
use procura_crypto::{Digest, EcdsaEncoding, Scheme};
use x509_parser::{prelude::FromDer as _, x509::AlgorithmIdentifier};

/// What is issued from here on (2017-01-01T00:00:00Z) must not be signed over SHA-1.
pub(crate) const NO_SHA1_FROM: i64 = 1_483_228_800;
const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";
const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
const RSA_PSS: &str = "1.2.840.113549.1.1.10";
const MGF1: &str = "1.2.840.113549.1.1.8";
const ED25519: &str = "1.3.101.112";
/// Digest algorithms that are read and written.
const DIGESTS: [(Digest, &str); 5] = [
    (Digest::Sha1, "1.3.14.3.2.26"),
    (Digest::Sha224, "2.16.840.1.101.3.4.2.4"),
    (Digest::Sha256, "2.16.840.1.101.3.4.2.1"),
    (Digest::Sha384, "2.16.840.1.101.3.4.2.2"),
    (Digest::Sha512, "2.16.840.1.101.3.4.2.3"),
];
/// RFC 4055 §3.1: absent fields stand for SHA-1, MGF1 with SHA-1, 20 octets of salt.
const DEFAULT_SALT: usize = 20;

/// The digest that the DER of an `AlgorithmIdentifier` names; `None` when it is out of scope.
#[must_use]
pub fn digest_of_identifier(der: &[u8]) -> Option<Digest> {
    hash(tlv::sequence(der)?)
}

/// The object identifier of a digest algorithm, dotted.
#[must_use]
pub fn oid_of_digest(digest: Digest) -> &'static str {
    DIGESTS
        .iter()
        .find(|(known, _)| *known == digest)
        .map_or("", |(_, oid)| oid)
}

/// The DER of the `AlgorithmIdentifier` of a digest, with the NULL that OCSP responders of old expect (RFC 4055 §2.1
/// has both forms mean the same).
pub(crate) fn digest_identifier(digest: Digest) -> Vec<u8> {
    let oid = ObjectIdentifier::new(oid_of_digest(digest));
    let content = oid.as_ref().map(ObjectIdentifier::as_bytes).unwrap_or_default();
    tlv::encode_sequence(&[&tlv::encode(tlv::OID, content), &[5, 0]])
}

/// The scheme of a signature that the DER of an `AlgorithmIdentifier` names; `None` when it is out of scope.
pub(crate) fn scheme_of_signature(der: &[u8]) -> Option<Scheme> {
    scheme(&identifier(der)?)
}

/// No signature protects the identifiers that stand outside of what is signed: no other octets may mean the same.
fn identifier(der: &[u8]) -> Option<AlgorithmIdentifier<'_>> {
    let mut fields = tlv::Fields::of(der, tlv::SEQUENCE)?;
    tlv::oid(fields.next(tlv::OID)?.content)?;
    match AlgorithmIdentifier::from_der(der) {
        Ok(([], identifier)) => Some(identifier),
        _ => None,
    }
}

/// The scheme that the DER of an `AlgorithmIdentifier` names in CMS, where a key's type alone may stand for the scheme
/// and `digest` completes it (RFC 3370 §3.2, RFC 5753 §7.1.3). `None` when it is out of scope, or names another digest:
/// signed attributes are digested as the content is (RFC 5652 §5.4).
#[must_use]
pub fn scheme_of_identifier(der: &[u8], digest: Digest) -> Option<Scheme> {
    let identifier = identifier(der)?;
    let named = match identifier.algorithm.to_id_string().as_str() {
        // RFC 8419 §3.1: with signed attributes, Ed25519 goes with SHA-512.
        ED25519 if digest != Digest::Sha512 => None,
        RSA_ENCRYPTION => Some(Scheme::RsaPkcs1(digest)),
        EC_PUBLIC_KEY => Some(Scheme::Ecdsa {
            digest,
            encoding: EcdsaEncoding::Der,
        }),
        _ => scheme(&identifier),
    }?;
    self::digest(named)
        .is_none_or(|own| own == digest)
        .then_some(named)
}

/// The scheme that an algorithm identifier names; `None` when it is out of scope or its parameters contradict.
pub(crate) fn scheme(identifier: &AlgorithmIdentifier<'_>) -> Option<Scheme> {
    let ecdsa = |digest| {
        Some(Scheme::Ecdsa {
            digest,
            encoding: EcdsaEncoding::Der,
        })
    };
    match identifier.algorithm.to_id_string().as_str() {
        "1.2.840.113549.1.1.5" => Some(Scheme::RsaPkcs1(Digest::Sha1)),
        "1.2.840.113549.1.1.14" => Some(Scheme::RsaPkcs1(Digest::Sha224)),
        "1.2.840.113549.1.1.11" => Some(Scheme::RsaPkcs1(Digest::Sha256)),
        "1.2.840.113549.1.1.12" => Some(Scheme::RsaPkcs1(Digest::Sha384)),
        "1.2.840.113549.1.1.13" => Some(Scheme::RsaPkcs1(Digest::Sha512)),
        RSA_PSS => pss(identifier.parameters.as_ref()?.data),
        "1.2.840.10045.4.1" => ecdsa(Digest::Sha1),
        "1.2.840.10045.4.3.1" => ecdsa(Digest::Sha224),
        "1.2.840.10045.4.3.2" => ecdsa(Digest::Sha256),
        "1.2.840.10045.4.3.3" => ecdsa(Digest::Sha384),
        "1.2.840.10045.4.3.4" => ecdsa(Digest::Sha512),
        ED25519 => Some(Scheme::Ed25519),
        _ => None,
    }
}

/// What the `SubjectPublicKeyInfo` of a key restricts its signatures to (RFC 4055 §1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Restriction {
    /// None.
    Free,
    /// RSASSA-PSS with any parameters.
    AnyPss,
    /// RSASSA-PSS with this digest and at least this salt.
    Pss { digest: Digest, salt: usize },
    /// RSASSA-PSS with parameters out of scope: nothing fits.
    Unknown,
}

impl Restriction {
    pub(crate) fn of_key(identifier: &AlgorithmIdentifier<'_>) -> Self {
        if identifier.algorithm.to_id_string() != RSA_PSS {
            return Self::Free;
        }
        let Some(parameters) = &identifier.parameters else {
            return Self::AnyPss;
        };
        match pss(parameters.data) {
            Some(Scheme::RsaPss {
                digest,
                salt: Some(salt),
            }) => Self::Pss { digest, salt },
            _ => Self::Unknown,
        }
    }

    pub(crate) fn permits(self, scheme: Scheme) -> bool {
        match self {
            Self::Free => true,
            Self::AnyPss => matches!(scheme, Scheme::RsaPss { .. }),
            Self::Pss { digest, salt } => matches!(
                scheme,
                Scheme::RsaPss { digest: d, salt: s } if d == digest && s.is_none_or(|s| s >= salt)
            ),
            Self::Unknown => false,
        }
    }
}

/// RSASSA-PSS-params: hash [0], mask [1], salt [2], trailer [3].
fn pss(parameters: &[u8]) -> Option<Scheme> {
    let (mut digest, mut mask, mut salt) = (Digest::Sha1, Digest::Sha1, DEFAULT_SALT);
    for field in tlv::elements(parameters) {
        match field.tag {
            0xa0 => digest = hash(tlv::sequence(field.content)?)?,
            0xa1 => {
                let (function, rest) = tlv::read(tlv::sequence(field.content)?)?;
                if function.tag != tlv::OID || tlv::oid(function.content)? != MGF1 {
                    return None;
                }
                mask = hash(tlv::sequence(rest)?)?;
            }
            0xa2 => salt = usize::from(small(field.content)?),
            0xa3 if small(field.content)? == 1 => {}
            _ => return None,
        }
    }
    (digest == mask).then_some(Scheme::RsaPss {
        digest,
        salt: Some(salt),
    })
}

/// The content of an `AlgorithmIdentifier` of a digest: parameters are absent or NULL (RFC 5754 §2).
fn hash(content: &[u8]) -> Option<Digest> {
    let (id, parameters) = tlv::read(content)?;
    if id.tag != tlv::OID || !matches!(parameters, [] | [0x05, 0x00]) {
        return None;
    }
    let named = tlv::oid(id.content)?;
    DIGESTS
        .iter()
        .find(|(_, oid)| *oid == named)
        .map(|(digest, _)| *digest)
}

fn small(input: &[u8]) -> Option<u16> {
    let (number, _) = tlv::read(input)?;
    match (number.tag, number.content) {
        (tlv::INTEGER, [value @ 0..=0x7f]) => Some(u16::from(*value)),
        (tlv::INTEGER, [high @ 0..=0x7f, low]) => Some(u16::from_be_bytes([*high, *low])),
        _ => None,
    }
}

/// The digest that a scheme relies on, if it names one.
pub(crate) fn digest(scheme: Scheme) -> Option<Digest> {
    match scheme {
        Scheme::RsaPkcs1(digest) | Scheme::RsaPss { digest, .. } | Scheme::Ecdsa { digest, .. } => {
            Some(digest)
        }
        Scheme::Ed25519 => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // hash SHA-256, MGF1 with SHA-256, salt 32, as OpenSSL writes it; without the outer SEQUENCE.
    const PSS_256: &[u8] = &[
        0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
        0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30, 0x0d,
        0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01,
        0x20,
    ];

    #[test]
    fn pss_parameters_are_read() {
        assert_eq!(
            pss(PSS_256),
            Some(Scheme::RsaPss {
                digest: Digest::Sha256,
                salt: Some(32)
            })
        );
        assert_eq!(
            pss(&[]),
            Some(Scheme::RsaPss {
                digest: Digest::Sha1,
                salt: Some(20)
            })
        );
    }

    #[test]
    fn in_cms_the_type_of_a_key_stands_for_a_scheme_and_no_scheme_for_another_digest() {
        // SEQUENCE of OID rsaEncryption and NULL; of OID ecdsa-with-SHA256.
        const RSA: &[u8] = &[
            0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
        ];
        const ECDSA_256: &[u8] = &[
            0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02,
        ];
        for digest in [Digest::Sha256, Digest::Sha512] {
            assert_eq!(scheme_of_identifier(RSA, digest), Some(Scheme::RsaPkcs1(digest)));
        }
        let ecdsa = scheme_of_identifier(ECDSA_256, Digest::Sha256);
        assert!(matches!(
            ecdsa,
            Some(Scheme::Ecdsa {
                digest: Digest::Sha256,
                ..
            })
        ));
        assert_eq!(scheme_of_identifier(ECDSA_256, Digest::Sha384), None);
        let followed = [ECDSA_256, &[5, 0]].concat();
        assert_eq!(scheme_of_identifier(&followed, Digest::Sha256), None);
        assert_eq!(scheme_of_identifier(&[], Digest::Sha256), None);
    }

    #[test]
    fn in_cms_ed25519_goes_with_sha_512_alone() {
        const ED25519: &[u8] = &[0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70];
        assert_eq!(
            scheme_of_identifier(ED25519, Digest::Sha512),
            Some(Scheme::Ed25519)
        );
        for digest in [Digest::Sha1, Digest::Sha256, Digest::Sha384] {
            assert_eq!(scheme_of_identifier(ED25519, digest), None);
        }
    }

    #[test]
    fn digests_are_named_by_an_object_identifier_without_parameters() {
        const SHA_256: &[u8] = &[
            0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
        ];
        assert_eq!(digest_of_identifier(SHA_256), Some(Digest::Sha256));
        let with_null = [&[0x30, 0x0d], &SHA_256[2..], &[5, 0]].concat();
        assert_eq!(digest_of_identifier(&with_null), Some(Digest::Sha256));
        let with_more = [&[0x30, 0x0e], &SHA_256[2..], &[2, 1, 0]].concat();
        assert_eq!(digest_of_identifier(&with_more), None);
        // The same octets as an OCTET STRING.
        let mut no_oid = SHA_256.to_vec();
        no_oid[2] = 4;
        assert_eq!(digest_of_identifier(&no_oid), None);
        for (digest, oid) in DIGESTS {
            assert_eq!(oid_of_digest(digest), oid);
        }
    }

    #[test]
    fn the_identifier_of_a_digest_names_it() {
        for digest in [
            Digest::Sha1,
            Digest::Sha224,
            Digest::Sha256,
            Digest::Sha384,
            Digest::Sha512,
        ] {
            assert_eq!(digest_of_identifier(&digest_identifier(digest)), Some(digest));
        }
    }

    #[test]
    fn pss_with_another_mask_digest_is_refused() {
        let mut other = PSS_256.to_vec();
        other[44] = 2;
        assert_eq!(pss(&other), None);
    }

    #[test]
    fn a_pss_key_with_parameters_signs_with_these_only() {
        let key = Restriction::Pss {
            digest: Digest::Sha256,
            salt: 32,
        };
        assert!(key.permits(Scheme::RsaPss {
            digest: Digest::Sha256,
            salt: Some(32)
        }));
        assert!(!key.permits(Scheme::RsaPss {
            digest: Digest::Sha256,
            salt: Some(20)
        }));
        assert!(!key.permits(Scheme::RsaPss {
            digest: Digest::Sha384,
            salt: Some(48)
        }));
        assert!(!key.permits(Scheme::RsaPkcs1(Digest::Sha256)));
        assert!(!Restriction::AnyPss.permits(Scheme::RsaPkcs1(Digest::Sha256)));
    }
}
