//! The revocation status of one certificate at a time (EN 319 102-1 §5.2.5, §5.2.6).
use super::{Context, Failure, SKEW, certificate};
use crate::proof::ProofsOfExistence;
use jiff::Timestamp;
use procura_pki::{
    Certificate,
    revocation::{HOLD, RevocationData, RevocationStatus, Statement},
};

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

    fn is_good(&self) -> bool {
        revocation_time(&self.statement).is_none()
    }
}

/// Asks the data for `certificate`, which `issuer` issued. Data count that were made, and with `proofs` are proven to
/// have existed, at `at` or before. `None`: the certificate needs no such data, by its own extension, and none revoke it.
///
/// A revocation that is final is final: it counts whichever data tell it, however new others are that do not. Otherwise
/// the newest tell whether it is on hold; of those that tell it is good the ones that are fresh longest count, so that
/// nobody makes a fresh list worthless by adding a newer one that has ended.
pub(super) fn ask(
    context: &Context<'_>,
    certificate: &Certificate,
    issuer: &Certificate,
    at: Timestamp,
    proofs: Option<&ProofsOfExistence>,
) -> Result<Option<Told>, Failure> {
    let told = Question::new(context, certificate, issuer, at, proofs).ask();
    if !certificate.revocation_exempt() {
        return told.map(Some);
    }
    match told {
        Err(budget @ Failure::Budget(_)) => Err(budget),
        Ok(told) if !told.is_good() => Ok(Some(told)),
        Ok(_) | Err(_) => Ok(None),
    }
}

/// Refuses a certificate that is known to have been revoked, or on hold, at `at`: by any authentic data at hand, proven
/// to be old or not. What is known to be revoked is not taken for good because another certificate is revoked as well, and
/// a hold counts for its time whatever became of it later.
pub(super) fn refuse_known(
    context: &Context<'_>,
    certificate: &Certificate,
    issuer: &Certificate,
    at: Timestamp,
    proofs: Option<&ProofsOfExistence>,
    ca: bool,
) -> Result<(), Failure> {
    Question::new(context, certificate, issuer, at, proofs).refuse_known(ca)
}

/// Since when a certificate is revoked for good, by any authentic data at hand, proven to be old or not.
pub(super) fn revoked_since(
    context: &Context<'_>,
    certificate: &Certificate,
    issuer: &Certificate,
) -> Result<Option<Timestamp>, Failure> {
    let told = context.told(certificate, issuer)?;
    let authentic = told.iter().filter_map(|(_, statement)| statement.as_ref().ok());
    Ok(authentic
        .filter(|statement| statement.this_update <= late(context.now))
        .filter_map(final_revocation)
        .min())
}

/// A question about a certificate.
#[derive(Clone, Copy)]
struct Question<'a> {
    context: &'a Context<'a>,
    certificate: &'a Certificate,
    issuer: &'a Certificate,
    at: Timestamp,
    proofs: Option<&'a ProofsOfExistence>,
    depth: usize,
}

impl<'a> Question<'a> {
    fn new(
        context: &'a Context<'a>,
        certificate: &'a Certificate,
        issuer: &'a Certificate,
        at: Timestamp,
        proofs: Option<&'a ProofsOfExistence>,
    ) -> Self {
        Self {
            context,
            certificate,
            issuer,
            at,
            proofs,
            depth: 0,
        }
    }

    fn unknown(&self, why: impl Into<String>) -> Failure {
        Failure::RevocationUnknown {
            subject: self.certificate.subject().label(),
            why: why.into(),
        }
    }

    fn ask(&self) -> Result<Told, Failure> {
        let mut answers = Vec::new();
        let mut why = self.unknown("no revocation data");
        for (data, statement) in self.context.told(self.certificate, self.issuer)?.iter() {
            let statement = match statement {
                Ok(statement) => statement,
                Err(error) => {
                    if !matches!(why, Failure::RevocationOutOfBounds { .. }) {
                        why = self.unknown(error);
                    }
                    continue;
                }
            };
            match self.may_be_answered_by(data, statement) {
                Ok(()) => answers.push(Told {
                    fresh_until: self.fresh_until(statement),
                    proven: self.proven(data),
                    statement: statement.clone(),
                }),
                Err(budget @ Failure::Budget(_)) => return Err(budget),
                Err(failure) => why = failure,
            }
        }
        self.decide(answers).ok_or(why)
    }

    /// Of several answers the one that counts.
    fn decide(&self, answers: Vec<Told>) -> Option<Told> {
        let revoked = answers
            .iter()
            .filter_map(|told| Some((final_revocation(&told.statement)?, told)))
            .min_by_key(|(since, _)| *since);
        if let Some((_, told)) = revoked {
            return Some(Told {
                fresh_until: Timestamp::MAX,
                ..told.clone()
            });
        }
        let hold = answers
            .iter()
            .filter(|told| !told.is_good())
            .max_by_key(|told| told.statement.this_update)
            .cloned();
        // A newer good lifts a hold. Of data of the same instant the worse ones count, whoever put the others first.
        let good = answers
            .into_iter()
            .filter(Told::is_good)
            .filter(|told| {
                hold.as_ref()
                    .is_none_or(|hold| told.statement.this_update > hold.statement.this_update)
            })
            .max_by_key(|told| {
                let made = certificate::made_until(self.context, &told.statement, self.issuer);
                (made.at(told.proven), told.fresh_until)
            });
        good.or(hold)
    }

    fn refuse_known(&self, ca: bool) -> Result<(), Failure> {
        let subject = || self.certificate.subject().label();
        let told = self.context.told(self.certificate, self.issuer)?;
        let authentic = || {
            told.iter()
                .filter_map(|(data, statement)| Some((data, statement.as_ref().ok()?)))
                .filter(|(_, statement)| statement.this_update <= late(self.context.now))
        };
        let begun = |statement: &Statement| match statement.status {
            RevocationStatus::Revoked { at, reason } if at <= self.at => Some((at, reason)),
            _ => None,
        };
        let revoked = authentic()
            .filter_map(|(_, statement)| begun(statement))
            .filter(|(_, reason)| *reason != Some(HOLD))
            .min_by_key(|(at, _)| *at);
        if let Some((at, reason)) = revoked {
            return Err(Failure::Revoked {
                subject: subject(),
                at,
                reason,
                ca,
            });
        }
        for (_, hold) in authentic() {
            let Some((since, _)) = begun(hold) else { continue };
            if self.at <= hold.this_update || !self.is_lifted(hold)? {
                return Err(Failure::OnHold {
                    subject: subject(),
                    since,
                });
            }
        }
        Ok(())
    }

    /// Whether data that may be relied on were made after a hold and tell that it is good.
    fn is_lifted(&self, hold: &Statement) -> Result<bool, Failure> {
        if self.depth >= MAX_DEPTH {
            return Ok(false);
        }
        let now = Self {
            at: self.context.now,
            ..*self
        };
        for (data, statement) in self.context.told(self.certificate, self.issuer)?.iter() {
            let Ok(statement) = statement else { continue };
            if revocation_time(statement).is_some() || statement.this_update <= hold.this_update {
                continue;
            }
            match now.may_be_answered_by(data, statement) {
                Ok(()) => return Ok(true),
                Err(budget @ Failure::Budget(_)) => return Err(budget),
                Err(_) => {}
            }
        }
        Ok(false)
    }

    /// §5.2.5.4: until newer data come, or, where they do not say when, for as long as the policy has it. In the past data of
    /// an end entity count no longer than the policy has it.
    fn fresh_until(&self, statement: &Statement) -> Timestamp {
        let policy = self.context.policy;
        let within = |age| {
            statement
                .this_update
                .saturating_add(age)
                .unwrap_or(Timestamp::MAX)
        };
        let fresh_until = match statement.next_update {
            Some(next) => late(next),
            None => within(policy.max_age),
        };
        if self.proofs.is_some() && !self.certificate.is_ca() {
            fresh_until.min(within(policy.max_past_age))
        } else {
            fresh_until
        }
    }

    /// Since when data are proven to exist.
    fn proven(&self, data: &RevocationData) -> Timestamp {
        match self.proofs {
            Some(proofs) => proofs.of_digest(&data.sha256()),
            None => self.context.now,
        }
    }

    /// Whether authentic data may be relied on for it.
    fn may_be_answered_by(&self, data: &RevocationData, statement: &Statement) -> Result<(), Failure> {
        let late = late(self.at);
        if statement.this_update > late || statement.produced_at > late {
            return Err(self.unknown("the revocation data are of a later time"));
        }
        let proven = self.proven(data);
        if self.proofs.is_some() && proven > self.at {
            return Err(self.unknown("nothing proves that the revocation data are so old"));
        }
        // What follows keeps good news from being believed too easily. Bad news are authentic, and need no more: whoever
        // could make them up could as well revoke.
        if revocation_time(statement).is_some() {
            return Ok(());
        }
        if self.proofs.is_some() && statement.this_update < self.certificate.not_before() {
            return Err(self.unknown("the revocation data are older than the certificate"));
        }
        if !statement.knows(self.certificate) {
            return Err(self.unknown(
                "the revocation data were made after the certificate expired, when it was no longer listed",
            ));
        }
        match &statement.responder {
            Some(responder) => self.may_be_answered_by_responder(
                responder,
                statement.responder_needs_revocation_check,
                proven,
            ),
            None => Ok(()),
        }
    }

    /// Whether a responder is relied on for good news that are proven to exist since `proven`. A key that nobody vouches for
    /// any more may be anybody's, and any date be written with it.
    fn may_be_answered_by_responder(
        &self,
        responder: &Certificate,
        needs_check: bool,
        proven: Timestamp,
    ) -> Result<(), Failure> {
        if proven > responder.not_after() {
            return Err(Failure::RevocationOutOfBounds {
                subject: self.certificate.subject().label(),
                responder: responder.subject().label(),
                not_after: responder.not_after(),
            });
        }
        let of_responder = |at| Question {
            certificate: responder,
            at,
            depth: self.depth + 1,
            ..*self
        };
        // Without a need to look for its revocation (RFC 6960 §4.2.2.2.1) it may be known all the same.
        match of_responder(proven).refuse_known(false) {
            Ok(()) => {}
            Err(budget @ Failure::Budget(_)) => return Err(budget),
            Err(failure) => return Err(self.unknown(format!("of its responder: {failure}"))),
        }
        if !needs_check {
            return Ok(());
        }
        if self.depth >= MAX_DEPTH {
            return Err(self.unknown("responders vouch for each other"));
        }
        // Who is good later was good when the answer is proven to have existed, which is what counts.
        let mut why = self.unknown("the status of the responder's own certificate is not known");
        for at in [self.at, proven] {
            match of_responder(at).ask() {
                Ok(told) if told.is_good() && told.is_fresh_at(at) => return Ok(()),
                Ok(_) => {}
                Err(budget @ Failure::Budget(_)) => return Err(budget),
                Err(failure) => why = failure,
            }
        }
        Err(why)
    }
}

/// Clocks differ.
fn late(at: Timestamp) -> Timestamp {
    at.saturating_add(SKEW).unwrap_or(Timestamp::MAX)
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
