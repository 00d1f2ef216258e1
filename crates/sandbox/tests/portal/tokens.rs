//! Tokens that are refused, one wrong thing each.
use crate::stage::{on_each, start, token};
use http::StatusCode;
use jiff::SignedDuration;
use procura_crypto::Curve;
use procura_crypto::KeyKind;
use procura_crypto::PrivateKey;
use procura_jose::Algorithm;
use procura_protocol::oauth::access_token::mint;
use procura_sandbox::world::GOODAIR_DID;
use serde_json::json;

#[tokio::test]
async fn a_token_of_another_type_is_refused() {
    on_each(async |world| {
        let token = world.changed(|header, _| drop(header.insert("typ".to_owned(), json!("JWT"))));
        world.refused(&token, "PRO-5010").await;
    })
    .await;
}

#[tokio::test]
async fn a_token_for_another_resource_is_refused() {
    on_each(async |world| {
        let token =
            world.changed(|_, claims| drop(claims.insert("aud".to_owned(), json!("https://other.example/"))));
        world.refused(&token, "PRO-5012").await;
    })
    .await;
}

#[tokio::test]
async fn a_token_of_another_issuer_is_refused() {
    on_each(async |world| {
        let token = world.changed(|_, claims| {
            claims.insert("iss".to_owned(), json!(GOODAIR_DID));
            claims.insert("client_id".to_owned(), json!(GOODAIR_DID));
        });
        world.refused(&token, "PRO-5013").await;
    })
    .await;
}

#[tokio::test]
async fn an_expired_token_and_one_from_the_future_are_refused() {
    on_each(async |world| {
        let at = |minutes| json!((start() + SignedDuration::from_mins(minutes)).as_second());
        let expired = world.changed(|_, claims| drop(claims.insert("exp".to_owned(), at(-1))));
        world.refused(&expired, "PRO-5014").await;
        let early = world.changed(|_, claims| drop(claims.insert("iat".to_owned(), at(2))));
        let (_, state) = world.begin().await;
        assert_eq!(
            world.notify(&early, &state).await,
            (StatusCode::BAD_REQUEST, "PRO-5014".to_owned())
        );
    })
    .await;
}

#[tokio::test]
async fn a_token_by_an_algorithm_that_is_not_allowed_is_refused() {
    on_each(async |world| {
        let strong = PrivateKey::generate(KeyKind::Ec(Curve::P384)).unwrap();
        world.published.publish(&strong, "k384");
        let token = mint(&strong, Algorithm::Es384, "k384", &token("t1")).unwrap();
        world.refused(&token, "PRO-5015").await;
    })
    .await;
}

#[tokio::test]
async fn a_token_that_a_stranger_signed_is_refused() {
    on_each(async |world| {
        let stranger = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
        let token = mint(&stranger, Algorithm::Es256, "k1", &token("t1")).unwrap();
        world.refused(&token, "PRO-5015").await;
    })
    .await;
}

#[tokio::test]
async fn a_token_of_another_scope_is_refused() {
    on_each(async |world| {
        let token = world.changed(|_, claims| drop(claims.insert("scope".to_owned(), json!("vp_token"))));
        world.refused(&token, "PRO-5017").await;
    })
    .await;
}
