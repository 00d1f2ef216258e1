//! Refusals of the token endpoint: one mutation each of a request that is granted.
use crate::world::*;
use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use procura_store::{Schema, contract::on_each_database};
use std::sync::Arc;
use tokio::sync::Barrier;

const INVALID_GRANT: (u16, &str) = (400, "invalid_grant");
const INVALID_REQUEST: (u16, &str) = (400, "invalid_request");

fn is(answer: &Answer, expected: (u16, &str)) {
    assert_eq!(
        answer.error(),
        (expected.0, expected.1.to_owned()),
        "{}",
        answer.text
    );
    assert_eq!(answer.header("cache-control"), "no-store");
}
async fn control(world: &World, offered: &Offered) {
    assert_eq!(world.token(&offered.form()).await.status, 200);
}

#[tokio::test]
async fn code_cannot_be_redeemed_twice() {
    let world = World::new().await;
    let offered = world.offer().await;
    control(&world, &offered).await;
    is(&world.token(&offered.form()).await, INVALID_GRANT);
}

#[tokio::test]
async fn code_cannot_be_redeemed_after_its_life() {
    let world = World::new().await;
    let (in_time, late) = (world.offer().await, world.offer().await);
    world.pass(599);
    control(&world, &in_time).await;
    world.pass(1);
    is(&world.token(&late.form()).await, INVALID_GRANT);
    assert_eq!(world.state(&late.id).await, "expired");
}

#[tokio::test]
async fn code_cannot_be_guessed() {
    let world = World::new().await;
    let offered = world.offer().await;
    let mut form = offered.form();
    let other = if offered.code.starts_with('A') { "B" } else { "A" };
    let guess = format!("{other}{}", &offered.code[1..]);
    form[1].1 = &guess;
    is(&world.token(&form).await, INVALID_GRANT);
    control(&world, &offered).await;
    assert!(offered.code.len() >= 43, "256 bits");
}

#[tokio::test]
async fn a_wrong_pin_is_refused_and_costs_one_of_five_attempts() {
    let world = World::new().await;
    let offered = world.offer().await;
    let wrong = offered.wrong_pin();
    for _ in 0..4 {
        is(&world.token(&offered.form_with_pin(&wrong)).await, INVALID_GRANT);
        assert_eq!(world.state(&offered.id).await, "offered");
    }
    control(&world, &offered).await;
}

#[tokio::test]
async fn five_wrong_pins_lock_the_code_even_for_the_right_one() {
    let world = World::new().await;
    let offered = world.offer().await;
    let wrong = offered.wrong_pin();
    for _ in 0..5 {
        is(&world.token(&offered.form_with_pin(&wrong)).await, INVALID_GRANT);
    }
    assert_eq!(world.state(&offered.id).await, "locked");
    is(&world.token(&offered.form()).await, INVALID_GRANT);
}

#[tokio::test]
async fn a_missing_pin_is_refused_and_costs_no_attempt() {
    let world = World::new().await;
    let offered = world.offer().await;
    for _ in 0..6 {
        let refused = world.token(&offered.form()[..2]).await;
        is(&refused, INVALID_REQUEST);
        assert_eq!(refused.json()["code"], "PRO-2101");
    }
    control(&world, &offered).await;
}

#[tokio::test]
async fn a_pin_where_none_is_needed_is_refused() {
    let world = World::with(|config| config.pin.required = false).await;
    let offered = world.offer().await;
    let refused = world.token(&offered.form_with_pin("1234")).await;
    is(&refused, INVALID_REQUEST);
    assert_eq!(refused.json()["code"], "PRO-2101");
    assert_eq!(world.token(&offered.form()[..2]).await.status, 200);
}

#[tokio::test]
async fn an_offer_of_another_pin_policy_still_stands() {
    let world = World::new().await;
    let (first, second) = (world.offer().await, world.offer().await);
    let mut config = world.config.clone();
    config.pin.required = false;
    let world = world.reopened(config).await;
    is(&world.token(&first.form()[..2]).await, INVALID_GRANT);
    is(
        &world.token(&second.form_with_pin(&second.wrong_pin())).await,
        INVALID_REQUEST,
    );
    for offered in [&first, &second] {
        control(&world, offered).await;
    }
}

#[tokio::test]
async fn a_revoked_offer_is_refused() {
    let world = World::new().await;
    let offered = world.offer().await;
    world
        .manage("POST", &format!("/api/v1/issuances/{}/revoke", offered.id), None)
        .await;
    is(&world.token(&offered.form()).await, INVALID_GRANT);
}

#[tokio::test]
async fn guessers_learn_nothing() {
    let world = World::new().await;
    let (used, locked, revoked, expired) = (
        world.offer().await,
        world.offer().await,
        world.offer().await,
        world.offer().await,
    );
    control(&world, &used).await;
    for _ in 0..5 {
        world.token(&locked.form_with_pin(&locked.wrong_pin())).await;
    }
    world
        .manage("POST", &format!("/api/v1/issuances/{}/revoke", revoked.id), None)
        .await;
    world.pass(600);
    let standing = world.offer().await;
    let mut unknown = standing.form();
    unknown[1].1 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let wrong = standing.wrong_pin();
    let forms = [
        unknown,
        used.form(),
        locked.form(),
        revoked.form(),
        expired.form(),
        standing.form_with_pin(&wrong),
    ];
    let with_pin = answers(&world, &forms).await;
    assert!(with_pin.iter().all(|answer| answer.2.contains("invalid_grant")));
    // Without a PIN the control is refused as well, and as all others are.
    let without = forms.map(|form| form[..2].to_vec());
    let without_pin = answers(&world, &without).await;
    assert!(
        without_pin
            .iter()
            .all(|answer| answer.2.contains("invalid_request"))
    );
    for answers in [with_pin, without_pin] {
        for answer in &answers {
            assert_eq!(answer, &answers[0]);
        }
    }
    control(&world, &standing).await;
}

async fn answers(world: &World, forms: &[Vec<(&str, &str)>]) -> Vec<(StatusCode, HeaderMap, String)> {
    let mut answers = Vec::new();
    for form in forms {
        let Answer {
            status,
            mut headers,
            text,
        } = world.token(form).await;
        headers.remove("x-request-id");
        answers.push((status, headers, text));
    }
    answers
}

#[tokio::test]
async fn malformed_requests_are_named_and_consume_nothing() {
    let world = World::new().await;
    let offered = world.offer().await;
    let good = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(offered.form())
        .finish();
    for (body, error) in [
        (good.replace("grant_type=", "x="), "invalid_request"),
        (
            good.replace("pre-authorized_code&", "authorization_code&"),
            "unsupported_grant_type",
        ),
        (good.replace("pre-authorized_code=", "x="), "invalid_request"),
        (format!("{good}&user_pin={}", offered.pin), "invalid_request"),
        (
            format!("{good}&tx_code={}", offered.wrong_pin()),
            "invalid_request",
        ),
        (
            good.replace(&format!("user_pin={}", offered.pin), "user_pin=123456789"),
            "invalid_request",
        ),
        (
            good.replace(&format!("user_pin={}", offered.pin), "user_pin=12345a"),
            "invalid_request",
        ),
        (format!("{good}&x={}", "x".repeat(17_000)), "invalid_request"),
    ] {
        is(&world.token_of(&body).await, (400, error));
    }
    let json = Request::post("/token")
        .header("content-type", "application/json")
        .body(Body::from(good.clone()));
    is(
        &send(&world.public, json.unwrap()).await,
        (400, "invalid_request"),
    );
    let huge = "x".repeat(300_000);
    assert_eq!(world.token_of(&huge).await.status, 413);
    assert_eq!(
        world
            .token_of(&format!("{good}&client_id=x&tx_code={}", offered.pin))
            .await
            .status,
        200
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_parallel_redemptions_exactly_one_wins() {
    on_each_database(Schema::Issuer, async |database| {
        let world = Arc::new(World::on(Some(&database.url), |_| {}).await);
        let offered = Arc::new(world.offer().await);
        let answers = at_once(&world, &offered, 100, |offered, _| offered.pin.clone()).await;
        assert_eq!(answers.iter().filter(|(status, _)| *status == 200).count(), 1);
        for (status, error) in answers.iter().filter(|(status, _)| *status != 200) {
            assert!(matches!(
                (status, error.as_str()),
                (400, "invalid_grant") | (503, "temporarily_unavailable")
            ));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_guessers_get_five_guesses_and_no_more() {
    on_each_database(Schema::Issuer, async |database| {
        let world = Arc::new(World::on(Some(&database.url), |_| {}).await);
        let offered = Arc::new(world.offer().await);
        let guess = |offered: &Offered, n: u32| {
            let number: u32 = offered.pin.parse().unwrap();
            format!("{:06}", (number + 1 + n) % 1_000_000)
        };
        at_once(&world, &offered, 60, guess).await;
        // Collisions that were given up are no guesses; the rest is used up one by one.
        while world.state(&offered.id).await == "offered" {
            world.token(&offered.form_with_pin(&offered.wrong_pin())).await;
        }
        is(&world.token(&offered.form()).await, INVALID_GRANT);
        let attempts = world
            .app
            .store()
            .read(offered.id.clone(), |tx, id| {
                use procura_store::issuer::issuances::{Key, find};
                Box::pin(async move { find(tx, &Key::Id(id.clone())).await })
            })
            .await
            .unwrap()
            .unwrap()
            .attempts;
        assert_eq!(attempts, 5);
    })
    .await;
}

async fn at_once(
    world: &Arc<World>,
    offered: &Arc<Offered>,
    times: u32,
    pin: impl Fn(&Offered, u32) -> String,
) -> Vec<(u16, String)> {
    let start = Arc::new(Barrier::new(usize::try_from(times).unwrap()));
    let tasks: Vec<_> = (0..times)
        .map(|n| {
            let (world, offered, start, pin) =
                (world.clone(), offered.clone(), start.clone(), pin(offered, n));
            tokio::spawn(async move {
                start.wait().await;
                world.token(&offered.form_with_pin(&pin)).await.error()
            })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}
