//! From the operator's wish to the portal's greeting.
use procura_credential::lear::Shape;
use procura_sandbox::world::GOODAIR_DID;
use procura_tests::{Stage, on_each_stage};
use serde_json::Value;

/// The whole journey; everything that people and relying parties see of it is looked at.
async fn journey(stage: &Stage, shape: Shape, portal: &str) {
    let portal = stage.portal(portal);
    let before = stage.told(portal).len();
    let employee = stage.open_account().await;
    let issuance = stage.issue(shape).await;
    assert_eq!(stage.progress(&issuance).await, "offered");
    let credential = stage.receive(&employee, &issuance).await;
    assert_eq!(stage.progress(&issuance).await, "issued");

    let mut login = stage.begin_login(portal).await;
    let request = stage.scan_request(&employee, &login).await;
    let asked = stage.confirm_request(&employee, &request).await;
    assert_eq!(asked["relying_party"]["legal_name"], "DOME onboarding");
    assert_eq!(asked["asked"]["scope"], portal.scope);
    assert_eq!(asked["credentials"][0]["id"], credential.as_str());
    let outcome = stage.present(&employee, &request, &credential).await;
    assert!(outcome.accepted, "{outcome:?}");

    let greeting = stage.greeting(&mut login).await;
    assert!(greeting.contains("Good day, John Doe"), "{greeting}");
    assert!(
        greeting.contains("GoodAir") && greeting.contains("VATES-12345678"),
        "{greeting}"
    );
    let power = match shape {
        Shape::LearCredential => "6484994n4r9e990494",
        _ => "ProductOffering: Create, Update, Delete (DOME)",
    };
    assert!(greeting.contains(power), "{greeting}");

    stage.outbox_is_empty().await;
    let told = stage.told(portal).split_off(before);
    let [told] = told.as_slice() else {
        panic!("the portal is told once, not {} times", told.len())
    };
    assert_eq!(told.state, login.state);
    let token = stage
        .verify_token(portal, &told.access_token)
        .await
        .expect("a token for this portal");
    assert_eq!(token.scope, portal.scope);
    assert!(token.subject.as_str().starts_with("did:key:"));
    let issuer = token.vc.get("issuer").expect("an issuer");
    let issuer = issuer.get("id").unwrap_or(issuer).as_str();
    assert_eq!(
        issuer,
        Some(GOODAIR_DID),
        "{}",
        token.vc.get("issuer").unwrap_or(&Value::Null)
    );
    let (mandatee, names) = match shape {
        Shape::LearCredential => ("/credentialSubject", ["first_name", "last_name"]),
        _ => ("/credentialSubject/mandate/mandatee", ["firstName", "lastName"]),
    };
    let mandatee = token.vc.pointer(mandatee).expect("a mandatee");
    for (name, value) in names.into_iter().zip(["John", "Doe"]) {
        assert_eq!(mandatee[name], value, "{mandatee}");
    }
}

async fn a_credential_signed_by_the_representative_lets_its_holder_in(stage: &mut Stage) {
    journey(stage, Shape::LearCredential, "portal").await;
}

async fn an_employee_credential_sealed_by_the_organisation_lets_its_holder_in(stage: &mut Stage) {
    journey(stage, Shape::EmployeeV2, "office").await;
    journey(stage, Shape::EmployeeV3, "office").await;
}

on_each_stage!(
    a_credential_signed_by_the_representative_lets_its_holder_in,
    an_employee_credential_sealed_by_the_organisation_lets_its_holder_in,
);
