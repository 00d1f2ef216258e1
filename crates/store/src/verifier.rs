//! Repositories of the verifier: logins, and the keys that sign its access tokens.
//!
//! A login is one transaction of OpenID for Verifiable Presentations. What ends it is one `UPDATE` that only the first
//! caller wins, so a nonce is used once however many answers arrive together. Durable commits of a login: begin 1,
//! request 1 (fetched again: 0), answer with the login's nonce 1 (accepted, declined and refused alike), answer with a nonce
//! of a repetition 1 if accepted and else 0, notification 2 (lease, complete or burial).
use crate::{
    StoreError, Tx, on,
    time::{from_millis, to_millis},
};
use jiff::Timestamp;

const LOGINS: &str = "transactions";

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

impl Outcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Declined => "declined",
        }
    }

    fn parse(text: &str) -> Result<Self, StoreError> {
        match text {
            "accepted" => Ok(Self::Accepted),
            "refused" => Ok(Self::Refused),
            "declined" => Ok(Self::Declined),
            _ => Err(StoreError::Stored {
                table: LOGINS,
                column: "outcome",
            }),
        }
    }
}

/// A login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// Random, 128 bit.
    pub id: String,
    /// The relying party's name of the session; unique for ever.
    pub state: String,
    /// Unique for ever.
    pub nonce: String,
    /// The relying party, by its name in the configuration.
    pub client: String,
    /// What is asked for.
    pub scope: String,
    /// SHA-256 of the secret of the browser session that began it.
    pub browser: Vec<u8>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it is over.
    pub expires_at: Timestamp,
    /// When the request was first handed out.
    pub requested_at: Option<Timestamp>,
    /// Answers refused so far.
    pub refusals: i64,
    /// How it ended, and when.
    pub ended: Option<(Outcome, Timestamp)>,
    /// Why the last answer was refused: codes, separated by spaces; never personal data.
    pub reasons: Option<String>,
    /// When the relying party confirmed that it heard of it.
    pub notified_at: Option<Timestamp>,
    /// When it was given up to tell the relying party.
    pub undelivered_at: Option<Timestamp>,
}

type Row = (
    String,
    String,
    String,
    String,
    String,
    Vec<u8>,
    i64,
    i64,
    Option<i64>,
    i64,
    Option<String>,
    Option<i64>,
    Option<String>,
    Option<i64>,
    Option<i64>,
);

fn login(row: Row) -> Result<Login, StoreError> {
    let (
        id,
        state,
        nonce,
        client,
        scope,
        browser,
        started,
        expires,
        requested,
        refusals,
        outcome,
        ended,
        reasons,
        notified,
        undelivered,
    ) = row;
    let at = |millis, column| from_millis(millis, LOGINS, column);
    let ended = match (outcome, ended) {
        (None, None) => None,
        (Some(outcome), Some(ended)) => Some((Outcome::parse(&outcome)?, at(ended, "ended_at")?)),
        _ => {
            return Err(StoreError::Stored {
                table: LOGINS,
                column: "ended_at",
            });
        }
    };
    Ok(Login {
        id,
        state,
        nonce,
        client,
        scope,
        browser,
        started_at: at(started, "started_at")?,
        expires_at: at(expires, "expires_at")?,
        requested_at: requested.map(|millis| at(millis, "requested_at")).transpose()?,
        refusals,
        ended,
        reasons,
        notified_at: notified.map(|millis| at(millis, "notified_at")).transpose()?,
        undelivered_at: undelivered
            .map(|millis| at(millis, "undelivered_at"))
            .transpose()?,
    })
}

/// Begins a login. `false`: its `state` was used before, whatever became of that login.
///
/// # Errors
/// The database's; a repeated nonce or id is a unique violation.
pub async fn begin(tx: &mut Tx, login: &Login) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let done = sqlx::query(
            "INSERT INTO transactions (id, state, nonce, client, scope, browser, started_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (state) DO NOTHING",
        )
        .bind(&login.id)
        .bind(&login.state)
        .bind(&login.nonce)
        .bind(&login.client)
        .bind(&login.scope)
        .bind(&login.browser)
        .bind(to_millis(login.started_at))
        .bind(to_millis(login.expires_at))
        .execute(&mut *connection)
        .await?;
        Ok(done.rows_affected() == 1)
    })
}

/// Every column of a login, in the order of [`Row`], found by the one that `$column` names.
macro_rules! select_login_by {
    ($column:literal) => {
        concat!(
            "SELECT id, state, nonce, client, scope, browser, started_at, expires_at, requested_at, refusals, outcome,
                    ended_at, reasons, notified_at, undelivered_at
             FROM transactions WHERE ",
            $column,
            " = $1"
        )
    };
}

/// The login of a `state`.
///
/// # Errors
/// The database's.
pub async fn by_state(tx: &mut Tx, state: &str) -> Result<Option<Login>, StoreError> {
    one(tx, select_login_by!("state"), state).await
}

/// The login of a `nonce`.
///
/// # Errors
/// The database's.
pub async fn by_nonce(tx: &mut Tx, nonce: &str) -> Result<Option<Login>, StoreError> {
    one(tx, select_login_by!("nonce"), nonce).await
}

async fn one(tx: &mut Tx, query: &'static str, name: &str) -> Result<Option<Login>, StoreError> {
    on!(tx, connection => {
        let row: Option<Row> = sqlx::query_as(query).bind(name).fetch_optional(&mut *connection).await?;
        row.map(login).transpose()
    })
}

/// The request is handed out for the first time. `false`: it was before, or the login is over.
///
/// # Errors
/// The database's.
pub async fn request(tx: &mut Tx, id: &str, at: Timestamp) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let done = sqlx::query(
            "UPDATE transactions SET requested_at = $2
             WHERE id = $1 AND requested_at IS NULL AND outcome IS NULL AND expires_at > $2",
        )
        .bind(id)
        .bind(to_millis(at))
        .execute(&mut *connection)
        .await?;
        Ok(done.rows_affected() == 1)
    })
}

/// What is kept of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Codes of what refused it, separated by spaces; `None` when it was accepted.
    pub reasons: Option<String>,
    /// The verdict, sealed.
    pub verdict: Option<Vec<u8>>,
}

/// Ends a login that waits for an answer: of all who try, exactly one gets `true`.
///
/// # Errors
/// The database's.
pub async fn end(
    tx: &mut Tx,
    id: &str,
    outcome: Outcome,
    at: Timestamp,
    answer: &Answer,
) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let done = sqlx::query(
            "UPDATE transactions SET outcome = $2, ended_at = $3, reasons = $4, verdict = $5
             WHERE id = $1 AND outcome IS NULL AND requested_at IS NOT NULL AND expires_at > $3",
        )
        .bind(id)
        .bind(outcome.as_str())
        .bind(to_millis(at))
        .bind(answer.reasons.as_deref())
        .bind(answer.verdict.as_deref())
        .execute(&mut *connection)
        .await?;
        Ok(done.rows_affected() == 1)
    })
}

/// Counts a refused answer of a login that waits for one; the number so far. `None`: it does not wait for one.
///
/// # Errors
/// The database's.
pub async fn count_refusal(
    tx: &mut Tx,
    id: &str,
    at: Timestamp,
    answer: &Answer,
) -> Result<Option<i64>, StoreError> {
    on!(tx, connection => {
        let row: Option<(i64,)> = sqlx::query_as(
            "UPDATE transactions SET refusals = refusals + 1, reasons = $3, verdict = $4
             WHERE id = $1 AND outcome IS NULL AND requested_at IS NOT NULL AND expires_at > $2
             RETURNING refusals",
        )
        .bind(id)
        .bind(to_millis(at))
        .bind(answer.reasons.as_deref())
        .bind(answer.verdict.as_deref())
        .fetch_optional(&mut *connection)
        .await?;
        Ok(row.map(|(refusals,)| refusals))
    })
}

/// The verdict on the last answer, sealed.
///
/// # Errors
/// The database's.
pub async fn verdict(tx: &mut Tx, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
    on!(tx, connection => {
        let row: Option<(Option<Vec<u8>>,)> = sqlx::query_as("SELECT verdict FROM transactions WHERE id = $1")
            .bind(id)
            .fetch_optional(&mut *connection)
            .await?;
        Ok(row.and_then(|(verdict,)| verdict))
    })
}

/// The relying party confirmed. `false`: it had before, there was nothing to hear of, or it was given up.
///
/// # Errors
/// The database's.
pub async fn notified(tx: &mut Tx, id: &str, at: Timestamp) -> Result<bool, StoreError> {
    told(tx, Told::Heard, id, at).await
}

/// Telling the relying party was given up. `false`: it was before, it had heard, or there was nothing to hear of.
///
/// # Errors
/// The database's.
pub async fn undelivered(tx: &mut Tx, id: &str, at: Timestamp) -> Result<bool, StoreError> {
    told(tx, Told::GivenUp, id, at).await
}

#[derive(Clone, Copy)]
enum Told {
    Heard,
    GivenUp,
}

/// How telling the relying party ended: of all who try, exactly one gets `true`.
async fn told(tx: &mut Tx, told: Told, id: &str, at: Timestamp) -> Result<bool, StoreError> {
    let (notified, undelivered) = match told {
        Told::Heard => (Some(to_millis(at)), None),
        Told::GivenUp => (None, Some(to_millis(at))),
    };
    on!(tx, connection => {
        let done = sqlx::query(
            "UPDATE transactions SET notified_at = $2, undelivered_at = $3
             WHERE id = $1 AND outcome = 'accepted' AND notified_at IS NULL AND undelivered_at IS NULL",
        )
        .bind(id)
        .bind(notified)
        .bind(undelivered)
        .execute(&mut *connection)
        .await?;
        Ok(done.rows_affected() == 1)
    })
}

/// Forgets logins that were over before `before`; how many.
///
/// # Errors
/// The database's.
pub async fn forget(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    on!(tx, connection => {
        let done = sqlx::query("DELETE FROM transactions WHERE expires_at < $1")
            .bind(to_millis(before))
            .execute(&mut *connection)
            .await?;
        Ok(done.rows_affected())
    })
}

/// A key that signs access tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKey {
    /// Its name in headers and in the published set.
    pub kid: String,
    /// Name of its JWS algorithm.
    pub algorithm: String,
    /// The private key, sealed.
    pub sealed: Vec<u8>,
    /// When it begins to sign; it is published before.
    pub not_before: Timestamp,
    /// When it ceased to sign; it stays published while tokens of it live.
    pub retired_at: Option<Timestamp>,
}

type KeyRow = (String, String, Vec<u8>, i64, Option<i64>);

/// Adds a key.
///
/// # Errors
/// The database's; a repeated `kid` is a unique violation.
pub async fn add_key(tx: &mut Tx, key: &SigningKey) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query("INSERT INTO signing_keys (kid, algorithm, sealed, not_before, retired_at) VALUES ($1, $2, $3, $4, $5)")
            .bind(&key.kid)
            .bind(&key.algorithm)
            .bind(&key.sealed)
            .bind(to_millis(key.not_before))
            .bind(key.retired_at.map(to_millis))
            .execute(&mut *connection)
            .await?;
        Ok(())
    })
}

/// Every key, oldest first.
///
/// # Errors
/// The database's.
pub async fn keys(tx: &mut Tx) -> Result<Vec<SigningKey>, StoreError> {
    on!(tx, connection => {
        let rows: Vec<KeyRow> = sqlx::query_as(
            "SELECT kid, algorithm, sealed, not_before, retired_at FROM signing_keys ORDER BY not_before, kid",
        )
        .fetch_all(&mut *connection)
        .await?;
        rows.into_iter()
            .map(|(kid, algorithm, sealed, not_before, retired)| {
                let at = |millis, column| from_millis(millis, "signing_keys", column);
                Ok(SigningKey {
                    kid,
                    algorithm,
                    sealed,
                    not_before: at(not_before, "not_before")?,
                    retired_at: retired.map(|millis| at(millis, "retired_at")).transpose()?,
                })
            })
            .collect()
    })
}

/// The key ceases to sign at `at`. `false`: unknown or retired before.
///
/// # Errors
/// The database's.
pub async fn retire_key(tx: &mut Tx, kid: &str, at: Timestamp) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let done = sqlx::query("UPDATE signing_keys SET retired_at = $2 WHERE kid = $1 AND retired_at IS NULL")
            .bind(kid)
            .bind(to_millis(at))
            .execute(&mut *connection)
            .await?;
        Ok(done.rows_affected() == 1)
    })
}

/// Forgets keys that were retired before `before`: no token of theirs lives any more.
///
/// # Errors
/// The database's.
pub async fn forget_keys(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    on!(tx, connection => {
        let done = sqlx::query("DELETE FROM signing_keys WHERE retired_at IS NOT NULL AND retired_at < $1")
            .bind(to_millis(before))
            .execute(&mut *connection)
            .await?;
        Ok(done.rows_affected())
    })
}
