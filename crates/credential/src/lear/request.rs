//! What an operator asks to be issued, and the credential made of it.
use super::{LearError, Shape, date, employee_v2, employee_v3, field::Field, mandate, seed};
use crate::schema;
use jiff::Timestamp;
use procura_did::Did;
use serde_json::{Map, Value, json};

/// What an operator asks to be issued (payload of /api/v1/issuances), validated: mandator, mandatee, powers.
///
/// Employee v2 and v3: `{"mandator": {organizationIdentifier, organization, country, commonName, serialNumber?,
/// email?}, "mandatee": {firstName, lastName, email?, nationality? (v2), employeeId? (v3)}, "power": [{type, domain,
/// function, action}]}`. LEARCredential: `{"mandatee": {first_name, last_name, title?, gender?, postal_address?, email?,
/// telephone?, fax?, mobile_phone?}, "legalRepresentative": {cn, serialNumber, organizationIdentifier, o, c},
/// "rolesAndDuties": [{type, id} or {type?, target?, roleNames}]}`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MandateRequest {
    /// Shape to emit.
    pub shape: Shape,
    /// The payload as JSON (validated by `validate`).
    pub payload: Value,
}
impl MandateRequest {
    /// Checks every field; the error has the JSON pointer.
    pub fn validate(&self) -> Result<(), LearError> {
        let payload = Field::root(&self.payload);
        match self.shape {
            Shape::LearCredential => validate_seed(&payload),
            Shape::EmployeeV2 | Shape::EmployeeV3 => validate_employee(&payload, self.shape),
            Shape::EmployeeV1 => payload.fail("version 1 is read, no longer written"),
        }
    }

    /// organizationIdentifier of the mandator that is asked for.
    pub fn mandator(&self) -> Result<procura_pki::OrganizationIdentifier, LearError> {
        let payload = Field::root(&self.payload);
        let name = if self.shape == Shape::LearCredential {
            "legalRepresentative"
        } else {
            "mandator"
        };
        mandate::organization_identifier(&payload.required(name)?)
    }
}
/// Facts that the issuer adds when it builds the VC.
#[derive(Clone, Debug)]
pub struct Issuance<'a> {
    /// `id` of the credential (a URI).
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
    /// URL under which the JSON Schema of the shape is published; `None`: no `credentialSchema`.
    pub schema: Option<&'a str>,
}
/// Builds the VC, and reads it again: what is not understood or breaks its schema is not issued.
pub fn build(request: &MandateRequest, issuance: &Issuance<'_>) -> Result<Value, LearError> {
    request.validate()?;
    let payload = Field::root(&request.payload);
    if issuance.valid_until.as_second() <= issuance.valid_from.as_second() {
        return payload.fail("the validity period is empty");
    }
    let vc = Value::Object(match request.shape {
        Shape::LearCredential => seed::build(&payload, issuance)?,
        Shape::EmployeeV3 => employee_v3::build(&payload, issuance)?,
        Shape::EmployeeV1 | Shape::EmployeeV2 => employee_v2::build(&payload, issuance)?,
    });
    super::parse(&vc)?;
    schema::of(request.shape)
        .check(&vc)
        .map_err(|violation| LearError {
            path: violation.path,
            problem: violation.rule,
        })?;
    Ok(vc)
}

pub(super) fn frame(context: &str, credential_type: &str, issuance: &Issuance<'_>) -> Map<String, Value> {
    let mut vc = Map::new();
    vc.insert(
        "@context".to_owned(),
        json!(["https://www.w3.org/ns/credentials/v2", context]),
    );
    vc.insert("id".to_owned(), json!(issuance.id));
    vc.insert(
        "type".to_owned(),
        json!(["VerifiableCredential", credential_type]),
    );
    vc.insert("validFrom".to_owned(), json!(date::write(issuance.valid_from)));
    vc.insert("validUntil".to_owned(), json!(date::write(issuance.valid_until)));
    if !issuance.status.is_null() {
        vc.insert("credentialStatus".to_owned(), issuance.status.clone());
    }
    if let Some(schema) = issuance.schema {
        vc.insert(
            "credentialSchema".to_owned(),
            json!({ "id": schema, "type": "JsonSchema" }),
        );
    }
    vc
}

pub(super) fn detailed_issuer(issuance: &Issuance<'_>) -> Value {
    let mut issuer = Map::new();
    issuer.insert("id".to_owned(), json!(issuance.issuer));
    if let Ok(identifier) = procura_did::elsi::identifier(issuance.issuer) {
        issuer.insert("organizationIdentifier".to_owned(), json!(identifier));
    }
    issuer.insert("organization".to_owned(), json!(issuance.issuer_name));
    Value::Object(issuer)
}

pub(super) fn members(field: &Field<'_>) -> Result<Map<String, Value>, LearError> {
    field.object().cloned()
}

fn validate_employee(payload: &Field<'_>, shape: Shape) -> Result<(), LearError> {
    payload.only(&["mandator", "mandatee", "power"])?;
    let mandator = payload.required("mandator")?;
    mandator.only(&[
        "organizationIdentifier",
        "organization",
        "country",
        "commonName",
        "serialNumber",
        "email",
    ])?;
    organization(&mandator.required("organizationIdentifier")?)?;
    line(&mandator.required("organization")?)?;
    country(&mandator.required("country")?)?;
    line(&mandator.required("commonName")?)?;
    if let Some(number) = mandator.optional("serialNumber")? {
        line(&number)?;
    }
    if let Some(address) = mandator.optional("email")? {
        email(&address)?;
    }
    let mandatee = payload.required("mandatee")?;
    let own = if shape == Shape::EmployeeV3 {
        "employeeId"
    } else {
        "nationality"
    };
    mandatee.only(&["firstName", "lastName", "email", own])?;
    line(&mandatee.required("firstName")?)?;
    line(&mandatee.required("lastName")?)?;
    if let Some(address) = mandatee.optional("email")? {
        email(&address)?;
    }
    if let Some(field) = mandatee.optional(own)? {
        if own == "nationality" {
            country(&field)?;
        } else {
            line(&field)?;
        }
    }
    let power = payload.required("power")?;
    let powers = power.items(256)?;
    if powers.is_empty() {
        return power.fail("must not be empty");
    }
    for power in &powers {
        power.only(&["type", "domain", "function", "action"])?;
        line(&power.required("type")?)?;
        line(&power.required("domain")?)?;
        line(&power.required("function")?)?;
        let action = power.required("action")?;
        if action.value.is_array() {
            action.one_or_more(64)?;
            for item in action.items(64)? {
                line(&item)?;
            }
        } else {
            line(&action)?;
        }
    }
    Ok(())
}

fn validate_seed(payload: &Field<'_>) -> Result<(), LearError> {
    payload.only(&["mandatee", "legalRepresentative", "rolesAndDuties"])?;
    let mandatee = payload.required("mandatee")?;
    mandatee.only(&[
        "title",
        "first_name",
        "last_name",
        "gender",
        "postal_address",
        "email",
        "telephone",
        "fax",
        "mobile_phone",
    ])?;
    line(&mandatee.required("first_name")?)?;
    line(&mandatee.required("last_name")?)?;
    for name in [
        "title",
        "gender",
        "postal_address",
        "telephone",
        "fax",
        "mobile_phone",
    ] {
        if let Some(field) = mandatee.optional(name)? {
            text(&field)?;
        }
    }
    if let Some(address) = mandatee.optional("email")? {
        email(&address)?;
    }
    let representative = payload.required("legalRepresentative")?;
    representative.only(&["cn", "serialNumber", "organizationIdentifier", "o", "c"])?;
    line(&representative.required("cn")?)?;
    line(&representative.required("serialNumber")?)?;
    organization(&representative.required("organizationIdentifier")?)?;
    line(&representative.required("o")?)?;
    country(&representative.required("c")?)?;
    let roles = payload.required("rolesAndDuties")?;
    let items = roles.items(256)?;
    if items.is_empty() {
        return roles.fail("must not be empty");
    }
    for item in &items {
        item.object()?;
    }
    Ok(())
}

/// Text without characters that show nothing and without marks that turn its direction: it will be shown to people.
fn text(field: &Field<'_>) -> Result<(), LearError> {
    let text = field.text()?;
    if text.chars().count() > 400 {
        return field.fail("is too long");
    }
    if crate::report::hides(text) {
        return field.fail("has characters that show nothing or turn its direction");
    }
    Ok(())
}

fn line(field: &Field<'_>) -> Result<(), LearError> {
    field.filled_text()?;
    text(field)
}

fn organization(field: &Field<'_>) -> Result<(), LearError> {
    match procura_pki::OrganizationIdentifier::parse(field.text()?) {
        Ok(_) => Ok(()),
        Err(_) => field.fail("is not an organizationIdentifier of EN 319 412-1"),
    }
}

fn country(field: &Field<'_>) -> Result<(), LearError> {
    let text = field.text()?;
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        Ok(())
    } else {
        field.fail("is not a country code of two capital letters")
    }
}

fn email(field: &Field<'_>) -> Result<(), LearError> {
    text(field)?;
    let text = field.text()?;
    let plausible = text.len() <= 254
        && !text.chars().any(char::is_whitespace)
        && text
            .split_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'));
    if plausible {
        Ok(())
    } else {
        field.fail("is not an e-mail address")
    }
}
