//! Logs say what happened and never who, and hold nothing that opens a door.
use crate::stage::{EMPLOYEE, Stage, payload, world};
use procura_credential::lear::Shape;
use std::{
    io,
    sync::{Arc, Mutex},
};
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_person_no_secret_and_no_token_reaches_the_log() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(lines.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    // With a single subscriber alive, tracing lets whichever thread comes first decide for all whether an event matters,
    // and the threads of other tests have none. A second one makes it ask both.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());

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

    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    for said in [
        "login begun",
        "request handed out",
        "presentation refused",
        "login accepted",
        "relying party notified",
    ] {
        assert!(log.contains(said), "the control: {said}");
    }
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
    for secret in secrets {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} is in the log");
    }
}
