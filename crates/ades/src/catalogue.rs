//! Which algorithms and key sizes may be relied on until when: dated data in the shape of a TS 119 322 catalogue.
use jiff::{Timestamp, civil::Date, tz::Offset};
use procura_crypto::{Curve, Digest, PublicKey, Scheme};
use serde::Deserialize;
use std::sync::{Arc, OnceLock};

/// The catalogue that ships: TS 119 312 as the suite of the Commission's DSS 6.4 dates it.
const SHIPPED: &[u8] = include_bytes!("../catalogue.json");
/// Larger than any catalogue.
const MAX_SIZE: usize = 1024 * 1024;

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

    /// Both of them: the earlier end.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, _) | (_, Self::Never) => Self::Never,
            (Self::Open, end) | (end, Self::Open) => end,
            (Self::Until(a), Self::Until(b)) => Self::Until(a.min(b)),
        }
    }

    /// Its end, where one is set.
    #[must_use]
    pub fn end(self) -> Option<Timestamp> {
        match self {
            Self::Until(end) => Some(end),
            Self::Never | Self::Open => None,
        }
    }

    /// The later end of two evaluations that both fit.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, end) | (end, Self::Never) => end,
            (Self::Open, _) | (_, Self::Open) => Self::Open,
            (Self::Until(a), Self::Until(b)) => Self::Until(a.max(b)),
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

/// What a catalogue says of something that is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listed {
    Digest(Digest),
    /// Whatever the digest, which is listed on its own.
    Signature(Family),
    /// With one digest: where it is listed so, that counts.
    SignatureOver(Family, Digest),
    Curve(Curve),
}

/// Object identifiers that a catalogue may name; what else it names is not supported here and stays unlisted.
const KNOWN: [(&str, Listed); 22] = [
    ("1.2.840.113549.1.1.5", over(Family::RsaPkcs1, Digest::Sha1)),
    ("1.2.840.113549.1.1.14", over(Family::RsaPkcs1, Digest::Sha224)),
    ("1.2.840.113549.1.1.11", over(Family::RsaPkcs1, Digest::Sha256)),
    ("1.2.840.113549.1.1.12", over(Family::RsaPkcs1, Digest::Sha384)),
    ("1.2.840.113549.1.1.13", over(Family::RsaPkcs1, Digest::Sha512)),
    ("1.2.840.10045.4.3.1", over(Family::Ecdsa, Digest::Sha224)),
    ("1.2.840.10045.4.3.2", over(Family::Ecdsa, Digest::Sha256)),
    ("1.2.840.10045.4.3.3", over(Family::Ecdsa, Digest::Sha384)),
    ("1.2.840.10045.4.3.4", over(Family::Ecdsa, Digest::Sha512)),
    ("1.3.14.3.2.26", Listed::Digest(Digest::Sha1)),
    ("2.16.840.1.101.3.4.2.4", Listed::Digest(Digest::Sha224)),
    ("2.16.840.1.101.3.4.2.1", Listed::Digest(Digest::Sha256)),
    ("2.16.840.1.101.3.4.2.2", Listed::Digest(Digest::Sha384)),
    ("2.16.840.1.101.3.4.2.3", Listed::Digest(Digest::Sha512)),
    ("1.2.840.113549.1.1.1", Listed::Signature(Family::RsaPkcs1)),
    ("1.2.840.113549.1.1.10", Listed::Signature(Family::RsaPss)),
    ("1.2.840.10045.2.1", Listed::Signature(Family::Ecdsa)),
    ("1.2.840.10045.3.1.7", Listed::Curve(Curve::P256)),
    ("1.3.132.0.34", Listed::Curve(Curve::P384)),
    ("1.3.132.0.35", Listed::Curve(Curve::P521)),
    ("1.3.36.3.3.2.8.1.1.7", Listed::Curve(Curve::BrainpoolP256r1)),
    ("1.3.36.3.3.2.8.1.1.11", Listed::Curve(Curve::BrainpoolP384r1)),
];

const fn over(family: Family, digest: Digest) -> Listed {
    Listed::SignatureOver(family, digest)
}

/// One evaluation: of what, from how many bits on, until when.
#[derive(Clone, Copy, Debug)]
struct Evaluation {
    of: Listed,
    bits: usize,
    until: Acceptance,
}

/// A dated catalogue. Clones share it.
#[derive(Clone, Debug)]
pub struct Catalogue(Arc<Vec<Evaluation>>);

/// Why a catalogue cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum CatalogueError {
    /// Larger than 1 MiB.
    #[error("the catalogue is larger than 1 MiB")]
    TooLarge,
    /// Not the JSON of a TS 119 322 catalogue.
    #[error("not a catalogue of TS 119 322 in JSON: {0}")]
    Malformed(String),
    /// A constraint that is not understood: to pass over it would be to relax it.
    #[error("the catalogue's entry {0}: {1}")]
    Entry(String, &'static str),
    /// Nothing that is known here.
    #[error("the catalogue lists none of the algorithms that are known here")]
    Empty,
}

mod shape {
    //! TS 119 322, JSON: `SecuritySuitabilityPolicy`, as far as it is read.
    use super::Deserialize;

    #[derive(Deserialize)]
    pub(super) struct Document {
        #[serde(rename = "SecuritySuitabilityPolicy")]
        pub(super) policy: Policy,
    }
    #[derive(Deserialize)]
    pub(super) struct Policy {
        #[serde(rename = "Algorithm")]
        pub(super) algorithms: Vec<Algorithm>,
    }
    #[derive(Deserialize)]
    pub(super) struct Algorithm {
        #[serde(rename = "AlgorithmIdentifier")]
        pub(super) identifier: Identifier,
        #[serde(rename = "Evaluation")]
        pub(super) evaluations: Vec<Evaluation>,
    }
    #[derive(Deserialize)]
    pub(super) struct Identifier {
        #[serde(rename = "Name")]
        pub(super) name: String,
        #[serde(rename = "ObjectIdentifier")]
        pub(super) oid: Option<String>,
    }
    #[derive(Deserialize)]
    pub(super) struct Evaluation {
        #[serde(rename = "Validity")]
        pub(super) validity: Validity,
        #[serde(rename = "Parameter", default)]
        pub(super) parameters: Vec<Parameter>,
    }
    #[derive(Deserialize)]
    pub(super) struct Validity {
        #[serde(rename = "Start")]
        pub(super) start: Option<String>,
        #[serde(rename = "End")]
        pub(super) end: Option<String>,
    }
    #[derive(Deserialize)]
    pub(super) struct Parameter {
        pub(super) name: String,
        #[serde(rename = "Min")]
        pub(super) min: Option<usize>,
        #[serde(rename = "Max")]
        pub(super) max: Option<usize>,
    }
}

impl Default for Catalogue {
    fn default() -> Self {
        static READ: OnceLock<Catalogue> = OnceLock::new();
        // The shipped file is read by a test; were it unreadable, nothing would be acceptable.
        READ.get_or_init(|| Self::from_json(SHIPPED).unwrap_or_else(|_| Self(Arc::new(Vec::new()))))
            .clone()
    }
}

impl Catalogue {
    /// Reads the JSON form of a TS 119 322 catalogue.
    ///
    /// # Errors
    /// [`CatalogueError`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, CatalogueError> {
        if bytes.len() > MAX_SIZE {
            return Err(CatalogueError::TooLarge);
        }
        let document: shape::Document =
            serde_json::from_slice(bytes).map_err(|error| CatalogueError::Malformed(error.to_string()))?;
        let mut listed = Vec::new();
        for algorithm in &document.policy.algorithms {
            let oid = algorithm.identifier.oid.as_deref();
            let Some((_, of)) = KNOWN.iter().find(|(known, _)| Some(*known) == oid) else {
                continue;
            };
            for evaluation in &algorithm.evaluations {
                let (bits, until) = evaluation
                    .read()
                    .map_err(|why| CatalogueError::Entry(algorithm.identifier.name.clone(), why))?;
                listed.push(Evaluation { of: *of, bits, until });
            }
        }
        if listed.is_empty() {
            return Err(CatalogueError::Empty);
        }
        Ok(Self(Arc::new(listed)))
    }

    /// How long a scheme with a key may be relied on. Ed25519 and secp256k1 are not in the catalogue: they serve
    /// holders' keys, not certificates of trust services.
    #[must_use]
    pub fn acceptance(&self, key: &PublicKey, scheme: Scheme) -> Acceptance {
        let bits = key.bits();
        let (family, digest, curve) = match (key, scheme) {
            (PublicKey::Rsa { .. }, Scheme::RsaPkcs1(digest)) => (Family::RsaPkcs1, digest, None),
            (PublicKey::Rsa { .. }, Scheme::RsaPss { digest, .. }) => (Family::RsaPss, digest, None),
            (PublicKey::Ec { curve, .. }, Scheme::Ecdsa { digest, .. }) => {
                (Family::Ecdsa, digest, Some(*curve))
            }
            _ => return Acceptance::Never,
        };
        let curve = curve.map_or(Acceptance::Open, |curve| self.of(Listed::Curve(curve), bits));
        let together = over(family, digest);
        let listed = if self.0.iter().any(|entry| entry.of == together) {
            together
        } else {
            Listed::Signature(family)
        };
        self.of(listed, bits).and(self.digest(digest)).and(curve)
    }

    /// How long a digest may be relied on.
    #[must_use]
    pub fn digest(&self, digest: Digest) -> Acceptance {
        self.of(Listed::Digest(digest), 0)
    }

    /// Of the evaluations for so many bits the one for the largest size.
    fn of(&self, of: Listed, bits: usize) -> Acceptance {
        let fitting = || {
            self.0
                .iter()
                .filter(move |entry| entry.of == of && entry.bits <= bits)
        };
        let size = fitting().map(|entry| entry.bits).max();
        fitting()
            .filter(|entry| Some(entry.bits) == size)
            .fold(Acceptance::Never, |found, entry| found.or(entry.until))
    }
}

impl shape::Evaluation {
    /// From how many bits on, and until when.
    fn read(&self) -> Result<(usize, Acceptance), &'static str> {
        if self.validity.start.is_some() {
            return Err("a start of validity is not supported");
        }
        let mut bits = 0;
        for parameter in &self.parameters {
            if parameter.max.is_some() {
                return Err("a largest size is not supported");
            }
            match parameter.name.as_str() {
                "moduluslength" | "plength" | "qlength" => bits = bits.max(parameter.min.unwrap_or(0)),
                _ => return Err("a parameter is not supported"),
            }
        }
        let until = match &self.validity.end {
            None => Acceptance::Open,
            Some(end) => {
                let date: Date = end
                    .get(..10)
                    .and_then(|date| date.parse().ok())
                    .ok_or("its end is not a date")?;
                Offset::UTC
                    .to_timestamp(date.to_datetime(jiff::civil::Time::midnight()))
                    .map(Acceptance::Until)
                    .map_err(|_| "its end is not a date")?
            }
        };
        Ok((bits, until))
    }
}

/// How long a scheme with a key may be relied on, by the catalogue that ships.
#[must_use]
pub fn acceptance(key: &PublicKey, scheme: Scheme) -> Acceptance {
    Catalogue::default().acceptance(key, scheme)
}

/// Whether a scheme with a key may be relied on at `at`, by the catalogue that ships.
#[must_use]
pub fn acceptable(key: &PublicKey, scheme: Scheme, at: Timestamp) -> bool {
    acceptance(key, scheme).at(at)
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
        for curve in [
            Curve::P256,
            Curve::P384,
            Curve::P521,
            Curve::BrainpoolP256r1,
            Curve::BrainpoolP384r1,
        ] {
            assert_eq!(acceptance(&ec(curve), ES256), Acceptance::Open);
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

    #[test]
    fn the_shipped_catalogue_is_read_whole() {
        let read = Catalogue::from_json(SHIPPED).unwrap();
        for (_, listed) in KNOWN {
            let once = read.0.iter().any(|entry| entry.of == listed);
            assert!(once || matches!(listed, Listed::SignatureOver(..)), "{listed:?}");
        }
    }

    #[test]
    fn what_a_catalogue_restricts_in_a_way_that_is_not_understood_is_refused() {
        let with = |evaluation: &str| {
            format!(
                r#"{{"SecuritySuitabilityPolicy":{{"Algorithm":[{{"AlgorithmIdentifier":{{"Name":"SHA-256",
                "ObjectIdentifier":"2.16.840.1.101.3.4.2.1"}},"Evaluation":[{evaluation}]}}]}}}}"#
            )
        };
        let read = |evaluation: &str| Catalogue::from_json(with(evaluation).as_bytes());
        let dated = read(r#"{"Validity":{"End":"2031-01-01"}}"#).unwrap();
        assert!(dated.digest(Digest::Sha256).at(at("2030-12-31T23:59:59Z")));
        assert!(!dated.digest(Digest::Sha256).at(at("2031-01-01T00:00:00Z")));
        assert_eq!(dated.digest(Digest::Sha512), Acceptance::Never);
        for (evaluation, why) in [
            (r#"{"Validity":{"Start":"2030-01-01"}}"#, "start"),
            (r#"{"Validity":{"End":"soon"}}"#, "not a date"),
            (
                r#"{"Validity":{},"Parameter":[{"name":"moduluslength","Max":4096}]}"#,
                "largest",
            ),
            (
                r#"{"Validity":{},"Parameter":[{"name":"rounds","Min":4}]}"#,
                "parameter",
            ),
        ] {
            let error = read(evaluation).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
        let none = br#"{"SecuritySuitabilityPolicy":{"Algorithm":[]}}"#;
        assert_eq!(Catalogue::from_json(none).unwrap_err(), CatalogueError::Empty);
    }

    #[test]
    fn a_scheme_that_is_listed_with_its_digest_counts_as_it_is_listed() {
        let catalogue = br#"{"SecuritySuitabilityPolicy":{"Algorithm":[
            {"AlgorithmIdentifier":{"Name":"SHA-256","ObjectIdentifier":"2.16.840.1.101.3.4.2.1"},"Evaluation":[{"Validity":{}}]},
            {"AlgorithmIdentifier":{"Name":"SHA-512","ObjectIdentifier":"2.16.840.1.101.3.4.2.3"},"Evaluation":[{"Validity":{}}]},
            {"AlgorithmIdentifier":{"Name":"sha256WithRSAEncryption","ObjectIdentifier":"1.2.840.113549.1.1.11"},
             "Evaluation":[{"Validity":{"End":"2029-01-01"},"Parameter":[{"name":"moduluslength","Min":1900}]}]}]}}"#;
        let catalogue = Catalogue::from_json(catalogue).unwrap();
        let end = Acceptance::Until(at("2029-01-01T00:00:00Z"));
        assert_eq!(
            catalogue.acceptance(&rsa(2048), Scheme::RsaPkcs1(Digest::Sha256)),
            end
        );
        assert_eq!(
            catalogue.acceptance(&rsa(2048), Scheme::RsaPkcs1(Digest::Sha512)),
            Acceptance::Never
        );
        assert_eq!(
            catalogue.acceptance(&rsa(1024), Scheme::RsaPkcs1(Digest::Sha256)),
            Acceptance::Never
        );
    }
}
