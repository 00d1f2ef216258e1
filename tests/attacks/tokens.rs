//! Tokens where they do not belong.
use procura_credential::lear::Shape;
use procura_tests::{
    Portal, Stage, on_each_database,
    people::{Employee, Login, Told},
    stage::until,
};
use reqwest::StatusCode;
use serde_json::Value;

/// A code that no verifier gave.
const RESPONSE_CODE: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// John Doe and his credential.
async fn john(stage: &Stage) -> (Employee, String) {
    let employee = stage.open_account().await;
    let issuance = stage.issue(Shape::LearCredential).await;
    let credential = stage.receive(&employee, &issuance).await;
    (employee, credential)
}

/// John Doe signs in; what the portal is told.
async fn complete(stage: &Stage, login: &mut Login, employee: &Employee, credential: &str) -> Told {
    let request = stage.confirm(employee, login).await;
    assert!(stage.present(employee, &request, credential).await.accepted);
    let greeting = stage.greeting(login).await;
    assert!(greeting.contains("Good day, John Doe"), "the control: {greeting}");
    stage.outbox_is_empty().await;
    let told = stage.told(&login.portal);
    told.into_iter()
        .rfind(|told| told.state == login.state)
        .expect("a notification")
}

async fn assert_refused(stage: &Stage, portal: &Portal, token: &str, login: &mut Login, code: &str) {
    let told = Told {
        access_token: token.to_owned(),
        state: login.state.clone(),
        response_code: RESPONSE_CODE.to_owned(),
    };
    let (status, answer) = stage.notify(portal, &told).await;
    assert!(status.is_client_error(), "{status}");
    assert_eq!(answer["code"], code, "{answer}");
    let page = stage.come_back(&mut login.browser, portal, &told).await;
    assert!(!page.contains("Good day"), "nobody is let in");
}

async fn a_token_for_one_portal_is_refused_at_another(stage: &mut Stage) {
    let (employee, credential) = john(stage).await;
    let mut at_portal = stage.begin_login(stage.portal("portal")).await;
    let told = complete(stage, &mut at_portal, &employee, &credential).await;
    let market = stage.portal("market");
    let mut at_market = stage.begin_login(market).await;
    assert_refused(stage, market, &told.access_token, &mut at_market, "PRO-5012").await;
    complete(stage, &mut at_market, &employee, &credential).await;
}

async fn a_token_completes_one_session(stage: &mut Stage) {
    let (employee, credential) = john(stage).await;
    let portal = stage.portal("portal");
    let mut first = stage.begin_login(portal).await;
    let told = complete(stage, &mut first, &employee, &credential).await;
    let mut second = stage.begin_login(portal).await;
    assert_refused(stage, portal, &told.access_token, &mut second, "PRO-5019").await;
    // For its own session it may come again: the verifier may not have heard the answer.
    let (status, _) = stage.notify(portal, &told).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    complete(stage, &mut second, &employee, &credential).await;
}

async fn a_notification_for_a_session_that_nobody_began_is_refused(stage: &mut Stage) {
    let (employee, credential) = john(stage).await;
    let portal = stage.portal("portal");
    let mut login = stage.begin_login(portal).await;
    let request = stage.confirm(&employee, &login).await;
    // The portal hears nothing of the token until it is notified below.
    let router = portal.place.router();
    portal.place.close();
    assert!(stage.present(&employee, &request, &credential).await.accepted);
    until("the verifier tries to notify", async || {
        !stage.told(portal).is_empty()
    })
    .await;
    portal.place.open(router);
    let told = stage.told(portal).remove(0);
    let elsewhere = Told {
        state: "AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        ..told.clone()
    };
    let (status, answer) = stage.notify(portal, &elsewhere).await;
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::CONFLICT, &Value::from("PRO-5020"))
    );
    assert!(!stage.home(&mut login).await.contains("Good day"));
    let (status, _) = stage.notify(portal, &told).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "the control");
    let greeting = stage.come_back(&mut login.browser, portal, &told).await;
    assert!(greeting.contains("Good day, John Doe"));
}

async fn credentials_and_presentations_are_no_access_tokens(stage: &mut Stage) {
    let (employee, credential) = john(stage).await;
    let portal = stage.portal("portal");
    let mut first = stage.begin_login(portal).await;
    let told = complete(stage, &mut first, &employee, &credential).await;
    let token = stage
        .verify_token(portal, &told.access_token)
        .await
        .expect("a token");
    let answers = stage.places.verifier.posted("/api/authentication_response");
    let answer = answers.first().expect("the wallet's answer");
    let (_, presentation) = url::form_urlencoded::parse(answer)
        .find(|(name, _)| name == "vp_token")
        .expect("a presentation");
    let mut second = stage.begin_login(portal).await;
    for other in [token.credential.as_str(), &presentation] {
        assert_refused(stage, portal, other, &mut second, "PRO-5010").await;
    }
    complete(stage, &mut second, &employee, &credential).await;
}

async fn a_notification_with_the_secret_of_another_portal_is_refused(stage: &mut Stage) {
    let (employee, credential) = john(stage).await;
    let portal = stage.portal("portal");
    let mut login = stage.begin_login(portal).await;
    let told = complete(stage, &mut login, &employee, &credential).await;
    let forged = Portal {
        secret: stage.portal("market").secret.clone(),
        ..portal.clone()
    };
    let (status, answer) = stage.notify(&forged, &told).await;
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::UNAUTHORIZED, &Value::from("PRO-5001"))
    );
    let (status, _) = stage.notify(portal, &told).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "the control");
}

async fn a_browser_that_did_not_begin_the_login_is_not_let_in(stage: &mut Stage) {
    let (employee, credential) = john(stage).await;
    let portal = stage.portal("portal");
    let mut login = stage.begin_login(portal).await;
    let mut stranger = stage.begin_login(portal).await;
    complete(stage, &mut login, &employee, &credential).await;
    // The stranger knows the address of the verifier's page, state included.
    let page = stranger.browser.open(login.page.url.as_str()).await;
    assert!(!page.status.is_success(), "{}", page.text);
    assert!(!stage.home(&mut stranger).await.contains("Good day"));
}

async fn who_sends_a_begun_login_to_somebody_else_is_not_signed_in_as_that_person(stage: &mut Stage) {
    let (employee, credential) = john(stage).await;
    let portal = stage.portal("portal");
    let (mut attacker, mut victim) = stage.lure(portal).await;
    let request = stage.confirm(&employee, &victim).await;
    assert!(stage.present(&employee, &request, &credential).await.accepted);
    // The victim's browser is led back with the response code, but did not begin at the portal.
    let page = stage.greeting(&mut victim).await;
    assert!(!page.contains("Good day"), "{page}");
    let told = stage.told(portal).remove(0);
    // The attacker's browser did, but the verifier does not tell it the code.
    let page = attacker.open(victim.page.url.as_str()).await;
    assert!(!page.status.is_success(), "{}", page.text);
    let guess = Told {
        response_code: RESPONSE_CODE.to_owned(),
        ..told.clone()
    };
    let page = stage.come_back(&mut attacker, portal, &guess).await;
    assert!(!page.contains("Good day"), "{page}");
    let page = attacker.open(portal.place.url().as_str()).await.text;
    assert!(
        page.contains("not signed in"),
        "announced, yet nobody is signed in: {page}"
    );
    // The control: nothing but the code was missing.
    let page = stage.come_back(&mut attacker, portal, &told).await;
    assert!(page.contains("Good day, John Doe"), "{page}");
    let mut own = stage.begin_login(portal).await;
    complete(stage, &mut own, &employee, &credential).await;
}

on_each_database!(
    a_token_for_one_portal_is_refused_at_another,
    a_token_completes_one_session,
    a_notification_for_a_session_that_nobody_began_is_refused,
    credentials_and_presentations_are_no_access_tokens,
    a_notification_with_the_secret_of_another_portal_is_refused,
    a_browser_that_did_not_begin_the_login_is_not_let_in,
    who_sends_a_begun_login_to_somebody_else_is_not_signed_in_as_that_person,
);
