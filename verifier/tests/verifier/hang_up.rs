//! A wallet that hangs up, and a service that ends, while an answer is being judged.
use crate::stage::{EMPLOYEE, Gate, Override, Running, Served, Stage, response, world_to_change};
use axum::{extract::Request, middleware::Next};
use procura_credential::lear::Shape;
use procura_service::{Listener, Shutdown, serve};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{io::AsyncWriteExt as _, net::TcpStream, sync::Notify};

const STATE: &str = "a-state-of-at-least-22-characters";

/// Fails instead of waiting for ever.
async fn within<T>(what: &str, waited_for: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), waited_for)
        .await
        .unwrap_or_else(|late| panic!("{what}: {late}"))
}

/// The complete answer of a wallet that does not wait for what is said to it.
async fn answers(stage: &Stage, served: &Served) -> Vec<u8> {
    let login = stage.fetch(STATE).await;
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let body = response(&stage.presentation(served, &login, &good), None).to_form();
    let head = format!(
        "POST /api/authentication_response HTTP/1.1\r\nhost: verifier.example\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body.as_bytes()].concat()
}

async fn send_and_hang_up(address: SocketAddr, answer: &[u8], judged: &Gate) {
    let mut wallet = TcpStream::connect(address).await.unwrap();
    wallet.write_all(answer).await.unwrap();
    within("the answer is not judged", judged.reached()).await;
}

/// Says when it is dropped.
struct Dropped(Arc<Notify>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[tokio::test]
async fn a_wallet_that_hangs_up_while_it_is_judged_strands_nobody() {
    let served = world_to_change().await;
    let stage = Stage::new(&served).await;
    let judging = Gate::default();
    served.say(
        &served.world.origins().status_list(),
        Override::Held(judging.clone()),
    );
    let cookie = stage.begin(STATE, EMPLOYEE).await;
    let answer = answers(&stage, &served).await;

    // The handler of this answer is dropped with its connection: that is what the wallet's hanging up does.
    let dropped = Arc::new(Notify::new());
    let says = dropped.clone();
    let router =
        stage
            .router
            .clone()
            .layer(axum::middleware::from_fn(move |request: Request, next: Next| {
                let dropped = Dropped(says.clone());
                async move {
                    let response = next.run(request).await;
                    drop(dropped);
                    response
                }
            }));
    let listener = Listener::bind(&stage.config.listen).await.unwrap();
    let address = listener.address();
    let (trigger, shutdown) = Shutdown::new();
    tokio::spawn(serve(vec![(listener, router)], shutdown.clone(), Duration::ZERO));
    let worker = tokio::spawn(stage.verifier.notifier().run(shutdown));

    send_and_hang_up(address, &answer, &judging).await;
    within("the handler outlives its connection", dropped.notified()).await;
    assert!(stage.portal.heard.lock().unwrap().is_empty());
    judging.open();

    within("the relying party is not notified", async {
        while stage.portal.heard.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let path = format!("/login/status?state={STATE}");
    within("the browser is not sent back", async {
        while stage.get(&path, Some(&cookie)).await.status != 303 {}
    })
    .await;
    trigger.fire();
    worker.await.unwrap();
}

#[tokio::test]
async fn an_answer_whose_wallet_hung_up_is_judged_to_the_end_when_the_service_ends() {
    let served = world_to_change().await;
    let stage = Stage::new(&served).await;
    let judging = Gate::default();
    served.say(
        &served.world.origins().status_list(),
        Override::Held(judging.clone()),
    );
    let cookie = stage.begin(STATE, EMPLOYEE).await;
    let answer = answers(&stage, &served).await;
    let running: Running = stage.running().await;
    send_and_hang_up(running.address, &answer, &judging).await;
    running.trigger.fire();
    within("it listens on", async {
        while TcpStream::connect(running.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(!running.serving.is_finished(), "it waits for the answer");
    judging.open();
    let stage = within("the service does not end", Box::pin(running.restarted())).await;
    let page = stage
        .get(&format!("/login/status?state={STATE}"), Some(&cookie))
        .await;
    assert!(page.text.contains("Almost there"), "{}", page.text);
    stage.verifier.notifier().deliver_due().await.unwrap();
    assert_eq!(stage.portal.heard.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_service_that_ends_does_not_wait_for_an_answer_for_ever() {
    let served = world_to_change().await;
    let stage = Stage::with(&served, |config| config.limits.drain_seconds = 0).await;
    let judging = Gate::default();
    served.say(
        &served.world.origins().status_list(),
        Override::Held(judging.clone()),
    );
    let cookie = stage.begin(STATE, EMPLOYEE).await;
    let answer = answers(&stage, &served).await;
    let running = stage.running().await;
    send_and_hang_up(running.address, &answer, &judging).await;
    running.trigger.fire();
    let stage = within("the service does not end", Box::pin(running.restarted())).await;
    judging.open();
    let page = stage
        .get(&format!("/login/status?state={STATE}"), Some(&cookie))
        .await;
    assert!(page.text.contains("Your wallet has the request"), "{}", page.text);
}
