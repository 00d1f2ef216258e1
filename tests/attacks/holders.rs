//! Other people's credentials and offers.
use procura_credential::lear::Shape;
use procura_tests::{Stage, on_each_database};
use reqwest::{Method, StatusCode};
use serde_json::json;

async fn a_colleagues_credential_cannot_be_presented(stage: &mut Stage) {
    let portal = stage.portal("portal");
    let (john, thief) = (stage.open_account().await, stage.open_account().await);
    let issuance = stage.issue(Shape::LearCredential).await;
    let credential = stage.receive(&john, &issuance).await;
    let mut login = stage.begin_login(portal).await;
    let request = stage.confirm(&thief, &login).await;
    let path = format!("requests/{request}/present");
    let body = json!({ "credential_id": credential });
    let (status, answer) = stage.wallet(&thief, Method::POST, &path, Some(&body)).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{answer}");
    assert!(
        stage
            .places
            .verifier
            .posted("/api/authentication_response")
            .is_empty(),
        "nothing was sent"
    );
    // Nor does John answer what his colleague scanned: to him, it is as if there were no such request.
    let (status, answer) = stage.wallet(&john, Method::POST, &path, Some(&body)).await;
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::CONFLICT, &json!("PRO-3025"))
    );

    let mut own = stage.begin_login(portal).await;
    let request = stage.confirm(&john, &own).await;
    assert!(
        stage.present(&john, &request, &credential).await.accepted,
        "the control"
    );
    assert!(stage.greeting(&mut own).await.contains("Good day, John Doe"));
    assert!(!stage.home(&mut login).await.contains("Good day"));
}

async fn an_offer_that_was_redeemed_gives_a_second_wallet_nothing(stage: &mut Stage) {
    let (john, thief) = (stage.open_account().await, stage.open_account().await);
    let issuance = stage.issue(Shape::LearCredential).await;
    let offer = stage.scan_offer(&thief, &issuance).await;
    stage.receive(&john, &issuance).await;
    let path = format!("offers/{offer}/accept");
    let body = json!({ "user_pin": issuance.pin });
    let (status, answer) = stage.wallet(&thief, Method::POST, &path, Some(&body)).await;
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("PRO-3016"))
    );
    let (_, held) = stage.wallet(&thief, Method::GET, "credentials", None).await;
    assert_eq!(held, json!([]));
    let (_, held) = stage.wallet(&john, Method::GET, "credentials", None).await;
    assert_eq!(held.as_array().map(Vec::len), Some(1));
}

on_each_database!(
    a_colleagues_credential_cannot_be_presented,
    an_offer_that_was_redeemed_gives_a_second_wallet_nothing,
);
