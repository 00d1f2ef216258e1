//! What every repository rests on, held on both databases.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
use jiff::Timestamp;
use procura_store::{
    Schema, Store, StoreError, Tx,
    contract::on_each_database,
    outbox::{self, Message},
    stored_lists::{self, StoredList},
};
use sqlx::{Connection as _, PgConnection, SqliteConnection};
use std::sync::Arc;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn message(id: &str, second: i64) -> Message {
    Message {
        id: id.into(),
        topic: "notify".into(),
        payload: id.as_bytes().to_vec(),
        created_at: at(second),
    }
}

async fn add(store: &Store, message: Message) -> Result<(), StoreError> {
    store
        .write(message, |tx, message| Box::pin(outbox::enqueue(tx, message)))
        .await
}

async fn take(store: &Store, lease: &str, now: i64, until: i64) -> Vec<outbox::Leased> {
    store
        .write(
            (lease.to_owned(), at(now), at(until)),
            |tx, (lease, now, until)| Box::pin(outbox::lease(tx, "notify", lease, *now, *until, 10)),
        )
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_who_take_the_same_message_exactly_one_gets_it() {
    on_each_database(Schema::Verifier, async |database| {
        add(&database.store, message("only", 0)).await.unwrap();
        let start = Arc::new(tokio::sync::Barrier::new(100));
        let tasks: Vec<_> = (0..100)
            .map(|n| {
                let (store, start) = (database.store.clone(), start.clone());
                tokio::spawn(async move {
                    start.wait().await;
                    take(&store, &format!("lease-{n}"), 1, 60).await.len()
                })
            })
            .collect();
        let mut winners = 0;
        for task in tasks {
            winners += task.await.unwrap();
        }
        assert_eq!(winners, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn load_then_save_is_exclusive_without_locks() {
    // Every task reads the attempts and lets nobody in before it has written: lost updates would show in the sum.
    on_each_database(Schema::Issuer, async |database| {
        add(&database.store, message("counter", 0)).await.unwrap();
        let tasks: Vec<_> = (0..20)
            .map(|n| {
                let store = database.store.clone();
                tokio::spawn(async move {
                    store
                        .write(n, |tx, n| {
                            Box::pin(async move {
                                let lease = format!("lease-{n}");
                                let leased = outbox::lease(tx, "notify", &lease, at(1), at(2), 1).await?;
                                tokio::task::yield_now().await;
                                for message in &leased {
                                    outbox::put_off(tx, &message.id, &lease, at(0)).await?;
                                }
                                Ok(leased.len())
                            })
                        })
                        .await
                })
            })
            .collect();
        let mut runs = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(leased) => runs += leased,
                Err(StoreError::Collisions { .. }) => {}
                Err(other) => panic!("{other}"),
            }
        }
        let last = take(&database.store, "last", 5, 60).await;
        assert_eq!(last[0].attempts, i64::try_from(runs).unwrap() + 1);
        assert!(runs > 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_operation_that_fails_is_undone_alone_even_within_a_group() {
    on_each_database(Schema::Issuer, async |database| {
        let tasks: Vec<_> = (0..60)
            .map(|n| {
                let store = database.store.clone();
                tokio::spawn(async move {
                    store
                        .write(n, |tx, n| {
                            Box::pin(async move {
                                outbox::enqueue(tx, &message(&format!("message-{n:02}"), *n)).await?;
                                if n % 3 == 0 {
                                    return Err(StoreError::Stored {
                                        table: "none",
                                        column: "none",
                                    });
                                }
                                Ok(())
                            })
                        })
                        .await
                        .is_ok()
                })
            })
            .collect();
        for (n, task) in tasks.into_iter().enumerate() {
            assert_eq!(task.await.unwrap(), n % 3 != 0, "operation {n}");
        }
        database.reopen().await;
        let mut kept = Vec::new();
        loop {
            let leased = take(&database.store, "all", 100, 1000).await;
            if leased.is_empty() {
                break;
            }
            kept.extend(leased.into_iter().map(|m| m.id));
        }
        let expected: Vec<_> = (0..60)
            .filter(|n| n % 3 != 0)
            .map(|n| format!("message-{n:02}"))
            .collect();
        assert_eq!(kept, expected);
    })
    .await;
}

#[tokio::test]
async fn a_failed_statement_undoes_what_the_operation_did_before() {
    on_each_database(Schema::Issuer, async |database| {
        add(&database.store, message("first", 0)).await.unwrap();
        let refused = database
            .store
            .write((), |tx, ()| {
                Box::pin(async move {
                    outbox::enqueue(tx, &message("second", 0)).await?;
                    outbox::enqueue(tx, &message("first", 0)).await
                })
            })
            .await
            .unwrap_err();
        assert!(refused.is_unique_violation(), "{refused}");
        let ids: Vec<_> = take(&database.store, "lease", 1, 2)
            .await
            .into_iter()
            .map(|m| m.id)
            .collect();
        assert_eq!(ids, ["first"]);
    })
    .await;
}

#[tokio::test]
async fn an_operation_that_panics_is_undone_and_the_store_goes_on() {
    on_each_database(Schema::Issuer, async |database| {
        let panicked: Result<(), _> = database
            .store
            .write((), |tx, ()| {
                Box::pin(async move {
                    outbox::enqueue(tx, &message("lost", 0)).await?;
                    panic!("an operation that panics")
                })
            })
            .await;
        assert!(matches!(panicked, Err(StoreError::Panicked)));
        add(&database.store, message("kept", 0)).await.unwrap();
        let ids: Vec<_> = take(&database.store, "lease", 1, 2)
            .await
            .into_iter()
            .map(|m| m.id)
            .collect();
        assert_eq!(ids, ["kept"]);
    })
    .await;
}

#[tokio::test]
async fn what_is_answered_survives_reopening_and_is_one_commit_each() {
    on_each_database(Schema::Wallet, async |database| {
        let list = StoredList {
            url: "http://lists.example/tl.xml".into(),
            bytes: vec![0, 1, 255],
            etag: Some("\"1\"".into()),
            fetched_at: at(0),
        };
        database
            .store
            .write(list.clone(), |tx, list| Box::pin(stored_lists::put(tx, list)))
            .await
            .unwrap();
        let newer = StoredList {
            bytes: vec![2],
            etag: None,
            fetched_at: at(9),
            ..list
        };
        database
            .store
            .write(newer.clone(), |tx, list| Box::pin(stored_lists::put(tx, list)))
            .await
            .unwrap();
        assert_eq!(database.store.commits(), 2);
        database.reopen().await;
        let lists = database
            .store
            .read((), |tx, ()| Box::pin(stored_lists::all(tx)))
            .await
            .unwrap();
        assert_eq!(lists, [newer]);
        assert_eq!(database.store.commits(), 0, "reading commits nothing");
        database
            .store
            .write((), |tx, ()| {
                Box::pin(stored_lists::remove(tx, "http://lists.example/tl.xml"))
            })
            .await
            .unwrap();
        assert_eq!(
            database
                .store
                .read((), |tx, ()| Box::pin(stored_lists::all(tx)))
                .await
                .unwrap(),
            []
        );
    })
    .await;
}

#[tokio::test]
async fn a_reader_cannot_write() {
    on_each_database(Schema::Portal, async |database| {
        let refused = database
            .store
            .read(message("m", 0), |tx, message| {
                Box::pin(outbox::enqueue(tx, message))
            })
            .await;
        assert!(matches!(refused, Err(StoreError::Statement(_))), "{refused:?}");
        assert_eq!(take(&database.store, "lease", 1, 2).await, []);
    })
    .await;
}

#[tokio::test]
async fn a_closed_store_refuses() {
    on_each_database(Schema::Portal, async |database| {
        database.store.ping().await.unwrap();
        database.store.close().await;
        assert!(matches!(
            add(&database.store, message("m", 0)).await,
            Err(StoreError::Closed)
        ));
        assert!(database.store.ping().await.is_err());
    })
    .await;
}

#[tokio::test]
async fn a_database_of_another_service_is_refused() {
    on_each_database(Schema::Issuer, async |database| {
        let refused = Store::connect(&database.url, Schema::Wallet).await.unwrap_err();
        assert!(
            matches!(
                refused,
                StoreError::Migration {
                    schema: Schema::Wallet,
                    ..
                }
            ),
            "{refused}"
        );
    })
    .await;
}

#[tokio::test]
async fn an_operation_on_several_repositories_is_one_commit() {
    async fn step(tx: &mut Tx) -> Result<(), StoreError> {
        outbox::enqueue(tx, &message("one", 0)).await?;
        let list = StoredList {
            url: "u".into(),
            bytes: vec![],
            etag: None,
            fetched_at: at(0),
        };
        stored_lists::put(tx, &list).await
    }
    on_each_database(Schema::Issuer, async |database| {
        database
            .store
            .write((), |tx, ()| Box::pin(step(tx)))
            .await
            .unwrap();
        assert_eq!(database.store.commits(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_message_is_due_again_when_its_lease_ends_and_the_late_worker_cannot_complete_it() {
    on_each_database(Schema::Verifier, async |database| {
        let store = &database.store;
        add(store, message("m", 10)).await.unwrap();
        let due = async || {
            store
                .read((), |tx, ()| Box::pin(outbox::next_due(tx, "notify")))
                .await
                .unwrap()
        };
        assert_eq!(due().await, Some(at(10)));
        assert_eq!(take(store, "early", 9, 20).await, []);
        assert_eq!(take(store, "late", 10, 20).await.len(), 1);
        assert_eq!(take(store, "greedy", 19, 30).await, []);
        let second = take(store, "second", 20, 30).await;
        assert_eq!(second[0].attempts, 2);
        assert_eq!(second[0].payload, b"m");
        let complete = async |lease: &'static str| {
            store
                .write((), move |tx, ()| Box::pin(outbox::complete(tx, "m", lease)))
                .await
                .unwrap()
        };
        assert!(!complete("late").await);
        assert!(complete("second").await);
        assert_eq!(due().await, None);
    })
    .await;
}

async fn bury(store: &Store, id: &'static str, lease: &'static str, second: i64) -> bool {
    store
        .write((), move |tx, ()| {
            Box::pin(outbox::bury(tx, id, lease, at(second)))
        })
        .await
        .unwrap()
}

async fn buried(store: &Store) -> i64 {
    store
        .read((), |tx, ()| Box::pin(outbox::buried(tx, "notify")))
        .await
        .unwrap()
}

/// What a row of the outbox holds, whatever became of it, read past the repository.
async fn payload(url: &str, id: &str) -> Vec<u8> {
    const QUERY: &str = "SELECT payload FROM outbox WHERE id = $1";
    let (payload,): (Vec<u8>,) = if url.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(url).await.unwrap();
        sqlx::query_as(QUERY).bind(id).fetch_one(&mut connection).await
    } else {
        let mut connection = PgConnection::connect(url).await.unwrap();
        sqlx::query_as(QUERY).bind(id).fetch_one(&mut connection).await
    }
    .unwrap();
    payload
}

#[tokio::test]
async fn a_message_that_was_given_up_is_never_due_and_keeps_nothing_of_what_it_said() {
    on_each_database(Schema::Verifier, async |database| {
        let store = &database.store;
        add(store, message("m", 0)).await.unwrap();
        take(store, "lease", 0, 10).await;
        let off = store
            .write((), |tx, ()| Box::pin(outbox::put_off(tx, "m", "lease", at(5))))
            .await
            .unwrap();
        assert!(off);
        take(store, "again", 5, 10).await;
        assert!(!bury(store, "m", "lease", 6).await, "that lease has ended");
        assert_eq!(payload(&database.url, "m").await, b"m");
        assert!(bury(store, "m", "again", 6).await);
        assert_eq!(take(store, "lease", 1_000_000, 1_000_001).await, []);
        assert_eq!(buried(store).await, 1);
        assert_eq!(payload(&database.url, "m").await, b"");
    })
    .await;
}

#[tokio::test]
async fn messages_of_a_topic_that_were_given_up_long_ago_are_forgotten() {
    on_each_database(Schema::Verifier, async |database| {
        let store = &database.store;
        let forget = async |topic: &'static str, second| {
            store
                .write((), move |tx, ()| {
                    Box::pin(outbox::forget_buried(tx, topic, at(second)))
                })
                .await
                .unwrap()
        };
        for id in ["early", "late", "waiting"] {
            add(store, message(id, 0)).await.unwrap();
        }
        take(store, "lease", 0, 10).await;
        assert!(bury(store, "early", "lease", 5).await);
        assert!(bury(store, "late", "lease", 6).await);
        assert_eq!(forget("another topic", 1_000).await, 0);
        assert_eq!(forget("notify", 5).await, 0);
        assert_eq!(forget("notify", 6).await, 1);
        assert_eq!(buried(store).await, 1);
        assert_eq!(forget("notify", 1_000).await, 1);
        let left = take(store, "lease", 1_000, 1_001).await;
        assert_eq!(left[0].id, "waiting", "what was not given up stays");
    })
    .await;
}

#[tokio::test]
async fn a_database_in_memory_is_refused() {
    for url in [
        "sqlite::memory:",
        "sqlite:file?mode=memory",
        "mysql://host/db",
        "file.db",
    ] {
        let refused = Store::connect(url, Schema::Issuer).await.unwrap_err();
        assert!(matches!(refused, StoreError::Url(_)), "{url}: {refused}");
    }
}

#[tokio::test]
async fn operations_that_wait_together_share_a_commit_on_sqlite() {
    on_each_database(Schema::Issuer, async |database| {
        let operations = (0..100).map(|n| add(&database.store, message(&format!("message-{n}"), 0)));
        for added in futures_util::future::join_all(operations).await {
            added.unwrap();
        }
        let commits = database.store.commits();
        if database.url.starts_with("sqlite:") {
            assert!(
                (1..=10).contains(&commits),
                "{commits} commits for 100 operations"
            );
        } else {
            assert_eq!(commits, 100);
        }
    })
    .await;
}

#[tokio::test]
async fn a_migration_that_was_changed_after_it_was_applied_is_refused() {
    const CHANGE: &str = "UPDATE _sqlx_migrations SET checksum = $1 WHERE version = 1";
    on_each_database(Schema::Issuer, async |database| {
        if database.url.starts_with("sqlite:") {
            let mut connection = SqliteConnection::connect(&database.url).await.unwrap();
            sqlx::query(CHANGE)
                .bind(vec![0_u8])
                .execute(&mut connection)
                .await
                .unwrap();
        } else {
            let mut connection = PgConnection::connect(&database.url).await.unwrap();
            sqlx::query(CHANGE)
                .bind(vec![0_u8])
                .execute(&mut connection)
                .await
                .unwrap();
        }
        let refused = Store::connect(&database.url, Schema::Issuer).await.unwrap_err();
        assert!(
            matches!(
                refused,
                StoreError::Migration {
                    schema: Schema::Issuer,
                    ..
                }
            ),
            "{refused}"
        );
    })
    .await;
}

#[cfg(unix)]
#[tokio::test]
async fn an_sqlite_database_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("private.db").display());
    let store = Store::connect(&url, Schema::Verifier).await.unwrap();
    add(&store, message("only", 0)).await.unwrap();
    let mut modes: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|file| {
            let file = file.unwrap();
            let mode = file.metadata().unwrap().permissions().mode() & 0o777;
            (file.file_name().into_string().unwrap(), mode)
        })
        .collect();
    modes.sort();
    let private = ["private.db", "private.db-shm", "private.db-wal"].map(|name| (name.to_owned(), 0o600));
    assert_eq!(modes, private);
    store.close().await;
}
