//! Status lists.
use crate::{journey::opened, world::*};
use axum::body::Body;
use http::Request;
use procura_credential::status::{self, Entry, List};
use procura_did::Did;
use procura_jades::validate::{self, Profile};
use procura_jose::{Algorithm, AlgorithmSet};

async fn issued(world: &World) -> (String, Entry) {
    let redeemed = world.redeemed().await;
    let answer = world
        .credential(
            &redeemed.access_token,
            &Holder::new().request(&redeemed.c_nonce, world.now()),
        )
        .await;
    let (vc, _) = opened(world, answer.json()["credential"].as_str().unwrap());
    let entry = status::entries(&vc["credentialStatus"]).unwrap().remove(0);
    (redeemed.id, entry)
}
/// Reads the list as a verifier would.
fn bit(world: &World, jws: &str, entry: &Entry) -> bool {
    let allowed = AlgorithmSet::new(&[Algorithm::Es256]);
    let signature = validate::validate(jws, Profile::Credential, &allowed, world.now()).unwrap();
    let typ = signature.jws.header.typ.as_deref();
    let issuer = Did::parse(DID).unwrap();
    let list = List::read(signature.payload(), typ, &entry.list, &issuer, false).unwrap();
    list.status(entry, world.now(), world.now(), 0).unwrap()
}

#[tokio::test]
async fn revoking_turns_exactly_the_credentials_bit() {
    let world = World::new().await;
    let ((revoked, entry), (_, kept)) = (issued(&world).await, issued(&world).await);
    let address = path(&serde_json::json!(entry.list));
    let before = get(&world.public, &address).await;
    assert_eq!(before.header("content-type"), "application/vc+jwt");
    assert_eq!(before.header("cache-control"), "public, max-age=60");
    assert!(!bit(&world, &before.text, &entry));
    let answer = world
        .manage("POST", &format!("/api/v1/issuances/{revoked}/revoke"), None)
        .await;
    assert_eq!(answer.status, 200);
    let after = get(&world.public, &address).await;
    assert!(bit(&world, &after.text, &entry));
    assert!(!bit(&world, &after.text, &kept));
    assert_ne!(after.header("etag"), before.header("etag"));
    world.pass(5);
    let again = world
        .manage("POST", &format!("/api/v1/issuances/{revoked}/revoke"), None)
        .await;
    assert_eq!(again.json(), answer.json(), "the first time counts");
    assert_eq!(world.state(&revoked).await, "revoked");
    let unknown = world.manage("POST", "/api/v1/issuances/none/revoke", None).await;
    assert_eq!(unknown.problem(), (404, "PRO-2011".into()));
}

#[tokio::test]
async fn a_revocation_survives_the_erasure_of_its_issuance() {
    let world = World::new().await;
    let (id, entry) = issued(&world).await;
    world.pass(601);
    world.app.erase_expired().await.unwrap();
    world
        .manage("POST", &format!("/api/v1/issuances/{id}/revoke"), None)
        .await;
    let list = get(&world.public, &path(&serde_json::json!(entry.list))).await;
    assert!(bit(&world, &list.text, &entry));
}

#[tokio::test]
async fn a_list_is_sealed_again_when_it_is_half_through_its_validity() {
    let world = World::new().await;
    let (_, entry) = issued(&world).await;
    let address = path(&serde_json::json!(entry.list));
    let first = get(&world.public, &address).await;
    world.pass(449);
    assert_eq!(get(&world.public, &address).await.text, first.text);
    world.pass(1);
    let second = get(&world.public, &address).await;
    assert_ne!(second.text, first.text);
    assert!(!bit(&world, &second.text, &entry));
}

#[tokio::test]
async fn who_knows_the_list_is_told_that_it_has_not_changed() {
    let world = World::new().await;
    let (id, entry) = issued(&world).await;
    let address = path(&serde_json::json!(entry.list));
    let etag = get(&world.public, &address).await.header("etag").to_owned();
    let conditional = async || {
        let request = Request::get(&address)
            .header("if-none-match", &etag)
            .body(Body::empty())
            .unwrap();
        send(&world.public, request).await
    };
    let unchanged = conditional().await;
    assert_eq!((unchanged.status.as_u16(), unchanged.text.as_str()), (304, ""));
    world
        .manage("POST", &format!("/api/v1/issuances/{id}/revoke"), None)
        .await;
    assert_eq!(conditional().await.status, 200);
}

#[tokio::test]
async fn other_lists_do_not_exist() {
    let world = World::new().await;
    issued(&world).await;
    for address in ["/status/2", "/status/01", "/status/+1", "/status/x", "/status/-1"] {
        assert_eq!(get(&world.public, address).await.status, 404, "{address}");
    }
    assert_eq!(get(&world.public, "/status/1").await.status, 200);
}
