//! Time-stamps from authorities over HTTP (RFC 3161), with fail-over.
//!
//! Authorities are asked in the order of the configuration. What one answers is used only when
//! [`tsp`](procura_ades::tsp) accepts it as the answer to the question, its time is that of the asking, and, where
//! anchors are given, its signer's certificate leads to one of them; otherwise the next is asked. When none is left, or
//! the time is up, the error names what each one did.
//!
//! ```toml
//! deadline_seconds = 30
//! [[authorities]]
//! url = "http://tsa.example/tsr"
//! policy = "0.4.0.2023.1.1"
//! time_limit_seconds = 5
//! [[authorities]]
//! url = "https://other.example/tsa"
//! ```
use crate::http::{Http, HttpError, HttpRequest, shown};
use core::{fmt, time::Duration};
use jiff::{SignedDuration, Timestamp};
use procura_ades::{
    Token,
    tsp::{QUERY, REPLY, Request, RequestError, Response, TspError},
};
use procura_crypto::{Digest, Rng};
use procura_pki::{Anchor, PathError, PathOptions, path};
use std::sync::Arc;
use tokio::time::Instant;
use url::Url;

/// Authorities that one client may have.
const MAX_AUTHORITIES: usize = 8;
/// A token with certificates and revocation data, and its frame.
const MAX_RESPONSE: usize = 260 * 1024;

/// Which authorities are asked, and how long is waited.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Authorities in the order in which they are asked, 1 to 8.
    pub authorities: Vec<Authority>,
    /// After this no authority is waited for any longer.
    #[serde(default = "default_deadline", rename = "deadline_seconds", with = "seconds")]
    pub deadline: Duration,
    /// By how much an authority's clock and ours may differ.
    #[serde(default = "default_tolerance", rename = "tolerance_seconds", with = "seconds")]
    pub tolerance: Duration,
}

/// A time-stamping authority.
#[derive(Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authority {
    /// Where it is asked by POST. Plain http will do: tokens are signed.
    pub url: Url,
    /// The policy that its tokens must be issued under, as a dotted OID; absent: any.
    pub policy: Option<String>,
    /// Time for its answer.
    #[serde(
        default = "default_time_limit",
        rename = "time_limit_seconds",
        with = "seconds"
    )]
    pub time_limit: Duration,
}

fn default_deadline() -> Duration {
    Duration::from_secs(30)
}
fn default_tolerance() -> Duration {
    Duration::from_mins(2)
}
fn default_time_limit() -> Duration {
    Duration::from_secs(10)
}

/// Whole seconds, from 1 to an hour.
mod seconds {
    use core::time::Duration;
    use serde::{Deserialize as _, Deserializer, de::Error as _};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        match u64::deserialize(deserializer)? {
            seconds @ 1..=3600 => Ok(Duration::from_secs(seconds)),
            other => Err(D::Error::custom(format!("{other} is not from 1 to 3600 seconds"))),
        }
    }
}

impl Config {
    /// These authorities in this order, thirty seconds for all of them, and two minutes of tolerance.
    pub fn of(authorities: Vec<Authority>) -> Self {
        Self {
            authorities,
            deadline: default_deadline(),
            tolerance: default_tolerance(),
        }
    }
}

/// Shows neither user nor query of its address.
impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority")
            .field("url", &shown(&self.url))
            .field("policy", &self.policy)
            .field("time_limit", &self.time_limit)
            .finish()
    }
}

impl Authority {
    /// One at this address, under any policy, with ten seconds to answer.
    pub fn at(url: Url) -> Self {
        Self {
            url,
            policy: None,
            time_limit: default_time_limit(),
        }
    }
}

/// Asks authorities for time-stamps.
#[derive(Clone)]
pub struct TimeStamper {
    http: Arc<dyn Http>,
    config: Config,
    anchors: Option<Vec<Anchor>>,
}

impl fmt::Debug for TimeStamper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TimeStamper")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// A time-stamp and where it is from.
#[derive(Clone, Debug)]
pub struct TimeStamp {
    /// The token, accepted as the answer to our question.
    pub token: Token,
    /// Who issued it, by the address that was asked, without its query.
    pub authority: String,
    /// Who was asked before, and what came of it.
    pub failed: Vec<Failed>,
}

/// What came of asking an authority.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{authority}: {reason}")]
pub struct Failed {
    /// The address, without its query.
    pub authority: String,
    /// Why its answer was not used.
    pub reason: FailedReason,
}

/// Why an authority's answer was not used.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FailedReason {
    /// There is no answer.
    #[error("{0}")]
    Http(#[from] HttpError),
    /// An answer of HTTP that is no success.
    #[error("answers with status {0}")]
    Status(u16),
    /// No answer within the authority's time limit.
    #[error("no answer within {0:?}")]
    TimeLimit(Duration),
    /// The deadline for all of them came first, while it was asked or before it was.
    #[error("the deadline for all authorities came first")]
    Deadline,
    /// It cannot be asked like this: its policy is no object identifier.
    #[error("cannot be asked: {0}")]
    Request(#[from] RequestError),
    /// The answer is a refusal, or not the answer to the question.
    #[error("{0}")]
    Tsp(#[from] TspError),
    /// The signer's certificate leads to no anchor for time-stamps.
    #[error("the signer of the time-stamp is not trusted: {0}")]
    Untrusted(PathError),
}

/// There is no time-stamp.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TimeStampingError {
    /// No authority is configured, or too many are.
    #[error("{count} time-stamping authorities are configured; from 1 to 8 are needed")]
    Count {
        /// How many.
        count: usize,
    },
    /// What is to be time-stamped is no digest of this kind.
    #[error("there is nothing to time-stamp: {0}")]
    Imprint(RequestError),
    /// Every authority was asked, or the deadline came first.
    #[error("no authority gave a time-stamp that can be used: {}", each(.0))]
    Exhausted(Vec<Failed>),
}

impl TimeStamper {
    /// Asks these authorities by this transport.
    ///
    /// # Errors
    /// [`TimeStampingError::Count`].
    pub fn new(http: Arc<dyn Http>, config: Config) -> Result<Self, TimeStampingError> {
        let count = config.authorities.len();
        if !(1..=MAX_AUTHORITIES).contains(&count) {
            return Err(TimeStampingError::Count { count });
        }
        Ok(Self {
            http,
            config,
            anchors: None,
        })
    }

    /// The same, which passes over tokens whose signer leads to none of these anchors at the token's time. They must be
    /// anchors for time-stamps: those for seals do not serve here.
    #[must_use]
    pub fn trusting(self, anchors: Vec<Anchor>) -> Self {
        Self {
            anchors: Some(anchors),
            ..self
        }
    }

    /// A time-stamp over a digest. `now` is the time of the call.
    ///
    /// # Errors
    /// [`TimeStampingError::Imprint`], or [`TimeStampingError::Exhausted`] with what came of each authority.
    pub fn stamp<'a>(
        &'a self,
        digest: Digest,
        value: &[u8],
        now: Timestamp,
        rng: &mut dyn Rng,
    ) -> impl Future<Output = Result<TimeStamp, TimeStampingError>> + Send + use<'a> {
        // A question of its own for each: what one authority has seen cannot be replayed by another. Made before the
        // first await, for randomness is borrowed.
        let questions: Vec<Request> = self
            .config
            .authorities
            .iter()
            .map(|authority| {
                let request = Request::new(digest, value.to_vec(), rng);
                Request {
                    policy: authority.policy.clone(),
                    ..request
                }
            })
            .collect();
        let fits = digest.len() == value.len();
        let (expected, actual) = (digest.len(), value.len());
        async move {
            if !fits {
                let imprint = RequestError::Imprint { expected, actual };
                return Err(TimeStampingError::Imprint(imprint));
            }
            self.ask_each(questions, Clock::started(now)).await
        }
    }

    async fn ask_each(&self, questions: Vec<Request>, clock: Clock) -> Result<TimeStamp, TimeStampingError> {
        let mut failed = Vec::new();
        for (authority, question) in self.config.authorities.iter().zip(questions) {
            let left = self.config.deadline.saturating_sub(clock.elapsed());
            let own = authority.time_limit;
            let reason = if left.is_zero() {
                FailedReason::Deadline
            } else {
                match tokio::time::timeout(left.min(own), self.ask(authority, &question, &clock)).await {
                    Ok(Ok(token)) => {
                        return Ok(TimeStamp {
                            token,
                            authority: shown(&authority.url),
                            failed,
                        });
                    }
                    Ok(Err(reason)) => reason,
                    Err(_) if own <= left => FailedReason::TimeLimit(own),
                    Err(_) => FailedReason::Deadline,
                }
            };
            failed.push(Failed {
                authority: shown(&authority.url),
                reason,
            });
        }
        Err(TimeStampingError::Exhausted(failed))
    }

    async fn ask(
        &self,
        authority: &Authority,
        question: &Request,
        clock: &Clock,
    ) -> Result<Token, FailedReason> {
        let request = HttpRequest {
            accepted: &[REPLY],
            max_response: MAX_RESPONSE,
            // Ours comes first, and is the one that is told of.
            time_limit: authority.time_limit.saturating_add(Duration::from_secs(1)),
            ..HttpRequest::new(authority.url.clone(), QUERY, question.to_der()?)
        };
        let asked = clock.now();
        let response = self.http.post(request).await?;
        if !response.is_success() {
            return Err(FailedReason::Status(response.status));
        }
        let token = Response::from_der(&response.body)?.accept(question)?;
        let tolerance = SignedDuration::try_from(self.config.tolerance).unwrap_or(SignedDuration::ZERO);
        token.check_timely(asked, clock.now(), tolerance)?;
        if let Some(anchors) = &self.anchors {
            let signer = token.verify(&[]).map_err(TspError::from)?;
            path::find(
                signer,
                token.certificates(),
                anchors,
                token.time(),
                &PathOptions::default(),
            )
            .map_err(FailedReason::Untrusted)?;
        }
        Ok(token)
    }
}

/// The caller's time, going on.
struct Clock {
    then: Timestamp,
    since: Instant,
}

impl Clock {
    fn started(then: Timestamp) -> Self {
        Self {
            then,
            since: Instant::now(),
        }
    }

    fn elapsed(&self) -> Duration {
        self.since.elapsed()
    }

    fn now(&self) -> Timestamp {
        self.then.saturating_add(self.elapsed()).unwrap_or(self.then)
    }
}

fn each(failed: &[Failed]) -> String {
    let each: Vec<_> = failed.iter().map(ToString::to_string).collect();
    each.join("; ")
}
