//! What the portal's sessions hold, on both databases.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
use jiff::Timestamp;
use procura_store::{
    Schema, Store,
    contract::on_each_database,
    portal::{self, Completion, Login, Notification, Session},
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

async fn complete(store: &Store, state: u8, token: u8, now: i64) -> Completion {
    let notification = Notification {
        state: [state; 32],
        token: [token; 32],
        token_expires_at: at(now + 900),
        visitor: "John".to_owned(),
        now: at(now),
        session_expires_at: at(now + 3600),
    };
    store
        .write(notification, |tx, notification| {
            Box::pin(portal::complete(tx, notification))
        })
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
async fn a_notification_completes_the_session_of_its_state_and_no_other() {
    on_each_database(Schema::Portal, async |database| {
        let store = &database.store;
        begin(store, 1, 11).await;
        begin(store, 2, 22).await;
        assert_eq!(session(store, 1, 1).await.unwrap().visitor, None);
        assert_eq!(complete(store, 11, 99, 5).await, Completion::Completed);
        let complete = session(store, 1, 6).await.unwrap();
        assert_eq!(
            (complete.visitor.as_deref(), complete.expires_at),
            (Some("John"), at(3605))
        );
        assert_eq!(session(store, 2, 6).await.unwrap().visitor, None);
    })
    .await;
}

#[tokio::test]
async fn a_state_completes_once() {
    on_each_database(Schema::Portal, async |database| {
        let store = &database.store;
        begin(store, 1, 11).await;
        assert_eq!(complete(store, 11, 98, 5).await, Completion::Completed);
        assert_eq!(complete(store, 11, 97, 6).await, Completion::NoSuchLogin);
        assert_eq!(
            complete(store, 11, 98, 7).await,
            Completion::Repeated,
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
        assert_eq!(complete(store, 11, 99, 5).await, Completion::Completed);
        assert_eq!(complete(store, 22, 99, 6).await, Completion::TokenUsed);
        assert_eq!(session(store, 2, 7).await.unwrap().visitor, None);
    })
    .await;
}

#[tokio::test]
async fn an_unknown_or_expired_state_completes_nothing() {
    on_each_database(Schema::Portal, async |database| {
        let store = &database.store;
        begin(store, 1, 11).await;
        assert_eq!(complete(store, 12, 99, 5).await, Completion::NoSuchLogin);
        assert_eq!(complete(store, 11, 99, 600).await, Completion::NoSuchLogin);
    })
    .await;
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
        let gone = store
            .write(at(600), |tx, now| Box::pin(portal::sweep(tx, *now)))
            .await
            .unwrap();
        assert_eq!(gone, 1);
    })
    .await;
}
