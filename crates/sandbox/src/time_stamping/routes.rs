//! Time-stamps over HTTP (RFC 3161 §3.4).
use super::{Behaviour, TimeStampingAuthority};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
    routing::post,
};
use http::{HeaderMap, StatusCode, header};
use procura_ades::tsp::{QUERY, REPLY};
use procura_service::error::Problem;

impl TimeStampingAuthority {
    /// `POST path`: a `TimeStampReq` is answered by a `TimeStampResp`.
    pub fn router(&self, path: &str) -> Router {
        Router::new()
            .route(path, post(time_stamp))
            .with_state(self.clone())
    }
}

/// A time-stamp (RFC 3161): body is a `TimeStampReq` in DER, the answer a `TimeStampResp`, a rejection included.
#[utoipa::path(
    post,
    path = "/tsa",
    request_body(description = "`TimeStampReq` in DER.", content_type = "application/timestamp-query"),
    responses(
        (status = 200, description = "`TimeStampResp` in DER: a token, or why there is none.", content_type = "application/timestamp-reply"),
        (status = 415, description = "PRO-9602: the body is not of type application/timestamp-query."),
    ),
)]
pub(crate) async fn time_stamp(
    State(authority): State<TimeStampingAuthority>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match authority.0.behaviour {
        Behaviour::HttpError(status) => return status.into_response(),
        Behaviour::Silent => return std::future::pending().await,
        Behaviour::Garbage => return ([(header::CONTENT_TYPE, REPLY)], "not DER").into_response(),
        Behaviour::Page => return axum::response::Html("<h1>Please sign in</h1>").into_response(),
        _ => {}
    }
    if headers
        .get(header::CONTENT_TYPE)
        .is_none_or(|sent| sent.as_bytes() != QUERY.as_bytes())
    {
        let problem = Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "PRO-9602",
            "Time-stamps are asked for as application/timestamp-query",
        );
        return problem.into_response();
    }
    // Serial numbers are written down to a file now and then.
    let answered = tokio::task::spawn_blocking(move || authority.answer(&body).to_der()).await;
    match answered {
        Ok(Ok(der)) => ([(header::CONTENT_TYPE, REPLY)], der).into_response(),
        Ok(Err(error)) => Problem::internal(&error).into_response(),
        Err(error) => Problem::internal(&error).into_response(),
    }
}
