//! Pivots: from the signers of the Official Journal to those of today, oldest first. They are fetched one after the
//! other, and each is verified by what the ones before it announced; nothing unverified is kept.
use super::{LOST_SECONDS, Refusal, Request, after, replacement};
use crate::signature::{Signers, verify};
use jiff::Timestamp;
use procura_pki::Certificate;

/// Most pivots between two notices of the Official Journal. Ten years of real ones have eight.
const MAX_PIVOTS: usize = 32;
/// Most times that pivots are looked for anew before the list of lists is judged with what is there.
const MAX_ROUNDS: usize = 3;

#[derive(Debug)]
enum State {
    Wanted { asked: Option<Timestamp> },
    Passed(Vec<Certificate>),
    Failed,
}

/// The pivots that the last seen list of lists names.
#[derive(Debug, Default)]
pub(super) struct Pivots {
    /// Oldest first.
    chain: Vec<(String, State)>,
    rounds: usize,
}

/// The signers that a pivot announces, if it is signed by `signers`.
pub(super) fn announced(bytes: &[u8], signers: &Signers) -> Result<Vec<Certificate>, Refusal> {
    let pivot = verify(bytes, signers)?;
    replacement::list_of_lists(&pivot)?;
    match pivot.list.pointer_to_list_of_lists() {
        Some(pointer) if !pointer.signers.is_empty() => Ok(pointer.signers.clone()),
        _ => Err(Refusal::NoSigners),
    }
}

impl Pivots {
    /// Takes the pivots from the `SchemeInformationURI`s of a list of lists: those of its own origin that stand
    /// before the notice of the Official Journal. `true` when some have to be fetched before it can be judged.
    pub(super) fn announce(&mut self, uris: &[String], journal: &str, lotl_url: &str) -> bool {
        let origin = origin(lotl_url);
        let mut named: Vec<&String> = uris
            .iter()
            .take_while(|uri| *uri != journal)
            .filter(|uri| is_xml(uri) && *uri != lotl_url && origin.is_some() && self::origin(uri) == origin)
            .take(MAX_PIVOTS)
            .collect();
        named.reverse();
        let mut old = core::mem::take(&mut self.chain);
        // Once a pivot is another one, what follows it was verified by another chain.
        let mut same = true;
        for url in named {
            if self.chain.iter().any(|(known, _)| known == url) {
                continue;
            }
            let known = if same && old.first().is_some_and(|(first, _)| first == url) {
                Some(old.remove(0).1)
            } else {
                same = false;
                None
            };
            self.chain
                .push((url.clone(), known.unwrap_or(State::Wanted { asked: None })));
        }
        let missing = self
            .chain
            .iter()
            .any(|(_, state)| matches!(state, State::Wanted { .. }));
        self.rounds = if missing { self.rounds.saturating_add(1) } else { 0 };
        if self.rounds > MAX_ROUNDS {
            for (_, state) in &mut self.chain {
                if matches!(state, State::Wanted { .. }) {
                    *state = State::Failed;
                }
            }
            self.rounds = 0;
            return false;
        }
        missing
    }

    /// The oldest pivot that is still to come.
    pub(super) fn wanted(&self) -> Option<&str> {
        self.chain
            .iter()
            .find(|(_, state)| matches!(state, State::Wanted { .. }))
            .map(|(url, _)| url.as_str())
    }
    pub(super) fn is_wanted(&self, url: &str) -> bool {
        self.wanted() == Some(url)
    }
    fn state(&mut self, url: &str) -> Option<&mut State> {
        self.chain
            .iter_mut()
            .find(|(known, _)| known == url)
            .map(|(_, state)| state)
    }
    pub(super) fn passed(&mut self, url: &str, announced: Vec<Certificate>) {
        if let Some(state) = self.state(url) {
            *state = State::Passed(announced);
        }
    }
    pub(super) fn failed(&mut self, url: &str) {
        if let Some(state) = self.state(url) {
            *state = State::Failed;
        }
    }
    /// The list of lists was judged: pivots that failed are tried again with the next one.
    pub(super) fn forget_failures(&mut self) {
        let broken = self
            .chain
            .iter()
            .position(|(_, state)| matches!(state, State::Failed));
        self.chain.truncate(broken.unwrap_or(self.chain.len()));
    }

    /// Who may sign what follows the pivots that passed: each replaces the set before it.
    pub(super) fn signers(&self, pinned: &Signers) -> Signers {
        let last = self.chain.iter().rev().find_map(|(_, state)| match state {
            State::Passed(announced) => Some(announced.clone()),
            _ => None,
        });
        last.map_or_else(|| pinned.clone(), Signers::Certificates)
    }

    pub(super) fn request(&mut self, now: Timestamp) -> Option<Request> {
        let url = self.wanted()?.to_owned();
        match self.state(&url)? {
            State::Wanted { asked } if asked.is_none_or(|asked| after(asked, LOST_SECONDS) <= now) => {
                *asked = Some(now);
                Some(Request { url, etag: None })
            }
            _ => None,
        }
    }
    /// Whether a pivot is on its way.
    pub(super) fn waits(&self, now: Timestamp) -> bool {
        self.next().is_some_and(|lost| lost > now)
    }
    /// When a pivot on its way counts as lost.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.chain.iter().find_map(|(_, state)| match state {
            State::Wanted { asked: Some(asked) } => Some(after(*asked, LOST_SECONDS)),
            _ => None,
        })
    }
}

fn is_xml(uri: &str) -> bool {
    uri.get(uri.len().saturating_sub(4)..)
        .is_some_and(|end| end.eq_ignore_ascii_case(".xml"))
}

fn origin(text: &str) -> Option<url::Origin> {
    url::Url::parse(text)
        .ok()
        .map(|url| url.origin())
        .filter(url::Origin::is_tuple)
}
