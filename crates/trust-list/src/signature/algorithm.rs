//! Algorithm URIs and what they mean. What is not named here is refused, above all HMAC and SHA-1 signatures.
use super::ListError;
use crate::c14n::{Canonicalization, EXCLUSIVE, INCLUSIVE};
use procura_crypto::{Digest, EcdsaEncoding, Scheme};
use roxmltree::Node;

/// The enveloped-signature transform.
pub const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const MORE: &str = "http://www.w3.org/2001/04/xmldsig-more#";
const MORE_2007: &str = "http://www.w3.org/2007/05/xmldsig-more#";
const ENC: &str = "http://www.w3.org/2001/04/xmlenc#";
const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";
const MAX_PREFIXES: usize = 32;

fn unknown<T>(uri: &str) -> Result<T, ListError> {
    Err(ListError::Algorithm(uri.chars().take(100).collect()))
}

/// The signature scheme of `SignatureMethod/@Algorithm`.
///
/// # Errors
/// [`ListError::Algorithm`] for everything else: HMAC, DSA, SHA-1.
pub fn scheme(uri: &str) -> Result<Scheme, ListError> {
    let pss = |digest: Digest, salt: usize| {
        Ok(Scheme::RsaPss {
            digest,
            salt: Some(salt),
        })
    };
    let ecdsa = |digest: Digest| {
        Ok(Scheme::Ecdsa {
            digest,
            encoding: EcdsaEncoding::Fixed,
        })
    };
    if let Some(name) = uri.strip_prefix(MORE) {
        return match name {
            "rsa-sha224" => Ok(Scheme::RsaPkcs1(Digest::Sha224)),
            "rsa-sha256" => Ok(Scheme::RsaPkcs1(Digest::Sha256)),
            "rsa-sha384" => Ok(Scheme::RsaPkcs1(Digest::Sha384)),
            "rsa-sha512" => Ok(Scheme::RsaPkcs1(Digest::Sha512)),
            "ecdsa-sha224" => ecdsa(Digest::Sha224),
            "ecdsa-sha256" => ecdsa(Digest::Sha256),
            "ecdsa-sha384" => ecdsa(Digest::Sha384),
            "ecdsa-sha512" => ecdsa(Digest::Sha512),
            _ => unknown(uri),
        };
    }
    match uri.strip_prefix(MORE_2007) {
        Some("sha224-rsa-MGF1") => pss(Digest::Sha224, 28),
        Some("sha256-rsa-MGF1") => pss(Digest::Sha256, 32),
        Some("sha384-rsa-MGF1") => pss(Digest::Sha384, 48),
        Some("sha512-rsa-MGF1") => pss(Digest::Sha512, 64),
        _ => unknown(uri),
    }
}

/// The digest of a reference (`DigestMethod/@Algorithm`).
///
/// # Errors
/// [`ListError::Algorithm`] for everything that is not SHA-2.
pub fn digest(uri: &str) -> Result<Digest, ListError> {
    match (uri.strip_prefix(ENC), uri.strip_prefix(MORE)) {
        (Some("sha256"), _) => Ok(Digest::Sha256),
        (Some("sha512"), _) => Ok(Digest::Sha512),
        (_, Some("sha224")) => Ok(Digest::Sha224),
        (_, Some("sha384")) => Ok(Digest::Sha384),
        _ => unknown(uri),
    }
}

/// The digest of a certificate in the signed properties: SHA-1 too, which most lists of 2019 use. It only names the
/// certificate; the announcement is what makes it trusted.
///
/// # Errors
/// [`ListError::Algorithm`] for everything else.
pub fn certificate_digest(uri: &str) -> Result<Digest, ListError> {
    if uri == SHA1 {
        Ok(Digest::Sha1)
    } else {
        digest(uri)
    }
}

/// The URI of a signature scheme, where the list format has one.
#[must_use]
pub fn scheme_uri(scheme: Scheme) -> Option<String> {
    let suffix = |digest: Digest| match digest {
        Digest::Sha224 => Some("sha224"),
        Digest::Sha256 => Some("sha256"),
        Digest::Sha384 => Some("sha384"),
        Digest::Sha512 => Some("sha512"),
        Digest::Sha1 => None,
    };
    match scheme {
        Scheme::RsaPkcs1(digest) => suffix(digest).map(|s| format!("{MORE}rsa-{s}")),
        Scheme::Ecdsa {
            digest,
            encoding: EcdsaEncoding::Fixed,
        } => suffix(digest).map(|s| format!("{MORE}ecdsa-{s}")),
        Scheme::RsaPss { digest, .. } => suffix(digest).map(|s| format!("{MORE_2007}{s}-rsa-MGF1")),
        _ => None,
    }
}

/// The URI of a digest, SHA-1 excluded.
#[must_use]
pub fn digest_uri(digest: Digest) -> Option<String> {
    match digest {
        Digest::Sha224 => Some(format!("{MORE}sha224")),
        Digest::Sha256 => Some(format!("{ENC}sha256")),
        Digest::Sha384 => Some(format!("{MORE}sha384")),
        Digest::Sha512 => Some(format!("{ENC}sha512")),
        Digest::Sha1 => None,
    }
}

/// The canonical form that an element (`CanonicalizationMethod` or `Transform`) names.
///
/// # Errors
/// [`ListError::Algorithm`] for forms with comments, version 1.1 and everything that is no canonicalization.
pub(super) fn canonicalization(element: Node<'_, '_>) -> Result<Canonicalization, ListError> {
    match element.attribute("Algorithm").unwrap_or_default() {
        INCLUSIVE => {
            if element.children().any(|c| c.is_element()) {
                return Err(ListError::Structure(
                    "a canonicalization has parameters that it cannot have",
                ));
            }
            Ok(Canonicalization::Inclusive)
        }
        EXCLUSIVE => {
            let mut inclusive_prefixes = Vec::new();
            for parameter in element.children().filter(Node::is_element) {
                if !crate::xml::is(parameter, EXCLUSIVE, "InclusiveNamespaces") {
                    return Err(ListError::Structure(
                        "a canonicalization has parameters that it cannot have",
                    ));
                }
                let list = parameter.attribute("PrefixList").unwrap_or_default();
                inclusive_prefixes.extend(list.split_ascii_whitespace().map(str::to_owned));
            }
            if inclusive_prefixes.len() > MAX_PREFIXES {
                return Err(ListError::Structure("a canonicalization lists too many prefixes"));
            }
            Ok(Canonicalization::Exclusive { inclusive_prefixes })
        }
        other => unknown(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_and_sha1_signatures_are_refused() {
        for uri in [
            "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
            "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
            "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
            "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
            "",
        ] {
            assert_eq!(scheme(uri), Err(ListError::Algorithm(uri.into())));
        }
        assert!(digest(SHA1).is_err());
        assert_eq!(certificate_digest(SHA1), Ok(Digest::Sha1));
    }

    #[test]
    fn uris_read_back_what_they_write() {
        for digest_algorithm in [Digest::Sha224, Digest::Sha256, Digest::Sha384, Digest::Sha512] {
            for candidate in [
                Scheme::RsaPkcs1(digest_algorithm),
                Scheme::Ecdsa {
                    digest: digest_algorithm,
                    encoding: EcdsaEncoding::Fixed,
                },
            ] {
                assert_eq!(scheme(&scheme_uri(candidate).unwrap()), Ok(candidate));
            }
            assert_eq!(
                digest(&digest_uri(digest_algorithm).unwrap()),
                Ok(digest_algorithm)
            );
        }
    }
}
