//! The running record of a judgement: which checks there are, how each went, what must be known first.
use crate::{
    facts::Need,
    judge::Judgement,
    verdict::{Check, CheckName, Outcome, Verdict},
};
use jiff::Timestamp;
use procura_trust_list::ListUsed;
use std::collections::BTreeSet;

/// What a check found.
pub(crate) enum Finding<T> {
    /// It holds; the evidence in words.
    Passed(T, String),
    /// It does not hold.
    Failed(String),
    /// It cannot be decided.
    Unknown(String),
    /// It would be refused and is accepted by a named policy.
    Waived(T, String),
    /// It cannot be decided before these are known.
    Needs(BTreeSet<Need>),
}
impl Finding<()> {
    pub(crate) fn passed(detail: impl Into<String>) -> Self {
        Self::Passed((), detail.into())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Judged(Outcome),
    /// Waits for facts. What rests on it is looked at ahead, so that all facts are asked for in one round.
    Pending,
}
#[derive(Clone)]
struct Entry {
    name: CheckName,
    state: State,
    object: String,
    detail: String,
}

/// The record. Checks stand in the order in which they were declared; a check that is never run is not reached.
pub(crate) struct Trail {
    at: Timestamp,
    entries: Vec<Entry>,
    needs: BTreeSet<Need>,
    lists: Vec<ListUsed>,
}
impl Trail {
    pub(crate) fn new(at: Timestamp, names: impl IntoIterator<Item = CheckName>) -> Self {
        let entries = names
            .into_iter()
            .map(|name| Entry {
                name,
                state: State::Judged(Outcome::NotReached),
                object: String::new(),
                detail: String::new(),
            })
            .collect();
        Self {
            at,
            entries,
            needs: BTreeSet::new(),
            lists: Vec::new(),
        }
    }

    /// Runs a check unless one that it rests on refused. What it gives is `Some` when it passed, or was waived.
    pub(crate) fn run<T>(
        &mut self,
        name: CheckName,
        object: impl Into<String>,
        check: impl FnOnce() -> Finding<T>,
    ) -> Option<T> {
        if !self.reaches(name) {
            return None;
        }
        let (state, value, detail) = match check() {
            Finding::Passed(value, detail) => (State::Judged(Outcome::Passed), Some(value), detail),
            Finding::Waived(value, detail) => (State::Judged(Outcome::Waived), Some(value), detail),
            Finding::Failed(detail) => (State::Judged(Outcome::Failed), None, detail),
            Finding::Unknown(detail) => (State::Judged(Outcome::Unknown), None, detail),
            Finding::Needs(needs) => {
                self.needs.extend(needs);
                (State::Pending, None, String::new())
            }
        };
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.name == name) {
            *entry = Entry {
                name,
                state,
                object: object.into(),
                detail,
            };
        }
        value
    }

    /// Takes over how `names` went in another judgement of the same matter; its needs stay with it.
    pub(crate) fn adopt(&mut self, other: &Self, names: &[CheckName]) {
        for entry in &mut self.entries {
            if names.contains(&entry.name)
                && let Some(known) = other.entries.iter().find(|known| known.name == entry.name)
            {
                *entry = known.clone();
            }
        }
    }

    pub(crate) fn used(&mut self, lists: &[ListUsed]) {
        for list in lists {
            if !self.lists.contains(list) {
                self.lists.push(list.clone());
            }
        }
    }

    pub(crate) fn lists(&self) -> &[ListUsed] {
        &self.lists
    }

    pub(crate) fn needs(&self) -> &BTreeSet<Need> {
        &self.needs
    }

    /// The first check that refused, with its cause.
    pub(crate) fn refusal(&self) -> Option<(CheckName, &str)> {
        self.entries
            .iter()
            .find(|entry| matches!(entry.state, State::Judged(Outcome::Failed | Outcome::Unknown)))
            .map(|entry| (entry.name, entry.detail.as_str()))
    }

    pub(crate) fn is_pending(&self) -> bool {
        self.entries.iter().any(|entry| entry.state == State::Pending)
    }

    /// Ends: what is refused already asks for nothing more.
    pub(crate) fn finish<T>(mut self, proven: impl FnOnce() -> Option<T>) -> Judgement<T> {
        let refused = self.refusal().map(|(name, _)| name);
        if refused.is_none() && !self.needs.is_empty() {
            return Judgement::Needs(self.needs);
        }
        for index in 0..self.entries.len() {
            self.close(index, refused);
        }
        let checks = self.entries.into_iter().map(check).collect();
        let verdict = Verdict {
            at: self.at,
            checks,
            lists: self.lists,
        };
        let proven = if verdict.accepted() { proven() } else { None };
        Judgement::Judged { verdict, proven }
    }

    fn close(&mut self, index: usize, refused: Option<CheckName>) {
        let Some(entry) = self.entries.get(index) else {
            return;
        };
        let blocker = self.blocker(entry.name);
        let (outcome, detail) = match (entry.state, refused) {
            (State::Judged(Outcome::Failed | Outcome::Unknown), _) => return,
            (State::Pending, Some(name)) => (
                Outcome::NotReached,
                format!("not asked for: {name} refused already"),
            ),
            (State::Pending, None) => (Outcome::Unknown, "could not be found out".to_owned()),
            (State::Judged(outcome), _) => match blocker {
                Some(blocker) => (Outcome::NotReached, format!("rests on {blocker}")),
                None => (outcome, entry.detail.clone()),
            },
        };
        if let Some(entry) = self.entries.get_mut(index) {
            entry.state = State::Judged(outcome);
            entry.detail = detail;
        }
    }

    /// Whether a check would be run now.
    pub(crate) fn reaches(&self, name: CheckName) -> bool {
        self.has(name) && self.blocker(name).is_none()
    }

    fn has(&self, name: CheckName) -> bool {
        self.entries.iter().any(|entry| entry.name == name)
    }

    /// The check that keeps `name` from saying anything.
    fn blocker(&self, name: CheckName) -> Option<CheckName> {
        let stands = |on: &CheckName| {
            self.entries
                .iter()
                .find(|entry| entry.name == *on)
                .is_none_or(|entry| {
                    matches!(
                        entry.state,
                        State::Pending | State::Judged(Outcome::Passed | Outcome::Waived)
                    )
                })
        };
        name.rests_on().iter().copied().find(|on| !stands(on))
    }
}

fn check(entry: Entry) -> Check {
    let outcome = match entry.state {
        State::Judged(outcome) => outcome,
        State::Pending => Outcome::Unknown,
    };
    let mend = matches!(outcome, Outcome::Failed | Outcome::Unknown).then(|| entry.name.mend().to_owned());
    Check {
        name: entry.name,
        outcome,
        object: entry.object,
        detail: entry.detail,
        mend,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Outcome::{Failed, NotReached, Passed};

    const NAMES: [CheckName; 4] = [
        CheckName::CertificateValidity,
        CheckName::Revocation,
        CheckName::IssuerBinding,
        CheckName::Mandator,
    ];

    fn trail() -> Trail {
        Trail::new("2026-01-01T00:00:00Z".parse().unwrap(), NAMES)
    }
    fn outcomes(judgement: Judgement<()>) -> Vec<Outcome> {
        let Judgement::Judged { verdict, .. } = judgement else {
            panic!("more is needed")
        };
        verdict.checks.iter().map(|check| check.outcome).collect()
    }

    #[test]
    fn what_rests_on_a_refused_check_is_not_reached() {
        let mut trail = trail();
        trail.run(CheckName::CertificateValidity, "", || Finding::passed(""));
        assert_eq!(
            trail.run::<()>(CheckName::Revocation, "", || Finding::Failed("revoked".into())),
            None
        );
        trail.run::<()>(CheckName::IssuerBinding, "", || panic!("it rests on revocation"));
        trail.run::<()>(CheckName::Mandator, "", || panic!("it rests on the binding"));
        assert_eq!(
            outcomes(trail.finish(|| Some(()))),
            [Passed, Failed, NotReached, NotReached]
        );
    }

    #[test]
    fn facts_are_asked_for_ahead_but_not_for_what_is_refused() {
        let mut trail = trail();
        trail.run(CheckName::CertificateValidity, "", || Finding::passed(""));
        let need = Need::Crl("http://ca.example/1.crl".into());
        trail.run::<()>(CheckName::Revocation, "", || {
            Finding::Needs([need.clone()].into())
        });
        trail.run(CheckName::IssuerBinding, "", || Finding::passed(""));
        assert_eq!(trail.needs(), &[need].into());
        trail.run::<()>(CheckName::Mandator, "", || Finding::Failed("another".into()));
        assert_eq!(
            outcomes(trail.finish(|| Some(()))),
            [Passed, NotReached, NotReached, Failed]
        );
    }

    #[test]
    fn a_check_that_was_never_run_does_not_pass() {
        let mut trail = trail();
        trail.run(CheckName::CertificateValidity, "", || Finding::passed(""));
        let Judgement::Judged { verdict, proven } = trail.finish(|| Some(())) else {
            panic!("nothing is needed")
        };
        assert!(!verdict.accepted());
        assert_eq!(proven, None);
    }
}
