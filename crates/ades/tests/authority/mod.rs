//! A time-stamping authority that makes tokens octet by octet, so that exactly one thing can be wrong with them.
use super::forge::*;
use procura_crypto::{Digest, EcdsaEncoding, Scheme, digest::sha256};
use procura_pki::Certificate;

pub const SHA256: &str = "2.16.840.1.101.3.4.2.1";
pub const SHA512: &str = "2.16.840.1.101.3.4.2.3";
pub const TST_INFO: &str = "1.2.840.113549.1.9.16.1.4";
pub const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
const SIGNING_CERTIFICATE: &str = "1.2.840.113549.1.9.16.2.12";
const SIGNING_CERTIFICATE_V2: &str = "1.2.840.113549.1.9.16.2.47";
const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";

pub fn set(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x31, &parts.concat())
}
pub fn octets(content: &[u8]) -> Vec<u8> {
    tlv(4, content)
}
/// extKeyUsage with these purposes.
pub fn purposes(critical: bool, oids: &[&str]) -> Extension {
    let list: Vec<_> = oids.iter().map(|id| oid(id)).collect();
    extension("2.5.29.37", critical, seq(&list))
}
pub fn for_time_stamps() -> Extension {
    purposes(true, &[TIME_STAMPING])
}

/// A time-stamping unit with its certificate.
pub struct Unit {
    pub keys: Issuer,
    pub certificate: Certificate,
    pub issuer: Vec<u8>,
}
impl Unit {
    pub fn new() -> Self {
        Self::with(|request| request.with(for_time_stamps()))
    }
    /// Its certificate as `change` makes it from one without extKeyUsage.
    pub fn with(change: impl FnOnce(Request) -> Request) -> Self {
        let (authority, keys) = (Issuer::new("TSA CA"), Issuer::new("TSU 1"));
        Self {
            certificate: change(keys.leaf()).signed_by(&authority),
            issuer: authority.name,
            keys,
        }
    }
    /// What a sound token over `data` is made of.
    pub fn over(&self, data: &[u8]) -> Parts {
        let time = tlv(0x18, b"20260601120000.5Z");
        Parts {
            version: integer(1),
            imprint: seq(&[seq(&[oid(SHA256)]), octets(&sha256(data))]),
            after_serial: vec![time],
            content_type: TST_INFO,
            outer_type: SIGNED_DATA,
            certificates: vec![self.certificate.der().to_vec()],
            identifier: seq(&[self.issuer.clone(), tlv(2, self.certificate.serial())]),
            signer_version: 1,
            signed_version: 3,
            digest_algorithm: seq(&[oid(SHA256)]),
            signature_algorithm: seq(&[oid(ECDSA_SHA256)]),
            attributes: Attributes {
                content_type: Some(attribute(CONTENT_TYPE, &[oid(TST_INFO)])),
                message_digest: None,
                reference: Some(reference_v2(&self.certificate)),
                more: Vec::new(),
            },
            signers: 1,
            trailing: Vec::new(),
        }
    }
    pub fn sign(&self, parts: &Parts) -> Vec<u8> {
        parts.signed(self, |bytes| bytes)
    }
}

/// Everything of a token that can be wrong.
pub struct Parts {
    pub version: Vec<u8>,
    pub imprint: Vec<u8>,
    /// genTime and what follows it.
    pub after_serial: Vec<Vec<u8>>,
    pub content_type: &'static str,
    pub outer_type: &'static str,
    pub certificates: Vec<Vec<u8>>,
    pub identifier: Vec<u8>,
    pub signer_version: u8,
    pub signed_version: u8,
    pub digest_algorithm: Vec<u8>,
    pub signature_algorithm: Vec<u8>,
    pub attributes: Attributes,
    pub signers: usize,
    /// After the last field of the `SignedData`.
    pub trailing: Vec<u8>,
}
pub struct Attributes {
    pub content_type: Option<Vec<u8>>,
    /// The right one, unless another is put here.
    pub message_digest: Option<Vec<u8>>,
    pub reference: Option<Vec<u8>>,
    pub more: Vec<Vec<u8>>,
}
impl Parts {
    pub fn info(&self) -> Vec<u8> {
        let mut fields = vec![
            self.version.clone(),
            oid("1.2.3.4"),
            self.imprint.clone(),
            tlv(2, &[0x11, 0x22]),
        ];
        fields.extend(self.after_serial.iter().cloned());
        seq(&fields)
    }
    /// `change` alters the `TSTInfo` after it was signed.
    pub fn signed(&self, unit: &Unit, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
        let info = self.info();
        let digest = self
            .attributes
            .message_digest
            .clone()
            .unwrap_or_else(|| message_digest(&Digest::Sha256.of(&info)));
        let mut attributes: Vec<Vec<u8>> = [
            self.attributes.content_type.clone(),
            Some(digest),
            self.attributes.reference.clone(),
        ]
        .into_iter()
        .flatten()
        .collect();
        attributes.extend(self.attributes.more.iter().cloned());
        let scheme = Scheme::Ecdsa {
            digest: Digest::Sha256,
            encoding: EcdsaEncoding::Der,
        };
        let signature = unit.keys.key.sign(scheme, &set(&attributes)).unwrap();
        let signer = seq(&[
            integer(self.signer_version),
            self.identifier.clone(),
            self.digest_algorithm.clone(),
            tlv(0xa0, &attributes.concat()),
            self.signature_algorithm.clone(),
            octets(&signature),
        ]);
        let content = seq(&[oid(self.content_type), tlv(0xa0, &octets(&change(info)))]);
        let whole = seq(&[
            integer(self.signed_version),
            set(std::slice::from_ref(&self.digest_algorithm)),
            content,
            tlv(0xa0, &self.certificates.concat()),
            set(&vec![signer; self.signers]),
            self.trailing.clone(),
        ]);
        seq(&[oid(self.outer_type), tlv(0xa0, &whole)])
    }
}

pub fn attribute(kind: &str, values: &[Vec<u8>]) -> Vec<u8> {
    seq(&[oid(kind), set(values)])
}
pub fn content_type(kind: &str) -> Vec<u8> {
    attribute(CONTENT_TYPE, &[oid(kind)])
}
pub fn message_digest(digest: &[u8]) -> Vec<u8> {
    attribute(MESSAGE_DIGEST, &[octets(digest)])
}
/// By SHA-256, which is the default and stays out.
pub fn reference_v2(certificate: &Certificate) -> Vec<u8> {
    let id = seq(&[octets(&certificate.sha256())]);
    attribute(SIGNING_CERTIFICATE_V2, &[seq(&[seq(&[id])])])
}
pub fn reference_by_sha512(certificate: &Certificate) -> Vec<u8> {
    let id = seq(&[seq(&[oid(SHA512)]), octets(&Digest::Sha512.of(certificate.der()))]);
    attribute(SIGNING_CERTIFICATE_V2, &[seq(&[seq(&[id])])])
}
pub fn reference_v1(certificate: &Certificate) -> Vec<u8> {
    let id = seq(&[octets(&Digest::Sha1.of(certificate.der()))]);
    attribute(SIGNING_CERTIFICATE, &[seq(&[seq(&[id])])])
}
