//! The relying party hears of a login, whatever happens in between.
use crate::stage::{EMPLOYEE, Gate, Served, Stage, world};
use axum::http::StatusCode;
use procura_credential::lear::Shape;
use procura_store::outbox;
use procura_verifier::notification::Delivery;

async fn accepted(stage: &Stage, served: &Served) {
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let answer = stage.present(served, EMPLOYEE, &good).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
}

async fn deliver(stage: &Stage) -> Vec<Delivery> {
    stage.verifier.notifier().deliver_due().await.unwrap()
}

#[tokio::test]
async fn a_killed_process_delivers_after_it_was_started_again() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    accepted(&stage, &served).await;
    let stage = stage.killed_and_restarted().await;
    assert!(stage.portal.heard.lock().unwrap().is_empty());
    assert_eq!(deliver(&stage).await, [Delivery::Delivered]);
    assert!(!stage.waiting().await);
    assert_eq!(deliver(&stage).await, []);
    assert_eq!(stage.portal.heard.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_relying_party_that_is_down_hears_later() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    *stage.portal.failures.lock().unwrap() = 2;
    accepted(&stage, &served).await;
    assert_eq!(deliver(&stage).await, [Delivery::PutOff]);
    assert_eq!(deliver(&stage).await, [], "not before the pause is over");
    stage.clock.advance(1);
    assert_eq!(deliver(&stage).await, [Delivery::PutOff]);
    stage.clock.advance(1);
    assert_eq!(deliver(&stage).await, [], "the pause has doubled");
    stage.clock.advance(1);
    assert_eq!(deliver(&stage).await, [Delivery::Delivered]);
}

#[tokio::test]
async fn a_token_that_has_expired_is_not_delivered_for_ever() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    *stage.portal.failures.lock().unwrap() = u32::MAX;
    accepted(&stage, &served).await;
    assert_eq!(deliver(&stage).await, [Delivery::PutOff]);
    stage.clock.advance(900);
    assert_eq!(deliver(&stage).await, [Delivery::Buried]);
    stage.clock.advance(100_000);
    assert_eq!(deliver(&stage).await, []);
}

const STATE: &str = "a-state-of-at-least-22-characters";

/// A login of a browser that was accepted; the browser's cookie.
async fn accepted_for_a_browser(stage: &Stage, served: &Served) -> String {
    let cookie = stage.begin(STATE, EMPLOYEE).await;
    let login = stage.fetch(STATE).await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let answer = stage.answer(&stage.presentation(served, &login, &good)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    cookie
}

async fn page(stage: &Stage, cookie: &str) -> String {
    let page = stage
        .get(&format!("/login/status?state={STATE}"), Some(cookie))
        .await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    page.text
}

fn assert_untold(page: &str) {
    assert!(page.contains("You are not signed in"), "{page}");
    assert!(page.contains("DOME Marketplace could not be told"), "{page}");
    assert!(page.contains("PRO-4026"), "{page}");
    assert!(page.contains("error=server_error"), "the way back: {page}");
    assert!(!page.contains("<script"), "it is over: {page}");
}

#[tokio::test]
async fn a_relying_party_that_refuses_for_good_ends_the_login_and_the_person_is_told() {
    let served = world().await;
    for status in [400, 409, 410, 413, 415, 422] {
        let stage = Stage::new(&served).await;
        *stage.portal.failures.lock().unwrap() = u32::MAX;
        *stage.portal.failing_with.lock().unwrap() = StatusCode::from_u16(status).unwrap();
        let cookie = accepted_for_a_browser(&stage, &served).await;
        assert!(page(&stage, &cookie).await.contains("Almost there"));
        let store = stage.verifier.resources().store.clone();
        let before = store.commits();
        assert_eq!(deliver(&stage).await, [Delivery::Buried], "{status}");
        assert_eq!(store.commits() - before, 2, "lease and burial");
        assert_untold(&page(&stage, &cookie).await);
        let stage = stage.killed_and_restarted().await;
        assert_untold(&page(&stage, &cookie).await);
        assert_eq!(deliver(&stage).await, [], "never again");
    }
}

#[tokio::test]
async fn a_relying_party_that_may_be_mended_is_told_again() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    for status in [401, 403, 404, 405, 408, 425, 429, 500] {
        *stage.portal.failures.lock().unwrap() = 1;
        *stage.portal.failing_with.lock().unwrap() = StatusCode::from_u16(status).unwrap();
        accepted(&stage, &served).await;
        assert_eq!(deliver(&stage).await, [Delivery::PutOff], "{status}");
        stage.clock.advance(1);
        assert_eq!(deliver(&stage).await, [Delivery::Delivered], "{status}");
    }
}

#[tokio::test]
async fn a_token_that_expired_undelivered_ends_the_page_even_if_the_worker_is_dead() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let cookie = accepted_for_a_browser(&stage, &served).await;
    stage.clock.advance(899);
    assert!(page(&stage, &cookie).await.contains("Almost there"));
    stage.clock.advance(1);
    assert_untold(&page(&stage, &cookie).await);
    assert_eq!(deliver(&stage).await, [Delivery::Buried]);
    assert!(
        stage.portal.heard.lock().unwrap().is_empty(),
        "a dead token is not sent"
    );
    assert_untold(&page(&stage, &cookie).await);
}

#[tokio::test]
async fn a_message_that_cannot_be_opened_ends_its_login() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let cookie = accepted_for_a_browser(&stage, &served).await;
    let (now, topic) = (stage.now(), procura_verifier::notification::TOPIC);
    stage
        .verifier
        .resources()
        .store
        .write((), move |tx, ()| {
            Box::pin(async move {
                let leased = outbox::lease(tx, topic, "test", now, now, 1).await?.remove(0);
                outbox::complete(tx, &leased.id, "test").await?;
                let broken = outbox::Message {
                    id: leased.id,
                    topic: topic.to_owned(),
                    payload: vec![0; 64],
                    created_at: now,
                };
                outbox::enqueue(tx, &broken).await
            })
        })
        .await
        .unwrap();
    assert_eq!(deliver(&stage).await, [Delivery::Buried]);
    assert_untold(&page(&stage, &cookie).await);
}

#[tokio::test]
async fn a_process_that_dies_with_a_lease_is_followed_by_another() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    accepted(&stage, &served).await;
    let now = stage.now();
    let until = now + jiff::SignedDuration::from_secs(60);
    let topic = procura_verifier::notification::TOPIC;
    let leased = stage
        .verifier
        .resources()
        .store
        .write((), move |tx, ()| {
            Box::pin(outbox::lease(tx, topic, "dead", now, until, 1))
        })
        .await
        .unwrap();
    assert!(
        !String::from_utf8_lossy(&leased[0].payload).contains("eyJ"),
        "the token is sealed at rest"
    );
    let stage = stage.killed_and_restarted().await;
    assert_eq!(deliver(&stage).await, [], "somebody else may still be sending");
    stage.clock.advance(60);
    assert_eq!(deliver(&stage).await, [Delivery::Delivered]);
}

#[tokio::test]
async fn the_running_worker_is_woken_by_an_accepted_login() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let (trigger, shutdown) = procura_service::Shutdown::new();
    let worker = tokio::spawn(stage.verifier.notifier().run(shutdown));
    accepted(&stage, &served).await;
    tokio::time::timeout(std::time::Duration::from_secs(20), async {
        while stage.portal.heard.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    trigger.fire();
    worker.await.unwrap();
}

/// Notifications that were given up and are still known.
async fn given_up(stage: &Stage) -> i64 {
    let topic = procura_verifier::notification::TOPIC;
    let store = &stage.verifier.resources().store;
    store
        .read((), move |tx, ()| Box::pin(outbox::buried(tx, topic)))
        .await
        .unwrap()
}

#[tokio::test]
async fn a_notification_that_was_given_up_is_forgotten_with_its_login() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    accepted(&stage, &served).await;
    stage.clock.advance(900);
    assert_eq!(deliver(&stage).await, [Delivery::Buried]);
    let store = &stage.verifier.resources().store;
    assert_eq!(stage.verifier.forget_old().await.unwrap(), 0);
    assert_eq!(given_up(&stage).await, 1, "kept for the operator");
    stage.clock.advance(30 * 86_400 + 1);
    let before = store.commits();
    assert_eq!(stage.verifier.forget_old().await.unwrap(), 1);
    assert_eq!(store.commits() - before, 1, "in one write");
    assert_eq!(given_up(&stage).await, 0);
}

#[tokio::test]
async fn a_service_that_ends_does_not_wait_for_a_relying_party_and_tells_it_later() {
    let served = world().await;
    let stage = Stage::with(&served, |config| config.limits.drain_seconds = 0).await;
    let silent = Gate::default();
    *stage.portal.held.lock().unwrap() = Some(silent.clone());
    accepted(&stage, &served).await;
    let portal = stage.portal.clone();
    let running = stage.running().await;
    silent.reached().await;
    running.trigger.fire();
    // Well below the patience of the outbound client, at which it would end in any case.
    let soon = std::time::Duration::from_secs(8);
    let stage = tokio::time::timeout(soon, Box::pin(running.restarted()))
        .await
        .unwrap();
    *portal.held.lock().unwrap() = None;
    assert_eq!(deliver(&stage).await, [], "the lease of the one that was cut");
    stage.clock.advance(60);
    assert_eq!(deliver(&stage).await, [Delivery::Delivered]);
}

#[tokio::test]
async fn a_worker_takes_nothing_more_once_the_end_has_begun() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let slow = Gate::default();
    *stage.portal.held.lock().unwrap() = Some(slow.clone());
    accepted(&stage, &served).await;
    let (trigger, shutdown) = procura_service::Shutdown::new();
    let worker = tokio::spawn(stage.verifier.notifier().run(shutdown));
    slow.reached().await;
    // Due while the first is being delivered: without the end, the worker would go on to it.
    accepted(&stage, &served).await;
    trigger.fire();
    slow.open();
    worker.await.unwrap();
    assert_eq!(stage.portal.heard.lock().unwrap().len(), 1);
    assert_eq!(deliver(&stage).await, [Delivery::Delivered], "the next process");
}
