//! Tokens that are refused, one wrong thing each.
use crate::stage::{on_each, start, token};
use http::StatusCode;
use jiff::SignedDuration;
use procura_crypto::{Curve, KeyKind, PrivateKey};
use procura_jose::Algorithm;
use procura_protocol::oauth::access_token::{AccessToken, mint};
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
async fn an_expired_token_is_refused() {
    on_each(async |world| {
        let past = json!((start() - SignedDuration::from_mins(1)).as_second());
        let expired = world.changed(|_, claims| drop(claims.insert("exp".to_owned(), past)));
        world.refused(&expired, "PRO-5014").await;
    })
    .await;
}

/// Refused for good, every login would fail while the clocks of verifier and portal differ.
#[tokio::test]
async fn a_token_from_the_future_completes_nothing_before_its_time_and_is_to_be_sent_again() {
    on_each(async |world| {
        let after = |seconds| start() + SignedDuration::from_secs(seconds);
        let early = AccessToken {
            issued_at: after(45),
            ..token("t1")
        };
        let (cookie, state) = world.begin().await;
        let (status, body) = world.answer(&world.mint(&early), &state).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(body["code"], "PRO-5014");
        assert_eq!(body["error"], "temporarily_unavailable");
        assert!(world.home(&cookie).await.contains("not signed in yet"));
        world.watch.set(after(14));
        let still = (StatusCode::SERVICE_UNAVAILABLE, "PRO-5014".to_owned());
        assert_eq!(world.notify(&world.mint(&early), &state).await, still);
        world.watch.set(after(15));
        assert_eq!(
            world.notify(&world.mint(&early), &state).await.0,
            StatusCode::NO_CONTENT
        );
        world.back(&cookie).await;
        assert!(world.home(&cookie).await.contains("Good day"));
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
