//! The verifier's keys: found when they are new, refused when they are withdrawn.
use crate::stage::{Published, World, on_each, start, token, token_named};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use procura_crypto::{Curve, KeyKind, PrivateKey};
use procura_jose::Algorithm;
use procura_protocol::oauth::access_token::{AccessToken, mint};
use procura_store::{Schema, contract::on_each_database};
use serde_json::json;
use std::sync::atomic::Ordering;

#[tokio::test]
async fn a_token_by_an_unknown_key_is_refused_after_one_look_at_fresh_keys() {
    on_each(async |world| {
        let token = world.changed(|header, _| drop(header.insert("kid".to_owned(), json!("k9"))));
        world.refused(&token, "PRO-5011").await;
        assert_eq!(
            world.published.fetched(),
            2,
            "once when first needed, once for k9"
        );
    })
    .await;
}

#[tokio::test]
async fn a_key_that_the_verifier_begins_to_use_is_found() {
    on_each(async |world| {
        let (_, state) = world.begin().await;
        assert_eq!(
            world.notify(&world.mint(&token("t1")), &state).await.0,
            StatusCode::NO_CONTENT
        );
        let next = PrivateKey::generate(KeyKind::Rsa(2048)).unwrap();
        world.published.publish(&next, "k2");
        let (cookie, state) = world.begin().await;
        let token = mint(&next, Algorithm::Rs256, "k2", &token("t2")).unwrap();
        assert_eq!(world.notify(&token, &state).await.0, StatusCode::NO_CONTENT);
        world.back(&cookie).await;
        assert!(world.home(&cookie).await.contains("Good day"));
    })
    .await;
}

#[tokio::test]
async fn while_keys_are_out_of_reach_the_verifier_is_asked_to_try_again() {
    on_each_database(Schema::Portal, async |database| {
        let mut published = Published::start().await;
        let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        published.origin = format!("http://{}", closed.local_addr().unwrap());
        drop(closed);
        let key = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
        let world = World::with(&database.store, published, key, "https://portal.example/");
        let (_, state) = world.begin().await;
        let answer = world.notify(&world.mint(&token("t1")), &state).await;
        assert_eq!(answer, (StatusCode::SERVICE_UNAVAILABLE, "PRO-5030".to_owned()));
    })
    .await;
}

/// A notification about a new login by a token of this key.
async fn announced(world: &World, kid: &str, id: &str) -> (StatusCode, String) {
    let (_, state) = world.begin().await;
    let token = mint(&world.key, Algorithm::Es256, kid, &token_named(id)).unwrap();
    world.notify(&token, &state).await
}
fn let_in() -> (StatusCode, String) {
    (StatusCode::NO_CONTENT, String::new())
}
fn at(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

#[tokio::test]
async fn a_key_that_the_verifier_withdrew_is_refused_once_the_keys_are_too_old() {
    // What the verifier says of their age, and the last second in which they are used again.
    for (cache_control, last) in [
        (None, 299),
        (Some("public, max-age=120"), 119),
        (Some("no-store"), 29),
    ] {
        on_each(async |world| {
            *world.published.cache_control.lock().unwrap() = cache_control;
            assert_eq!(announced(world, "k1", "t1").await, let_in());
            world.published.withdraw("k1");
            world.watch.set(at(last));
            assert_eq!(announced(world, "k1", "t2").await, let_in(), "{cache_control:?}");
            assert_eq!(world.published.fetched(), 1);
            world.watch.set(at(last + 1));
            let refused = announced(world, "k1", "t3").await;
            assert_eq!(
                refused,
                (StatusCode::BAD_REQUEST, "PRO-5011".to_owned()),
                "{cache_control:?}"
            );
        })
        .await;
    }
}

#[tokio::test]
async fn no_verifier_makes_the_portal_trust_a_key_for_longer_than_an_hour() {
    on_each(async |world| {
        *world.published.cache_control.lock().unwrap() = Some("max-age=31536000, immutable");
        assert_eq!(announced(world, "k1", "t1").await, let_in());
        world.published.withdraw("k1");
        world.watch.set(at(3600));
        let late = AccessToken {
            issued_at: at(3600),
            expires_at: at(4200),
            ..token_named("t2")
        };
        let (_, state) = world.begin().await;
        let answer = world.notify(&world.mint(&late), &state).await;
        assert_eq!(answer, (StatusCode::BAD_REQUEST, "PRO-5011".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn keys_that_are_too_old_are_not_used_while_newer_ones_are_out_of_reach() {
    on_each(async |world| {
        assert_eq!(announced(world, "k1", "t1").await, let_in());
        world.published.reachable.store(false, Ordering::SeqCst);
        world.watch.set(at(299));
        assert_eq!(announced(world, "k1", "t2").await, let_in(), "young enough");
        world.watch.set(at(300));
        let refused = announced(world, "k1", "t3").await;
        assert_eq!(refused, (StatusCode::SERVICE_UNAVAILABLE, "PRO-5030".to_owned()));
        world.published.reachable.store(true, Ordering::SeqCst);
        assert_eq!(announced(world, "k1", "t4").await, let_in(), "within reach again");
    })
    .await;
}

#[tokio::test]
async fn a_flood_of_unknown_keys_causes_one_look_in_half_a_minute() {
    on_each(async |world| {
        assert_eq!(announced(world, "k1", "t1").await, let_in());
        let flood = async |second: i64| {
            world.watch.set(at(second));
            let mut refusals = Vec::new();
            for number in 0..5 {
                refusals.push(announced(world, &format!("k{second}-{number}"), "t2").await);
            }
            refusals
        };
        let unknown = (StatusCode::BAD_REQUEST, "PRO-5011".to_owned());
        // Without a look nobody knows; the verifier is to try again, not to give up.
        let undecided = (StatusCode::SERVICE_UNAVAILABLE, "PRO-5030".to_owned());
        let first = flood(0).await;
        assert_eq!(first.first(), Some(&unknown), "looked for and not found");
        assert!(first.iter().skip(1).all(|it| *it == undecided), "{first:?}");
        assert_eq!(
            world.published.fetched(),
            2,
            "once when first needed, once for the flood"
        );
        assert!(flood(29).await.iter().all(|it| *it == undecided));
        assert_eq!(world.published.fetched(), 2);
        assert_eq!(flood(30).await.first(), Some(&unknown));
        assert_eq!(world.published.fetched(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_short_outage_at_a_new_key_refuses_no_token_for_good() {
    on_each(async |world| {
        assert_eq!(announced(world, "k1", "t1").await, let_in());
        let next = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
        let (_, state) = world.begin().await;
        let by_next = mint(&next, Algorithm::Es256, "k2", &token_named("t2")).unwrap();
        let again = (StatusCode::SERVICE_UNAVAILABLE, "PRO-5030".to_owned());
        world.published.reachable.store(false, Ordering::SeqCst);
        assert_eq!(world.notify(&by_next, &state).await, again, "out of reach");
        world.published.reachable.store(true, Ordering::SeqCst);
        world.published.publish(&next, "k2");
        world.watch.set(at(1));
        assert_eq!(
            world.notify(&by_next, &state).await,
            again,
            "looked for too short a time ago"
        );
        world.watch.set(at(30));
        assert_eq!(world.notify(&by_next, &state).await, let_in());
    })
    .await;
}
