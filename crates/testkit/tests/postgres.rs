//! The throw-away PostgreSQL.
use procura_store::{Schema, Store};
use procura_testkit::{PostgresServer, postgres::PostgresError};

#[tokio::test]
async fn a_server_starts_serves_and_leaves_nothing_behind() {
    let server = match PostgresServer::start() {
        Ok(server) => server,
        Err(PostgresError::NotInstalled) => {
            println!("skipped: no PostgreSQL");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    let url = server.url().to_owned();
    let store = Store::connect(&url, Schema::Issuer).await.unwrap();
    store.ping().await.unwrap();
    store.close().await;
    let address = url
        .rsplit('@')
        .next()
        .unwrap()
        .trim_end_matches("/postgres")
        .to_owned();
    drop(server);
    assert!(std::net::TcpStream::connect(address).is_err(), "it still listens");
}
