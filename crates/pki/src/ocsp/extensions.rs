//! Extensions of requests and responses (RFC 5280 §4.1; RFC 6960 §4.4).
use crate::tlv::{self, Fields};

/// RFC 9654 §2.1.
pub(super) const NONCE: &str = "1.3.6.1.5.5.7.48.1.2";
/// Requests and responses hold one to four.
const MAX_EXTENSIONS: usize = 32;
/// RFC 9654 §2.1.
const MAX_NONCE: usize = 128;

pub(super) struct Extension<'a> {
    pub(super) oid: String,
    pub(super) critical: bool,
    pub(super) value: &'a [u8],
}

/// Those in the content of an `Extensions`; `None` where one cannot be read or stands twice.
pub(super) fn read(content: &[u8]) -> Option<Vec<Extension<'_>>> {
    let mut list = Fields::new(content);
    let mut out: Vec<Extension<'_>> = Vec::new();
    while !list.is_empty() {
        let mut fields = Fields::new(list.next(tlv::SEQUENCE)?.content);
        let oid = tlv::oid(fields.next(tlv::OID)?.content)?;
        let mut critical = false;
        if fields.has(tlv::BOOLEAN) {
            // Some write the default, FALSE, as well.
            critical = match fields.next(tlv::BOOLEAN)?.content {
                [0] => false,
                [0xff] => true,
                _ => return None,
            };
        }
        let value = fields.next(tlv::OCTET_STRING)?.content;
        fields.end()?;
        if out.len() == MAX_EXTENSIONS || out.iter().any(|other| other.oid == oid) {
            return None;
        }
        out.push(Extension { oid, critical, value });
    }
    Some(out)
}

/// The nonce: an OCTET STRING in the extension's value.
pub(super) fn nonce(value: &[u8]) -> Option<Vec<u8>> {
    let nonce = tlv::only(value, tlv::OCTET_STRING)?.content;
    (1..=MAX_NONCE).contains(&nonce.len()).then(|| nonce.to_vec())
}
