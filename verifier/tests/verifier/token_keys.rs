//! Keys of access tokens are made, published, rotated and kept sealed.
use crate::stage::{Stage, world};
use procura_service::SystemRng;

async fn published(stage: &Stage) -> Vec<String> {
    let set = stage.get("/jwks", None).await.json();
    let mut kids: Vec<_> = set["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect();
    kids.sort();
    kids
}

async fn refresh(stage: &Stage) {
    let resources = stage.verifier.resources();
    resources
        .token_keys
        .refresh(&resources.store, &resources.vault, &mut SystemRng, stage.now())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_restart_keeps_the_key() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let before = published(&stage).await;
    assert_eq!(before.len(), 1);
    let stage = stage.killed_and_restarted().await;
    assert_eq!(published(&stage).await, before);
}

#[tokio::test]
async fn a_new_key_is_published_before_it_signs_and_the_old_one_while_its_tokens_live() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let first = published(&stage).await;
    let day = 86_400;
    stage.clock.advance(90 * day - 3601);
    refresh(&stage).await;
    assert_eq!(published(&stage).await, first, "not yet");
    stage.clock.advance(1);
    refresh(&stage).await;
    let both = published(&stage).await;
    assert_eq!(both.len(), 2, "announced");
    refresh(&stage).await;
    assert_eq!(published(&stage).await, both, "once");
    stage.clock.advance(3600 + 899);
    assert_eq!(published(&stage).await, both, "tokens of the first live");
    stage.clock.advance(1);
    let second = published(&stage).await;
    assert_eq!(second.len(), 1);
    assert_ne!(second, first);
    stage.verifier.resources().token_keys.prove(stage.now()).unwrap();
}

#[tokio::test]
async fn two_replicas_that_rotate_at_once_make_one_key() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    stage.clock.advance(90 * 86_400);
    let resources = stage.verifier.resources();
    let refresh = async || {
        resources
            .token_keys
            .refresh(&resources.store, &resources.vault, &mut SystemRng, stage.now())
            .await
            .unwrap();
    };
    tokio::join!(refresh(), refresh(), refresh());
    assert_eq!(published(&stage).await.len(), 2);
}

#[tokio::test]
async fn a_key_at_rest_says_nothing_and_opens_only_in_its_own_place() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let resources = stage.verifier.resources();
    let rows = resources
        .store
        .read((), |tx, ()| Box::pin(procura_store::verifier::keys(tx)))
        .await
        .unwrap();
    assert!(procura_crypto::PrivateKey::from_pkcs8_der(&rows[0].sealed).is_err());
    assert!(
        resources
            .vault
            .0
            .open_value("verifier/token-key/other", &rows[0].sealed)
            .is_err()
    );
    assert!(
        resources
            .vault
            .0
            .open_value(&format!("verifier/token-key/{}", rows[0].kid), &rows[0].sealed)
            .is_ok()
    );
}
