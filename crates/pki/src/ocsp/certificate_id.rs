//! By what a certificate is named (`CertID`, RFC 6960 §4.1.1).
use super::OcspError;
use crate::{
    algorithm,
    certificate::Certificate,
    revocation::significant,
    tlv::{self, Fields},
};
use procura_crypto::Digest;

/// A certificate by digests of its issuer's name and key, and by serial number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateId {
    der: Vec<u8>,
    /// `None` where it is out of scope: then it names nobody.
    digest: Option<Digest>,
    issuer_name_hash: Vec<u8>,
    issuer_key_hash: Vec<u8>,
    serial: Vec<u8>,
}

impl CertificateId {
    /// That of `certificate`, which `issuer` issued.
    pub fn of(certificate: &Certificate, issuer: &Certificate, digest: Digest) -> Result<Self, OcspError> {
        let key = issuer.public_key_bits().ok_or(OcspError::IssuerKey)?;
        let issuer_name_hash = digest.of(&certificate.issuer().der);
        let issuer_key_hash = digest.of(key);
        let der = tlv::encode_sequence(&[
            &algorithm::digest_identifier(digest),
            &tlv::encode(tlv::OCTET_STRING, &issuer_name_hash),
            &tlv::encode(tlv::OCTET_STRING, &issuer_key_hash),
            &tlv::encode(tlv::INTEGER, certificate.serial()),
        ]);
        Ok(Self {
            der,
            digest: Some(digest),
            issuer_name_hash,
            issuer_key_hash,
            serial: certificate.serial().to_vec(),
        })
    }

    /// Reads the whole element of a `CertID`.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let mut fields = Fields::of(der, tlv::SEQUENCE)?;
        let algorithm = fields.next(tlv::SEQUENCE)?;
        let name = fields.next(tlv::OCTET_STRING)?.content;
        let key = fields.next(tlv::OCTET_STRING)?.content;
        let serial = fields.next(tlv::INTEGER)?.content;
        fields.end()?;
        if serial.is_empty() {
            return None;
        }
        Some(Self {
            der: der.to_vec(),
            digest: algorithm::digest_of_identifier(algorithm.whole),
            issuer_name_hash: name.to_vec(),
            issuer_key_hash: key.to_vec(),
            serial: serial.to_vec(),
        })
    }

    /// The DER, as it was read: a responder answers with the octets that it was asked by.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The serial number, big-endian content octets.
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// Whether its issuer is this one, by name and by key.
    pub fn is_issued_by(&self, issuer: &Certificate) -> bool {
        self.names(issuer, &issuer.subject().der)
    }

    /// Whether its issuer is the one of `certificate`. The name that is digested is the one in the certificate; some
    /// responders take that of the issuer's own certificate, which may be written by other string types.
    pub(super) fn has_issuer_of(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        self.names(issuer, &certificate.issuer().der) || self.is_issued_by(issuer)
    }

    pub(super) fn has_serial(&self, serial: &[u8]) -> bool {
        significant(&self.serial) == significant(serial)
    }

    fn names(&self, issuer: &Certificate, name: &[u8]) -> bool {
        let (Some(digest), Some(key)) = (self.digest, issuer.public_key_bits()) else {
            return false;
        };
        digest.of(name) == self.issuer_name_hash && digest.of(key) == self.issuer_key_hash
    }
}
