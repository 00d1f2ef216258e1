//! Runs that outlive their claim, and runs whose process is killed.
use crate::{
    house::Wallet,
    issuer::{Issuer, PIN, Twist},
    presenting::Login,
    receiving::{accepted, offered},
    verifier,
};
use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

/// What a run may hold a receipt, and an answer a request, for; and a second more.
const CLAIM_OF_RECEIPT: SignedDuration = SignedDuration::from_secs(46);
const CLAIM_OF_REQUEST: SignedDuration = SignedDuration::from_secs(31);

fn refused(answer: &(StatusCode, Value), status: StatusCode, code: &str) {
    assert_eq!(
        (answer.0, &answer.1["code"]),
        (status, &json!(code)),
        "{}",
        answer.1
    );
}
async fn number_held(wallet: &Wallet) -> usize {
    wallet.get("/api/v1/credentials").await.as_array().unwrap().len()
}
/// A process of its own, so to say: what runs in it ends with it, at once.
fn process() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_run_that_a_slow_issuer_outlived_leaves_the_receipt_to_the_newer_one() {
    for twist in [Twist::TokenSlow, Twist::CredentialSlow] {
        let issuer = Issuer::new(twist).await;
        let wallet = Wallet::new(&[&issuer.origin]).await;
        let id = offered(&wallet, &issuer).await;
        let slow = accepted(&wallet, &id, Some(PIN));
        let meanwhile = async {
            issuer.is_being_asked().await;
            let early = accepted(&wallet, &id, Some(PIN)).await;
            wallet.wait(CLAIM_OF_RECEIPT);
            let newer = accepted(&wallet, &id, Some(PIN)).await;
            issuer.answers();
            (early, newer)
        };
        let (slow, (early, newer)) = tokio::join!(slow, meanwhile);
        refused(&early, StatusCode::CONFLICT, "PRO-3019");
        assert_eq!(newer.0, StatusCode::CREATED, "{twist:?}: {}", newer.1);
        refused(&slow, StatusCode::CONFLICT, "PRO-3031");
        assert_eq!(
            wallet.get("/api/v1/credentials").await,
            json!([newer.1]),
            "{twist:?}"
        );
        assert_eq!(accepted(&wallet, &id, None).await, newer, "{twist:?}");
    }
}

#[tokio::test]
async fn a_run_that_lost_its_claim_and_fails_tells_its_own_error() {
    let issuer = Issuer::new(Twist::CredentialSlowAndLate).await;
    let wallet = Wallet::new(&[&issuer.origin]).await;
    let id = offered(&wallet, &issuer).await;
    let meanwhile = async {
        issuer.is_being_asked().await;
        wallet.wait(CLAIM_OF_RECEIPT);
        let newer = accepted(&wallet, &id, Some(PIN)).await;
        issuer.answers();
        newer
    };
    let (slow, newer) = tokio::join!(accepted(&wallet, &id, Some(PIN)), meanwhile);
    assert_eq!(newer.0, StatusCode::CREATED, "{}", newer.1);
    refused(&slow, StatusCode::BAD_GATEWAY, "PRO-3028");
}

#[tokio::test]
async fn an_answer_that_a_slow_verifier_outlived_is_told_and_changes_nothing() {
    let login = Login::new(verifier::Twist::SlowReply).await;
    login.confirmed().await;
    let meanwhile = async {
        login.verifier.is_being_answered().await;
        let early = login.presented().await;
        login.wallet.wait(CLAIM_OF_REQUEST);
        let newer = login.presented().await;
        login.verifier.replies();
        (early, newer)
    };
    let (slow, (early, newer)) = tokio::join!(login.presented(), meanwhile);
    refused(&early, StatusCode::CONFLICT, "PRO-3030");
    assert_eq!((newer.0, &newer.1["accepted"]), (StatusCode::OK, &json!(true)));
    // The verifier looks at the slow one when the login is over.
    assert_eq!(
        (slow.0, &slow.1["accepted"], &slow.1["answered"]),
        (StatusCode::OK, &Value::Null, &json!("unknown"))
    );
    refused(&login.presented().await, StatusCode::CONFLICT, "PRO-3025");
    let answers = login.verifier.answers();
    assert!(answers.len() == 2 && answers[0] == answers[1], "one presentation");
}

/// Begins to accept in a process that is killed while the issuer is being asked; what is left of it.
async fn killed_while_receiving(issuer: &Issuer) -> (Wallet, String) {
    let process = process();
    let origin = issuer.origin.clone();
    let wallet = process
        .spawn(async move { Wallet::new(&[&origin]).await })
        .await
        .unwrap();
    let id = offered(&wallet, issuer).await;
    let doomed = wallet.clone();
    let accepting = id.clone();
    process.spawn(async move { accepted(&doomed, &accepting, Some(PIN)).await });
    issuer.is_being_asked().await;
    process.shutdown_background();
    (wallet.replica().await, id)
}

#[tokio::test]
async fn a_run_that_was_killed_after_it_had_its_token_is_gone_on_with_when_its_claim_has_ended() {
    let issuer = Issuer::new(Twist::CredentialSlow).await;
    let (wallet, id) = killed_while_receiving(&issuer).await;
    refused(
        &accepted(&wallet, &id, None).await,
        StatusCode::CONFLICT,
        "PRO-3019",
    );
    wallet.wait(CLAIM_OF_RECEIPT);
    let (status, held) = accepted(&wallet, &id, None).await;
    assert_eq!(status, StatusCode::CREATED, "{held}");
    assert_eq!(issuer.asked("/token"), 1, "a code is redeemed once");
    assert_eq!(number_held(&wallet).await, 1);
}

#[tokio::test]
async fn a_run_that_was_killed_before_it_had_its_token_fails_by_the_issuers_word() {
    let issuer = Issuer::new(Twist::TokenSlowAndCodeSpent).await;
    let (wallet, id) = killed_while_receiving(&issuer).await;
    wallet.wait(CLAIM_OF_RECEIPT);
    let answer = accepted(&wallet, &id, Some(PIN)).await;
    refused(&answer, StatusCode::UNPROCESSABLE_ENTITY, "PRO-3016");
    assert!(wallet.holds_nothing().await);
}

#[tokio::test]
async fn an_answer_that_was_killed_on_its_way_is_sent_again_as_it_was() {
    let process = process();
    let login = Login::new(verifier::Twist::SlowReply).await;
    login.confirmed().await;
    let wallet = login.wallet.clone();
    let doomed = process
        .spawn(async move { wallet.replica().await })
        .await
        .unwrap();
    let path = format!("/api/v1/requests/{}/present", login.id);
    let body = json!({ "credential_id": login.credential["id"] });
    process.spawn(async move { doomed.post(&path, body).await });
    login.verifier.is_being_answered().await;
    process.shutdown_background();
    refused(&login.presented().await, StatusCode::CONFLICT, "PRO-3030");
    login.wallet.wait(CLAIM_OF_REQUEST);
    let (status, outcome) = login.presented().await;
    assert_eq!(
        (status, &outcome["accepted"]),
        (StatusCode::OK, &json!(true)),
        "{outcome}"
    );
    let answers = login.verifier.answers();
    assert!(answers.len() == 2 && answers[0] == answers[1], "one presentation");
}
