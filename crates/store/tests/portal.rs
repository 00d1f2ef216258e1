//! What the portal's sessions hold, on both databases.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
use jiff::Timestamp;
use procura_store::{
    Schema, Store,
    contract::on_each_database,
    portal::{self, Announcement, Login, Notification, Return, Session},
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

async fn begin(store: &Store, session: u8, state: u8) {
    let login = Login {
        session: [session; 32],
        state: [state; 32],
        begun_at: at(0),
        expires_at: at(600),
    };
    store
        .write(login, |tx, login| Box::pin(portal::begin(tx, login)))
        .await
        .unwrap();
}

async fn announce(store: &Store, state: u8, token: u8, now: i64) -> Announcement {
    announce_visitor(store, state, token, now, b"John").await
}

async fn announce_visitor(store: &Store, state: u8, token: u8, now: i64, visitor: &[u8]) -> Announcement {
    let notification = Notification {
        state: [state; 32],
        response_code: [state.wrapping_add(100); 32],
        token: [token; 32],
        token_expires_at: at(now + 900),
        visitor: visitor.to_vec(),
        now: at(now),
    };
    store
        .write(notification, |tx, notification| {
            Box::pin(portal::announce(tx, notification))
        })
        .await
        .unwrap()
}

async fn come_back(store: &Store, session: u8, code: u8, now: i64) -> bool {
    let back = Return {
        session: [session; 32],
        response_code: [code; 32],
        now: at(now),
        session_expires_at: at(now + 3600),
    };
    store
        .write(back, |tx, back| Box::pin(portal::complete(tx, back)))
        .await
        .unwrap()
}

async fn session(store: &Store, session: u8, now: i64) -> Option<Session> {
    store
        .read(([session; 32], at(now)), |tx, (session, now)| {
            Box::pin(portal::session(tx, session, *now))
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn only_the_browser_of_a_notified_session_completes_it_with_the_code_and_once() {
    on_each_database(Schema::Portal, async |database| {
        let store = &database.store;
        begin(store, 1, 11).await;
        begin(store, 2, 22).await;
        assert_eq!(session(store, 1, 1).await.unwrap().visitor, None);
        assert_eq!(announce(store, 11, 99, 5).await, Announcement::Pending);
        assert_eq!(
            session(store, 1, 5).await.unwrap().visitor,
            None,
            "announced only"
        );
        assert!(!come_back(store, 1, 112, 5).await, "another code");
        assert!(!come_back(store, 2, 111, 5).await, "another browser");
        assert!(come_back(store, 1, 111, 5).await);
        assert!(!come_back(store, 1, 111, 6).await, "once");
        let complete = session(store, 1, 6).await.unwrap();
        assert_eq!(
            (complete.visitor.as_deref(), complete.expires_at),
            (Some(&b"John"[..]), at(3605))
        );
        assert_eq!(session(store, 2, 6).await.unwrap().visitor, None);
    })
    .await;
}

#[tokio::test]
async fn a_state_is_announced_once() {
    on_each_database(Schema::Portal, async |database| {
        let store = &database.store;
        begin(store, 1, 11).await;
        assert_eq!(announce(store, 11, 98, 5).await, Announcement::Pending);
        assert_eq!(announce(store, 11, 97, 6).await, Announcement::NoSuchLogin);
        assert_eq!(
            announce(store, 11, 98, 7).await,
            Announcement::Repeated,
            "the same notification again"
        );
    })
    .await;
}

#[tokio::test]
async fn a_token_completes_one_session() {
    on_each_database(Schema::Portal, async |database| {
        let store = &database.store;
        begin(store, 1, 11).await;
        begin(store, 2, 22).await;
        assert_eq!(announce(store, 11, 99, 5).await, Announcement::Pending);
        assert_eq!(announce(store, 22, 99, 6).await, Announcement::TokenUsed);
        assert_eq!(session(store, 2, 7).await.unwrap().visitor, None);
    })
    .await;
}

#[tokio::test]
async fn an_unknown_or_expired_state_completes_nothing() {
    on_each_database(Schema::Portal, async |database| {
        let store = &database.store;
        begin(store, 1, 11).await;
        assert!(!come_back(store, 1, 111, 5).await, "not announced");
        assert_eq!(announce(store, 12, 99, 5).await, Announcement::NoSuchLogin);
        assert_eq!(announce(store, 11, 99, 600).await, Announcement::NoSuchLogin);
    })
    .await;
}

async fn sweep(store: &Store, now: i64) -> u64 {
    store
        .write(at(now), |tx, now| Box::pin(portal::sweep(tx, *now)))
        .await
        .unwrap()
}

#[tokio::test]
async fn what_ended_is_forgotten_and_a_token_only_when_nobody_accepts_it_any_more() {
    on_each_database(Schema::Portal, async |database| {
        let store = &database.store;
        begin(store, 1, 11).await;
        assert_eq!(announce(store, 11, 99, 5).await, Announcement::Pending);
        assert_eq!(sweep(store, 600).await, 1, "the session");
        begin(store, 2, 22).await;
        assert_eq!(announce(store, 22, 99, 6).await, Announcement::TokenUsed);
        assert_eq!(sweep(store, 905).await, 2, "the token, and the second session");
        assert_eq!(sweep(store, 905).await, 0, "nothing is left");
    })
    .await;
}

#[tokio::test]
async fn what_is_forgotten_is_gone_from_the_file() {
    const NAME: &[u8] = b"Johanna of the long and unmistakable name";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("portal.db");
    let holds_name = || {
        let file = std::fs::read(&path).unwrap();
        file.windows(NAME.len()).any(|window| window == NAME)
    };
    let store = async || {
        let url = format!("sqlite:{}", path.display());
        Store::connect(&url, Schema::Portal).await.unwrap()
    };
    let before = store().await;
    for number in 1..50 {
        begin(&before, number, 100 + number).await;
        announce_visitor(&before, 100 + number, number, 5, NAME).await;
    }
    before.close().await;
    assert!(holds_name(), "the control: it was there");
    let after = store().await;
    assert_eq!(sweep(&after, 600).await, 49);
    after.close().await;
    assert!(!holds_name());
}

#[tokio::test]
async fn a_session_ends_when_its_browser_or_the_time_ends_it() {
    on_each_database(Schema::Portal, async |database| {
        let store = &database.store;
        begin(store, 1, 11).await;
        begin(store, 2, 22).await;
        assert_eq!(session(store, 1, 600).await, None);
        store
            .write([2; 32], |tx, session| Box::pin(portal::end(tx, session)))
            .await
            .unwrap();
        assert_eq!(session(store, 2, 1).await, None);
        assert_eq!(sweep(store, 599).await, 0);
        assert_eq!(sweep(store, 600).await, 1);
    })
    .await;
}
