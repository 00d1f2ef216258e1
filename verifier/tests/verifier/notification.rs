//! The relying party hears of a login, whatever happens in between.
use crate::stage::{EMPLOYEE, Served, Stage, world};
use axum::http::StatusCode;
use procura_credential::lear::Shape;
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
        .powers()
        .store
        .write((), move |tx, ()| {
            Box::pin(procura_store::outbox::lease(tx, topic, "dead", now, until, 1))
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
