//! What the verifier rests on, held on both databases.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
use jiff::Timestamp;
use procura_store::{
    Schema, Store, StoreError,
    contract::on_each_database,
    verifier::{self, Answer, Login, Outcome, SigningKey},
};
use std::sync::Arc;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn login(name: &str) -> Login {
    Login {
        id: format!("id-{name}"),
        state: format!("state-{name}"),
        nonce: format!("nonce-{name}"),
        client: "portal".into(),
        scope: "scope".into(),
        browser: vec![1, 2, 3],
        started_at: at(0),
        expires_at: at(300),
        requested_at: None,
        refusals: 0,
        ended: None,
        reasons: None,
        notified_at: None,
        undelivered_at: None,
    }
}

fn accepted() -> Answer {
    Answer {
        reasons: None,
        verdict: Some(vec![7]),
    }
}

fn refused() -> Answer {
    Answer {
        reasons: Some("PRO-1013".into()),
        verdict: None,
    }
}

async fn begin(store: &Store, login: Login) -> Result<bool, StoreError> {
    store
        .write(login, |tx, login| Box::pin(verifier::begin(tx, login)))
        .await
}

async fn request(store: &Store, id: &'static str, second: i64) -> bool {
    store
        .write((), move |tx, ()| Box::pin(verifier::request(tx, id, at(second))))
        .await
        .unwrap()
}

async fn end(store: &Store, id: &'static str, outcome: Outcome, second: i64) -> bool {
    store
        .write(accepted(), move |tx, answer| {
            Box::pin(verifier::end(tx, id, outcome, at(second), answer))
        })
        .await
        .unwrap()
}

async fn notify(store: &Store, id: &'static str, second: i64) -> bool {
    store
        .write((), move |tx, ()| Box::pin(verifier::notified(tx, id, at(second))))
        .await
        .unwrap()
}

async fn refuse(store: &Store, id: &'static str, second: i64) -> Option<i64> {
    store
        .write(refused(), move |tx, answer| {
            Box::pin(verifier::count_refusal(tx, id, at(second), answer))
        })
        .await
        .unwrap()
}

async fn by_state(store: &Store, state: &str) -> Option<Login> {
    store
        .read(state.to_owned(), |tx, state| {
            Box::pin(verifier::by_state(tx, state))
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn a_login_is_found_by_state_and_by_nonce_after_reopening() {
    on_each_database(Schema::Verifier, async |database| {
        assert!(begin(&database.store, login("a")).await.unwrap());
        assert!(begin(&database.store, login("b")).await.unwrap());
        database.reopen().await;
        assert_eq!(by_state(&database.store, "state-a").await, Some(login("a")));
        let by_nonce = database
            .store
            .read((), |tx, ()| Box::pin(verifier::by_nonce(tx, "nonce-b")))
            .await
            .unwrap();
        assert_eq!(by_nonce, Some(login("b")));
        assert_eq!(by_state(&database.store, "nonce-a").await, None);
    })
    .await;
}

#[tokio::test]
async fn a_state_and_a_nonce_are_used_once() {
    on_each_database(Schema::Verifier, async |database| {
        assert!(begin(&database.store, login("a")).await.unwrap());
        let same_state = Login {
            state: "state-a".into(),
            ..login("b")
        };
        assert!(!begin(&database.store, same_state).await.unwrap());
        let same_nonce = Login {
            nonce: "nonce-a".into(),
            ..login("c")
        };
        let refused = begin(&database.store, same_nonce).await.unwrap_err();
        assert!(refused.is_unique_violation(), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn a_request_is_handed_out_for_the_first_time_once() {
    on_each_database(Schema::Verifier, async |database| {
        let store = &database.store;
        begin(store, login("a")).await.unwrap();
        assert!(!request(store, "id-a", 300).await, "the login is over");
        assert!(request(store, "id-a", 10).await);
        assert!(!request(store, "id-a", 11).await);
        assert_eq!(
            by_state(store, "state-a").await.unwrap().requested_at,
            Some(at(10))
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_answers_exactly_one_ends_the_login() {
    on_each_database(Schema::Verifier, async |database| {
        begin(&database.store, login("a")).await.unwrap();
        request(&database.store, "id-a", 1).await;
        let start = Arc::new(tokio::sync::Barrier::new(100));
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let (store, start) = (database.store.clone(), start.clone());
                tokio::spawn(async move {
                    start.wait().await;
                    end(&store, "id-a", Outcome::Accepted, 2).await
                })
            })
            .collect();
        let mut winners = 0;
        for task in tasks {
            winners += u32::from(task.await.unwrap());
        }
        assert_eq!(winners, 1);
        let login = by_state(&database.store, "state-a").await.unwrap();
        assert_eq!(login.ended, Some((Outcome::Accepted, at(2))));
    })
    .await;
}

#[tokio::test]
async fn a_login_ends_only_between_its_request_and_its_expiry() {
    on_each_database(Schema::Verifier, async |database| {
        let store = &database.store;
        begin(store, login("a")).await.unwrap();
        assert!(!end(store, "id-a", Outcome::Accepted, 5).await, "no request yet");
        request(store, "id-a", 10).await;
        assert!(!end(store, "id-a", Outcome::Accepted, 300).await, "over");
        assert!(end(store, "id-a", Outcome::Declined, 299).await);
        assert!(!end(store, "id-a", Outcome::Accepted, 299).await, "ended");
        assert_eq!(refuse(store, "id-a", 299).await, None);
    })
    .await;
}

#[tokio::test]
async fn refusals_are_counted_with_their_reasons_and_the_sealed_verdict_is_kept() {
    on_each_database(Schema::Verifier, async |database| {
        let store = &database.store;
        begin(store, login("a")).await.unwrap();
        assert_eq!(refuse(store, "id-a", 5).await, None, "no request yet");
        request(store, "id-a", 10).await;
        assert_eq!(refuse(store, "id-a", 11).await, Some(1));
        assert_eq!(refuse(store, "id-a", 12).await, Some(2));
        assert_eq!(refuse(store, "id-a", 300).await, None, "over");
        let seen = by_state(store, "state-a").await.unwrap();
        assert_eq!((seen.refusals, seen.reasons.as_deref()), (2, Some("PRO-1013")));
        assert!(end(store, "id-a", Outcome::Accepted, 13).await);
        let verdict = store
            .read((), |tx, ()| Box::pin(verifier::verdict(tx, "id-a")))
            .await
            .unwrap();
        assert_eq!(verdict, Some(vec![7]));
    })
    .await;
}

#[tokio::test]
async fn only_an_accepted_login_is_notified_and_only_once() {
    on_each_database(Schema::Verifier, async |database| {
        let store = &database.store;
        for (name, outcome, heard) in [
            ("a", Outcome::Accepted, true),
            ("d", Outcome::Declined, false),
            ("r", Outcome::Refused, false),
        ] {
            begin(store, login(name)).await.unwrap();
            let id: &'static str = format!("id-{name}").leak();
            request(store, id, 1).await;
            assert!(!notify(store, id, 2).await, "not ended");
            assert!(end(store, id, outcome, 3).await);
            assert_eq!(notify(store, id, 1000).await, heard, "{name}");
            assert!(!notify(store, id, 1001).await, "{name} again");
        }
        assert_eq!(
            by_state(store, "state-a").await.unwrap().notified_at,
            Some(at(1000))
        );
    })
    .await;
}

#[tokio::test]
async fn an_accepted_login_is_either_notified_or_given_up() {
    on_each_database(Schema::Verifier, async |database| {
        let store = &database.store;
        let give_up = async |id: &'static str, second| {
            store
                .write((), move |tx, ()| {
                    Box::pin(verifier::undelivered(tx, id, at(second)))
                })
                .await
                .unwrap()
        };
        for (name, id) in [("a", "id-a"), ("b", "id-b"), ("d", "id-d")] {
            begin(store, login(name)).await.unwrap();
            request(store, id, 1).await;
            assert!(!give_up(id, 2).await, "not ended");
        }
        end(store, "id-a", Outcome::Accepted, 3).await;
        assert!(give_up("id-a", 10).await);
        assert!(!give_up("id-a", 11).await, "again");
        assert!(!notify(store, "id-a", 12).await, "given up");
        let seen = by_state(store, "state-a").await.unwrap();
        assert_eq!((seen.undelivered_at, seen.notified_at), (Some(at(10)), None));

        end(store, "id-b", Outcome::Accepted, 3).await;
        assert!(notify(store, "id-b", 10).await);
        assert!(!give_up("id-b", 11).await, "notified");
        end(store, "id-d", Outcome::Declined, 3).await;
        assert!(!give_up("id-d", 10).await, "nothing to hear of");
    })
    .await;
}

#[tokio::test]
async fn old_logins_are_forgotten() {
    on_each_database(Schema::Verifier, async |database| {
        let store = &database.store;
        begin(store, login("a")).await.unwrap();
        let younger = Login {
            expires_at: at(400),
            ..login("b")
        };
        begin(store, younger).await.unwrap();
        let forgotten = store
            .write((), |tx, ()| Box::pin(verifier::forget(tx, at(301))))
            .await
            .unwrap();
        assert_eq!(forgotten, 1);
        assert_eq!(by_state(store, "state-a").await, None);
        assert!(by_state(store, "state-b").await.is_some());
    })
    .await;
}

#[tokio::test]
async fn keys_are_kept_in_order_retired_once_and_forgotten_when_their_tokens_are_dead() {
    on_each_database(Schema::Verifier, async |database| {
        let key = |kid: &str, second| SigningKey {
            kid: kid.into(),
            algorithm: "ES256".into(),
            sealed: vec![9, 9],
            not_before: at(second),
            retired_at: None,
        };
        for key in [key("second", 10), key("first", 0)] {
            database
                .store
                .write(key, |tx, key| Box::pin(verifier::add_key(tx, key)))
                .await
                .unwrap();
        }
        let again = database
            .store
            .write(key("first", 5), |tx, key| Box::pin(verifier::add_key(tx, key)))
            .await
            .unwrap_err();
        assert!(again.is_unique_violation());
        database.reopen().await;
        let store = &database.store;
        let retire = async || {
            store
                .write((), |tx, ()| Box::pin(verifier::retire_key(tx, "first", at(20))))
                .await
                .unwrap()
        };
        assert!(retire().await);
        assert!(!retire().await);
        let keys = async || {
            store
                .read((), |tx, ()| Box::pin(verifier::keys(tx)))
                .await
                .unwrap()
        };
        let retired = SigningKey {
            retired_at: Some(at(20)),
            ..key("first", 0)
        };
        assert_eq!(keys().await, [retired, key("second", 10)]);
        let forget = async |second| {
            store
                .write((), move |tx, ()| Box::pin(verifier::forget_keys(tx, at(second))))
                .await
                .unwrap()
        };
        assert_eq!(forget(20).await, 0);
        assert_eq!(forget(21).await, 1);
        assert_eq!(keys().await, [key("second", 10)]);
    })
    .await;
}

#[tokio::test]
async fn the_documented_number_of_commits_is_held() {
    on_each_database(Schema::Verifier, async |database| {
        let store = &database.store;
        begin(store, login("a")).await.unwrap();
        assert_eq!(store.commits(), 1, "begin");
        request(store, "id-a", 1).await;
        assert_eq!(store.commits(), 2, "request");
        by_state(store, "state-a").await;
        assert_eq!(store.commits(), 2, "request, fetched again");
        refuse(store, "id-a", 2).await;
        assert_eq!(store.commits(), 3, "answer, refused");
        end(store, "id-a", Outcome::Accepted, 3).await;
        assert_eq!(store.commits(), 4, "answer, accepted");
    })
    .await;
}
