//! What people begin has an end, at every service: one moment earlier it works, then it does not.
use procura_credential::lear::Shape;
use procura_protocol::oauth::access_token::TokenError;
use procura_tests::{
    Stage,
    foreign_wallet::Answered,
    on_each_stage,
    people::{Employee, Login},
};
use reqwest::{Method, StatusCode};
use serde_json::json;

/// Of a pre-authorized code.
const CODE_SECONDS: i64 = 600;
/// Of an Authorization Request.
const REQUEST_SECONDS: i64 = 60;
/// Of a login at the verifier.
const TRANSACTION_SECONDS: i64 = 300;
/// Of an access token.
const TOKEN_SECONDS: i64 = 900;
/// Of a session at the portal.
const SESSION_SECONDS: i64 = 3600;

async fn john(stage: &Stage) -> (Employee, String) {
    let employee = stage.open_account().await;
    let issuance = stage.issue(Shape::LearCredential).await;
    let credential = stage.receive(&employee, &issuance).await;
    (employee, credential)
}

async fn an_offer_ends(stage: &mut Stage) {
    let employee = stage.open_account().await;
    let issuances = [
        stage.issue(Shape::LearCredential).await,
        stage.issue(Shape::LearCredential).await,
    ];
    stage.clock.advance(CODE_SECONDS - 1);
    let [in_time, late] = &issuances;
    let offer = stage.scan_offer(&employee, late).await;
    stage.receive(&employee, in_time).await;
    stage.clock.advance(1);
    let path = format!("offers/{offer}/accept");
    let body = json!({ "user_pin": late.pin });
    let (status, answer) = stage.wallet(&employee, Method::POST, &path, Some(&body)).await;
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("PRO-3016")),
        "{answer}"
    );
    assert_eq!(stage.progress(late).await, "expired");
}

async fn gone(stage: &Stage, login: &Login) -> bool {
    let (status, answer) = stage.client.call(Method::GET, &login.request, None, None).await;
    status == StatusCode::GONE && answer["code"] == "PRO-4011"
}

async fn a_request_and_a_login_end(stage: &mut Stage) {
    let good = stage
        .world
        .good_credential(Shape::LearCredential)
        .expect("a credential");
    let portal = stage.portal("portal");
    let [fetched, answered_in_time, late, never_fetched] = [
        stage.begin_login(portal).await,
        stage.begin_login(portal).await,
        stage.begin_login(portal).await,
        stage.begin_login(portal).await,
    ];
    stage.fetch_request(&fetched).await;
    let in_time = stage.fetch_request(&answered_in_time).await;
    let too_late = stage.fetch_request(&late).await;
    stage.clock.advance(REQUEST_SECONDS - 1);
    stage.fetch_request(&fetched).await;
    stage.clock.advance(1);
    assert!(gone(stage, &fetched).await, "the request is over");

    stage.clock.advance(TRANSACTION_SECONDS - REQUEST_SECONDS - 1);
    assert_eq!(stage.answer_request(&in_time, &good).await, Answered::accepted());
    stage.clock.advance(1);
    assert_eq!(
        stage.answer_request(&too_late, &good).await,
        Answered::no_such_login()
    );
    assert!(gone(stage, &never_fetched).await, "the login is over");
    stage.outbox_is_empty().await;
    assert_eq!(stage.told(portal).len(), 1, "of the one in time");
}

async fn a_request_that_the_person_confirmed_is_not_presented_after_its_time(stage: &mut Stage) {
    let (employee, credential) = john(stage).await;
    let portal = stage.portal("portal");
    let mut login = stage.begin_login(portal).await;
    let request = stage.confirm(&employee, &login).await;
    stage.clock.advance(TRANSACTION_SECONDS);
    let path = format!("requests/{request}/present");
    let body = json!({ "credential_id": credential });
    let (status, answer) = stage.wallet(&employee, Method::POST, &path, Some(&body)).await;
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::CONFLICT, &json!("PRO-3025")),
        "{answer}"
    );
    assert!(!stage.has_notification().await);
    assert!(!stage.home(&mut login).await.contains("Good day"));
}

async fn a_token_and_a_session_end(stage: &mut Stage) {
    let (employee, credential) = john(stage).await;
    let portal = stage.portal("portal");
    let mut login = stage.begin_login(portal).await;
    let request = stage.confirm(&employee, &login).await;
    assert!(stage.present(&employee, &request, &credential).await.accepted);
    assert!(stage.greeting(&mut login).await.contains("Good day, John Doe"));
    stage.outbox_is_empty().await;
    let told = stage.told(portal).remove(0);
    stage.clock.advance(TOKEN_SECONDS - 1);
    stage
        .verify_token(portal, &told.access_token)
        .await
        .expect("a token");
    stage.clock.advance(1);
    assert_eq!(
        stage.verify_token(portal, &told.access_token).await,
        Err(TokenError::Expired)
    );
    stage.clock.advance(SESSION_SECONDS - TOKEN_SECONDS - 1);
    assert!(stage.home(&mut login).await.contains("Good day, John Doe"));
    stage.clock.advance(1);
    assert!(!stage.home(&mut login).await.contains("Good day"));
}

on_each_stage!(
    an_offer_ends,
    a_request_and_a_login_end,
    a_request_that_the_person_confirmed_is_not_presented_after_its_time,
    a_token_and_a_session_end,
);
