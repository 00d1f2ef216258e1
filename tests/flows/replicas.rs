//! Verifiers that share a database are one verifier.
use procura_credential::lear::Shape;
use procura_tests::{Stage, on_stage};
use reqwest::StatusCode;

async fn what_one_replica_begins_another_ends_once(stage: &mut Stage) {
    let portal = stage.portal("portal");
    let first = stage.places.verifier.router();
    let second = stage.another_verifier().await;
    let employee = stage.open_account().await;
    let issuance = stage.issue(Shape::LearCredential).await;
    let credential = stage.receive(&employee, &issuance).await;

    let mut login = stage.begin_login(portal).await;
    let request = stage.confirm(&employee, &login).await;
    stage.places.verifier.open(second.router());
    assert!(stage.present(&employee, &request, &credential).await.accepted);
    assert!(stage.greeting(&mut login).await.contains("Good day, John Doe"));
    stage.outbox_is_empty().await;

    // The same answer, posted to the first: the login is over there as well.
    stage.places.verifier.open(first);
    let answers = stage.places.verifier.posted("/api/authentication_response");
    let answer = answers.first().expect("the wallet's answer");
    let url = stage.places.verifier.at("api/authentication_response");
    let (status, refused) = stage.client.post_form_body(&url, answer).await;
    assert_eq!(
        (status, refused["code"].as_str()),
        (StatusCode::BAD_REQUEST, Some("PRO-4022"))
    );
    stage.outbox_is_empty().await;

    let told = stage.told(portal);
    assert_eq!(told.len(), 1, "two workers deliver once");
    for token in &told {
        // Minted by the second, verified by the keys that the first publishes.
        stage
            .verify_token(portal, &token.access_token)
            .await
            .expect("a token");
    }
    second.close().await;
}

on_stage!(
    http,
    procura_tests::Storage::postgres(),
    Http,
    what_one_replica_begins_another_ends_once
);
on_stage!(
    https,
    procura_tests::Storage::postgres(),
    Https,
    what_one_replica_begins_another_ends_once
);
