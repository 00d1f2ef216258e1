//! HTTP as the people of the journey use it: the operator's terminal, the employee's wallet, the employee's browser.
use crate::failure::{About, Failure};
use reqwest::{Client, Method, Response, StatusCode, header};
use serde_json::Value;
use std::time::Duration;
use url::Url;

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(40);

/// A client that follows no redirect by itself and keeps no cookie.
#[derive(Clone)]
pub(super) struct Browser(Client);

impl Browser {
    #[expect(
        clippy::disallowed_methods,
        reason = "plays people at their devices, which are no part of any service"
    )]
    pub(super) fn new() -> Result<Self, Failure> {
        Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .no_proxy()
            .build()
            .map(Self)
            .about("HTTP client")
    }
    /// Whether a service says that it is ready.
    pub(super) async fn is_ready(&self, origin: &Url) -> bool {
        let url = format!("{}health/ready", origin.as_str());
        matches!(self.0.get(url).send().await, Ok(answer) if answer.status().is_success())
    }
    /// A call of an API: JSON there and back; any answer but success is a failure in the words of the service.
    pub(super) async fn call(
        &self,
        method: Method,
        url: &str,
        bearer: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let mut request = self.0.request(method.clone(), url);
        if let Some(bearer) = bearer {
            request = request.bearer_auth(bearer);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.about(format_args!("{method} {url}"))?;
        let status = answer.status();
        let text = answer.text().await.about(format_args!("{method} {url}"))?;
        if !status.is_success() {
            return Err(Failure::new(format!("{method} {url}: {status}: {text}")));
        }
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).about(format_args!("{method} {url}"))
    }
    /// A page, with a cookie.
    pub(super) async fn page(&self, url: &str, cookie: Option<&str>) -> Result<Page, Failure> {
        let mut request = self.0.get(url);
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let answer = request.send().await.about(format_args!("GET {url}"))?;
        Page::of(answer).await.about(format_args!("GET {url}"))
    }
}
/// What a browser got.
pub(super) struct Page {
    pub(super) status: StatusCode,
    /// `name=value` of the cookie that was set.
    pub(super) cookie: Option<String>,
    pub(super) location: Option<String>,
    pub(super) text: String,
}
impl Page {
    async fn of(answer: Response) -> Result<Self, reqwest::Error> {
        let header = |name: header::HeaderName| {
            answer
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        Ok(Self {
            status: answer.status(),
            cookie: header(header::SET_COOKIE).and_then(|cookie| cookie.split(';').next().map(str::to_owned)),
            location: header(header::LOCATION),
            text: answer.text().await?,
        })
    }
}
