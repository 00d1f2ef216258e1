//! What the issuer rests on, held on both databases.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
use jiff::Timestamp;
use procura_store::{
    Schema, Store, StoreError,
    contract::on_each_database,
    issuer::{
        evidence::{self, Evidence, Leased, Waiting},
        issuances::{self, Issuance, IssuedCredential, Key, NewIssuance, NewPin, Nonce, Sealing, Token},
        status::{self, StatusList, StatusPosition},
        tokens::{self, ApiToken},
    },
};
use sqlx::{Connection as _, Executor as _, PgConnection, SqliteConnection};
use std::sync::Arc;
use tokio::sync::Barrier;

const BITS: i64 = 64;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn new(name: &str, status: StatusPosition) -> NewIssuance {
    NewIssuance {
        id: name.into(),
        configuration: "LEARCredentialEmployee".into(),
        created_by: "operator".into(),
        created_at: at(0),
        mandate_sealed: b"mandate".to_vec(),
        status,
        idempotency_hash: Some(format!("idempotency of {name}").into()),
        request_hash: b"request".to_vec(),
        offer_hash: format!("offer of {name}").into(),
        code_hash: format!("code of {name}").into(),
        offer_sealed: b"offer".to_vec(),
        expires_at: at(600),
        pin: Some(NewPin {
            hash: b"hash".to_vec(),
            salt_sealed: b"salt".to_vec(),
            sealed: b"pin".to_vec(),
        }),
    }
}
fn token(name: &str) -> Token {
    Token {
        hash: format!("token of {name}").into(),
        expires_at: at(900),
        nonce: nonce("first"),
    }
}
fn nonce(name: &str) -> Nonce {
    Nonce {
        hash: name.into(),
        expires_at: at(900),
    }
}
fn credential(holder: &str) -> IssuedCredential {
    IssuedCredential {
        holder_hash: holder.into(),
        id: "urn:uuid:1".into(),
        sealed: b"credential".to_vec(),
    }
}

async fn offer(store: &Store, name: &'static str) -> StatusPosition {
    store
        .write(name, |tx, name| {
            Box::pin(async move {
                let position = status::allocate(tx, BITS, &(0..BITS).collect::<Vec<_>>(), at(0)).await?;
                let position = position.unwrap();
                issuances::add(tx, &new(name, position)).await?;
                Ok(position)
            })
        })
        .await
        .unwrap()
}
async fn redeem(store: &Store, name: &'static str, token: Token) -> Result<bool, StoreError> {
    store
        .write(token, move |tx, token| {
            Box::pin(issuances::redeem(tx, name, token, at(1)))
        })
        .await
}
async fn find(store: &Store, key: Key) -> Option<Issuance> {
    store
        .read(key, |tx, key| Box::pin(issuances::find(tx, key)))
        .await
        .unwrap()
}
async fn use_nonce(
    store: &Store,
    name: &'static str,
    used: &'static str,
    next: &'static str,
    now: i64,
) -> bool {
    store
        .write(nonce(next), move |tx, next| {
            Box::pin(issuances::use_nonce(tx, name, used.as_bytes(), next, at(now)))
        })
        .await
        .unwrap()
}
fn sealing(name: &str, run: &str) -> Sealing {
    Sealing {
        issuance: name.into(),
        run: run.into(),
        until: at(100),
    }
}
/// `run` claims by the nonce `used`, at `now`, until 100.
async fn claim(store: &Store, name: &str, run: &str, used: &'static str, now: i64) -> bool {
    try_to_claim(store, name, run, used, now).await.unwrap()
}
async fn try_to_claim(
    store: &Store,
    name: &str,
    run: &str,
    used: &'static str,
    now: i64,
) -> Result<bool, StoreError> {
    store
        .write((sealing(name, run), nonce(run)), move |tx, (sealing, next)| {
            Box::pin(issuances::claim(tx, sealing, used.as_bytes(), next, at(now)))
        })
        .await
}
async fn let_go(store: &Store, name: &str, run: &str) {
    store
        .write(sealing(name, run), |tx, sealing| {
            Box::pin(issuances::let_go(tx, sealing))
        })
        .await
        .unwrap();
}
async fn issue_by(store: &Store, name: &str, run: &str, holder: &str) -> bool {
    store
        .write(
            (sealing(name, run), credential(holder)),
            |tx, (sealing, credential)| Box::pin(issuances::issue(tx, sealing, credential, at(2))),
        )
        .await
        .unwrap()
}
async fn issue(store: &Store, name: &'static str, holder: &'static str) -> bool {
    claim(store, name, "run", "first", 1).await && issue_by(store, name, "run", holder).await
}
async fn revoke(store: &Store, name: &'static str, now: i64) -> Option<Timestamp> {
    store
        .write((), move |tx, ()| Box::pin(issuances::revoke(tx, name, at(now))))
        .await
        .unwrap()
}
async fn list(store: &Store, list: i64) -> Option<StatusList> {
    store
        .read((), move |tx, ()| Box::pin(status::load(tx, list)))
        .await
        .unwrap()
}

/// Runs `step` a number of times at once and gives what each came to; collisions that were given up are left out.
async fn at_once<T, F>(times: u32, step: impl Fn(u32) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = Result<T, StoreError>> + Send + 'static,
{
    let start = Arc::new(Barrier::new(usize::try_from(times).unwrap()));
    let tasks: Vec<_> = (0..times)
        .map(|n| {
            let (start, step) = (start.clone(), step(n));
            tokio::spawn(async move {
                start.wait().await;
                step.await
            })
        })
        .collect();
    let mut outcomes = Vec::new();
    for task in tasks {
        match task.await.unwrap() {
            Ok(outcome) => outcomes.push(outcome),
            Err(StoreError::Collisions { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }
    outcomes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_parallel_redemptions_of_one_code_exactly_one_wins() {
    on_each_database(Schema::Issuer, async |database| {
        offer(&database.store, "one").await;
        let won = at_once(100, |n| {
            let (store, token) = (database.store.clone(), token(&n.to_string()));
            async move { redeem(&store, "one", token).await.map(|won| (n, won)) }
        })
        .await;
        let winners: Vec<u32> = won.iter().filter(|(_, won)| *won).map(|(n, _)| *n).collect();
        assert_eq!(winners.len(), 1);
        let kept = find(
            &database.store,
            Key::Token(format!("token of {}", winners[0]).into()),
        )
        .await;
        assert_eq!(
            kept.unwrap().redeemed_at,
            Some(at(1)),
            "the token that was answered is the one that is kept"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_guesses_are_counted_one_by_one() {
    on_each_database(Schema::Issuer, async |database| {
        offer(&database.store, "one").await;
        let judged = at_once(40, |_| {
            let store = database.store.clone();
            async move {
                store
                    .write((), |tx, ()| {
                        Box::pin(async move {
                            let found = issuances::find(tx, &Key::Id("one".into())).await?.unwrap();
                            tokio::task::yield_now().await;
                            if found.attempts >= 5 {
                                return Ok(false);
                            }
                            issuances::save_attempts(tx, "one", found.attempts + 1).await?;
                            Ok(true)
                        })
                    })
                    .await
            }
        })
        .await;
        let judged = judged.into_iter().filter(|judged| *judged).count();
        let attempts = find(&database.store, Key::Id("one".into()))
            .await
            .unwrap()
            .attempts;
        assert_eq!(i64::try_from(judged).unwrap(), attempts);
        assert!((1..=5).contains(&attempts), "{attempts}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_pin_is_fetched_once() {
    on_each_database(Schema::Issuer, async |database| {
        offer(&database.store, "one").await;
        let fetched = at_once(10, |_| {
            let store = database.store.clone();
            async move {
                store
                    .write((), |tx, ()| Box::pin(issuances::take_pin(tx, "one", at(1))))
                    .await
            }
        })
        .await;
        let fetched: Vec<_> = fetched.into_iter().flatten().collect();
        assert_eq!(fetched, [b"pin".to_vec()]);
        assert_eq!(
            find(&database.store, Key::Id("one".into()))
                .await
                .unwrap()
                .pin_fetched_at,
            Some(at(1))
        );
    })
    .await;
}

#[tokio::test]
async fn a_pin_is_not_fetched_after_expiry_redemption_or_revocation() {
    on_each_database(Schema::Issuer, async |database| {
        let store = &database.store;
        let take = async |name: &'static str, now: i64| {
            store
                .write((), move |tx, ()| Box::pin(issuances::take_pin(tx, name, at(now))))
                .await
                .unwrap()
        };
        for name in ["expired", "redeemed", "revoked", "control"] {
            offer(store, name).await;
        }
        assert_eq!(take("expired", 600).await, None);
        redeem(store, "redeemed", token("redeemed")).await.unwrap();
        assert_eq!(take("redeemed", 2).await, None);
        revoke(store, "revoked", 1).await.unwrap();
        assert_eq!(take("revoked", 2).await, None);
        assert!(take("control", 599).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn redemption_erases_code_and_pin() {
    on_each_database(Schema::Issuer, async |database| {
        let store = &database.store;
        offer(store, "one").await;
        let before = find(store, Key::Code(b"code of one".to_vec())).await.unwrap();
        assert!(before.offer_sealed.is_some() && before.pin.is_some());
        assert!(redeem(store, "one", token("one")).await.unwrap());
        let after = find(store, Key::Code(b"code of one".to_vec())).await.unwrap();
        assert_eq!((after.offer_sealed, after.pin), (None, None));
        assert_eq!(after.token_expires_at, Some(at(900)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_nonce_is_used_once_in_its_time_and_by_its_own_token() {
    on_each_database(Schema::Issuer, async |database| {
        let store = &database.store;
        for name in ["one", "other"] {
            offer(store, name).await;
            redeem(store, name, token(name)).await.unwrap();
        }
        store
            .write(nonce("others"), |tx, nonce| {
                Box::pin(issuances::renew_nonce(tx, "other", nonce))
            })
            .await
            .unwrap();
        assert!(
            !use_nonce(store, "one", "others", "x", 1).await,
            "another token's"
        );
        assert!(!use_nonce(store, "one", "first", "x", 900).await, "expired");
        assert!(!use_nonce(store, "one", "made up", "x", 1).await, "unknown");
        let used = at_once(20, |_| {
            let store = store.clone();
            async move { Ok(use_nonce(&store, "one", "first", "second", 1).await) }
        })
        .await;
        assert_eq!(used.into_iter().filter(|used| *used).count(), 1);
        assert!(
            use_nonce(store, "one", "second", "third", 1).await,
            "the next one serves"
        );
    })
    .await;
}

#[tokio::test]
async fn a_credential_is_issued_once_after_redemption_and_never_after_revocation() {
    on_each_database(Schema::Issuer, async |database| {
        let store = &database.store;
        offer(store, "one").await;
        assert!(!issue(store, "one", "holder").await, "not redeemed");
        redeem(store, "one", token("one")).await.unwrap();
        assert!(issue(store, "one", "holder").await);
        assert!(!issue(store, "one", "another").await);
        let kept = find(store, Key::Token(b"token of one".to_vec())).await.unwrap();
        assert_eq!(kept.holder_hash.as_deref(), Some(b"holder".as_slice()));
        assert_eq!(kept.credential_sealed.as_deref(), Some(b"credential".as_slice()));
        assert_eq!(kept.mandate_sealed, None);

        offer(store, "revoked").await;
        redeem(store, "revoked", token("revoked")).await.unwrap();
        revoke(store, "revoked", 2).await.unwrap();
        assert!(!issue(store, "revoked", "holder").await);
    })
    .await;
}

#[tokio::test]
async fn one_run_at_a_time_seals_and_its_nonce_is_used_with_the_claim() {
    on_each_database(Schema::Issuer, async |database| {
        let store = &database.store;
        offer(store, "one").await;
        assert!(!claim(store, "one", "a", "first", 1).await, "not redeemed");
        redeem(store, "one", token("one")).await.unwrap();
        assert!(!claim(store, "one", "a", "made up", 1).await);
        assert!(!claim(store, "one", "a", "first", 900).await, "expired");
        let claimed = at_once(20, |run| {
            let store = store.clone();
            async move { try_to_claim(&store, "one", &format!("run {run}"), "first", 1).await }
        })
        .await;
        assert_eq!(
            claimed.iter().filter(|claimed| **claimed).count(),
            1,
            "{claimed:?}"
        );
        let found = find(store, Key::Id("one".into())).await.unwrap();
        assert_eq!(found.sealing_until, Some(at(100)));
        let next = String::from_utf8(found.nonce.unwrap().hash).unwrap();
        assert!(
            !use_nonce(store, "one", "first", "x", 1).await,
            "used with the claim"
        );
        assert!(!issue_by(store, "one", "somebody", "holder").await);
        assert!(issue_by(store, "one", &next, "holder").await, "whose claim it is");
        let found = find(store, Key::Id("one".into())).await.unwrap();
        assert_eq!(found.sealing_until, None);
        assert!(!claim(store, "one", "late", "first", 200).await, "issued");
    })
    .await;
}

#[tokio::test]
async fn a_claim_ends_when_it_is_let_go_or_by_itself_and_who_lost_it_issues_nothing() {
    on_each_database(Schema::Issuer, async |database| {
        let store = &database.store;
        offer(store, "one").await;
        redeem(store, "one", token("one")).await.unwrap();
        assert!(claim(store, "one", "a", "first", 1).await);
        assert!(!claim(store, "one", "b", "a", 99).await, "while it holds");
        let_go(store, "one", "b").await;
        assert!(
            !claim(store, "one", "b", "a", 99).await,
            "others cannot let it go"
        );
        let_go(store, "one", "a").await;
        assert!(claim(store, "one", "b", "a", 99).await, "it was let go");
        assert!(!issue_by(store, "one", "a", "holder").await);
        assert!(claim(store, "one", "c", "b", 100).await, "it has ended");
        assert!(!issue_by(store, "one", "b", "holder").await);
        assert!(issue_by(store, "one", "c", "holder").await);
    })
    .await;
}

#[tokio::test]
async fn revocation_turns_exactly_its_own_bit_once() {
    on_each_database(Schema::Issuer, async |database| {
        let store = &database.store;
        let kept = offer(store, "kept").await;
        let revoked = offer(store, "revoked").await;
        assert_eq!(kept.list, revoked.list);
        assert_eq!(revoke(store, "revoked", 5).await, Some(at(5)));
        assert_eq!(
            revoke(store, "revoked", 9).await,
            Some(at(5)),
            "the first time counts"
        );
        assert_eq!(revoke(store, "nobody", 9).await, None);
        let expected = StatusList {
            version: 1,
            bits: BITS,
            revoked: vec![revoked.position],
        };
        assert_eq!(list(store, kept.list).await, Some(expected));
        assert_eq!(list(store, 99).await, None);
        assert!(!redeem(store, "revoked", token("revoked")).await.unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_status_position_is_given_twice() {
    on_each_database(Schema::Issuer, async |database| {
        let candidates: Vec<i64> = (0..BITS).collect();
        let given = at_once(16, |_| {
            let (store, candidates) = (database.store.clone(), candidates.clone());
            async move {
                store
                    .write(candidates, |tx, candidates| {
                        Box::pin(status::allocate(tx, BITS, candidates, at(0)))
                    })
                    .await
            }
        })
        .await;
        let mut given: Vec<StatusPosition> = given.into_iter().flatten().collect();
        let many = given.len();
        given.sort();
        given.dedup();
        assert!(many > 0);
        assert_eq!(given.len(), many);
    })
    .await;
}

#[tokio::test]
async fn a_list_that_is_half_full_is_closed_and_taken_candidates_are_passed_over() {
    on_each_database(Schema::Issuer, async |database| {
        let allocate = async |candidates: Vec<i64>| {
            database
                .store
                .write(candidates, |tx, candidates| {
                    Box::pin(status::allocate(tx, 4, candidates, at(0)))
                })
                .await
                .unwrap()
        };
        let position = |list, position| Some(StatusPosition { list, position });
        assert_eq!(
            allocate(vec![9, -1, 3]).await,
            position(1, 3),
            "out of range is passed over"
        );
        assert_eq!(allocate(vec![3, 2]).await, position(1, 2));
        assert_eq!(allocate(vec![3, 2]).await, position(2, 3));
        assert_eq!(allocate(vec![3]).await, None);
    })
    .await;
}

#[tokio::test]
async fn what_nobody_can_fetch_any_more_is_erased_and_its_bit_stays() {
    on_each_database(Schema::Issuer, async |database| {
        let store = &database.store;
        for name in ["unredeemed", "issued"] {
            offer(store, name).await;
        }
        redeem(store, "issued", token("issued")).await.unwrap();
        issue(store, "issued", "holder").await;
        let erase = async |now: i64| {
            let due = store
                .read((), move |tx, ()| Box::pin(issuances::has_expired(tx, at(now))))
                .await
                .unwrap();
            let erased = store
                .write((), move |tx, ()| Box::pin(issuances::erase_expired(tx, at(now))))
                .await
                .unwrap();
            assert_eq!(due, erased > 0);
            erased
        };
        assert_eq!(erase(599).await, 0);
        assert_eq!(erase(600).await, 1);
        assert_eq!(erase(900).await, 1);
        assert_eq!(erase(1000).await, 0);
        for name in ["unredeemed", "issued"] {
            let kept = find(store, Key::Id(name.into())).await.unwrap();
            assert_eq!(
                (kept.mandate_sealed, kept.offer_sealed, kept.credential_sealed),
                (None, None, None)
            );
            assert!(revoke(store, name, 2000).await.is_some());
        }
        assert_eq!(list(store, 1).await.unwrap().revoked.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn one_idempotency_key_makes_one_issuance() {
    on_each_database(Schema::Issuer, async |database| {
        let store = &database.store;
        let position = offer(store, "one").await;
        let again = NewIssuance {
            id: "two".into(),
            offer_hash: b"o".to_vec(),
            code_hash: b"c".to_vec(),
            ..new(
                "one",
                StatusPosition {
                    position: position.position + 1,
                    ..position
                },
            )
        };
        let refused = store
            .write(again, |tx, again| {
                Box::pin(async move {
                    let other = [again.status.position];
                    status::allocate(tx, BITS, &other, at(0)).await?;
                    issuances::add(tx, again).await
                })
            })
            .await
            .unwrap_err();
        assert!(refused.is_unique_violation(), "{refused}");
        let found = find(store, Key::Idempotency(b"idempotency of one".to_vec()))
            .await
            .unwrap();
        assert_eq!(
            (found.id.as_str(), found.request_hash.as_slice()),
            ("one", b"request".as_slice())
        );
    })
    .await;
}

#[tokio::test]
async fn a_management_token_serves_until_it_expires_or_is_revoked() {
    on_each_database(Schema::Issuer, async |database| {
        let store = &database.store;
        let token = |id: &str, expires_at| ApiToken {
            id: id.into(),
            label: "HR".into(),
            scopes: vec!["issuances:create".into(), "issuances:pin".into()],
            created_at: at(0),
            expires_at,
            revoked_at: None,
        };
        for token in [token("a", None), token("b", Some(at(10)))] {
            store
                .write(token, |tx, token| {
                    Box::pin(tokens::add(tx, token, token.id.as_bytes()))
                })
                .await
                .unwrap();
        }
        let valid = async |hash: &'static str, now: i64| {
            store
                .read((), move |tx, ()| {
                    Box::pin(tokens::valid(tx, hash.as_bytes(), at(now)))
                })
                .await
                .unwrap()
        };
        assert_eq!(valid("a", 5).await, Some(token("a", None)));
        assert!(valid("b", 9).await.is_some());
        assert_eq!(valid("b", 10).await, None);
        assert_eq!(valid("c", 5).await, None);
        let revoke = async || {
            store
                .write((), |tx, ()| Box::pin(tokens::revoke(tx, "a", at(6))))
                .await
                .unwrap()
        };
        assert!(revoke().await);
        assert!(!revoke().await);
        assert_eq!(valid("a", 7).await, None);
        let all = store.read((), |tx, ()| Box::pin(tokens::all(tx))).await.unwrap();
        assert_eq!(
            all.iter().map(|token| token.revoked_at).collect::<Vec<_>>(),
            [Some(at(6)), None]
        );
    })
    .await;
}

#[tokio::test]
async fn each_step_is_one_durable_commit() {
    on_each_database(Schema::Issuer, async |database| {
        let store = &database.store;
        offer(store, "one").await;
        assert_eq!(store.commits(), 1, "offer");
        redeem(store, "one", token("one")).await.unwrap();
        assert_eq!(store.commits(), 2, "token");
        assert!(claim(store, "one", "run", "first", 1).await);
        assert_eq!(store.commits(), 3, "claim");
        assert!(issue_by(store, "one", "run", "holder").await);
        assert_eq!(store.commits(), 4, "credential");
        revoke(store, "one", 3).await;
        assert_eq!(store.commits(), 5, "revocation");
        find(store, Key::Code(b"unknown".to_vec())).await;
        assert_eq!(store.commits(), 5, "an unknown code");
    })
    .await;
}

async fn want(store: &Store, name: &'static str, now: i64) {
    offer(store, name).await;
    store
        .write((), move |tx, ()| {
            Box::pin(evidence::want(tx, name, b"credential", at(now)))
        })
        .await
        .unwrap();
}
async fn lease(store: &Store, name: &'static str, now: i64, until: i64) -> Result<Vec<Leased>, StoreError> {
    store
        .write((), move |tx, ()| {
            Box::pin(evidence::lease(tx, name, at(now), at(until), 2))
        })
        .await
}
async fn keep(store: &Store, name: &'static str, lease: &'static str, now: i64) -> bool {
    store
        .write((), move |tx, ()| {
            Box::pin(evidence::keep(tx, name, lease, lease.as_bytes(), at(now)))
        })
        .await
        .unwrap()
}
async fn evidence_of(store: &Store, name: &'static str) -> Option<Evidence> {
    store
        .read((), move |tx, ()| Box::pin(evidence::find(tx, name)))
        .await
        .unwrap()
}
fn names(leased: Vec<Leased>) -> Vec<String> {
    leased.into_iter().map(|one| one.issuance).collect()
}

#[tokio::test]
async fn evidence_is_kept_once_by_whoever_has_the_lease() {
    on_each_database(Schema::Issuer, async |database| {
        let store = &database.store;
        want(store, "one", 10).await;
        let due = async || {
            store
                .read((), |tx, ()| Box::pin(evidence::next_due(tx)))
                .await
                .unwrap()
        };
        assert_eq!(due().await, Some(at(10)));
        assert!(lease(store, "early", 9, 100).await.unwrap().is_empty());
        let leased = lease(store, "first", 10, 40).await.unwrap();
        let expected = Leased {
            issuance: "one".into(),
            sealed: b"credential".to_vec(),
            wanted_at: at(10),
            attempts: 1,
        };
        assert_eq!(leased, [expected]);
        assert!(lease(store, "second", 39, 100).await.unwrap().is_empty());
        assert_eq!(lease(store, "second", 40, 100).await.unwrap()[0].attempts, 2);
        assert!(!keep(store, "one", "first", 41).await, "the lease had ended");
        assert!(keep(store, "one", "second", 42).await);
        assert!(!keep(store, "one", "second", 43).await, "once");
        let kept = Evidence {
            sealed: b"second".to_vec(),
            stamped_at: Some(at(42)),
            given_up_at: None,
        };
        assert_eq!(evidence_of(store, "one").await, Some(kept));
        assert_eq!(due().await, None);
    })
    .await;
}

#[tokio::test]
async fn evidence_is_leased_to_one_of_many_at_once() {
    on_each_database(Schema::Issuer, async |database| {
        let store = database.store.clone();
        want(&store, "one", 0).await;
        let leases = at_once(8, |_| {
            let store = store.clone();
            async move { lease(&store, "lease", 1, 100).await }
        })
        .await;
        assert_eq!(leases.into_iter().flatten().count(), 1);
    })
    .await;
}

#[tokio::test]
async fn evidence_that_is_put_off_or_given_up_stays_readable() {
    on_each_database(Schema::Issuer, async |database| {
        let store = &database.store;
        for (name, now) in [("one", 0), ("two", 1), ("three", 2)] {
            want(store, name, now).await;
        }
        let waiting = async || {
            store
                .read((), |tx, ()| Box::pin(evidence::waiting(tx, at(1))))
                .await
                .unwrap()
        };
        assert_eq!(waiting().await, Waiting { all: 3, overdue: 2 });
        let mut leased = names(lease(store, "a", 5, 60).await.unwrap());
        leased.sort();
        assert_eq!(
            leased,
            ["one", "two"],
            "the longest due first, and no more than the limit"
        );
        let ended = store
            .write((), |tx, ()| {
                Box::pin(async move {
                    Ok((
                        evidence::put_off(tx, "one", "b", at(9)).await?,
                        evidence::put_off(tx, "one", "a", at(9)).await?,
                        evidence::give_up(tx, "two", "b", at(6)).await?,
                        evidence::give_up(tx, "two", "a", at(6)).await?,
                    ))
                })
            })
            .await
            .unwrap();
        assert_eq!(ended, (false, true, false, true));
        assert_eq!(names(lease(store, "c", 8, 70).await.unwrap()), ["three"]);
        assert_eq!(names(lease(store, "d", 9, 70).await.unwrap()), ["one"]);
        let given_up = evidence_of(store, "two").await.unwrap();
        assert_eq!(
            (given_up.sealed.as_slice(), given_up.given_up_at),
            (&b"credential"[..], Some(at(6)))
        );
        assert_eq!(waiting().await, Waiting { all: 2, overdue: 1 });
    })
    .await;
}

#[tokio::test]
async fn evidence_ends_by_age_and_with_its_issuance() {
    on_each_database(Schema::Issuer, async |database| {
        let store = &database.store;
        for (name, now) in [("one", 0), ("two", 1), ("three", 2)] {
            want(store, name, now).await;
        }
        let older = async |than: i64| {
            store
                .read((), move |tx, ()| Box::pin(evidence::has_older(tx, at(than))))
                .await
                .unwrap()
        };
        assert!(!older(-1).await);
        assert!(older(0).await);
        let erased = store
            .write((), |tx, ()| Box::pin(evidence::erase(tx, at(0))))
            .await
            .unwrap();
        assert_eq!(erased, 1);
        assert_eq!(evidence_of(store, "one").await, None);

        let delete = "DELETE FROM issuer_issuances WHERE id = 'two'";
        if database.url.starts_with("sqlite") {
            let mut connection = SqliteConnection::connect(&database.url).await.unwrap();
            connection.execute(delete).await.unwrap();
        } else {
            let mut connection = PgConnection::connect(&database.url).await.unwrap();
            connection.execute(delete).await.unwrap();
        }
        assert_eq!(evidence_of(store, "two").await, None);
        assert!(evidence_of(store, "three").await.is_some());
    })
    .await;
}
