//! Logs say what happened and never who, and hold nothing that opens a door.
use crate::stage::{EMPLOYEE, Stage, payload, world};
use procura_credential::lear::Shape;
use procura_testkit::Log;

#[tokio::test]
async fn no_person_no_secret_and_no_token_reaches_the_log() {
    let (log, _capture) = Log::capture();

    let served = world().await;
    let stage = Stage::new(&served).await;
    let login = stage.login(EMPLOYEE).await;
    let villain = served.world.villains().unwrap().remove(0);
    let refused = stage.presentation(&served, &login, &villain.credential);
    stage.answer(&refused).await;
    let credential = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let vp = stage.presentation(&served, &login, &credential);
    stage.answer(&vp).await;
    stage.answer(&vp).await;
    *stage.portal.failures.lock().unwrap() = 1;
    stage.verifier.notifier().deliver_due().await.unwrap();
    stage.clock.advance(1);
    stage.verifier.notifier().deliver_due().await.unwrap();
    let token = stage.portal.heard.lock().unwrap()[0].form["access_token"].clone();

    log.said(&[
        "login begun",
        "request handed out",
        "presentation refused",
        "login accepted",
        "relying party notified",
    ]);
    let claims: serde_json::Value = serde_json::from_slice(&payload(&credential)).unwrap();
    let mandatee = &claims["credentialSubject"]["mandate"]["mandatee"];
    let holder = served.world.holder().unwrap();
    let secrets = [
        login.state.as_str(),
        &login.nonce,
        &vp,
        &credential,
        &token,
        holder.as_str(),
        crate::stage::SECRET,
        mandatee["firstName"].as_str().unwrap(),
        mandatee["lastName"].as_str().unwrap(),
        mandatee["email"].as_str().unwrap(),
    ];
    log.holds_none_of(&secrets);
}
