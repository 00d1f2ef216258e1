//! What a responder signs (RFC 6960 §4.2.1).
use crate::{
    der::{dotted, sequence, tlv},
    world::Record,
};
use jiff::Timestamp;
use procura_crypto::{Digest, EcdsaEncoding, PrivateKey, Scheme, signature::SignError};
use procura_pki::{Certificate, ocsp::CertificateId};

const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";
const SHA256: &str = "2.16.840.1.101.3.4.2.1";
const BASIC: &str = "1.3.6.1.5.5.7.48.1.1";
const NONCE: &str = "1.3.6.1.5.5.7.48.1.2";
const ARCHIVE_CUTOFF: &str = "1.3.6.1.5.5.7.48.1.6";
/// `CertHash` of Common PKI 2.0, part 4: that the certificate was issued is said, not only that it is not revoked.
const CERT_HASH: &str = "1.3.36.8.3.13";
const OCTET_STRING: u8 = 0x04;
const BIT_STRING: u8 = 0x03;
const ENUMERATED: u8 = 0x0a;
const GENERALIZED_TIME: u8 = 0x18;
/// An EXPLICIT tag of this number.
const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// A response to be signed.
pub(super) struct Draft<'a> {
    pub(super) responder: &'a Certificate,
    pub(super) produced_at: Timestamp,
    pub(super) answers: Vec<Answer<'a>>,
    pub(super) this_update: Timestamp,
    pub(super) next_update: Timestamp,
    pub(super) archive_cutoff: Timestamp,
    pub(super) nonce: Option<&'a [u8]>,
}

/// About one certificate; `None` where there is no record of it.
pub(super) struct Answer<'a> {
    pub(super) id: &'a CertificateId,
    pub(super) record: Option<Record<'a>>,
}

impl Draft<'_> {
    /// The `OCSPResponse`, by the key of `responder`.
    pub(super) fn sign(&self, key: &PrivateKey) -> Result<Vec<u8>, SignError> {
        let scheme = Scheme::Ecdsa {
            digest: Digest::Sha256,
            encoding: EcdsaEncoding::Der,
        };
        let data = self.data();
        let signature = [&[0], key.sign(scheme, &data)?.as_slice()].concat();
        let basic = sequence(&[
            data,
            sequence(&[dotted(ECDSA_SHA256)]),
            tlv(BIT_STRING, &signature),
            tlv(context(0), &sequence(&[self.responder.der()])),
        ]);
        let bytes = sequence(&[dotted(BASIC), tlv(OCTET_STRING, &basic)]);
        Ok(sequence(&[tlv(ENUMERATED, &[0]), tlv(context(0), &bytes)]))
    }

    fn data(&self) -> Vec<u8> {
        let answers: Vec<_> = self.answers.iter().map(|answer| self.single(answer)).collect();
        let nonce = self.nonce.map_or_else(Vec::new, |nonce| {
            tlv(
                context(1),
                &sequence(&[extension(NONCE, &tlv(OCTET_STRING, nonce))]),
            )
        });
        sequence(&[
            tlv(context(1), &self.responder.subject().der),
            time(self.produced_at),
            sequence(&answers),
            nonce,
        ])
    }

    fn single(&self, answer: &Answer<'_>) -> Vec<u8> {
        let mut extensions = vec![extension(ARCHIVE_CUTOFF, &time(self.archive_cutoff))];
        let status = match &answer.record {
            Some(record) => {
                let hash = Digest::Sha256.of(record.certificate);
                let hash = sequence(&[sequence(&[dotted(SHA256)]), tlv(OCTET_STRING, &hash)]);
                extensions.push(extension(CERT_HASH, &hash));
                match record.revoked {
                    None => tlv(0x80, &[]),
                    Some((at, reason)) => {
                        let reason = tlv(context(0), &tlv(ENUMERATED, &[reason]));
                        tlv(context(1), &[time(at), reason].concat())
                    }
                }
            }
            None => tlv(0x82, &[]),
        };
        sequence(&[
            answer.id.der().to_vec(),
            status,
            time(self.this_update),
            tlv(context(0), &time(self.next_update)),
            tlv(context(1), &sequence(&extensions)),
        ])
    }
}

fn extension(kind: &str, value: &[u8]) -> Vec<u8> {
    sequence(&[dotted(kind), tlv(OCTET_STRING, value)])
}
/// To the second (RFC 5280 §4.1.2.5.2).
fn time(at: Timestamp) -> Vec<u8> {
    tlv(
        GENERALIZED_TIME,
        at.strftime("%Y%m%d%H%M%SZ").to_string().as_bytes(),
    )
}
