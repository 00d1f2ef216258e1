//! Secrets that the verifier shares with relying parties, as it finds them at its start.
use crate::stage::{config, made_at, world};
use jiff::Timestamp;
use procura_service::Clock;
use procura_verifier::{StartError, Verifier};
use std::sync::Arc;

struct AsMade;
impl Clock for AsMade {
    fn now(&self) -> Timestamp {
        made_at()
    }
}

#[tokio::test]
async fn a_shared_secret_that_no_bearer_token_can_carry_keeps_it_from_starting() {
    let served = world().await;
    let folder = tempfile::tempdir().unwrap();
    let config = config(&served, folder.path(), "http://127.0.0.1:1");
    let file = config.clients[0].secret_file.clone();
    for (secret, starts) in [
        ("AAAAAAAAAAAAAAAAAAAAA", false),
        ("AAAAAAAAAAA AAAAAAAAAAA", false),
        ("AAAAAAAAAAAAAAAAAAAAAA", true),
    ] {
        std::fs::write(&file, secret).unwrap();
        match Verifier::open(config.clone(), Arc::new(AsMade)).await {
            Ok(_) => assert!(starts, "{} characters", secret.len()),
            Err(StartError::Config(refused)) => {
                let said = refused.to_string();
                assert!(!starts && said.contains(&file.display().to_string()), "{said}");
                assert!(!said.contains("AAAA"), "{said}");
            }
            Err(other) => panic!("{other}"),
        }
    }
}
