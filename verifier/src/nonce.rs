//! The nonces of a login: what shows that an answer comes from somebody who was handed the request.
//!
//! `state` stands in the QR code, which anybody behind the person reads; the nonce stands only in the request. Whoever
//! fetches the request first, in a login of good faith the person's wallet, is handed *the* nonce: with it an answer ends
//! the login, and refused answers count against it. Whoever fetches it again, a wallet whose first answer was lost on the
//! way or an onlooker, is handed a nonce of its own, which nobody else learns. With that one a good presentation is
//! accepted as with the first; declining and refused presentations change nothing.
//!
//! A nonce of a repetition is `{state}.{random}.{digest}`. The digest is HMAC-SHA-256 under the first nonce, which is secret, so
//! that nothing has to be stored for it.

use procura_crypto::{Rng, constant_time_eq, digest::hmac_sha256, random};
use procura_jose::base64url;
use procura_store::verifier::Login;

/// What the digest is for; another use of the same secret would have another.
const PURPOSE: &[u8] = b"procura/nonce/2\0";

/// What a nonce of a login may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// It was handed out first: everything.
    First,
    /// It was handed out again: being accepted, nothing else.
    Repetition,
}

/// A new nonce for somebody who fetches the request of `login` again.
pub(crate) fn for_repetition(login: &Login, rng: &mut dyn Rng) -> String {
    let random = random::token(rng, 16);
    let digest = digest(login, &random);
    format!("{}.{random}.{digest}", login.state)
}

/// What `nonce` may do in `login`; `None`: it is none of its nonces.
pub(crate) fn holds(login: &Login, nonce: &str) -> Option<Holds> {
    if constant_time_eq(login.nonce.as_bytes(), nonce.as_bytes()) {
        return Some(Holds::First);
    }
    let (state, random, digest_claimed) = parts(nonce)?;
    let same =
        state == login.state && constant_time_eq(digest(login, random).as_bytes(), digest_claimed.as_bytes());
    same.then_some(Holds::Repetition)
}

/// The `state` in the nonce of a repetition, by which its login is found.
pub(crate) fn state_in(nonce: &str) -> Option<&str> {
    parts(nonce).map(|(state, _, _)| state)
}

/// The first nonce is base64url and has no dot; a state may have some.
fn parts(nonce: &str) -> Option<(&str, &str, &str)> {
    let (rest, digest) = nonce.rsplit_once('.')?;
    let (state, random) = rest.rsplit_once('.')?;
    Some((state, random, digest))
}

fn digest(login: &Login, random: &str) -> String {
    let message = [PURPOSE, random.as_bytes()].concat();
    base64url::encode(&hmac_sha256(login.nonce.as_bytes(), &message))
}

#[cfg(test)]
mod tests {
    use super::{Holds, for_repetition, holds, state_in};
    use crate::transaction::row_of;
    use jiff::Timestamp;
    use procura_protocol::vp::transaction::{Started, Terms};
    use procura_service::SystemRng;
    use procura_store::verifier::Login;

    fn login(state: &str, nonce: &str) -> Login {
        let terms = Terms::new("portal", state, nonce, "scope", Timestamp::UNIX_EPOCH, 300);
        row_of("id".to_owned(), Started(terms), Vec::new())
    }

    #[test]
    fn the_first_nonce_holds_everything_and_a_repetition_less() {
        for state in ["plain-state-of-22-chars", "a.state.with.dots..and.so"] {
            let login = login(state, "first-nonce");
            assert_eq!(holds(&login, "first-nonce"), Some(Holds::First));
            let (one, two) = (
                for_repetition(&login, &mut SystemRng),
                for_repetition(&login, &mut SystemRng),
            );
            assert_ne!(one, two, "each has its own");
            for nonce in [&one, &two] {
                assert_eq!(holds(&login, nonce), Some(Holds::Repetition));
                assert_eq!(state_in(nonce), Some(state));
                assert!(!nonce.contains("first-nonce"));
            }
        }
    }

    #[test]
    fn a_repetitions_digest_is_hmac_sha_256_under_the_first_nonce() {
        let nonce = for_repetition(&login("state", "first"), &mut SystemRng);
        let (rest, digest) = nonce.rsplit_once('.').unwrap();
        let random = rest.strip_prefix("state.").unwrap();
        let message = format!("procura/nonce/2\0{random}");
        let expected = procura_crypto::digest::hmac_sha256(b"first", message.as_bytes());
        assert_eq!(digest, procura_jose::base64url::encode(&expected));
    }

    #[test]
    fn no_nonce_can_be_made_without_the_first_one() {
        let (login, other) = (login("state", "first"), login("state", "other"));
        let nonce = for_repetition(&login, &mut SystemRng);
        assert_eq!(holds(&other, &nonce), None, "another login's secret");
        let (rest, digest) = nonce.rsplit_once('.').unwrap();
        for forged in [
            String::new(),
            "state".to_owned(),
            "..".to_owned(),
            "state..".to_owned(),
            format!("{rest}x.{digest}"),
            format!("{rest}.{digest}x"),
            format!("{rest}."),
            nonce.replacen("state", "stat", 1),
        ] {
            assert_eq!(holds(&login, &forged), None, "{forged}");
        }
    }
}
