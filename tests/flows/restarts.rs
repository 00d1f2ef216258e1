//! Services end and start again between any two steps and in the middle of some, and nothing is lost or done twice.
use procura_credential::lear::Shape;
use procura_tests::{
    Stage, on_each_stage,
    people::{Employee, Issuance},
    stage::until,
};
use reqwest::{Method, StatusCode};
use serde_json::json;

/// Longer than the pauses between the first attempts to notify.
const PAUSE_SECONDS: i64 = 10;
/// Longer than a worker that died keeps its messages, or a wallet that died a receipt.
const LEASE_SECONDS: i64 = 61;

async fn restarted(stage: &mut Stage) {
    stage.clock.advance(PAUSE_SECONDS);
    stage.restart().await;
}

async fn a_restart_after_every_step_loses_nothing(stage: &mut Stage) {
    let portal = stage.portal("portal").clone();
    let employee = stage.open_account().await;
    restarted(stage).await;
    let issuance = stage.issue(Shape::LearCredential).await;
    restarted(stage).await;
    let offer = stage.scan_offer(&employee, &issuance).await;
    restarted(stage).await;
    let credential = stage.accept(&employee, &offer, &issuance.pin).await;
    restarted(stage).await;
    let mut login = stage.begin_login(&portal).await;
    restarted(stage).await;
    let request = stage.scan_request(&employee, &login).await;
    restarted(stage).await;
    stage.confirm_request(&employee, &request).await;
    restarted(stage).await;

    // The portal is away when the verifier accepts: the notification waits in the outbox, through a restart.
    portal.place.close();
    let outcome = stage.present(&employee, &request, &credential).await;
    assert!(outcome.accepted, "{outcome:?}");
    until("the verifier tries to notify", async || {
        !stage.told(&portal).is_empty()
    })
    .await;
    assert!(stage.has_notification().await);
    stage.restart_verifier().await;
    assert!(stage.has_notification().await, "a restart keeps the outbox");
    restarted(stage).await;

    assert!(stage.greeting(&mut login).await.contains("Good day, John Doe"));
    stage.outbox_is_empty().await;
    restarted(stage).await;
    assert!(
        stage.home(&mut login).await.contains("Good day, John Doe"),
        "sessions outlive restarts"
    );
    let told = stage.told(&portal).pop().expect("a notification");
    stage
        .verify_token(&portal, &told.access_token)
        .await
        .expect("keys outlive restarts");
}

/// The portal has heard, its answer is lost, and the verifier dies before it hears of it: it says the same again.
async fn a_notification_that_is_repeated_after_a_restart_completes_one_session(stage: &mut Stage) {
    let portal = stage.portal("portal").clone();
    let employee = stage.open_account().await;
    let issuance = stage.issue(Shape::LearCredential).await;
    let credential = stage.receive(&employee, &issuance).await;
    let (mut login, mut other) = (stage.begin_login(&portal).await, stage.begin_login(&portal).await);
    let request = stage.confirm(&employee, &login).await;
    portal.place.lose_answers("/notify");
    assert!(stage.present(&employee, &request, &credential).await.accepted);
    until("the portal hears", async || !stage.told(&portal).is_empty()).await;
    assert!(stage.has_notification().await, "nobody knows that it did");

    stage.restart_verifier().await;
    portal.place.tell_the_truth();
    stage.clock.advance(LEASE_SECONDS);
    stage.restart_verifier().await;
    stage.outbox_is_empty().await;
    let told = stage.told(&portal);
    assert!(told.len() >= 2, "told again");
    for again in &told {
        assert_eq!(
            (&again.state, &again.access_token),
            (&login.state, &told[0].access_token)
        );
    }
    let heard = told.len();
    assert!(stage.greeting(&mut login).await.contains("Good day, John Doe"));
    assert!(!stage.home(&mut other).await.contains("Good day"), "one session");
    stage.clock.advance(LEASE_SECONDS);
    stage.restart_verifier().await;
    stage.outbox_is_empty().await;
    assert_eq!(stage.told(&portal).len(), heard, "what was delivered is over");
}

/// What the wallet holds, and how often the code was redeemed.
async fn assert_received_once(stage: &Stage, employee: &Employee, issuance: &Issuance) {
    let (_, held) = stage.wallet(employee, Method::GET, "credentials", None).await;
    assert_eq!(held.as_array().map(Vec::len), Some(1), "{held}");
    assert_eq!(stage.progress(issuance).await, "issued");
    assert_eq!(
        stage.places.issuer.posted("/token").len(),
        1,
        "a code is redeemed once"
    );
}

async fn an_issuer_that_dies_between_token_and_credential_gives_it_afterwards(stage: &mut Stage) {
    let employee = stage.open_account().await;
    let issuance = stage.issue(Shape::EmployeeV3).await;
    let offer = stage.scan_offer(&employee, &issuance).await;
    let path = format!("offers/{offer}/accept");
    stage.places.issuer.cut("/credential");
    let body = json!({ "user_pin": issuance.pin });
    let (status, answer) = stage.wallet(&employee, Method::POST, &path, Some(&body)).await;
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::BAD_GATEWAY, &json!("PRO-3028")),
        "the person is told to try again: {answer}"
    );
    stage.places.issuer.tell_the_truth();
    stage.restart().await;
    let (status, held) = stage
        .wallet(&employee, Method::POST, &path, Some(&json!({})))
        .await;
    assert_eq!(status, StatusCode::CREATED, "without the PIN: {held}");
    assert_received_once(stage, &employee, &issuance).await;
}

async fn a_credential_whose_answer_was_lost_is_given_again_to_the_same_wallet(stage: &mut Stage) {
    let employee = stage.open_account().await;
    let issuance = stage.issue(Shape::EmployeeV3).await;
    let offer = stage.scan_offer(&employee, &issuance).await;
    let path = format!("offers/{offer}/accept");
    stage.places.issuer.lose_answers("/credential");
    let body = json!({ "user_pin": issuance.pin });
    let (status, answer) = stage.wallet(&employee, Method::POST, &path, Some(&body)).await;
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::BAD_GATEWAY, &json!("PRO-3028")),
        "{answer}"
    );
    stage.places.issuer.tell_the_truth();
    let (status, held) = stage
        .wallet(&employee, Method::POST, &path, Some(&json!({})))
        .await;
    assert_eq!(status, StatusCode::CREATED, "{held}");
    assert_received_once(stage, &employee, &issuance).await;
}

/// The issuer has answered, the wallet dies before it stores: the receipt, sealed before, is resumed without code and PIN.
async fn a_wallet_that_dies_before_it_stores_receives_the_credential_again(stage: &mut Stage) {
    let employee = stage.open_account().await;
    let issuance = stage.issue(Shape::EmployeeV3).await;
    let offer = stage.scan_offer(&employee, &issuance).await;
    let path = format!("offers/{offer}/accept");
    stage.places.issuer.hold_answers("/credential");
    let body = json!({ "user_pin": issuance.pin });
    tokio::select! {
        (status, answer) = stage.wallet(&employee, Method::POST, &path, Some(&body)) => {
            panic!("the wallet is not to answer: {status} {answer}")
        }
        () = until("the issuer has answered", async || stage.progress(&issuance).await == "issued") => {}
    }
    stage.restart().await;
    stage.places.issuer.tell_the_truth();
    let (status, answer) = stage
        .wallet(&employee, Method::POST, &path, Some(&json!({})))
        .await;
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::CONFLICT, &json!("PRO-3019")),
        "nobody knows yet that the run is dead: {answer}"
    );
    stage.clock.advance(LEASE_SECONDS);
    let (status, held) = stage
        .wallet(&employee, Method::POST, &path, Some(&json!({})))
        .await;
    assert_eq!(status, StatusCode::CREATED, "without code and PIN: {held}");
    assert_received_once(stage, &employee, &issuance).await;
}

/// A code is redeemed once, whoever heard the answer: the person is told, and a new offer helps.
async fn who_lost_the_token_is_told_and_needs_a_new_offer(stage: &mut Stage) {
    let employee = stage.open_account().await;
    let issuance = stage.issue(Shape::EmployeeV3).await;
    let offer = stage.scan_offer(&employee, &issuance).await;
    let path = format!("offers/{offer}/accept");
    stage.places.issuer.lose_answers("/token");
    let body = json!({ "user_pin": issuance.pin });
    let (status, _) = stage.wallet(&employee, Method::POST, &path, Some(&body)).await;
    assert_eq!(status, StatusCode::BAD_GATEWAY);
    stage.places.issuer.tell_the_truth();
    let (status, answer) = stage.wallet(&employee, Method::POST, &path, Some(&body)).await;
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("PRO-3016")),
        "{answer}"
    );
    let again = stage.issue(Shape::EmployeeV3).await;
    stage.receive(&employee, &again).await;
}

/// The verifier has accepted, and the wallet never heard it: it must not tell the person that the verifier refused.
async fn an_accepted_presentation_whose_reply_was_lost_is_not_called_refused(stage: &mut Stage) {
    const ANSWER: &str = "/api/authentication_response";
    let portal = stage.portal("portal").clone();
    let employee = stage.open_account().await;
    let issuance = stage.issue(Shape::LearCredential).await;
    let credential = stage.receive(&employee, &issuance).await;
    let mut login = stage.begin_login(&portal).await;
    let request = stage.confirm(&employee, &login).await;
    let path = format!("requests/{request}/present");
    let body = json!({ "credential_id": credential });
    stage.places.verifier.lose_answers(ANSWER);
    let (status, answer) = stage.wallet(&employee, Method::POST, &path, Some(&body)).await;
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::BAD_GATEWAY, &json!("PRO-3028")),
        "the person is told to try again: {answer}"
    );
    stage.places.verifier.tell_the_truth();
    // The portal hears of it all the same.
    stage.outbox_is_empty().await;
    stage.restart().await;
    let (status, outcome) = stage.wallet(&employee, Method::POST, &path, Some(&body)).await;
    assert_eq!(
        (status, &outcome["answered"], outcome.get("accepted")),
        (StatusCode::OK, &json!("unknown"), None),
        "{outcome}"
    );
    let sent = stage.places.verifier.posted(ANSWER);
    // Compared as truth, not as text: what failed would print a presentation.
    assert!(sent.len() == 2 && sent[0] == sent[1], "one presentation");
    assert!(stage.greeting(&mut login).await.contains("Good day, John Doe"));
    let (status, over) = stage.wallet(&employee, Method::POST, &path, Some(&body)).await;
    assert_eq!(
        (status, &over["code"]),
        (StatusCode::CONFLICT, &json!("PRO-3025")),
        "{over}"
    );
}

/// The person has scanned twice and consents to both at once.
async fn of_two_scans_of_one_login_one_is_answered(stage: &mut Stage) {
    let portal = stage.portal("portal").clone();
    let employee = stage.open_account().await;
    let issuance = stage.issue(Shape::LearCredential).await;
    let credential = stage.receive(&employee, &issuance).await;
    let mut login = stage.begin_login(&portal).await;
    let requests = [
        stage.confirm(&employee, &login).await,
        stage.confirm(&employee, &login).await,
    ];
    let body = json!({ "credential_id": credential });
    let paths = requests.map(|request| format!("requests/{request}/present"));
    let [one, other] = &paths;
    let (one, other) = tokio::join!(
        stage.wallet(&employee, Method::POST, one, Some(&body)),
        stage.wallet(&employee, Method::POST, other, Some(&body)),
    );
    let (won, lost) = if one.0 == StatusCode::OK {
        (one, other)
    } else {
        (other, one)
    };
    assert_eq!((won.0, &won.1["accepted"]), (StatusCode::OK, &json!(true)));
    assert_eq!(
        (lost.0, &lost.1["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("PRO-3024")),
        "{}",
        lost.1
    );
    let sent = stage.places.verifier.posted("/api/authentication_response");
    assert_eq!(sent.len(), 1);
    assert!(stage.greeting(&mut login).await.contains("Good day, John Doe"));
}

on_each_stage!(
    a_restart_after_every_step_loses_nothing,
    a_notification_that_is_repeated_after_a_restart_completes_one_session,
    an_issuer_that_dies_between_token_and_credential_gives_it_afterwards,
    a_credential_whose_answer_was_lost_is_given_again_to_the_same_wallet,
    a_wallet_that_dies_before_it_stores_receives_the_credential_again,
    who_lost_the_token_is_told_and_needs_a_new_offer,
    an_accepted_presentation_whose_reply_was_lost_is_not_called_refused,
    of_two_scans_of_one_login_one_is_answered,
);
