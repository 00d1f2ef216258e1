//! A seal that is paid for is made once: wallets hang up, ask in parallel and of several replicas, processes end and die.
use crate::{
    remote_seal::{Gate, remote_on},
    world::*,
};
use axum::{Router, body::Body, extract::Request, middleware::Next};
use procura_issuer::App;
use procura_sandbox::csc::{Fault, Provider};
use procura_service::{Listener, Shutdown, serve};
use procura_store::{Schema, contract::on_each_database};
use serde_json::Value;
use sqlx::{Connection as _, Executor as _};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{io::AsyncWriteExt as _, net::TcpStream, sync::Notify};

/// Three times the longest request, and ten seconds.
const CLAIM: i64 = 100;

/// Fails instead of waiting for ever.
async fn within<T>(what: &str, waited_for: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(25), waited_for)
        .await
        .unwrap_or_else(|late| panic!("{what}: {late}"))
}

fn signed(provider: &Provider) -> (usize, usize) {
    (provider.seen("signatures/signHash"), provider.signatures_made())
}

/// An employee who has redeemed a code.
struct Wallet {
    redeemed: Redeemed,
    holder: Holder,
}
impl Wallet {
    async fn of(world: &World) -> Self {
        Self {
            redeemed: world.redeemed().await,
            holder: Holder::new(),
        }
    }
    fn request(&self, nonce: &str, world: &World) -> Request<Body> {
        Request::post("/credential")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", self.redeemed.access_token))
            .body(Body::from(self.holder.request(nonce, world.now()).to_string()))
            .unwrap()
    }
    /// Asks with the nonce that came with the token.
    fn first(&self, world: &World) -> Request<Body> {
        self.request(&self.redeemed.c_nonce, world)
    }
    /// The nonce is used by now: refused, with a fresh one.
    async fn fresh_nonce(&self, replica: &Router, world: &World) -> String {
        let refused = send(replica, self.first(world)).await;
        assert_eq!(
            refused.error(),
            (400, "invalid_or_missing_proof".to_owned()),
            "{}",
            refused.text
        );
        refused.json()["c_nonce"].as_str().unwrap().to_owned()
    }
    /// Asks as a wallet does that has not heard the answer.
    async fn asks_again(&self, replica: &Router, world: &World) -> tokio::task::JoinHandle<Answer> {
        let nonce = self.fresh_nonce(replica, world).await;
        asking(replica, self.request(&nonce, world))
    }
    /// Asks over a socket, and hangs up while the provider signs.
    async fn hangs_up(&self, address: SocketAddr, world: &World, gate: &Gate) {
        let body = self
            .holder
            .request(&self.redeemed.c_nonce, world.now())
            .to_string();
        let head = format!(
            "POST /credential HTTP/1.1\r\nhost: issuer.example\r\ncontent-type: application/json\r\n\
             authorization: Bearer {}\r\ncontent-length: {}\r\n\r\n",
            self.redeemed.access_token,
            body.len()
        );
        let mut socket = TcpStream::connect(address).await.unwrap();
        socket
            .write_all(&[head.as_bytes(), body.as_bytes()].concat())
            .await
            .unwrap();
        within("nothing is signed", gate.reached()).await;
    }
}

fn asking(replica: &Router, request: Request<Body>) -> tokio::task::JoinHandle<Answer> {
    let replica = replica.clone();
    tokio::spawn(async move { send(&replica, request).await })
}
fn credential(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["credential"].clone()
}
async fn replica(world: &World) -> App {
    App::open(&world.config, world.clock.clone()).await.unwrap()
}

/// Says when it is dropped.
struct Dropped(Arc<Notify>);
impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[tokio::test]
async fn a_wallet_that_hangs_up_gets_the_credential_that_was_being_sealed_for_it() {
    let (world, provider, gate) = remote_on(None, 10).await;
    let wallet = Wallet::of(&world).await;
    // The handler is dropped with its connection: that is what hanging up does.
    let dropped = Arc::new(Notify::new());
    let says = dropped.clone();
    let router =
        world
            .public
            .clone()
            .layer(axum::middleware::from_fn(move |request: Request, next: Next| {
                let dropped = Dropped(says.clone());
                async move {
                    let response = next.run(request).await;
                    drop(dropped);
                    response
                }
            }));
    let listener = Listener::bind(&world.config.listen).await.unwrap();
    let address = listener.address();
    let (trigger, shutdown) = Shutdown::new();
    tokio::spawn(serve(vec![(listener, router)], shutdown, Duration::ZERO));

    gate.close();
    wallet.hangs_up(address, &world, &gate).await;
    within("the handler outlives its connection", dropped.notified()).await;
    let again = wallet.asks_again(&world.public, &world).await;
    gate.open();
    let answer = within("no answer", again).await.unwrap();
    credential(&answer);
    assert_eq!(signed(&provider), (1, 1));
    assert_eq!(world.state(&wallet.redeemed.id).await, "issued");
    trigger.fire();
}

#[tokio::test]
async fn a_seal_that_is_being_made_is_waited_for_when_the_service_ends() {
    let (world, provider, gate) = remote_on(None, 10).await;
    let wallet = Wallet::of(&world).await;
    let app = replica(&world).await;
    let bound = app.bind(&world.config).await.unwrap();
    let address = bound[0].0.address();
    let (trigger, shutdown) = Shutdown::new();
    let serving = tokio::spawn(app.serve(bound, shutdown, Duration::from_mins(1)));

    gate.close();
    wallet.hangs_up(address, &world, &gate).await;
    trigger.fire();
    within("it listens on", async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(!serving.is_finished(), "it waits for the seal");
    gate.open();
    within("the service does not end", serving).await.unwrap();

    assert_eq!(world.state(&wallet.redeemed.id).await, "issued");
    let again = wallet.asks_again(&world.public, &world).await.await.unwrap();
    credential(&again);
    assert_eq!(signed(&provider), (1, 1));
}

#[tokio::test]
async fn a_status_list_that_is_being_sealed_is_sealed_once_though_who_asked_hangs_up() {
    let (world, provider, gate) = remote_on(None, 10).await;
    world.offer().await;
    let list = || Request::get("/status/1").body(Body::empty()).unwrap();
    gate.close();
    let hung_up = asking(&world.public, list());
    within("nothing is signed", gate.reached()).await;
    hung_up.abort();
    assert!(hung_up.await.unwrap_err().is_cancelled());
    let again = asking(&world.public, list());
    gate.open();
    let again = within("no answer", again).await.unwrap();
    assert_eq!(again.status, 200, "{}", again.text);
    assert_eq!(signed(&provider), (1, 1));
}

#[tokio::test]
async fn who_hangs_up_while_waiting_for_a_status_list_asks_for_no_seal() {
    let (world, provider, _) = remote_on(None, 1).await;
    world.offer().await;
    let list = || Request::get("/status/1").body(Body::empty()).unwrap();
    provider.behave(|provider| provider.fail("signatures/signHash", Fault::NeverAnswers, 1));
    let first = asking(&world.public, list());
    within("nothing is signed", async {
        while signed(&provider).1 == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let mut waiting = asking(&world.public, list());
    let still = tokio::time::timeout(Duration::from_millis(100), &mut waiting).await;
    assert!(still.is_err(), "it waits: {still:?}");
    waiting.abort();
    assert_eq!(first.await.unwrap().status, 503);
    assert!(waiting.await.unwrap_err().is_cancelled());
    world.pass(1_000);
    let (again, once_more) = (asking(&world.public, list()), asking(&world.public, list()));
    assert_eq!(
        (again.await.unwrap().status, once_more.await.unwrap().status),
        (http::StatusCode::OK, http::StatusCode::OK)
    );
    assert_eq!(
        signed(&provider),
        (2, 2),
        "the first, and one that was waited for"
    );
}

#[tokio::test]
async fn a_status_list_that_cannot_be_sealed_anew_is_served_while_it_is_valid_and_nobody_is_asked_at_each_request()
 {
    let (world, provider, _) = remote_on(None, 10).await;
    let id = world.offer().await.id;
    let before = get(&world.public, "/status/1").await;
    assert_eq!((before.status.as_u16(), signed(&provider)), (200, (1, 1)));
    let refused = || Fault::Refuses(400, "invalid_request", "no more signatures");
    provider.behave(|provider| provider.fail("signatures/signHash", refused(), 9));
    // Half through its validity of 900 seconds.
    world.pass(460);
    for _ in 0..3 {
        let served = get(&world.public, "/status/1").await;
        assert_eq!((served.status.as_u16(), &served.text), (200, &before.text));
        assert_eq!(provider.seen("signatures/signHash"), 2);
    }
    // It does not say what was revoked since.
    world
        .manage("POST", &format!("/api/v1/issuances/{id}/revoke"), None)
        .await;
    assert_eq!(get(&world.public, "/status/1").await.status, 503);
    assert_eq!(provider.seen("signatures/signHash"), 2);
    world.pass(5);
    for _ in 0..3 {
        assert_eq!(get(&world.public, "/status/1").await.status, 503);
        assert_eq!(provider.seen("signatures/signHash"), 3);
    }
    provider.behave(|provider| provider.fail("signatures/signHash", refused(), 0));
    world.pass(5);
    let sealed = get(&world.public, "/status/1").await;
    assert_eq!((sealed.status.as_u16(), signed(&provider)), (200, (4, 2)));
}

#[tokio::test]
async fn a_status_list_that_is_no_longer_valid_is_not_served() {
    let (world, provider, _) = remote_on(None, 10).await;
    world.offer().await;
    assert_eq!(get(&world.public, "/status/1").await.status, 200);
    let refused = Fault::Refuses(400, "invalid_request", "no more signatures");
    provider.behave(|provider| provider.fail("signatures/signHash", refused, 9));
    world.pass(900);
    assert_eq!(get(&world.public, "/status/1").await.status, 503);
}

#[tokio::test]
async fn a_clock_that_is_set_back_a_second_causes_no_seal() {
    let (world, provider, _) = remote_on(None, 10).await;
    world.offer().await;
    let before = get(&world.public, "/status/1").await;
    world.pass(-1);
    let after = get(&world.public, "/status/1").await;
    assert_eq!(after.text, before.text);
    assert_eq!(signed(&provider), (1, 1));
}

#[tokio::test]
async fn parallel_requests_of_replicas_cause_one_signature() {
    on_each_database(Schema::Issuer, async |database| {
        let (world, provider, _) = remote_on(Some(&database.url), 10).await;
        let wallet = Wallet::of(&world).await;
        let replicas = [world.public.clone(), replica(&world).await.public_router()];
        let asked: Vec<_> = (0..6)
            .map(|n| asking(&replicas[n % 2], wallet.first(&world)))
            .collect();
        let mut granted = Vec::new();
        for answer in asked {
            let answer = within("no answer", answer).await.unwrap();
            match answer.status.as_u16() {
                200 => granted.push(credential(&answer)),
                _ => assert_eq!(answer.error().0, 400, "{}", answer.text),
            }
        }
        assert_eq!(granted.len(), 1);
        for replica in &replicas {
            let again = wallet.asks_again(replica, &world).await.await.unwrap();
            assert_eq!(credential(&again), granted[0]);
        }
        assert_eq!(signed(&provider), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn who_asks_another_replica_in_the_middle_waits_and_gets_the_same_credential() {
    on_each_database(Schema::Issuer, async |database| {
        let (world, provider, gate) = remote_on(Some(&database.url), 10).await;
        let wallet = Wallet::of(&world).await;
        let other = replica(&world).await.public_router();
        gate.close();
        let first = asking(&world.public, wallet.first(&world));
        within("nothing is signed", gate.reached()).await;
        let mut again = wallet.asks_again(&other, &world).await;
        let still = tokio::time::timeout(Duration::from_millis(500), &mut again).await;
        assert!(still.is_err(), "it waits: {still:?}");
        assert_eq!(signed(&provider), (1, 1));
        gate.open();
        let (first, again) = (first.await.unwrap(), again.await.unwrap());
        assert_eq!(credential(&first), credential(&again));
        assert_eq!(signed(&provider), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn a_seal_that_the_database_would_not_keep_is_kept_when_it_will() {
    let (world, provider, gate) = remote_on(None, 10).await;
    let wallet = Wallet::of(&world).await;
    let mut database = sqlx::SqliteConnection::connect(world.config.database.url.as_deref().unwrap())
        .await
        .unwrap();
    gate.close();
    let asked = asking(&world.public, wallet.first(&world));
    within("nothing is signed", gate.reached()).await;
    let broken = "CREATE TRIGGER broken BEFORE UPDATE OF issued_at ON issuer_issuances
                  BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    database.execute(broken).await.unwrap();
    gate.open();
    within("it is not tried", async {
        while !logged().contains("the disk is full") {
            assert!(!asked.is_finished(), "the seal was dropped");
            tokio::task::yield_now().await;
        }
    })
    .await;
    database.execute("DROP TRIGGER broken").await.unwrap();
    credential(&within("no answer", asked).await.unwrap());
    assert_eq!(signed(&provider), (1, 1));
}

#[tokio::test]
async fn a_process_that_dies_while_it_seals_blocks_nobody_after_its_claim_and_releases_nothing() {
    on_each_database(Schema::Issuer, async |database| {
        let (world, provider, gate) = remote_on(Some(&database.url), 10).await;
        let wallet = Wallet::of(&world).await;
        let dying = replica(&world).await;
        gate.close();
        let died = asking(&dying.public_router(), wallet.first(&world));
        within("nothing is signed", gate.reached()).await;
        dying.store().close().await;
        gate.open();
        let died = within("no answer", died).await.unwrap();
        assert_eq!(died.error(), (503, "temporarily_unavailable".to_owned()));

        let mut again = wallet.asks_again(&world.public, &world).await;
        let still = tokio::time::timeout(Duration::from_millis(500), &mut again).await;
        assert!(still.is_err(), "the claim of the dead holds: {still:?}");
        assert_eq!(signed(&provider), (1, 1));
        world.pass(CLAIM);
        let again = within("the claim does not end", again).await.unwrap();
        credential(&again);
        assert_eq!(signed(&provider), (2, 2));
        assert_eq!(world.state(&wallet.redeemed.id).await, "issued");
    })
    .await;
}

#[tokio::test]
async fn who_seals_after_its_claim_was_taken_over_releases_nothing() {
    on_each_database(Schema::Issuer, async |database| {
        let (world, provider, gate) = remote_on(Some(&database.url), 10).await;
        let wallet = Wallet::of(&world).await;
        let other = replica(&world).await.public_router();
        gate.close();
        let late = asking(&world.public, wallet.first(&world));
        within("nothing is signed", gate.reached()).await;
        world.pass(CLAIM);
        let again = wallet.asks_again(&other, &world).await;
        within("nobody takes over", gate.reached()).await;
        gate.open();
        let late = within("no answer", late).await.unwrap();
        assert_eq!(late.error(), (400, "invalid_or_missing_proof".to_owned()));
        let issued = credential(&within("no answer", again).await.unwrap());
        let kept = wallet.asks_again(&world.public, &world).await.await.unwrap();
        assert_eq!(credential(&kept), issued, "one of them is issued");
        assert_eq!(signed(&provider), (2, 2));
    })
    .await;
}
