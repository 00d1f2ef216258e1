//! Pages for people: no third party, light and dark, from 320 px. One script looks for the wallet's answer; without it, a
//! link does.

use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};

const STYLE: &str = include_str!("../templates/login.css");
const SCRIPT: &str = include_str!("../templates/login.js");

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
    /// What is announced, and changes.
    pub(crate) waits_for: &'a str,
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
    /// Where to look again: this page does not stay.
    again_path: Option<String>,
    back_url: Option<String>,
    back_words: String,
}

impl EndedPage {
    pub(crate) fn new(title: &str, words: &str) -> Self {
        Self {
            title: title.to_owned(),
            words: words.to_owned(),
            code: None,
            again_path: None,
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
        self.again_path = Some(path.to_owned());
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
    asset(STYLE, "text/css; charset=utf-8")
}

/// `GET /assets/login.js`.
pub(crate) async fn script() -> Response {
    asset(SCRIPT, "text/javascript; charset=utf-8")
}

fn asset(text: &'static str, content_type: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, text).into_response()
}
