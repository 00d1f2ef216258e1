//! The page behind the QR code, readiness, and what does not start.
use crate::world::*;
use procura_issuer::{App, StartError};

#[tokio::test]
async fn the_page_behind_the_qr_code_tells_what_to_do_and_holds_no_pin() {
    let world = World::new().await;
    let offered = world.offer().await;
    let page = get(&world.public, &path(&offered.created["offer_link"])).await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").starts_with("text/html"));
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert!(page.text.contains("GoodAir") && page.text.contains("lang=\"en\""));
    assert!(page.text.contains("credential_offer_uri="));
    assert!(!page.text.contains(&offered.pin) && !page.text.contains(&offered.code));
    let foreign: Vec<_> = page
        .text
        .match_indices("https://")
        .filter(|(at, _)| !page.text[*at..].starts_with(ISSUER))
        .collect();
    assert!(foreign.is_empty(), "nothing of third parties");
    let style = get(&world.public, "/assets/offer.css").await;
    assert_eq!(style.status, 200);
    assert!(style.text.contains("prefers-color-scheme: dark"));
}

#[tokio::test]
async fn the_page_repeats_no_address_of_strangers() {
    let world = World::new().await;
    for query in [
        "",
        "?credential_offer_uri=https%3A%2F%2Fevil.example%2Fcredential-offer%2Fx",
        "?credential_offer_uri=https%3A%2F%2Fissuer.goodair.example.evil.example%2Fcredential-offer%2Fx",
        "?credential_offer_uri=https%3A%2F%2Fissuer.goodair.example%2Fcredential-offer%2F%22%3E%3Cscript%3E",
        "?credential_offer=%7B%7D",
    ] {
        let page = get(&world.public, &format!("/credential-offer{query}")).await;
        assert_eq!(page.status, 400, "{query}");
        assert!(
            !page.text.contains("evil") && !page.text.contains("<script"),
            "{query}"
        );
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_configuration_is_named() {
    type Change = fn(&mut procura_issuer::Config);
    let world = World::new().await;
    let cases: [(&str, Change); 13] = [
        ("public_url", |c| {
            c.public_url = "http://issuer.goodair.example".into();
        }),
        ("public_url", |c| {
            c.public_url = "https://issuer.goodair.example?x".into();
        }),
        ("credentials", |c| c.credentials.clear()),
        ("credentials[0].signer", |c| {
            c.credentials[0].signer = "none".into();
        }),
        ("credentials[0].signer", |c| {
            c.credentials[0].signer = "coo".into();
        }),
        ("credentials[1].id", |c| {
            c.credentials[1].id = c.credentials[0].id.clone();
        }),
        ("status.signer", |c| c.status.signer = None),
        ("status.signer", |c| c.status.signer = Some("coo".into())),
        ("pin.digits", |c| c.pin.digits = 9),
        ("status.bits", |c| c.status.bits = 8),
        ("lifetimes.token_seconds", |c| c.lifetimes.token_seconds = 86_400),
        // Shorter than the claim of a seal: who lost a run could not wait for its end.
        ("lifetimes.token_seconds", |c| c.lifetimes.token_seconds = 99),
        ("holder_algorithms", |c| {
            c.holder_algorithms = vec!["HS256".into()];
        }),
    ];
    for (key, change) in cases {
        let mut config = world.config.clone();
        change(&mut config);
        match App::open(&config, world.clock.clone()).await {
            Err(StartError::Config(error)) => assert_eq!(error.key(), Some(key), "{error}"),
            other => panic!("{key}: {other:?}"),
        }
    }
    assert!(App::open(&world.config, world.clock.clone()).await.is_ok());
}

#[tokio::test]
async fn secrets_that_others_can_read_keep_it_from_starting() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new().await;
    for file in [
        &world.config.key_encryption_key_file,
        &world.folder.path().join("seal.key.pem"),
    ] {
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o644)).unwrap();
        let refused = App::open(&world.config, world.clock.clone())
            .await
            .unwrap_err()
            .to_string();
        assert!(refused.contains("chmod 600"), "{refused}");
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}
