//! Sessions of a wallet with two processes.
use crate::house::Wallet;
use axum::http::{Method, StatusCode};

#[tokio::test]
async fn a_session_that_was_ended_is_dead_at_once_on_a_second_replica() {
    let first = Wallet::new(&[]).await;
    let second = first.replica().await;
    let look = async || {
        second
            .send(Method::GET, "/api/v1/credentials", first.session(), None)
            .await
            .0
    };
    assert_eq!(look().await, StatusCode::OK, "the control");
    let (status, _) = first
        .send(Method::DELETE, "/api/v1/sessions/current", first.session(), None)
        .await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(look().await, StatusCode::UNAUTHORIZED);
}
