//! An OCSP responder that answers octet by octet, so that exactly one thing can be wrong with an answer.
#![expect(unreachable_pub, reason = "shared by test files")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "test support outside of test functions"
)]
use super::forge::*;
use jiff::Timestamp;
use procura_crypto::{Digest, EcdsaEncoding, PrivateKey, Scheme};
use procura_pki::{Certificate, OcspError, OcspResponse, Statement};
use std::sync::Arc;

pub const SHA1: &str = "1.3.14.3.2.26";
pub const SHA256: &str = "2.16.840.1.101.3.4.2.1";
pub const SHA512: &str = "2.16.840.1.101.3.4.2.3";
pub const BASIC: &str = "1.3.6.1.5.5.7.48.1.1";
pub const NONCE: &str = "1.3.6.1.5.5.7.48.1.2";
pub const NO_CHECK: &str = "1.3.6.1.5.5.7.48.1.5";
pub const ARCHIVE_CUTOFF: &str = "1.3.6.1.5.5.7.48.1.6";
pub const CERT_HASH: &str = "1.3.36.8.3.13";
pub const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";

pub fn octets(content: &[u8]) -> Vec<u8> {
    tlv(4, content)
}
pub fn good() -> Vec<u8> {
    tlv(0x80, &[])
}
pub fn unknown() -> Vec<u8> {
    tlv(0x82, &[])
}
pub fn revoked(when: &str, reason: Option<u8>) -> Vec<u8> {
    let reason = reason
        .map(|code| tlv(0xa0, &tlv(10, &[code])))
        .unwrap_or_default();
    tlv(0xa1, &[time(at(when)), reason].concat())
}
pub fn purposes(oids: &[&str]) -> Extension {
    let list: Vec<_> = oids.iter().map(|id| oid(id)).collect();
    extension("2.5.29.37", false, seq(&list))
}
pub fn no_check() -> Extension {
    extension(NO_CHECK, false, vec![5, 0])
}
/// The BIT STRING's content in a `SubjectPublicKeyInfo` of P-256: the last 65 octets.
fn point(key: &PrivateKey) -> Vec<u8> {
    let spki = key.public_key().to_spki_der();
    spki[spki.len() - 65..].to_vec()
}

/// A CA, a certificate of its, and a delegate with its certificate.
pub struct World {
    pub ca: Issuer,
    pub issuer: Certificate,
    pub leaf: Certificate,
    pub delegate: Issuer,
    pub delegated: Certificate,
}
impl World {
    pub fn new() -> Self {
        Self::with(|request| request.with(purposes(&[OCSP_SIGNING])).with(no_check()))
    }
    /// With the delegate's certificate as `change` makes it from one without extensions but keyUsage.
    pub fn with(change: impl FnOnce(Request) -> Request) -> Self {
        let ca = Issuer::new("CA");
        let delegate = Issuer::new("OCSP responder 1");
        let delegated = change(Self::request(&delegate)).signed_by(&ca);
        Self {
            issuer: ca.anchor().0,
            leaf: Issuer::new("Seal").leaf().signed_by(&ca),
            ca,
            delegate,
            delegated,
        }
    }
    pub fn request(delegate: &Issuer) -> Request {
        let mut request = delegate.request().with(key_usage(DIGITAL_SIGNATURE));
        request.serial = vec![0x77];
        request
    }
    /// A sound answer by the CA itself: the leaf is good.
    pub fn direct(&self) -> Answer {
        Answer {
            version: Vec::new(),
            responder: tlv(0xa1, &self.ca.name),
            produced_at: at("2026-06-01T00:00:05Z"),
            singles: vec![self.single(SHA1, Digest::Sha1)],
            extensions: Vec::new(),
            algorithm: seq(&[oid(ECDSA_SHA256)]),
            key: self.ca.key.clone(),
            certificates: Vec::new(),
            status: 0,
            kind: BASIC,
        }
    }
    /// The same by the delegate, whose certificate comes along.
    pub fn delegated(&self) -> Answer {
        Answer {
            responder: tlv(0xa1, &self.delegate.name),
            key: self.delegate.key.clone(),
            certificates: vec![self.delegated.der().to_vec()],
            ..self.direct()
        }
    }
    pub fn single(&self, algorithm: &str, digest: Digest) -> Single {
        Single {
            algorithm: seq(&[oid(algorithm), vec![5, 0]]),
            name_hash: digest.of(&self.ca.name),
            key_hash: digest.of(&point(&self.ca.key)),
            serial: self.leaf.serial().to_vec(),
            status: good(),
            this_update: at("2026-06-01T00:00:00Z"),
            next_update: Some(at("2026-06-02T00:00:00Z")),
            extensions: Vec::new(),
        }
    }
    pub fn ask(&self, answer: &Answer) -> Result<Statement, OcspError> {
        answer.read()?.statement(&self.leaf, &self.issuer, &[])
    }
}

/// Everything of a response that can be wrong.
#[derive(Clone)]
pub struct Answer {
    pub version: Vec<u8>,
    pub responder: Vec<u8>,
    pub produced_at: Timestamp,
    pub singles: Vec<Single>,
    pub extensions: Vec<Extension>,
    pub algorithm: Vec<u8>,
    pub key: Arc<PrivateKey>,
    pub certificates: Vec<Vec<u8>>,
    pub status: u8,
    pub kind: &'static str,
}
#[derive(Clone)]
pub struct Single {
    pub algorithm: Vec<u8>,
    pub name_hash: Vec<u8>,
    pub key_hash: Vec<u8>,
    pub serial: Vec<u8>,
    pub status: Vec<u8>,
    pub this_update: Timestamp,
    pub next_update: Option<Timestamp>,
    pub extensions: Vec<Extension>,
}
impl Single {
    fn der(&self) -> Vec<u8> {
        seq(&[
            seq(&[
                self.algorithm.clone(),
                octets(&self.name_hash),
                octets(&self.key_hash),
                tlv(2, &self.serial),
            ]),
            self.status.clone(),
            time(self.this_update),
            self.next_update
                .map(|next| tlv(0xa0, &time(next)))
                .unwrap_or_default(),
            optional(0xa1, &self.extensions),
        ])
    }
}
impl Answer {
    /// With its only answer changed.
    pub fn one(mut self, change: impl FnOnce(&mut Single)) -> Self {
        change(&mut self.singles[0]);
        self
    }
    pub fn with(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }
    pub fn by_key(mut self) -> Self {
        self.responder = tlv(0xa2, &octets(&Digest::Sha1.of(&point(&self.key))));
        self
    }
    pub fn data(&self) -> Vec<u8> {
        let singles: Vec<_> = self.singles.iter().map(Single::der).collect();
        seq(&[
            self.version.clone(),
            self.responder.clone(),
            time(self.produced_at),
            seq(&singles),
            optional(0xa1, &self.extensions),
        ])
    }
    pub fn basic(&self) -> Vec<u8> {
        let scheme = Scheme::Ecdsa {
            digest: Digest::Sha256,
            encoding: EcdsaEncoding::Der,
        };
        let data = self.data();
        let signature = self.key.sign(scheme, &data).unwrap();
        self.assemble(&data, &signature)
    }
    /// `data` may be another than what was signed.
    pub fn assemble(&self, data: &[u8], signature: &[u8]) -> Vec<u8> {
        let certificates = if self.certificates.is_empty() {
            Vec::new()
        } else {
            tlv(0xa0, &seq(&self.certificates))
        };
        seq(&[
            data.to_vec(),
            self.algorithm.clone(),
            tlv(3, &[&[0], signature].concat()),
            certificates,
        ])
    }
    pub fn der(&self) -> Vec<u8> {
        self.wrap(&self.basic())
    }
    pub fn wrap(&self, basic: &[u8]) -> Vec<u8> {
        let bytes = seq(&[oid(self.kind), octets(basic)]);
        seq(&[tlv(10, &[self.status]), tlv(0xa0, &bytes)])
    }
    pub fn read(&self) -> Result<OcspResponse, OcspError> {
        OcspResponse::from_der(&self.der())
    }
}
fn optional(tag: u8, all: &[Extension]) -> Vec<u8> {
    if all.is_empty() {
        Vec::new()
    } else {
        tlv(tag, &extensions(all))
    }
}
