//! What the wallet rests on, held on both databases.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use procura_store::{
    Schema, Store, StoreError, Tx,
    contract::on_each_database,
    wallet::{
        Claim, Receipt, StoredCredential, account_of, add_credential, add_receipt, add_request,
        claim_receipt, claim_request, credentials, delete_credential, fail_receipt, finish_receipt,
        forget_expired, forget_request, has_seen_request, invite, leave_request, open_account, open_session,
        receipt, release_receipt, release_request, request_is_held, revoke_session, save_receipt,
        see_request, step_request, use_invitation,
    },
};
use tokio::task::JoinSet;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn claim(id: &str, account: &str, until: i64) -> Claim {
    Claim {
        id: id.to_owned(),
        account: account.to_owned(),
        until: at(until),
    }
}

fn credential(id: &str) -> StoredCredential {
    StoredCredential {
        id: id.to_owned(),
        sealed: vec![1],
        sealed_key: vec![2],
        received_at: at(0),
    }
}

/// The accounts `a` and `b`; `a` has a receipt `r` and a confirmed request `q`, both until 600.
async fn furnish(tx: &mut Tx) -> Result<(), StoreError> {
    open_account(tx, "a", at(0)).await?;
    open_account(tx, "b", at(0)).await?;
    add_receipt(tx, "r", "a", b"began", at(600)).await?;
    add_request(tx, "q", "a", "confirmed", b"asked", at(600)).await
}

/// What several steps in one transaction come to.
async fn in_one<T: Send + 'static>(
    store: &Store,
    steps: impl for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<T, StoreError>> + Send + Sync + 'static,
) -> T {
    store.write((), move |tx, ()| steps(tx)).await.unwrap()
}

async fn furnished(store: &Store) {
    in_one(store, |tx| Box::pin(furnish(tx))).await;
}

async fn receipt_now(store: &Store) -> Receipt {
    store
        .read((), |tx, ()| Box::pin(receipt(tx, "r", "a")))
        .await
        .unwrap()
        .unwrap()
}

/// The claims of two runs, the second taken when the first had ended.
async fn receipt_taken_over(store: &Store) -> (Claim, Claim) {
    let (first, second) = (claim("r", "a", 45), claim("r", "a", 90));
    for (claim, now) in [(&first, 0), (&second, 45)] {
        let taken = store
            .write(claim.clone(), move |tx, claim| {
                Box::pin(claim_receipt(tx, claim, at(now)))
            })
            .await
            .unwrap();
        assert_eq!(taken.as_deref(), Some(b"began".as_slice()));
    }
    (first, second)
}

/// What the request `q` holds where it is in that state, and nobody holds it; it is free again afterwards.
async fn waiting(tx: &mut Tx, state: &str, now: i64) -> Result<Option<Vec<u8>>, StoreError> {
    let run = claim("q", "a", now + 1);
    let taken = claim_request(tx, &run, &[state], at(now)).await?;
    if taken.is_some() {
        release_request(tx, &run).await?;
    }
    Ok(taken.map(|(_, sealed)| sealed))
}

fn lost<T: core::fmt::Debug>(outcome: Result<T, StoreError>, of: &str) {
    match outcome {
        Err(StoreError::ClaimLost { table }) => assert_eq!(table, of),
        other => panic!("the claim was lost, and yet: {other:?}"),
    }
}

#[tokio::test]
async fn an_invitation_opens_one_account_of_a_hundred_that_try() {
    on_each_database(Schema::Wallet, async |database| {
        let store = database.store.clone();
        in_one(&store, |tx| Box::pin(invite(tx, b"hash", at(60)))).await;
        let mut tries = JoinSet::new();
        for _ in 0..100 {
            let store = store.clone();
            tries.spawn(
                async move { in_one(&store, |tx| Box::pin(use_invitation(tx, b"hash", at(0)))).await },
            );
        }
        assert_eq!(tries.join_all().await.into_iter().filter(|won| *won).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_expired_invitation_opens_nothing() {
    on_each_database(Schema::Wallet, async |database| {
        let opened = in_one(&database.store, |tx| {
            Box::pin(async move {
                invite(tx, b"hash", at(0)).await?;
                use_invitation(tx, b"hash", at(0)).await
            })
        })
        .await;
        assert!(!opened);
    })
    .await;
}

#[tokio::test]
async fn a_session_that_ended_is_dead_at_once_on_another_replica() {
    on_each_database(Schema::Wallet, async |database| {
        let replica = Store::connect(&database.url, Schema::Wallet).await.unwrap();
        let account = async || {
            replica
                .read((), |tx, ()| Box::pin(account_of(tx, b"session", at(1))))
                .await
                .unwrap()
        };
        let store = &database.store;
        in_one(store, |tx| {
            Box::pin(async move {
                open_account(tx, "a", at(0)).await?;
                open_session(tx, b"session", "a", at(600)).await
            })
        })
        .await;
        assert_eq!(account().await.as_deref(), Some("a"));
        in_one(store, |tx| Box::pin(revoke_session(tx, b"session", at(1)))).await;
        assert_eq!(account().await, None);
        replica.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_belongs_to_another_account_is_not_found() {
    on_each_database(Schema::Wallet, async |database| {
        let found = in_one(&database.store, |tx| {
            Box::pin(async move {
                furnish(tx).await?;
                add_credential(tx, "a", &credential("c")).await?;
                Ok((
                    credentials(tx, "b").await?.len(),
                    receipt(tx, "r", "b").await?,
                    claim_receipt(tx, &claim("r", "b", 9), at(0)).await?,
                    claim_request(tx, &claim("q", "b", 9), &["confirmed", "answering"], at(0)).await?,
                    {
                        claim_request(tx, &claim("q", "a", 9), &["confirmed"], at(0)).await?;
                        request_is_held(tx, "q", "b", at(0)).await?
                    },
                    delete_credential(tx, "b", "c").await?,
                ))
            })
        })
        .await;
        assert_eq!(found, (0, None, None, None, false, false));
    })
    .await;
}

#[tokio::test]
async fn a_receipt_is_run_by_one_at_a_time_and_again_after_its_runner_died() {
    on_each_database(Schema::Wallet, async |database| {
        let claims = in_one(&database.store, |tx| {
            Box::pin(async move {
                furnish(tx).await?;
                let mut claims = Vec::new();
                for now in [0, 29, 30, 601] {
                    let taken = claim_receipt(tx, &claim("r", "a", now + 30), at(now)).await?;
                    claims.push(taken.is_some());
                }
                Ok(claims)
            })
        })
        .await;
        assert_eq!(claims, [true, false, true, false]);
    })
    .await;
}

#[tokio::test]
async fn a_receipt_that_was_let_go_of_is_taken_again_and_one_that_is_over_is_not() {
    on_each_database(Schema::Wallet, async |database| {
        for over in [0, 1, 2] {
            let claims = database
                .store
                .write((), move |tx, ()| {
                    Box::pin(async move {
                        let id = format!("r{over}");
                        let (first, second) = (claim(&id, "a", 30), claim(&id, "a", 31));
                        if over == 0 {
                            open_account(tx, "a", at(0)).await?;
                        }
                        add_receipt(tx, &id, "a", b"", at(600)).await?;
                        let before = claim_receipt(tx, &first, at(0)).await?;
                        match over {
                            0 => release_receipt(tx, &first).await?,
                            1 => fail_receipt(tx, &first, b"", at(1)).await?,
                            _ => finish_receipt(tx, &first, b"", at(1)).await?,
                        }
                        Ok((before, claim_receipt(tx, &second, at(1)).await?))
                    })
                })
                .await
                .unwrap();
            assert_eq!(
                (claims.0.is_some(), claims.1.is_some()),
                (true, over == 0),
                "{over}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_receipt_that_was_given_up_holds_nothing_of_what_it_held() {
    on_each_database(Schema::Wallet, async |database| {
        furnished(&database.store).await;
        in_one(&database.store, |tx| {
            Box::pin(async move {
                let run = claim("r", "a", 45);
                claim_receipt(tx, &run, at(0)).await?;
                fail_receipt(tx, &run, b"erased", at(1)).await
            })
        })
        .await;
        let after = receipt_now(&database.store).await;
        assert_eq!(
            (after.sealed, after.failed, after.finished),
            (b"erased".to_vec(), true, false)
        );
    })
    .await;
}

#[tokio::test]
async fn a_run_that_saved_holds_its_receipt_for_longer() {
    on_each_database(Schema::Wallet, async |database| {
        furnished(&database.store).await;
        let taken = in_one(&database.store, |tx| {
            Box::pin(async move {
                claim_receipt(tx, &claim("r", "a", 45), at(0)).await?;
                save_receipt(tx, &claim("r", "a", 45), b"token", at(85)).await?;
                let early = claim_receipt(tx, &claim("r", "a", 90), at(45)).await?;
                finish_receipt(tx, &claim("r", "a", 85), b"done", at(46)).await?;
                Ok(early)
            })
        })
        .await;
        assert_eq!(taken, None);
        let after = receipt_now(&database.store).await;
        assert_eq!((after.sealed, after.finished), (b"done".to_vec(), true));
    })
    .await;
}

#[tokio::test]
async fn a_run_whose_claim_another_one_took_over_neither_saves_nor_ends_a_receipt() {
    on_each_database(Schema::Wallet, async |database| {
        let store = &database.store;
        furnished(store).await;
        let (stale, newer) = receipt_taken_over(store).await;
        store
            .write(newer.clone(), |tx, newer| {
                Box::pin(save_receipt(tx, newer, b"newer", at(90)))
            })
            .await
            .unwrap();
        let before = receipt_now(store).await;
        let saved = store
            .write(stale.clone(), |tx, stale| {
                Box::pin(save_receipt(tx, stale, b"stale", at(91)))
            })
            .await;
        lost(saved, "receipts");
        let released = store
            .write(stale.clone(), |tx, stale| Box::pin(release_receipt(tx, stale)))
            .await;
        lost(released, "receipts");
        let failed = store
            .write(stale.clone(), |tx, stale| {
                Box::pin(fail_receipt(tx, stale, b"stale", at(46)))
            })
            .await;
        lost(failed, "receipts");
        let finished = store
            .write(stale.clone(), |tx, stale| {
                Box::pin(async move {
                    add_credential(tx, "a", &credential("stale")).await?;
                    finish_receipt(tx, stale, b"stale", at(46)).await
                })
            })
            .await;
        lost(finished, "receipts");
        assert_eq!(receipt_now(store).await, before);
        let kept = store
            .read((), |tx, ()| Box::pin(credentials(tx, "a")))
            .await
            .unwrap();
        assert_eq!(kept, [], "what the stale run brought is undone with it");
        // The control: the newer run ends it, and the stale one still changes nothing.
        store
            .write(newer, |tx, newer| {
                Box::pin(finish_receipt(tx, newer, b"newer", at(47)))
            })
            .await
            .unwrap();
        let before = receipt_now(store).await;
        assert!(before.finished);
        let finished = store
            .write(stale, |tx, stale| {
                Box::pin(finish_receipt(tx, stale, b"stale", at(48)))
            })
            .await;
        lost(finished, "receipts");
        assert_eq!(receipt_now(store).await, before);
    })
    .await;
}

#[tokio::test]
async fn a_run_that_is_late_but_alone_still_ends_its_receipt() {
    on_each_database(Schema::Wallet, async |database| {
        let store = &database.store;
        furnished(store).await;
        let late = claim("r", "a", 45);
        store
            .write(late, |tx, late| {
                Box::pin(async move {
                    claim_receipt(tx, late, at(0)).await?;
                    finish_receipt(tx, late, b"done", at(300)).await
                })
            })
            .await
            .unwrap();
        assert!(receipt_now(store).await.finished);
    })
    .await;
}

#[tokio::test]
async fn an_answer_whose_claim_another_one_took_over_changes_no_request() {
    on_each_database(Schema::Wallet, async |database| {
        let store = &database.store;
        furnished(store).await;
        let (stale, newer) = (claim("q", "a", 30), claim("q", "a", 60));
        for (claim, now) in [(&stale, 0), (&newer, 30)] {
            let taken = store
                .write(claim.clone(), move |tx, claim| {
                    Box::pin(claim_request(tx, claim, &["confirmed", "answering"], at(now)))
                })
                .await
                .unwrap();
            assert!(taken.is_some());
        }
        let stepped = store
            .write(stale.clone(), |tx, stale| {
                Box::pin(step_request(tx, stale, "answered", b"stale"))
            })
            .await;
        lost(stepped, "requests");
        let released = store
            .write(stale, |tx, stale| Box::pin(release_request(tx, stale)))
            .await;
        lost(released, "requests");
        let found = store
            .write(newer, |tx, newer| {
                Box::pin(async move {
                    let third = claim_request(tx, &claim("q", "a", 61), &["confirmed"], at(31)).await?;
                    release_request(tx, newer).await?;
                    let before = waiting(tx, "confirmed", 31).await?;
                    claim_request(tx, newer, &["confirmed"], at(31)).await?;
                    step_request(tx, newer, "answering", b"newer").await?;
                    release_request(tx, newer).await?;
                    Ok((before, third, waiting(tx, "answering", 31).await?))
                })
            })
            .await
            .unwrap();
        assert_eq!(
            found,
            (Some(b"asked".to_vec()), None, Some(b"newer".to_vec())),
            "as it was, still held, and the newer run goes on"
        );
    })
    .await;
}

#[tokio::test]
async fn a_request_is_answered_by_one_at_a_time_and_again_after_that_one_died() {
    on_each_database(Schema::Wallet, async |database| {
        let claims = in_one(&database.store, |tx| {
            Box::pin(async move {
                furnish(tx).await?;
                let states: &[&str] = &["confirmed", "answering"];
                let mut claims = Vec::new();
                for now in [0, 29, 30] {
                    let taken = claim_request(tx, &claim("q", "a", now + 30), states, at(now)).await?;
                    claims.push(taken.map(|(state, _)| state));
                }
                release_request(tx, &claim("q", "a", 60)).await?;
                for (to, now) in [("answering", 31), ("answered", 32)] {
                    let next = claim("q", "a", now + 30);
                    claims.push(
                        claim_request(tx, &next, states, at(now))
                            .await?
                            .map(|(state, _)| state),
                    );
                    step_request(tx, &next, to, b"").await?;
                    release_request(tx, &next).await?;
                }
                let over = claim_request(tx, &claim("q", "a", 63), states, at(33)).await?;
                claims.push(over.map(|(state, _)| state));
                Ok(claims)
            })
        })
        .await;
        let claims: Vec<_> = claims.iter().map(Option::as_deref).collect();
        let (confirmed, answering) = (Some("confirmed"), Some("answering"));
        assert_eq!(claims, [confirmed, None, confirmed, confirmed, answering, None]);
    })
    .await;
}

#[tokio::test]
async fn a_request_is_taken_from_exactly_the_states_that_are_listed() {
    on_each_database(Schema::Wallet, async |database| {
        let taken = in_one(&database.store, |tx| {
            Box::pin(async move {
                furnish(tx).await?;
                let lists: [&[&str]; 6] = [
                    &[],
                    &["confirm"],
                    &["confirmedly", "unconfirmed"],
                    &["named", "fetched"],
                    &["confirmed"],
                    &["named", "confirmed", "answering"],
                ];
                let mut taken = Vec::new();
                for states in lists {
                    let claim = claim("q", "a", 30);
                    taken.push(claim_request(tx, &claim, states, at(0)).await?.is_some());
                    if taken.last() == Some(&true) {
                        release_request(tx, &claim).await?;
                    }
                }
                Ok(taken)
            })
        })
        .await;
        assert_eq!(taken, [false, false, false, false, true, true]);
    })
    .await;
}

#[tokio::test]
async fn a_request_is_held_while_somebody_works_on_it_and_no_longer() {
    on_each_database(Schema::Wallet, async |database| {
        let held = in_one(&database.store, |tx| {
            Box::pin(async move {
                furnish(tx).await?;
                let claim = claim("q", "a", 30);
                let mut held = vec![request_is_held(tx, "q", "a", at(0)).await?];
                claim_request(tx, &claim, &["confirmed"], at(0)).await?;
                held.push(request_is_held(tx, "q", "a", at(29)).await?);
                held.push(request_is_held(tx, "q", "a", at(30)).await?);
                step_request(tx, &claim, "answering", b"").await?;
                held.push(request_is_held(tx, "q", "a", at(29)).await?);
                leave_request(tx, &claim, "answered", b"", None).await?;
                held.push(request_is_held(tx, "q", "a", at(0)).await?);
                Ok(held)
            })
        })
        .await;
        assert_eq!(held, [false, true, false, true, false]);
    })
    .await;
}

#[tokio::test]
async fn a_request_that_is_left_is_free_for_what_comes_next_until_its_new_end() {
    on_each_database(Schema::Wallet, async |database| {
        let store = &database.store;
        let (claim, next) = (claim("q", "a", 30), claim("q", "a", 40));
        let left = store
            .write((claim.clone(), next), |tx, (claim, next)| {
                Box::pin(async move {
                    furnish(tx).await?;
                    claim_request(tx, claim, &["confirmed"], at(0)).await?;
                    leave_request(tx, claim, "shown", b"shown", Some(at(300))).await?;
                    let found = [waiting(tx, "shown", 299).await?, waiting(tx, "shown", 300).await?];
                    let taken = claim_request(tx, next, &["shown"], at(1)).await?;
                    leave_request(tx, next, "over", b"", None).await?;
                    Ok((found, taken, waiting(tx, "over", 299).await?))
                })
            })
            .await
            .unwrap();
        let shown = b"shown".to_vec();
        assert_eq!(
            left,
            (
                [Some(shown.clone()), None],
                Some(("shown".to_owned(), shown)),
                Some(vec![])
            )
        );
        let stale = store
            .write(claim, |tx, stale| {
                Box::pin(leave_request(tx, stale, "shown", b"stale", None))
            })
            .await;
        lost(stale, "requests");
    })
    .await;
}

#[tokio::test]
async fn what_was_seen_is_seen_once_and_remembered_until_its_end() {
    on_each_database(Schema::Wallet, async |database| {
        let seen = in_one(&database.store, |tx| {
            Box::pin(async move {
                let mut seen = vec![
                    has_seen_request(tx, b"n").await?,
                    see_request(tx, b"n", at(60)).await?,
                    see_request(tx, b"n", at(60)).await?,
                    has_seen_request(tx, b"n").await?,
                    has_seen_request(tx, b"m").await?,
                ];
                for now in [59, 60] {
                    forget_expired(tx, at(now)).await?;
                    seen.push(has_seen_request(tx, b"n").await?);
                }
                Ok(seen)
            })
        })
        .await;
        assert_eq!(seen, [false, true, false, true, false, true, false]);
    })
    .await;
}

#[tokio::test]
async fn what_was_forgotten_may_be_seen_again_and_nothing_else() {
    on_each_database(Schema::Wallet, async |database| {
        let seen = in_one(&database.store, |tx| {
            Box::pin(async move {
                see_request(tx, b"n", at(60)).await?;
                see_request(tx, b"m", at(60)).await?;
                forget_request(tx, b"n").await?;
                Ok([
                    see_request(tx, b"n", at(60)).await?,
                    see_request(tx, b"m", at(60)).await?,
                ])
            })
        })
        .await;
        assert_eq!(seen, [true, false]);
    })
    .await;
}

#[tokio::test]
async fn of_a_hundred_scans_of_one_login_one_goes_on_to_answer() {
    on_each_database(Schema::Wallet, async |database| {
        let store = database.store.clone();
        in_one(&store, |tx| Box::pin(open_account(tx, "a", at(0)))).await;
        let mut scans = JoinSet::new();
        for scan in 0..100 {
            let store = store.clone();
            scans.spawn(async move {
                let run = claim(&scan.to_string(), "a", 30);
                store
                    .write(run, |tx, run| {
                        Box::pin(async move {
                            add_request(tx, &run.id, "a", "confirmed", b"", at(600)).await?;
                            claim_request(tx, run, &["confirmed"], at(0)).await?;
                            if !see_request(tx, b"login", at(60)).await? {
                                return Ok(false);
                            }
                            step_request(tx, run, "answering", b"").await?;
                            Ok(true)
                        })
                    })
                    .await
                    .unwrap()
            });
        }
        assert_eq!(scans.join_all().await.into_iter().filter(|won| *won).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_has_expired_is_forgotten_unless_a_run_holds_it() {
    on_each_database(Schema::Wallet, async |database| {
        let left = in_one(&database.store, |tx| {
            Box::pin(async move {
                furnish(tx).await?;
                claim_receipt(tx, &claim("r", "a", 630), at(599)).await?;
                claim_request(tx, &claim("q", "a", 630), &["confirmed"], at(599)).await?;
                let mut left = Vec::new();
                for now in [600, 630] {
                    forget_expired(tx, at(now)).await?;
                    let held = request_is_held(tx, "q", "a", at(0)).await?;
                    left.push((receipt(tx, "r", "a").await?.is_some(), held));
                }
                Ok(left)
            })
        })
        .await;
        assert_eq!(left, [(true, true), (false, false)]);
    })
    .await;
}

/// A migration runs where it has not run yet: the mark that it has is taken away.
#[tokio::test]
async fn requests_of_a_former_version_are_scanned_again_and_nothing_else_is_lost() {
    use sqlx::Connection;
    const UNDONE: &str = "DELETE FROM _sqlx_migrations WHERE version >= 1004";
    on_each_database(Schema::Wallet, async |database| {
        in_one(&database.store, |tx| {
            Box::pin(async move {
                furnish(tx).await?;
                add_credential(tx, "a", &credential("c")).await?;
                see_request(tx, b"shown", at(600)).await
            })
        })
        .await;
        if database.url.starts_with("sqlite:") {
            let mut connection = sqlx::SqliteConnection::connect(&database.url).await.unwrap();
            sqlx::query(UNDONE).execute(&mut connection).await.unwrap();
        } else {
            let mut connection = sqlx::PgConnection::connect(&database.url).await.unwrap();
            sqlx::query(UNDONE).execute(&mut connection).await.unwrap();
        }
        database.reopen().await;
        let left = in_one(&database.store, |tx| {
            Box::pin(async move {
                Ok((
                    waiting(tx, "confirmed", 0).await?,
                    receipt(tx, "r", "a").await?.is_some(),
                    credentials(tx, "a").await?.len(),
                    has_seen_request(tx, b"shown").await?,
                ))
            })
        })
        .await;
        assert_eq!(left, (None, true, 1, true));
    })
    .await;
}
