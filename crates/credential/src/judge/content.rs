//! What a credential says: type, schema, validity, holder; mandator and representative against its sealer.
use crate::{
    envelope::Opened,
    lear::Reading,
    schema,
    seal::{Context, SealKind, SealedBy, may_represent},
    trail::{Finding, Trail},
    verdict::CheckName,
};
use procura_did::Did;

pub(super) fn judge(trail: &mut Trail, opened: &Opened, holder: Option<&Did>, context: Context<'_>) {
    let header = opened.reading.header();
    let object = opened
        .vc
        .get("id")
        .and_then(|id| id.as_str())
        .unwrap_or("credential")
        .to_owned();
    trail.run(CheckName::CredentialType, object.as_str(), || {
        credential_type(opened, context)
    });
    trail.run(CheckName::Schema, object.as_str(), || match &opened.reading {
        Reading::Lear(credential) => match schema::of(credential.shape).check(&opened.vc) {
            Ok(()) => Finding::passed(format!("holds {}", schema::name(credential.shape))),
            Err(violation) => Finding::Failed(format!("{violation} ({})", schema::name(credential.shape))),
        },
        Reading::Other(_) => Finding::Failed("there is no schema for this type".to_owned()),
    });
    trail.run(CheckName::Validity, object.as_str(), || validity(opened, context));
    if let Some(holder) = holder {
        trail.run(CheckName::HolderBinding, object, || match header.subject {
            Some(subject) if subject == holder => Finding::passed("the holder is the subject"),
            Some(_) => Finding::Failed("the subject is another than the holder".to_owned()),
            None => Finding::Failed("the credential names no holder".to_owned()),
        });
    }
}

fn credential_type(opened: &Opened, context: Context<'_>) -> Finding<()> {
    let expected = &context.expectations.credential_types;
    let header = opened.reading.header();
    let stated = || header.specific_types().collect::<Vec<_>>().join(", ");
    match &opened.reading {
        Reading::Lear(credential) if expected.contains(&credential.credential_type) => {
            Finding::passed(credential.credential_type.as_str())
        }
        Reading::Other(_) if header.specific_types().any(|name| expected.contains(name)) => {
            Finding::Failed(format!("{} is expected, but not understood here", stated()))
        }
        _ => Finding::Failed(format!("{} is not among the types asked for", stated())),
    }
}

fn validity(opened: &Opened, context: Context<'_>) -> Finding<()> {
    let header = opened.reading.header();
    let now = context.now.as_second();
    let skew = context.expectations.skew_seconds;
    let (Some(from), Some(until)) = (header.valid_from, header.valid_until) else {
        return Finding::Failed("the credential does not say from when until when it is valid".to_owned());
    };
    if from.as_second() > now.saturating_add(skew) {
        return Finding::Failed(format!("not valid before {from}"));
    }
    if until.as_second().saturating_add(skew) <= now {
        return Finding::Failed(format!("expired at {until}"));
    }
    Finding::passed(format!("from {from} until {until}"))
}

pub(super) fn mandator(trail: &mut Trail, opened: &Opened, by: &SealedBy, context: Context<'_>) {
    let header = opened.reading.header();
    let object = header.mandator.map_or("mandator", |mandator| mandator.as_str());
    trail.run(CheckName::Mandator, object, || match header.mandator {
        None => Finding::Failed("the credential names no mandator".to_owned()),
        Some(mandator) if *mandator == by.organization_identifier => Finding::passed("the issuer itself"),
        Some(_)
            if context
                .expectations
                .issues_for_others
                .contains(&by.organization_identifier) =>
        {
            Finding::passed(format!(
                "{} may issue for others",
                by.organization_identifier.as_str()
            ))
        }
        Some(mandator) => Finding::Failed(format!(
            "{} issued for {}",
            by.organization_identifier.as_str(),
            mandator.as_str()
        )),
    });
}

pub(super) fn representation(trail: &mut Trail, opened: &Opened, by: &SealedBy, context: Context<'_>) {
    trail.run(CheckName::Representation, by.did.to_string(), || {
        let permitted = may_represent(by, context);
        let (
            SealKind::Representative {
                common_name,
                serial_number,
                ..
            },
            Finding::Passed(..),
        ) = (&by.kind, &permitted)
        else {
            return permitted;
        };
        let Reading::Lear(credential) = &opened.reading else {
            return Finding::Failed("the credential names no representative".to_owned());
        };
        // The values are personal data: the field that differs is named, not what it holds.
        let differs = |field: &str| {
            Finding::Failed(format!(
                "{field} of the signer is not the one that the credential names"
            ))
        };
        let stated = &credential.representative;
        if common_name.is_empty() || stated.common_name.as_deref() != Some(common_name) {
            return differs("the common name");
        }
        if !stated
            .serial_number
            .as_deref()
            .is_some_and(|stated| same_serial_number(serial_number, stated))
        {
            return differs("the serialNumber");
        }
        if credential.mandator_identifier != by.organization_identifier {
            return differs("the organizationIdentifier");
        }
        permitted
    });
}

/// The certificate's serialNumber as it stands, or without the prefix of its scheme (`IDCES-`, EN 319 412-1 §5.1.3):
/// the DOME document writes the bare national number.
fn same_serial_number(certificate: &str, stated: &str) -> bool {
    let bare = certificate.split_at_checked(6).and_then(|(prefix, rest)| {
        let scheme = prefix.as_bytes();
        let known = scheme.iter().take(5).all(u8::is_ascii_uppercase) && scheme.last() == Some(&b'-');
        known.then_some(rest)
    });
    !stated.is_empty() && (certificate == stated || bare == Some(stated))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_number_is_the_same_with_and_without_its_scheme() {
        assert!(same_serial_number("IDCES-56565656V", "IDCES-56565656V"));
        assert!(same_serial_number("IDCES-56565656V", "56565656V"));
        assert!(!same_serial_number("IDCES-56565656V", "6565656V"));
        assert!(!same_serial_number("56565656V", "IDCES-56565656V"));
        assert!(!same_serial_number("", ""));
        assert!(!same_serial_number("IDCES-", ""));
    }
}
