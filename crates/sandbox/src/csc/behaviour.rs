//! How a provider goes wrong, so that clients can be tried.
use super::{Provider, refusal::Refusal};
use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use http::{StatusCode, header};
use procura_crypto::PrivateKey;
use std::{collections::BTreeMap, sync::Arc};

/// What is counted, and can go wrong.
const METHODS: [&str; 7] = [
    "info",
    "oauth2/token",
    "credentials/list",
    "credentials/info",
    "credentials/authorize",
    "signatures/signHash",
    "signatures/signPolling",
];

/// What a provider does otherwise than a good one. The default is a good one.
#[derive(Clone)]
#[non_exhaustive]
pub struct Behaviour {
    /// `key/status`.
    pub key_status: &'static str,
    /// `cert/status`.
    pub certificate_status: &'static str,
    /// `key/algo`, in place of what the key signs with.
    pub key_algorithms: Option<Vec<String>>,
    /// Gives certificates in the wrong order.
    pub reversed_chain: bool,
    /// Signs with this key.
    pub other_key: Option<Arc<PrivateKey>>,
    /// Signs another hash.
    pub other_hash: bool,
    /// Writes ECDSA signatures as DER.
    pub der: bool,
    /// How often an asynchronous signature is asked for before it is ready.
    pub questions_before_ready: u32,
    faults: BTreeMap<&'static str, (Fault, usize)>,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            key_status: "enabled",
            certificate_status: "valid",
            key_algorithms: None,
            reversed_chain: false,
            other_key: None,
            other_hash: false,
            der: false,
            questions_before_ready: 1,
            faults: BTreeMap::new(),
        }
    }
}

/// How a method goes wrong.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// Refuses, without doing anything.
    Refuses(u16, &'static str, &'static str),
    /// Refuses, and repeats the request and its `Authorization` in the description.
    Repeats,
    /// Does what it was asked for and never answers.
    NeverAnswers,
    /// Does what it was asked for and answers so, as JSON.
    Answers(String),
    /// Answers with as many bytes.
    Floods(usize),
    /// Redirects elsewhere.
    Redirects(String),
}

impl Behaviour {
    /// Makes a method (by its path below the API's base) go wrong for the next so many calls.
    pub fn fail(&mut self, method: &'static str, fault: Fault, times: usize) {
        self.faults.insert(method, (fault, times));
    }

    fn take(&mut self, method: &str) -> Option<Fault> {
        let (fault, left) = self.faults.get_mut(method)?;
        *left = left.checked_sub(1)?;
        Some(fault.clone())
    }
}

/// Counts calls, and lets those go wrong that are to.
pub(super) async fn meddle(State(provider): State<Provider>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let prefix = format!("{}/", provider.0.settings.prefix());
    let method = path
        .strip_prefix(&prefix)
        .or_else(|| path.strip_prefix('/'))
        .unwrap_or_default();
    if !METHODS.contains(&method) {
        return next.run(request).await;
    }
    *provider.state().seen.entry(method.to_owned()).or_default() += 1;
    let mut fault = None;
    provider.behave(|behaviour| fault = behaviour.take(method));
    match fault {
        None => next.run(request).await,
        Some(Fault::Refuses(status, error, description)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
            Refusal::new(status, error, description).into_response()
        }
        Some(Fault::Repeats) => {
            let value = request.headers().get(header::AUTHORIZATION);
            let value = value
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_owned();
            let body = axum::body::to_bytes(request.into_body(), 64 * 1024)
                .await
                .unwrap_or_default();
            let body = String::from_utf8_lossy(&body);
            Refusal::new(
                StatusCode::BAD_REQUEST,
                "access_denied",
                format!("{value} {body}"),
            )
            .into_response()
        }
        Some(Fault::NeverAnswers) => {
            next.run(request).await;
            std::future::pending().await
        }
        Some(Fault::Answers(json)) => {
            next.run(request).await;
            ([(header::CONTENT_TYPE, "application/json")], json).into_response()
        }
        Some(Fault::Floods(bytes)) => (
            [(header::CONTENT_TYPE, "application/json")],
            Body::from(vec![b' '; bytes]),
        )
            .into_response(),
        Some(Fault::Redirects(to)) => Redirect::temporary(&to).into_response(),
    }
}
