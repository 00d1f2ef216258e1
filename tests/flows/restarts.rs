//! Services end and start again between any two steps, and nothing is lost.
use procura_credential::lear::Shape;
use procura_tests::{Stage, Storage, Transport, stage::until};

/// Longer than the pauses between the first attempts to notify.
const PAUSE_SECONDS: i64 = 10;

async fn restarted(stage: &mut Stage) {
    stage.clock.advance(PAUSE_SECONDS);
    stage.restart().await;
}

async fn journey(mut stage: Stage) {
    let portal = stage.portal("portal").clone();
    let employee = stage.open_account().await;
    restarted(&mut stage).await;
    let issuance = stage.issue(Shape::LearCredential).await;
    restarted(&mut stage).await;
    let offer = stage.scan_offer(&employee, &issuance).await;
    restarted(&mut stage).await;
    let credential = stage.accept(&employee, &offer, &issuance.pin).await;
    restarted(&mut stage).await;
    let mut login = stage.begin_login(&portal).await;
    restarted(&mut stage).await;
    let request = stage.scan_request(&employee, &login).await;
    restarted(&mut stage).await;
    stage.confirm_request(&employee, &request).await;
    restarted(&mut stage).await;

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
    restarted(&mut stage).await;

    assert!(stage.greeting(&mut login).await.contains("Good day, John Doe"));
    stage.outbox_is_empty().await;
    restarted(&mut stage).await;
    assert!(
        stage.home(&mut login).await.contains("Good day, John Doe"),
        "sessions outlive restarts"
    );
    let told = stage.told(&portal).pop().expect("a notification");
    stage
        .verify_token(&portal, &told.access_token)
        .await
        .expect("keys outlive restarts");
    stage.end().await;
}

#[tokio::test]
async fn a_restart_after_every_step_loses_nothing() {
    let stage = Stage::start(Storage::Sqlite, Transport::Http).await;
    Box::pin(journey(stage)).await;
}

#[tokio::test]
async fn a_restart_after_every_step_loses_nothing_on_postgresql() {
    let Some(storage) = Storage::postgres() else {
        return;
    };
    let stage = Stage::start(storage, Transport::Http).await;
    Box::pin(journey(stage)).await;
}
