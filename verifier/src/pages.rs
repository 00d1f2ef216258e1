//! Pages for people: no script, no third party, light and dark, from 320 px.

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};

const STYLE: &str = include_str!("../templates/login.css");

/// The page with the QR code.
#[derive(Template)]
#[template(path = "login.html")]
pub(crate) struct LoginPage<'a> {
    pub(crate) client: &'a str,
    pub(crate) organisation: &'a str,
    pub(crate) did: &'a str,
    pub(crate) asked: &'a str,
    pub(crate) qr: String,
    pub(crate) request_url: &'a str,
    pub(crate) same_device_url: &'a str,
    pub(crate) status_path: &'a str,
    pub(crate) refresh_seconds: u32,
    /// Shows the address to be copied, and does not look again by itself meanwhile.
    pub(crate) still: bool,
    pub(crate) scanned: bool,
    pub(crate) expires_at: String,
    pub(crate) expires_clock: String,
    pub(crate) cancel_url: &'a str,
}

/// A page that says one thing.
#[derive(Template)]
#[template(path = "ended.html")]
pub(crate) struct EndedPage {
    title: String,
    words: String,
    code: Option<&'static str>,
    refresh_path: Option<String>,
    back_url: Option<String>,
    back_words: String,
}

impl EndedPage {
    pub(crate) fn new(title: &str, words: &str) -> Self {
        Self {
            title: title.to_owned(),
            words: words.to_owned(),
            code: None,
            refresh_path: None,
            back_url: None,
            back_words: String::new(),
        }
    }

    pub(crate) fn with_code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    pub(crate) fn with_way_back(mut self, url: &str, name: &str) -> Self {
        self.back_url = Some(url.to_owned());
        self.back_words = format!("Back to {name}");
        self
    }

    pub(crate) fn looking_again(mut self, path: &str) -> Self {
        self.refresh_path = Some(path.to_owned());
        self
    }
}

/// A page as a response.
pub(crate) fn html(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// `GET /assets/login.css`.
pub(crate) async fn style() -> Response {
    let mut response = STYLE.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/css; charset=utf-8"),
    );
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=3600"),
    );
    response
}
