//! A seal that a trust service provider keeps.
use crate::{journey::opened, world::*};
use axum::{extract::Request, middleware::Next};
use procura_crypto::PrivateKey;
use procura_issuer::{App, Config, SignerConfig, StartError};
use procura_pki::Certificate;
use procura_protocol::vci::CredentialResponse;
use procura_sandbox::csc::{Credential, Fault, Provider, Settings};
use std::{path::Path, sync::Arc};
use tokio::sync::{Notify, watch};

const PIN: &str = "pin-of-goodair";

/// Holds up what a provider has signed, while it is closed.
#[derive(Clone)]
pub(crate) struct Gate(Arc<(Notify, watch::Sender<bool>)>);
impl Gate {
    fn ajar() -> Self {
        Self(Arc::new((Notify::new(), watch::Sender::new(true))))
    }
    pub(crate) fn close(&self) {
        self.0.1.send_replace(false);
    }
    pub(crate) fn open(&self) {
        self.0.1.send_replace(true);
    }
    /// Waits until a signature is held up.
    pub(crate) async fn reached(&self) {
        self.0.0.notified().await;
    }
    async fn pass(&self) {
        if !*self.0.1.borrow() {
            self.0.0.notify_one();
            self.0.1.subscribe().wait_for(|open| *open).await.unwrap();
        }
    }
}

/// The provider keeps the seal that the world has made, and the issuer has no key of its own.
async fn provider(folder: &Path, clock: &Arc<TestClock>, gate: Gate) -> Provider {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}/", listener.local_addr().unwrap());
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let key = PrivateKey::from_pkcs8_pem(&read("seal.key.pem")).unwrap();
    let chain = Certificate::from_pem(&read("seal.chain.pem")).unwrap();
    let chain = chain
        .iter()
        .map(|certificate| certificate.der().to_vec())
        .collect();
    let credential = Credential::new("GX0112348", key, chain).with_pin(PIN);
    let settings = Settings::new(origin.parse().unwrap(), "goodair", "client-secret");
    let provider = Provider::new(settings, vec![credential], clock.clone());
    let router = provider
        .router()
        .layer(axum::middleware::from_fn(move |request: Request, next: Next| {
            let gate = gate.clone();
            async move {
                let signs = request.uri().path().ends_with("/signHash");
                let response = next.run(request).await;
                if signs {
                    gate.pass().await;
                }
                response
            }
        }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    provider
}

fn configure(config: &mut Config, folder: &Path, provider: &Provider, time_limit_seconds: u64) {
    write_secret(&folder.join("csc.secret"), "client-secret\n");
    write_secret(&folder.join("csc.pin"), &format!("{PIN}\n"));
    let folder = folder.display();
    let base = provider.base_url();
    let text = format!(
        r#"
        kind = "csc"
        base_url = "{base}"
        client_id = "goodair"
        client_secret_file = "{folder}/csc.secret"
        pin_file = "{folder}/csc.pin"
        time_limit_seconds = {time_limit_seconds}
        "#
    );
    let signer: SignerConfig = toml::from_str(&text).unwrap();
    config.signers.insert("seal".to_owned(), signer);
    let origin = base.split_once("/csc/").unwrap().0.to_owned();
    config.development.origins.insert(origin);
}

/// A world whose seal is at a provider.
async fn remote() -> (World, Provider) {
    let (world, provider, _) = remote_on(None, 2).await;
    (world, provider)
}
/// The same on a database that is there, with a gate before what the provider has signed.
pub(crate) async fn remote_on(database: Option<&str>, time_limit_seconds: u64) -> (World, Provider, Gate) {
    let (local, gate) = (World::on(database, |_| {}).await, Gate::ajar());
    let provider = provider(local.folder.path(), &local.clock, gate.clone()).await;
    let mut config = local.config.clone();
    configure(&mut config, local.folder.path(), &provider, time_limit_seconds);
    std::fs::remove_file(local.folder.path().join("seal.key.pem")).unwrap();
    (local.reopened(config).await, provider, gate)
}

#[tokio::test]
async fn credentials_are_sealed_by_the_provider_and_no_more_often_than_issued() {
    let (world, provider) = remote().await;
    let (redeemed, holder) = (world.redeemed().await, Holder::new());
    let asked = holder.request(&redeemed.c_nonce, world.now());
    let answer = world.credential(&redeemed.access_token, &asked).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let response = CredentialResponse::parse(answer.text.as_bytes()).unwrap();
    let (_, credential) = opened(&world, &response.credential);
    assert_eq!(
        (credential.subject, credential.issuer.as_str()),
        (holder.did, DID)
    );
    assert_eq!(
        (provider.seen("signatures/signHash"), provider.signatures_made()),
        (1, 1)
    );
}

#[tokio::test]
async fn a_time_out_issues_nothing_and_the_wallet_gets_one_credential_when_it_asks_again() {
    let (world, provider) = remote().await;
    let (redeemed, holder) = (world.redeemed().await, Holder::new());
    let asked = holder.request(&redeemed.c_nonce, world.now());
    provider.behave(|provider| provider.fail("signatures/signHash", Fault::NeverAnswers, 1));
    let answer = world.credential(&redeemed.access_token, &asked).await;
    assert_eq!(answer.error(), (503, "temporarily_unavailable".to_owned()));
    assert!(logged().contains("the provider may have signed"), "{}", logged());
    assert_eq!(provider.seen("signatures/signHash"), 1);
    assert_ne!(world.state(&redeemed.id).await, "issued");
    let answer = world.credential(&redeemed.access_token, &asked).await;
    assert_eq!(answer.error(), (400, "invalid_or_missing_proof".to_owned()));
    let fresh = answer.json()["c_nonce"].as_str().unwrap().to_owned();
    let asked = holder.request(&fresh, world.now());
    let answer = world.credential(&redeemed.access_token, &asked).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let first = CredentialResponse::parse(answer.text.as_bytes()).unwrap();
    let nonce = answer.json()["c_nonce"].as_str().unwrap().to_owned();
    let again = world
        .credential(&redeemed.access_token, &holder.request(&nonce, world.now()))
        .await;
    let again = CredentialResponse::parse(again.text.as_bytes()).unwrap();
    assert_eq!(first.credential, again.credential);
    assert_eq!(provider.seen("signatures/signHash"), 2);
    for secret in [PIN, "client-secret"] {
        assert!(!logged().contains(secret));
    }
}

#[tokio::test]
async fn readiness_asks_the_provider_and_signs_nothing() {
    let (world, provider) = remote().await;
    let ready = get(&world.app.public_router(), "/health/ready").await;
    assert_eq!(ready.json()["proofs"]["keys"], "up", "{}", ready.text);
    provider.behave(|provider| provider.key_status = "disabled");
    let ready = get(&world.app.public_router(), "/health/ready").await;
    assert_eq!(ready.json()["proofs"]["keys"], "down");
    assert!(
        logged().contains("its key is disabled, not enabled"),
        "{}",
        logged()
    );
    assert_eq!(
        (provider.seen("signatures/signHash"), provider.signatures_made()),
        (0, 0)
    );
}

#[tokio::test]
async fn a_provider_that_cannot_be_used_is_named_at_the_start() {
    let local = World::new().await;
    let provider = provider(local.folder.path(), &local.clock, Gate::ajar()).await;
    let mut config = local.config.clone();
    configure(&mut config, local.folder.path(), &provider, 2);
    let gone = Fault::Refuses(503, "temporarily_unavailable", "maintenance");
    provider.behave(|provider| provider.fail("info", gone, 1));
    let error = App::open(&config, local.clock.clone()).await.unwrap_err();
    assert!(
        matches!(&error, StartError::Signer { name, .. } if name == "seal")
            && error.to_string().contains("maintenance"),
        "{error}"
    );
    write_secret(&local.folder.path().join("csc.secret"), "wrong");
    let error = App::open(&config, local.clock.clone())
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("Invalid parameter client_secret") && !error.contains("wrong"),
        "{error}"
    );
}

#[test]
fn settings_of_a_remote_signer_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let text = toml(folder.path(), "sqlite:x.db");
    let config = |further: &str| -> Config {
        let remote = format!(
            "[signers.coo]\nkind = \"csc\"\nclient_id = \"x\"\nclient_secret_file = \"x\"\n{further}\n[unused]"
        );
        let (before, after) = text.split_once("[signers.coo]").unwrap();
        let after = after.split_once("[status]").unwrap().1;
        let remote = remote.replace("[unused]", "[status]");
        toml::from_str(&format!("{before}{remote}{after}")).unwrap()
    };
    let https = "base_url = \"https://qtsp.example/csc/v2/\"";
    config(https).check().unwrap();
    let asynchronous = "asynchronous = true\ntime_limit_seconds = 6\npoll_limit_seconds = 12";
    config(&format!("{https}\n{asynchronous}")).check().unwrap();
    for (further, key) in [
        (
            "base_url = \"http://qtsp.example/csc/v2/\"".to_owned(),
            "signers.coo.base_url",
        ),
        (
            format!("{https}\ntoken_url = \"http://a.example/\""),
            "signers.coo.token_url",
        ),
        (
            format!("{https}\ntime_limit_seconds = 0"),
            "signers.coo.time_limit_seconds",
        ),
        (
            format!("{https}\ntime_limit_seconds = 11"),
            "signers.coo.time_limit_seconds",
        ),
        (
            format!("{https}\nasynchronous = true\ntime_limit_seconds = 6\npoll_limit_seconds = 13"),
            "signers.coo.poll_limit_seconds",
        ),
    ] {
        let refused = config(&further).check().unwrap_err();
        assert_eq!(refused.key(), Some(key), "{refused}");
    }
    for broken in [
        "kind = \"csc\"\nbase_url = \"https://q.example/\"",
        "kind = \"hsm\"",
        "kind = 1",
        "key_file = \"a\"\nchain_file = \"b\"\npin = \"1234\"",
    ] {
        assert!(toml::from_str::<SignerConfig>(broken).is_err(), "{broken}");
    }
}
