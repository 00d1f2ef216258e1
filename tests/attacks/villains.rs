//! The villains of the world, from the login page to the relying party.
use procura_credential::lear::Shape;
use procura_protocol::vp::{AuthorizationResponse, PresentationSubmission, check_request_object};
use procura_sandbox::world::{DOME_DID, Lists};
use procura_tests::{Stage, Storage, Transport, people::Login};
use reqwest::StatusCode;
use serde_json::Value;

/// John Doe's wallet of another make answers a login.
async fn answer(stage: &Stage, login: &Login, credential: &str) -> (StatusCode, Value) {
    let request = stage.client.text(&login.request).await;
    let payload = request.split('.').nth(1).expect("a compact JWS");
    let payload = procura_jose::base64url::decode(payload).expect("base64url");
    let request = check_request_object(&payload, stage.now())
        .expect("a request")
        .request;
    let id = "urn:uuid:00000000-0000-4000-8000-000000000001";
    let presentation = stage
        .world
        .presentation(credential, &request.nonce, DOME_DID, id, stage.now());
    let response = AuthorizationResponse {
        vp_token: presentation.expect("a presentation"),
        presentation_submission: PresentationSubmission::of_one_credential("submission", "definition"),
        state: Some(request.state.clone()),
    };
    let url = request.redirect_uri.as_str();
    stage
        .client
        .post_form_body(url, response.to_form().as_bytes())
        .await
}

#[tokio::test]
async fn no_villain_gets_a_token_and_each_is_refused_for_its_own_reason() {
    let stage = Stage::start(Storage::Sqlite, Transport::Http).await;
    let villains = stage.world.villains().expect("villains");
    let mut refused = 0;
    for villain in villains.iter().filter(|villain| villain.lists == Lists::Current) {
        let (portal, shape) = match villain.name {
            "associated-employee" => ("portal", Shape::LearCredential),
            _ => ("office", Shape::EmployeeV3),
        };
        let portal = stage.portal(portal);
        let before = stage.told(portal).len();
        let mut login = stage.begin_login(portal).await;
        let (status, answered) = answer(&stage, &login, &villain.credential).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{}: {answered}", villain.name);
        let checks = answered["checks"].as_array().cloned().unwrap_or_default();
        let checks: Vec<_> = checks
            .iter()
            .map(|check| check["name"].as_str().unwrap_or_default())
            .collect();
        assert_eq!(
            checks,
            [villain.expected.as_str()],
            "{}: {answered}",
            villain.name
        );
        assert!(
            !stage.has_notification().await,
            "{}: no token is minted",
            villain.name
        );
        assert_eq!(stage.told(portal).len(), before, "{}", villain.name);
        assert!(
            !stage.home(&mut login).await.contains("Good day"),
            "{}",
            villain.name
        );

        // The same login, the same holder, the good credential.
        let good = stage.world.good_credential(shape).expect("a credential");
        let (status, answered) = answer(&stage, &login, &good).await;
        assert_eq!(status, StatusCode::OK, "the control: {answered}");
        assert!(stage.greeting(&mut login).await.contains("Good day, John Doe"));
        refused += 1;
    }
    assert_eq!(refused, 8);
    stage.end().await;
}
