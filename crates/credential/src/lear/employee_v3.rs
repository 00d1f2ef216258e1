//! `LEARCredentialEmployee` v3: the holder in `credentialSubject.id`, the mandator with its DID.
use super::{
    Issuance, LEAR_CREDENTIAL_EMPLOYEE, LearCredential, LearError, Shape, field::Field, header::Frame,
    mandate, request,
};
use serde_json::{Map, Value, json};

const CONTEXT: &str =
    "https://credentials.eudistack.eu/.well-known/credentials/lear_credential_employee/w3c/v3";

pub(super) fn read(root: &Field<'_>, frame: Frame) -> Result<LearCredential, LearError> {
    mandate::read_employee(root, frame, Shape::EmployeeV3)
}

pub(super) fn build(payload: &Field<'_>, issuance: &Issuance<'_>) -> Result<Map<String, Value>, LearError> {
    let mandator_field = payload.required("mandator")?;
    let mut mandator = request::members(&mandator_field)?;
    let identifier = mandate::organization_identifier(&mandator_field)?;
    mandator.insert("id".to_owned(), json!(procura_did::elsi::derive(&identifier)));
    let mut vc = request::frame(CONTEXT, LEAR_CREDENTIAL_EMPLOYEE, issuance);
    vc.insert("issuer".to_owned(), request::detailed_issuer(issuance));
    vc.insert(
        "credentialSubject".to_owned(),
        json!({
            "id": issuance.holder,
            "mandate": {
                "mandatee": request::members(&payload.required("mandatee")?)?,
                "mandator": mandator,
                "power": payload.required("power")?.value,
            }
        }),
    );
    Ok(vc)
}
