//! Ready is who can do its work, and who cannot says which part is missing.
use crate::stage::{Published, World};
use axum::body::Body;
use http::{Request, StatusCode};
use procura_crypto::{Curve, KeyKind, PrivateKey};
use procura_keys::KekRing;
use procura_service::SystemRng;
use procura_store::{Schema, Store, contract::on_each_database};
use serde_json::{Value, json};
use std::path::Path;

/// A portal whose keys are in that file.
async fn portal(store: &Store, key_file: &Path) -> World {
    let vault = KekRing::open(key_file).unwrap();
    let key = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
    let keys = (key_file.to_str().unwrap(), vault);
    World::sealing(
        store,
        Published::start().await,
        key,
        "https://portal.example/",
        keys,
    )
    .served()
}
async fn proofs(world: &World) -> (StatusCode, Value) {
    let request = Request::get("/health/ready").body(Body::empty()).unwrap();
    let (status, _, body) = world.send(request).await;
    let body: Value = serde_json::from_str(&body).unwrap();
    (status, body["proofs"].clone())
}

/// An outcome is kept for some seconds: each case asks a portal of its own.
#[tokio::test]
async fn readiness_proves_database_and_key_encryption_keys() {
    on_each_database(Schema::Portal, async |database| {
        let folder = tempfile::tempdir().unwrap();
        let key_file = folder.path().join("portal.keys");
        KekRing::create(&key_file, "2026", &mut SystemRng).unwrap();
        let sound = portal(&database.store, &key_file).await;
        let up = json!({ "database": "up", "keys": "up" });
        assert_eq!(proofs(&sound).await, (StatusCode::OK, up));

        let rotated = portal(&database.store, &key_file).await;
        KekRing::rotate(&key_file, "2027", &mut SystemRng).unwrap();
        assert_eq!(proofs(&rotated).await.0, StatusCode::OK, "older keys stay");

        let down = json!({ "database": "up", "keys": "down" });
        let lost = portal(&database.store, &key_file).await;
        let replaced = portal(&database.store, &key_file).await;
        let closed = portal(&database.store, &key_file).await;
        let kept = folder.path().join("kept");
        std::fs::rename(&key_file, &kept).unwrap();
        assert_eq!(
            proofs(&lost).await,
            (StatusCode::SERVICE_UNAVAILABLE, down.clone())
        );
        KekRing::create(&key_file, "2027", &mut SystemRng).unwrap();
        assert_eq!(proofs(&replaced).await, (StatusCode::SERVICE_UNAVAILABLE, down));
        std::fs::rename(&kept, &key_file).unwrap();

        database.store.close().await;
        let down = json!({ "database": "down", "keys": "up" });
        assert_eq!(proofs(&closed).await, (StatusCode::SERVICE_UNAVAILABLE, down));
    })
    .await;
}
