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
    /// Until when they are fresh; for ever where they tell that it is revoked.
    pub(super) fresh_until: Timestamp,
    /// Since when the data are proven to exist.
    pub(super) proven: Timestamp,
}
impl Told {
    pub(super) fn is_fresh_at(&self, at: Timestamp) -> bool {
        at <= self.fresh_until
    }
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
    let mut newest: Option<(Statement, Timestamp)> = None;
    let mut revoked: Option<(Statement, Timestamp)> = None;
    let mut why = unknown("no revocation data".to_owned());
    for (place, data) in context.revocation.iter().enumerate() {
        let statement = match context.statement(place, data, certificate, issuer)? {
            Ok(statement) => statement,
            Err(error) => {
                if !matches!(why, Failure::RevocationOutOfBounds { .. }) {
                    why = unknown(error);
                }
                continue;
            }
        };
        let question = Question {
            context,
            certificate,
            issuer,
            at,
            proofs,
            depth,
        };
        match question.may_be_answered_by(data, &statement) {
            Ok(()) => {}
            Err(budget @ Failure::Budget(_)) => return Err(budget),
            Err(failure) => {
                why = failure;
                continue;
            }
        }
        let proven = question.proven(data);
        if let Some(then) = final_revocation(&statement) {
            let earlier = revoked
                .as_ref()
                .and_then(|(known, _)| final_revocation(known))
                .is_none_or(|known| then < known);
            if earlier {
                revoked = Some((statement.clone(), proven));
            }
        }
        // Of data of the same instant the worse ones count, whoever put the others first.
        let newer = newest.as_ref().is_none_or(|(known, _)| {
            (known.this_update, revocation_time(known).is_some())
                < (statement.this_update, revocation_time(&statement).is_some())
        });
        if newer {
            newest = Some((statement, proven));
        }
    }
    if let Some((statement, proven)) = revoked {
        return Ok(Told {
            fresh_until: Timestamp::MAX,
            statement,
            proven,
        });
    }
    let (statement, proven) = newest.ok_or(why)?;
    Ok(Told {
        fresh_until: fresh_until(context, &statement),
        statement,
        proven,
    })
}

/// Since when a certificate is revoked for good, by any authentic data at hand, proven to be old or not: what is known
/// to be revoked is not taken for good because another certificate is revoked as well.
pub(super) fn known_revocation(
    context: &Context<'_>,
    certificate: &Certificate,
    issuer: &Certificate,
) -> Result<Option<(Timestamp, Option<u8>)>, Failure> {
    match ask(context, certificate, issuer, context.now, None) {
        Ok(Some(told)) => Ok(final_revocation(&told.statement).map(|at| {
            let reason = match told.statement.status {
                RevocationStatus::Revoked { reason, .. } => reason,
                RevocationStatus::Good { .. } => None,
            };
            (at, reason)
        })),
        Err(budget @ Failure::Budget(_)) => Err(budget),
        Ok(None) | Err(_) => Ok(None),
    }
}

/// A question about a certificate.
struct Question<'a> {
    context: &'a Context<'a>,
    certificate: &'a Certificate,
    issuer: &'a Certificate,
    at: Timestamp,
    proofs: Option<&'a ProofsOfExistence>,
    depth: usize,
}

impl Question<'_> {
    /// Since when data are proven to exist.
    fn proven(&self, data: &RevocationData) -> Timestamp {
        match self.proofs {
            Some(proofs) => proofs.of(data.der()),
            None => self.context.now,
        }
    }

    /// Whether authentic data may be relied on for it.
    fn may_be_answered_by(&self, data: &RevocationData, statement: &Statement) -> Result<(), Failure> {
        let subject = || self.certificate.subject().label();
        let unknown = |why: &str| Failure::RevocationUnknown {
            subject: subject(),
            why: why.to_owned(),
        };
        let late = self.at.saturating_add(SKEW).unwrap_or(Timestamp::MAX);
        if statement.this_update > late || statement.produced_at > late {
            return Err(unknown("the revocation data are of a later time"));
        }
        let proven = self.proven(data);
        if self.proofs.is_some() && proven > self.at {
            return Err(unknown("nothing proves that the revocation data are so old"));
        }
        if self.proofs.is_some()
            && matches!(statement.status, RevocationStatus::Good { .. })
            && statement.this_update < self.certificate.not_before()
        {
            return Err(unknown("the revocation data are older than the certificate"));
        }
        if !statement.knows(self.certificate) {
            return Err(unknown(
                "the revocation data were made after the certificate expired, when it was no longer listed",
            ));
        }
        // What follows keeps good news from being believed too easily. Bad news are authentic, and need no more: whoever
        // could make them up could as well revoke.
        let Some(responder) = statement
            .responder
            .as_ref()
            .filter(|_| matches!(statement.status, RevocationStatus::Good { .. }))
        else {
            return Ok(());
        };
        // A key that nobody vouches for any more may be anybody's, and any date be written with it.
        if proven > responder.not_after() {
            return Err(Failure::RevocationOutOfBounds {
                subject: subject(),
                responder: responder.subject().label(),
                not_after: responder.not_after(),
            });
        }
        if !statement.responder_needs_revocation_check {
            return Ok(());
        }
        if self.depth >= MAX_DEPTH {
            return Err(unknown("responders vouch for each other"));
        }
        let depth = self.depth + 1;
        let told = ask_at_depth(self.context, responder, self.issuer, self.at, self.proofs, depth)?;
        let good = matches!(told.statement.status, RevocationStatus::Good { .. });
        if good && told.is_fresh_at(self.at) {
            Ok(())
        } else {
            Err(unknown(
                "the status of the responder's own certificate is not known",
            ))
        }
    }
}

/// §5.2.5.4: until newer data come, or, where they do not say when, for as long as the policy has it.
fn fresh_until(context: &Context<'_>, statement: &Statement) -> Timestamp {
    match statement.next_update {
        Some(next) => next.saturating_add(SKEW),
        None => statement.this_update.saturating_add(context.policy.max_age),
    }
    .unwrap_or(Timestamp::MAX)
}

/// Since when it is revoked and never good again.
fn final_revocation(statement: &Statement) -> Option<Timestamp> {
    match statement.status {
        RevocationStatus::Revoked {
            reason: Some(HOLD), ..
        }
        | RevocationStatus::Good { .. } => None,
        RevocationStatus::Revoked { at, .. } => Some(at),
    }
}

/// Since when it is revoked, or on hold.
pub(super) fn revocation_time(statement: &Statement) -> Option<Timestamp> {
    match statement.status {
        RevocationStatus::Revoked { at, .. } => Some(at),
        RevocationStatus::Good { .. } => None,
    }
}

/// What a status means for a certificate that is relied on now.
pub(super) fn failure(told: &Told, certificate: &Certificate, leaf: bool, at: Timestamp) -> Option<Failure> {
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
        RevocationStatus::Good { .. } if told.is_fresh_at(at) => None,
        RevocationStatus::Good { as_of } => Some(Failure::RevocationUnknown {
            subject,
            why: format!("the newest revocation data are of {as_of}"),
        }),
    }
}
