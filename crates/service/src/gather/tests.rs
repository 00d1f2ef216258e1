use super::*;
use crate::{clock::SystemClock, guarded::GuardedConfig};
use axum::{Router, http::StatusCode, response::IntoResponse, routing::get};
use procura_credential::Check;
use serde_json::json;
use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

/// A clock that a test moves.
struct MovedClock(Mutex<Timestamp>);
impl MovedClock {
    fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(SystemClock.now())))
    }
    fn advance(&self, seconds: i64) {
        *self.0.lock().unwrap() += SignedDuration::from_secs(seconds);
    }
}
impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

struct World {
    origin: String,
    asked: Arc<AtomicUsize>,
    clock: Arc<MovedClock>,
    gatherer: Gatherer,
}

async fn world(router: Router) -> World {
    world_with(router, GatherLimits::default()).await
}

async fn world_with(router: Router, limits: GatherLimits) -> World {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let router = router.layer(axum::middleware::from_fn(
        move |request, next: axum::middleware::Next| {
            counted.fetch_add(1, Ordering::SeqCst);
            next.run(request)
        },
    ));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let client = GuardedClient::new(GuardedConfig {
        development_origins: [origin.clone()].into(),
        extra_roots_pem: vec![],
    })
    .unwrap();
    let base: Url = origin.parse().unwrap();
    let registries = Registries {
        participants: vec![base.clone()],
        issuers: vec![base],
    };
    let clock = MovedClock::new();
    let gatherer = Gatherer::new(
        client,
        SnapshotHandle::default(),
        registries,
        limits,
        clock.clone(),
    );
    World {
        origin,
        asked,
        clock,
        gatherer,
    }
}

impl World {
    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
    async fn facts(&self, need: Need) -> Facts {
        let mut facts = Facts::default();
        self.gatherer.gather(&[need].into(), &mut facts).await;
        facts
    }
    async fn participant(&self) -> Option<Fetched<bool>> {
        self.facts(Need::Participant(did()))
            .await
            .participants
            .remove(&did())
    }
    async fn status_list(&self) -> Option<Fetched<StatusListCredential>> {
        let url = format!("{}/status", self.origin);
        self.facts(Need::StatusList(url.clone()))
            .await
            .status_lists
            .remove(&url)
    }
}

fn did() -> Did {
    Did::parse("did:elsi:VATES-12345678").unwrap()
}

fn participants(answer: impl IntoResponse + Clone + Send + Sync + 'static) -> Router {
    Router::new().route(
        "/api/did/v1/identifiers/did:elsi:VATES-12345678",
        get(move || async move { answer }),
    )
}

fn active() -> axum::Json<Value> {
    axum::Json(json!({"id": did().to_string(), "active": true}))
}

#[tokio::test]
async fn a_participant_is_asked_for_once_a_minute() {
    let world = world(participants(active())).await;
    for _ in 0..3 {
        assert!(matches!(
            world.participant().await,
            Some(Fetched::Have { value: true, .. })
        ));
    }
    assert_eq!(world.asked(), 1);
    world.clock.advance(61);
    assert!(matches!(
        world.participant().await,
        Some(Fetched::Have { value: true, .. })
    ));
    assert_eq!(world.asked(), 2);
}

#[tokio::test]
async fn not_found_is_absent_and_asked_for_again() {
    let world = world(Router::new()).await;
    for _ in 0..2 {
        assert!(matches!(world.participant().await, Some(Fetched::Absent)));
    }
    assert_eq!(world.asked(), 2);
}

#[tokio::test]
async fn every_other_answer_is_unavailable_and_asked_for_again() {
    for router in [
        participants((StatusCode::INTERNAL_SERVER_ERROR, "broken")),
        participants(StatusCode::NO_CONTENT),
        participants(axum::Json(
            json!({"id": "did:elsi:VATES-87654321", "active": true}),
        )),
        participants(axum::response::Html("<p>maintenance")),
    ] {
        let world = world(router).await;
        for _ in 0..2 {
            assert!(matches!(world.participant().await, Some(Fetched::Unavailable(_))));
        }
        assert_eq!(world.asked(), 2);
    }
}

#[tokio::test]
async fn a_second_registry_is_asked_and_one_that_is_silent_makes_absence_unknown() {
    let world = world(participants(active())).await;
    let silent: Url = format!("{}/silent", world.origin).parse().unwrap();
    let empty = Router::new();
    let other = world_with(empty, GatherLimits::default()).await;
    let base = |origin: &str| origin.parse::<Url>().unwrap();
    let gather = async |participants: Vec<Url>| {
        let client = GuardedClient::new(GuardedConfig {
            development_origins: [world.origin.clone(), other.origin.clone()].into(),
            extra_roots_pem: vec![],
        })
        .unwrap();
        let registries = Registries {
            participants,
            issuers: vec![],
        };
        let limits = GatherLimits::default();
        let gatherer = Gatherer::new(
            client,
            SnapshotHandle::default(),
            registries,
            limits,
            Arc::new(SystemClock),
        );
        let mut facts = Facts::default();
        gatherer
            .gather(&[Need::Participant(did())].into(), &mut facts)
            .await;
        facts.participants.remove(&did()).unwrap()
    };
    assert!(matches!(
        gather(vec![silent, base(&world.origin)]).await,
        Fetched::Have { value: true, .. }
    ));
    assert!(matches!(gather(vec![base(&other.origin)]).await, Fetched::Absent));
    let refused: Url = "https://127.0.0.1/".parse().unwrap();
    assert!(matches!(
        gather(vec![refused, base(&other.origin)]).await,
        Fetched::Unavailable(_)
    ));
    assert!(matches!(gather(vec![]).await, Fetched::Unavailable(_)));
}

fn status_list(claims: &Value) -> Router {
    let compact = format!("e30.{}.c2ln", base64url::encode(claims.to_string().as_bytes()));
    Router::new().route(
        "/status",
        get(move || async move { ([("content-type", "application/vc+jwt")], compact) }),
    )
}

#[tokio::test]
async fn a_status_list_is_believed_for_five_minutes_at_most() {
    let world = world(status_list(&json!({"validUntil": "2999-01-01T00:00:00Z"}))).await;
    world.status_list().await;
    world.clock.advance(299);
    assert!(matches!(world.status_list().await, Some(Fetched::Have { .. })));
    assert_eq!(world.asked(), 1);
    world.clock.advance(2);
    world.status_list().await;
    assert_eq!(world.asked(), 2);
}

#[tokio::test]
async fn a_status_list_is_not_believed_after_its_own_end() {
    let now = SystemClock.now().as_second();
    for claims in [
        json!({"exp": now + 30}),
        json!({"vc": {"validUntil": Timestamp::from_second(now + 30).unwrap()}}),
    ] {
        let world = world(status_list(&claims)).await;
        world.status_list().await;
        world.status_list().await;
        assert_eq!(world.asked(), 1);
        world.clock.advance(31);
        world.status_list().await;
        assert_eq!(world.asked(), 2);
    }
}

#[tokio::test]
async fn a_source_that_hangs_is_unavailable_at_the_deadline_and_holds_up_nobody() {
    let router =
        participants(active()).route("/status", get(|| async { std::future::pending::<()>().await }));
    let world = world_with(
        router,
        GatherLimits {
            deadline_seconds: 1,
            ..GatherLimits::default()
        },
    )
    .await;
    let url = format!("{}/status", world.origin);
    let mut facts = Facts::default();
    let needs = [
        Need::StatusList(url.clone()),
        Need::Participant(did()),
        Need::Trust,
    ]
    .into();
    world.gatherer.gather(&needs, &mut facts).await;
    assert!(matches!(
        facts.status_lists.get(&url),
        Some(Fetched::Unavailable(_))
    ));
    assert!(matches!(
        facts.participants.get(&did()),
        Some(Fetched::Have { value: true, .. })
    ));
    assert!(facts.trust.is_some());
}

#[tokio::test]
async fn a_crl_that_is_none_is_unavailable() {
    let world = world(Router::new().route("/ca.crl", get(|| async { "not a CRL" }))).await;
    let url = format!("{}/ca.crl", world.origin);
    for _ in 0..2 {
        let facts = world.facts(Need::Crl(url.clone())).await;
        assert!(matches!(facts.crls.get(&url), Some(Fetched::Unavailable(_))));
    }
    assert_eq!(world.asked(), 2);
}

#[tokio::test]
async fn a_gatherer_of_known_facts_asks_nobody() {
    let url = "https://status.example/1".to_owned();
    let mut known = Facts::default();
    let fact = Fetched::Have {
        value: StatusListCredential::from("a.b.c".to_owned()),
        at: Timestamp::UNIX_EPOCH,
    };
    known.status_lists.insert(url.clone(), fact);
    let gatherer = Gatherer::known(known);
    let other = "https://status.example/2".to_owned();
    let mut facts = Facts::default();
    let needs = [Need::StatusList(url.clone()), Need::StatusList(other.clone())];
    gatherer.gather(&needs.into(), &mut facts).await;
    assert!(matches!(facts.status_lists.get(&url), Some(Fetched::Have { .. })));
    assert!(matches!(
        facts.status_lists.get(&other),
        Some(Fetched::Unavailable(_))
    ));
}

fn verdict(name: CheckName, outcome: Outcome) -> Judgement<()> {
    let check = Check {
        name,
        outcome,
        object: String::new(),
        detail: String::new(),
        mend: None,
    };
    Judgement::Judged {
        verdict: Verdict {
            at: Timestamp::UNIX_EPOCH,
            checks: vec![check],
            lists: vec![],
        },
        proven: None,
    }
}

#[tokio::test]
async fn a_judge_gets_what_it_needs_round_by_round() {
    let world = world(participants(active())).await;
    let judged = world
        .gatherer
        .judge(|facts| {
            if facts.trust.is_none() {
                return Judgement::Needs([Need::Trust].into());
            }
            match facts.participants.get(&did()) {
                None => Judgement::Needs([Need::Participant(did())].into()),
                Some(Fetched::Have { value: true, .. }) => verdict(CheckName::Participant, Outcome::Passed),
                Some(_) => verdict(CheckName::Participant, Outcome::Failed),
            }
        })
        .await;
    assert!(matches!(judged, Judgement::Judged { verdict, .. } if verdict.accepted()));
}

#[tokio::test]
async fn a_judge_that_asks_for_ever_is_left_without_an_answer_after_four_rounds() {
    let world = world(Router::new()).await;
    let calls = AtomicUsize::new(0);
    let judged = world
        .gatherer
        .judge(|_| -> Judgement<()> {
            calls.fetch_add(1, Ordering::SeqCst);
            Judgement::Needs([Need::Participant(did())].into())
        })
        .await;
    assert!(matches!(judged, Judgement::Needs(_)));
    assert_eq!(world.asked(), 4);
    assert_eq!(calls.load(Ordering::SeqCst), 5);
}

#[tokio::test]
async fn a_status_list_that_left_the_status_undecided_is_fetched_again_next_time() {
    let world = world(status_list(&json!({}))).await;
    let url = format!("{}/status", world.origin);
    for round in 1..=2 {
        let judge = |facts: &Facts| {
            if facts.status_lists.contains_key(&url) {
                verdict(CheckName::Status, Outcome::Unknown)
            } else {
                Judgement::Needs([Need::StatusList(url.clone())].into())
            }
        };
        assert!(matches!(
            world.gatherer.judge(judge).await,
            Judgement::Judged { .. }
        ));
        assert_eq!(world.asked(), round);
    }
}
