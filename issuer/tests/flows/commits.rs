//! Durable commits are what a service is limited by: how many each step costs is promised, and held here.
use crate::world::*;
use procura_store::{Schema, contract::on_each_database};
use serde_json::json;

#[tokio::test]
async fn each_step_costs_the_documented_number_of_durable_commits() {
    on_each_database(Schema::Issuer, async |database| {
        let world = World::on(Some(&database.url), |_| {}).await;
        let mut before = world.app.store().commits();
        let mut cost = || {
            let now = world.app.store().commits();
            now - std::mem::replace(&mut before, now)
        };
        let created = world
            .manage("POST", "/api/v1/issuances", Some(&mandate(EMPLOYEE)))
            .await
            .json();
        assert_eq!(cost(), 1, "offer");
        let id = created["id"].as_str().unwrap();
        let pin = world
            .manage("POST", &format!("/api/v1/issuances/{id}/pin"), None)
            .await
            .json();
        assert_eq!(cost(), 1, "PIN");
        let offer = get(&world.public, &path(&created["credential_offer_uri"]))
            .await
            .json();
        assert_eq!(cost(), 0, "showing the offer");
        let grant = &offer["grants"]["urn:ietf:params:oauth:grant-type:pre-authorized_code"];
        let offered = Offered {
            id: id.to_owned(),
            code: grant["pre-authorized_code"].as_str().unwrap().to_owned(),
            pin: pin["user_pin"].as_str().unwrap().to_owned(),
            created: created.clone(),
            offer: offer.clone(),
        };
        world.token(&offered.form_with_pin(&offered.wrong_pin())).await;
        assert_eq!(cost(), 1, "a wrong PIN");
        world.token(&offered.form()[..2]).await;
        assert_eq!(cost(), 0, "a missing PIN");
        let token = world.token(&offered.form()).await.json();
        assert_eq!(cost(), 1, "token");
        world.token(&offered.form()).await;
        assert_eq!(cost(), 0, "a used code");
        let access_token = token["access_token"].as_str().unwrap();
        let refused = world
            .credential(access_token, &json!({"format": "jwt_vc_json"}))
            .await
            .json();
        assert_eq!(cost(), 1, "a refused proof");
        let holder = Holder::new();
        let nonce = refused["c_nonce"].as_str().unwrap();
        let granted = world
            .credential(access_token, &holder.request(nonce, world.now()))
            .await
            .json();
        assert_eq!(
            cost(),
            2,
            "credential: the claim of its seal, and what was sealed"
        );
        let nonce = granted["c_nonce"].as_str().unwrap();
        world
            .credential(access_token, &holder.request(nonce, world.now()))
            .await;
        assert_eq!(cost(), 1, "the same credential again");
        get(&world.public, "/status/1").await;
        assert_eq!(cost(), 0, "status list");
        world
            .manage("GET", &format!("/api/v1/issuances/{id}"), None)
            .await;
        assert_eq!(cost(), 0, "looking");
        world
            .manage("POST", &format!("/api/v1/issuances/{id}/revoke"), None)
            .await;
        assert_eq!(cost(), 1, "revocation");
    })
    .await;
}
