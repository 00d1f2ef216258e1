//! What goes well.
use crate::stage::{EMPLOYEE, LEAR, Login, RESOURCE, SECRET, Stage, payload, response, world};
use axum::http::StatusCode;
use procura_credential::lear::Shape;
use procura_jose::{Algorithm, AlgorithmSet, JwkSet};
use procura_protocol::{
    oauth::access_token::{AccessToken, TokenExpectations, verify},
    vp::Query,
};
use procura_sandbox::world::DOME_DID;
use procura_verifier::{config::TokenAlgorithm, notification::Delivery};

/// Verifies a token as the portal does, by the published keys.
async fn verified(stage: &Stage, token: &str) -> AccessToken {
    let jwks = stage.get("/jwks", None).await.json();
    let keys = JwkSet::from_json(jwks.as_object().unwrap()).unwrap();
    let algorithms = AlgorithmSet::new(&[Algorithm::Es256, Algorithm::Rs256]);
    let expected = TokenExpectations {
        issuer: DOME_DID,
        audience: RESOURCE,
        algorithms: &algorithms,
        keys: &keys,
        skew_seconds: 0,
    };
    verify(token, &expected, stage.now()).unwrap()
}

async fn heard_token(stage: &Stage) -> AccessToken {
    assert_eq!(
        stage.verifier.notifier().deliver_due().await.unwrap(),
        [Delivery::Delivered]
    );
    let heard = stage.portal.heard.lock().unwrap().clone();
    let [heard] = heard.as_slice() else {
        panic!("heard {} times", heard.len())
    };
    verified(stage, &heard.form["access_token"]).await
}

#[tokio::test]
async fn a_proven_mandate_becomes_a_token_that_the_relying_party_hears_of() {
    let served = world().await;
    for (scope, shape) in [
        (EMPLOYEE, Shape::EmployeeV2),
        (EMPLOYEE, Shape::EmployeeV3),
        (LEAR, Shape::LearCredential),
    ] {
        let stage = Stage::new(&served).await;
        let credential = served.world.good_credential(shape).unwrap();
        let login = stage.login(scope).await;
        assert_eq!(login.object.request.query, Query::Scope(scope.to_owned()));
        assert_eq!(login.object.request.client_id.as_str(), DOME_DID);
        let answer = stage
            .answer(&stage.presentation(&served, &login, &credential))
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{shape:?}: {}", answer.text);
        assert_eq!(answer.json(), serde_json::json!({ "accepted": true }));

        let token = heard_token(&stage).await;
        assert_eq!(token.issuer.as_str(), DOME_DID);
        assert_eq!(token.subject, served.world.holder().unwrap());
        assert_eq!(token.scope, scope);
        assert_eq!(token.credential, credential);
        let claims: serde_json::Value = serde_json::from_slice(&payload(&credential)).unwrap();
        assert_eq!(
            &token.vc["type"],
            claims.pointer("/vc/type").unwrap_or(&claims["type"])
        );
        let heard = stage.portal.heard.lock().unwrap()[0].clone();
        assert_eq!(heard.authorization, format!("Bearer {SECRET}"));
        assert_eq!(heard.form["state"], login.state);
    }
}

#[tokio::test]
async fn a_vp_token_is_accepted_raw_in_base64_and_in_base64url() {
    use base64::{
        Engine as _,
        engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD},
    };
    let served = world().await;
    let stage = Stage::new(&served).await;
    let credential = served.world.good_credential(Shape::EmployeeV3).unwrap();
    for wrap in [
        |vp: &str| vp.to_owned(),
        |vp: &str| STANDARD.encode(vp),
        |vp: &str| URL_SAFE.encode(vp),
        |vp: &str| URL_SAFE_NO_PAD.encode(vp),
    ] {
        let login = stage.login(EMPLOYEE).await;
        let vp = stage.presentation(&served, &login, &credential);
        let answer = stage.answer(&wrap(&vp)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }
}

#[tokio::test]
async fn json_is_accepted_and_a_state_that_is_the_logins() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let credential = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let login = stage.login(EMPLOYEE).await;
    let vp = stage.presentation(&served, &login, &credential);
    let body = response(&vp, Some(&login.state)).to_json().to_string();
    let answer = stage.post("application/json; charset=utf-8", body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
}

#[tokio::test]
async fn tokens_can_be_minted_with_rs256() {
    let served = world().await;
    let stage = Stage::with(&served, |config| config.tokens.algorithm = TokenAlgorithm::Rs256).await;
    let credential = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let answer = stage.present(&served, EMPLOYEE, &credential).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    heard_token(&stage).await;
    let token = stage.portal.heard.lock().unwrap()[0].form["access_token"].clone();
    let header: serde_json::Value =
        serde_json::from_slice(&procura_jose::base64url::decode(token.split('.').next().unwrap()).unwrap())
            .unwrap();
    assert_eq!(
        (&header["alg"], &header["typ"]),
        (&"RS256".into(), &"at+jwt".into())
    );
}

#[tokio::test]
async fn a_refused_answer_leaves_the_login_open_for_a_better_one() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let credential = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let login = stage.login(EMPLOYEE).await;
    let revoked = served
        .world
        .villains()
        .unwrap()
        .into_iter()
        .find(|v| v.name == "revoked")
        .unwrap();
    let refused = stage
        .answer(&stage.presentation(&served, &login, &revoked.credential))
        .await;
    assert_eq!(
        (refused.status, refused.checks()),
        (StatusCode::BAD_REQUEST, vec!["revocation".to_owned()])
    );
    let accepted = stage
        .answer(&stage.presentation(&served, &login, &credential))
        .await;
    assert_eq!(accepted.status, StatusCode::OK, "{}", accepted.text);
}

#[tokio::test]
async fn the_browser_that_began_is_sent_back_when_the_relying_party_has_heard() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let credential = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let state = "a-state-of-at-least-22-characters";
    let cookie = stage.begin(state, EMPLOYEE).await;
    let path = format!("/login/status?state={state}");
    let waiting = stage.get(&path, Some(&cookie)).await;
    assert_eq!(waiting.status, StatusCode::OK);
    assert!(waiting.text.contains("Waiting for your wallet"));
    let login = stage.fetch(state).await;
    assert!(
        stage
            .get(&path, Some(&cookie))
            .await
            .text
            .contains("Your wallet has the request")
    );
    stage
        .answer(&stage.presentation(&served, &login, &credential))
        .await;
    assert!(
        stage
            .get(&path, Some(&cookie))
            .await
            .text
            .contains("is being told")
    );
    stage.verifier.notifier().deliver_due().await.unwrap();
    for path in [path.clone(), format!("/login?client_id=portal&state={state}")] {
        let back = stage.get(&path, Some(&cookie)).await;
        assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.text);
        let told = stage.portal.heard.lock().unwrap()[0].form["response_code"].clone();
        assert_eq!(told.len(), 43);
        assert_eq!(
            back.headers["location"].to_str().unwrap(),
            format!(
                "{}?state={state}&response_code={told}",
                stage.config.clients[0].return_url
            )
        );
    }
    let stranger = stage
        .get(&path, Some("procura_login=AAAAAAAAAAAAAAAAAAAAAA"))
        .await;
    assert_eq!(stranger.status, StatusCode::NOT_FOUND);
    assert_eq!(stage.get(&path, None).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_request_that_is_fetched_again_has_the_same_parameters_and_times_but_a_nonce_of_its_own() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let first = stage.login(EMPLOYEE).await;
    stage.clock.advance(59);
    let mut again = stage.fetch(&first.state).await.object;
    assert_ne!(again.request.nonce, first.nonce);
    assert!(!again.request.nonce.contains(&first.nonce));
    again.request.nonce.clone_from(&first.nonce);
    assert_eq!(again, first.object);
    let other = stage
        .get(&format!("/authentication-requests?state={}", first.state), None)
        .await;
    assert_eq!(other.status, StatusCode::OK);
    assert_eq!(other.headers["content-type"], "application/oauth-authz-req+jwt");
    assert_eq!(other.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn a_wallet_whose_first_request_was_lost_on_the_way_succeeds_with_the_second() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let credential = served.world.good_credential(Shape::EmployeeV3).unwrap();
    for with_state in [true, false] {
        let lost = stage.login(EMPLOYEE).await;
        let login = stage.fetch(&lost.state).await;
        let vp = stage.presentation(&served, &login, &credential);
        let state = with_state.then_some(login.state.as_str());
        let form = response(&vp, state).to_form();
        let answer = stage.post("application/x-www-form-urlencoded", form).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let late = stage
            .answer(&stage.presentation(&served, &lost, &credential))
            .await;
        assert_eq!(late.json()["code"], "PRO-4022", "one of them is used, once");
    }
}

#[tokio::test]
async fn the_documented_number_of_commits_is_held() {
    let served = world().await;
    let stage = Stage::new(&served).await;
    let store = stage.verifier.resources().store.clone();
    let credential = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let state = "a-state-of-at-least-22-characters";
    let mut before = store.commits();
    let mut since = || {
        let commits = store.commits() - before;
        before = store.commits();
        commits
    };
    let cookie = stage.begin(state, EMPLOYEE).await;
    assert_eq!(since(), 1, "begin");
    stage
        .get(&format!("/login/status?state={state}"), Some(&cookie))
        .await;
    assert_eq!(since(), 0, "status");
    let login = stage.fetch(state).await;
    assert_eq!(since(), 1, "request");
    stage.fetch(state).await;
    assert_eq!(since(), 0, "request, again");
    stage.answer("nonsense").await;
    assert_eq!(since(), 0, "malformed answer");
    let other = served.world.presentation(
        &credential,
        &login.nonce,
        "did:elsi:VATES-12345678",
        "urn:uuid:1",
        stage.now(),
    );
    stage.answer(&other.unwrap()).await;
    assert_eq!(since(), 1, "refused answer");
    let elsewhere = Login {
        nonce: "another-logins-nonce".to_owned(),
        ..login.clone()
    };
    let vp = stage.presentation(&served, &elsewhere, &credential);
    let form = response(&vp, Some(state)).to_form();
    stage.post("application/x-www-form-urlencoded", form).await;
    assert_eq!(since(), 0, "refused answer without the nonce");
    let vp = stage.presentation(&served, &login, &credential);
    assert_eq!(stage.answer(&vp).await.status, StatusCode::OK);
    assert_eq!(since(), 1, "accepted answer");
    stage.answer(&vp).await;
    assert_eq!(since(), 0, "replay");
    stage.verifier.notifier().deliver_due().await.unwrap();
    assert_eq!(since(), 2, "notification: lease and delivery");

    let login = stage.login(EMPLOYEE).await;
    assert_eq!(since(), 2, "begin and request");
    let form = "application/x-www-form-urlencoded";
    let declined = || stage.post(form, format!("error=access_denied&nonce={}", login.nonce));
    assert_eq!(declined().await.status, StatusCode::OK);
    assert_eq!(since(), 1, "declined");
    assert_eq!(declined().await.json()["code"], "PRO-4022");
    assert_eq!(since(), 0, "declined again");

    let login = stage.login(EMPLOYEE).await;
    let again = stage.fetch(&login.state).await;
    assert_eq!(since(), 2, "begin and request");
    let declined = format!("error=x&nonce={}", again.nonce);
    assert_eq!(stage.post(form, declined).await.status, StatusCode::OK);
    let refused = stage.presentation(&served, &again, "nonsense");
    assert_eq!(stage.answer(&refused).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(since(), 0, "declined and refused with the nonce of a repetition");
    let accepted = stage
        .answer(&stage.presentation(&served, &again, &credential))
        .await;
    assert_eq!(accepted.status, StatusCode::OK, "{}", accepted.text);
    assert_eq!(since(), 1, "accepted with the nonce of a repetition");
    let over = stage
        .answer(&stage.presentation(&served, &login, &credential))
        .await;
    assert_eq!(over.json()["code"], "PRO-4022", "which ended the login");
}
