//! Registries of the ecosystem: who may issue what, who takes part.
use crate::{
    envelope::Opened,
    facts::{Fetched, IssuerRegistration, Need},
    seal::Context,
    trail::{Finding, Trail},
    verdict::CheckName,
};
use procura_did::{Did, elsi};
use std::collections::BTreeSet;

pub(super) fn judge(trail: &mut Trail, opened: &Opened, context: Context<'_>) {
    let header = opened.reading.header();
    trail.run(CheckName::IssuerAllowed, header.issuer.to_string(), || {
        issuer(header.issuer, opened, context)
    });
    let mut parties = BTreeSet::from([header.issuer.clone()]);
    parties.extend(header.mandator.map(elsi::derive));
    let object = parties.iter().map(Did::as_str).collect::<Vec<_>>().join(", ");
    trail.run(CheckName::Participant, object, || participants(&parties, context));
}

fn issuer(issuer: &Did, opened: &Opened, context: Context<'_>) -> Finding<()> {
    let registrations = match context.facts.issuers.get(issuer) {
        None => return Finding::Needs([Need::Issuer(issuer.clone())].into()),
        Some(Fetched::Unavailable(reason)) => {
            return Finding::Unknown(format!("registry of issuers: {reason}"));
        }
        Some(Fetched::Absent) => return Finding::Failed("not registered as an issuer".to_owned()),
        Some(Fetched::Have { value, .. }) => value,
    };
    let header = opened.reading.header();
    let of_type = |registration: &&IssuerRegistration| {
        header
            .specific_types()
            .any(|name| name == registration.credential_type)
    };
    let mut for_type = registrations.iter().filter(of_type).peekable();
    if for_type.peek().is_none() {
        return Finding::Failed("registered as an issuer, but not for this credential type".to_owned());
    }
    let current = |registration: &IssuerRegistration| {
        registration.from.is_none_or(|from| from <= context.now)
            && registration.to.is_none_or(|to| context.now < to)
    };
    match for_type.find(|registration| current(registration)) {
        Some(registration) => Finding::passed(format!("registered for {}", registration.credential_type)),
        None => Finding::Failed("registered for this credential type, but not at this time".to_owned()),
    }
}

fn participants(parties: &BTreeSet<Did>, context: Context<'_>) -> Finding<()> {
    let (mut needs, mut unknown) = (BTreeSet::new(), None);
    for party in parties {
        match context.facts.participants.get(party) {
            None => {
                needs.insert(Need::Participant(party.clone()));
            }
            Some(Fetched::Have { value: true, .. }) => {}
            Some(Fetched::Have { value: false, .. }) => {
                return Finding::Failed(format!("{party} is a participant that is not active"));
            }
            Some(Fetched::Absent) => return Finding::Failed(format!("{party} is not a participant")),
            Some(Fetched::Unavailable(reason)) => unknown = Some(format!("{party}: {reason}")),
        }
    }
    match unknown {
        Some(detail) => Finding::Unknown(detail),
        None if needs.is_empty() => Finding::passed("active"),
        None => Finding::Needs(needs),
    }
}
