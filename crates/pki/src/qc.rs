//! QcStatements (EN 319 412-5, RFC 3739 §3.2.6).
use crate::tlv;

const COMPLIANCE: &str = "0.4.0.1862.1.1";
const QSCD: &str = "0.4.0.1862.1.4";
const TYPE: &str = "0.4.0.1862.1.6";
const LEGISLATION: &str = "0.4.0.1862.1.7";
const PSD2: &str = "0.4.0.19495.2";
/// More statements than any real certificate has.
const MAX_STATEMENTS: usize = 64;

/// `QcType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
pub enum QcType {
    /// 0.4.0.1862.1.6.1
    ESign,
    /// 0.4.0.1862.1.6.2
    ESeal,
    /// 0.4.0.1862.1.6.3
    Web,
}

/// What the certificate claims about itself. Never proves "qualified": that takes a trusted list.
#[derive(Clone, Debug, PartialEq, Eq, Default, serde::Serialize)]
pub struct QcStatements {
    /// `QcCompliance`.
    pub compliance: bool,
    /// `QcSSCD`: the key is in a QSCD.
    pub qscd: bool,
    /// `QcType` values, known ones.
    pub types: Vec<QcType>,
    /// `QcType` values that are none of the known, dotted: with these a type is not unambiguous.
    pub unknown_types: Vec<String>,
    /// `QcCClegislation`: countries; non-empty means not EU-qualified.
    pub legislation: Vec<String>,
    /// The PSD2 statement (TS 119 495) is present.
    pub psd2: bool,
    /// Every statement id (dotted OID).
    pub ids: Vec<String>,
}

impl QcStatements {
    /// Reads the value of the extension 1.3.6.1.5.5.7.1.3; `None` when it is not a sequence of statements.
    pub(crate) fn from_der(value: &[u8]) -> Option<Self> {
        let mut out = Self::default();
        for (index, statement) in tlv::elements(tlv::sequence(value)?).enumerate() {
            if index == MAX_STATEMENTS || statement.tag != tlv::SEQUENCE {
                return None;
            }
            let (id, info) = tlv::read(statement.content)?;
            if id.tag != tlv::OID {
                return None;
            }
            let id = tlv::oid(id.content)?;
            match id.as_str() {
                COMPLIANCE => out.compliance = true,
                QSCD => out.qscd = true,
                PSD2 => out.psd2 = true,
                TYPE => {
                    for value in tlv::elements(tlv::sequence(info)?) {
                        match tlv::oid(value.content)?.as_str() {
                            "0.4.0.1862.1.6.1" => out.types.push(QcType::ESign),
                            "0.4.0.1862.1.6.2" => out.types.push(QcType::ESeal),
                            "0.4.0.1862.1.6.3" => out.types.push(QcType::Web),
                            other => out.unknown_types.push(other.to_owned()),
                        }
                    }
                }
                LEGISLATION => {
                    for country in tlv::elements(tlv::sequence(info)?) {
                        if country.tag != tlv::PRINTABLE_STRING {
                            return None;
                        }
                        out.legislation
                            .push(String::from_utf8_lossy(country.content).into_owned());
                    }
                    // An empty list still names another law than the Union's.
                    if out.legislation.is_empty() {
                        out.legislation.push(String::new());
                    }
                }
                _ => {}
            }
            out.ids.push(id);
        }
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrap(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut out = vec![tag, u8::try_from(content.len()).unwrap()];
        out.extend_from_slice(content);
        out
    }
    const ETSI: [u8; 5] = [0x04, 0x00, 0x8e, 0x46, 0x01];
    fn statement(last: u8, info: &[u8]) -> Vec<u8> {
        let id = wrap(6, &[&ETSI[..], &[last]].concat());
        wrap(0x30, &[id, info.to_vec()].concat())
    }
    fn qc_type(last: u8) -> Vec<u8> {
        wrap(6, &[&ETSI[..], &[6, last]].concat())
    }

    #[test]
    fn a_qualified_seal_in_a_qscd_is_read() {
        let der = wrap(
            0x30,
            &[
                statement(1, &[]),
                statement(4, &[]),
                statement(6, &wrap(0x30, &qc_type(2))),
            ]
            .concat(),
        );
        let qc = QcStatements::from_der(&der).unwrap();
        assert!(qc.compliance && qc.qscd);
        assert_eq!(qc.types, [QcType::ESeal]);
        assert!(qc.legislation.is_empty());
        assert_eq!(qc.ids, ["0.4.0.1862.1.1", "0.4.0.1862.1.4", "0.4.0.1862.1.6"]);
    }

    #[test]
    fn several_types_and_foreign_law_are_told() {
        let der = wrap(
            0x30,
            &[
                statement(6, &wrap(0x30, &[qc_type(1), qc_type(2), qc_type(9)].concat())),
                statement(7, &wrap(0x30, &wrap(0x13, b"CH"))),
                wrap(0x30, &wrap(6, &[0x04, 0x00, 0x81, 0x98, 0x27, 0x02])),
            ]
            .concat(),
        );
        let qc = QcStatements::from_der(&der).unwrap();
        assert_eq!(qc.types, [QcType::ESign, QcType::ESeal]);
        assert_eq!(qc.unknown_types, ["0.4.0.1862.1.6.9"]);
        assert_eq!(qc.legislation, ["CH"]);
        assert!(qc.psd2);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_end_without_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _read = QcStatements::from_der(&bytes);
        }
    }
}
