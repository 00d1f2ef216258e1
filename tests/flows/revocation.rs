//! What the issuer revokes, the verifier does not believe any more.
use procura_credential::lear::Shape;
use procura_tests::{Stage, on_each_stage, people::Outcome};

/// Longer than a verifier believes a status list (`gather.status_list_seconds`).
const BELIEVED_SECONDS: i64 = 301;

async fn a_revoked_credential_is_refused_for_its_status_alone(stage: &mut Stage) {
    let portal = stage.portal("portal");
    let employee = stage.open_account().await;
    let (kept, revoked) = (
        stage.issue(Shape::LearCredential).await,
        stage.issue(Shape::LearCredential).await,
    );
    let good = stage.receive(&employee, &kept).await;
    let bad = stage.receive(&employee, &revoked).await;
    let mut login = stage.begin_login(portal).await;
    let request = stage.confirm(&employee, &login).await;
    assert!(stage.present(&employee, &request, &bad).await.accepted);
    stage.greeting(&mut login).await;

    stage.revoke(&revoked).await;
    assert_eq!(stage.progress(&revoked).await, "revoked");
    stage.clock.advance(BELIEVED_SECONDS);

    let mut login = stage.begin_login(portal).await;
    let request = stage.confirm(&employee, &login).await;
    let refused = Outcome {
        accepted: false,
        checks: vec!["status".to_owned()],
    };
    assert_eq!(stage.present(&employee, &request, &bad).await, refused);
    assert!(!stage.has_notification().await, "no token is minted");
    assert_eq!(stage.told(portal).len(), 1);
    assert!(!stage.home(&mut login).await.contains("Good day"));

    // Its neighbour in the same list still lets its holder in.
    let mut login = stage.begin_login(portal).await;
    let request = stage.confirm(&employee, &login).await;
    assert!(stage.present(&employee, &request, &good).await.accepted);
    assert!(stage.greeting(&mut login).await.contains("Good day, John Doe"));
}

on_each_stage!(a_revoked_credential_is_refused_for_its_status_alone);
