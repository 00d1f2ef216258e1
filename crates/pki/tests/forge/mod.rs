//! Makes certificates and CRLs octet by octet, so that exactly one thing can be wrong with them.
#![expect(dead_code, reason = "not every test file forges everything")]
#![expect(unreachable_pub, reason = "shared by test files")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "test support outside of test functions"
)]
use jiff::Timestamp;
use procura_crypto::{Curve, Digest, EcdsaEncoding, KeyKind, PrivateKey, PublicKey, Scheme};
use procura_pki::{Anchor, Certificate, Crl, CrlError};
use std::sync::Arc;

pub const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";
pub const COMMON_NAME: &str = "2.5.4.3";
pub const ORGANIZATION: &str = "2.5.4.10";
pub const UTF8: u8 = 0x0c;
pub const PRINTABLE: u8 = 0x13;

pub fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len();
    if length < 0x80 {
        out.push(u8::try_from(length).unwrap());
    } else {
        let octets: Vec<u8> = length
            .to_be_bytes()
            .into_iter()
            .skip_while(|octet| *octet == 0)
            .collect();
        out.push(0x80 | u8::try_from(octets.len()).unwrap());
        out.extend(octets);
    }
    out.extend_from_slice(content);
    out
}
pub fn seq(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}
pub fn oid(dotted: &str) -> Vec<u8> {
    let arcs: Vec<u64> = dotted.split('.').map(|arc| arc.parse().unwrap()).collect();
    let mut content = Vec::new();
    for arc in core::iter::once(arcs[0] * 40 + arcs[1]).chain(arcs[2..].iter().copied()) {
        let mut octets = vec![u8::try_from(arc & 0x7f).unwrap()];
        let mut rest = arc >> 7;
        while rest > 0 {
            octets.insert(0, 0x80 | u8::try_from(rest & 0x7f).unwrap());
            rest >>= 7;
        }
        content.extend(octets);
    }
    tlv(6, &content)
}
pub fn integer(value: u8) -> Vec<u8> {
    tlv(2, &[value])
}
pub fn boolean(value: bool) -> Vec<u8> {
    tlv(1, &[if value { 0xff } else { 0 }])
}
pub fn time(at: Timestamp) -> Vec<u8> {
    tlv(0x18, at.strftime("%Y%m%d%H%M%SZ").to_string().as_bytes())
}
pub fn name(attributes: &[(&str, u8, &str)]) -> Vec<u8> {
    let rdns: Vec<_> = attributes
        .iter()
        .map(|(id, tag, value)| tlv(0x31, &seq(&[oid(id), tlv(*tag, value.as_bytes())])))
        .collect();
    seq(&rdns)
}
pub fn cn(value: &str) -> Vec<u8> {
    name(&[(ORGANIZATION, UTF8, "RealTruth"), (COMMON_NAME, UTF8, value)])
}
pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}
/// When everything that is not forged to be otherwise is valid.
pub fn noon() -> Timestamp {
    at("2026-06-01T12:00:00Z")
}

#[derive(Clone)]
pub struct Extension {
    pub oid: &'static str,
    pub critical: bool,
    pub value: Vec<u8>,
}
pub fn extension(oid: &'static str, critical: bool, value: Vec<u8>) -> Extension {
    Extension { oid, critical, value }
}
pub fn extensions(all: &[Extension]) -> Vec<u8> {
    let all: Vec<_> = all
        .iter()
        .map(|e| {
            let critical = if e.critical { boolean(true) } else { Vec::new() };
            seq(&[oid(e.oid), critical, tlv(4, &e.value)])
        })
        .collect();
    seq(&all)
}
pub fn basic_constraints(ca: bool, path_length: Option<u8>) -> Extension {
    let ca = if ca { boolean(true) } else { Vec::new() };
    extension(
        "2.5.29.19",
        true,
        seq(&[ca, path_length.map(integer).unwrap_or_default()]),
    )
}
pub const DIGITAL_SIGNATURE: u8 = 0x80;
pub const NON_REPUDIATION: u8 = 0x40;
pub const KEY_ENCIPHERMENT: u8 = 0x20;
pub const KEY_CERT_SIGN: u8 = 0x04;
pub const CRL_SIGN: u8 = 0x02;
pub fn key_usage(bits: u8) -> Extension {
    extension(
        "2.5.29.15",
        true,
        tlv(3, &[u8::try_from(bits.trailing_zeros()).unwrap() % 8, bits]),
    )
}
fn uri(url: &str) -> Vec<u8> {
    tlv(0x86, url.as_bytes())
}
pub fn crl_points(urls: &[&str]) -> Extension {
    let points: Vec<_> = urls
        .iter()
        .map(|url| seq(&[tlv(0xa0, &tlv(0xa0, &uri(url)))]))
        .collect();
    extension("2.5.29.31", false, seq(&points))
}
pub fn issuing_point(url: Option<&str>, flags: &[u8]) -> Extension {
    let mut parts = vec![
        url.map(|url| tlv(0xa0, &tlv(0xa0, &uri(url))))
            .unwrap_or_default(),
    ];
    parts.extend(flags.iter().map(|tag| tlv(*tag, &[0xff])));
    extension("2.5.29.28", true, seq(&parts))
}

/// A key and the name that it issues under.
#[derive(Clone)]
pub struct Issuer {
    pub key: Arc<PrivateKey>,
    pub name: Vec<u8>,
}
impl Issuer {
    pub fn new(common_name: &str) -> Self {
        Self::of(cn(common_name), KeyKind::Ec(Curve::P256))
    }
    pub fn of(name: Vec<u8>, kind: KeyKind) -> Self {
        Self {
            key: Arc::new(PrivateKey::generate(kind).unwrap()),
            name,
        }
    }
    /// What this issuer asks to be certified as.
    pub fn request(&self) -> Request {
        Request {
            subject: self.name.clone(),
            issuer: None,
            spki: self.key.public_key().to_spki_der(),
            serial: vec![0x01, 0x23],
            not_before: at("2026-01-01T00:00:00Z"),
            not_after: at("2027-01-01T00:00:00Z"),
            extensions: Vec::new(),
            algorithm: seq(&[oid(ECDSA_SHA256)]),
            outer_algorithm: None,
            scheme: Scheme::Ecdsa {
                digest: Digest::Sha256,
                encoding: EcdsaEncoding::Der,
            },
        }
    }
    pub fn ca(&self) -> Request {
        self.request()
            .with(basic_constraints(true, None))
            .with(key_usage(KEY_CERT_SIGN | CRL_SIGN))
    }
    pub fn leaf(&self) -> Request {
        self.request()
            .with(key_usage(DIGITAL_SIGNATURE | NON_REPUDIATION))
    }
    /// The self-signed certificate of a root.
    pub fn anchor(&self) -> Anchor {
        Anchor(self.ca().signed_by(self))
    }
    pub fn crl(&self) -> CrlRequest {
        CrlRequest {
            issuer: self.name.clone(),
            key: self.key.clone(),
            this_update: at("2026-06-01T00:00:00Z"),
            next_update: Some(at("2026-06-08T00:00:00Z")),
            entries: Vec::new(),
            extensions: vec![extension("2.5.29.20", false, integer(7))],
        }
    }
}

#[derive(Clone)]
pub struct Request {
    pub subject: Vec<u8>,
    pub issuer: Option<Vec<u8>>,
    pub spki: Vec<u8>,
    pub serial: Vec<u8>,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    pub extensions: Vec<Extension>,
    pub algorithm: Vec<u8>,
    pub outer_algorithm: Option<Vec<u8>>,
    pub scheme: Scheme,
}
impl Request {
    pub fn with(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }
    pub fn without_extensions(mut self) -> Self {
        self.extensions.clear();
        self
    }
    pub fn valid(mut self, from: &str, to: &str) -> Self {
        self.not_before = at(from);
        self.not_after = at(to);
        self
    }
    pub fn der_signed_by(&self, issuer: &Issuer) -> Vec<u8> {
        self.der_with(issuer, |tbs| issuer.key.sign(self.scheme, tbs).unwrap())
    }
    /// Signed by other means than the provider's, which refuses what is weak.
    pub fn der_with(&self, issuer: &Issuer, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
        let tbs = seq(&[
            tlv(0xa0, &integer(2)),
            tlv(2, &self.serial),
            self.algorithm.clone(),
            self.issuer.clone().unwrap_or_else(|| issuer.name.clone()),
            seq(&[time(self.not_before), time(self.not_after)]),
            self.subject.clone(),
            self.spki.clone(),
            tlv(0xa3, &extensions(&self.extensions)),
        ]);
        let signature = sign(&tbs);
        let outer = self
            .outer_algorithm
            .clone()
            .unwrap_or_else(|| self.algorithm.clone());
        seq(&[tbs, outer, tlv(3, &[vec![0], signature].concat())])
    }
    pub fn signed_by(&self, issuer: &Issuer) -> Certificate {
        Certificate::from_der(&self.der_signed_by(issuer)).unwrap()
    }
}

pub struct CrlRequest {
    pub issuer: Vec<u8>,
    pub key: Arc<PrivateKey>,
    pub this_update: Timestamp,
    pub next_update: Option<Timestamp>,
    pub entries: Vec<(Vec<u8>, Timestamp, Vec<Extension>)>,
    pub extensions: Vec<Extension>,
}
impl CrlRequest {
    pub fn revoke(mut self, certificate: &Certificate, when: &str, entry: Vec<Extension>) -> Self {
        self.entries
            .push((certificate.serial().to_vec(), at(when), entry));
        self
    }
    pub fn with(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }
    pub fn der(&self) -> Vec<u8> {
        let entries: Vec<_> = self
            .entries
            .iter()
            .map(|(serial, when, own)| {
                let own = if own.is_empty() {
                    Vec::new()
                } else {
                    extensions(own)
                };
                seq(&[tlv(2, serial), time(*when), own])
            })
            .collect();
        let (algorithm, scheme) = match self.key.public_key() {
            PublicKey::Rsa { .. } => (
                seq(&[oid("1.2.840.113549.1.1.11"), vec![5, 0]]),
                Scheme::RsaPkcs1(Digest::Sha256),
            ),
            _ => (
                seq(&[oid(ECDSA_SHA256)]),
                Scheme::Ecdsa {
                    digest: Digest::Sha256,
                    encoding: EcdsaEncoding::Der,
                },
            ),
        };
        let tbs = seq(&[
            integer(1),
            algorithm.clone(),
            self.issuer.clone(),
            time(self.this_update),
            self.next_update.map(time).unwrap_or_default(),
            if entries.is_empty() {
                Vec::new()
            } else {
                seq(&entries)
            },
            tlv(0xa0, &extensions(&self.extensions)),
        ]);
        let signature = self.key.sign(scheme, &tbs).unwrap();
        seq(&[tbs, algorithm, tlv(3, &[vec![0], signature].concat())])
    }
    pub fn read(&self) -> Result<Crl, CrlError> {
        Crl::from_der(&self.der())
    }
}
