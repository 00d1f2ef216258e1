//! What every credential has, whatever its type: types, issuer, validity, status, schema.
use super::{LEAR_CREDENTIAL, LEAR_CREDENTIAL_EMPLOYEE, LearError, date, field::Field, mandate};
use jiff::Timestamp;
use procura_did::Did;
use procura_pki::OrganizationIdentifier;
use serde_json::Value;

/// `@context` values that may stand first (VCDM 2.0 §4.3, VCDM 1.1 §4.1).
const BASE_CONTEXTS: [&str; 2] = [
    "https://www.w3.org/ns/credentials/v2",
    "https://www.w3.org/2018/credentials/v1",
];
/// Configuration names that deployed issuers write as types of the employee's credential.
const EMPLOYEE_TYPES: [&str; 5] = [
    LEAR_CREDENTIAL_EMPLOYEE,
    "learcredential.employee.w3c.1",
    "learcredential.employee.w3c.2",
    "learcredential.employee.w3c.3",
    "learcredential.employee.w3c.4",
];

/// What a judge asks of any credential, borrowed.
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    /// `type`, in order.
    pub types: &'a [String],
    /// Issuer.
    pub issuer: &'a Did,
    /// Holder.
    pub subject: Option<&'a Did>,
    /// organizationIdentifier of the mandator.
    pub mandator: Option<&'a OrganizationIdentifier>,
    /// Start.
    pub valid_from: Option<Timestamp>,
    /// End.
    pub valid_until: Option<Timestamp>,
    /// credentialStatus.
    pub status: Option<&'a Value>,
}
impl<'a> Header<'a> {
    /// Types beside `VerifiableCredential`.
    pub fn specific_types(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        specific(self.types)
    }
}
/// A credential of another type: only its frame is understood.
#[derive(Clone, Debug)]
pub struct Other {
    /// `id`.
    pub id: Option<String>,
    /// `type`, in order.
    pub types: Vec<String>,
    /// Issuer.
    pub issuer: Did,
    /// `credentialSubject.id` or the mandatee's id, where it is a DID.
    pub subject: Option<Did>,
    /// organizationIdentifier of the mandator, where there is one (or its did:elsi, as `LEARCredentialMachine` v2 has).
    pub mandator_identifier: Option<OrganizationIdentifier>,
    /// Start.
    pub valid_from: Option<Timestamp>,
    /// End.
    pub valid_until: Option<Timestamp>,
    /// credentialStatus as JSON.
    pub status: Option<Value>,
    /// credentialSchema as JSON.
    pub schema: Option<Value>,
}
impl Other {
    pub(super) fn read(root: &Field<'_>, frame: Frame) -> Result<Self, LearError> {
        let (mut subject, mut mandator_identifier) = (None, None);
        if let Some(field) = root
            .optional("credentialSubject")?
            .filter(|field| field.value.is_object())
        {
            let found = mandate::of(&field)?;
            let holder = match &found {
                Some(found) => found
                    .optional("mandatee")?
                    .filter(|field| field.value.is_object()),
                None => None,
            };
            subject = mandate::holder(&field, holder.as_ref(), mandate::Holder::Lenient)?;
            if let Some(mandator) = found
                .as_ref()
                .map(|found| found.optional("mandator"))
                .transpose()?
                .flatten()
            {
                mandator_identifier = Some(mandate::organization_identifier(&mandator)?);
            }
        }
        Ok(Self {
            id: frame.id,
            types: frame.types,
            issuer: frame.issuer,
            subject,
            mandator_identifier,
            valid_from: frame.valid_from,
            valid_until: frame.valid_until,
            status: frame.status,
            schema: frame.schema,
        })
    }

    pub(super) fn header(&self) -> Header<'_> {
        Header {
            types: &self.types,
            issuer: &self.issuer,
            subject: self.subject.as_ref(),
            mandator: self.mandator_identifier.as_ref(),
            valid_from: self.valid_from,
            valid_until: self.valid_until,
            status: self.status.as_ref(),
        }
    }
}

/// Types that are read further.
pub(super) enum Family {
    LearCredential,
    Employee,
}
/// The frame, read.
pub(super) struct Frame {
    pub(super) id: Option<String>,
    pub(super) types: Vec<String>,
    pub(super) issuer: Did,
    pub(super) valid_from: Option<Timestamp>,
    pub(super) valid_until: Option<Timestamp>,
    pub(super) status: Option<Value>,
    pub(super) schema: Option<Value>,
}
impl Frame {
    pub(super) fn read(root: &Field<'_>) -> Result<Self, LearError> {
        let types: Vec<String> = root
            .required("type")?
            .items(16)?
            .iter()
            .map(|item| item.filled_text().map(str::to_owned))
            .collect::<Result<_, _>>()?;
        if !types.iter().any(|name| name == "VerifiableCredential") {
            return root.fail_at("type", "does not include VerifiableCredential");
        }
        Ok(Self {
            id: root
                .optional("id")?
                .map(|id| id.filled_text().map(str::to_owned))
                .transpose()?,
            types,
            issuer: issuer(&root.required("issuer")?)?,
            valid_from: date::all(root, &["validFrom", "issuanceDate"])?.into_iter().max(),
            valid_until: date::all(root, &["validUntil", "expirationDate"])?
                .into_iter()
                .min(),
            status: root
                .optional("credentialStatus")?
                .map(|status| status.value.clone()),
            schema: root
                .optional("credentialSchema")?
                .map(|schema| schema.value.clone()),
        })
    }

    pub(super) fn family(&self, root: &Field<'_>) -> Result<Option<Family>, LearError> {
        let family = |name: &str| match name {
            LEAR_CREDENTIAL => Some(Family::LearCredential),
            name if EMPLOYEE_TYPES.contains(&name) => Some(Family::Employee),
            _ => None,
        };
        let mut found = specific(&self.types).filter_map(family);
        let first = found.next();
        if first.is_some() && specific(&self.types).count() != 1 {
            return root.fail_at("type", "names more than one credential type");
        }
        Ok(first)
    }

    pub(super) fn credential_type(&self) -> String {
        specific(&self.types).next().unwrap_or_default().to_owned()
    }

    pub(super) fn context(root: &Field<'_>) -> Result<(), LearError> {
        let context = root.required("@context")?;
        match context.items(16)?.first() {
            Some(first)
                if first
                    .value
                    .as_str()
                    .is_some_and(|text| BASE_CONTEXTS.contains(&text)) =>
            {
                Ok(())
            }
            _ => context.fail("does not begin with the context of W3C credentials"),
        }
    }
}

fn specific(types: &[String]) -> impl Iterator<Item = &str> {
    types
        .iter()
        .map(String::as_str)
        .filter(|name| !matches!(*name, "VerifiableCredential" | "VerifiableAttestation"))
}

/// A DID, or an object with one; an organizationIdentifier beside a did:elsi must be the same organisation's.
fn issuer(field: &Field<'_>) -> Result<Did, LearError> {
    if field.value.is_string() {
        return did(field);
    }
    let id = did(&field.required("id")?)?;
    if let (Ok(of_did), Some(stated)) = (
        procura_did::elsi::identifier(&id),
        field.optional("organizationIdentifier")?,
    ) && stated.text()? != of_did.as_str()
        && stated.text()? != id.as_str()
    {
        return stated.fail("is not the organisation of the issuer's DID");
    }
    Ok(id)
}

pub(super) fn did(field: &Field<'_>) -> Result<Did, LearError> {
    match Did::parse(field.text()?) {
        Ok(did) => Ok(did),
        Err(_) => field.fail("is not a DID"),
    }
}
