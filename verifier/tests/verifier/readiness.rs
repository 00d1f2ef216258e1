//! Ready is who can do its work, and who cannot says which part is missing.
use crate::stage::{Override, Stage, world, world_to_change};
use axum::http::StatusCode;
use procura_keys::KekRing;
use procura_service::SystemRng;
use serde_json::{Value, json};

/// An outcome is kept for some seconds: each case asks a verifier of its own.
async fn proofs(stage: &Stage) -> (StatusCode, Value) {
    let ready = stage.get("/health/ready", None).await;
    (ready.status, ready.json()["proofs"].clone())
}

#[track_caller]
fn assert_down((status, proofs): &(StatusCode, Value), name: &str) {
    assert_eq!(*status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(proofs[name], "down", "{proofs}");
}

#[tokio::test]
async fn readiness_proves_database_keys_and_lists() {
    let served = world_to_change().await;
    let stage = Stage::new(&served).await;
    let up = json!({
        "database": "up", "seal": "up", "token keys": "up", "vault": "up", "trusted-lists": "up",
    });
    assert_eq!(proofs(&stage).await, (StatusCode::OK, up));
    assert_eq!(stage.get("/health/live", None).await.status, StatusCode::OK);

    let stale = Stage::new(&served).await;
    stale.clock.advance(86_400 * 365);
    assert_down(&proofs(&stale).await, "trusted-lists");

    served.say(&served.world.origins().lotl(), Override::Down);
    assert_down(&proofs(&Stage::new(&served).await).await, "trusted-lists");

    let closed = Stage::new(&served).await;
    closed.verifier.resources().store.close().await;
    assert_down(&proofs(&closed).await, "database");
}

#[tokio::test]
async fn key_encryption_keys_that_are_lost_or_replaced_are_seen_and_rotation_is_borne() {
    let served = world().await;
    let path = |stage: &Stage| stage.config.key_encryption_key_file.clone();

    let rotated = Stage::new(&served).await;
    KekRing::rotate(&path(&rotated), "k2", &mut SystemRng).unwrap();
    assert_eq!(proofs(&rotated).await.0, StatusCode::OK, "older keys stay");

    let down = json!({
        "database": "up", "seal": "up", "token keys": "up", "vault": "down", "trusted-lists": "up",
    });
    let lost = Stage::new(&served).await;
    std::fs::remove_file(path(&lost)).unwrap();
    assert_eq!(
        proofs(&lost).await,
        (StatusCode::SERVICE_UNAVAILABLE, down.clone())
    );

    for id in ["k1", "k2"] {
        let replaced = Stage::new(&served).await;
        std::fs::remove_file(path(&replaced)).unwrap();
        KekRing::create(&path(&replaced), id, &mut SystemRng).unwrap();
        let seen = proofs(&replaced).await;
        assert_eq!(seen, (StatusCode::SERVICE_UNAVAILABLE, down.clone()), "{id}");
    }
}

#[tokio::test]
async fn a_time_at_which_no_token_key_signs_is_seen() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    // A clock that was put back behind the day on which the only key begins to sign.
    stage.clock.advance(-60);
    assert_down(&proofs(&stage).await, "token keys");
}

#[tokio::test]
async fn a_seal_whose_certificate_has_run_out_is_seen() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    stage.clock.advance(86_400 * 365 * 20);
    assert_down(&proofs(&stage).await, "seal");
}
