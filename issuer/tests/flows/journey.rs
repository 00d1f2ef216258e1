//! From the operator's request to the sealed credential in the wallet.
use crate::world::*;
use procura_credential::{envelope, lear::Reading};
use procura_jades::validate::{self, Profile};
use procura_jose::{Algorithm, AlgorithmSet};
use procura_protocol::{
    oauth::{ErrorCode, ErrorResponse},
    vci::{
        self, AuthorizationServerMetadata, CredentialOffer, CredentialResponse, IssuerIdentifier,
        IssuerMetadata, OfferLink, TokenResponse,
    },
};
use procura_store::{Schema, contract::on_each_database};
use serde_json::{Value, json};

/// Opens what was issued as a stranger would.
pub(crate) fn opened(world: &World, credential: &str) -> (Value, procura_credential::lear::LearCredential) {
    let allowed = AlgorithmSet::new(&[Algorithm::Es256]);
    let signature = validate::validate(credential, Profile::Credential, &allowed, world.now()).unwrap();
    let opened = envelope::open(signature.payload(), signature.jws.header.typ.as_deref(), false).unwrap();
    match opened.reading {
        Reading::Lear(credential) => (opened.vc, *credential),
        Reading::Other(_) => panic!("not a LEARCredential"),
    }
}

#[tokio::test]
async fn each_configured_credential_reaches_the_wallet_sealed_and_bound_to_its_key() {
    on_each_database(Schema::Issuer, async |database| {
        let world = World::on(Some(&database.url), |_| {}).await;
        for (configuration, credential_type) in [
            ("LEARCredentialEmployee", "LEARCredentialEmployee"),
            ("LEARCredentialEmployee.v2", "LEARCredentialEmployee"),
            ("LEARCredential", "LEARCredential"),
        ] {
            let redeemed = world.redeemed_of(configuration).await;
            let holder = Holder::new();
            let answer = world
                .credential(
                    &redeemed.access_token,
                    &holder.request(&redeemed.c_nonce, world.now()),
                )
                .await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            assert_eq!(answer.header("cache-control"), "no-store");
            let response = CredentialResponse::parse(answer.text.as_bytes()).unwrap();
            let (vc, credential) = opened(&world, &response.credential);
            assert_eq!(credential.subject, holder.did);
            assert_eq!(credential.issuer.as_str(), DID);
            assert_eq!(credential.credential_type, credential_type);
            assert_eq!(
                (credential.given_name.as_str(), credential.family_name.as_str()),
                ("John", "Doe")
            );
            assert_eq!(credential.mandator_identifier.as_str(), ORGANIZATION);
            assert_eq!(credential.valid_from, Some(world.now()));
            assert_eq!(credential.valid_until, Some(later(world.now(), 365 * 86_400)));
            let list = path(&vc["credentialStatus"]["statusListCredential"]);
            assert_eq!(get(&world.public, &list).await.status, 200);
            assert_eq!(world.state(&redeemed.id).await, "issued");
        }
    })
    .await;
}

/// As a camera reads it.
#[tokio::test]
async fn the_qr_code_says_the_link_and_nothing_else() {
    let world = World::new().await;
    let offered = world.offer().await;
    let read = procura_testkit::qr::read(offered.created["qr_svg"].as_str().unwrap()).unwrap();
    assert_eq!(read, offered.created["offer_link"]);
    let none = std::collections::BTreeSet::new();
    let uri = OfferLink::parse(&read, &none).unwrap().credential_offer_uri;
    assert_eq!(uri.as_str(), offered.created["credential_offer_uri"]);
    assert_eq!(get(&world.public, &path(&json!(uri))).await.json(), offered.offer);
}

#[tokio::test]
async fn a_wallet_that_knows_only_the_link_finds_everything_else() {
    let world = World::new().await;
    let none = std::collections::BTreeSet::new();
    let offered = world.offer().await;
    let link = offered.created["offer_link"].as_str().unwrap();
    let uri = OfferLink::parse(link, &none).unwrap().credential_offer_uri;
    assert_eq!(uri.as_str(), offered.created["credential_offer_uri"]);
    let offer = get(&world.public, &path(&json!(uri))).await;
    let offer = CredentialOffer::parse(offer.text.as_bytes(), &none).unwrap();
    assert!(offer.user_pin_required);
    assert_eq!(offer.credentials, [EMPLOYEE]);

    let issuer = IssuerIdentifier::parse(ISSUER, &none).unwrap();
    let metadata = get(&world.public, &path(&json!(IssuerMetadata::url(&issuer)))).await;
    assert_eq!(metadata.header("content-type"), "application/json");
    let metadata = IssuerMetadata::parse(metadata.text.as_bytes(), &issuer, &none).unwrap();
    let known = vci::CredentialSchemas::default();
    assert!(vci::resolve(EMPLOYEE, &known, &metadata).is_some());
    assert_eq!(
        metadata.credential_endpoint.as_str(),
        format!("{ISSUER}/credential")
    );
    let server = get(
        &world.public,
        &path(&json!(AuthorizationServerMetadata::url(&issuer))),
    )
    .await;
    let server = AuthorizationServerMetadata::parse(server.text.as_bytes(), &issuer, &none).unwrap();
    assert!(server.pre_authorized_grant_anonymous_access_supported);
    assert_eq!(server.token_endpoint.as_str(), format!("{ISSUER}/token"));

    let answer = world.token(&offered.form()).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("pragma"), "no-cache");
    let token = TokenResponse::parse(answer.text.as_bytes()).unwrap();
    assert_eq!((token.expires_in, token.c_nonce_expires_in), (300, 300));
}

/// The draft's suites are those of the key that the credential is bound to, not of the seal.
#[tokio::test]
async fn metadata_name_the_algorithms_that_holders_may_use() {
    let world = World::with(|config| config.holder_algorithms = vec!["ES384".into(), "ES256".into()]).await;
    let metadata = get(&world.public, "/.well-known/openid-credential-issuer")
        .await
        .json();
    for supported in metadata["credentials_supported"].as_array().unwrap() {
        assert_eq!(
            supported["cryptographic_suites_supported"],
            json!(["ES384", "ES256"])
        );
    }
    let only = World::with(|config| config.holder_algorithms = vec!["ES384".into()]).await;
    let metadata = get(&only.public, "/.well-known/openid-credential-issuer")
        .await
        .json();
    assert_eq!(
        metadata["credentials_supported"][0]["cryptographic_suites_supported"],
        json!(["ES384"])
    );
}

#[tokio::test]
async fn the_messages_on_the_wire() {
    let world = World::new().await;
    let mut offered = world.offer().await;
    let qr = offered.created["qr_svg"].take();
    assert!(qr.as_str().unwrap().contains("<svg"), "{qr}");
    let nonce = offered.created["credential_offer_uri"]
        .as_str()
        .unwrap()
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
    let hidden = |value: &Value| {
        let mut text = serde_json::to_string_pretty(value).unwrap();
        for (secret, name) in [
            (&nonce, "[nonce]"),
            (&offered.code, "[code]"),
            (&offered.id, "[id]"),
        ] {
            text = text.replace(secret.as_str(), name);
        }
        text
    };
    insta::assert_snapshot!("issuance_created", hidden(&offered.created));
    insta::assert_snapshot!("credential_offer", hidden(&offered.offer));
    for (name, path) in [
        ("issuer_metadata", "/.well-known/openid-credential-issuer"),
        (
            "authorization_server_metadata",
            "/.well-known/oauth-authorization-server",
        ),
    ] {
        insta::assert_snapshot!(name, hidden(&get(&world.public, path).await.json()));
    }
    let refused = world.token(&offered.form_with_pin(&offered.wrong_pin())).await;
    insta::assert_snapshot!("invalid_grant", hidden(&refused.json()));
    let redeemed = world.redeemed().await;
    let mut refused = world
        .credential(&redeemed.access_token, &json!({"format": "jwt_vc_json"}))
        .await
        .json();
    refused["c_nonce"] = json!("[c_nonce]");
    insta::assert_snapshot!("invalid_or_missing_proof", hidden(&refused));
    insta::assert_snapshot!(
        "issuance_view",
        hidden(
            &world
                .manage("GET", &format!("/api/v1/issuances/{}", offered.id), None)
                .await
                .json()
        )
    );
}

#[tokio::test]
async fn a_lost_answer_does_not_strand_the_employee_and_helps_nobody_else() {
    on_each_database(Schema::Issuer, async |database| {
        let world = World::on(Some(&database.url), |_| {}).await;
        let redeemed = world.redeemed().await;
        let holder = Holder::new();
        let first = world
            .credential(
                &redeemed.access_token,
                &holder.request(&redeemed.c_nonce, world.now()),
            )
            .await
            .json()["credential"]
            .clone();
        assert!(first.is_string());
        // The process dies before the wallet has the answer; it asks again with the nonce that it knows.
        let restarted = World {
            public: world.restarted().await,
            ..world
        };
        let again = restarted
            .credential(
                &redeemed.access_token,
                &holder.request(&redeemed.c_nonce, restarted.now()),
            )
            .await;
        assert_eq!(again.error(), (400, "invalid_or_missing_proof".into()));
        let fresh = ErrorResponse::parse(again.text.as_bytes()).unwrap();
        assert_eq!(fresh.code(), Some(ErrorCode::InvalidOrMissingProof));
        let nonce = fresh.c_nonce.unwrap();
        let again = restarted
            .credential(
                &redeemed.access_token,
                &holder.request(nonce.expose(), restarted.now()),
            )
            .await;
        assert_eq!(again.json()["credential"], first);

        let nonce = again.json()["c_nonce"].as_str().unwrap().to_owned();
        let thief = Holder::new();
        let refused = restarted
            .credential(&redeemed.access_token, &thief.request(&nonce, restarted.now()))
            .await;
        assert_eq!(refused.error(), (400, "invalid_or_missing_proof".into()));
        restarted.pass(301);
        let nonce = refused.json()["c_nonce"].as_str().unwrap().to_owned();
        let late = restarted
            .credential(&redeemed.access_token, &holder.request(&nonce, restarted.now()))
            .await;
        assert_eq!(late.error(), (401, "invalid_token".into()));
    })
    .await;
}

#[tokio::test]
async fn what_nobody_can_fetch_any_more_is_erased() {
    let world = World::new().await;
    let redeemed = world.redeemed().await;
    let holder = Holder::new();
    world
        .credential(
            &redeemed.access_token,
            &holder.request(&redeemed.c_nonce, world.now()),
        )
        .await;
    world.offer().await;
    assert_eq!(world.app.erase_expired().await.unwrap(), 0);
    world.pass(601);
    assert_eq!(world.app.erase_expired().await.unwrap(), 2);
    assert_eq!(world.state(&redeemed.id).await, "issued");
}

#[tokio::test]
async fn an_offer_without_a_pin_where_none_is_required() {
    let world = World::with(|config| config.pin.required = false).await;
    let offered = world.offer().await;
    assert_eq!(offered.created["pin_required"], false);
    assert_eq!(offered.pin, "");
    assert_eq!(world.token(&offered.form()[..2]).await.status, 200);
}

#[tokio::test]
async fn a_credential_does_not_outlive_the_certificate_that_seals_it() {
    let world = World::with(|config| config.credentials[0].valid_days = 3660).await;
    let redeemed = world.redeemed().await;
    let holder = Holder::new();
    let answer = world
        .credential(
            &redeemed.access_token,
            &holder.request(&redeemed.c_nonce, world.now()),
        )
        .await;
    let (_, credential) = opened(&world, answer.json()["credential"].as_str().unwrap());
    assert_eq!(
        credential.valid_until,
        Some("2030-01-01T00:00:00Z".parse().unwrap())
    );
}
