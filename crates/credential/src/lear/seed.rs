//! The DOME document's `LEARCredential` (§3.3.2.5): legalRepresentative and rolesAndDuties.
use super::{
    Issuance, LEAR_CREDENTIAL, LearCredential, LearError, Representative, Shape, field::Field, header::Frame,
    mandate, request,
};
use serde_json::{Map, Value, json};

const CONTEXT: &str = "https://dome-marketplace.eu/2022/credentials/learcredential/v1";

pub(super) fn read(root: &Field<'_>, frame: Frame) -> Result<LearCredential, LearError> {
    let subject = root.required("credentialSubject")?;
    let representative = subject.required("legalRepresentative")?;
    let Some(holder) = mandate::holder(&subject, None, mandate::Holder::Strict)? else {
        return subject.fail_at("id", "is missing");
    };
    let roles = match subject.optional("rolesAndDuties")? {
        Some(roles) => roles
            .items(256)?
            .into_iter()
            .map(|role| role.object().map(|_| role.value.clone()))
            .collect::<Result<_, _>>()?,
        None => Vec::new(),
    };
    Ok(LearCredential {
        shape: Shape::LearCredential,
        credential_type: frame.credential_type(),
        id: frame.id,
        types: frame.types,
        issuer: frame.issuer,
        subject: holder,
        given_name: mandate::required_text(&subject, &["first_name"])?,
        family_name: mandate::required_text(&subject, &["last_name"])?,
        email: mandate::text(&subject, &["email"])?,
        mandator: representative.value.clone(),
        mandator_identifier: mandate::organization_identifier(&representative)?,
        organization: mandate::required_text(&representative, &["o"])?,
        representative: Representative {
            common_name: mandate::text(&representative, &["cn"])?,
            serial_number: mandate::text(&representative, &["serialNumber"])?,
        },
        powers: Vec::new(),
        roles_and_duties: roles,
        valid_from: frame.valid_from,
        valid_until: frame.valid_until,
        status: frame.status,
        schema: frame.schema,
    })
}

pub(super) fn build(payload: &Field<'_>, issuance: &Issuance<'_>) -> Result<Map<String, Value>, LearError> {
    let mut subject = Map::new();
    subject.insert("id".to_owned(), json!(issuance.holder));
    subject.extend(request::members(&payload.required("mandatee")?)?);
    subject.insert(
        "legalRepresentative".to_owned(),
        payload.required("legalRepresentative")?.value.clone(),
    );
    subject.insert(
        "rolesAndDuties".to_owned(),
        payload.required("rolesAndDuties")?.value.clone(),
    );
    let mut vc = request::frame(CONTEXT, LEAR_CREDENTIAL, issuance);
    vc.insert("issuer".to_owned(), json!({ "id": issuance.issuer }));
    vc.insert(
        "issuanceDate".to_owned(),
        json!(super::write_date(issuance.valid_from)),
    );
    // The document's example ends by `expirationDate` alone.
    if let Some(until) = vc.remove("validUntil") {
        vc.insert("expirationDate".to_owned(), until);
    }
    vc.insert("credentialSubject".to_owned(), Value::Object(subject));
    Ok(vc)
}
