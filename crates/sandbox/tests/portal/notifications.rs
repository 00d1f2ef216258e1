//! Which notifications are heard.
use crate::stage::{SECRET, World, on_each, token};
use axum::body::{Body, Bytes};
use http::{Request, StatusCode, header};
use procura_store::{Schema, contract::on_each_database};
use std::convert::Infallible;

#[tokio::test]
async fn a_wrong_or_missing_secret_completes_nothing() {
    on_each(async |world| {
        let (cookie, state) = world.begin().await;
        let token = world.mint(&token("t1"));
        for secret in [
            "",
            "k2Yl0M1Z0b2cV8lH9vQw5gAB",
            &SECRET[..23],
            &SECRET.to_lowercase(),
        ] {
            let (status, code) = world.notify_by(secret, &token, &state).await;
            assert_eq!(
                (status, code.as_str()),
                (StatusCode::UNAUTHORIZED, "PRO-5001"),
                "{secret}"
            );
        }
        assert!(world.home(&cookie).await.contains("not signed in yet"));
        assert_eq!(
            world.notify(&token, &state).await.0,
            StatusCode::NO_CONTENT,
            "the control passes"
        );
    })
    .await;
}

#[tokio::test]
async fn a_notification_for_another_session_does_not_complete_this_one() {
    on_each(async |world| {
        let (mine, my_state) = world.begin().await;
        let (other, other_state) = world.begin().await;
        assert_eq!(
            world.notify(&world.mint(&token("t1")), &other_state).await.0,
            StatusCode::NO_CONTENT
        );
        world.back(&other).await;
        assert!(world.home(&mine).await.contains("not signed in yet"));
        assert!(world.home(&other).await.contains("Good day"));
        let made_up = world
            .notify(&world.mint(&token("t2")), "AAAAAAAAAAAAAAAAAAAAAA")
            .await;
        assert_eq!(made_up, (StatusCode::CONFLICT, "PRO-5020".to_owned()));
        let again = world.notify(&world.mint(&token("t1")), &my_state).await;
        assert_eq!(
            again,
            (StatusCode::CONFLICT, "PRO-5019".to_owned()),
            "a token completes one session"
        );
        assert!(world.home(&mine).await.contains("not signed in yet"));
    })
    .await;
}

#[tokio::test]
async fn a_state_completes_once_and_a_repeated_notification_is_heard_quietly() {
    on_each(async |world| {
        let (_, state) = world.begin().await;
        let first = world.mint(&token("t1"));
        assert_eq!(world.notify(&first, &state).await.0, StatusCode::NO_CONTENT);
        assert_eq!(
            world.notify(&first, &state).await.0,
            StatusCode::NO_CONTENT,
            "our answer was lost"
        );
        let second = world.notify(&world.mint(&token("t2")), &state).await;
        assert_eq!(second, (StatusCode::CONFLICT, "PRO-5020".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a_notification_without_a_response_code_is_refused() {
    on_each(async |world| {
        let (_, state) = world.begin().await;
        let token = world.mint(&token("t1"));
        let form = [("access_token", token.as_str()), ("state", &state)];
        let refused = (StatusCode::BAD_REQUEST, "PRO-5002".to_owned());
        assert_eq!(world.post(SECRET, &form).await, refused);
        for code in ["", "short"] {
            let form = [form[0], form[1], ("response_code", code)];
            assert_eq!(world.post(SECRET, &form).await, refused);
        }
        assert_eq!(
            world.notify(&token, &state).await.0,
            StatusCode::NO_CONTENT,
            "the control"
        );
    })
    .await;
}

/// A body in one piece that does not say before how long it is.
async fn posted_in_pieces(world: &World, length: usize) -> (StatusCode, String) {
    let piece = Bytes::from(vec![b'a'; length]);
    let pieces = futures_util::stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"state=")), Ok(piece)]);
    let request = Request::post("/notify")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::AUTHORIZATION, format!("Bearer {SECRET}"))
        .body(Body::from_stream(pieces))
        .unwrap();
    let (status, _, body) = world.send(request).await;
    (status, body)
}

#[tokio::test]
async fn a_body_that_turns_out_to_be_too_large_is_told_so() {
    on_each_database(Schema::Portal, async |database| {
        let world = World::new(&database.store).await.served();
        let (status, body) = posted_in_pieces(&world, 4 << 20).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(body.contains("PRO-5002") && body.contains("too large"), "{body}");
        let (status, body) = posted_in_pieces(&world, 100).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "the control");
        assert!(body.contains("PRO-5002") && !body.contains("too large"), "{body}");
    })
    .await;
}
