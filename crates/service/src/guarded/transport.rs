//! What the network clients in `procura_keys` speak over: POST by the guarded client's rules, sent once.
use super::{GuardError, GuardedClient, NOT_PUBLIC, Purpose, read_body, reason, send, shown};
use axum::body::Bytes;
use http::{HeaderName, HeaderValue, header};
use procura_keys::{Http, HttpError, HttpRequest, HttpResponse};
use reqwest::Request;
use zeroize::Zeroizing;

/// Longest content type that an error repeats.
const SHOWN_TYPE: usize = 100;

/// The guarded client for one purpose: addresses, schemes and the upper bounds of size and time are the purpose's,
/// media types and lower bounds are the request's. Redirects are not followed, for a request must not be sent twice.
#[derive(Clone, Debug)]
pub struct Transport {
    client: GuardedClient,
    purpose: Purpose,
}

impl Transport {
    pub(super) fn new(client: GuardedClient, purpose: Purpose) -> Self {
        Self { client, purpose }
    }

    async fn exchange(&self, request: &HttpRequest) -> Result<HttpResponse, HttpError> {
        let at = || shown(self.purpose, &request.url);
        let failed = |error: &reqwest::Error| match reason(error) {
            None => HttpError::Refused {
                at: at(),
                reason: NOT_PUBLIC.to_owned(),
            },
            Some(reason) if error.is_connect() => HttpError::NotConnected { at: at(), reason },
            Some(reason) => HttpError::NoAnswer { at: at(), reason },
        };
        let prepared = self.prepare(request)?;
        let mut response = send(self.client.client_for(&request.url), prepared)
            .await
            .map_err(|error| failed(&error))?;
        let status = response.status();
        if status.is_redirection() {
            return Err(HttpError::Redirect { at: at() });
        }
        let content_type = response
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let limit = request.max_response.min(self.purpose.bytes());
        let body = read_body(&mut response, limit)
            .await
            .map_err(|error| failed(&error))?
            .ok_or_else(|| HttpError::TooLarge { at: at(), limit })?;
        if status.is_success() && !body.is_empty() && !request.accepts(content_type.as_deref()) {
            let found = content_type.unwrap_or_default();
            return Err(HttpError::MediaType {
                at: at(),
                found: found.chars().take(SHOWN_TYPE).collect(),
            });
        }
        Ok(HttpResponse {
            status: status.as_u16(),
            content_type,
            body: Zeroizing::new(body),
        })
    }

    fn prepare(&self, request: &HttpRequest) -> Result<Request, HttpError> {
        let refused = |reason: &str| HttpError::Refused {
            at: shown(self.purpose, &request.url),
            reason: reason.to_owned(),
        };
        self.client
            .check(self.purpose, &request.url)
            .map_err(|error| match error {
                GuardError::Refused(at, reason) => HttpError::Refused {
                    at,
                    reason: reason.to_owned(),
                },
                other => refused(&other.to_string()),
            })?;
        let mut builder = self
            .client
            .client_for(&request.url)
            .post(request.url.clone())
            .header(header::CONTENT_TYPE, request.content_type)
            // Overwritten when the last of those that hold it is done.
            .body(Bytes::from_owner(request.body.clone()));
        if !request.accepted.is_empty() {
            builder = builder.header(header::ACCEPT, request.accepted.join(", "));
        }
        for field in &request.headers {
            let name = HeaderName::try_from(field.name).map_err(|_| refused("a header's name is none"))?;
            let mut value = HeaderValue::try_from(field.value.as_str())
                .map_err(|_| refused("a header's value has characters that cannot be sent"))?;
            value.set_sensitive(true);
            builder = builder.header(name, value);
        }
        builder
            .build()
            .map_err(|_| refused("the request cannot be written"))
    }
}

#[async_trait::async_trait]
impl Http for Transport {
    async fn post(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let own = self.purpose.time();
        let own = self.client.time_limit.map_or(own, |limit| limit.min(own));
        let limit = request.time_limit.min(own);
        tokio::time::timeout(limit, self.exchange(&request))
            .await
            .unwrap_or_else(|_| {
                Err(HttpError::NoAnswer {
                    at: shown(self.purpose, &request.url),
                    reason: format!("not complete after {limit:?}"),
                })
            })
    }
}

#[cfg(test)]
mod tests;
