//! Our listener's TLS and our client's, against each other, with a private CA.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
use axum::{Router, routing::get};
use procura_service::{
    GuardedClient, Listener, Purpose, Shutdown,
    config::{Listen, TlsFiles},
    guarded::{GuardError, GuardedConfig},
    serve,
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::time::Duration;

/// Keys that others can read are refused.
fn only_for_its_owner(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[tokio::test]
async fn https_is_spoken_to_who_trusts_the_ca_and_to_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let ca_key = KeyPair::generate().unwrap();
    let mut ca_params = CertificateParams::new(vec![]).unwrap();
    ca_params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = ca_params.self_signed(&ca_key).unwrap();
    let issuer = Issuer::new(ca_params, ca_key);
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()])
        .unwrap()
        .signed_by(&key, &issuer)
        .unwrap();
    let files = TlsFiles {
        certificate: folder.path().join("chain.pem"),
        key: folder.path().join("key.pem"),
    };
    std::fs::write(&files.certificate, leaf.pem()).unwrap();
    std::fs::write(&files.key, key.serialize_pem()).unwrap();
    only_for_its_owner(&files.key);

    let listen = Listen {
        address: "127.0.0.1:0".parse().unwrap(),
        tls: Some(files),
    };
    let listener = Listener::bind(&listen).await.unwrap();
    let origin = listener.origin();
    assert!(origin.starts_with("https://"));
    let (trigger, shutdown) = Shutdown::new();
    let router = Router::new().route("/", get(|| async { "private" }));
    let server = tokio::spawn(serve(vec![(listener, router)], shutdown, Duration::from_secs(5)));

    let url = format!("{origin}/").parse().unwrap();
    let client = |extra_roots_pem: Vec<String>| {
        let development_origins = [origin.clone()].into();
        GuardedClient::new(GuardedConfig {
            development_origins,
            extra_roots_pem,
        })
        .unwrap()
    };
    let trusting = client(vec![ca.pem()]);
    let answer = trusting.get(Purpose::Protocol, &url, None, None).await.unwrap();
    assert_eq!(answer.body, b"private");
    let stranger = client(vec![]).get(Purpose::Protocol, &url, None, None).await;
    assert!(matches!(stranger, Err(GuardError::Transport(..))), "{stranger:?}");
    drop(trusting);
    trigger.fire();
    server.await.unwrap();
}

#[tokio::test]
async fn a_certificate_that_does_not_fit_its_key_is_refused_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let files = TlsFiles {
        certificate: folder.path().join("chain.pem"),
        key: folder.path().join("key.pem"),
    };
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    std::fs::write(&files.certificate, certificate.pem()).unwrap();
    std::fs::write(&files.key, KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let readable = Listen {
        address: "127.0.0.1:0".parse().unwrap(),
        tls: Some(files.clone()),
    };
    let refused = Listener::bind(&readable).await.unwrap_err().to_string();
    assert!(
        refused.contains("chmod 600"),
        "a key that others can read: {refused}"
    );
    only_for_its_owner(&files.key);
    let listen = Listen {
        address: "127.0.0.1:0".parse().unwrap(),
        tls: Some(files),
    };
    let refused = Listener::bind(&listen).await.unwrap_err().to_string();
    assert!(
        refused.starts_with("listen.tls: ") && !refused.contains("chmod"),
        "{refused}"
    );
}
