//! Reading what an operator asks: strictly, with the names that deployed portals use understood.
use crate::{
    app::{App, Configuration},
    offering::Wish,
};
use http::{HeaderMap, StatusCode};
use procura_credential::lear::Shape;
use procura_jose::json::{self, Limits};
use procura_protocol::Secret;
use procura_service::{Problem, request::media_type};
use serde_json::{Map, Value};
use std::sync::Arc;

/// What deployed portals send along, and the one value of it that says what we do anyway.
const TOLERATED: [(&str, &str); 3] = [
    ("operation_mode", "S"),
    ("format", "jwt_vc_json"),
    ("response_uri", ""),
];

pub(super) fn read(app: &App, headers: &HeaderMap, body: &[u8], by: String) -> Result<Wish, Problem> {
    let unreadable = |detail: String| {
        Problem::new(StatusCode::BAD_REQUEST, "PRO-2003", "The request cannot be read").with_detail(detail)
    };
    if media_type(headers).as_deref() != Some("application/json") {
        return Err(unreadable("the body must be application/json".to_owned()));
    }
    let mut object =
        json::parse_object(body, Limits::default()).map_err(|error| unreadable(error.to_string()))?;
    let payload = object
        .remove("payload")
        .filter(Value::is_object)
        .ok_or_else(|| unreadable("/payload: an object is expected".to_owned()))?;
    let configuration = configuration(app, &mut object)?;
    for (name, only) in TOLERATED {
        if object.remove(name).is_some_and(|value| value != only) {
            return Err(unreadable(format!("/{name}: only {only:?} is supported")));
        }
    }
    if let Some(name) = object.keys().next() {
        return Err(unreadable(format!("/{name}: is not known here")));
    }
    let idempotency_key = idempotency_key(headers).map_err(|()| {
        unreadable("Idempotency-Key: one value of 1 to 255 visible characters is expected".to_owned())
    })?;
    let request_hash = procura_crypto::digest::sha256(body);
    Ok(Wish {
        configuration,
        payload,
        by,
        idempotency_key,
        request_hash,
    })
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<Secret>, ()> {
    let mut values = headers.get_all("idempotency-key").iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => {
            let text = value.to_str().map_err(|_| ())?;
            let sound = (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
            if sound {
                Ok(Some(Secret::new(text)))
            } else {
                Err(())
            }
        }
        (Some(_), Some(_)) => Err(()),
    }
}

/// By id, by the type that deployed portals call `schema`, or by shape; those that are named must agree on one.
fn configuration(app: &App, object: &mut Map<String, Value>) -> Result<Arc<Configuration>, Problem> {
    let unclear = |detail: &str| {
        Problem::new(StatusCode::BAD_REQUEST, "PRO-2004", "What to issue is not clear").with_detail(detail)
    };
    let id = object.remove("credential_configuration_id");
    let schema = object.remove("schema");
    let shape = object
        .remove("shape")
        .map(serde_json::from_value::<Shape>)
        .transpose()
        .map_err(|_| unclear("/shape: is not known"))?;
    if id.is_none() && schema.is_none() && shape.is_none() {
        return Err(unclear("/credential_configuration_id: is missing"));
    }
    let mut fitting = app.configurations.iter().filter(|configuration| {
        id.as_ref().is_none_or(|id| *id == configuration.id)
            && shape.is_none_or(|shape| shape == configuration.shape)
            && schema.as_ref().is_none_or(|schema| {
                *schema == configuration.id || *schema == configuration.shape.credential_type()
            })
    });
    match (fitting.next(), fitting.next()) {
        (Some(one), None) => Ok(one.clone()),
        (None, _) => Err(unclear("no configured credential fits")),
        (Some(_), Some(_)) => Err(unclear(
            "several configured credentials fit; name /credential_configuration_id",
        )),
    }
}
