//! The log says what happened and to which issuance: no person, no secret.
use crate::world::*;
use serde_json::json;

#[tokio::test]
async fn the_log_names_issuance_and_reason_and_neither_persons_nor_secrets() {
    let world = World::new().await;
    let offered = world.offer().await;
    world.token(&offered.form_with_pin(&offered.wrong_pin())).await;
    let token = world.token(&offered.form()).await.json();
    let (access_token, c_nonce) = (
        token["access_token"].as_str().unwrap(),
        token["c_nonce"].as_str().unwrap(),
    );
    let holder = Holder::new();
    let mut proof = holder.proof(c_nonce, world.now());
    proof.claims.insert("aud".into(), json!("https://evil.example"));
    let refused = world
        .credential(access_token, &request(&holder.sign(&proof)))
        .await
        .json();
    let fresh = refused["c_nonce"].as_str().unwrap();
    let granted = world
        .credential(access_token, &holder.request(fresh, world.now()))
        .await
        .json();
    world
        .manage("POST", &format!("/api/v1/issuances/{}/revoke", offered.id), None)
        .await;
    get(&world.public, "/status/1").await;

    let log = logged();
    for said in [
        offered.id.as_str(),
        "PRO-2103",
        "PIN is wrong",
        "PRO-2108",
        "aud is not this issuer",
        "revoked",
    ] {
        assert!(log.contains(said), "{said} is not in\n{log}");
    }
    let nonce = offered.created["credential_offer_uri"]
        .as_str()
        .unwrap()
        .rsplit('/')
        .next()
        .unwrap();
    let secrets = [
        ("code", offered.code.as_str()),
        ("PIN", &offered.pin),
        ("offer nonce", nonce),
        ("access token", access_token),
        ("c_nonce", c_nonce),
        ("c_nonce", fresh),
        ("management token", &world.operator),
        ("credential", granted["credential"].as_str().unwrap()),
        ("holder", holder.did.as_str()),
        ("name", "John"),
        ("name", "Doe"),
        ("e-mail", "johndoe"),
    ];
    for (what, secret) in secrets {
        assert!(!log.contains(secret), "{what} is in\n{log}");
    }
}
