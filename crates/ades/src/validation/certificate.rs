//! X.509 certificate validation at the validation time (EN 319 102-1 §5.2.6).
use super::{Context, Failure, Purpose, revocation};
use crate::{catalogue::Acceptance, indication::Conclusion, proof::ProofsOfExistence};
use jiff::Timestamp;
use procura_crypto::{PublicKey, Scheme};
use procura_pki::{
    Anchor, Certificate, Path, PathError,
    path::{self, Dates},
    revocation::Statement,
};

/// What revocation data told of one certificate of a path.
#[derive(Clone, Debug)]
pub struct StatusOf {
    /// The certificate.
    pub certificate: Certificate,
    /// What decided; `None` for a certificate that says of itself that there are no such data, or where none were found.
    pub statement: Option<Statement>,
}

/// A certificate, judged.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The path that holds, or the one that came nearest.
    pub path: Option<Path>,
    /// What revocation data told, leaf first.
    pub statuses: Vec<StatusOf>,
    /// Why it is not relied on.
    pub result: Result<(), Failure>,
}
impl Judged {
    /// PASSED, or INDETERMINATE with a sub-indication.
    #[must_use]
    pub fn conclusion(&self) -> Conclusion {
        match &self.result {
            Ok(()) => Conclusion::PASSED,
            Err(failure) => failure.sub_indication().into(),
        }
    }
}

/// Validates a certificate at the validation time: a path to an anchor for this purpose, revocation of every certificate
/// on it, purpose of the leaf, algorithms. Where one path fails another is tried.
#[must_use]
pub fn validate(context: &Context<'_>, purpose: Purpose, leaf: &Certificate) -> Judged {
    let key = (purpose, leaf.sha256());
    if let Some(judged) = context.judged.borrow().get(&key) {
        return judged.clone();
    }
    let judged = judge(context, purpose, leaf);
    context.judged.borrow_mut().insert(key, judged.clone());
    judged
}

fn judge(context: &Context<'_>, purpose: Purpose, leaf: &Certificate) -> Judged {
    let mut nearest: Option<Judged> = None;
    let mut accepted: Option<Judged> = None;
    let found = search(context, purpose, leaf, Dates::At(context.now), &mut |path| {
        let judged = on_path(context, purpose, path);
        if judged.result.is_ok() {
            accepted = Some(judged);
            return true;
        }
        nearest.get_or_insert(judged);
        false
    });
    if let Some(judged) = accepted.or(nearest) {
        return judged;
    }
    match found {
        Err(Failure::Path(error @ PathError::OutOfBounds { .. })) => {
            out_of_bounds(context, purpose, leaf, &error)
        }
        Err(failure) => failed(failure),
        Ok(_) => failed(Failure::Path(PathError::NoPath {
            leaf: leaf.subject().label(),
        })),
    }
}

fn failed(failure: Failure) -> Judged {
    Judged {
        path: None,
        statuses: Vec::new(),
        result: Err(failure),
    }
}

/// Paths from `leaf` to the anchors of a purpose.
pub(super) fn search(
    context: &Context<'_>,
    purpose: Purpose,
    leaf: &Certificate,
    dates: Dates,
    accept: &mut dyn FnMut(&Path) -> bool,
) -> Result<Option<Path>, Failure> {
    context.spend_search()?;
    path::find_where(
        leaf,
        context.certificates,
        context.anchors.of(purpose),
        dates,
        &context.policy.path,
        &context.checks,
        accept,
    )
    .map_err(Failure::Path)
}

/// Whether the leaf may do this at all.
pub(super) fn check_purpose(purpose: Purpose, leaf: &Certificate) -> Result<(), Failure> {
    match purpose {
        Purpose::Signatures => path::may_sign(leaf).and_then(|()| path::is_for_documents(leaf)),
        Purpose::TimeStamps => path::may_time_stamp(leaf),
    }
    .map_err(Failure::Purpose)
}

fn on_path(context: &Context<'_>, purpose: Purpose, path: &Path) -> Judged {
    let mut statuses = Vec::new();
    let result = check(context, purpose, path, &mut statuses);
    Judged {
        path: Some(path.clone()),
        statuses,
        result,
    }
}

fn check(
    context: &Context<'_>,
    purpose: Purpose,
    path: &Path,
    statuses: &mut Vec<StatusOf>,
) -> Result<(), Failure> {
    let mut first = None;
    for (index, (certificate, issuer)) in path.issued().enumerate() {
        let told = revocation::ask(context, certificate, issuer, context.now, None);
        let (statement, failure) = match told {
            Ok(None) => (None, None),
            Ok(Some(told)) => {
                let failure = revocation::failure(&told, certificate, index == 0, context.now);
                (Some(told.statement), failure)
            }
            Err(failure) => (None, Some(failure)),
        };
        statuses.push(StatusOf {
            certificate: certificate.clone(),
            statement,
        });
        // What is revoked for good says more than what is not known.
        let revoked = |failure: &Failure| matches!(failure, Failure::Revoked { .. });
        if first.is_none() || (failure.as_ref().is_some_and(revoked) && !first.as_ref().is_some_and(revoked))
        {
            first = failure.or(first);
        }
    }
    if let Some(failure) = first {
        return Err(failure);
    }
    refuse_revoked_anchor(context, path, context.now, None)?;
    if let Some(leaf) = path.certificates.first() {
        check_purpose(purpose, leaf)?;
    }
    for (certificate, issuer) in path.issued() {
        let subject = || format!("certificate {}", certificate.subject().label());
        let end = signed_until(context, certificate, issuer);
        check_algorithm(end, context.now, subject, || {
            described(issuer, certificate.signature_scheme())
        })?;
    }
    for (status, (_, issuer)) in statuses.iter().zip(path.issued()) {
        if let Some(statement) = &status.statement {
            let subject = || format!("revocation data of {}", status.certificate.subject().label());
            let signer = statement.responder.as_ref().unwrap_or(issuer);
            let end = made_until(context, statement, issuer);
            check_algorithm(end, context.now, subject, || {
                described(signer, Some(statement.scheme))
            })?;
        }
    }
    Ok(())
}

/// Refuses a path of which a certificate is known to have been revoked, or on hold, at `at`, whatever became of the hold
/// since: while it lasts a certificate has no validity (eIDAS articles 28 (5) and 38 (5)).
///
/// # Errors
/// [`Failure::Revoked`], [`Failure::OnHold`], [`Failure::Budget`].
pub fn refuse_known(
    context: &Context<'_>,
    path: &Path,
    at: Timestamp,
    proofs: Option<&ProofsOfExistence>,
) -> Result<(), Failure> {
    for (index, (certificate, issuer)) in path.issued().enumerate() {
        revocation::refuse_known(context, certificate, issuer, at, proofs, index > 0)?;
    }
    refuse_revoked_anchor(context, path, at, proofs)
}

/// A leaf that is an anchor itself needs nobody to vouch for it. Where a CA that issued it is known to have revoked it by
/// `at` it is not relied on all the same.
fn refuse_revoked_anchor(
    context: &Context<'_>,
    path: &Path,
    at: Timestamp,
    proofs: Option<&ProofsOfExistence>,
) -> Result<(), Failure> {
    let (Some(leaf), None) = (path.certificates.first(), path.issued().next()) else {
        return Ok(());
    };
    for issuer in context.certificates {
        if leaf == issuer || !leaf.issuer().matches(issuer.subject()) {
            continue;
        }
        match context.checks.is_signed_by(leaf, issuer) {
            Some(true) => revocation::refuse_known(context, leaf, issuer, at, proofs, false)?,
            Some(false) => {}
            None => return Err(Failure::Budget("signatures on certificates")),
        }
    }
    Ok(())
}

/// Until when the signature on a certificate is relied on.
pub(super) fn signed_until(
    context: &Context<'_>,
    certificate: &Certificate,
    issuer: &Certificate,
) -> Acceptance {
    match (issuer.public_key(), certificate.signature_scheme()) {
        (Ok(key), Some(scheme)) => context.policy.catalogue.acceptance(key, scheme),
        _ => Acceptance::Never,
    }
}

/// Until when the signature on revocation data is relied on.
pub(super) fn made_until(context: &Context<'_>, statement: &Statement, issuer: &Certificate) -> Acceptance {
    let own = |signer: &Certificate, scheme| match signer.public_key() {
        Ok(key) => context.policy.catalogue.acceptance(key, scheme),
        Err(_) => Acceptance::Never,
    };
    match &statement.responder {
        None => own(issuer, statement.scheme),
        Some(responder) => own(responder, statement.scheme).and(signed_until(context, responder, issuer)),
    }
}

/// Algorithm and key size, for a sentence.
pub(super) fn described(signer: &Certificate, scheme: Option<Scheme>) -> String {
    let bits = signer.public_key().map_or(0, PublicKey::bits);
    match scheme {
        Some(scheme) => format!("{scheme} with {bits} bits"),
        None => "an unknown algorithm".to_owned(),
    }
}

/// Whether something is relied on at `at`.
pub(crate) fn check_algorithm(
    acceptance: Acceptance,
    at: Timestamp,
    object: impl FnOnce() -> String,
    algorithm: impl FnOnce() -> String,
) -> Result<(), Failure> {
    if acceptance.at(at) {
        return Ok(());
    }
    Err(Failure::Algorithm {
        object: object(),
        algorithm: algorithm(),
        end: acceptance.end(),
        proven_after: false,
    })
}

/// All but dates holds: whether it is known of an expired signing certificate that it was not revoked while it was valid
/// (§5.2.6.4 step 1). Of a certificate that is not valid yet, and of a CA's, nothing of the kind is told.
fn out_of_bounds(context: &Context<'_>, purpose: Purpose, leaf: &Certificate, error: &PathError) -> Judged {
    let PathError::OutOfBounds {
        subject,
        not_before,
        not_after,
    } = error
    else {
        return failed(Failure::Path(error.clone()));
    };
    let mut statuses = Vec::new();
    let mut shown: Option<Path> = None;
    let mut not_revoked = false;
    let searched = search(context, purpose, leaf, Dates::Ever, &mut |path| {
        let mut told = Vec::new();
        let expired = path.certificates.iter().enumerate().all(|(index, certificate)| {
            if index == 0 {
                context.now > certificate.not_after()
            } else {
                certificate.is_valid_at(context.now)
            }
        });
        // Of a leaf that is the anchor itself nobody tells anything.
        let told_of = path.issued().next().is_some();
        let good = told_of
            && path.issued().all(|(certificate, issuer)| {
                let known = revocation::ask(context, certificate, issuer, context.now, None);
                let (statement, good) = match known {
                    Ok(None) => (None, true),
                    Ok(Some(known)) => {
                        let good = revocation::revocation_time(&known.statement).is_none()
                            && known.is_fresh_at(context.now);
                        (Some(known.statement), good)
                    }
                    Err(_) => (None, false),
                };
                told.push(StatusOf {
                    certificate: certificate.clone(),
                    statement,
                });
                good
            });
        if (good && expired) || shown.is_none() {
            statuses = told;
            shown = Some(path.clone());
        }
        not_revoked |= good && expired;
        good && expired
    });
    if let Err(budget @ Failure::Budget(_)) = searched {
        return failed(budget);
    }
    Judged {
        path: shown,
        statuses,
        result: Err(Failure::OutOfBounds {
            subject: subject.clone(),
            not_before: *not_before,
            not_after: *not_after,
            not_revoked,
        }),
    }
}

/// The anchors of a path and everything below, for whoever collects what a validation used.
pub fn used(path: &Path) -> impl Iterator<Item = &Certificate> {
    let Anchor(anchor) = &path.anchor;
    path.certificates.iter().chain(core::iter::once(anchor))
}
