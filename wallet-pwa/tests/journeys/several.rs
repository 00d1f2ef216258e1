//! Offers of several credentials: one code, one token, and a key and a proof for each.
use crate::{
    house::Wallet,
    issuer::{Issuer, PIN, Twist},
    receiving::{accept, checks, offered},
};
use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use procura_sandbox::world::REPRESENTATIVE_POLICY;
use serde_json::{Value, json};

async fn begun(twist: Twist) -> (Issuer, Wallet, String) {
    let issuer = Issuer::of_two(twist).await;
    let wallet = Wallet::with_policy(&[&issuer.origin], REPRESENTATIVE_POLICY).await;
    let id = offered(&wallet, &issuer).await;
    (issuer, wallet, id)
}
fn last_types(answer: &Value) -> Vec<&str> {
    let credentials = answer["credentials"].as_array().unwrap();
    credentials
        .iter()
        .map(|held| {
            held["types"]
                .as_array()
                .unwrap()
                .last()
                .unwrap()
                .as_str()
                .unwrap()
        })
        .collect()
}
/// One is kept, and the answer says so.
async fn first_is_kept(wallet: &Wallet, answer: &Value) {
    let detail = answer["detail"].as_str().unwrap();
    assert!(detail.contains("1 of 2"), "{answer}");
    assert!(detail.contains("\"LEARCredential\""), "{answer}");
    let held = wallet.get("/api/v1/credentials").await;
    assert_eq!(held.as_array().unwrap().len(), 1, "{held}");
    assert_eq!(held[0]["types"][1], "LEARCredentialEmployee", "{held}");
}

#[tokio::test]
async fn each_entry_of_an_offer_is_received_under_a_key_of_its_own_with_one_token() {
    for (twist, requests) in [
        (Twist::Nothing, 2),
        (Twist::NonceWithEachCredential, 2),
        (Twist::NonceSpent, 3),
    ] {
        let (issuer, wallet, id) = begun(twist).await;
        let (status, answer) = accept(&wallet, &id, Some(PIN)).await;
        assert_eq!(status, StatusCode::CREATED, "{twist:?}: {answer}");
        assert_eq!(last_types(&answer), ["LEARCredentialEmployee", "LEARCredential"]);
        let holders = issuer.holders();
        assert_eq!(holders.len(), 2);
        assert_ne!(holders[0], holders[1], "no key serves two credentials");
        for (held, holder) in answer["credentials"].as_array().unwrap().iter().zip(&holders) {
            assert_eq!(held["holder"], json!(holder));
        }
        assert_eq!(
            (issuer.asked("/token"), issuer.asked("/credential")),
            (1, requests),
            "{twist:?}"
        );
        assert_eq!(wallet.get("/api/v1/credentials").await, answer["credentials"]);
        let (status, again) = accept(&wallet, &id, None).await;
        assert_eq!((status, again), (StatusCode::CREATED, answer), "shown again");
        assert_eq!(issuer.asked("/credential"), requests);
    }
}

#[tokio::test]
async fn the_person_sees_every_entry_before_accepting() {
    let issuer = Issuer::of_two(Twist::Nothing).await;
    let wallet = Wallet::new(&[&issuer.origin]).await;
    let (_, offer) = wallet
        .post("/api/v1/offers", json!({ "uri": issuer.link() }))
        .await;
    assert_eq!(
        offer["credentials"],
        json!(["LEARCredentialEmployee", "LEARCredential"])
    );
}

#[tokio::test]
async fn one_entry_that_nobody_describes_refuses_the_whole_offer_by_name() {
    let issuer = Issuer::of_two(Twist::OfferOfUnknownCredential).await;
    let wallet = Wallet::new(&[&issuer.origin]).await;
    let (status, refusal) = wallet
        .post("/api/v1/offers", json!({ "uri": issuer.link() }))
        .await;
    assert_eq!(
        (status, &refusal["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("PRO-3012"))
    );
    assert!(
        refusal["detail"].as_str().unwrap().contains("NobodyKnowsThis"),
        "{refusal}"
    );
    assert_eq!(issuer.asked("/token"), 0);
}

#[tokio::test]
async fn a_second_credential_that_is_refused_leaves_the_first_one_kept() {
    let (issuer, wallet, id) = begun(Twist::CredentialForAnotherKey).await;
    let (status, answer) = accept(&wallet, &id, Some(PIN)).await;
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("PRO-3018")),
        "{answer}"
    );
    assert_eq!(checks(&answer), ["PRO-1053"], "{answer}");
    first_is_kept(&wallet, &answer).await;
    let (status, answer) = accept(&wallet, &id, None).await;
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::CONFLICT, &json!("PRO-3019")),
        "what was refused for good is given up"
    );
    assert_eq!(issuer.asked("/credential"), 2);
}

#[tokio::test]
async fn a_second_credential_that_is_late_is_received_later_and_the_first_one_only_once() {
    let (issuer, wallet, id) = begun(Twist::CredentialLate).await;
    let (status, answer) = accept(&wallet, &id, Some(PIN)).await;
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::BAD_GATEWAY, &json!("PRO-3028")),
        "{answer}"
    );
    first_is_kept(&wallet, &answer).await;
    let wallet = wallet.killed_and_restarted().await;
    let (status, answer) = accept(&wallet, &id, None).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    assert_eq!(last_types(&answer), ["LEARCredentialEmployee", "LEARCredential"]);
    assert_eq!((issuer.asked("/token"), issuer.holders().len()), (1, 2));
}

#[tokio::test]
async fn what_an_offer_brought_is_shown_in_its_order_without_what_was_deleted_since() {
    let (_issuer, wallet, id) = begun(Twist::CredentialLate).await;
    let (status, answer) = accept(&wallet, &id, Some(PIN)).await;
    assert_eq!(status, StatusCode::BAD_GATEWAY, "{answer}");
    // A clock that is put back: by its times the second one came first.
    wallet.wait(SignedDuration::from_secs(-20));
    let (status, received) = accept(&wallet, &id, None).await;
    assert_eq!(status, StatusCode::CREATED, "{received}");
    let (_, again) = accept(&wallet, &id, None).await;
    assert_eq!(last_types(&again), ["LEARCredentialEmployee", "LEARCredential"]);
    assert_eq!(again, received);
    let first = format!(
        "/api/v1/credentials/{}",
        received["credentials"][0]["id"].as_str().unwrap()
    );
    let (status, _) = wallet.send(Method::DELETE, &first, wallet.session(), None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (status, left) = accept(&wallet, &id, None).await;
    assert_eq!(status, StatusCode::CREATED, "{left}");
    assert_eq!(left["credentials"], json!([received["credentials"][1]]));
}

#[tokio::test]
async fn each_further_credential_costs_one_durable_commit() {
    let (_issuer, wallet, id) = begun(Twist::Nothing).await;
    let before = wallet.commits();
    let (status, answer) = accept(&wallet, &id, Some(PIN)).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    assert_eq!(wallet.commits() - before, 4, "taken, redeemed, kept, kept");
}
