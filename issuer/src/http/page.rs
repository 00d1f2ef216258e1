//! The page behind the QR code: what somebody sees who scans it with a camera instead of a wallet.
use crate::app::App;
use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::{Html, IntoResponse, Response},
};
use http::{StatusCode, header};
use procura_protocol::vci::OfferLink;
use procura_service::Problem;

#[derive(Template)]
#[template(path = "credential-offer.html")]
struct Landing<'a> {
    organization: &'a str,
    style: &'a str,
    /// The link to give to a wallet; `None`: it is not one of ours.
    link: Option<Link>,
}
struct Link {
    https: String,
    wallet: String,
}

/// Instructions. Only links of this issuer are repeated on its page.
#[utoipa::path(get, path = "/credential-offer", tag = "public",
    params(("credential_offer_uri" = String, Query, description = "Where the offer is")),
    responses((status = 200, description = "A page that says how to take the offer", content_type = "text/html"),
        (status = 400, description = "Not an offer of this issuer", content_type = "text/html")))]
pub(crate) async fn landing(State(app): State<App>, RawQuery(query): RawQuery) -> Response {
    let link = ours(&app, &query.unwrap_or_default());
    let status = if link.is_some() {
        StatusCode::OK
    } else {
        StatusCode::BAD_REQUEST
    };
    let style = app.issuer.append("/assets/offer.css");
    let page = Landing {
        organization: &app.legal_name,
        style: &style,
        link,
    };
    match page.render() {
        Ok(html) => (status, [(header::CONTENT_LANGUAGE, "en")], Html(html)).into_response(),
        Err(error) => Problem::internal(&error).into_response(),
    }
}

fn ours(app: &App, query: &str) -> Option<Link> {
    let mut parameters = url::form_urlencoded::parse(query.as_bytes());
    let (Some((name, uri)), None) = (parameters.next(), parameters.next()) else {
        return None;
    };
    let nonce = uri.strip_prefix(&app.issuer.append("/credential-offer/"))?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
    if name != "credential_offer_uri" || nonce.is_empty() || nonce.len() > 64 || !nonce.bytes().all(plain) {
        return None;
    }
    let https = OfferLink::new(&app.issuer, &uri);
    let written = https.split_once('?').map(|(_, query)| query)?;
    Some(Link {
        wallet: format!("openid-credential-offer://?{written}"),
        https,
    })
}

pub(crate) async fn style() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, include_str!("../../templates/offer.css")).into_response()
}
