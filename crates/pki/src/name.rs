//! Distinguished names and organizationIdentifier.
use x509_parser::{
    asn1_rs::{Any, Tag},
    prelude::FromDer as _,
    x509::X509Name,
};

const COMMON_NAME: &str = "2.5.4.3";
const COUNTRY: &str = "2.5.4.6";
const ORGANIZATION: &str = "2.5.4.10";
const SURNAME: &str = "2.5.4.4";
const SERIAL_NUMBER: &str = "2.5.4.5";
const GIVEN_NAME: &str = "2.5.4.42";
const PSEUDONYM: &str = "2.5.4.65";
const EMAIL: &str = "1.2.840.113549.1.9.1";
/// organizationIdentifier (X.520).
pub(crate) const ORGANIZATION_IDENTIFIER: &str = "2.5.4.97";

/// A distinguished name with its DER.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    /// DER of the `RDNSequence`.
    pub der: Vec<u8>,
    /// (dotted OID, value) in order; values that are no text are absent.
    pub attributes: Vec<(String, String)>,
    normalized: Vec<u8>,
}

impl Name {
    /// Reads the DER of an `RDNSequence`; `None` when it is none.
    pub fn from_der(der: &[u8]) -> Option<Self> {
        match X509Name::from_der(der) {
            Ok(([], name)) => Some(Self::of(&name)),
            _ => None,
        }
    }

    pub(crate) fn of(name: &X509Name<'_>) -> Self {
        let mut attributes = Vec::new();
        let mut normalized = Vec::new();
        for rdn in name.iter_rdn() {
            // A relative name is a set: its order says nothing.
            let mut members: Vec<Vec<u8>> = Vec::new();
            for attribute in rdn.iter() {
                let oid = attribute.attr_type().to_id_string();
                let value = text(attribute.attr_value());
                let mut member = oid.clone().into_bytes();
                member.push(0);
                if let Some(value) = value {
                    member.extend_from_slice(fold(&value).as_bytes());
                    attributes.push((oid, value));
                } else {
                    member.push(1);
                    member.extend_from_slice(attribute.attr_value().data);
                }
                members.push(member);
            }
            members.sort();
            for member in members {
                push_field(&mut normalized, 1, &member);
            }
            push_field(&mut normalized, 2, &[]);
        }
        Self {
            der: name.as_raw().to_vec(),
            attributes,
            normalized,
        }
    }

    /// The first value of an attribute by dotted OID.
    pub fn first(&self, oid: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(o, _)| o == oid)
            .map(|(_, value)| value.as_str())
    }

    /// RFC 5280 §7.1 comparison form (string types treated alike, case-folded, white space collapsed), for lookup
    /// keys: two names are the same when these octets are.
    pub fn normalized(&self) -> Vec<u8> {
        self.normalized.clone()
    }

    /// Whether it has no relative name at all.
    pub fn is_empty(&self) -> bool {
        self.normalized.is_empty()
    }

    /// Whether both name the same entity (RFC 5280 §7.1).
    pub fn matches(&self, other: &Self) -> bool {
        self.normalized == other.normalized
    }

    /// The name without what would tell a natural person: fit for errors and logs.
    pub fn label(&self) -> String {
        let person = self
            .attributes
            .iter()
            .any(|(oid, _)| matches!(oid.as_str(), SURNAME | GIVEN_NAME | PSEUDONYM));
        let shown: Vec<String> = self
            .attributes
            .iter()
            .filter(|(oid, _)| match oid.as_str() {
                EMAIL => false,
                // Anything else (a description, a title) may name the person as well.
                other => !person || matches!(other, COUNTRY | ORGANIZATION | ORGANIZATION_IDENTIFIER),
            })
            .map(|(oid, value)| format!("{}={}", short(oid), printable(value)))
            .collect();
        match (person, shown.is_empty()) {
            (true, true) => "(a natural person)".to_owned(),
            (true, false) => format!("(a natural person), {}", shown.join(", ")),
            (false, true) => "(empty name)".to_owned(),
            (false, false) => shown.join(", "),
        }
    }
}

/// `CN=…, O=…`, as it stands; [`Name::label`] is the form for errors and logs.
impl core::fmt::Display for Name {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for (index, (oid, value)) in self.attributes.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{}={}", short(oid), printable(value))?;
        }
        Ok(())
    }
}

fn push_field(out: &mut Vec<u8>, kind: u8, bytes: &[u8]) {
    out.push(kind);
    out.extend_from_slice(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Control characters would let a name forge lines of a log.
fn printable(value: &str) -> String {
    value
        .chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

fn fold(value: &str) -> String {
    value
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

fn short(oid: &str) -> &str {
    match oid {
        COMMON_NAME => "CN",
        SURNAME => "SN",
        SERIAL_NUMBER => "serialNumber",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        GIVEN_NAME => "GN",
        PSEUDONYM => "pseudonym",
        ORGANIZATION_IDENTIFIER => "organizationIdentifier",
        other => other,
    }
}

/// The text of a string value of any of the X.520 types.
pub(crate) fn text(value: &Any<'_>) -> Option<String> {
    let data = value.data;
    match value.tag() {
        Tag::Utf8String => core::str::from_utf8(data).ok().map(str::to_owned),
        Tag::PrintableString | Tag::Ia5String | Tag::NumericString | Tag::VisibleString => data
            .is_ascii()
            .then(|| String::from_utf8_lossy(data).into_owned()),
        // Real T61 strings hold Latin-1.
        Tag::T61String => Some(data.iter().copied().map(char::from).collect()),
        Tag::BmpString => {
            let (units, []) = data.as_chunks::<2>() else {
                return None;
            };
            let units: Vec<u16> = units.iter().copied().map(u16::from_be_bytes).collect();
            String::from_utf16(&units).ok()
        }
        Tag::UniversalString => {
            let (units, []) = data.as_chunks::<4>() else {
                return None;
            };
            units
                .iter()
                .copied()
                .map(|unit| char::from_u32(u32::from_be_bytes(unit)))
                .collect()
        }
        _ => None,
    }
}

/// An identifier of EN 319 412-1 §5.1.4 (`VATES-12345678`), valid by syntax.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrganizationIdentifier(String);

/// Not an organizationIdentifier.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[error("{0:?} is not an organizationIdentifier of EN 319 412-1 §5.1.4")]
pub struct OrganizationIdentifierError(pub String);

impl OrganizationIdentifier {
    /// Longest identifier that is read, in octets.
    pub const MAX_LENGTH: usize = 256;

    /// Checks the syntax: VAT/NTR/PSD/LEI or a two-character national scheme with a colon, a country of two
    /// capitals, a hyphen, and an identifier of printable characters without white space at its ends.
    ///
    /// ```
    /// use procura_pki::OrganizationIdentifier;
    /// assert!(OrganizationIdentifier::parse("VATES-12345678").is_ok());
    /// assert!(OrganizationIdentifier::parse("EI:SE-5567971433").is_ok());
    /// assert!(OrganizationIdentifier::parse("XVATES-12345678").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, OrganizationIdentifierError> {
        let refused = || OrganizationIdentifierError(text.chars().take(Self::MAX_LENGTH).collect());
        if text.len() > Self::MAX_LENGTH {
            return Err(refused());
        }
        let (scheme, rest) = text.split_at_checked(3).ok_or_else(refused)?;
        let known = matches!(scheme, "VAT" | "NTR" | "PSD" | "LEI")
            || scheme
                .strip_suffix(':')
                .is_some_and(|s| s.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()));
        let (country, rest) = rest.split_at_checked(2).ok_or_else(refused)?;
        let identifier = rest.strip_prefix('-').ok_or_else(refused)?;
        if known
            && country.bytes().all(|b| b.is_ascii_uppercase())
            && !identifier.is_empty()
            && identifier.trim() == identifier
            && !identifier.chars().any(char::is_control)
        {
            Ok(Self(text.to_owned()))
        } else {
            Err(refused())
        }
    }

    /// As it stands in the certificate.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Display for OrganizationIdentifier {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for OrganizationIdentifier {
    type Error = OrganizationIdentifierError;
    fn try_from(t: String) -> Result<Self, Self::Error> {
        Self::parse(&t)
    }
}

impl From<OrganizationIdentifier> for String {
    fn from(o: OrganizationIdentifier) -> Self {
        o.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn organization_identifiers_of_every_scheme_are_read() {
        for text in [
            "VATES-12345678",
            "VATDE-170173453",
            "VATBE-0949.383.342",
            "PSDIT-BI-01234567890",
            "NTRLU-B186582",
            "EI:SE-5567971433",
            "LEIXG-529900T8BM49AURSDO55",
            "VATEL-099999999",
        ] {
            assert_eq!(OrganizationIdentifier::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn what_only_looks_like_an_organization_identifier_is_refused() {
        for text in [
            "",
            "VAT",
            "VATES",
            "VATES-",
            "VATES12345678",
            "vates-12345678",
            "VATes-12345678",
            "XVATES-12345678",
            " VATES-12345678",
            "VATES-12345678 ",
            "VATES-1234\n5678",
            "VATES-1234\u{0}5678",
            "PNOES-12345678Z",
            "E::SE-1",
            "VATÉS-1",
            "did:elsi:VATES-1",
        ] {
            assert!(OrganizationIdentifier::parse(text).is_err(), "{text:?}");
        }
        assert!(OrganizationIdentifier::parse(&format!("VATES-{}", "1".repeat(300))).is_err());
    }

    fn name(attributes: &[(&[u8], u8, &[u8])]) -> Name {
        fn wrap(tag: u8, content: &[u8]) -> Vec<u8> {
            let mut out = vec![tag, u8::try_from(content.len()).unwrap()];
            out.extend_from_slice(content);
            out
        }
        let mut rdns = Vec::new();
        for (oid, tag, value) in attributes {
            let attribute = [wrap(6, oid), wrap(*tag, value)].concat();
            rdns.extend(wrap(0x31, &wrap(0x30, &attribute)));
        }
        Name::from_der(&wrap(0x30, &rdns)).unwrap()
    }
    const O: &[u8] = &[0x55, 4, 10];
    const CN: &[u8] = &[0x55, 4, 3];
    const GN: &[u8] = &[0x55, 4, 42];
    const DESCRIPTION: &[u8] = &[0x55, 4, 13];

    #[test]
    fn names_compare_without_regard_to_case_white_space_and_string_type() {
        let a = name(&[(O, 0x0c, b"Good  Air"), (CN, 0x0c, b"Seal")]);
        let b = name(&[
            (O, 0x13, b" good air "),
            (CN, 0x1e, &[0, b'S', 0, b'e', 0, b'a', 0, b'l']),
        ]);
        assert!(a.matches(&b));
        assert_ne!(a.der, b.der);
        assert!(!a.matches(&name(&[(CN, 0x0c, b"Seal"), (O, 0x0c, b"Good Air")])));
        assert!(!a.matches(&name(&[(O, 0x0c, b"GoodAir"), (CN, 0x0c, b"Seal")])));
    }

    #[test]
    fn labels_do_not_tell_natural_persons() {
        let person = name(&[
            (O, 0x0c, b"GoodAir"),
            (GN, 0x0c, b"Jane"),
            (CN, 0x0c, b"Jane Doe"),
        ]);
        assert_eq!(person.label(), "(a natural person), O=GoodAir");
        let notary = name(&[
            (O, 0x0c, b"GoodAir"),
            (GN, 0x0c, b"Jane"),
            (DESCRIPTION, 0x0c, b"Notary: Jack"),
        ]);
        assert_eq!(notary.label(), "(a natural person), O=GoodAir");
        assert_eq!(person.to_string(), "O=GoodAir, GN=Jane, CN=Jane Doe");
        assert_eq!(name(&[(CN, 0x0c, b"x\ny")]).label(), "CN=x\u{fffd}y");
    }
}
