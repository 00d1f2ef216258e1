//! The small transport that keys' network clients speak over: one POST, one answer, both bounded.
//!
//! This crate opens no connection. Who does decides which addresses may be reached; what is demanded of an
//! implementation stands at [`Http`].
use core::{fmt, time::Duration};
use url::Url;
use zeroize::Zeroizing;

/// Sends requests.
///
/// An implementation sends a request at most once, follows no redirect, reads no more than
/// [`max_response`](HttpRequest::max_response) bytes, and gives up after [`time_limit`](HttpRequest::time_limit). It
/// writes neither headers' values nor bodies to logs or errors.
#[async_trait::async_trait]
pub trait Http: Send + Sync {
    /// POST. An answer with an HTTP error's status is a response.
    ///
    /// # Errors
    /// [`HttpError`]; [`HttpError::may_have_been_processed`] says whether the peer may have acted.
    async fn post(&self, request: HttpRequest) -> Result<HttpResponse, HttpError>;
}

/// A request.
#[derive(Clone)]
pub struct HttpRequest {
    /// Where to.
    pub url: Url,
    /// Further headers, such as `Authorization`.
    pub headers: Vec<HttpHeader>,
    /// `Content-Type` of the body.
    pub content_type: &'static str,
    /// Media types that a successful answer with a body may be of, in lower case and without parameters, the best first.
    /// They make the `Accept` header. None: any.
    pub accepted: &'static [&'static str],
    /// Body: may hold PINs and secrets.
    pub body: Zeroizing<Vec<u8>>,
    /// Bytes of the largest answer that is read.
    pub max_response: usize,
    /// Time for the whole exchange. An implementation's own limit may be shorter.
    pub time_limit: Duration,
}

/// A header of a request; its value may be a secret.
#[derive(Clone)]
pub struct HttpHeader {
    /// Name, in lower case.
    pub name: &'static str,
    /// Value.
    pub value: Zeroizing<String>,
}

/// An answer, read within the bounds of its request.
#[derive(Clone)]
pub struct HttpResponse {
    /// Status, of any class but redirects.
    pub status: u16,
    /// `Content-Type`, as it was sent.
    pub content_type: Option<String>,
    /// Body: may hold tokens.
    pub body: Zeroizing<Vec<u8>>,
}

/// Why there is no answer. Shows where as far as the path, never what was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// Refused before any packet.
    #[error("{at}: refused: {reason}")]
    Refused {
        /// Where to.
        at: String,
        /// Why.
        reason: String,
    },
    /// There was no connection over which the request could have been sent.
    #[error("{at}: no connection: {reason}")]
    NotConnected {
        /// Where to.
        at: String,
        /// Why.
        reason: String,
    },
    /// No answer, or none in time: the request may have been processed.
    #[error("{at}: no answer: {reason}")]
    NoAnswer {
        /// Where to.
        at: String,
        /// Why.
        reason: String,
    },
    /// The answer is larger than allowed.
    #[error("{at}: the answer is larger than {limit} bytes")]
    TooLarge {
        /// Where from.
        at: String,
        /// Bytes that were allowed.
        limit: usize,
    },
    /// The peer redirects.
    #[error("{at}: answers with a redirect, which is not followed")]
    Redirect {
        /// Where from.
        at: String,
    },
    /// A successful answer of a media type that was not asked for.
    #[error("{at}: content type {found:?} is not expected here")]
    MediaType {
        /// Where from.
        at: String,
        /// Its type, shortened.
        found: String,
    },
}

/// An address for people: without user, query and fragment, which may be an account or a secret.
pub fn shown(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

impl HttpRequest {
    /// A request of this body, with bounds that fit small messages: 64 KiB and 10 seconds, any media type.
    pub fn new(url: Url, content_type: &'static str, body: impl Into<Zeroizing<Vec<u8>>>) -> Self {
        Self {
            url,
            headers: Vec::new(),
            content_type,
            accepted: &[],
            body: body.into(),
            max_response: 64 * 1024,
            time_limit: Duration::from_secs(10),
        }
    }

    /// The same with one header more.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: Zeroizing<String>) -> Self {
        self.headers.push(HttpHeader { name, value });
        self
    }

    /// Whether a successful answer may be of this media type; parameters and letter case do not matter.
    pub fn accepts(&self, content_type: Option<&str>) -> bool {
        let essence = content_type.and_then(|text| text.split(';').next());
        let essence = essence.unwrap_or_default().trim();
        self.accepted.is_empty() || self.accepted.iter().any(|a| a.eq_ignore_ascii_case(essence))
    }
}

impl HttpResponse {
    /// 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl HttpError {
    /// Whether the peer may have received the request and acted on it.
    pub fn may_have_been_processed(&self) -> bool {
        !matches!(self, Self::Refused { .. } | Self::NotConnected { .. })
    }
}

/// Says everything but the address below its origin, which may name an account, the headers' values, and the body.
impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("origin", &self.url.origin().ascii_serialization())
            .field("headers", &self.headers)
            .field("content_type", &self.content_type)
            .field("accepted", &self.accepted)
            .field("body_length", &self.body.len())
            .field("max_response", &self.max_response)
            .field("time_limit", &self.time_limit)
            .finish_non_exhaustive()
    }
}

/// Says the name only.
impl fmt::Debug for HttpHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: …", self.name)
    }
}

/// Says everything but the body.
impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse")
            .field("status", &self.status)
            .field("content_type", &self.content_type)
            .field("body_length", &self.body.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> HttpRequest {
        let url = Url::parse("https://SECRET:SECRET@qtsp.example/SECRET/signHash?key=SECRET#SECRET").unwrap();
        HttpRequest::new(url, "application/json", b"{\"PIN\":\"SECRET\"}".to_vec())
            .with_header("authorization", Zeroizing::new("Bearer SECRET".to_owned()))
    }

    #[test]
    fn nothing_secret_is_printed() {
        let response = HttpResponse {
            status: 200,
            content_type: Some("application/json".to_owned()),
            body: Zeroizing::new(b"SECRET".to_vec()),
        };
        let printed = format!("{:?} {:#?} {response:?}", request(), request());
        assert!(printed.contains("authorization") && printed.contains("https://qtsp.example"));
        // Neither as text nor as the numbers that a list of bytes prints.
        assert!(
            !printed.contains("SECRET") && !printed.contains("83, 69, 67"),
            "{printed}"
        );
    }

    #[test]
    fn media_types_are_compared_without_parameters_and_letter_case() {
        let mut request = request();
        assert!(request.accepts(Some("text/html")) && request.accepts(None));
        request.accepted = &["application/json"];
        assert!(request.accepts(Some("Application/JSON; charset=utf-8")));
        for other in [Some("text/html"), Some("application/jsonp"), Some(""), None] {
            assert!(!request.accepts(other), "{other:?}");
        }
    }

    #[test]
    fn only_what_was_never_sent_was_surely_not_processed() {
        let at = || "https://qtsp.example/".to_owned();
        let reason = || "x".to_owned();
        assert!(
            !HttpError::Refused {
                at: at(),
                reason: reason()
            }
            .may_have_been_processed()
        );
        assert!(
            !HttpError::NotConnected {
                at: at(),
                reason: reason()
            }
            .may_have_been_processed()
        );
        for error in [
            HttpError::NoAnswer {
                at: at(),
                reason: reason(),
            },
            HttpError::TooLarge { at: at(), limit: 1 },
            HttpError::Redirect { at: at() },
            HttpError::MediaType {
                at: at(),
                found: reason(),
            },
        ] {
            assert!(error.may_have_been_processed(), "{error}");
        }
    }
}
