//! What a provider remembers: tokens, activation data, signatures in the making, wrong PINs. In memory, for a sandbox.
use jiff::{SignedDuration, Timestamp};
use procura_crypto::{Digest, Rng as _, digest::sha256};
use procura_jose::base64url;
use procura_service::SystemRng;
use std::collections::{BTreeMap, HashMap};

/// Most tokens, activation data and pending signatures that are remembered.
const MOST: usize = 10_000;

#[derive(Default)]
pub(super) struct State {
    tokens: Kept<()>,
    pub(super) sads: Kept<Sad>,
    pub(super) pending: Kept<Pending>,
    pub(super) wrong_pins: BTreeMap<String, u32>,
    pub(super) seen: BTreeMap<String, usize>,
    pub(super) signatures_made: usize,
}

/// What activation data allows.
pub(super) struct Sad {
    pub(super) credential: String,
    /// None under SCAL 1 without hashes.
    pub(super) hashes: Option<Vec<Vec<u8>>>,
    pub(super) digest: Option<Digest>,
    pub(super) left: u64,
}

/// Signatures that are ready after some questions.
pub(super) struct Pending {
    pub(super) signatures: Vec<String>,
    pub(super) questions_left: u32,
}

/// Things that are found by a secret, until they expire.
pub(super) struct Kept<T>(HashMap<[u8; 32], (Timestamp, T)>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

/// What came of looking something up.
pub(super) enum Found<'a, T> {
    Nothing,
    Expired,
    Good(&'a mut T),
}

impl<T> Kept<T> {
    /// Keeps something, and gives the secret by which it is found.
    pub(super) fn keep(&mut self, thing: T, now: Timestamp, seconds: u32) -> String {
        if self.0.len() >= MOST {
            self.0.retain(|_, (until, _)| *until > now);
        }
        if self.0.len() >= MOST {
            self.0.clear();
        }
        let mut bytes = [0; 16];
        SystemRng.fill(&mut bytes);
        let secret = base64url::encode(&bytes);
        let until = now
            .saturating_add(SignedDuration::from_secs(seconds.into()))
            .unwrap_or(now);
        self.0.insert(sha256(secret.as_bytes()), (until, thing));
        secret
    }

    pub(super) fn find(&mut self, secret: &str, now: Timestamp) -> Found<'_, T> {
        match self.0.get_mut(&sha256(secret.as_bytes())) {
            None => Found::Nothing,
            Some((until, _)) if *until <= now => Found::Expired,
            Some((_, thing)) => Found::Good(thing),
        }
    }

    pub(super) fn forget(&mut self, secret: &str) {
        self.0.remove(&sha256(secret.as_bytes()));
    }
}

impl State {
    pub(super) fn new_token(&mut self, now: Timestamp, seconds: u32) -> String {
        self.tokens.keep((), now, seconds)
    }
    pub(super) fn find_token(&mut self, token: &str, now: Timestamp) -> Found<'_, ()> {
        self.tokens.find(token, now)
    }
}
