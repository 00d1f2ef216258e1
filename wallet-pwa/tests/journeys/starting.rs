//! Starting: what the wallet does not start without.
use crate::house::house;
use procura_keys::KekRing;
use procura_service::{Shutdown, SystemClock, SystemRng};
use procura_wallet::{Config, StartError, Wallet};
use std::{
    fs::{self, Permissions},
    net::SocketAddr,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

pub(crate) fn config(folder: &Path) -> Config {
    let digits: Vec<_> = house()
        .world
        .lotl_signer()
        .unwrap()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let signer = digits.concat();
    let text = format!(
        r#"
        public_url = "https://wallet.example"
        credential_schemas = "{ecosystem}schemas"
        key_encryption_key_file = "{folder}/wallet.kek"
        [listen]
        address = "127.0.0.1:0"
        [database]
        url = "sqlite:{folder}/wallet.db"
        [trust]
        lotl_url = "{ecosystem}lotl.xml"
        lotl_signers = ["{signer}"]
        [registries]
        participants = ["{ecosystem}"]
        issuers = []
        [development]
        origins = ["{origin}"]
        "#,
        ecosystem = house().ecosystem,
        origin = house().ecosystem.origin().ascii_serialization(),
        folder = folder.display(),
    );
    procura_service::config::parse("wallet.toml", &text, "PROCURA_WALLET_", std::iter::empty()).unwrap()
}
async fn started(folder: &Path) -> Result<Wallet, StartError> {
    Wallet::open(&config(folder), Arc::new(SystemClock)).await
}

#[tokio::test]
async fn a_key_that_only_its_owner_reads_is_needed_to_start() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("wallet.kek");
    let refused = |outcome: Result<Wallet, StartError>| match outcome {
        Err(StartError::Keys(error)) => error.to_string(),
        other => panic!("{other:?}"),
    };
    assert!(
        refused(started(folder.path()).await).contains("wallet.kek"),
        "there is no file"
    );
    KekRing::create(&key, "2026", &mut SystemRng).unwrap();
    for mode in [0o640, 0o604, 0o660] {
        fs::set_permissions(&key, Permissions::from_mode(mode)).unwrap();
        assert!(
            refused(started(folder.path()).await).contains("chmod 600"),
            "{mode:o}"
        );
    }
    assert!(!folder.path().join("wallet.db").exists(), "nothing was begun");
    fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    started(folder.path()).await.expect("the control starts");
}

#[tokio::test]
async fn a_file_without_a_key_is_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("wallet.kek");
    for text in ["", "# nothing\n", "2026:short\n"] {
        fs::write(&key, text).unwrap();
        fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
        assert!(
            matches!(started(folder.path()).await, Err(StartError::Keys(_))),
            "{text:?}"
        );
    }
}

/// The status of an answer that came over this connection; nothing when it was closed instead.
async fn status(connection: &mut TcpStream, forwarded_for: &str) -> Option<u16> {
    let request = format!(
        "GET /api/v1/credentials HTTP/1.1\r\nHost: wallet\r\nX-Forwarded-For: {forwarded_for}\r\n\r\n"
    );
    connection.write_all(request.as_bytes()).await.ok()?;
    let mut head = [0; 12];
    connection.read_exact(&mut head).await.ok()?;
    str::from_utf8(&head).unwrap().rsplit_once(' ')?.1.parse().ok()
}

#[tokio::test]
async fn a_caller_costs_no_more_than_is_configured_and_a_trusted_proxy_is_not_the_caller() {
    for trusted in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        KekRing::create(&folder.path().join("wallet.kek"), "2026", &mut SystemRng).unwrap();
        let mut config = config(folder.path());
        config.limits.requests_per_minute = 1;
        config.limits.burst = 1;
        if trusted {
            config.limits.trusted_proxies.push("127.0.0.1".parse().unwrap());
        }
        let wallet = Wallet::open(&config, Arc::new(SystemClock)).await.unwrap();
        let served = wallet.bind(&config).await.unwrap();
        let address: SocketAddr = served.0.address();
        let (trigger, shutdown) = Shutdown::new();
        let running = tokio::spawn(wallet.serve(vec![served], shutdown, Duration::from_secs(5)));
        let mut connection = TcpStream::connect(address).await.unwrap();
        assert_eq!(
            status(&mut connection, "192.0.2.1").await,
            Some(401),
            "no session, but an answer"
        );
        let mut second = TcpStream::connect(address).await.unwrap();
        let again = status(&mut second, "192.0.2.2").await;
        assert_eq!(again, Some(if trusted { 401 } else { 429 }), "requests");
        let mut held = vec![connection, second];
        while held.len() < 256 {
            held.push(TcpStream::connect(address).await.unwrap());
        }
        let more = status(&mut TcpStream::connect(address).await.unwrap(), "192.0.2.3").await;
        assert_eq!(more, trusted.then_some(401), "connections");
        drop(held);
        trigger.fire();
        running.await.unwrap();
    }
}

#[tokio::test]
async fn a_body_over_the_configured_limit_is_too_large_however_it_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    KekRing::create(&folder.path().join("wallet.kek"), "2026", &mut SystemRng).unwrap();
    let mut config = config(folder.path());
    config.limits.body_bytes = 128;
    let wallet = Wallet::open(&config, Arc::new(SystemClock)).await.unwrap();
    let served = wallet.bind(&config).await.unwrap();
    let address: SocketAddr = served.0.address();
    let (trigger, shutdown) = Shutdown::new();
    let running = tokio::spawn(wallet.serve(vec![served], shutdown, Duration::from_secs(5)));
    for (length, code) in [(100, "PRO-3002"), (129, "PRO-9413")] {
        let body = format!("{:length$}", r#"{"invitation":"a"}"#);
        for (framing, body) in [
            (format!("Content-Length: {length}"), body.clone()),
            (
                "Transfer-Encoding: chunked".to_owned(),
                format!("{length:x}\r\n{body}\r\n0\r\n\r\n"),
            ),
        ] {
            let request = format!(
                "POST /api/v1/accounts HTTP/1.1\r\nHost: wallet\r\nConnection: close\r\n{framing}\r\n\r\n{body}"
            );
            let mut connection = TcpStream::connect(address).await.unwrap();
            connection.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            connection.read_to_string(&mut answer).await.unwrap();
            assert!(answer.contains(code), "{length} bytes, {framing}: {answer}");
        }
    }
    trigger.fire();
    running.await.unwrap();
}
