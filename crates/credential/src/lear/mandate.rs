//! The mandate: mandator, mandatee and powers, whichever names their fields have.
use super::{LearCredential, LearError, Power, Representative, Shape, date, field::Field, header};
use procura_did::{Did, elsi};
use procura_pki::OrganizationIdentifier;
use serde_json::Value;

/// Most powers of one mandate.
const MAX_POWERS: usize = 256;
/// Most actions or domains of one power.
const MAX_VALUES: usize = 64;

/// `credentialSubject.mandate`, where it is an object.
pub(super) fn of<'a>(subject: &Field<'a>) -> Result<Option<Field<'a>>, LearError> {
    Ok(subject
        .optional("mandate")?
        .filter(|field| field.value.is_object()))
}

/// Whether a subject id that is no DID is an error.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    Strict,
    Lenient,
}

/// The holder: `credentialSubject.id` and the mandatee's `id`, equal if both stand there.
pub(super) fn holder(
    subject: &Field<'_>,
    mandatee: Option<&Field<'_>>,
    strictness: Holder,
) -> Result<Option<Did>, LearError> {
    let read = |field: Field<'_>| match strictness {
        Holder::Strict => header::did(&field).map(Some),
        Holder::Lenient => Ok(header::did(&field).ok()),
    };
    let outer = subject.optional("id")?.map(read).transpose()?.flatten();
    let Some(inner_field) = mandatee
        .map(|mandatee| mandatee.optional("id"))
        .transpose()?
        .flatten()
    else {
        return Ok(outer);
    };
    let inner = read(inner_field.clone())?;
    match (outer, inner) {
        (Some(outer), Some(inner)) if outer != inner => {
            inner_field.fail("is another holder than credentialSubject.id")
        }
        (Some(one), _) | (None, Some(one)) => Ok(Some(one)),
        (None, None) => Ok(None),
    }
}

/// The mandator's organizationIdentifier, or the one in its did:elsi `id`; both must agree.
pub(super) fn organization_identifier(mandator: &Field<'_>) -> Result<OrganizationIdentifier, LearError> {
    let stated = mandator.optional("organizationIdentifier")?;
    let of_text = |field: &Field<'_>| {
        let text = field.text()?;
        let identifier = if text.starts_with("did:") {
            Did::parse(text).ok().and_then(|did| elsi::identifier(&did).ok())
        } else {
            OrganizationIdentifier::parse(text).ok()
        };
        match identifier {
            Some(identifier) => Ok(identifier),
            None => field.fail("is not an organizationIdentifier of EN 319 412-1"),
        }
    };
    let of_did = mandator
        .optional("id")?
        .filter(|id| id.value.as_str().is_some_and(|id| id.starts_with("did:elsi:")));
    match (stated, of_did) {
        (Some(stated), Some(id)) => {
            let identifier = of_text(&stated)?;
            if of_text(&id)? == identifier {
                Ok(identifier)
            } else {
                id.fail("is another organisation than organizationIdentifier")
            }
        }
        (Some(one), None) | (None, Some(one)) => of_text(&one),
        (None, None) => mandator.fail_at("organizationIdentifier", "is missing"),
    }
}

fn powers(mandate: &Field<'_>) -> Result<Vec<Power>, LearError> {
    let field = mandate.required("power")?;
    let powers = field
        .items(MAX_POWERS)?
        .iter()
        .map(power)
        .collect::<Result<Vec<_>, _>>()?;
    if powers.is_empty() {
        field.fail("must not be empty")
    } else {
        Ok(powers)
    }
}

fn power(field: &Field<'_>) -> Result<Power, LearError> {
    let member = |new: &str, old: &str| match field.either(&[new, old])? {
        Some(found) => Ok(found),
        None => field.fail_at(new, "is missing"),
    };
    Ok(Power {
        kind: member("type", "tmf_type")?.filled_text()?.to_owned(),
        domain: member("domain", "tmf_domain")?.one_or_more(MAX_VALUES)?,
        function: member("function", "tmf_function")?.filled_text()?.to_owned(),
        action: member("action", "tmf_action")?.one_or_more(MAX_VALUES)?,
    })
}

/// Text that may be absent or empty.
pub(super) fn text(parent: &Field<'_>, names: &[&str]) -> Result<Option<String>, LearError> {
    let found = parent.either(names)?.map(|field| field.text()).transpose()?;
    Ok(found.filter(|text| !text.trim().is_empty()).map(str::to_owned))
}

pub(super) fn required_text(parent: &Field<'_>, names: &[&str]) -> Result<String, LearError> {
    match (parent.either(names)?, names.first()) {
        (Some(field), _) => Ok(field.filled_text()?.to_owned()),
        (None, name) => parent.fail_at(name.copied().unwrap_or_default(), "is missing"),
    }
}

/// Reads `LEARCredentialEmployee` of any version.
pub(super) fn read_employee(
    root: &Field<'_>,
    frame: header::Frame,
    shape: Shape,
) -> Result<LearCredential, LearError> {
    let subject = root.required("credentialSubject")?;
    let mandate = subject.required("mandate")?;
    let mandatee = mandate.required("mandatee")?;
    let mandator = mandate.required("mandator")?;
    let Some(holder) = holder(&subject, Some(&mandatee), Holder::Strict)? else {
        return mandatee.fail_at("id", "is missing, and so is credentialSubject.id");
    };
    let life_span = mandate.optional("life_span")?;
    let (mut starts, mut ends) = (Vec::new(), Vec::new());
    if let Some(life_span) = &life_span {
        starts = date::all(life_span, &["start_date_time", "startDateTime"])?;
        ends = date::all(life_span, &["end_date_time", "endDateTime"])?;
    }
    Ok(LearCredential {
        shape,
        credential_type: frame.credential_type(),
        id: frame.id,
        types: frame.types,
        issuer: frame.issuer,
        subject: holder,
        given_name: required_text(&mandatee, &["firstName", "first_name"])?,
        family_name: required_text(&mandatee, &["lastName", "last_name"])?,
        email: text(&mandatee, &["email"])?,
        mandator: mandator.value.clone(),
        mandator_identifier: organization_identifier(&mandator)?,
        organization: required_text(&mandator, &["organization"])?,
        representative: Representative {
            common_name: text(&mandator, &["commonName"])?,
            serial_number: text(&mandator, &["serialNumber"])?,
        },
        powers: powers(&mandate)?,
        roles_and_duties: Vec::<Value>::new(),
        valid_from: starts.into_iter().chain(frame.valid_from).max(),
        valid_until: ends.into_iter().chain(frame.valid_until).min(),
        status: frame.status,
        schema: frame.schema,
    })
}
