//! Trust in a signing certificate: trusted lists, path, validity, revocation, service status, qualification.
use super::{Context, revocation};
use crate::{
    facts::Need,
    judge::TrustPolicy,
    trail::{Finding, Trail},
    verdict::CheckName,
};
use procura_jades::Signature;
use procura_pki::{Path, PathError, PathOptions, path};
use procura_trust_list::{
    Snapshot,
    qualification::{Qualification, Qualified, Use},
    snapshot as trusted,
};

/// Checks that say something of a certificate, whatever it signed.
pub(crate) const TRUST_CHECKS: [CheckName; 6] = [
    CheckName::TrustedLists,
    CheckName::CertificateChain,
    CheckName::CertificateValidity,
    CheckName::Revocation,
    CheckName::ServiceStatus,
    CheckName::Qualification,
];

/// What the lists say of a certificate.
#[derive(Clone)]
pub(crate) struct Standing {
    /// For seals or for signatures.
    pub(crate) usage: Use,
}

pub(crate) fn judge(trail: &mut Trail, signature: &Signature, context: Context<'_>) -> Option<Standing> {
    let certificate = &signature.certificate;
    let subject = certificate.subject().label();
    let Some(snapshot) = context.facts.trust.as_deref() else {
        trail.run::<()>(CheckName::TrustedLists, subject, || {
            Finding::Needs([Need::Trust].into())
        });
        return None;
    };
    let anchors = snapshot.anchors(certificate, &signature.others, context.now);
    let found = path::find(
        certificate,
        &signature.others,
        &anchors,
        context.now,
        &PathOptions::default(),
    );
    let listed = trail.run(CheckName::TrustedLists, subject.as_str(), || {
        lists(snapshot, signature, &found, context)
    });
    if listed.is_some() && found.is_err() {
        // Nothing was found in any of them: all of them decided.
        trail.used(&snapshot.lists());
    }
    let out_of_bounds = match &found {
        Err(error @ PathError::OutOfBounds { .. }) => Some(error.to_string()),
        _ => None,
    };
    trail.run(CheckName::CertificateChain, subject.as_str(), || match &found {
        Ok(path) => match path::may_sign(certificate) {
            Ok(()) => Finding::passed(route(path)),
            Err(error) => Finding::Failed(error.to_string()),
        },
        Err(PathError::OutOfBounds { .. }) => Finding::passed("leads to a listed service, but for the dates"),
        Err(error) => Finding::Failed(error.to_string()),
    });
    trail.run(
        CheckName::CertificateValidity,
        subject.as_str(),
        || match out_of_bounds {
            Some(detail) => Finding::Failed(detail),
            None => Finding::passed(format!("until {}", certificate.not_after())),
        },
    );
    let path = found.ok()?;
    trail.run(CheckName::Revocation, subject.as_str(), || {
        revocation::judge(&path, context)
    });
    let qualification = snapshot.qualification(&path, context.now);
    trail.used(&qualification.lists);
    let service = path.anchor.0.subject().label();
    trail.run(CheckName::ServiceStatus, service, || {
        service_status(snapshot, &path, context)
    });
    let standing = trail.run(CheckName::Qualification, subject.as_str(), || {
        qualified(&qualification, context.expectations.trust)
    })?;
    context.facts.certificates.keep(&path);
    Some(standing)
}

/// Whether the lists that could know the certificate are at hand. Where a path was found they were.
fn lists(
    snapshot: &Snapshot,
    signature: &Signature,
    found: &Result<Path, PathError>,
    context: Context<'_>,
) -> Finding<()> {
    if let Err(unavailable) = snapshot.usable(context.now) {
        return Finding::Unknown(unavailable.to_string());
    }
    let reached = matches!(found, Ok(_) | Err(PathError::OutOfBounds { .. }));
    let missing = snapshot.indeterminate(&signature.certificate, &signature.others, context.now);
    if reached || missing.is_empty() {
        return Finding::passed(format!("{} lists at hand", snapshot.lists().len()));
    }
    Finding::Unknown(
        missing
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("; "),
    )
}

/// The status now of the service to which the path leads.
fn service_status(snapshot: &Snapshot, path: &Path, context: Context<'_>) -> Finding<()> {
    let services = snapshot.service_status(path, context.now);
    let Some(decides) = services.first() else {
        return Finding::Unknown("no list names the service".to_owned());
    };
    let since = decides
        .since
        .map(|since| format!(" since {since}"))
        .unwrap_or_default();
    let named = format!(
        "{} of {} ({}): {}{since}",
        decides.service, decides.provider, decides.territory, decides.status
    );
    match decides.standing {
        trusted::Standing::Granted => Finding::Passed((), named),
        trusted::Standing::Unknown => {
            Finding::Unknown(format!("{named}; the list does not say more for this time"))
        }
        _ => Finding::Failed(named),
    }
}

fn qualified(qualification: &Qualification, policy: TrustPolicy) -> Finding<Standing> {
    let Qualified {
        qualified,
        usage,
        qscd,
        ..
    } = &qualification.combined;
    if !qualified {
        return Finding::Failed(format!("not qualified: {}", why(qualification)));
    }
    if !matches!(usage, Use::ESeal | Use::ESign) {
        return Finding::Failed(format!(
            "qualified, but neither for seals nor for signatures: {}",
            why(qualification)
        ));
    }
    if policy == TrustPolicy::EuQualified && !qscd {
        return Finding::Failed(format!(
            "the key is not in a qualified device: {}",
            why(qualification)
        ));
    }
    let purpose = if *usage == Use::ESeal {
        "seals"
    } else {
        "signatures"
    };
    let device = if *qscd { "with" } else { "without" };
    Finding::Passed(
        Standing { usage: *usage },
        format!("qualified for {purpose}, {device} a qualified device, at issuance and now"),
    )
}

fn why(qualification: &Qualification) -> String {
    let reasons = |at: &str, one: &Qualified| format!("{at}: {}", one.reasons.join(", "));
    [
        reasons("at issuance", &qualification.at_issuance),
        reasons("now", &qualification.at_time),
    ]
    .join("; ")
}

fn route(path: &Path) -> String {
    let names = path
        .certificates
        .iter()
        .chain([&path.anchor.0])
        .map(|certificate| certificate.subject().label());
    names.collect::<Vec<_>>().join(" ← ")
}
