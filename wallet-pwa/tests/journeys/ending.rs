//! Ending: what a wallet waits for when it is told to stop, and for how long.
use crate::{
    house::{Hands, call},
    issuer::{Issuer, PIN, Twist},
    starting::config,
};
use axum::{
    Router,
    http::{Method, StatusCode},
};
use jiff::SignedDuration;
use procura_keys::KekRing;
use procura_service::{Clock as _, Shutdown, SystemRng, server::Trigger};
use procura_wallet::{Config, Wallet, config::Lifetimes, invite};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::{io::AsyncWriteExt as _, net::TcpStream, task::JoinHandle};

/// A wallet as it is run, with a person who has seen an offer.
struct Process {
    config: Config,
    hands: Arc<Hands>,
    session: String,
    offer: String,
    address: std::net::SocketAddr,
    trigger: Trigger,
    served: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

async fn opened(config: &Config, hands: &Arc<Hands>) -> (Wallet, Router) {
    let mut wallet = Wallet::open(config, hands.clone()).await.unwrap();
    wallet.lists.refresh().await.unwrap();
    let router = wallet.router(config);
    (wallet, router)
}
impl Process {
    async fn start(issuer: &Issuer, drain: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        KekRing::create(&folder.path().join("wallet.kek"), "2026", &mut SystemRng).unwrap();
        let mut config = config(folder.path());
        config
            .development
            .origins
            .insert(issuer.origin.origin().ascii_serialization());
        let hands = Arc::new(Hands::default());
        let (wallet, router) = opened(&config, &hands).await;
        let invitation = invite(&wallet.resources.store, &Lifetimes::default(), hands.now())
            .await
            .unwrap();
        let body = json!({ "invitation": invitation });
        let (_, account) = call(&router, Method::POST, "/api/v1/accounts", "", Some(body)).await;
        let session = account["session_token"].as_str().unwrap().to_owned();
        let body = json!({ "uri": issuer.link() });
        let (status, offer) = call(&router, Method::POST, "/api/v1/offers", &session, Some(body)).await;
        assert_eq!(status, StatusCode::CREATED, "{offer}");
        let served = wallet.bind(&config).await.unwrap();
        let address = served.0.address();
        let (trigger, shutdown) = Shutdown::new();
        Self {
            config,
            hands,
            session,
            offer: offer["id"].as_str().unwrap().to_owned(),
            address,
            trigger,
            served: tokio::spawn(wallet.serve(vec![served], shutdown, drain)),
            _folder: folder,
        }
    }

    /// The person accepts, and hangs up while the issuer is being asked.
    async fn hang_up(&self, issuer: &Issuer) {
        let mut person = TcpStream::connect(self.address).await.unwrap();
        let body = json!({ "user_pin": PIN }).to_string();
        let request = format!(
            "POST /api/v1/offers/{}/accept HTTP/1.1\r\nHost: wallet\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.offer,
            self.session,
            body.len()
        );
        person.write_all(request.as_bytes()).await.unwrap();
        issuer.is_being_asked().await;
    }
}

#[tokio::test]
async fn a_wallet_that_is_told_to_stop_keeps_what_an_issuer_is_still_sending() {
    let issuer = Issuer::new(Twist::CredentialSlow).await;
    let mut process = Process::start(&issuer, Duration::from_secs(30)).await;
    process.hang_up(&issuer).await;
    process.trigger.fire();
    let still = tokio::time::timeout(Duration::from_millis(300), &mut process.served).await;
    assert!(still.is_err(), "it does not end while a run is open");
    issuer.answers();
    process.served.await.unwrap();
    let (_, router) = opened(&process.config, &process.hands).await;
    let (_, held) = call(
        &router,
        Method::GET,
        "/api/v1/credentials",
        &process.session,
        None,
    )
    .await;
    assert_eq!(held.as_array().unwrap().len(), 1, "{held}");
}

#[tokio::test]
async fn a_run_that_takes_longer_than_the_drain_is_cut_and_gone_on_with() {
    let issuer = Issuer::new(Twist::CredentialSlow).await;
    let process = Process::start(&issuer, Duration::from_millis(100)).await;
    process.hang_up(&issuer).await;
    process.trigger.fire();
    process
        .served
        .await
        .expect("it ends although the issuer never answers");
    let (_, router) = opened(&process.config, &process.hands).await;
    process.hands.move_on(SignedDuration::from_secs(46));
    let path = format!("/api/v1/offers/{}/accept", process.offer);
    let (status, answer) = call(&router, Method::POST, &path, &process.session, Some(json!({}))).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    assert_eq!(issuer.asked("/token"), 1, "without code and PIN");
}
