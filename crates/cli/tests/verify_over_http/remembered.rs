//! The lists that a verifier remembers, in its database.
use crate::stage::{Served, verify, world_at};
use jiff::SignedDuration;
use procura_credential::lear::Shape;
use procura_sandbox::{
    ecosystem::Ecosystem,
    world::{ListFile, Lists, Villain},
};
use procura_service::{Clock, SystemClock};
use procura_store::{
    Schema, Store,
    contract::on_each_database,
    stored_lists::{self, StoredList},
};
use serde_json::json;
use std::{fs::OpenOptions, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::PathBuf, sync::Arc};

/// The lists, CRLs and registries of a world whose German list went back to an older one.
async fn rolled_back() -> Served {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut served = world_at(&listener);
    let ecosystem = Ecosystem::open(&served.folder.path().join("world"), Arc::new(SystemClock)).unwrap();
    let older = served.world.list(ListFile::GermanRolledBack).unwrap().to_vec();
    let router = axum::Router::new()
        .route("/tl/DE.xml", axum::routing::get(async move || older.clone()))
        .fallback_service(ecosystem.router());
    tokio::spawn(async move { axum::serve(listener, router).await });
    served.database = format!("url = \"sqlite:{}\"", file(&served).display());
    served
}

fn file(served: &Served) -> PathBuf {
    served.folder.path().join("verifier.db")
}

/// The credential of the service that was withdrawn since.
fn villain(served: &Served) -> Villain {
    let mut villains = served.world.villains().unwrap().into_iter();
    villains
        .find(|villain| villain.lists == Lists::RolledBack)
        .unwrap()
}

/// What a verifier of this world has accepted before the lists went back, a day ago.
async fn remember_current_lists(served: &Served, store: &Store) {
    let fetched_at = SystemClock.now() - SignedDuration::from_hours(24);
    for (list, url) in [
        (ListFile::Lotl, served.world.origins().lotl()),
        (ListFile::German, format!("{}/tl/DE.xml", served.origin)),
    ] {
        let list = StoredList {
            url,
            bytes: served.world.list(list).unwrap().to_vec(),
            etag: None,
            fetched_at,
        };
        store
            .write(list, |tx, list| Box::pin(stored_lists::put(tx, list)))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_list_that_was_rolled_back_is_noticed_by_what_the_verifier_remembers() {
    let served = rolled_back().await;
    let villain = villain(&served);
    let config = served.verifier("verifier.toml", "");
    let arguments = ["--config", &config, "--client", "shop"];

    let (status, report, complaint) = verify(&arguments, &villain.credential).await;
    assert_eq!(
        status, 0,
        "who remembers nothing cannot know better: {report}{complaint}"
    );
    let note = report["notes"][0].as_str().unwrap();
    assert!(
        note.contains("the verifier remembers could not be read"),
        "{note}"
    );
    let database = file(&served);
    assert!(!database.exists(), "no database is made");

    let url = format!("sqlite:{}", database.display());
    let store = Store::connect(&url, Schema::Verifier).await.unwrap();
    remember_current_lists(&served, &store).await;
    store.close().await;
    let before = std::fs::read(&database).unwrap();
    let (status, report, complaint) = verify(&arguments, &villain.credential).await;
    assert_eq!(status, 2, "{complaint}");
    assert_eq!(report["refused_by"], json!([villain.expected.to_string()]));
    assert_eq!(report["notes"], json!([]));
    assert_eq!(std::fs::read(&database).unwrap(), before, "nothing is written");
}

#[tokio::test]
async fn a_running_verifiers_database_is_looked_into_and_left_as_it_is() {
    on_each_database(Schema::Verifier, async |database| {
        let mut served = rolled_back().await;
        let url_file = served.folder.path().join("database.url");
        let mut options = OpenOptions::new();
        let mut secret = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&url_file)
            .unwrap();
        writeln!(secret, "{}", database.url).unwrap();
        served.database = format!("url_file = \"{}\"", url_file.display());
        let villain = villain(&served);
        let config = served.verifier("verifier.toml", "");
        let arguments = ["--config", &config, "--client", "shop"];

        let (status, report, complaint) = verify(&arguments, &villain.credential).await;
        assert_eq!(status, 0, "nothing is remembered yet: {report}{complaint}");
        assert_eq!(report["notes"], json!([]), "and it could be read");

        remember_current_lists(&served, &database.store).await;
        let before = stored_lists::in_database(&database.url).await.unwrap();
        assert_eq!(before.len(), 2);
        let (status, report, complaint) = verify(&arguments, &villain.credential).await;
        assert_eq!(status, 2, "{complaint}");
        assert_eq!(report["refused_by"], json!([villain.expected.to_string()]));
        assert_eq!(report["notes"], json!([]));
        let after = stored_lists::in_database(&database.url).await.unwrap();
        assert_eq!(after, before);
    })
    .await;
}

#[tokio::test]
async fn a_database_that_was_not_brought_up_to_date_is_not_migrated() {
    let served = rolled_back().await;
    let database = file(&served);
    std::fs::write(&database, "").unwrap();
    let credential = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let config = served.verifier("verifier.toml", "");
    let arguments = ["--config", &config, "--client", "shop"];
    let (status, report, complaint) = verify(&arguments, &credential).await;
    assert_eq!(status, 0, "{complaint}");
    let note = report["notes"][0].as_str().unwrap();
    assert!(
        note.contains("the verifier remembers could not be read"),
        "{note}"
    );
    assert_eq!(std::fs::read(&database).unwrap(), b"");
}
