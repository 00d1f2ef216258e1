//! The states of a login, by value: a step consumes a state and gives the next one.
//!
//! ```text
//! Started ──request──► Requested ──accept──► Presented(accepted) ──notified──► Notified
//!                       │   ▲ │                                 └─undelivered─► Undelivered
//!                       │   ▲ └──decline───► Presented(declined)
//!                       └───┘ refuse, up to five times, then ► Presented(refused)
//! ```
//! `request` hands the Authorization Request out (DOME document §3.3.4.3, OpenID4VP §5), `accept`, `refuse` and `decline`
//! take the answer to it (§3.3.4.5, OpenID4VP §6), and `notified` tells the relying party (§3.3.4.6).
//!
//! Every step is refused once the transaction's life is over. The last, `notified` or `undelivered`, is none of ours: who
//! delivers writes it down whenever it happens, so that a relying party that was down still hears of the login.

use super::request_object;
use jiff::{SignedDuration, Timestamp};

/// Seconds that a transaction lives.
pub const TRANSACTION_SECONDS: i64 = 300;
/// Refused answers after which a transaction is over.
pub const MAXIMUM_REFUSALS: u8 = 5;

/// What is fixed when a login begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The relying party, by its name in the verifier's configuration.
    pub client: String,
    /// The relying party's own name of the login session, in the QR.
    pub state: String,
    /// Never leaves but in the sealed request.
    pub nonce: String,
    /// What is asked for.
    pub scope: String,
    /// When the login began.
    pub started_at: Timestamp,
    /// When it is over.
    pub expires_at: Timestamp,
}

impl Terms {
    /// Terms of a login that begins at `now` and lives for `seconds`, at most [`TRANSACTION_SECONDS`].
    #[must_use]
    pub fn new(client: &str, state: &str, nonce: &str, scope: &str, now: Timestamp, seconds: i64) -> Self {
        let life = SignedDuration::from_secs(seconds.clamp(1, TRANSACTION_SECONDS));
        Self {
            client: client.to_owned(),
            state: state.to_owned(),
            nonce: nonce.to_owned(),
            scope: scope.to_owned(),
            started_at: now,
            expires_at: now.checked_add(life).unwrap_or(Timestamp::MAX),
        }
    }

    fn alive(&self, now: Timestamp) -> Result<(), StepError> {
        if now < self.expires_at {
            Ok(())
        } else {
            Err(StepError::Expired)
        }
    }
}

/// Why a step is not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// The transaction's life is over.
    #[error("the login has expired")]
    Expired,
    /// The request that was handed out can no longer be accepted, and no second one is made.
    #[error("the request has expired")]
    RequestExpired,
    /// The transaction is not in a state from which this step leads on.
    #[error("the login is not waiting for this")]
    OutOfOrder,
}

/// A login page was shown; nobody has fetched the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started(pub Terms);

/// The request was handed out; waits for an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requested {
    /// The terms.
    pub terms: Terms,
    /// When the request was first handed out: its `iat`.
    pub requested_at: Timestamp,
    /// Answers refused so far.
    pub refusals: u8,
}

/// How a login ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// A presentation was proven.
    Accepted,
    /// Too many answers were refused.
    Refused,
    /// The wallet declined.
    Declined,
}

/// The login has ended; when accepted, waits for the relying party to hear of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presented {
    /// The terms.
    pub terms: Terms,
    /// How.
    pub outcome: Outcome,
    /// When.
    pub at: Timestamp,
}

/// The relying party has confirmed that it heard of an accepted login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notified {
    /// The terms.
    pub terms: Terms,
    /// When.
    pub at: Timestamp,
}

/// Telling the relying party of an accepted login was given up: nobody is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undelivered {
    /// The terms.
    pub terms: Terms,
    /// When.
    pub at: Timestamp,
}

/// Any state: what a repository loads.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Transaction {
    /// See [`Started`].
    Started(Started),
    /// See [`Requested`].
    Requested(Requested),
    /// See [`Presented`].
    Presented(Presented),
    /// See [`Notified`].
    Notified(Notified),
    /// See [`Undelivered`].
    Undelivered(Undelivered),
}

/// What follows a refused answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterRefusal {
    /// Another answer may come.
    Open(Requested),
    /// That was the last.
    Closed(Presented),
}

impl Started {
    /// The request is handed out for the first time.
    ///
    /// # Errors
    /// [`StepError::Expired`].
    pub fn request(self, now: Timestamp) -> Result<Requested, StepError> {
        self.0.alive(now)?;
        Ok(Requested {
            terms: self.0,
            requested_at: now,
            refusals: 0,
        })
    }
}

impl Requested {
    /// The same request is handed out again: same parameters, same times.
    ///
    /// # Errors
    /// [`StepError::RequestExpired`] once it can no longer be accepted, [`StepError::Expired`].
    pub fn request_again(self, now: Timestamp) -> Result<Self, StepError> {
        self.terms.alive(now)?;
        if now < request_object::expiry(self.requested_at) {
            Ok(self)
        } else {
            Err(StepError::RequestExpired)
        }
    }

    /// A presentation was proven.
    ///
    /// # Errors
    /// [`StepError::Expired`].
    pub fn accept(self, now: Timestamp) -> Result<Presented, StepError> {
        self.end(Outcome::Accepted, now)
    }

    /// The wallet declined.
    ///
    /// # Errors
    /// [`StepError::Expired`].
    pub fn decline(self, now: Timestamp) -> Result<Presented, StepError> {
        self.end(Outcome::Declined, now)
    }

    /// An answer was refused. The holder may try again with another credential, a few times.
    ///
    /// # Errors
    /// [`StepError::Expired`].
    pub fn refuse(self, now: Timestamp) -> Result<AfterRefusal, StepError> {
        self.terms.alive(now)?;
        let refusals = self.refusals.saturating_add(1);
        if refusals < MAXIMUM_REFUSALS {
            Ok(AfterRefusal::Open(Self { refusals, ..self }))
        } else {
            self.end(Outcome::Refused, now).map(AfterRefusal::Closed)
        }
    }

    fn end(self, outcome: Outcome, at: Timestamp) -> Result<Presented, StepError> {
        self.terms.alive(at)?;
        Ok(Presented {
            terms: self.terms,
            outcome,
            at,
        })
    }
}

impl Transaction {
    /// The terms.
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        match self {
            Self::Started(Started(terms))
            | Self::Requested(Requested { terms, .. })
            | Self::Presented(Presented { terms, .. })
            | Self::Notified(Notified { terms, .. })
            | Self::Undelivered(Undelivered { terms, .. }) => terms,
        }
    }

    /// Hands the request out, for the first time or again.
    ///
    /// # Errors
    /// [`StepError`]; [`StepError::OutOfOrder`] after the login has ended.
    pub fn request(self, now: Timestamp) -> Result<Requested, StepError> {
        match self {
            Self::Started(started) => started.request(now),
            Self::Requested(requested) => requested.request_again(now),
            Self::Presented(_) | Self::Notified(_) | Self::Undelivered(_) => Err(StepError::OutOfOrder),
        }
    }

    /// The state that waits for an answer.
    ///
    /// # Errors
    /// [`StepError::OutOfOrder`] before a request was handed out and after the login has ended,
    /// [`StepError::Expired`].
    pub fn awaiting_answer(self, now: Timestamp) -> Result<Requested, StepError> {
        self.terms().alive(now)?;
        match self {
            Self::Requested(requested) => Ok(requested),
            _ => Err(StepError::OutOfOrder),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        AfterRefusal, MAXIMUM_REFUSALS, Notified, Outcome, Requested, Started, StepError,
        TRANSACTION_SECONDS, Terms, Transaction, Undelivered,
    };
    use jiff::{SignedDuration, Timestamp};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    fn started() -> Started {
        Started(Terms::new(
            "portal",
            "state",
            "nonce",
            "scope",
            at(0),
            TRANSACTION_SECONDS,
        ))
    }

    fn requested() -> Requested {
        started().request(at(0)).expect("alive")
    }

    #[test]
    fn the_whole_way() {
        let presented = requested().accept(at(10)).expect("alive");
        assert_eq!(presented.outcome, Outcome::Accepted);
        assert_eq!(presented.at, at(10));
    }

    #[test]
    fn a_request_is_handed_out_again_within_sixty_seconds_with_the_same_times() {
        let first = started().request(at(100)).expect("alive");
        let again = Transaction::Requested(first.clone())
            .request(at(159))
            .expect("alive");
        assert_eq!(again, first);
        assert_eq!(
            Transaction::Requested(first).request(at(160)),
            Err(StepError::RequestExpired)
        );
    }

    #[test]
    fn nothing_happens_after_three_hundred_seconds() {
        assert_eq!(started().request(at(300)), Err(StepError::Expired));
        assert!(requested().accept(at(299)).is_ok());
        assert_eq!(requested().accept(at(300)), Err(StepError::Expired));
        assert_eq!(requested().decline(at(300)), Err(StepError::Expired));
        assert_eq!(requested().refuse(at(300)), Err(StepError::Expired));
        assert_eq!(
            Transaction::Requested(requested()).awaiting_answer(at(300)),
            Err(StepError::Expired)
        );
        let longest = Terms::new("portal", "state", "nonce", "scope", at(0), 100_000);
        assert_eq!(longest.expires_at, at(300));
    }

    #[test]
    fn a_login_is_over_after_the_fifth_refused_answer() {
        let mut state = requested();
        for _ in 1..MAXIMUM_REFUSALS {
            let AfterRefusal::Open(next) = state.refuse(at(10)).expect("alive") else {
                panic!("still open")
            };
            state = next;
        }
        let AfterRefusal::Closed(closed) = state.refuse(at(10)).expect("alive") else {
            panic!("over")
        };
        assert_eq!(closed.outcome, Outcome::Refused);
    }

    #[test]
    fn an_answer_is_awaited_only_between_request_and_end() {
        let wait = |transaction: Transaction| transaction.awaiting_answer(at(20));
        assert_eq!(wait(Transaction::Started(started())), Err(StepError::OutOfOrder));
        assert!(wait(Transaction::Requested(requested())).is_ok());
        let presented = requested().accept(at(10)).expect("alive");
        assert_eq!(
            wait(Transaction::Presented(presented.clone())),
            Err(StepError::OutOfOrder)
        );
        assert_eq!(
            Transaction::Presented(presented.clone()).request(at(20)),
            Err(StepError::OutOfOrder)
        );
        let terms = presented.terms;
        let undelivered = Undelivered {
            terms: terms.clone(),
            at: at(15),
        };
        assert_eq!(
            wait(Transaction::Undelivered(undelivered)),
            Err(StepError::OutOfOrder)
        );
        let notified = Notified { terms, at: at(15) };
        assert_eq!(wait(Transaction::Notified(notified)), Err(StepError::OutOfOrder));
        let declined = requested().decline(at(10)).expect("alive");
        assert_eq!(wait(Transaction::Presented(declined)), Err(StepError::OutOfOrder));
    }
}
