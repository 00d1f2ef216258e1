//! What is signed remotely is as good as what is signed here.
use crate::{
    stage::{PIN, Stage, seal},
    support::{made_at, world},
};
use procura_jades::validate::{Profile, validate};
use procura_jose::{Algorithm, AlgorithmSet};
use procura_keys::{
    Readiness, Signer,
    csc::{ClientAuthentication, Dialect, Quirk},
};
use procura_sandbox::{
    csc::{Credential, Fault, Provider},
    ecosystem::Ecosystem,
    world::Party,
};
use procura_service::{GuardedClient, config::Limits, guarded::GuardedConfig};
use std::sync::Arc;

fn of(party: Party) -> Credential {
    Credential::of(world(), party).unwrap()
}

async fn signs(stage: &Stage) {
    let signer = stage.open().await.unwrap();
    let signature = signer.sign(b"text").await.unwrap();
    let certificate = signer.chain().first().unwrap();
    certificate
        .verify(signer.algorithm().scheme(), b"text", &signature)
        .unwrap();
}

#[tokio::test]
async fn a_credential_that_is_sealed_remotely_validates() {
    let stage = Stage::new().await;
    let signer = stage.open().await.unwrap();
    let payload = br#"{"iss":"did:elsi:VATES-12345678"}"#;
    let sealed = procura_keys::seal(&signer, "vc+jwt", None, payload, made_at())
        .await
        .unwrap();
    let allowed = AlgorithmSet::new(&[Algorithm::Es256]);
    let validated = validate(&sealed, Profile::Credential, &allowed, made_at()).unwrap();
    assert_eq!(validated.payload(), payload);
    assert_eq!(
        validated.certificate.der(),
        world().party(Party::GoodAirSeal).unwrap().certificate()
    );
    assert_eq!(stage.counts(), [1, 1, 1, 1]);
}

#[tokio::test]
async fn keys_of_either_kind_sign_with_what_was_configured() {
    for (party, algorithm, expected) in [
        (Party::GoodAirSeal, None, Algorithm::Es256),
        (Party::LotlOperator, None, Algorithm::Rs256),
        (Party::LotlOperator, Some(Algorithm::Rs512), Algorithm::Rs512),
        (Party::LotlOperator, Some(Algorithm::Ps256), Algorithm::Ps256),
        (Party::LotlOperator, Some(Algorithm::Ps384), Algorithm::Ps384),
    ] {
        let mut stage = Stage::with(vec![of(party)], |_| ()).await;
        stage.settings.algorithm = algorithm;
        assert_eq!(stage.open().await.unwrap().algorithm(), expected);
        signs(&stage).await;
    }
}

#[tokio::test]
async fn the_only_usable_credential_is_found_among_several() {
    let credentials = vec![of(Party::ExpiredSeal), seal(), of(Party::Website).with_pin("x")];
    let mut stage = Stage::with(credentials, |_| ()).await;
    stage.settings.pin = None;
    assert_eq!(stage.open().await.unwrap().credential().id, "goodair-seal");
}

#[tokio::test]
async fn the_credential_that_is_named_is_taken() {
    let mut stage = Stage::with(vec![of(Party::BadAirSeal), seal()], |_| ()).await;
    stage.settings.credential_id = Some("badair-seal".to_owned());
    assert_eq!(stage.open().await.unwrap().credential().id, "badair-seal");
    assert_eq!(stage.provider.seen("credentials/list"), 0);
}

#[tokio::test]
async fn der_signatures_become_what_jws_demands() {
    let stage = Stage::new().await;
    let signature = stage.signs_while(|provider| provider.der = true).await.unwrap();
    assert_eq!(signature.len(), 64);
}

#[tokio::test]
async fn a_chain_in_wrong_order_is_put_in_order() {
    let stage = Stage::new().await;
    stage.provider.behave(|provider| provider.reversed_chain = true);
    let signer = stage.open().await.unwrap();
    let found: Vec<_> = signer
        .chain()
        .iter()
        .map(|certificate| certificate.der().to_vec())
        .collect();
    let kept = world().party(Party::GoodAirSeal).unwrap().chain();
    assert!(kept.len() > 1);
    assert_eq!(found, kept);
}

#[tokio::test]
async fn credentials_for_automation_take_no_pin() {
    for credential in [seal(), seal().with_scal1(), seal().with_multisign(10)] {
        let stage = Stage::with(vec![credential], |_| ()).await;
        signs(&stage).await;
    }
}

#[tokio::test]
async fn version_1_is_spoken_where_it_is_configured() {
    for url_safe in [false, true] {
        let change = |settings: &mut procura_sandbox::csc::Settings| {
            settings.dialect = Dialect::V1;
            settings.url_safe_hashes = url_safe;
        };
        let mut stage = Stage::with(vec![seal().with_pin(PIN)], change).await;
        if url_safe {
            stage.settings.quirks.insert(Quirk::UrlSafeHashes);
        }
        signs(&stage).await;
    }
}

#[tokio::test]
async fn a_client_may_authenticate_by_header() {
    let mut stage = Stage::new().await;
    stage.settings.client_authentication = ClientAuthentication::Basic;
    signs(&stage).await;
}

#[tokio::test]
async fn kinds_of_keys_in_place_of_algorithms_are_tolerated_by_name() {
    let mut stage = Stage::new().await;
    stage
        .provider
        .behave(|provider| provider.key_algorithms = Some(vec!["1.2.840.10045.2.1".to_owned()]));
    let refused = stage.open().await.unwrap_err().to_string();
    assert!(refused.contains("generic-key-oids"), "{refused}");
    stage.settings.quirks.insert(Quirk::GenericKeyOids);
    signs(&stage).await;
}

#[tokio::test]
async fn an_asynchronous_signature_is_waited_for() {
    let mut stage = Stage::new().await;
    stage.settings.asynchronous = true;
    stage
        .provider
        .behave(|provider| provider.questions_before_ready = 3);
    signs(&stage).await;
    assert_eq!(stage.counts(), [1, 1, 1, 1]);
    assert_eq!(stage.provider.seen("signatures/signPolling"), 4);
}

#[tokio::test]
async fn a_question_for_an_asynchronous_signature_may_be_lost() {
    let mut stage = Stage::new().await;
    stage.settings.asynchronous = true;
    let lost = Fault::Refuses(503, "temporarily_unavailable", "busy");
    stage
        .signs_while(|provider| provider.fail("signatures/signPolling", lost, 2))
        .await
        .unwrap();
    assert_eq!(stage.counts(), [1, 1, 1, 1]);
}

#[tokio::test]
async fn an_access_token_that_expired_is_renewed_once() {
    let stage = Stage::new().await;
    let signer = stage.open().await.unwrap();
    stage.clock.advance(3601);
    signer.sign(b"text").await.unwrap();
    // The question before the first PIN met the expired token.
    assert_eq!(stage.counts(), [2, 1, 1, 1]);
}

#[tokio::test]
async fn an_access_token_that_is_refused_when_new_is_given_up() {
    let stage = Stage::with(vec![seal()], |settings| settings.token_seconds = 0).await;
    assert!(stage.open().await.is_err());
    assert_eq!(stage.provider.seen("oauth2/token"), 2);
}

#[tokio::test]
async fn refused_activation_data_is_asked_for_again_once() {
    let stage = Stage::new().await;
    let expired = Fault::Refuses(400, "invalid_request", "SAD expired");
    stage
        .signs_while(|provider| provider.fail("signatures/signHash", expired, 1))
        .await
        .unwrap();
    assert_eq!(stage.counts(), [1, 2, 2, 1]);
}

#[tokio::test]
async fn many_signatures_at_once_share_a_token_and_are_each_made_once() {
    let stage = Stage::new().await;
    let signer = Arc::new(stage.open().await.unwrap());
    stage.clock.advance(3601);
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..20_u8 {
        let signer = Arc::clone(&signer);
        tasks.spawn(async move { signer.sign(&[number]).await });
    }
    while let Some(signed) = tasks.join_next().await {
        signed.unwrap().unwrap();
    }
    let [tokens, authorized, asked, made] = stage.counts();
    assert_eq!((tokens, asked, made), (2, 20, 20));
    // Those that met the expired token have asked twice.
    assert!((20..=40).contains(&authorized));
}

#[tokio::test]
async fn readiness_is_proved_without_a_signature() {
    let stage = Stage::new().await;
    let signer = stage.open().await.unwrap();
    assert_eq!(signer.readiness(made_at()).await.unwrap(), Readiness::Proved);
    stage
        .provider
        .behave(|provider| provider.certificate_status = "suspended");
    let refused = signer.readiness(made_at()).await.unwrap_err().to_string();
    assert!(refused.contains("suspended"), "{refused}");
    assert_eq!(stage.counts()[1..], [0, 0, 0]);
}

#[tokio::test]
async fn the_ecosystem_serves_it_where_that_is_configured() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    procura_sandbox::world::folder::save(world(), folder.path()).unwrap();
    for (name, text) in [("secret", crate::stage::CLIENT_SECRET), ("pin", PIN)] {
        std::fs::write(folder.path().join(name), text).unwrap();
        std::fs::set_permissions(folder.path().join(name), std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let path = folder.path().display();
    let config: procura_sandbox::csc::Config = toml::from_str(&format!(
        r#"
        client_id = "goodair"
        client_secret_file = "{path}/secret"
        [[credentials]]
        party = "goodair-seal"
        pin_file = "{path}/pin"
        "#
    ))
    .unwrap();
    let mut stage = Stage::new().await;
    let clock = Arc::new(stage.clock.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let provider = Provider::open(&config, world(), origin.parse().unwrap(), clock.clone()).unwrap();
    let ecosystem = Ecosystem::open(folder.path(), clock).unwrap();
    let router = ecosystem.served_with(provider.router(), Limits::default());
    let service = router.into_make_service_with_connect_info::<std::net::SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    stage.settings.base_url = provider.base_url().parse().unwrap();
    stage.client = GuardedClient::new(GuardedConfig {
        development_origins: [origin].into(),
        extra_roots_pem: vec![],
    })
    .unwrap();
    signs(&stage).await;
    assert_eq!((provider.signatures_made(), stage.counts()), (1, [0, 0, 0, 0]));
}
