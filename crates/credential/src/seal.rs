//! Judging a seal: shared by credentials, status lists and authorization requests.
use crate::{
    facts::Facts,
    judge::{Expectations, Judgement},
};
use jiff::Timestamp;
use procura_did::Did;
use procura_pki::{Certificate, OrganizationIdentifier};

/// Who sealed, as proven.
#[derive(Clone, Debug)]
pub struct SealedBy {
    /// did:elsi of the organisation.
    pub did: Did,
    /// organizationIdentifier of the signing certificate.
    pub organization_identifier: OrganizationIdentifier,
    /// Legal name (subject O, else CN).
    pub legal_name: String,
    /// Seal of a legal person, or signature of a natural person representing it.
    pub kind: SealKind,
    /// The signing certificate.
    pub certificate: Certificate,
}
/// Legal person's seal or natural person's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SealKind {
    /// Seal.
    Seal,
    /// Signature by a person for the organisation: commonName, serialNumber, givenName, surname.
    Representative {
        /// commonName.
        common_name: String,
        /// serialNumber.
        serial_number: String,
        /// givenName.
        given_name: String,
        /// surname.
        surname: String,
    },
}
/// A sealed JWS that was proven (chain, revocation, qualification, organizationIdentifier).
#[derive(Clone, Debug)]
pub struct ProvenSeal {
    /// Payload.
    pub payload: Vec<u8>,
    /// By whom.
    pub by: SealedBy,
}
/// Judges any sealed compact JWS; `expected_did`: who must have sealed it.
pub fn sealed(
    _raw: &str,
    _expected_did: Option<&Did>,
    _expectations: &Expectations,
    _facts: &Facts,
    _now: Timestamp,
) -> Judgement<ProvenSeal> {
    todo!()
}
