//! What operators reach: every call needs a bearer token with the scope that is named.
use super::{challenge, nowhere};
use crate::{
    app::App,
    evidence::EvidenceRefusal,
    http::wish,
    offering::OfferingError,
    openapi::{IssuanceCreated, IssuanceState, IssuanceView, PinView, RevocationView},
    tokens::Scope,
};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderMap, StatusCode, header};
use procura_crypto::digest::sha256;
use procura_protocol::vci::MAX_PIN_ATTEMPTS;
use procura_service::{
    Problem,
    request::{NoToken, bearer_token},
};
use procura_store::issuer::{
    issuances::{self, Issuance, Key},
    tokens::{self, ApiToken},
};
use qrcode::{EcLevel, QrCode, render::svg};

pub(crate) fn routes(app: App) -> Router {
    Router::new()
        .route("/api/v1/issuances", post(create))
        .route("/api/v1/issuances/{id}", get(show))
        .route("/api/v1/issuances/{id}/evidence", get(evidence))
        .route("/api/v1/issuances/{id}/pin", post(pin))
        .route("/api/v1/issuances/{id}/revoke", post(revoke))
        .fallback(nowhere)
        .with_state(app)
}

/// Who asks, if it may.
async fn authorize(app: &App, headers: &HeaderMap, scope: Scope) -> Result<ApiToken, Response> {
    let refused = |title| Problem::new(StatusCode::UNAUTHORIZED, "PRO-2001", title).into_response();
    let token = match bearer_token(headers) {
        Ok(token) => sha256(token.as_bytes()).to_vec(),
        Err(NoToken::Missing) => {
            return Err(challenge(
                refused("A management token is needed"),
                "Bearer realm=\"issuer management\"",
            ));
        }
        Err(NoToken::Malformed) => return Err(invalid(refused("The management token is not valid"))),
    };
    let arguments = (token, app.now());
    let found = app
        .store
        .read(arguments, |tx, (hash, now)| {
            Box::pin(tokens::valid(tx, hash, *now))
        })
        .await
        .map_err(|error| Problem::internal(&error).into_response())?
        .ok_or_else(|| invalid(refused("The management token is not valid")))?;
    if !found.scopes.iter().any(|granted| granted == scope.name()) {
        let problem = Problem::new(
            StatusCode::FORBIDDEN,
            "PRO-2002",
            "The management token may not do this",
        )
        .with_detail(format!("the scope {} is needed", scope.name()));
        return Err(challenge(problem.into_response(), scope.challenge()));
    }
    Ok(found)
}
fn invalid(response: Response) -> Response {
    challenge(
        response,
        "Bearer realm=\"issuer management\", error=\"invalid_token\"",
    )
}

/// Makes an offer of a credential for a mandate.
#[utoipa::path(post, path = "/api/v1/issuances", tag = "management",
    security(("management_token" = ["issuances:create"])),
    params(("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body give the same issuance while its offer stands")),
    request_body(content = crate::openapi::IssuanceRequest),
    responses((status = 201, description = "Offered", body = IssuanceCreated),
        (status = 400, description = "PRO-2003: the request cannot be read; PRO-2004: what to issue is not clear"),
        (status = 401, description = "PRO-2001"), (status = 403, description = "PRO-2002"),
        (status = 409, description = "PRO-2008: offered before, and the offer does not stand any more"),
        (status = 422, description = "PRO-2005, PRO-2006, PRO-2007, PRO-2010: mandate, mandator, idempotency key, \
            representative")))]
pub(crate) async fn create(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let by = match authorize(&app, &headers, Scope::Create).await {
        Ok(token) => token.id,
        Err(refused) => return refused,
    };
    let wish = match wish::read(&app, &headers, &body, by) {
        Ok(wish) => wish,
        Err(problem) => return problem.into_response(),
    };
    let offer = match app.offer(wish).await {
        Ok(offer) => offer,
        Err(error) => return problem(error).into_response(),
    };
    let Some(qr_svg) = qr(&offer.link) else {
        return Problem::internal(&"the link does not fit into a QR code").into_response();
    };
    let created = IssuanceCreated {
        id: offer.id,
        credential_offer_uri: offer.uri,
        offer_link: offer.link,
        qr_svg,
        expires_at: offer.expires_at.to_string(),
        pin_required: offer.pin_required,
    };
    (StatusCode::CREATED, Json(created)).into_response()
}

fn problem(error: OfferingError) -> Problem {
    let unprocessable = |code, title| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, title);
    match error {
        OfferingError::Mandate(error) => {
            unprocessable("PRO-2005", "The mandate cannot be issued").with_detail(format!("/payload{error}"))
        }
        OfferingError::ForeignMandator => unprocessable("PRO-2006", "The mandator is another organisation")
            .with_detail(
                "add it to issues_for of the credential's configuration, or name this issuer's organisation",
            ),
        OfferingError::Representative => unprocessable("PRO-2010", "The representative is not who signs")
            .with_detail("common name and serialNumber in /payload must be those of the signing certificate"),
        OfferingError::IdempotencyConflict => {
            unprocessable("PRO-2007", "This idempotency key served another request")
        }
        OfferingError::Gone(id) => Problem::new(
            StatusCode::CONFLICT,
            "PRO-2008",
            "The offer does not stand any more",
        )
        .with_detail(format!("issuance {id} was made with this idempotency key")),
        error => Problem::internal(&error),
    }
}

fn qr(link: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(link, EcLevel::M).ok()?;
    Some(
        code.render::<svg::Color<'_>>()
            .min_dimensions(256, 256)
            .quiet_zone(true)
            .build(),
    )
}

/// Gives the PIN, once. It goes to the employee by another way than the link.
#[utoipa::path(post, path = "/api/v1/issuances/{id}/pin", tag = "management",
    security(("management_token" = ["issuances:pin"])), params(("id" = String, Path)),
    responses((status = 200, description = "The PIN, for this one time", body = PinView),
        (status = 401, description = "PRO-2001"), (status = 403, description = "PRO-2002"),
        (status = 404, description = "PRO-2011"), (status = 409, description = "PRO-2009: fetched before, or of no use")))]
pub(crate) async fn pin(State(app): State<App>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    if let Err(refused) = authorize(&app, &headers, Scope::Pin).await {
        return refused;
    }
    match app.find(Key::Id(id.clone())).await {
        Ok(Some(_)) => {}
        Ok(None) => return unknown().into_response(),
        Err(error) => return Problem::internal(&error).into_response(),
    }
    match app.take_pin(&id).await {
        Ok(Some(pin)) => Json(PinView {
            user_pin: pin.expose().to_owned(),
        })
        .into_response(),
        Ok(None) => Problem::new(StatusCode::CONFLICT, "PRO-2009", "There is no PIN to fetch")
            .with_detail("it was fetched before, or the offer needs none or does not stand any more")
            .into_response(),
        Err(error) => Problem::internal(&error).into_response(),
    }
}

fn unknown() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "PRO-2011", "There is no such issuance")
}

/// How far an issuance is; nothing of the mandate.
#[utoipa::path(get, path = "/api/v1/issuances/{id}", tag = "management",
    security(("management_token" = ["issuances:read"])), params(("id" = String, Path)),
    responses((status = 200, description = "How far it is", body = IssuanceView),
        (status = 401, description = "PRO-2001"), (status = 403, description = "PRO-2002"),
        (status = 404, description = "PRO-2011")))]
pub(crate) async fn show(State(app): State<App>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    if let Err(refused) = authorize(&app, &headers, Scope::Read).await {
        return refused;
    }
    match app.find(Key::Id(id)).await {
        Ok(Some(issuance)) => Json(view(&app, issuance)).into_response(),
        Ok(None) => unknown().into_response(),
        Err(error) => Problem::internal(&error).into_response(),
    }
}

fn view(app: &App, issuance: Issuance) -> IssuanceView {
    let text = |at: Option<jiff::Timestamp>| at.map(|at| at.to_string());
    let state = if issuance.revoked_at.is_some() {
        IssuanceState::Revoked
    } else if issuance.issued_at.is_some() {
        IssuanceState::Issued
    } else if issuance.redeemed_at.is_some() {
        IssuanceState::Redeemed
    } else if issuance.expires_at <= app.now() {
        IssuanceState::Expired
    } else if issuance.attempts >= i64::from(MAX_PIN_ATTEMPTS) {
        IssuanceState::Locked
    } else {
        IssuanceState::Offered
    };
    IssuanceView {
        id: issuance.id,
        credential_configuration_id: issuance.configuration,
        state,
        created_at: issuance.created_at.to_string(),
        expires_at: issuance.expires_at.to_string(),
        pin_fetched_at: text(issuance.pin_fetched_at),
        redeemed_at: text(issuance.redeemed_at),
        issued_at: text(issuance.issued_at),
        revoked_at: text(issuance.revoked_at),
        credential_id: issuance.credential_id,
    }
}

/// The credential's signature in flattened JSON with its time-stamp (JAdES B-T). Without one where no authority is
/// configured, or where the seal's certificate ended before one could be had.
#[utoipa::path(get, path = "/api/v1/issuances/{id}/evidence", tag = "management",
    security(("management_token" = ["issuances:evidence"])), params(("id" = String, Path)),
    responses((status = 200, description = "Flattened JSON of the credential's signature (RFC 7515, ETSI TS 119 182-1)",
            content_type = "application/jose+json", body = Object),
        (status = 401, description = "PRO-2001"), (status = 403, description = "PRO-2002"),
        (status = 404, description = "PRO-2011: no such issuance; PRO-2012: nothing is kept"),
        (status = 409, description = "PRO-2013: the time-stamp has not come yet")))]
pub(crate) async fn evidence(State(app): State<App>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    if let Err(refused) = authorize(&app, &headers, Scope::Evidence).await {
        return refused;
    }
    let problem = match app.evidence(&id).await {
        Ok(evidence) => {
            tracing::info!(issuance = id, "evidence fetched");
            let headers = [
                (header::CONTENT_TYPE, "application/jose+json"),
                (header::CACHE_CONTROL, "no-store"),
            ];
            return (headers, evidence.as_str().to_owned()).into_response();
        }
        Err(EvidenceRefusal::Unknown) => unknown(),
        Err(reason @ EvidenceRefusal::Nothing) => {
            Problem::new(StatusCode::NOT_FOUND, "PRO-2012", "There is no evidence")
                .with_detail(reason.to_string())
        }
        Err(EvidenceRefusal::Waiting) => Problem::new(
            StatusCode::CONFLICT,
            "PRO-2013",
            "The evidence has no time-stamp yet",
        )
        .with_detail(
            "ask again later; the log and the metrics say why time-stamping authorities do not answer",
        ),
        Err(error) => Problem::internal(&error),
    };
    problem.into_response()
}

/// Revokes: turns the credential's bit, or ends the offer. May be called again.
#[utoipa::path(post, path = "/api/v1/issuances/{id}/revoke", tag = "management",
    security(("management_token" = ["issuances:revoke"])), params(("id" = String, Path)),
    responses((status = 200, description = "Revoked, since when", body = RevocationView),
        (status = 401, description = "PRO-2001"), (status = 403, description = "PRO-2002"),
        (status = 404, description = "PRO-2011")))]
pub(crate) async fn revoke(State(app): State<App>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    if let Err(refused) = authorize(&app, &headers, Scope::Revoke).await {
        return refused;
    }
    let arguments = (id.clone(), app.now());
    match app
        .store
        .write(arguments, |tx, (id, now)| {
            Box::pin(issuances::revoke(tx, id, *now))
        })
        .await
    {
        Ok(Some(at)) => {
            tracing::info!(issuance = id, "revoked");
            Json(RevocationView {
                id,
                revoked_at: at.to_string(),
            })
            .into_response()
        }
        Ok(None) => unknown().into_response(),
        Err(error) => Problem::internal(&error).into_response(),
    }
}
