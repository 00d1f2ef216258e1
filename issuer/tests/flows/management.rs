//! The management interface: who may do what, and what is refused.
use crate::world::*;
use axum::body::Body;
use http::Request;
use procura_issuer::tokens::{self, Scope};
use serde_json::{Value, json};

async fn create(world: &World, body: &Value) -> Answer {
    world.manage("POST", "/api/v1/issuances", Some(body)).await
}
fn changed(change: impl FnOnce(&mut Value)) -> Value {
    let mut body = mandate(EMPLOYEE);
    change(&mut body);
    body
}

#[tokio::test]
async fn nothing_is_open_without_a_token() {
    let world = World::new().await;
    let offered = world.offer().await;
    for (method, path) in [
        ("POST", "/api/v1/issuances".to_owned()),
        ("POST", format!("/api/v1/issuances/{}/pin", offered.id)),
        ("GET", format!("/api/v1/issuances/{}", offered.id)),
        ("POST", format!("/api/v1/issuances/{}/revoke", offered.id)),
    ] {
        let body = mandate(EMPLOYEE);
        let missing = world.manage_with(method, &path, Some(&body), &[]).await;
        assert_eq!(missing.problem(), (401, "PRO-2001".into()), "{path}");
        assert_eq!(
            missing.header("www-authenticate"),
            "Bearer realm=\"issuer management\""
        );
        let wrong = [(
            "authorization",
            "Bearer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        )];
        let wrong = world.manage_with(method, &path, Some(&body), &wrong).await;
        assert_eq!(wrong.problem(), (401, "PRO-2001".into()), "{path}");
        assert!(wrong.header("www-authenticate").contains("invalid_token"));
        assert_eq!(
            get(&world.public, &path).await.status,
            404,
            "wallets do not reach {path}"
        );
    }
}

#[tokio::test]
async fn each_call_needs_its_own_scope() {
    let world = World::new().await;
    let offered = world.offer().await;
    for (scope, method, path) in [
        (Scope::Create, "POST", "/api/v1/issuances".to_owned()),
        (
            Scope::Pin,
            "POST",
            format!("/api/v1/issuances/{}/pin", offered.id),
        ),
        (Scope::Read, "GET", format!("/api/v1/issuances/{}", offered.id)),
        (
            Scope::Evidence,
            "GET",
            format!("/api/v1/issuances/{}/evidence", offered.id),
        ),
        (
            Scope::Revoke,
            "POST",
            format!("/api/v1/issuances/{}/revoke", offered.id),
        ),
    ] {
        let others: Vec<Scope> = Scope::ALL.into_iter().filter(|other| *other != scope).collect();
        for (scopes, allowed) in [(vec![scope], true), (others, false)] {
            let (_, secret) = tokens::add(&world.config, "x", &scopes, None).await.unwrap();
            let bearer = format!("Bearer {}", secret.expose());
            let body = mandate(EMPLOYEE);
            let answer = world
                .manage_with(method, &path, Some(&body), &[("authorization", &bearer)])
                .await;
            if allowed {
                assert!(
                    !matches!(answer.status.as_u16(), 401 | 403),
                    "{path}: {}",
                    answer.text
                );
            } else {
                assert_eq!(answer.problem(), (403, "PRO-2002".into()), "{path}");
                let challenge = answer.header("www-authenticate");
                assert!(challenge.contains("insufficient_scope") && challenge.contains(scope.name()));
            }
        }
    }
}

#[tokio::test]
async fn a_token_ends_when_it_is_revoked_or_expires() {
    let world = World::new().await;
    let (token, secret) = tokens::add(&world.config, "x", &[Scope::Read], Some(later(world.now(), 60)))
        .await
        .unwrap();
    let bearer = format!("Bearer {}", secret.expose());
    let asked = async || {
        let headers = [("authorization", bearer.as_str())];
        world
            .manage_with("GET", "/api/v1/issuances/none", None, &headers)
            .await
            .status
            .as_u16()
    };
    assert_eq!(asked().await, 404);
    world.pass(60);
    assert_eq!(asked().await, 401);
    world.pass(-60);
    assert!(tokens::revoke(&world.config, &token.id).await.unwrap());
    assert!(!tokens::revoke(&world.config, &token.id).await.unwrap());
    assert_eq!(asked().await, 401);
    let listed = tokens::list(&world.config).await.unwrap();
    assert!(
        listed
            .iter()
            .any(|listed| listed.id == token.id && listed.revoked_at.is_some())
    );
}

#[tokio::test]
async fn link_and_pin_never_travel_together_and_the_pin_is_fetched_once() {
    let world = World::new().await;
    let created = create(&world, &mandate(EMPLOYEE)).await.json();
    let id = created["id"].as_str().unwrap();
    assert_eq!(created["pin_required"], true);
    let pin = world
        .manage("POST", &format!("/api/v1/issuances/{id}/pin"), None)
        .await;
    assert_eq!(pin.header("cache-control"), "no-store");
    let pin = pin.json();
    let digits = pin["user_pin"].as_str().unwrap();
    assert!(digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit()));
    assert_eq!(pin.as_object().unwrap().len(), 1, "the PIN and nothing else");
    for value in created
        .as_object()
        .unwrap()
        .values()
        .filter(|value| value.is_string())
    {
        let text = value.as_str().unwrap();
        assert!(!text.contains("pin") && text != digits);
    }
    let again = world
        .manage("POST", &format!("/api/v1/issuances/{id}/pin"), None)
        .await;
    assert_eq!(again.problem(), (409, "PRO-2009".into()));
    let unknown = world.manage("POST", "/api/v1/issuances/none/pin", None).await;
    assert_eq!(unknown.problem(), (404, "PRO-2011".into()));
    let view = world
        .manage("GET", &format!("/api/v1/issuances/{id}"), None)
        .await;
    assert!(view.json()["pin_fetched_at"].is_string());
    assert!(
        !view.text.contains("John") && !view.text.contains(digits),
        "{}",
        view.text
    );
}

#[tokio::test]
async fn pins_have_the_configured_length() {
    for digits in [1, 8] {
        let world = World::with(|config| config.pin.digits = digits).await;
        assert_eq!(world.offer().await.pin.len(), usize::from(digits));
    }
}

#[tokio::test]
async fn every_offer_has_its_own_address_code_and_position() {
    let world = World::new().await;
    let (one, other) = (world.offer().await, world.offer().await);
    assert_ne!(
        one.created["credential_offer_uri"],
        other.created["credential_offer_uri"]
    );
    assert_ne!((one.code, one.id), (other.code, other.id));
}

#[tokio::test]
async fn what_cannot_be_issued_is_refused_by_field() {
    let world = World::new().await;
    assert_eq!(create(&world, &mandate(EMPLOYEE)).await.status, 201);
    for (pointer, value, code, detail) in [
        (
            "/payload/mandatee/firstName",
            json!(""),
            "PRO-2005",
            "/payload/mandatee/firstName",
        ),
        (
            "/payload/mandatee/email",
            json!("x"),
            "PRO-2005",
            "/payload/mandatee/email",
        ),
        ("/payload/power", json!([]), "PRO-2005", "/payload/power"),
        (
            "/payload/mandator/country",
            json!("Spain"),
            "PRO-2005",
            "/payload/mandator/country",
        ),
        (
            "/payload/mandator/organizationIdentifier",
            json!("x"),
            "PRO-2005",
            "/payload/mandator/organizationIdentifier",
        ),
        (
            "/payload/mandator/organizationIdentifier",
            json!("VATES-87654321"),
            "PRO-2006",
            "issues_for",
        ),
        ("/payload", json!("x"), "PRO-2003", "/payload"),
        (
            "/credential_configuration_id",
            json!("Other"),
            "PRO-2004",
            "no configured credential",
        ),
        (
            "/credential_configuration_id",
            json!(7),
            "PRO-2004",
            "no configured credential",
        ),
    ] {
        let body = changed(|body| *body.pointer_mut(pointer).unwrap() = value);
        let refused = create(&world, &body).await;
        assert_eq!(refused.problem().1, code, "{pointer}: {}", refused.text);
        let said = refused.json()["detail"].as_str().unwrap_or_default().to_owned();
        assert!(said.contains(detail), "{pointer}: {said}");
        assert!(
            !refused.text.contains("Doe"),
            "no personal data in {}",
            refused.text
        );
    }
    let unknown = changed(|body| body["extra"] = json!(1));
    assert_eq!(create(&world, &unknown).await.problem(), (400, "PRO-2003".into()));
}

/// The control of each has the same member more, small and once: its JSON is read, and the member not known.
#[tokio::test]
async fn json_of_operators_is_bounded() {
    let world = World::new().await;
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let long = format!("\"{}\"", "x".repeat(300_000));
    for (what, member, status, reason) in [
        ("oversized", long.as_str(), 413, ""),
        ("deep", &deep, 400, "nested deeper than 32"),
        ("duplicate", "1,\"x\":1", 400, "member \"x\" stands twice"),
        ("the control", "[1]", 400, "/x: is not known here"),
    ] {
        let body = with_member(&mandate(EMPLOYEE), member);
        let request = Request::post("/api/v1/issuances")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", world.operator))
            .body(Body::from(body));
        let refused = send(&world.management, request.unwrap()).await;
        assert_eq!(refused.status.as_u16(), status, "{what}: {}", refused.text);
        if status == 400 {
            assert_eq!(refused.problem().1, "PRO-2003", "{what}");
            let said = refused.json()["detail"].as_str().unwrap().to_owned();
            assert!(said.contains(reason), "{what}: {said}");
        }
    }
    assert_eq!(create(&world, &mandate(EMPLOYEE)).await.status, 201);
}

#[tokio::test]
async fn another_organisation_needs_configuration() {
    let world = World::with(|config| {
        config.credentials[0]
            .issues_for
            .insert("VATES-87654321".to_owned().try_into().unwrap());
    })
    .await;
    let of = |identifier: &str| {
        changed(|body| body["payload"]["mandator"]["organizationIdentifier"] = json!(identifier))
    };
    assert_eq!(create(&world, &of("VATES-87654321")).await.status, 201);
    assert_eq!(
        create(&world, &of("VATES-11111111")).await.problem(),
        (422, "PRO-2006".into())
    );
}

#[tokio::test]
async fn a_person_signs_only_as_the_representative_that_is_named() {
    let world = World::new().await;
    let control = create(&world, &mandate("LEARCredential")).await;
    assert_eq!(control.status, 201, "{}", control.text);
    for (field, value) in [("cn", "12345678Z Another Person"), ("serialNumber", "12345678Z")] {
        let mut body = mandate("LEARCredential");
        body["payload"]["legalRepresentative"][field] = json!(value);
        assert_eq!(
            create(&world, &body).await.problem(),
            (422, "PRO-2010".into()),
            "{field}"
        );
    }
}

#[tokio::test]
async fn requests_of_deployed_portals_are_understood() {
    let world = World::new().await;
    let v2 = |more: Value| {
        let mut body = mandate("LEARCredentialEmployee.v2");
        body.as_object_mut()
            .unwrap()
            .remove("credential_configuration_id");
        body["payload"]["mandatee"]["nationality"] = json!("ES");
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    let legacy = json!({
        "schema": "LEARCredentialEmployee.v2", "operation_mode": "S", "format": "jwt_vc_json", "response_uri": ""
    });
    let answer = create(&world, &v2(legacy.clone())).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(
        create(&world, &v2(json!({"shape": "EmployeeV2"}))).await.status,
        201
    );
    for (name, value) in [
        ("operation_mode", "A"),
        ("format", "ldp_vc"),
        ("response_uri", "https://evil.example"),
    ] {
        let mut more = legacy.clone();
        more[name] = json!(value);
        assert_eq!(
            create(&world, &v2(more)).await.problem(),
            (400, "PRO-2003".into()),
            "{name}"
        );
    }
    assert_eq!(
        create(&world, &v2(json!({}))).await.problem(),
        (400, "PRO-2004".into()),
        "nothing is named"
    );
    let contradicting = json!({"shape": "EmployeeV2", "schema": "LEARCredential"});
    assert_eq!(
        create(&world, &v2(contradicting)).await.problem(),
        (400, "PRO-2004".into())
    );
}

#[tokio::test]
async fn an_idempotency_key_makes_one_issuance() {
    let world = World::new().await;
    let bearer = format!("Bearer {}", world.operator);
    let post = async |key: &str, body: &Value| {
        let headers = [("authorization", bearer.as_str()), ("idempotency-key", key)];
        world
            .manage_with("POST", "/api/v1/issuances", Some(body), &headers)
            .await
    };
    let body = mandate(EMPLOYEE);
    let first = post("one", &body).await;
    assert_eq!(first.status, 201);
    let again = post("one", &body).await;
    assert_eq!((again.status, again.json()), (first.status, first.json()));
    assert_ne!(post("two", &body).await.json()["id"], first.json()["id"]);
    let other = changed(|body| body["payload"]["mandatee"]["firstName"] = json!("Jane"));
    assert_eq!(post("one", &other).await.problem(), (422, "PRO-2007".into()));
    assert_eq!(post("", &body).await.problem(), (400, "PRO-2003".into()));
    // Another operator's key is another key.
    let (_, secret) = tokens::add(&world.config, "other", &[Scope::Create], None)
        .await
        .unwrap();
    let theirs = format!("Bearer {}", secret.expose());
    let headers = [("authorization", theirs.as_str()), ("idempotency-key", "one")];
    let theirs = world
        .manage_with("POST", "/api/v1/issuances", Some(&other), &headers)
        .await;
    assert_eq!(theirs.status, 201);
    world.pass(601);
    assert_eq!(post("one", &body).await.problem(), (409, "PRO-2008".into()));
}

#[tokio::test]
async fn an_offer_is_shown_until_it_is_redeemed() {
    let world = World::new().await;
    let offered = world.offer().await;
    let address = path(&offered.created["credential_offer_uri"]);
    assert_eq!(
        get(&world.public, &address).await.json(),
        offered.offer,
        "a wallet may come twice"
    );
    world.token(&offered.form()).await;
    let gone = get(&world.public, &address).await;
    let unknown = get(&world.public, "/credential-offer/AAAAAAAAAAAAAAAAAAAAAA").await;
    assert_eq!(gone.problem(), (404, "PRO-2120".into()));
    let said = |answer: &Answer| {
        let mut body = answer.json();
        body.as_object_mut().unwrap().remove("request_id");
        body
    };
    assert_eq!(said(&gone), said(&unknown));
    let expired = world.offer().await;
    world.pass(600);
    assert_eq!(
        get(&world.public, &path(&expired.created["credential_offer_uri"]))
            .await
            .status,
        404
    );
}
