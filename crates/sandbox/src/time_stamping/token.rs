//! A time-stamp token: `TSTInfo` in CMS `SignedData` (RFC 3161 §2.4.2, RFC 5652 §5, RFC 5816 §2.2.1).
use crate::der::{dotted, oid, sequence, set_of, tlv};
use jiff::Timestamp;
use procura_crypto::{Digest, EcdsaEncoding, PrivateKey, Scheme, signature::SignError};
use procura_pki::{Certificate, algorithm::oid_of_digest};

const SIGNED_DATA: &[u64] = &[1, 2, 840, 113_549, 1, 7, 2];
const TST_INFO: &[u64] = &[1, 2, 840, 113_549, 1, 9, 16, 1, 4];
const CONTENT_TYPE: &[u64] = &[1, 2, 840, 113_549, 1, 9, 3];
const MESSAGE_DIGEST: &[u64] = &[1, 2, 840, 113_549, 1, 9, 4];
const SIGNING_CERTIFICATE_V2: &[u64] = &[1, 2, 840, 113_549, 1, 9, 16, 2, 47];
const ECDSA_SHA256: &[u64] = &[1, 2, 840, 10045, 4, 3, 2];
const QC_STATEMENTS: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 1, 3];
/// The token claims to be a qualified one (EN 319 422 §9.1).
const QUALIFIED_TIME_STAMP: &[u64] = &[0, 4, 0, 19422, 1, 1];
const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const GENERALIZED_TIME: u8 = 0x18;

/// What a token is to say.
pub(super) struct Draft<'a> {
    pub(super) digest: Digest,
    pub(super) imprint: Vec<u8>,
    pub(super) policy: &'a str,
    pub(super) serial: [u8; 16],
    pub(super) time: Timestamp,
    pub(super) nonce: Option<Vec<u8>>,
    /// Whose token it is; an ECDSA key over P-256.
    pub(super) signer: &'a Certificate,
    pub(super) with_certificate: bool,
}

impl Draft<'_> {
    /// The token by this key.
    pub(super) fn sign(&self, key: &PrivateKey) -> Result<Vec<u8>, SignError> {
        let info = self.info();
        let attributes = vec![
            attribute(CONTENT_TYPE, oid(TST_INFO)),
            attribute(MESSAGE_DIGEST, tlv(OCTETS, &Digest::Sha256.of(&info))),
            // By SHA-256, which is the default and stays out.
            attribute(
                SIGNING_CERTIFICATE_V2,
                sequence(&[sequence(&[sequence(&[tlv(OCTETS, &self.signer.sha256())])])]),
            ),
        ];
        let attributes = set_of(attributes);
        let scheme = Scheme::Ecdsa {
            digest: Digest::Sha256,
            encoding: EcdsaEncoding::Der,
        };
        let signature = key.sign(scheme, &attributes)?;
        let digest = sequence(&[dotted(oid_of_digest(Digest::Sha256))]);
        let mut implicit = attributes;
        if let Some(tag) = implicit.first_mut() {
            *tag = 0xa0;
        }
        let signer = sequence(&[
            tlv(INTEGER, &[1]),
            sequence(&[
                self.signer.issuer().der.clone(),
                tlv(INTEGER, self.signer.serial()),
            ]),
            digest.clone(),
            implicit,
            sequence(&[oid(ECDSA_SHA256)]),
            tlv(OCTETS, &signature),
        ]);
        let mut fields = vec![
            tlv(INTEGER, &[3]),
            set_of(vec![digest]),
            sequence(&[oid(TST_INFO), tlv(0xa0, &tlv(OCTETS, &info))]),
        ];
        if self.with_certificate {
            fields.push(tlv(0xa0, self.signer.der()));
        }
        fields.push(set_of(vec![signer]));
        Ok(sequence(&[oid(SIGNED_DATA), tlv(0xa0, &sequence(&fields))]))
    }

    /// `TSTInfo`.
    fn info(&self) -> Vec<u8> {
        let imprint = sequence(&[
            sequence(&[dotted(oid_of_digest(self.digest))]),
            tlv(OCTETS, &self.imprint),
        ]);
        // Half a second: millis [0].
        let accuracy = sequence(&[tlv(0x80, &[0x01, 0xf4])]);
        let mut fields = vec![
            tlv(INTEGER, &[1]),
            dotted(self.policy),
            imprint,
            tlv(INTEGER, &self.serial),
            tlv(GENERALIZED_TIME, generalized_time(self.time).as_bytes()),
            accuracy,
        ];
        fields.extend(self.nonce.as_ref().map(|nonce| tlv(INTEGER, nonce)));
        let statements = sequence(&[sequence(&[oid(QUALIFIED_TIME_STAMP)])]);
        let extension = sequence(&[oid(QC_STATEMENTS), tlv(OCTETS, &statements)]);
        fields.push(tlv(0xa1, &extension));
        sequence(&fields)
    }
}

/// An `Attribute` with one value.
fn attribute(kind: &[u64], value: Vec<u8>) -> Vec<u8> {
    sequence(&[oid(kind), set_of(vec![value])])
}

/// To the millisecond, without trailing zeros.
fn generalized_time(at: Timestamp) -> String {
    let whole = at.strftime("%Y%m%d%H%M%S").to_string();
    match at.subsec_millisecond() {
        1.. => format!(
            "{whole}.{}Z",
            format!("{:03}", at.subsec_millisecond()).trim_end_matches('0')
        ),
        _ => format!("{whole}Z"),
    }
}

#[cfg(test)]
mod tests {
    use super::generalized_time;

    #[test]
    fn times_have_no_trailing_zeros() {
        for (at, text) in [
            ("2026-03-01T12:00:00Z", "20260301120000Z"),
            ("2026-03-01T12:00:00.050Z", "20260301120000.05Z"),
            ("2026-03-01T12:00:00.1239Z", "20260301120000.123Z"),
            ("2026-03-01T12:00:00.0001Z", "20260301120000Z"),
        ] {
            assert_eq!(generalized_time(at.parse().unwrap()), text);
        }
    }
}
