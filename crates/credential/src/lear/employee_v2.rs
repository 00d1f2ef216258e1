//! `LEARCredentialEmployee` v2: camel-case names, a detailed issuer, the holder in `mandate.mandatee.id`.
use super::{
    Issuance, LEAR_CREDENTIAL_EMPLOYEE, LearCredential, LearError, Shape, field::Field, header::Frame,
    mandate, request,
};
use serde_json::{Map, Value, json};

const CONTEXT: &str = "https://www.dome-marketplace.eu/2025/credentials/learcredentialemployee/v2";

pub(super) fn read(root: &Field<'_>, frame: Frame) -> Result<LearCredential, LearError> {
    mandate::read_employee(root, frame, Shape::EmployeeV2)
}

pub(super) fn build(payload: &Field<'_>, issuance: &Issuance<'_>) -> Result<Map<String, Value>, LearError> {
    let mut mandatee = request::members(&payload.required("mandatee")?)?;
    mandatee.insert("id".to_owned(), json!(issuance.holder));
    let mut mandator = request::members(&payload.required("mandator")?)?;
    // v2 spells the mandator's mail as v1 did.
    if let Some(email) = mandator.remove("email") {
        mandator.insert("emailAddress".to_owned(), email);
    }
    let powers: Vec<Value> = payload
        .required("power")?
        .items(usize::MAX)?
        .iter()
        .enumerate()
        .map(|(index, power)| {
            let mut power = request::members(power)?;
            power.insert(
                "id".to_owned(),
                json!(format!("{}#power-{}", issuance.id, index + 1)),
            );
            Ok(Value::Object(power))
        })
        .collect::<Result<_, LearError>>()?;
    let mut vc = request::frame(CONTEXT, LEAR_CREDENTIAL_EMPLOYEE, issuance);
    vc.insert("issuer".to_owned(), request::detailed_issuer(issuance));
    vc.insert(
        "credentialSubject".to_owned(),
        json!({
            "mandate": {
                "id": format!("{}#mandate", issuance.id),
                "mandatee": mandatee,
                "mandator": mandator,
                "power": powers,
            }
        }),
    );
    Ok(vc)
}
