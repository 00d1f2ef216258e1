//! Validation in the past: what held when the signature is proven to have existed (EN 319 102-1 §5.6.2).
use super::{Context, Failure, Purpose, StatusOf, certificate, revocation};
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
    /// What revocation data decided, leaf first.
    pub statuses: Vec<StatusOf>,
}

/// Past signature validation (§5.6.2.4): there is a path, validation time sliding gives a control-time, the signature is
/// proven to have existed by then and within the validity of every certificate of the path, and every algorithm counted
/// when its object is proven to have existed.
///
/// Two constraints are ours: what is known to have been revoked or on hold then stays so, whether or not the data that
/// tell it are proven to be old; and of a revoked CA only lists count that are proven to be older than its revocation,
/// where §5.5.4 looks at the signature alone.
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
            Ok((control_time, statuses)) => {
                accepted = Some(Past {
                    path: path.clone(),
                    control_time,
                    statuses,
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
) -> Result<(Timestamp, Vec<StatusOf>), Failure> {
    let Subject {
        name,
        leaf,
        proven,
        algorithms,
    } = subject;
    if *proven < leaf.not_before() {
        return Err(Failure::NotYetValid {
            subject: leaf.subject().label(),
            not_before: leaf.not_before(),
            proven: *proven,
        });
    }
    // The anchor's own dates do not count.
    for certificate in &path.certificates {
        if !certificate.is_valid_at(*proven) {
            return Err(Failure::OutOfBounds {
                subject: certificate.subject().label(),
                not_before: certificate.not_before(),
                not_after: certificate.not_after(),
                not_revoked: false,
            });
        }
    }
    certificate::refuse_known(context, path, *proven, Some(proofs))?;
    let (control_time, statuses) = slide(context, path, proofs)?;
    if *proven > control_time {
        return Err(Failure::NoProof {
            object: (*name).to_owned(),
            at: control_time,
        });
    }
    for (algorithm, acceptance) in *algorithms {
        certificate::check_algorithm(*acceptance, *proven, || (*name).to_owned(), || algorithm.clone())?;
    }
    Ok((control_time, statuses))
}

/// Validation time sliding (§5.6.2.2), from the certificate below the anchor to the leaf: back to where everything that
/// vouches for the path is proven to have existed and to have counted.
///
/// Data that are not fresh move the time back to where they last were, not to when they were issued: as at the
/// best-signature-time (§5.5.4), what was fresh then counts, and a list of the morning vouches for what was signed at
/// noon. How long it may be one is the policy's (`max_past_age`).
///
/// # Errors
/// [`Failure::RevocationUnknown`] and [`Failure::NoProof`] where nothing vouches for a certificate.
fn slide(
    context: &Context<'_>,
    path: &Path,
    proofs: &ProofsOfExistence,
) -> Result<(Timestamp, Vec<StatusOf>), Failure> {
    let mut control = context.now;
    let mut statuses = Vec::new();
    let issued: Vec<_> = path.issued().collect();
    for (index, (certificate, issuer)) in issued.into_iter().enumerate().rev() {
        let subject = || certificate.subject().label();
        if proofs.of(certificate.der()) > control {
            return Err(Failure::NoProof {
                object: format!("certificate {}", subject()),
                at: control,
            });
        }
        let told = revocation::ask(context, certificate, issuer, control, Some(proofs))?;
        // What an algorithm protects is proven to be older than its end, or could have been made up since.
        let signed = certificate::signed_until(context, certificate, issuer);
        certificate::check_algorithm(
            signed,
            proofs.of(certificate.der()),
            || format!("certificate {}", subject()),
            || certificate::described(issuer, certificate.signature_scheme()),
        )?;
        let mut end = signed;
        // Nobody vouches for what a CA issues after its end, lists among it; nor for a certificate without such data.
        if index > 0 || told.is_none() {
            control = control.min(certificate.not_after());
        }
        if let Some(told) = &told {
            let made = certificate::made_until(context, &told.statement, issuer);
            let maker = told.statement.responder.as_ref().unwrap_or(issuer);
            certificate::check_algorithm(
                made,
                told.proven,
                || format!("revocation data of {}", subject()),
                || certificate::described(maker, Some(told.statement.scheme)),
            )?;
            end = end.and(made);
            control = control.min(match revocation::revocation_time(&told.statement) {
                Some(revoked) => revoked,
                None => told.fresh_until,
            });
        }
        // What is known of its end counts, though nothing proves it to be as old as the control-time.
        if let Some(revoked) = revocation::revoked_since(context, certificate, issuer)? {
            control = control.min(revoked);
        }
        statuses.push(StatusOf {
            certificate: certificate.clone(),
            statement: told.map(|told| told.statement),
        });
        if let Some(end) = end.end() {
            control = control.min(end);
        }
    }
    statuses.reverse();
    Ok((control, statuses))
}
