//! The login page: begins a transaction for a relying party, shows the QR code, and sends the browser back when it is
//! over. A script asks how the login stands; without scripts, a link does.
//!
//! A login belongs to the browser that began it: another browser that knows the `state` sees nothing of it.

use crate::{
    config::{Client, after},
    pages::{EndedPage, LoginPage, html},
    parties::Parties,
    qr::{self, QrError},
    resources::Time,
    transaction::{response_code, row_of, state_of},
};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use procura_crypto::{constant_time_eq, digest::sha256, random};
use procura_protocol::{
    oauth::ErrorCode,
    vp::{
        scope::{LEAR_CREDENTIAL, LEAR_CREDENTIAL_EMPLOYEE},
        transaction::{Notified, Outcome, Presented, Started, Terms, Transaction},
    },
};
use procura_service::SystemRng;
use procura_store::{Store, StoreError, verifier, verifier::Login};
use serde::{Deserialize, Serialize};
use url::form_urlencoded;
use utoipa::ToSchema;

/// Shortest `state`: 128 bit in base64url.
const SHORTEST_STATE: usize = 22;
/// Longest `state`.
const LONGEST_STATE: usize = 128;
/// The cookie that says which browser began a login.
const COOKIE: &str = "procura_login";

/// Why no login page is shown. For people: each has a page.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoginRefusal {
    /// A parameter is missing or stands twice.
    #[error("client_id and state must be there, once each")]
    Parameters,
    /// No such relying party.
    #[error("no relying party has this client_id")]
    Client,
    /// `state` could be guessed or is no state.
    #[error("state must have 22 to 128 letters, digits, - . _ ~")]
    State,
    /// The relying party may not ask for this.
    #[error("this relying party may not ask for this scope")]
    Scope,
    /// The `state` belongs to a login of another browser or relying party.
    #[error("this state was used before")]
    Used,
    /// No login of this browser has this `state`.
    #[error("no login of this browser has this state")]
    Unknown,
    /// The QR code cannot be drawn.
    #[error(transparent)]
    Qr(#[from] QrError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl IntoResponse for LoginRefusal {
    fn into_response(self) -> Response {
        let (status, code, words) = match &self {
            Self::Parameters => (
                StatusCode::BAD_REQUEST,
                "PRO-4001",
                "The application did not say who it is.",
            ),
            Self::Client => (
                StatusCode::BAD_REQUEST,
                "PRO-4002",
                "The application is not known here.",
            ),
            Self::State => (
                StatusCode::BAD_REQUEST,
                "PRO-4003",
                "The application began this sign-in unsafely.",
            ),
            Self::Scope => (
                StatusCode::BAD_REQUEST,
                "PRO-4004",
                "The application may not ask for this credential.",
            ),
            Self::Used => (
                StatusCode::CONFLICT,
                "PRO-4005",
                "This sign-in was begun before. Go back to the application and start again.",
            ),
            Self::Unknown => (
                StatusCode::NOT_FOUND,
                "PRO-4006",
                "There is no such sign-in in this browser. Go back to the application and start again.",
            ),
            Self::Qr(error) => {
                tracing::error!(%error, "no QR code");
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "PRO-9500",
                    "This page cannot be shown now.",
                )
            }
            Self::Store(error) => {
                tracing::error!(%error, "the database failed");
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "PRO-9500",
                    "This page cannot be shown now. Try again.",
                )
            }
        };
        tracing::info!(code, reason = %self, "no login page");
        html(
            status,
            &EndedPage::new("You cannot sign in here", words).with_code(code),
        )
    }
}

/// `GET /login?client_id=…&state=…`.
#[derive(Debug, Deserialize)]
pub struct Begin {
    client_id: String,
    state: String,
    scope: Option<String>,
}

/// `GET /login/status?state=…`.
#[derive(Debug, Deserialize)]
pub struct Status {
    state: String,
}

/// How a login stands, for the page's script.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Standing {
    /// `open`, `accepted` (the relying party is being told) or `over`. A page that stands for another one has to go.
    standing: &'static str,
    /// What to announce.
    words: String,
}

/// A login as people see it.
enum Seen {
    Waiting,
    /// The wallet has the request.
    Requested,
    /// Accepted, and the relying party is being told.
    BeingTold,
    /// The relying party has heard of it.
    Told,
    /// Accepted, and the relying party could not be told.
    Untold,
    Declined,
    Refused,
    Late,
}

impl Seen {
    fn of(parties: &Parties, login: &Login, now: Timestamp) -> Self {
        match state_of(login) {
            Transaction::Notified(Notified { .. }) => Self::Told,
            Transaction::Undelivered(_) => Self::Untold,
            Transaction::Presented(Presented { outcome, at, .. }) => match outcome {
                // Its token is dead: whatever became of the worker, nobody will be told of it any more.
                Outcome::Accepted if now >= after(at, parties.lifetimes().access_token_seconds) => {
                    Self::Untold
                }
                Outcome::Accepted => Self::BeingTold,
                Outcome::Declined => Self::Declined,
                _ => Self::Refused,
            },
            _ if now >= login.expires_at => Self::Late,
            Transaction::Requested(_) => Self::Requested,
            _ => Self::Waiting,
        }
    }

    /// What is announced on the page that stays until the login stands otherwise.
    fn words(&self, client: &Client) -> String {
        match self {
            Self::Waiting => "Waiting for your wallet.".to_owned(),
            Self::Requested => "Your wallet has the request. Continue there.".to_owned(),
            Self::BeingTold => format!("Your credential was accepted. {} is being told.", client.name),
            _ => String::new(),
        }
    }

    fn standing(&self, client: &Client) -> Standing {
        Standing {
            standing: match self {
                Self::Waiting | Self::Requested => "open",
                Self::BeingTold => "accepted",
                _ => "over",
            },
            words: self.words(client),
        }
    }
}

/// Begins a login, or shows the one that this browser began with this `state`. `HEAD` begins none.
///
/// # Errors
/// [`LoginRefusal`].
#[utoipa::path(
    get,
    path = "/login",
    params(
        ("client_id" = String, Query, description = "The relying party, as configured."),
        ("state" = String, Query, description = "Its unguessable name of the session: 22 to 128 characters, used once."),
        ("scope" = Option<String>, Query, description = "What to ask for; the relying party's first scope where absent."),
    ),
    responses(
        (status = 200, description = "The page with the QR code.", content_type = "text/html", body = String),
        (status = 303, description = "The login is over and the relying party has heard of it: back to its return_url."),
        (status = 400, description = "PRO-4001 to PRO-4004, as a page.", content_type = "text/html", body = String),
        (status = 409, description = "PRO-4005: the state was used before.", content_type = "text/html", body = String),
    ),
)]
pub async fn begin(
    State(parties): State<Parties>,
    State(time): State<Time>,
    State(store): State<Store>,
    method: Method,
    headers: HeaderMap,
    query: Result<Query<Begin>, QueryRejection>,
) -> Result<Response, LoginRefusal> {
    let Query(Begin {
        client_id,
        state,
        scope,
    }) = query.map_err(|_| LoginRefusal::Parameters)?;
    let client = parties.client(&client_id).ok_or(LoginRefusal::Client)?;
    if !is_state(&state) {
        return Err(LoginRefusal::State);
    }
    let scope = match scope {
        None => client.scopes.first().cloned().ok_or(LoginRefusal::Scope)?,
        Some(scope) if client.scopes.contains(&scope) => scope,
        Some(_) => return Err(LoginRefusal::Scope),
    };
    let (browser, is_new) = match cookie(&headers) {
        Some(browser) => (browser, false),
        None => (random::token(&mut SystemRng, 16), true),
    };
    let now = time.now();
    let login = match by_state(&store, &state).await? {
        Some(login) => login,
        // Whoever only asks what is here (a link preview) does not take the state from the browser.
        None if method == Method::HEAD => return Ok(StatusCode::OK.into_response()),
        None => start(&parties, &store, &client_id, &state, &scope, &browser, now).await?,
    };
    if !began(&login, &browser) || login.client != client_id {
        return Err(LoginRefusal::Used);
    }
    let mut response = show(&parties, client, &login, now)?;
    if is_new {
        let secure = if parties.is_https() { "; Secure" } else { "" };
        let value = format!("{COOKIE}={browser}; Path=/login; HttpOnly; SameSite=Lax{secure}");
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(header::SET_COOKIE, value);
        }
    }
    Ok(response)
}

/// How the login stands: the same page, the way back, or why there is none; to the page's script, in JSON. Only reads.
///
/// # Errors
/// [`LoginRefusal`].
#[utoipa::path(
    get,
    path = "/login/status",
    params(
        ("state" = String, Query, description = "Of a login that this browser began."),
    ),
    responses(
        (
            status = 200,
            description = "The login is open, or how it ended; to who accepts application/json, how it stands and no page.",
            content(
                (String = "text/html"),
                (Standing = "application/json"),
            )
        ),
        (status = 303, description = "Back to the relying party's return_url; never to who accepts application/json."),
        (status = 404, description = "PRO-4006: no login of this browser.", content_type = "text/html", body = String),
    ),
)]
pub async fn status(
    State(parties): State<Parties>,
    State(time): State<Time>,
    State(store): State<Store>,
    headers: HeaderMap,
    query: Result<Query<Status>, QueryRejection>,
) -> Result<Response, LoginRefusal> {
    let Query(Status { state }) = query.map_err(|_| LoginRefusal::Parameters)?;
    let browser = cookie(&headers).ok_or(LoginRefusal::Unknown)?;
    let login = by_state(&store, &state)
        .await?
        .filter(|login| began(login, &browser))
        .ok_or(LoginRefusal::Unknown)?;
    let client = parties.client(&login.client).ok_or(LoginRefusal::Unknown)?;
    let now = time.now();
    if accepts_json(&headers) {
        return Ok(Json(Seen::of(&parties, &login, now).standing(client)).into_response());
    }
    show(&parties, client, &login, now)
}

async fn by_state(store: &Store, state: &str) -> Result<Option<Login>, StoreError> {
    store
        .read(state.to_owned(), |tx, state| {
            Box::pin(verifier::by_state(tx, state))
        })
        .await
}

async fn start(
    parties: &Parties,
    store: &Store,
    client_id: &str,
    state: &str,
    scope: &str,
    browser: &str,
    now: Timestamp,
) -> Result<Login, LoginRefusal> {
    let nonce = random::token(&mut SystemRng, 16);
    let seconds = parties.lifetimes().transaction_seconds;
    let started = Started(Terms::new(client_id, state, &nonce, scope, now, seconds));
    let login = row_of(
        random::token(&mut SystemRng, 16),
        started,
        sha256(browser.as_bytes()).to_vec(),
    );
    let begun = store
        .write(login.clone(), |tx, login| Box::pin(verifier::begin(tx, login)))
        .await?;
    if begun {
        tracing::info!(client = client_id, scope, "login begun");
        return Ok(login);
    }
    // The same browser may have asked twice at once.
    by_state(store, state).await?.ok_or(LoginRefusal::Used)
}

fn began(login: &Login, browser: &str) -> bool {
    constant_time_eq(&login.browser, &sha256(browser.as_bytes()))
}

fn show(parties: &Parties, client: &Client, login: &Login, now: Timestamp) -> Result<Response, LoginRefusal> {
    let back = ended_without(client, &login.state, ErrorCode::AccessDenied);
    let page = |title, words: &str, back: &str| {
        let words = format!("{words} You can go back to {} and start again.", client.name);
        EndedPage::new(title, &words).with_way_back(back, &client.name)
    };
    let over = |title, words| html(StatusCode::OK, &page(title, words, &back));
    let seen = Seen::of(parties, login, now);
    let words = seen.words(client);
    Ok(match seen {
        Seen::Told => Redirect::to(&completed(client, login)).into_response(),
        Seen::Untold => {
            let words = format!(
                "Your credential was accepted, but {} could not be told.",
                client.name
            );
            let back = ended_without(client, &login.state, ErrorCode::ServerError);
            let page = page("You are not signed in", &words, &back);
            html(StatusCode::OK, &page.with_code("PRO-4026"))
        }
        Seen::BeingTold => html(
            StatusCode::OK,
            &EndedPage::new("Almost there", &words).looking_again(&status_path(&login.state)),
        ),
        Seen::Declined => over("You did not share", "Your wallet declined the request."),
        Seen::Refused => over(
            "Your credential was refused",
            "The answers of your wallet were refused; your wallet says why.",
        ),
        Seen::Late => over("This sign-in took too long", "The code is no longer good."),
        Seen::Waiting | Seen::Requested => {
            let request_url = parties.request_url(&login.state);
            html(
                StatusCode::OK,
                &LoginPage {
                    client: &client.name,
                    organisation: parties.organisation(),
                    did: parties.did().as_str(),
                    asked: asked(&login.scope),
                    qr: qr::svg(&request_url, "QR code for your wallet")?,
                    request_url: &request_url,
                    same_device_url: &parties.same_device_url(&login.state),
                    status_path: &status_path(&login.state),
                    waits_for: &words,
                    expires_at: login.expires_at.to_string(),
                    expires_clock: login.expires_at.strftime("%H:%M").to_string(),
                    cancel_url: &back,
                },
            )
        }
    })
}

/// The page's script asks so; browsers that navigate do not.
fn accepts_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .is_some_and(|accepted| accepted.as_bytes().eq_ignore_ascii_case(b"application/json"))
}

/// Back with what proves that this browser began the login. The caller has seen the browser's cookie.
fn completed(client: &Client, login: &Login) -> String {
    let mut url = client.return_url.clone();
    url.query_pairs_mut()
        .append_pair("state", &login.state)
        .append_pair("response_code", &response_code(login));
    url.into()
}

/// Back without a login: a fixed word, whatever the wallet said.
fn ended_without(client: &Client, state: &str, error: ErrorCode) -> String {
    let mut url = client.return_url.clone();
    url.query_pairs_mut()
        .append_pair("error", error.as_str())
        .append_pair("state", state);
    url.into()
}

fn status_path(state: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("state", state)
        .finish();
    format!("/login/status?{query}")
}

fn asked(scope: &str) -> &'static str {
    match scope {
        LEAR_CREDENTIAL => "your mandate (LEARCredential)",
        LEAR_CREDENTIAL_EMPLOYEE => "your employee mandate (LEARCredentialEmployee)",
        _ => "your mandate",
    }
}

fn is_state(state: &str) -> bool {
    (SHORTEST_STATE..=LONGEST_STATE).contains(&state.len())
        && state
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'))
}

/// The browser's secret, if it sends one that we could have made.
fn cookie(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| {
            *name == COOKIE
                && value.len() == SHORTEST_STATE
                && value
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        })
        .map(|(_, value)| value.to_owned())
}
