//! Distinguished names and organizationIdentifier.

/// A distinguished name with its DER.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    /// DER of the RDNSequence.
    pub der: Vec<u8>,
    /// (dotted OID, value) in order; values that are no text are absent.
    pub attributes: Vec<(String, String)>,
}
impl Name {
    /// The first value of an attribute by dotted OID.
    pub fn first(&self, _oid: &str) -> Option<&str> {
        todo!()
    }
    /// RFC 5280 §7.1 comparison form (case-folded, white space collapsed), for lookup keys.
    pub fn normalized(&self) -> Vec<u8> {
        todo!()
    }
}
impl core::fmt::Display for Name {
    fn fmt(&self, _f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        todo!()
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
    /// Checks the syntax: VAT/NTR/PSD/LEI or a two-character national scheme with a colon.
    pub fn parse(_text: &str) -> Result<Self, OrganizationIdentifierError> {
        todo!()
    }
    /// As it stands in the certificate.
    pub fn as_str(&self) -> &str {
        &self.0
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
