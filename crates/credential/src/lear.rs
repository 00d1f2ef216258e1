//! The LEARCredential family: parse every variant of dome-peers §2, emit seed LEARCredential, Employee v2 and v3.
use jiff::Timestamp;
use procura_did::Did;
use procura_pki::OrganizationIdentifier;
use serde_json::Value;

/// Which shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub enum Shape {
    /// The DOME document's LEARCredential (§3.3.2.5).
    LearCredential,
    /// LEARCredentialEmployee v1 (read only).
    EmployeeV1,
    /// LEARCredentialEmployee v2.
    EmployeeV2,
    /// LEARCredentialEmployee v3.
    EmployeeV3,
    /// Another type: kept as it is, not understood.
    Other,
}
/// A power, field names normalised, values as received (compare case-insensitively).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Power {
    /// `type` / `tmf_type`.
    pub kind: String,
    /// Domains.
    pub domain: Vec<String>,
    /// Function.
    pub function: String,
    /// Actions.
    pub action: Vec<String>,
}
/// The one model all shapes are read into.
#[derive(Clone, Debug)]
pub struct LearCredential {
    /// Shape.
    pub shape: Shape,
    /// `id`.
    pub id: Option<String>,
    /// `type`, in order.
    pub types: Vec<String>,
    /// Issuer DID.
    pub issuer: Did,
    /// Holder: credentialSubject.id or mandate.mandatee.id (both present must be equal).
    pub subject: Did,
    /// First and last name.
    pub given_name: String,
    /// Last name.
    pub family_name: String,
    /// E-mail.
    pub email: Option<String>,
    /// Mandator (legalRepresentative of the seed) as JSON.
    pub mandator: Value,
    /// Its organizationIdentifier.
    pub mandator_identifier: OrganizationIdentifier,
    /// Its name.
    pub organization: String,
    /// Powers.
    pub powers: Vec<Power>,
    /// rolesAndDuties of the seed's shape.
    pub roles_and_duties: Vec<Value>,
    /// Valid from.
    pub valid_from: Option<Timestamp>,
    /// Valid until.
    pub valid_until: Option<Timestamp>,
    /// credentialStatus as JSON.
    pub status: Option<Value>,
    /// credentialSchema as JSON.
    pub schema: Option<Value>,
}
/// A credential cannot be read; the JSON pointer of the field and what is wrong.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[error("{path}: {problem}")]
pub struct LearError {
    /// JSON pointer.
    pub path: String,
    /// What is wrong.
    pub problem: &'static str,
}
/// Reads a VC.
pub fn parse(_vc: &Value) -> Result<LearCredential, LearError> {
    todo!()
}
/// What an operator asks to be issued (payload of /api/v1/issuances), validated: mandator, mandatee, powers.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct MandateRequest {
    /// Shape to emit.
    pub shape: Shape,
    /// The payload as JSON (validated by `validate`).
    pub payload: Value,
}
impl MandateRequest {
    /// Checks every field; the error has the JSON pointer.
    pub fn validate(&self) -> Result<(), LearError> {
        todo!()
    }
}
/// Facts that the issuer adds when it builds the VC.
#[derive(Clone, Debug)]
pub struct Issuance<'a> {
    /// `id` of the credential.
    pub id: &'a str,
    /// Issuer DID and detail.
    pub issuer: &'a Did,
    /// Issuer organisation's name.
    pub issuer_name: &'a str,
    /// Holder.
    pub holder: &'a Did,
    /// From.
    pub valid_from: Timestamp,
    /// Until.
    pub valid_until: Timestamp,
    /// credentialStatus entry.
    pub status: Value,
}
/// Builds the VC.
pub fn build(_request: &MandateRequest, _issuance: &Issuance<'_>) -> Result<Value, LearError> {
    todo!()
}
