//! The claims around an Authorization Request, sealed by the caller as JAdES (DOME §3.3.4.3).

use super::request::{AuthorizationRequest, RequestError};
use crate::oauth::ErrorCode;
use jiff::{SignedDuration, Timestamp};
use procura_did::Did;
use procura_jose::jwt::{ClaimError, Claims};
use serde_json::{Value, json};

/// `typ` of the sealed request (RFC 9101 §10.8; the media type is `application/` in front of it).
pub const REQUEST_OBJECT_TYP: &str = "oauth-authz-req+jwt";
/// Media type of the sealed request.
pub const REQUEST_OBJECT_MEDIA_TYPE: &str = "application/oauth-authz-req+jwt";
/// `aud` of every request: static discovery of self-issued providers (`SIOPv2`, OpenID4VP §5.8).
pub const SELF_ISSUED: &str = "https://self-issued.me/v2";
/// Seconds in which a request is to be accepted by the wallet.
pub const REQUEST_SECONDS: i64 = 60;
/// Longest life that a wallet grants to a request: no longer than a whole transaction.
const MAXIMUM_SECONDS: i64 = 300;
/// How far, in seconds, `iat` may lie in the future: the relying party's clock is not ours.
const SKEW_SECONDS: i64 = 30;

/// A request with the times that its seal covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestObject {
    /// The request; its `client_id` is `iss` and `sub`.
    pub request: AuthorizationRequest,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `exp`: the wallet must have accepted the request before.
    pub expires_at: Timestamp,
}

/// Why a wallet does not accept the claims of a sealed request. Names claims, never their values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestObjectError {
    /// The payload is not a strict JSON object.
    #[error("the request is not a claims set: {0}")]
    Json(#[from] procura_jose::json::JsonError),
    /// A claim is missing or of another type.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// `iss` or `sub` is not the `client_id` of the request.
    #[error("{0:?} is not the client_id of the request")]
    Party(&'static str),
    /// Not meant for a self-issued provider.
    #[error("\"aud\" is not https://self-issued.me/v2")]
    Audience,
    /// `exp` has passed.
    #[error("the request has expired")]
    Expired,
    /// `iat` lies in the future.
    #[error("the request is not yet valid")]
    NotYetValid,
    /// `exp` is not after `iat`, or lies further from it than a login may take.
    #[error("the request's life-time is not between 1 and 300 seconds")]
    LifeTime,
    /// The request itself.
    #[error(transparent)]
    Request(#[from] RequestError),
}

impl RequestObjectError {
    /// The error code of the standard.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Request(error) => error.code(),
            Self::Party(_) => ErrorCode::InvalidClient,
            _ => ErrorCode::InvalidRequest,
        }
    }
}

impl RequestObject {
    /// A request that is to be accepted within [`REQUEST_SECONDS`] from `now` (whole seconds).
    #[must_use]
    pub fn issue(request: AuthorizationRequest, now: Timestamp) -> Self {
        let issued_at = Timestamp::from_second(now.as_second()).unwrap_or(now);
        Self {
            request,
            issued_at,
            expires_at: expiry(issued_at),
        }
    }

    /// The claims to be sealed with `typ` [`REQUEST_OBJECT_TYP`] by the relying party's certificate.
    #[must_use]
    pub fn claims(&self) -> Value {
        json!({
            "iss": self.request.client_id.as_str(),
            "sub": self.request.client_id.as_str(),
            "aud": SELF_ISSUED,
            "iat": self.issued_at.as_second(),
            "exp": self.expires_at.as_second(),
            "auth_request": self.request.to_uri(),
        })
    }
}

/// When a request that was issued at `issued_at` can no longer be accepted.
#[must_use]
pub fn expiry(issued_at: Timestamp) -> Timestamp {
    issued_at
        .checked_add(SignedDuration::from_secs(REQUEST_SECONDS))
        .unwrap_or(Timestamp::MAX)
}

/// What a wallet checks of a request's claims *after* the seal was proven, and before anything is shown.
///
/// The caller still owes: the seal is that of `client_id` (`credential::seal::sealed` with `expected_did`), the header's
/// `typ` is [`REQUEST_OBJECT_TYP`], the relying party is a participant, the `nonce` was not seen before, and the
/// `redirect_uri` is acceptable to the outbound client.
///
/// # Errors
/// [`RequestObjectError`] names the first claim that breaks a rule.
pub fn check_request_object(payload: &[u8], now: Timestamp) -> Result<RequestObject, RequestObjectError> {
    let claims = Claims::parse(payload)?;
    let issuer = claims.string("iss")?;
    let subject = claims.string("sub")?;
    if claims.audience()? != [SELF_ISSUED] {
        return Err(RequestObjectError::Audience);
    }
    let issued_at = claims.time("iat")?;
    let expires_at = claims.time("exp")?;
    let life = expires_at.as_second().saturating_sub(issued_at.as_second());
    if !(1..=MAXIMUM_SECONDS).contains(&life) {
        return Err(RequestObjectError::LifeTime);
    }
    if now >= expires_at {
        return Err(RequestObjectError::Expired);
    }
    if issued_at.as_second() > now.as_second().saturating_add(SKEW_SECONDS) {
        return Err(RequestObjectError::NotYetValid);
    }
    let request = AuthorizationRequest::parse(claims.string("auth_request")?)?;
    if issuer != request.client_id.as_str() {
        return Err(RequestObjectError::Party("iss"));
    }
    if subject != request.client_id.as_str() {
        return Err(RequestObjectError::Party("sub"));
    }
    Ok(RequestObject {
        request,
        issued_at,
        expires_at,
    })
}

/// The `client_id` that a request claims, from a payload that nobody has verified yet: only to say whose seal is
/// expected. Everything else waits for [`check_request_object`].
#[must_use]
pub fn claimed_client_id(payload: &[u8]) -> Option<Did> {
    let claims = Claims::parse(payload).ok()?;
    AuthorizationRequest::parse(claims.string("auth_request").ok()?)
        .ok()
        .map(|request| request.client_id)
}

#[cfg(test)]
mod tests {
    use super::{RequestObject, RequestObjectError, SELF_ISSUED, check_request_object, claimed_client_id};
    use crate::vp::{
        request::{AuthorizationRequest, Query, RequestError},
        scope::LEAR_CREDENTIAL,
    };
    use jiff::{SignedDuration, Timestamp};
    use procura_did::Did;
    use procura_jose::jwt::ClaimError;
    use serde_json::{Value, json};
    use url::Url;

    fn now() -> Timestamp {
        Timestamp::from_second(1_667_194_901).expect("a time")
    }

    fn request() -> AuthorizationRequest {
        AuthorizationRequest {
            query: Query::Scope(LEAR_CREDENTIAL.to_owned()),
            client_id: Did::parse("did:elsi:VATFR-99999999").expect("a DID"),
            redirect_uri: Url::parse("https://verifier.example/api/authentication_response").expect("a URL"),
            state: "af0ifjsldkj".to_owned(),
            nonce: "n-0S6_WzA2Mj".to_owned(),
        }
    }

    fn check(claims: &Value, now: Timestamp) -> Result<RequestObject, RequestObjectError> {
        check_request_object(claims.to_string().as_bytes(), now)
    }

    fn with(name: &str, value: Value) -> Value {
        let mut claims = RequestObject::issue(request(), now()).claims();
        claims
            .as_object_mut()
            .expect("an object")
            .insert(name.to_owned(), value);
        claims
    }

    #[test]
    fn the_documents_claims_are_written_and_accepted() {
        let object = RequestObject::issue(request(), now());
        insta::assert_json_snapshot!(object.claims());
        assert_eq!(check(&object.claims(), now()), Ok(object));
    }

    #[test]
    fn a_request_can_be_accepted_for_sixty_seconds_and_not_longer() {
        let claims = RequestObject::issue(request(), now()).claims();
        let after = |seconds| now() + SignedDuration::from_secs(seconds);
        assert!(check(&claims, after(59)).is_ok());
        assert_eq!(check(&claims, after(60)), Err(RequestObjectError::Expired));
    }

    #[test]
    fn a_request_of_the_future_is_refused() {
        let claims = RequestObject::issue(request(), now()).claims();
        let before = |seconds| now() - SignedDuration::from_secs(seconds);
        assert!(check(&claims, before(30)).is_ok());
        assert_eq!(check(&claims, before(31)), Err(RequestObjectError::NotYetValid));
    }

    #[test]
    fn a_request_that_lives_longer_than_a_login_is_refused() {
        let claims = with("exp", json!(now().as_second() + 301));
        assert_eq!(check(&claims, now()), Err(RequestObjectError::LifeTime));
        let claims = with("exp", json!(now().as_second()));
        assert_eq!(check(&claims, now()), Err(RequestObjectError::LifeTime));
    }

    #[test]
    fn issuer_and_subject_must_be_the_client_id() {
        for name in ["iss", "sub"] {
            let claims = with(name, json!("did:elsi:VATES-12345678"));
            assert_eq!(check(&claims, now()), Err(RequestObjectError::Party(name)));
        }
        let other = AuthorizationRequest {
            client_id: Did::parse("did:elsi:VATES-12345678").expect("a DID"),
            ..request()
        };
        let claims = with("auth_request", json!(other.to_uri()));
        assert_eq!(check(&claims, now()), Err(RequestObjectError::Party("iss")));
        assert_eq!(
            claimed_client_id(claims.to_string().as_bytes()),
            Some(other.client_id)
        );
    }

    #[test]
    fn another_audience_is_refused() {
        for audience in [
            json!("https://self-issued.me"),
            json!([SELF_ISSUED, "https://wallet.example"]),
        ] {
            assert_eq!(
                check(&with("aud", audience), now()),
                Err(RequestObjectError::Audience)
            );
        }
    }

    #[test]
    fn each_missing_or_mistyped_claim_is_refused_by_name() {
        for name in ["iss", "sub", "aud", "iat", "exp", "auth_request"] {
            let mut claims = RequestObject::issue(request(), now()).claims();
            claims.as_object_mut().expect("an object").remove(name);
            assert_eq!(
                check(&claims, now()),
                Err(RequestObjectError::Claim(ClaimError(name)))
            );
            assert_eq!(
                check(&with(name, json!({})), now()),
                Err(RequestObjectError::Claim(ClaimError(name)))
            );
        }
    }

    #[test]
    fn a_broken_request_inside_is_refused_for_its_own_reason() {
        let uri = request().to_uri().replacen("&nonce=", "&once=", 1);
        assert_eq!(
            check(&with("auth_request", json!(uri)), now()),
            Err(RequestObjectError::Request(RequestError::Missing("nonce")))
        );
    }
}
