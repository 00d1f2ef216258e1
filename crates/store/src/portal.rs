//! Browser sessions of the portal: begun by a browser, announced by the verifier's notification, completed once when the
//! same browser comes back from the verifier with the notification's response code.
//!
//! Cookies, states, response codes and token ids come in as SHA-256 digests, and who signed in comes in sealed: nothing
//! here lets its reader continue a session, or tells who it belongs to.
use crate::{
    StoreError, Tx, on,
    time::{from_millis, to_millis},
};
use jiff::Timestamp;

/// A login that a browser begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// Digest of the session cookie.
    pub session: [u8; 32],
    /// Digest of the `state` that the browser takes to the verifier.
    pub state: [u8; 32],
    /// Now.
    pub begun_at: Timestamp,
    /// Until when it must be completed.
    pub expires_at: Timestamp,
}

/// What a notification brings.
#[derive(Clone, PartialEq, Eq)]
pub struct Notification {
    /// Digest of `state`.
    pub state: [u8; 32],
    /// Digest of the code with which the browser must come back.
    pub response_code: [u8; 32],
    /// Digest of the access token's `jti`.
    pub token: [u8; 32],
    /// Until when the token would be accepted: its id is remembered so long.
    pub token_expires_at: Timestamp,
    /// Whom to greet, sealed by the portal. Personal data: `Debug` does not show it.
    pub visitor: Vec<u8>,
    /// Now.
    pub now: Timestamp,
}

impl core::fmt::Debug for Notification {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Notification")
    }
}

/// A browser that comes back from the verifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Return {
    /// Digest of the session cookie.
    pub session: [u8; 32],
    /// Digest of the code that the browser brings.
    pub response_code: [u8; 32],
    /// Now.
    pub now: Timestamp,
    /// Until when the session lasts.
    pub session_expires_at: Timestamp,
}

/// What came of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announcement {
    /// The session that the state belongs to waits for its browser.
    Pending,
    /// The same token was announced for the same session before: the verifier did not hear our first answer.
    Repeated,
    /// No session waits for this state: unknown, expired, or announced with another token.
    NoSuchLogin,
    /// The token was used for another session.
    TokenUsed,
}

/// A live session.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// Digest of the `state` that the login began with.
    pub state: Vec<u8>,
    /// Whom to greet, sealed by the portal; `None`: the login is not completed.
    pub visitor: Option<Vec<u8>>,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl core::fmt::Debug for Session {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Session")
            .field("completed", &self.visitor.is_some())
            .finish_non_exhaustive()
    }
}

/// Begins a login.
///
/// # Errors
/// The database's; a repeated session or state is a unique violation.
pub async fn begin(tx: &mut Tx, login: &Login) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query("INSERT INTO sessions (session, state, begun_at, expires_at) VALUES ($1, $2, $3, $4)")
            .bind(login.session.as_slice())
            .bind(login.state.as_slice())
            .bind(to_millis(login.begun_at))
            .bind(to_millis(login.expires_at))
            .execute(&mut *connection)
            .await?;
        Ok(())
    })
}

/// Keeps what a notification brings until the browser comes back: once, in time, and by a token that served no other.
/// Nobody is signed in by this.
///
/// # Errors
/// The database's.
pub async fn announce(tx: &mut Tx, notification: &Notification) -> Result<Announcement, StoreError> {
    on!(tx, connection => {
        let used: Option<(Vec<u8>,)> = sqlx::query_as("SELECT state FROM tokens WHERE token = $1")
            .bind(notification.token.as_slice())
            .fetch_optional(&mut *connection)
            .await?;
        if let Some((state,)) = used {
            return Ok(if state == notification.state { Announcement::Repeated } else { Announcement::TokenUsed });
        }
        let announced = sqlx::query(
            "UPDATE sessions SET response_code = $3, pending_visitor = $4
             WHERE state = $1 AND completed_at IS NULL AND response_code IS NULL AND expires_at > $2",
        )
        .bind(notification.state.as_slice())
        .bind(to_millis(notification.now))
        .bind(notification.response_code.as_slice())
        .bind(&notification.visitor)
        .execute(&mut *connection)
        .await?;
        if announced.rows_affected() == 0 {
            return Ok(Announcement::NoSuchLogin);
        }
        sqlx::query("INSERT INTO tokens (token, state, expires_at) VALUES ($1, $2, $3)")
            .bind(notification.token.as_slice())
            .bind(notification.state.as_slice())
            .bind(to_millis(notification.token_expires_at))
            .execute(&mut *connection)
            .await?;
        Ok(Announcement::Pending)
    })
}

/// Completes the session of the browser that comes back with the code of its notification: once, and in time. Digests are
/// compared, so how long the database takes tells nothing of the code. `false`: no such session waits for this code (yet).
///
/// # Errors
/// The database's.
pub async fn complete(tx: &mut Tx, back: &Return) -> Result<bool, StoreError> {
    on!(tx, connection => {
        let completed = sqlx::query(
            "UPDATE sessions SET completed_at = $3, visitor = pending_visitor, expires_at = $4, pending_visitor = NULL
             WHERE session = $1 AND response_code = $2 AND completed_at IS NULL AND expires_at > $3",
        )
        .bind(back.session.as_slice())
        .bind(back.response_code.as_slice())
        .bind(to_millis(back.now))
        .bind(to_millis(back.session_expires_at))
        .execute(&mut *connection)
        .await?;
        Ok(completed.rows_affected() == 1)
    })
}

/// The session of a cookie, if it lives at `now`.
///
/// # Errors
/// The database's.
pub async fn session(tx: &mut Tx, session: &[u8; 32], now: Timestamp) -> Result<Option<Session>, StoreError> {
    on!(tx, connection => {
        let row: Option<(Vec<u8>, Option<Vec<u8>>, i64)> =
            sqlx::query_as("SELECT state, visitor, expires_at FROM sessions WHERE session = $1 AND expires_at > $2")
                .bind(session.as_slice())
                .bind(to_millis(now))
                .fetch_optional(&mut *connection)
                .await?;
        row.map(|(state, visitor, expires_at)| {
            Ok(Session { state, visitor, expires_at: from_millis(expires_at, "sessions", "expires_at")? })
        })
        .transpose()
    })
}

/// Ends a session.
///
/// # Errors
/// The database's.
pub async fn end(tx: &mut Tx, session: &[u8; 32]) -> Result<(), StoreError> {
    on!(tx, connection => {
        sqlx::query("DELETE FROM sessions WHERE session = $1")
            .bind(session.as_slice())
            .execute(&mut *connection)
            .await?;
        Ok(())
    })
}

/// Forgets sessions that ended and tokens that nobody accepts any more.
///
/// # Errors
/// The database's.
pub async fn sweep(tx: &mut Tx, now: Timestamp) -> Result<u64, StoreError> {
    on!(tx, connection => {
        let mut gone = 0;
        for statement in ["DELETE FROM sessions WHERE expires_at <= $1", "DELETE FROM tokens WHERE expires_at <= $1"] {
            gone += sqlx::query(statement).bind(to_millis(now)).execute(&mut *connection).await?.rows_affected();
        }
        Ok(gone)
    })
}
