//! Logs of portal and ecosystem say what happened and never who, and hold nothing that opens a door.
use crate::stage::{RESPONSE_CODE, SECRET, World, start, token, token_named, vc};
use axum::{Router, body::Body};
use http::{Request, StatusCode, header};
use procura_credential::lear::Shape;
use procura_protocol::oauth::access_token::AccessToken;
use procura_sandbox::{
    ecosystem::Ecosystem,
    world::{GOODAIR_DID, Origins, Plan, World as DemoWorld, folder},
};
use procura_service::{SystemClock, SystemRng, config::Limits};
use procura_store::{Schema, contract::on_each_database};
use procura_testkit::{Log, logs::texts};
use std::sync::Arc;
use tower::ServiceExt as _;

#[tokio::test]
async fn no_person_no_secret_and_no_token_reaches_the_portals_log() {
    let (log, _capture) = Log::capture();

    on_each_database(Schema::Portal, async |database| {
        let world = World::new(&database.store).await.served();
        let (cookie, state) = world.begin().await;
        let good = token("token-of-the-portal");
        let good = AccessToken {
            vc: vc(Shape::LearCredential),
            ..good
        };
        let signed = world.mint(&good);
        let foreign = world.changed(|_, claims| claims["aud"] = "https://other.example/".into());
        let nobody = world.mint(&token_named("token-of-nobody"));
        let of_nobody = "state-that-nobody-began-with";
        let wrong = "wrong-secret-of-the-portal";
        assert_eq!(world.notify_by(wrong, &signed, &state).await.1, "PRO-5001");
        assert_eq!(world.notify(&foreign, &state).await.1, "PRO-5012");
        assert_eq!(world.notify(&nobody, of_nobody).await.1, "PRO-5020");
        for _ in 0..2 {
            assert_eq!(world.notify(&signed, &state).await.0, StatusCode::NO_CONTENT);
        }
        let (other, _) = world.begin().await;
        let stolen = "response-code-of-nobody-at-all-but-long-enough";
        world.back_with(&other, stolen).await;
        world.back(&cookie).await;
        assert!(world.home(&cookie).await.contains("Good day, John Doe"));
        assert_eq!(world.open("/session", &cookie).await.0, StatusCode::OK);
        world.portal.forget_ended().await.unwrap();

        log.said(&[
            "answered",
            "notification refused",
            "PRO-5001",
            "PRO-5012",
            "PRO-5020",
        ]);
        let value = |cookie: &str| cookie.split_once('=').unwrap().1.to_owned();
        let mut secrets: Vec<String> = [
            wrong,
            SECRET,
            RESPONSE_CODE,
            stolen,
            of_nobody,
            &state,
            &signed,
            &foreign,
            &nobody,
            "token-of-the-portal",
            &good.credential,
            good.subject.as_str(),
            "John",
            "Doe",
        ]
        .map(str::to_owned)
        .into();
        secrets.extend([value(&cookie), value(&other)]);
        for shape in [Shape::LearCredential, Shape::EmployeeV3] {
            let vc = vc(shape);
            texts(&vc["credentialSubject"]["mandate"]["mandatee"], &mut secrets);
            texts(&vc["credentialSubject"]["mandate"]["mandator"], &mut secrets);
        }
        assert!(
            secrets.iter().any(|secret| secret.contains('@')),
            "an e-mail address is looked for"
        );
        log.holds_none_of(&secrets);
    })
    .await;
}

async fn ask(router: &Router, path: &str) -> StatusCode {
    let request = Request::get(path)
        .header(header::AUTHORIZATION, "Bearer token-of-a-stranger")
        .header(header::COOKIE, "session=session-of-a-stranger")
        .body(Body::empty())
        .unwrap();
    router.clone().oneshot(request).await.unwrap().status()
}

#[tokio::test]
async fn what_callers_ask_the_ecosystem_for_is_not_logged() {
    let (log, _capture) = Log::capture();

    let plan = Plan {
        origins: Origins::loopback([4710, 4711, 4712, 4713, 4714, 4715]).unwrap(),
        now: start(),
    };
    let world = DemoWorld::make(&plan, &mut SystemRng).unwrap();
    let kept = tempfile::tempdir().unwrap();
    folder::save(&world, kept.path()).unwrap();
    let ecosystem = Ecosystem::open(kept.path(), Arc::new(SystemClock)).unwrap();
    let router = ecosystem.served_router(Limits::default());
    let holder = world.holder().unwrap();
    let by_holder = format!("/api/did/v1/identifiers/{holder}");
    for (path, found) in [
        ("/lotl.xml", true),
        ("/tl/DE.xml", true),
        ("/status/samples", true),
        ("/schemas", true),
        (&format!("/api/did/v1/identifiers/{GOODAIR_DID}"), true),
        (&format!("/v4/issuers/{GOODAIR_DID}"), true),
        (&by_holder, false),
        ("/v4/issuers/john.doe@example.org?person=Jane", false),
        ("/John/Doe", false),
    ] {
        assert_eq!(ask(&router, path).await == StatusCode::OK, found, "{path}");
    }
    // Whoever cannot read the registry says so, and not who was asked for.
    std::fs::write(kept.path().join("registry.toml"), "[").unwrap();
    ask(&router, &by_holder).await;

    log.said(&["answered", "/v4/issuers/{did}", "the registry cannot be read"]);
    let mut secrets: Vec<String> = [
        holder.as_str(),
        GOODAIR_DID,
        "token-of-a-stranger",
        "session-of-a-stranger",
        "john.doe@example.org",
        "Jane",
        "John",
        "Doe",
    ]
    .map(str::to_owned)
    .into();
    for shape in [Shape::LearCredential, Shape::EmployeeV3] {
        secrets.push(world.good_credential(shape).unwrap());
        let vc = vc(shape);
        texts(&vc["credentialSubject"]["mandate"]["mandatee"], &mut secrets);
    }
    log.holds_none_of(&secrets);
}
