//! Receiving: what passes, what goes on after a kill, and what is refused before anything is kept.
use crate::{
    house::{Silent, Wallet},
    issuer::{CODE, Issuer, PIN, Twist},
};
use axum::http::{Method, StatusCode};
use procura_credential::lear::Shape;
use procura_sandbox::world::REPRESENTATIVE_POLICY;
use serde_json::{Value, json};

pub(crate) async fn offered(wallet: &Wallet, issuer: &Issuer) -> String {
    let (status, offer) = wallet
        .post("/api/v1/offers", json!({ "uri": issuer.link() }))
        .await;
    assert_eq!(status, StatusCode::CREATED, "{offer}");
    assert_eq!(offer["pin_required"], true);
    offer["id"].as_str().unwrap().to_owned()
}
/// The answer to an acceptance.
pub(crate) async fn accept(wallet: &Wallet, id: &str, pin: Option<&str>) -> (StatusCode, Value) {
    let body = pin.map_or_else(|| json!({}), |pin| json!({ "user_pin": pin }));
    wallet.post(&format!("/api/v1/offers/{id}/accept"), body).await
}
/// The one credential that an acceptance brought, or the refusal.
pub(crate) async fn accepted(wallet: &Wallet, id: &str, pin: Option<&str>) -> (StatusCode, Value) {
    let (status, answer) = accept(wallet, id, pin).await;
    match answer["credentials"].as_array().map(Vec::as_slice) {
        None => (status, answer),
        Some([held]) => (status, held.clone()),
        Some(_) => panic!("one credential was offered: {answer}"),
    }
}
/// The code of the refusal, and that nothing was kept.
async fn refused(twist: Twist) -> (StatusCode, Value) {
    let issuer = Issuer::new(twist).await;
    let wallet = Wallet::new(&[&issuer.origin]).await;
    let (status, offer) = wallet
        .post("/api/v1/offers", json!({ "uri": issuer.link() }))
        .await;
    let outcome = if status == StatusCode::CREATED {
        accepted(&wallet, offer["id"].as_str().unwrap(), Some(PIN)).await
    } else {
        assert_eq!(issuer.asked("/token"), 0, "the code was not redeemed");
        (status, offer)
    };
    assert!(wallet.holds_nothing().await, "{twist:?}");
    outcome
}
/// The checks that a refusal names.
pub(crate) fn checks(refusal: &Value) -> Vec<String> {
    let detail = refusal["detail"].as_str().unwrap_or_default();
    let mut named: Vec<_> = detail
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .filter(|word| word.starts_with("PRO-1"))
        .collect();
    named.dedup();
    named.into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn every_shape_is_received_judged_and_held_under_a_key_of_its_own() {
    let mut holders = Vec::new();
    for shape in [Shape::EmployeeV3, Shape::EmployeeV2] {
        let issuer = Issuer::of(shape).await;
        let wallet = Wallet::new(&[&issuer.origin]).await;
        let id = offered(&wallet, &issuer).await;
        let (status, held) = accepted(&wallet, &id, Some(PIN)).await;
        assert_eq!(status, StatusCode::CREATED, "{held}");
        assert_eq!(held["organization_identifier"], "VATES-12345678");
        assert_eq!(held["issuer"], "did:elsi:VATES-12345678");
        assert_eq!(issuer.holders(), [held["holder"].as_str().unwrap()]);
        assert_eq!(wallet.get("/api/v1/credentials").await, json!([held]));
        holders.push(held["holder"].as_str().unwrap().to_owned());
    }
    holders.dedup();
    assert_eq!(holders.len(), 2, "no key serves two credentials");
    assert!(
        holders.iter().all(|holder| holder.starts_with("did:key:zDn")),
        "P-256: {holders:?}"
    );
}

#[tokio::test]
async fn nothing_of_a_person_a_key_a_code_or_a_session_is_readable_at_rest() {
    let issuer = Issuer::new(Twist::Nothing).await;
    let wallet = Wallet::new(&[&issuer.origin]).await;
    let id = offered(&wallet, &issuer).await;
    let (_, held) = accepted(&wallet, &id, Some(PIN)).await;
    let folder = wallet.folder.clone();
    let wallet_session = wallet.session().to_owned();
    let _stopped = wallet.killed_and_restarted().await;
    let mut files = 0;
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        files += 1;
        for secret in [
            wallet_session.as_str(),
            held["family_name"].as_str().unwrap(),
            held["holder"].as_str().unwrap(),
            CODE,
            "eyJ",
        ] {
            assert!(
                !bytes.windows(secret.len()).any(|part| part == secret.as_bytes()),
                "{secret} is readable"
            );
        }
    }
    assert!(files > 0);
}

#[tokio::test]
async fn the_pin_is_asked_for_before_the_issuer_is() {
    let issuer = Issuer::new(Twist::Nothing).await;
    let wallet = Wallet::new(&[&issuer.origin]).await;
    let id = offered(&wallet, &issuer).await;
    for pin in [None, Some(""), Some("123456789"), Some("49x536")] {
        let (status, refusal) = accepted(&wallet, &id, pin).await;
        assert_eq!(
            (status, &refusal["code"]),
            (StatusCode::BAD_REQUEST, &json!("PRO-3015")),
            "{pin:?}"
        );
    }
    assert_eq!(issuer.asked("/token"), 0);
}

#[tokio::test]
async fn a_wrong_pin_may_be_corrected() {
    let issuer = Issuer::new(Twist::Nothing).await;
    let wallet = Wallet::new(&[&issuer.origin]).await;
    let id = offered(&wallet, &issuer).await;
    let (status, refusal) = accepted(&wallet, &id, Some("000000")).await;
    assert_eq!(
        (status, &refusal["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("PRO-3016"))
    );
    assert!(wallet.holds_nothing().await);
    assert_eq!(accepted(&wallet, &id, Some(PIN)).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn a_refused_proof_is_made_once_more_with_the_fresh_nonce() {
    let issuer = Issuer::new(Twist::FreshNonceOnce).await;
    let wallet = Wallet::new(&[&issuer.origin]).await;
    let id = offered(&wallet, &issuer).await;
    assert_eq!(accepted(&wallet, &id, Some(PIN)).await.0, StatusCode::CREATED);
    assert_eq!(issuer.asked("/credential"), 2);
}

#[tokio::test]
async fn a_proof_that_is_refused_twice_is_not_made_a_third_time() {
    let issuer = Issuer::new(Twist::ProofNeverTaken).await;
    let wallet = Wallet::new(&[&issuer.origin]).await;
    let id = offered(&wallet, &issuer).await;
    let (status, refusal) = accepted(&wallet, &id, Some(PIN)).await;
    assert_eq!(
        (status, &refusal["code"]),
        (StatusCode::BAD_GATEWAY, &json!("PRO-3017"))
    );
    assert_eq!(issuer.asked("/credential"), 2);
    assert!(wallet.holds_nothing().await);
}

#[tokio::test]
async fn a_wallet_that_was_killed_between_token_and_credential_goes_on_without_code_and_pin() {
    let issuer = Issuer::new(Twist::CredentialLate).await;
    let wallet = Wallet::new(&[&issuer.origin]).await;
    let id = offered(&wallet, &issuer).await;
    let (status, refusal) = accepted(&wallet, &id, Some(PIN)).await;
    assert_eq!(
        (status, &refusal["code"]),
        (StatusCode::BAD_GATEWAY, &json!("PRO-3028"))
    );
    let wallet = wallet.killed_and_restarted().await;
    let (status, held) = accepted(&wallet, &id, None).await;
    assert_eq!(status, StatusCode::CREATED, "{held}");
    assert_eq!(issuer.asked("/token"), 1, "a code is redeemed once");
}

#[tokio::test]
async fn an_offer_is_received_once_however_often_it_is_accepted() {
    let issuer = Issuer::new(Twist::Nothing).await;
    let wallet = Wallet::new(&[&issuer.origin]).await;
    let id = offered(&wallet, &issuer).await;
    let (first, second) = tokio::join!(
        accepted(&wallet, &id, Some(PIN)),
        accepted(&wallet, &id, Some(PIN))
    );
    assert!(first.0 == StatusCode::CREATED || second.0 == StatusCode::CREATED);
    assert_eq!(accepted(&wallet, &id, Some(PIN)).await.0, StatusCode::CREATED);
    assert_eq!(issuer.asked("/token"), 1);
    assert_eq!(
        wallet.get("/api/v1/credentials").await.as_array().unwrap().len(),
        1
    );
}

#[tokio::test]
async fn another_user_finds_neither_offer_nor_credential() {
    let issuer = Issuer::new(Twist::Nothing).await;
    let wallet = Wallet::new(&[&issuer.origin]).await;
    let stranger = wallet.sign_up().await;
    let id = offered(&wallet, &issuer).await;
    let path = format!("/api/v1/offers/{id}/accept");
    let (status, _) = wallet
        .send(Method::POST, &path, &stranger, Some(json!({ "user_pin": PIN })))
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (_, held) = accepted(&wallet, &id, Some(PIN)).await;
    let path = format!("/api/v1/credentials/{}", held["id"].as_str().unwrap());
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(
            wallet.send(method, &path, &stranger, None).await.0,
            StatusCode::NOT_FOUND
        );
    }
    assert_eq!(wallet.get(&path).await["id"], held["id"]);
}

#[tokio::test]
async fn an_offer_at_an_unlisted_private_address_is_refused_without_a_packet() {
    let silent = Silent::new();
    let issuer = Issuer::new(Twist::Nothing).await;
    let wallet = Wallet::new(&[&issuer.origin]).await;
    let uri = issuer.link().replace(
        &url::form_urlencoded::byte_serialize(issuer.origin.as_str().trim_end_matches('/').as_bytes())
            .collect::<String>(),
        &url::form_urlencoded::byte_serialize(silent.origin().as_bytes()).collect::<String>(),
    );
    assert_ne!(uri, issuer.link());
    let (status, refusal) = wallet.post("/api/v1/offers", json!({ "uri": uri })).await;
    assert_eq!(
        (status, &refusal["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("PRO-3010"))
    );
    assert!(silent.stayed_silent());
}

#[tokio::test]
async fn an_issuer_at_an_unlisted_private_address_is_refused_without_a_packet() {
    let silent = Silent::new();
    for (elsewhere, code, word) in [
        (silent.origin(), "PRO-3010", "credential_issuer"),
        (
            silent.origin().replace("http:", "https:"),
            "PRO-3027",
            "not public",
        ),
        ("https://169.254.169.254".to_owned(), "PRO-3027", "not public"),
    ] {
        let issuer = Issuer::with(Twist::OfferNamesElsewhere, Shape::EmployeeV3, elsewhere).await;
        let wallet = Wallet::new(&[&issuer.origin]).await;
        let (_, refusal) = wallet
            .post("/api/v1/offers", json!({ "uri": issuer.link() }))
            .await;
        assert_eq!(refusal["code"], code, "{refusal}");
        assert!(refusal["detail"].as_str().unwrap().contains(word), "{refusal}");
    }
    assert!(silent.stayed_silent());
}

#[tokio::test]
async fn code_pin_and_token_follow_no_redirect() {
    for twist in [
        Twist::MetadataRedirects,
        Twist::TokenRedirects,
        Twist::CredentialRedirects,
    ] {
        // The other server may be spoken to, but it is not the issuer.
        let other = Issuer::new(Twist::Nothing).await;
        let elsewhere = other.origin.as_str().trim_end_matches('/').to_owned();
        let issuer = Issuer::with(twist, Shape::EmployeeV3, elsewhere).await;
        let wallet = Wallet::new(&[&issuer.origin, &other.origin]).await;
        let (status, offer) = wallet
            .post("/api/v1/offers", json!({ "uri": issuer.link() }))
            .await;
        let refusal = if status == StatusCode::CREATED {
            accepted(&wallet, offer["id"].as_str().unwrap(), Some(PIN))
                .await
                .1
        } else {
            offer
        };
        assert_eq!(refusal["code"], "PRO-3027", "{twist:?}: {refusal}");
        assert!(
            refusal["detail"].as_str().unwrap().contains("redirect"),
            "{twist:?}: {refusal}"
        );
        for path in ["/metadata", "/token", "/credential"] {
            assert_eq!(other.asked(path), 0, "{twist:?} {path}");
        }
        assert!(wallet.holds_nothing().await, "{twist:?}");
    }
}

#[tokio::test]
async fn a_redirected_offer_is_not_followed() {
    let (status, refusal) = refused(Twist::OfferRedirects).await;
    assert_eq!(
        (status, &refusal["code"]),
        (StatusCode::BAD_GATEWAY, &json!("PRO-3027"))
    );
    assert!(
        refusal["detail"].as_str().unwrap().contains("redirect"),
        "{refusal}"
    );
}

#[tokio::test]
async fn a_huge_offer_is_not_read_to_its_end() {
    let (status, refusal) = refused(Twist::OfferHuge).await;
    assert_eq!(
        (status, &refusal["code"]),
        (StatusCode::BAD_GATEWAY, &json!("PRO-3027"))
    );
    assert!(
        refusal["detail"].as_str().unwrap().contains("larger"),
        "{refusal}"
    );
}

#[tokio::test]
async fn metadata_of_another_issuer_are_refused() {
    for twist in [
        Twist::MetadataOfAnotherIssuer,
        Twist::ServerMetadataOfAnotherIssuer,
    ] {
        let (status, refusal) = refused(twist).await;
        assert_eq!(
            (status, &refusal["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("PRO-3011")),
            "{twist:?}"
        );
        assert!(
            refusal["detail"].as_str().unwrap().contains("another issuer"),
            "{refusal}"
        );
    }
}

#[tokio::test]
async fn a_credential_that_no_list_knows_is_refused() {
    let (status, refusal) = refused(Twist::OfferOfUnknownCredential).await;
    assert_eq!(
        (status, &refusal["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("PRO-3012"))
    );
}

#[tokio::test]
async fn an_issuer_that_wants_wallets_to_authenticate_is_refused() {
    let (status, refusal) = refused(Twist::NotAnonymous).await;
    assert_eq!(
        (status, &refusal["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("PRO-3014"))
    );
}

#[tokio::test]
async fn code_pin_and_token_go_to_nobody_but_the_issuer() {
    for twist in [Twist::TokenEndpointElsewhere, Twist::CredentialEndpointElsewhere] {
        // The other server may be spoken to, but it is not the issuer.
        let other = Issuer::new(Twist::Nothing).await;
        let elsewhere = other.origin.as_str().trim_end_matches('/').to_owned();
        let issuer = Issuer::with(twist, Shape::EmployeeV3, elsewhere).await;
        let wallet = Wallet::new(&[&issuer.origin, &other.origin]).await;
        let (status, refusal) = wallet
            .post("/api/v1/offers", json!({ "uri": issuer.link() }))
            .await;
        assert_eq!(
            (status, &refusal["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("PRO-3011")),
            "{twist:?}"
        );
        assert_eq!(other.asked("/token") + other.asked("/credential"), 0);
    }
}

#[tokio::test]
async fn a_credential_is_refused_by_exactly_the_rule_that_it_breaks_and_is_not_kept() {
    for (twist, check) in [
        (Twist::CredentialForAnotherKey, "PRO-1053"),
        (Twist::CredentialWithBrokenSeal, "PRO-1004"),
        (Twist::CredentialSealedByClone, "PRO-1011"),
        (Twist::CredentialSealedByOther, "PRO-1020"),
        (Twist::CredentialOfAnotherType, "PRO-1040"),
        (Twist::CredentialRevoked, "PRO-1043"),
        (Twist::CredentialExpired, "PRO-1042"),
    ] {
        let (status, refusal) = refused(twist).await;
        assert_eq!(
            (status, &refusal["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("PRO-3018")),
            "{twist:?}"
        );
        assert_eq!(checks(&refusal), [check], "{twist:?}: {refusal}");
    }
}

#[tokio::test]
async fn an_offer_that_was_given_up_keeps_neither_code_nor_token_nor_key() {
    let issuer = Issuer::new(Twist::CredentialForAnotherKey).await;
    let wallet = Wallet::new(&[&issuer.origin]).await;
    let id = offered(&wallet, &issuer).await;
    let held = wallet.opened_receipt(&id).await.to_string();
    assert!(held.contains(CODE), "the control");
    assert_eq!(accepted(&wallet, &id, Some(PIN)).await.1["code"], "PRO-3018");
    assert_eq!(wallet.opened_receipt(&id).await, Value::Null);
    let (status, over) = accepted(&wallet, &id, Some(PIN)).await;
    assert_eq!(
        (status, &over["code"]),
        (StatusCode::CONFLICT, &json!("PRO-3019")),
        "{over}"
    );
}

#[tokio::test]
async fn what_cannot_be_judged_now_is_not_kept_and_may_be_judged_later() {
    let issuer = Issuer::new(Twist::StatusLate).await;
    let wallet = Wallet::new(&[&issuer.origin]).await;
    let id = offered(&wallet, &issuer).await;
    let (status, refusal) = accepted(&wallet, &id, Some(PIN)).await;
    assert_eq!(
        (status, &refusal["code"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!("PRO-3018")),
        "{refusal}"
    );
    assert_eq!(checks(&refusal), ["PRO-1043"], "{refusal}");
    assert!(wallet.holds_nothing().await);
    let (status, held) = accepted(&wallet, &id, None).await;
    assert_eq!(status, StatusCode::CREATED, "{held}");
    assert_eq!(issuer.asked("/token"), 1);
}

#[tokio::test]
async fn a_representatives_signature_counts_under_its_policy_only() {
    let issuer = Issuer::of(Shape::LearCredential).await;
    let wallet = Wallet::with_policy(&[&issuer.origin], REPRESENTATIVE_POLICY).await;
    let id = offered(&wallet, &issuer).await;
    let (status, held) = accepted(&wallet, &id, Some(PIN)).await;
    assert_eq!(status, StatusCode::CREATED, "{held}");
    assert_eq!(
        held["types"].as_array().unwrap().last().unwrap(),
        "LEARCredential"
    );

    let issuer = Issuer::of(Shape::LearCredential).await;
    let wallet = Wallet::new(&[&issuer.origin]).await;
    let id = offered(&wallet, &issuer).await;
    let (_, refusal) = accepted(&wallet, &id, Some(PIN)).await;
    assert_eq!(checks(&refusal), ["PRO-1022"], "{refusal}");
    assert!(wallet.holds_nothing().await);
}
