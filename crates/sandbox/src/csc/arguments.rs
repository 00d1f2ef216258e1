//! What a method is given: a client with a good token, and an object of parameters.
use super::{Provider, refusal::Refusal, state::Found};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
};
use http::HeaderMap;
use procura_jose::json::{self, Limits};
use procura_service::request::{NoToken, bearer_token};
use serde_json::{Map, Value};

/// Parameters of whoever has a good token.
pub(super) struct Authorized(pub(super) Arguments);

/// Parameters.
pub(super) struct Arguments(Map<String, Value>);

impl Arguments {
    fn read(body: &[u8]) -> Result<Self, Refusal> {
        json::parse_object(body, Limits::default())
            .map(Self)
            .map_err(|_| Refusal::invalid("The body is not a JSON object"))
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        value
            .as_str()
            .map(Some)
            .ok_or_else(|| Refusal::missing("string", name))
    }
    pub(super) fn required_text(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name)?.ok_or_else(|| Refusal::missing("string", name))
    }
    pub(super) fn flag(&self, name: &str) -> Result<bool, Refusal> {
        let Some(value) = self.get(name) else {
            return Ok(false);
        };
        value.as_bool().ok_or_else(|| Refusal::missing("boolean", name))
    }
    pub(super) fn number(&self, name: &str) -> Result<u64, Refusal> {
        let refused = || Refusal::missing("integer", name);
        let value = self.get(name).and_then(Value::as_i64).ok_or_else(refused)?;
        u64::try_from(value).map_err(|_| Refusal::invalid(format!("Invalid value for parameter {name}")))
    }
    pub(super) fn list(&self, name: &str) -> Result<Option<&[Value]>, Refusal> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        value
            .as_array()
            .map(|list| Some(list.as_slice()))
            .ok_or_else(|| Refusal::missing("array", name))
    }
}

impl FromRequest<Provider> for Arguments {
    type Rejection = Refusal;
    async fn from_request(request: Request, provider: &Provider) -> Result<Self, Refusal> {
        let body = Bytes::from_request(request, provider)
            .await
            .map_err(|_| Refusal::invalid("The body cannot be read"))?;
        Self::read(&body)
    }
}

impl FromRequest<Provider> for Authorized {
    type Rejection = Refusal;
    async fn from_request(request: Request, provider: &Provider) -> Result<Self, Refusal> {
        let (mut parts, body) = request.into_parts();
        let Ok(headers) = HeaderMap::from_request_parts(&mut parts, provider).await;
        let token = bearer_token(&headers).map_err(|refused| match refused {
            NoToken::Missing => Refusal::token("invalid_token"),
            NoToken::Malformed => Refusal::invalid("Malformed authorization header"),
        })?;
        let now = provider.now();
        match provider.state().find_token(token, now) {
            Found::Good(()) => {}
            Found::Expired => return Err(Refusal::token("expired_token")),
            Found::Nothing => return Err(Refusal::token("invalid_token")),
        }
        Arguments::from_request(Request::from_parts(parts, body), provider)
            .await
            .map(Self)
    }
}
