//! Durable commits are what a service is limited by: how many each step costs is promised, and held here.
use crate::{
    house::Wallet,
    issuer::{self, Issuer, PIN},
    verifier::{self, Verifier},
};
use axum::http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn each_step_costs_the_documented_number_of_durable_commits() {
    let issuer = Issuer::new(issuer::Twist::Nothing).await;
    let verifier = Verifier::new(verifier::Twist::Nothing).await;
    let wallet = Wallet::new(&[&issuer.origin, &verifier.origin]).await;
    let mut before = wallet.commits();
    let mut cost = || {
        let now = wallet.commits();
        now - std::mem::replace(&mut before, now)
    };
    let (_, offer) = wallet
        .post("/api/v1/offers", json!({ "uri": issuer.link() }))
        .await;
    assert_eq!(cost(), 1, "offer shown");
    let path = format!("/api/v1/offers/{}/accept", offer["id"].as_str().unwrap());
    let (status, credential) = wallet.post(&path, json!({ "user_pin": PIN })).await;
    assert_eq!(status, StatusCode::CREATED, "{credential}");
    assert_eq!(cost(), 3, "offer accepted");
    wallet.get("/api/v1/credentials").await;
    assert_eq!(cost(), 0, "looking");
    let (_, request) = wallet
        .post("/api/v1/requests", json!({ "uri": verifier.link() }))
        .await;
    assert_eq!(cost(), 1, "request scanned");
    let path = format!("/api/v1/requests/{}", request["id"].as_str().unwrap());
    let (status, shown) = wallet.post(&format!("{path}/confirm"), json!({})).await;
    assert_eq!(status, StatusCode::OK, "{shown}");
    assert_eq!(cost(), 3, "request confirmed: taken, fetched, shown");
    let (status, answer) = wallet
        .post(
            &format!("{path}/present"),
            json!({ "credential_id": credential["credentials"][0]["id"] }),
        )
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(cost(), 3, "presented: taken, written down, settled");
}
