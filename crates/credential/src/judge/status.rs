//! Status of a credential: the bit of each entry in a list that the issuer sealed.
use super::StatusPolicy;
use crate::{
    envelope::Opened,
    facts::{Fetched, Need},
    seal::{self, Context, Known},
    status::{Entry, entries},
    trail::{Finding, Trail},
    verdict::CheckName,
};
use procura_did::Did;
use procura_trust_list::ListUsed;
use std::collections::BTreeSet;

/// What is known of one entry.
enum Bit {
    Clear,
    Set(String),
    Unknown(String),
    Needs(BTreeSet<Need>),
}

pub(super) fn judge(trail: &mut Trail, opened: &Opened, known: &Known<'_>, context: Context<'_>) {
    let header = opened.reading.header();
    let Some(status) = header.status else {
        trail.run(CheckName::Status, "credentialStatus", || {
            match context.expectations.status {
                StatusPolicy::AllowAbsent => Finding::Waived(
                    (),
                    "the credential has no status; the policy allow-absent accepts it".to_owned(),
                ),
                StatusPolicy::Required => Finding::Unknown("the credential has no status".to_owned()),
            }
        });
        return;
    };
    let found = match entries(status) {
        Ok(found) => found,
        Err(error) => {
            trail.run::<()>(CheckName::Status, "credentialStatus", || {
                Finding::Unknown(error.to_string())
            });
            return;
        }
    };
    let object = found
        .iter()
        .map(|entry| format!("{}#{}", entry.list, entry.index))
        .collect::<Vec<_>>()
        .join(", ");
    if !trail.reaches(CheckName::Status) {
        return;
    }
    let mut lists = Vec::new();
    let finding = all(&found, header.issuer, known, trail, context, &mut lists);
    trail.used(&lists);
    trail.run(CheckName::Status, object, || finding);
}

/// A bit that is set refuses, whatever is unknown of the others.
fn all(
    entries: &[Entry],
    issuer: &Did,
    known: &Known<'_>,
    trail: &Trail,
    context: Context<'_>,
    lists: &mut Vec<ListUsed>,
) -> Finding<()> {
    let (mut needs, mut unknown) = (BTreeSet::new(), None);
    let mut pending = false;
    for entry in entries {
        match bit(entry, issuer, known, trail, context, lists) {
            Bit::Clear => {}
            Bit::Set(detail) => return Finding::Failed(detail),
            Bit::Unknown(detail) => unknown = unknown.or(Some(detail)),
            Bit::Needs(more) => {
                pending = true;
                needs.extend(more);
            }
        }
    }
    match unknown {
        Some(detail) => Finding::Unknown(detail),
        None if pending => Finding::Needs(needs),
        None => Finding::passed("not revoked"),
    }
}

fn bit(
    entry: &Entry,
    issuer: &Did,
    known: &Known<'_>,
    trail: &Trail,
    context: Context<'_>,
    lists: &mut Vec<ListUsed>,
) -> Bit {
    let (credential, fetched) = match context.facts.status_lists.get(&entry.list) {
        None => return Bit::Needs([Need::StatusList(entry.list.clone())].into()),
        Some(Fetched::Absent) => return Bit::Unknown(format!("{}: there is no list", entry.list)),
        Some(Fetched::Unavailable(reason)) => return Bit::Unknown(format!("{}: {reason}", entry.list)),
        Some(Fetched::Have { value, at }) => (value, *at),
    };
    let (list_trail, seal) = seal::judge(
        credential.signature(context),
        Some(issuer),
        context,
        Some((known, trail)),
    );
    lists.extend_from_slice(list_trail.lists());
    if let Some((name, detail)) = list_trail.refusal() {
        return Bit::Unknown(format!("{}: the list's seal: {name}: {detail}", entry.list));
    }
    if list_trail.is_pending() {
        return Bit::Needs(list_trail.needs().clone());
    }
    let Some((signature, _)) = seal else {
        return Bit::Unknown(format!("{}: the list's seal was not proven", entry.list));
    };
    let skew = context.expectations.skew_seconds;
    let status = credential.look(&signature, &entry.list, issuer, context.deployed(), |list| {
        list.status(entry, fetched, context.now, skew)
    });
    match status {
        Ok(false) => Bit::Clear,
        Ok(true) => Bit::Set(format!(
            "{}: set at index {} of {}",
            entry.purpose.name(),
            entry.index,
            entry.list
        )),
        Err(error) => Bit::Unknown(format!("{}: {error}", entry.list)),
    }
}
