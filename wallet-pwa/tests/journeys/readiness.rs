//! Ready is who can do its work, and who cannot says which part is missing.
use crate::starting::config;
use axum::{
    Router,
    http::{Method, StatusCode},
};
use procura_keys::KekRing;
use procura_service::{GuardedClient, Shutdown, SystemClock, SystemRng, trust::TrustListSync};
use procura_store::{Schema, Store};
use procura_wallet::{Config, Wallet};
use serde_json::{Value, json};
use std::{path::Path, sync::Arc, time::Duration};

fn prepared(folder: &Path) -> Config {
    KekRing::create(&folder.join("wallet.kek"), "2026", &mut SystemRng).unwrap();
    config(folder)
}
/// The lists that the wallet accepted when it ran before.
async fn with_lists(config: &Config) {
    let store = Store::connect(&config.database.resolve().unwrap(), Schema::Wallet)
        .await
        .unwrap();
    let client = GuardedClient::new(config.development.guarded().unwrap()).unwrap();
    let lists = config.trust.sync().unwrap();
    let mut lists = TrustListSync::load(lists, client, Some(store.clone()), Arc::new(SystemClock))
        .await
        .unwrap();
    lists.refresh().await.unwrap();
    store.close().await;
}
async fn proofs(router: &Router) -> (StatusCode, Value) {
    let (status, body) = crate::house::call(router, Method::GET, "/health/ready", "", None).await;
    (status, body["proofs"].clone())
}

/// An outcome is kept for some seconds: each case asks a wallet of its own.
#[tokio::test]
async fn readiness_proves_database_keys_and_lists() {
    let folder = tempfile::tempdir().unwrap();
    let config = prepared(folder.path());
    let without = Wallet::open(&config, Arc::new(SystemClock)).await.unwrap();
    let down = json!({ "database": "up", "keys": "up", "trusted-lists": "down" });
    assert_eq!(
        proofs(&without.router(&config)).await,
        (StatusCode::SERVICE_UNAVAILABLE, down)
    );

    with_lists(&config).await;
    let sound = Wallet::open(&config, Arc::new(SystemClock)).await.unwrap();
    let up = json!({ "database": "up", "keys": "up", "trusted-lists": "up" });
    assert_eq!(proofs(&sound.router(&config)).await, (StatusCode::OK, up));

    let closed = Wallet::open(&config, Arc::new(SystemClock)).await.unwrap();
    let router = closed.router(&config);
    let (trigger, shutdown) = Shutdown::new();
    trigger.fire();
    closed.serve(Vec::new(), shutdown, Duration::ZERO).await;
    let down = json!({ "database": "down", "keys": "up", "trusted-lists": "up" });
    assert_eq!(proofs(&router).await, (StatusCode::SERVICE_UNAVAILABLE, down));
}

#[tokio::test]
async fn readiness_proves_that_the_kept_keys_open_what_is_sealed() {
    let folder = tempfile::tempdir().unwrap();
    let config = prepared(folder.path());
    with_lists(&config).await;
    let opened = async || {
        let wallet = Wallet::open(&config, Arc::new(SystemClock)).await.unwrap();
        wallet.router(&config)
    };
    let (rotated, lost, replaced) = (opened().await, opened().await, opened().await);
    let key_file = folder.path().join("wallet.kek");
    KekRing::rotate(&key_file, "2027", &mut SystemRng).unwrap();
    let up = json!({ "database": "up", "keys": "up", "trusted-lists": "up" });
    assert_eq!(proofs(&rotated).await, (StatusCode::OK, up), "older keys stay");

    let down = json!({ "database": "up", "keys": "down", "trusted-lists": "up" });
    std::fs::remove_file(&key_file).unwrap();
    assert_eq!(
        proofs(&lost).await,
        (StatusCode::SERVICE_UNAVAILABLE, down.clone())
    );
    KekRing::create(&key_file, "2027", &mut SystemRng).unwrap();
    assert_eq!(proofs(&replaced).await, (StatusCode::SERVICE_UNAVAILABLE, down));
}
