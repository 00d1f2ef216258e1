//! The verifier's published keys: metadata → `jwks_uri` → keys, through the guarded client, kept for a while.
//!
//! Keys are kept for as long as the verifier's `Cache-Control: max-age` says (RFC 9111 §5.2.2.1), but never longer than
//! an hour nor shorter than half a minute, and for five minutes where it says nothing: a key that the verifier withdrew
//! is refused by then at the latest. Keys that are too old are never used, even where newer ones cannot be fetched.
use jiff::{SignedDuration, Timestamp};
use procura_jose::{JwkSet, json::Limits};
use procura_service::{Clock, GuardedClient, Purpose};
use std::sync::Arc;
use tokio::sync::Mutex;
use url::Url;

/// How long keys are kept where the verifier does not say.
const DEFAULT_AGE: SignedDuration = SignedDuration::from_mins(5);
/// The shortest time: a verifier that wants nothing kept is not asked at every login.
const LEAST_AGE: SignedDuration = SignedDuration::from_secs(30);
/// The longest time that a withdrawn key may go on being trusted.
const GREATEST_AGE: SignedDuration = SignedDuration::from_hours(1);
/// How often a `kid` that is not among the keys may cause a look at fresh ones.
const LOOK_INTERVAL: SignedDuration = SignedDuration::from_secs(30);

/// Why the keys are not at hand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Another unknown `kid` caused a look a short time ago.
    #[error("the verifier's keys were fetched anew a short time ago")]
    LookedBefore,
    /// The verifier did not answer.
    #[error("the verifier's keys cannot be fetched: {0}")]
    Unavailable(String),
    /// The verifier answered something else.
    #[error("the verifier's {document}: {reason}")]
    Content {
        /// Metadata or key set.
        document: &'static str,
        /// What is wrong.
        reason: String,
    },
}
/// The keys of one verifier. Clones share what was fetched.
#[derive(Clone, Debug)]
pub struct VerifierKeys {
    client: GuardedClient,
    verifier: Url,
    state: Arc<Mutex<State>>,
}
#[derive(Debug, Default)]
struct State {
    kept: Option<Kept>,
    /// When an unknown `kid` last caused a look.
    looked_at: Option<Timestamp>,
}
#[derive(Debug)]
struct Kept {
    keys: Arc<JwkSet>,
    fetched_at: Timestamp,
    age: SignedDuration,
}
impl Kept {
    /// Neither too old nor, by a clock that was set back, from the future.
    fn serves(&self, now: Timestamp) -> bool {
        within(self.fetched_at, self.age, now)
    }
}
/// Whether `now` is less than `age` after `from`.
fn within(from: Timestamp, age: SignedDuration, now: Timestamp) -> bool {
    let passed = now.duration_since(from);
    !passed.is_negative() && passed < age
}
/// How long an answer with this `Cache-Control` is kept.
fn age(cache_control: Option<&str>) -> SignedDuration {
    let directives = || cache_control.unwrap_or_default().split(',').map(str::trim);
    let named = |name: &str| directives().any(|directive| directive.eq_ignore_ascii_case(name));
    if named("no-store") || named("no-cache") {
        return LEAST_AGE;
    }
    let seconds = directives().find_map(|directive| {
        let (name, value) = directive.split_once('=')?;
        let value = value.trim().trim_matches('"');
        let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        // A number too large for us is a long time all the same (RFC 9111 §1.2.2).
        (name.trim().eq_ignore_ascii_case("max-age") && digits)
            .then(|| value.parse::<i64>().unwrap_or(i64::MAX))
    });
    seconds.map_or(DEFAULT_AGE, |seconds| {
        SignedDuration::from_secs(seconds).clamp(LEAST_AGE, GREATEST_AGE)
    })
}
impl VerifierKeys {
    /// Keys of the verifier at `verifier`, fetched when first needed.
    pub fn new(client: GuardedClient, verifier: Url) -> Self {
        Self {
            client,
            verifier,
            state: Arc::default(),
        }
    }
    /// The keys: those that were fetched last, unless they are too old by `clock`.
    ///
    /// # Errors
    /// There are none that are young enough, and new ones cannot be fetched.
    pub async fn current(&self, clock: &dyn Clock) -> Result<Arc<JwkSet>, KeyError> {
        // The lock is held while fetching: of many logins at once, one fetches and the others wait for it.
        let mut state = self.state.lock().await;
        // Only now: to who waited, keys that were fetched meanwhile would otherwise come from the future.
        let now = clock.now();
        match &state.kept {
            Some(kept) if kept.serves(now) => Ok(Arc::clone(&kept.keys)),
            _ => self.fetch_into(&mut state, now).await,
        }
    }
    /// The keys when a token names one that is not among those `known`: the verifier may have begun to use another.
    /// At most one look in half a minute.
    ///
    /// # Errors
    /// New ones cannot be fetched, or somebody looked too short a time ago: whether the key exists is not known, which is
    /// no reason to refuse the token for good.
    pub async fn newer_than(&self, known: &Arc<JwkSet>, clock: &dyn Clock) -> Result<Arc<JwkSet>, KeyError> {
        let mut state = self.state.lock().await;
        let now = clock.now();
        match &state.kept {
            Some(kept) if !Arc::ptr_eq(&kept.keys, known) && kept.serves(now) => {
                return Ok(Arc::clone(&kept.keys));
            }
            _ => {}
        }
        if state.looked_at.is_some_and(|at| within(at, LOOK_INTERVAL, now)) {
            return Err(KeyError::LookedBefore);
        }
        state.looked_at = Some(now);
        self.fetch_into(&mut state, now).await
    }
    async fn fetch_into(&self, state: &mut State, now: Timestamp) -> Result<Arc<JwkSet>, KeyError> {
        let (keys, age) = self.fetch().await?;
        let keys = Arc::new(keys);
        state.kept = Some(Kept {
            keys: Arc::clone(&keys),
            fetched_at: now,
            age,
        });
        Ok(keys)
    }
    async fn fetch(&self) -> Result<(JwkSet, SignedDuration), KeyError> {
        let base = self.verifier.as_str().trim_end_matches('/');
        let (metadata, _) = self
            .object(
                "metadata",
                &format!("{base}/.well-known/oauth-authorization-server"),
            )
            .await?;
        let text = |name: &str| metadata.get(name).and_then(serde_json::Value::as_str);
        if text("issuer").map(|issuer| issuer.trim_end_matches('/')) != Some(base) {
            return Err(KeyError::Content {
                document: "metadata",
                reason: "issuer is another".to_owned(),
            });
        }
        let jwks_uri = text("jwks_uri").ok_or(KeyError::Content {
            document: "metadata",
            reason: "jwks_uri is missing".to_owned(),
        })?;
        let (keys, cache_control) = self.object("keys", jwks_uri).await?;
        let keys = JwkSet::from_json(&keys).map_err(|error| KeyError::Content {
            document: "keys",
            reason: error.to_string(),
        })?;
        Ok((keys, age(cache_control.as_deref())))
    }
    /// A JSON object, and how long it may be kept.
    async fn object(
        &self,
        document: &'static str,
        url: &str,
    ) -> Result<(serde_json::Map<String, serde_json::Value>, Option<String>), KeyError> {
        let content = |reason: String| KeyError::Content { document, reason };
        let url = Url::parse(url).map_err(|error| content(error.to_string()))?;
        let answer = self
            .client
            .get(Purpose::Protocol, &url, None, None)
            .await
            .map_err(|error| KeyError::Unavailable(error.to_string()))?;
        if answer.status != 200 {
            return Err(KeyError::Unavailable(format!("{url}: status {}", answer.status)));
        }
        let object = procura_jose::json::parse_object(&answer.body, Limits::default())
            .map_err(|error| content(error.to_string()))?;
        Ok((object, answer.cache_control))
    }
}

#[cfg(test)]
mod tests {
    use super::{DEFAULT_AGE, GREATEST_AGE, Kept, LEAST_AGE, VerifierKeys, age, within};
    use jiff::{SignedDuration, Timestamp};
    use procura_jose::JwkSet;
    use procura_service::{GuardedClient, guarded::GuardedConfig};
    use procura_testkit::FixedClock;
    use std::{
        pin::pin,
        sync::Arc,
        task::{Context, Waker},
    };

    #[test]
    fn keys_are_kept_as_long_as_the_verifier_says_within_bounds() {
        let cases = [
            (None, DEFAULT_AGE),
            (Some(""), DEFAULT_AGE),
            (Some("public"), DEFAULT_AGE),
            (Some("max-age=-5"), DEFAULT_AGE),
            (Some("s-maxage=60"), DEFAULT_AGE),
            (Some("public, Max-Age=120"), SignedDuration::from_secs(120)),
            (Some("max-age=\"120\""), SignedDuration::from_secs(120)),
            (Some("max-age=0"), LEAST_AGE),
            (Some("no-store"), LEAST_AGE),
            (Some("max-age=600, no-cache"), LEAST_AGE),
            (Some("max-age=31536000"), GREATEST_AGE),
            (Some("max-age=99999999999999999999"), GREATEST_AGE),
        ];
        for (cache_control, expected) in cases {
            assert_eq!(age(cache_control), expected, "{cache_control:?}");
        }
    }
    /// Nobody answers there.
    fn unreachable() -> VerifierKeys {
        let client = GuardedClient::new(GuardedConfig::default()).unwrap();
        VerifierKeys::new(client, "https://verifier.invalid/".parse().unwrap())
    }
    #[tokio::test]
    async fn who_waited_while_another_fetched_takes_what_was_fetched() {
        let (keys, clock) = (unreachable(), FixedClock::at(Timestamp::UNIX_EPOCH));
        let stale = Arc::new(JwkSet::default());
        let mut fetching = keys.state.lock().await;
        let mut current = pin!(keys.current(&clock));
        let mut newer = pin!(keys.newer_than(&stale, &clock));
        let mut nobody = Context::from_waker(Waker::noop());
        assert!(current.as_mut().poll(&mut nobody).is_pending(), "waits");
        assert!(newer.as_mut().poll(&mut nobody).is_pending(), "waits");
        clock.advance(1);
        let fetched = Arc::new(JwkSet::default());
        fetching.kept = Some(Kept {
            keys: Arc::clone(&fetched),
            fetched_at: Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1),
            age: LEAST_AGE,
        });
        drop(fetching);
        assert!(Arc::ptr_eq(&current.await.unwrap(), &fetched));
        assert!(Arc::ptr_eq(&newer.await.unwrap(), &fetched));
    }
    #[test]
    fn a_clock_that_was_set_back_makes_nothing_younger() {
        let from = Timestamp::UNIX_EPOCH;
        let second = SignedDuration::from_secs(1);
        assert!(within(from, second, from));
        assert!(!within(from, second, from + second));
        assert!(!within(from + second, second, from));
    }
}
