//! Revocation of every certificate on a path, by CRLs.
use super::Context;
use crate::{
    facts::{Fetched, Need},
    trail::Finding,
};
use procura_pki::{Certificate, Path, RevocationStatus};
use std::collections::BTreeSet;

/// Most distribution points of one certificate that are asked.
const MAX_URLS: usize = 4;

/// What is known of one certificate.
enum Known {
    Good(String),
    Revoked(String),
    Unknown(String),
    Needs(BTreeSet<Need>),
}

/// Judges each certificate below the anchor. One revoked certificate refuses, whatever is unknown of the others.
pub(super) fn judge(path: &Path, context: Context<'_>) -> Finding<()> {
    let (mut needs, mut unknown, mut good) = (BTreeSet::new(), None, Vec::new());
    for (certificate, issuer) in path.issued() {
        match of(certificate, issuer, context) {
            Known::Revoked(detail) => return Finding::Failed(detail),
            Known::Unknown(detail) => unknown = unknown.or(Some(detail)),
            Known::Needs(more) => needs.extend(more),
            Known::Good(detail) => good.push(detail),
        }
    }
    match unknown {
        Some(detail) => Finding::Unknown(detail),
        None if needs.is_empty() => Finding::passed(good.join("; ")),
        None => Finding::Needs(needs),
    }
}

fn of(certificate: &Certificate, issuer: &Certificate, context: Context<'_>) -> Known {
    let subject = certificate.subject().label();
    if certificate.revocation_exempt() {
        return Known::Good(format!("{subject}: exempt from revocation"));
    }
    if certificate.crl_urls().is_empty() {
        return Known::Unknown(format!("{subject} names no revocation list"));
    }
    let (mut needs, mut reasons, mut good) = (BTreeSet::new(), Vec::new(), None);
    for url in certificate.crl_urls().iter().take(MAX_URLS) {
        match context.facts.crls.get(url) {
            None => {
                needs.insert(Need::Crl(url.clone()));
            }
            Some(Fetched::Absent) => reasons.push(format!("{url}: there is none")),
            Some(Fetched::Unavailable(reason)) => reasons.push(format!("{url}: {reason}")),
            Some(Fetched::Have { value, .. }) => {
                match value.status(certificate, issuer, Some(url), context.now) {
                    Ok(RevocationStatus::Revoked { at, reason }) => {
                        let reason = reason.map(|code| format!(", reason {code}")).unwrap_or_default();
                        return Known::Revoked(format!("{subject} was revoked at {at}{reason}"));
                    }
                    Ok(RevocationStatus::Good { as_of }) => good = good.or(Some(as_of)),
                    Err(error) => reasons.push(format!("{url}: {error}")),
                }
            }
        }
    }
    match good {
        Some(as_of) => Known::Good(format!("{subject}: not revoked as of {as_of}")),
        None if !needs.is_empty() => Known::Needs(needs),
        None => Known::Unknown(format!("{subject}: {}", reasons.join("; "))),
    }
}
