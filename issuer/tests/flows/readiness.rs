//! Ready is who can seal and open, and who cannot says which part is missing.
use crate::world::*;
use procura_keys::KekRing;
use procura_service::SystemRng;

#[tokio::test]
async fn readiness_proves_keys_and_database() {
    let world = World::new().await;
    let ready = get(&world.public, "/health/ready").await;
    assert_eq!(ready.status, 200, "{}", ready.text);
    assert_eq!(
        ready.json()["proofs"],
        serde_json::json!({"database": "up", "keys": "up"})
    );
    assert_eq!(get(&world.management, "/health/live").await.status, 200);
    for router in [&world.management, &world.public] {
        assert_eq!(
            get(router, "/metrics").await.status,
            404,
            "metrics have a listener of their own"
        );
    }

    let expired = World::new().await;
    expired.pass(5 * 366 * 86_400);
    let ready = get(&expired.public, "/health/ready").await;
    assert_eq!(ready.status, 503);
    assert_eq!(
        ready.json()["proofs"]["keys"],
        "down",
        "the certificate has expired"
    );
    let closed = World::new().await;
    closed.app.store().close().await;
    assert_eq!(
        get(&closed.public, "/health/ready").await.json()["proofs"]["database"],
        "down"
    );
}

/// An outcome is kept for some seconds: each case asks a router of its own.
#[tokio::test]
async fn readiness_proves_that_the_file_still_opens_what_is_sealed() {
    let world = World::new().await;
    let key_file = &world.config.key_encryption_key_file;
    let asked = async || {
        let ready = get(&world.app.public_router(), "/health/ready").await;
        (ready.status.as_u16(), ready.json()["proofs"]["keys"].clone())
    };
    let (up, down) = ((200, "up".into()), (503, "down".into()));
    assert_eq!(asked().await, up);
    KekRing::rotate(key_file, "k2", &mut SystemRng).unwrap();
    assert_eq!(asked().await, up, "older keys stay");
    let kept = key_file.with_extension("kept");
    std::fs::rename(key_file, &kept).unwrap();
    assert_eq!(asked().await, down, "lost");
    KekRing::create(key_file, "k1", &mut SystemRng).unwrap();
    assert_eq!(asked().await, down, "replaced by another key of the same id");
    std::fs::rename(&kept, key_file).unwrap();
    assert_eq!(asked().await, up, "restored");
}
