//! Validation in the past: what held when the signature is proven to have existed (EN 319 102-1 §5.6.2).
use super::{Context, Failure, Purpose, certificate, revocation};
use crate::{catalogue::Acceptance, proof::ProofsOfExistence};
use jiff::Timestamp;
use procura_pki::{Certificate, Path, path::Dates};

/// A signature (or the signature on a time-stamp) that is proven to be older than now.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// For a sentence.
    pub name: &'a str,
    /// Whose certificate.
    pub leaf: &'a Certificate,
    /// Since when the signature is proven to have existed.
    pub proven: Timestamp,
    /// Algorithms of the signature itself with their ends.
    pub algorithms: &'a [(String, Acceptance)],
}

/// A signature that held when it is proven to have existed.
#[derive(Clone, Debug)]
pub struct Past {
    /// The path.
    pub path: Path,
    /// Until when path and revocation data vouch for it (control-time).
    pub control_time: Timestamp,
}

/// Past signature validation (§5.6.2.4): there is a path whose certificates were valid together, validation time sliding
/// gives a control-time, the signature is proven to have existed by then and within the validity of its certificate, and
/// every algorithm counted when its object is proven to have existed.
///
/// # Errors
/// Of several paths the first one tells why.
pub fn validate(
    context: &Context<'_>,
    purpose: Purpose,
    subject: &Subject<'_>,
    proofs: &ProofsOfExistence,
) -> Result<Past, Failure> {
    certificate::check_purpose(purpose, subject.leaf)?;
    let mut nearest: Option<Failure> = None;
    let mut accepted: Option<Past> = None;
    let found = certificate::search(
        context,
        purpose,
        subject.leaf,
        Dates::Ever,
        &mut |path| match on_path(context, subject, path, proofs) {
            Ok(control_time) => {
                accepted = Some(Past {
                    path: path.clone(),
                    control_time,
                });
                true
            }
            Err(failure) => {
                nearest.get_or_insert(failure);
                false
            }
        },
    );
    match (accepted, nearest, found) {
        (Some(past), ..) => Ok(past),
        (None, Some(failure), _) | (None, None, Err(failure)) => Err(failure),
        (None, None, Ok(_)) => Err(Failure::Path(procura_pki::PathError::NoPath {
            leaf: subject.leaf.subject().label(),
        })),
    }
}

fn on_path(
    context: &Context<'_>,
    subject: &Subject<'_>,
    path: &Path,
    proofs: &ProofsOfExistence,
) -> Result<Timestamp, Failure> {
    let control_time = slide(context, path, proofs)?;
    let Subject {
        name,
        leaf,
        proven,
        algorithms,
    } = subject;
    if *proven > control_time {
        return Err(Failure::NoProof {
            object: (*name).to_owned(),
            at: control_time,
        });
    }
    if *proven < leaf.not_before() {
        return Err(Failure::NotYetValid {
            subject: leaf.subject().label(),
            not_before: leaf.not_before(),
            proven: *proven,
        });
    }
    if *proven > leaf.not_after() {
        return Err(Failure::NoProof {
            object: (*name).to_owned(),
            at: leaf.not_after(),
        });
    }
    for (algorithm, acceptance) in *algorithms {
        certificate::check_algorithm(*acceptance, *proven, || (*name).to_owned(), || algorithm.clone())?;
    }
    Ok(control_time)
}

/// Validation time sliding (§5.6.2.2), from the certificate below the anchor to the leaf: back to where everything that
/// vouches for the path is proven to have existed and to have counted.
///
/// # Errors
/// [`Failure::RevocationUnknown`] and [`Failure::NoProof`] where nothing vouches for a certificate.
fn slide(context: &Context<'_>, path: &Path, proofs: &ProofsOfExistence) -> Result<Timestamp, Failure> {
    let mut control = context.now;
    let issued: Vec<_> = path.issued().collect();
    for (certificate, issuer) in issued.into_iter().rev() {
        let subject = || certificate.subject().label();
        if proofs.of(certificate.der()) > control {
            return Err(Failure::NoProof {
                object: format!("certificate {}", subject()),
                at: control,
            });
        }
        let told = revocation::ask(context, certificate, issuer, control, Some(proofs))?;
        let mut end = certificate::signed_until(context, certificate, issuer);
        match told {
            // Its validity is short, and all that vouches for it.
            None => control = control.min(certificate.not_after()),
            Some(told) => {
                end = end.and(certificate::made_until(context, &told.statement, issuer));
                match revocation::revocation_time(&told.statement) {
                    Some(revoked) => control = control.min(revoked),
                    None if told.fresh => {}
                    None => control = control.min(told.statement.this_update),
                }
            }
        }
        match end {
            Acceptance::Open => {}
            Acceptance::Until(end) => control = control.min(end),
            Acceptance::Never => {
                return Err(Failure::Algorithm {
                    object: format!("certificate {} or its revocation data", subject()),
                    algorithm: certificate::described(issuer, certificate.signature_scheme()),
                    end: None,
                    proven_after: false,
                });
            }
        }
    }
    Ok(control)
}
