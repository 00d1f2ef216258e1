//! Once: what a link leads to is fetched once, a request object is shown once, a login is answered once.
use crate::{
    presenting::{Login, scanned},
    verifier::{NONCE, Twist, late_registry},
};
use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};

fn refused(answer: &(StatusCode, Value), status: StatusCode, code: &str) {
    assert_eq!(
        (answer.0, &answer.1["code"]),
        (status, &json!(code)),
        "{}",
        answer.1
    );
}
/// The code is scanned once more; what becomes of it has this id.
async fn again(login: Login) -> Login {
    let id = scanned(&login.wallet, &login.verifier).await;
    Login { id, ..login }
}

#[tokio::test]
async fn a_registry_out_of_reach_leaves_the_request_to_be_confirmed_again_without_fetching_it_again() {
    let registry = late_registry().await;
    let login = Login::with(Twist::Nothing, Some(&registry)).await;
    refused(
        &login.confirmed().await,
        StatusCode::SERVICE_UNAVAILABLE,
        "PRO-3029",
    );
    let login = Login {
        wallet: login.wallet.killed_and_restarted().await,
        ..login
    };
    let (status, asked) = login.confirmed().await;
    assert_eq!(status, StatusCode::OK, "{asked}");
    assert_eq!(login.verifier.requests(), 1);
    assert_eq!(login.step("decline", json!({})).await.0, StatusCode::NO_CONTENT);
    assert_eq!(
        login.verifier.answers()[0]["nonce"],
        NONCE,
        "the nonce that a verifier listens to"
    );
}

#[tokio::test]
async fn a_request_object_that_was_kept_is_not_confirmed_after_its_time() {
    let registry = late_registry().await;
    let login = Login::with(Twist::Nothing, Some(&registry)).await;
    refused(
        &login.confirmed().await,
        StatusCode::SERVICE_UNAVAILABLE,
        "PRO-3029",
    );
    login.wallet.wait(SignedDuration::from_secs(61));
    let late = login.confirmed().await;
    refused(&late, StatusCode::UNPROCESSABLE_ENTITY, "PRO-3022");
    assert!(
        late.1["detail"].as_str().unwrap().contains("expired"),
        "{}",
        late.1
    );
    refused(&login.confirmed().await, StatusCode::CONFLICT, "PRO-3025");
    assert_eq!(login.verifier.requests(), 1);
}

#[tokio::test]
async fn two_taps_fetch_once() {
    let login = Login::new(Twist::SlowRequest).await;
    let second = async {
        login.verifier.is_being_asked().await;
        let second = login.confirmed().await;
        login.verifier.replies();
        second
    };
    let (first, second) = tokio::join!(login.confirmed(), second);
    assert_eq!(first.0, StatusCode::OK, "{}", first.1);
    refused(&second, StatusCode::CONFLICT, "PRO-3030");
    assert_eq!(login.confirmed().await, first, "the same scan is shown again");
    assert_eq!(login.verifier.requests(), 1);
    assert_eq!(login.presented().await.0, StatusCode::OK);
    refused(&login.confirmed().await, StatusCode::CONFLICT, "PRO-3025");
}

#[tokio::test]
async fn a_person_who_hangs_up_while_it_is_fetched_confirms_what_was_fetched() {
    let login = Login::new(Twist::SlowRequest).await;
    tokio::select! {
        answer = login.confirmed() => panic!("it was confirmed: {answer:?}"),
        () = login.verifier.is_being_asked() => {}
    }
    login.verifier.replies();
    login.wallet.underway.finished().await;
    let (status, asked) = login.confirmed().await;
    assert_eq!(status, StatusCode::OK, "{asked}");
    assert_eq!(login.verifier.requests(), 1);
}

#[tokio::test]
async fn a_link_that_could_not_be_fetched_is_scanned_again() {
    let login = Login::new(Twist::LateRequest).await;
    refused(&login.confirmed().await, StatusCode::BAD_GATEWAY, "PRO-3028");
    refused(&login.confirmed().await, StatusCode::CONFLICT, "PRO-3025");
    assert_eq!(login.verifier.requests(), 1);
    let login = again(login).await;
    assert_eq!(login.confirmed().await.0, StatusCode::OK);
    assert_eq!(login.presented().await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_captured_request_object_is_shown_once() {
    let login = Login::new(Twist::Captured).await;
    assert_eq!(login.confirmed().await.0, StatusCode::OK);
    let login = again(login).await;
    refused(
        &login.confirmed().await,
        StatusCode::UNPROCESSABLE_ENTITY,
        "PRO-3024",
    );
    refused(&login.presented().await, StatusCode::CONFLICT, "PRO-3025");
    let stranger = login.wallet.sign_up().await;
    let uri = json!({ "uri": login.verifier.link() });
    let (_, named) = login
        .wallet
        .send(Method::POST, "/api/v1/requests", &stranger, Some(uri))
        .await;
    let path = format!("/api/v1/requests/{}/confirm", named["id"].as_str().unwrap());
    let shown = login
        .wallet
        .send(Method::POST, &path, &stranger, Some(json!({})))
        .await;
    refused(&shown, StatusCode::UNPROCESSABLE_ENTITY, "PRO-3024");
}

#[tokio::test]
async fn a_login_that_was_not_answered_may_be_scanned_again() {
    let login = Login::new(Twist::Nothing).await;
    assert_eq!(login.confirmed().await.0, StatusCode::OK);
    let login = again(login).await;
    let (status, asked) = login.confirmed().await;
    assert_eq!(status, StatusCode::OK, "{asked}");
    assert_eq!(login.presented().await.0, StatusCode::OK);
    assert_eq!(login.verifier.requests(), 2, "each scan has a nonce of its own");
}

#[tokio::test]
async fn a_login_that_was_answered_is_over_for_who_scans_it_again() {
    for step in ["present", "decline"] {
        let login = Login::new(Twist::Nothing).await;
        login.confirmed().await;
        let body = match step {
            "present" => json!({ "credential_id": login.credential["id"] }),
            _ => json!({}),
        };
        assert!(login.step(step, body).await.0.is_success());
        let login = again(login).await;
        refused(&login.confirmed().await, StatusCode::CONFLICT, "PRO-3025");
        assert_eq!(login.verifier.answers().len(), 1, "{step}");
    }
}

#[tokio::test]
async fn a_request_that_was_fetched_before_its_login_was_answered_is_not_shown_afterwards() {
    for step in ["present", "decline"] {
        let registry = late_registry().await;
        let login = Login::with(Twist::Nothing, Some(&registry)).await;
        refused(
            &login.confirmed().await,
            StatusCode::SERVICE_UNAVAILABLE,
            "PRO-3029",
        );
        let (fetched, login) = (login.id.clone(), again(login).await);
        assert_eq!(login.confirmed().await.0, StatusCode::OK);
        let body = match step {
            "present" => json!({ "credential_id": login.credential["id"] }),
            _ => json!({}),
        };
        assert!(login.step(step, body).await.0.is_success());
        let login = Login { id: fetched, ..login };
        refused(
            &login.confirmed().await,
            StatusCode::UNPROCESSABLE_ENTITY,
            "PRO-3024",
        );
        assert_eq!(login.verifier.answers().len(), 1, "{step}");
    }
}

#[tokio::test]
async fn a_login_that_was_scanned_twice_is_answered_once() {
    let first = Login::new(Twist::Nothing).await;
    first.confirmed().await;
    let id = first.id.clone();
    let second = again(first).await;
    assert_eq!(second.confirmed().await.0, StatusCode::OK);
    assert_eq!(second.presented().await.0, StatusCode::OK);
    let first = Login { id, ..second };
    refused(
        &first.presented().await,
        StatusCode::UNPROCESSABLE_ENTITY,
        "PRO-3024",
    );
    assert_eq!(first.verifier.answers().len(), 1);
}

/// A login that was scanned twice, both scans shown: the first one, and the id of the second.
async fn both_shown(twist: Twist) -> (Login, String) {
    let first = Login::new(twist).await;
    assert_eq!(first.confirmed().await.0, StatusCode::OK);
    let id = scanned(&first.wallet, &first.verifier).await;
    let (status, shown) = first
        .wallet
        .post(&format!("/api/v1/requests/{id}/confirm"), json!({}))
        .await;
    assert_eq!(status, StatusCode::OK, "{shown}");
    (first, id)
}

#[tokio::test]
async fn of_two_scans_answered_at_the_same_moment_one_is_heard() {
    for (step, other) in [
        ("present", "present"),
        ("present", "decline"),
        ("decline", "present"),
        ("decline", "decline"),
    ] {
        let (first, second) = both_shown(Twist::SlowReply).await;
        let body = |step| match step {
            "present" => json!({ "credential_id": first.credential["id"] }),
            _ => json!({}),
        };
        let meanwhile = async {
            first.verifier.is_being_answered().await;
            let path = format!("/api/v1/requests/{second}/{other}");
            let outcome = first.wallet.post(&path, body(other)).await;
            first.verifier.replies();
            outcome
        };
        let (slow, outcome) = tokio::join!(first.step(step, body(step)), meanwhile);
        assert!(slow.0.is_success(), "{step}: {}", slow.1);
        refused(&outcome, StatusCode::UNPROCESSABLE_ENTITY, "PRO-3024");
        assert_eq!(first.verifier.answers().len(), 1, "{step} beside {other}");
        assert_eq!(first.verifier.heard(), 1, "{step} beside {other}");
    }
}

#[tokio::test]
async fn two_scans_that_race_are_answered_once() {
    let (first, second) = both_shown(Twist::Nothing).await;
    let path = format!("/api/v1/requests/{second}/present");
    let body = json!({ "credential_id": first.credential["id"] });
    let (one, other) = tokio::join!(first.presented(), first.wallet.post(&path, body));
    let (won, lost) = if one.0 == StatusCode::OK {
        (one, other)
    } else {
        (other, one)
    };
    assert_eq!(won.0, StatusCode::OK, "{}", won.1);
    refused(&lost, StatusCode::UNPROCESSABLE_ENTITY, "PRO-3024");
    assert_eq!(first.verifier.answers().len(), 1);
}

#[tokio::test]
async fn a_login_that_an_onlooker_declined_is_still_shown_and_answered() {
    let login = Login::new(Twist::Nothing).await;
    login.confirmed().await;
    let stranger = login.wallet.sign_up().await;
    let uri = json!({ "uri": login.verifier.link() });
    let strangers =
        async |path: &str, body: Value| login.wallet.send(Method::POST, path, &stranger, Some(body)).await;
    let (_, named) = strangers("/api/v1/requests", uri).await;
    let path = format!("/api/v1/requests/{}", named["id"].as_str().unwrap());
    let (status, asked) = strangers(&format!("{path}/confirm"), json!({})).await;
    assert_eq!(status, StatusCode::OK, "{asked}");
    let (status, _) = strangers(&format!("{path}/decline"), json!({})).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let login = again(login).await;
    let (status, asked) = login.confirmed().await;
    assert_eq!(
        status,
        StatusCode::OK,
        "an onlooker cannot shut the person out: {asked}"
    );
    let (status, outcome) = login.presented().await;
    assert_eq!(
        (status, &outcome["accepted"]),
        (StatusCode::OK, &json!(true)),
        "{outcome}"
    );
}

#[tokio::test]
async fn who_declines_while_it_is_being_presented_is_told_to_wait() {
    let login = Login::new(Twist::SlowReply).await;
    login.confirmed().await;
    let declining = async {
        login.verifier.is_being_answered().await;
        let declined = login.step("decline", json!({})).await;
        login.verifier.replies();
        declined
    };
    let (presented, declined) = tokio::join!(login.presented(), declining);
    assert_eq!(presented.0, StatusCode::OK);
    refused(&declined, StatusCode::CONFLICT, "PRO-3030");
    refused(
        &login.step("decline", json!({})).await,
        StatusCode::CONFLICT,
        "PRO-3025",
    );
    assert_eq!(login.verifier.answers().len(), 1);
}

#[tokio::test]
async fn an_answer_that_lost_its_claim_tells_its_own_error() {
    let login = Login::new(Twist::SlowAndLateReply).await;
    login.confirmed().await;
    let meanwhile = async {
        login.verifier.is_being_answered().await;
        login.wallet.wait(SignedDuration::from_secs(31));
        let newer = login.presented().await;
        login.verifier.replies();
        newer
    };
    let (slow, newer) = tokio::join!(login.presented(), meanwhile);
    assert_eq!(newer.0, StatusCode::OK, "{}", newer.1);
    refused(&slow, StatusCode::BAD_GATEWAY, "PRO-3028");
}
