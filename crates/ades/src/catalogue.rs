//! Which algorithms and key sizes may be relied on until when: dated data in the shape of TS 119 312.
use jiff::{
    Timestamp,
    civil::{Date, date},
    tz::Offset,
};
use procura_crypto::{Curve, Digest, PublicKey, Scheme};

/// How long something may be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// Not listed.
    Never,
    /// Before this instant.
    Until(Timestamp),
    /// No end is set.
    Open,
}

impl Acceptance {
    /// Whether it holds at `at`.
    #[must_use]
    pub fn at(self, at: Timestamp) -> bool {
        match self {
            Self::Never => false,
            Self::Until(end) => at < end,
            Self::Open => true,
        }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, _) | (_, Self::Never) => Self::Never,
            (Self::Open, end) | (end, Self::Open) => end,
            (Self::Until(a), Self::Until(b)) => Self::Until(a.min(b)),
        }
    }
}

/// A kind of signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    RsaPkcs1,
    RsaPss,
    Ecdsa,
}

/// Keys of a family with at least this many bits, and their end. Per family the larger sizes come first.
struct Entry(Family, usize, Option<Date>);

/// TS 119 312 as the suite that ships with the Commission's DSS 6.4 dates it.
const SIGNATURES: &[Entry] = &[
    Entry(Family::RsaPkcs1, 1900, Some(date(2029, 1, 1))),
    Entry(Family::RsaPkcs1, 1024, Some(date(2019, 10, 1))),
    Entry(Family::RsaPss, 3000, None),
    Entry(Family::RsaPss, 1900, Some(date(2029, 1, 1))),
    Entry(Family::RsaPss, 1024, Some(date(2019, 10, 1))),
    Entry(Family::Ecdsa, 256, None),
    Entry(Family::Ecdsa, 224, Some(date(2021, 10, 1))),
];

const DIGESTS: &[(Digest, Option<Date>)] = &[
    (Digest::Sha1, Some(date(2012, 8, 1))),
    (Digest::Sha224, Some(date(2029, 1, 1))),
    (Digest::Sha256, None),
    (Digest::Sha384, None),
    (Digest::Sha512, None),
];

/// The agreed curves: NIST and brainpool r1. secp256k1 is none of them.
const CURVES: &[Curve] = &[
    Curve::P256,
    Curve::P384,
    Curve::P521,
    Curve::BrainpoolP256r1,
    Curve::BrainpoolP384r1,
];

/// How long a scheme with a key may be relied on. Ed25519 and secp256k1 are not in the catalogue: they serve holders'
/// keys, not certificates of trust services.
#[must_use]
pub fn acceptance(key: &PublicKey, scheme: Scheme) -> Acceptance {
    let (family, digest) = match (key, scheme) {
        (PublicKey::Rsa { .. }, Scheme::RsaPkcs1(digest)) => (Family::RsaPkcs1, digest),
        (PublicKey::Rsa { .. }, Scheme::RsaPss { digest, .. }) => (Family::RsaPss, digest),
        (PublicKey::Ec { curve, .. }, Scheme::Ecdsa { digest, .. }) if CURVES.contains(curve) => {
            (Family::Ecdsa, digest)
        }
        _ => return Acceptance::Never,
    };
    let bits = key.bits();
    let signature = SIGNATURES
        .iter()
        .find(|Entry(listed, minimum, _)| *listed == family && bits >= *minimum)
        .map_or(Acceptance::Never, |Entry(_, _, end)| until(*end));
    let digest = DIGESTS
        .iter()
        .find(|(listed, _)| *listed == digest)
        .map_or(Acceptance::Never, |(_, end)| until(*end));
    signature.and(digest)
}

/// Whether a scheme with a key may be relied on at `at`.
#[must_use]
pub fn acceptable(key: &PublicKey, scheme: Scheme, at: Timestamp) -> bool {
    acceptance(key, scheme).at(at)
}

fn until(end: Option<Date>) -> Acceptance {
    match end {
        None => Acceptance::Open,
        Some(end) => Offset::UTC
            .to_timestamp(end.to_datetime(jiff::civil::Time::midnight()))
            .map_or(Acceptance::Never, Acceptance::Until),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use procura_crypto::EcdsaEncoding;

    fn rsa(bits: usize) -> PublicKey {
        let mut n = vec![0xff; bits / 8];
        n[0] = 0xff;
        PublicKey::Rsa { n, e: vec![1, 0, 1] }
    }
    fn ec(curve: Curve) -> PublicKey {
        PublicKey::Ec {
            curve,
            point: vec![4; 65],
        }
    }
    const ES256: Scheme = Scheme::Ecdsa {
        digest: Digest::Sha256,
        encoding: EcdsaEncoding::Fixed,
    };
    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn rsa_pkcs1_ends_with_2028() {
        let scheme = Scheme::RsaPkcs1(Digest::Sha256);
        assert!(acceptable(&rsa(2048), scheme, at("2028-12-31T23:59:59Z")));
        assert!(!acceptable(&rsa(2048), scheme, at("2029-01-01T00:00:00Z")));
        assert!(!acceptable(&rsa(4096), scheme, at("2029-01-01T00:00:00Z")));
    }

    #[test]
    fn short_rsa_ended_in_2019() {
        let scheme = Scheme::RsaPkcs1(Digest::Sha256);
        assert!(acceptable(&rsa(1024), scheme, at("2019-09-30T00:00:00Z")));
        assert!(!acceptable(&rsa(1536), scheme, at("2019-10-01T00:00:00Z")));
        assert!(!acceptable(&rsa(512), scheme, at("2010-01-01T00:00:00Z")));
    }

    #[test]
    fn pss_with_3072_bits_and_p256_have_no_end() {
        let pss = Scheme::RsaPss {
            digest: Digest::Sha256,
            salt: Some(32),
        };
        assert_eq!(acceptance(&rsa(3072), pss), Acceptance::Open);
        assert_eq!(
            acceptance(&rsa(2048), pss),
            acceptance(&rsa(2048), Scheme::RsaPkcs1(Digest::Sha256))
        );
        for curve in CURVES {
            assert_eq!(acceptance(&ec(*curve), ES256), Acceptance::Open);
        }
    }

    #[test]
    fn sha1_ended_in_2012() {
        let scheme = Scheme::RsaPkcs1(Digest::Sha1);
        assert!(acceptable(&rsa(2048), scheme, at("2012-07-31T00:00:00Z")));
        assert!(!acceptable(&rsa(2048), scheme, at("2012-08-01T00:00:00Z")));
    }

    #[test]
    fn what_is_not_listed_is_not_acceptable() {
        assert_eq!(acceptance(&ec(Curve::Secp256k1), ES256), Acceptance::Never);
        assert_eq!(
            acceptance(&PublicKey::Ed25519([0; 32]), Scheme::Ed25519),
            Acceptance::Never
        );
        assert_eq!(acceptance(&rsa(4096), ES256), Acceptance::Never);
    }
}
