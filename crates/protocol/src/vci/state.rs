//! The states of an issuance, by value: `Offered` → `Redeemed` → `Issued`, and `Revoked` from anywhere.
//!
//! What a step demands is the token endpoint's (OpenID4VCI draft 11 §6, RFC 6749 §5.2) and the credential endpoint's
//! (OpenID4VCI draft 11 §7, DOME document §3.3.3.7): a code is good once and for a short time, the PIN is demanded exactly
//! where the offer said so, and a credential belongs to the key that was proven.
//!
//! A step takes a state and gives the next. The store makes each step one transaction, so that of many parallel
//! steps one wins.
use super::token::Pin;
use crate::Secret;
use jiff::Timestamp;
use procura_crypto::{Rng, constant_time_eq, digest::sha256};
use procura_did::Did;

/// Wrong PINs that lock a code.
pub const MAX_PIN_ATTEMPTS: u32 = 5;

/// What is kept to check a PIN: a salted hash. A PIN has few values, so the salt must be sealed at rest: then the
/// hash alone, out of a stolen database, can be tried against nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct PinVerifier {
    salt: [u8; 32],
    hash: [u8; 32],
}
impl core::fmt::Debug for PinVerifier {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("PinVerifier(..)")
    }
}
impl PinVerifier {
    /// For a PIN, with a fresh salt.
    #[must_use]
    pub fn new(rng: &mut dyn Rng, pin: &Pin) -> Self {
        let mut salt = [0; 32];
        rng.fill(&mut salt);
        Self {
            salt,
            hash: Self::digest(&salt, pin),
        }
    }
    /// From what was stored.
    #[must_use]
    pub fn from_parts(salt: [u8; 32], hash: [u8; 32]) -> Self {
        Self { salt, hash }
    }
    /// The salt: to be sealed.
    #[must_use]
    pub fn salt(&self) -> &[u8; 32] {
        &self.salt
    }
    /// The hash.
    #[must_use]
    pub fn hash(&self) -> &[u8; 32] {
        &self.hash
    }
    fn digest(salt: &[u8; 32], pin: &Pin) -> [u8; 32] {
        let mut input = zeroize::Zeroizing::new(salt.to_vec());
        input.extend_from_slice(pin.expose().as_bytes());
        sha256(&input)
    }
    fn accepts(&self, pin: &Pin) -> bool {
        constant_time_eq(&Self::digest(&self.salt, pin), &self.hash)
    }
}

/// Offered: waits for its code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// The PIN, when one is required.
    pub pin: Option<PinVerifier>,
    /// Wrong PINs so far.
    pub attempts: u32,
    /// End of the code's life.
    pub expires_at: Timestamp,
}
/// Redeemed: waits for the proof of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redeemed {
    /// When.
    pub at: Timestamp,
}
/// Issued: a credential exists for one holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// To whom: SHA-256 of the holder's DID, for the issuer need not know it any more.
    pub holder_hash: [u8; 32],
    /// When.
    pub at: Timestamp,
}
/// Revoked, before or after the credential was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// When.
    pub at: Timestamp,
}

/// Why no token was given: for the log. Outside every one is the same answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GrantRefusal {
    /// No such code.
    #[error("unknown code")]
    Unknown,
    /// Redeemed before.
    #[error("code was used")]
    Used,
    /// Expired.
    #[error("code has expired")]
    Expired,
    /// Five wrong PINs.
    #[error("code is locked")]
    Locked,
    /// Revoked by the operator.
    #[error("issuance was revoked")]
    Revoked,
    /// No PIN though one is required.
    #[error("PIN is missing")]
    PinMissing,
    /// A PIN though none is required.
    #[error("PIN is not expected")]
    PinUnexpected,
    /// A wrong PIN.
    #[error("PIN is wrong")]
    PinWrong,
}
/// What came of a token request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Redemption {
    /// The token may be given.
    Redeemed(Redeemed),
    /// Refused; `Offered` is to be saved, for it counts.
    Refused(Offered, GrantRefusal),
}
impl Offered {
    /// Redeems the code. A wrong PIN counts; the fifth one locks.
    pub fn redeem(mut self, pin: Option<&Pin>, now: Timestamp) -> Redemption {
        let refusal = match (&self.pin, pin) {
            _ if now >= self.expires_at => GrantRefusal::Expired,
            _ if self.attempts >= MAX_PIN_ATTEMPTS => GrantRefusal::Locked,
            (None, None) => return Redemption::Redeemed(Redeemed { at: now }),
            (None, Some(_)) => GrantRefusal::PinUnexpected,
            (Some(_), None) => GrantRefusal::PinMissing,
            (Some(verifier), Some(pin)) if verifier.accepts(pin) => {
                return Redemption::Redeemed(Redeemed { at: now });
            }
            (Some(_), Some(_)) => {
                self.attempts = self.attempts.saturating_add(1);
                GrantRefusal::PinWrong
            }
        };
        Redemption::Refused(self, refusal)
    }
    /// Revokes before anything was issued.
    #[must_use]
    pub fn revoke(self, now: Timestamp) -> Revoked {
        Revoked { at: now }
    }
}
impl Redeemed {
    /// Issues to the holder of a proven key.
    #[must_use]
    pub fn issue(self, holder: &Did, now: Timestamp) -> Issued {
        Issued {
            holder_hash: sha256(holder.as_str().as_bytes()),
            at: now,
        }
    }
    /// Revokes before anything was issued.
    #[must_use]
    pub fn revoke(self, now: Timestamp) -> Revoked {
        Revoked { at: now }
    }
}
/// Why no credential is given: for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialRefusal {
    /// The credential was issued for another key.
    #[error("the credential was issued for another key")]
    OtherKey,
}
impl Issued {
    /// The same credential once more, for the same key: an answer that was lost must not strand its holder.
    pub fn again(&self, holder: &Did) -> Result<(), CredentialRefusal> {
        if constant_time_eq(&self.holder_hash, &sha256(holder.as_str().as_bytes())) {
            Ok(())
        } else {
            Err(CredentialRefusal::OtherKey)
        }
    }
    /// Revokes.
    #[must_use]
    pub fn revoke(self, now: Timestamp) -> Revoked {
        Revoked { at: now }
    }
}

impl Pin {
    /// Draws a PIN of `digits` digits (1 to 8), each equally likely; `None` for other lengths.
    #[must_use]
    pub fn draw(rng: &mut dyn Rng, digits: usize) -> Option<Self> {
        if digits == 0 || digits > Self::LONGEST {
            return None;
        }
        let text = Secret::new(procura_crypto::random::digits(rng, digits));
        Self::parse(text.expose()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counter(u8);
    impl Rng for Counter {
        fn fill(&mut self, out: &mut [u8]) {
            for byte in out {
                self.0 = self.0.wrapping_add(1);
                *byte = self.0;
            }
        }
    }
    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }
    fn pin(text: &str) -> Pin {
        Pin::parse(text).unwrap()
    }
    fn offered() -> Offered {
        Offered {
            pin: Some(PinVerifier::new(&mut Counter(0), &pin("493536"))),
            attempts: 0,
            expires_at: at(1000),
        }
    }
    fn refusal(redemption: Redemption) -> (Offered, GrantRefusal) {
        match redemption {
            Redemption::Refused(offered, refusal) => (offered, refusal),
            Redemption::Redeemed(_) => panic!("redeemed"),
        }
    }

    #[test]
    fn the_right_pin_in_time_redeems() {
        assert_eq!(
            offered().redeem(Some(&pin("493536")), at(999)),
            Redemption::Redeemed(Redeemed { at: at(999) })
        );
    }

    #[test]
    fn the_code_ends_at_its_expiry() {
        assert_eq!(
            refusal(offered().redeem(Some(&pin("493536")), at(1000))).1,
            GrantRefusal::Expired
        );
    }

    #[test]
    fn five_wrong_pins_lock_even_against_the_right_one() {
        let mut state = offered();
        for _ in 0..MAX_PIN_ATTEMPTS {
            let (next, reason) = refusal(state.redeem(Some(&pin("493537")), at(0)));
            assert_eq!(reason, GrantRefusal::PinWrong);
            state = next;
        }
        assert_eq!(
            refusal(state.redeem(Some(&pin("493536")), at(0))).1,
            GrantRefusal::Locked
        );
    }

    #[test]
    fn a_missing_or_unexpected_pin_is_refused_and_not_counted() {
        let (next, reason) = refusal(offered().redeem(None, at(0)));
        assert_eq!((next.attempts, reason), (0, GrantRefusal::PinMissing));
        let without = Offered {
            pin: None,
            ..offered()
        };
        let (next, reason) = refusal(without.redeem(Some(&pin("1")), at(0)));
        assert_eq!((next.attempts, reason), (0, GrantRefusal::PinUnexpected));
    }

    #[test]
    fn an_issued_credential_is_given_again_to_its_own_holder_only() {
        let did = |text: &str| Did::parse(text).unwrap();
        let issued = Redeemed { at: at(1) }.issue(&did("did:key:zDnaeA"), at(2));
        assert_eq!(issued.again(&did("did:key:zDnaeA")), Ok(()));
        assert_eq!(
            issued.again(&did("did:key:zDnaeB")),
            Err(CredentialRefusal::OtherKey)
        );
    }

    #[test]
    fn a_leading_zero_is_part_of_the_pin() {
        let state = Offered {
            pin: Some(PinVerifier::new(&mut Counter(0), &pin("0123"))),
            ..offered()
        };
        assert_eq!(
            refusal(state.clone().redeem(Some(&pin("123")), at(0))).1,
            GrantRefusal::PinWrong
        );
        assert!(matches!(
            state.redeem(Some(&pin("0123")), at(0)),
            Redemption::Redeemed(_)
        ));
    }

    #[test]
    fn drawn_pins_have_the_length_asked_for() {
        for digits in 1..=8 {
            assert_eq!(Pin::draw(&mut Counter(7), digits).unwrap().expose().len(), digits);
        }
        assert_eq!(Pin::draw(&mut Counter(7), 0), None);
        assert_eq!(Pin::draw(&mut Counter(7), 9), None);
    }
}
