//! The revocation status of one certificate at a time (EN 319 102-1 §5.2.5, §5.2.6).
use super::{Context, Failure, SKEW};
use crate::proof::ProofsOfExistence;
use jiff::Timestamp;
use procura_pki::{
    Certificate,
    revocation::{RevocationData, RevocationStatus, Statement},
};

/// certificateHold (RFC 5280 §5.3.1): the one reason that may be taken back.
const HOLD: u8 = 6;
/// Responders' certificates whose status is asked in turn.
const MAX_DEPTH: usize = 2;

/// What revocation data that were there at `at` tell.
#[derive(Clone, Debug)]
pub(super) struct Told {
    /// Which decided.
    pub(super) statement: Statement,
    /// Whether they are fresh at `at`; of no matter for what is revoked.
    pub(super) fresh: bool,
}

/// Asks the data for `certificate`, which `issuer` issued. Data count that were made, and with `proofs` are proven to
/// have existed, at `at` or before. `None`: the certificate needs no such data, by its own extension.
///
/// A revocation that is final is final: it counts whichever data tell it, however new others are that do not. Otherwise
/// the newest decide.
pub(super) fn ask(
    context: &Context<'_>,
    certificate: &Certificate,
    issuer: &Certificate,
    at: Timestamp,
    proofs: Option<&ProofsOfExistence>,
) -> Result<Option<Told>, Failure> {
    if certificate.revocation_exempt() {
        return Ok(None);
    }
    ask_at_depth(context, certificate, issuer, at, proofs, 0).map(Some)
}

fn ask_at_depth(
    context: &Context<'_>,
    certificate: &Certificate,
    issuer: &Certificate,
    at: Timestamp,
    proofs: Option<&ProofsOfExistence>,
    depth: usize,
) -> Result<Told, Failure> {
    let unknown = |why: String| Failure::RevocationUnknown {
        subject: certificate.subject().label(),
        why,
    };
    let mut newest: Option<Statement> = None;
    let mut revoked: Option<Statement> = None;
    let mut why = "no revocation data".to_owned();
    for data in context.revocation {
        context.spend_question()?;
        let statement = match data.statement(certificate, issuer, context.certificates) {
            Ok(statement) => statement,
            Err(error) => {
                why = error.to_string();
                continue;
            }
        };
        match usable(context, data, &statement, certificate, issuer, at, proofs, depth) {
            Ok(()) => {}
            Err(budget @ Failure::Budget(_)) => return Err(budget),
            Err(failure) => {
                why = failure.to_string();
                continue;
            }
        }
        if let RevocationStatus::Revoked { at: then, reason } = statement.status
            && reason != Some(HOLD)
        {
            let earlier = revoked
                .as_ref()
                .is_none_or(|known| revocation_time(known).is_none_or(|known| then < known));
            if earlier {
                revoked = Some(statement.clone());
            }
        }
        if newest
            .as_ref()
            .is_none_or(|known| known.this_update < statement.this_update)
        {
            newest = Some(statement);
        }
    }
    if let Some(statement) = revoked {
        return Ok(Told {
            statement,
            fresh: true,
        });
    }
    let statement = newest.ok_or_else(|| unknown(why))?;
    let fresh = is_fresh(context, &statement, at);
    Ok(Told { statement, fresh })
}

/// Whether authentic data may be relied on at `at`.
#[expect(
    clippy::too_many_arguments,
    reason = "a rule about all of them; a struct would only rename them"
)]
fn usable(
    context: &Context<'_>,
    data: &RevocationData,
    statement: &Statement,
    certificate: &Certificate,
    issuer: &Certificate,
    at: Timestamp,
    proofs: Option<&ProofsOfExistence>,
    depth: usize,
) -> Result<(), Failure> {
    let unknown = |why: &str| Failure::RevocationUnknown {
        subject: certificate.subject().label(),
        why: why.to_owned(),
    };
    let late = at.saturating_add(SKEW).unwrap_or(Timestamp::MAX);
    if statement.this_update > late || statement.produced_at > late {
        return Err(unknown("the revocation data are of a later time"));
    }
    if proofs.is_some_and(|proofs| proofs.of(data.der()) > at) {
        return Err(unknown("nothing proves that the revocation data are so old"));
    }
    if !statement.knows(certificate) {
        return Err(unknown(
            "the revocation data were made after the certificate expired, when it was no longer listed",
        ));
    }
    let Some(responder) = statement
        .responder
        .as_ref()
        .filter(|_| statement.responder_needs_revocation_check)
    else {
        return Ok(());
    };
    if depth >= MAX_DEPTH {
        return Err(unknown("responders vouch for each other"));
    }
    let told = ask_at_depth(context, responder, issuer, at, proofs, depth + 1)?;
    let good = matches!(told.statement.status, RevocationStatus::Good { .. });
    if good && told.fresh {
        Ok(())
    } else {
        Err(unknown(
            "the status of the responder's own certificate is not known",
        ))
    }
}

/// §5.2.5.4: newer than the time that passes between one issue and the next.
fn is_fresh(context: &Context<'_>, statement: &Statement, at: Timestamp) -> bool {
    let end = match statement.next_update {
        Some(next) => next.saturating_add(SKEW),
        None => statement.this_update.saturating_add(context.policy.max_age),
    };
    at <= end.unwrap_or(Timestamp::MAX)
}

/// Since when it is revoked.
pub(super) fn revocation_time(statement: &Statement) -> Option<Timestamp> {
    match statement.status {
        RevocationStatus::Revoked { at, .. } => Some(at),
        RevocationStatus::Good { .. } => None,
    }
}

/// What a status means for a certificate that is relied on now.
pub(super) fn failure(told: &Told, certificate: &Certificate, leaf: bool) -> Option<Failure> {
    let subject = certificate.subject().label();
    match told.statement.status {
        RevocationStatus::Revoked {
            at: since,
            reason: Some(HOLD),
        } => Some(Failure::OnHold { subject, since }),
        RevocationStatus::Revoked { at, reason } => Some(Failure::Revoked {
            subject,
            at,
            reason,
            ca: !leaf,
        }),
        RevocationStatus::Good { .. } if told.fresh => None,
        RevocationStatus::Good { as_of } => Some(Failure::RevocationUnknown {
            subject,
            why: format!("the newest revocation data are of {as_of}"),
        }),
    }
}
