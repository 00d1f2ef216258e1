//! The LEARCredential family.
//!
//! Reads the DOME document's `LEARCredential` (§3.3.2.5) and `LEARCredentialEmployee` v1, v2 and v3 into one model,
//! with every variant that deployed issuers send; writes `LEARCredential` and `LEARCredentialEmployee` v2 and v3.
//! Lenient about names and forms of fields, strict about what decides: one issuer DID, one holder, one mandator.
mod date;
mod employee_v1;
mod employee_v2;
mod employee_v3;
mod field;
mod header;
mod mandate;
mod request;
mod seed;

pub(crate) use date::{parse as parse_date, write as write_date};
pub use header::{Header, Other};
pub use request::{Issuance, MandateRequest, build};

use field::Field;
use jiff::Timestamp;
use procura_did::Did;
use procura_pki::OrganizationIdentifier;
use serde_json::Value;

/// Which shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub enum Shape {
    /// The DOME document's LEARCredential (§3.3.2.5).
    LearCredential,
    /// `LEARCredentialEmployee` v1 (read only).
    EmployeeV1,
    /// `LEARCredentialEmployee` v2.
    EmployeeV2,
    /// `LEARCredentialEmployee` v3.
    EmployeeV3,
}
impl Shape {
    /// The credential type that we write for this shape.
    pub fn credential_type(self) -> &'static str {
        match self {
            Self::LearCredential => LEAR_CREDENTIAL,
            Self::EmployeeV1 | Self::EmployeeV2 | Self::EmployeeV3 => LEAR_CREDENTIAL_EMPLOYEE,
        }
    }
}
/// Type of the DOME document's credential.
pub const LEAR_CREDENTIAL: &str = "LEARCredential";
/// Type of the employee's credential.
pub const LEAR_CREDENTIAL_EMPLOYEE: &str = "LEARCredentialEmployee";

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
    /// The one type beside `VerifiableCredential`.
    pub credential_type: String,
    /// Issuer DID.
    pub issuer: Did,
    /// Holder: credentialSubject.id or mandate.mandatee.id (both present must be equal).
    pub subject: Did,
    /// First name.
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
    /// The natural person who commits the organisation: name and number as the credential states them.
    pub representative: Representative,
    /// Powers.
    pub powers: Vec<Power>,
    /// rolesAndDuties of the seed's shape.
    pub roles_and_duties: Vec<Value>,
    /// Start: the latest of `validFrom`, `issuanceDate` and the mandate's life span.
    pub valid_from: Option<Timestamp>,
    /// End: the earliest of `validUntil`, `expirationDate` and the mandate's life span.
    pub valid_until: Option<Timestamp>,
    /// credentialStatus as JSON.
    pub status: Option<Value>,
    /// credentialSchema as JSON.
    pub schema: Option<Value>,
}
/// Who represents the mandator, as the credential states it (`cn` and `serialNumber` of the DOME document's
/// legalRepresentative; `commonName` and `serialNumber` of a mandator).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Representative {
    /// Common name.
    pub common_name: Option<String>,
    /// serialNumber.
    pub serial_number: Option<String>,
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
/// What a VC was read as.
#[derive(Clone, Debug)]
pub enum Reading {
    /// A LEARCredential that is understood.
    Lear(Box<LearCredential>),
    /// Another type: its frame only. The VC itself is to be kept as it was received.
    Other(Box<Other>),
}
impl Reading {
    /// What every VC has, whatever its type.
    pub fn header(&self) -> Header<'_> {
        match self {
            Self::Lear(credential) => Header {
                types: &credential.types,
                issuer: &credential.issuer,
                subject: Some(&credential.subject),
                mandator: Some(&credential.mandator_identifier),
                valid_from: credential.valid_from,
                valid_until: credential.valid_until,
                status: credential.status.as_ref(),
            },
            Self::Other(other) => other.header(),
        }
    }
}

/// Reads a VC that must be a LEARCredential.
pub fn parse(vc: &Value) -> Result<LearCredential, LearError> {
    match read(vc)? {
        Reading::Lear(credential) => Ok(*credential),
        Reading::Other(_) => {
            Field::root(vc).fail_at("type", "is not a LEARCredential type that is understood")
        }
    }
}

/// Reads any VC.
pub fn read(vc: &Value) -> Result<Reading, LearError> {
    let root = Field::root(vc);
    let frame = header::Frame::read(&root)?;
    let Some(family) = frame.family(&root)? else {
        return Ok(Reading::Other(Box::new(Other::read(&root, frame)?)));
    };
    header::Frame::context(&root)?;
    let credential = match family {
        header::Family::LearCredential => seed::read(&root, frame)?,
        header::Family::Employee => match employee_shape(&root)? {
            Shape::EmployeeV1 => employee_v1::read(&root, frame)?,
            Shape::EmployeeV3 => employee_v3::read(&root, frame)?,
            _ => employee_v2::read(&root, frame)?,
        },
    };
    Ok(Reading::Lear(Box::new(credential)))
}

/// Versions share one type name: only v1 has a life span, a signer or `tmf_` powers without their new names, and only
/// v3 has its holder in `credentialSubject.id` alone.
fn employee_shape(root: &Field<'_>) -> Result<Shape, LearError> {
    let subject = root.required("credentialSubject")?;
    let mandate = subject.required("mandate")?;
    let mandatee = mandate.required("mandatee")?;
    if subject.optional("id")?.is_some() && mandatee.optional("id")?.is_none() {
        return Ok(Shape::EmployeeV3);
    }
    let renamed = mandatee.optional("firstName")?.is_some();
    Ok(if renamed {
        Shape::EmployeeV2
    } else {
        Shape::EmployeeV1
    })
}

#[cfg(test)]
mod tests;
