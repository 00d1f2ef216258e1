//! Logs say what happened and never who, and hold nothing that opens a door.
use crate::{
    house::{Wallet, house},
    issuer::{self, CODE, Issuer, PIN, TOKEN},
    presenting::Login,
    receiving::{accept, offered},
    verifier::{NONCE, STATE, Twist},
};
use axum::http::{Method, StatusCode};
use procura_credential::{lear::Shape, presentation};
use procura_jose::{CompactJws, Understood, json::Limits};
use procura_testkit::{Log, logs::texts};
use serde_json::{Value, json};

/// The claims of a JWT.
fn claims(jwt: &str) -> Value {
    let limits = Limits {
        size: 512 * 1024,
        depth: 16,
    };
    let jws = CompactJws::parse(jwt, Understood(&["sigT"]), limits).unwrap();
    serde_json::from_slice(jws.unverified_payload()).unwrap()
}

#[tokio::test]
async fn no_person_no_secret_and_no_token_reaches_the_log() {
    let (log, _capture) = Log::capture();

    // Received, presented and accepted; the same by a verifier that refuses, and declined.
    let login = Login::new(Twist::Nothing).await;
    assert_eq!(login.confirmed().await.0, StatusCode::OK);
    assert_eq!(login.presented().await.1["accepted"], true);
    let refused = Login::new(Twist::Refuses).await;
    assert_eq!(refused.confirmed().await.0, StatusCode::OK);
    refused.presented().await;
    let declined = Login::new(Twist::Nothing).await;
    assert_eq!(declined.confirmed().await.0, StatusCode::OK);
    let path = format!("/api/v1/requests/{}/decline", declined.id);
    declined.wallet.post(&path, json!({})).await;
    // A request and a credential that are refused, and a caller without a session.
    let forged = Login::new(Twist::BrokenSeal).await;
    assert_ne!(forged.confirmed().await.0, StatusCode::OK);
    let issuer = Issuer::new(issuer::Twist::CredentialForAnotherKey).await;
    let wallet = Wallet::new(&[&issuer.origin]).await;
    let id = offered(&wallet, &issuer).await;
    assert_eq!(accept(&wallet, &id, Some(PIN)).await.1["code"], "PRO-3018");
    let stranger = "session-token-of-nobody-who-signed-up";
    let (status, _) = wallet
        .send(Method::GET, "/api/v1/credentials", stranger, None)
        .await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    wallet.damaged_credential().await;
    wallet
        .send(Method::GET, "/api/v1/credentials", wallet.session(), None)
        .await;

    log.said(&["refused", "PRO-3018", "a credential cannot be read"]);
    let mut secrets: Vec<String> = [
        CODE,
        PIN,
        TOKEN,
        NONCE,
        STATE,
        stranger,
        "5j349k3e3n23j",
        "nonce-0",
        "John",
        "Doe",
    ]
    .map(str::to_owned)
    .into();
    secrets.extend([&login, &refused, &declined, &forged].map(|login| login.wallet.session().to_owned()));
    secrets.push(wallet.session().to_owned());
    let mut credentials = vec![house().world.good_credential(Shape::EmployeeV3).unwrap()];
    for answer in [login.verifier.answers(), refused.verifier.answers()].concat() {
        let vp = presentation::unwrap(&answer["vp_token"]).unwrap();
        let claims = claims(&vp);
        let credential = &claims["vp"]["verifiableCredential"][0];
        credentials.push(credential.as_str().unwrap().to_owned());
        secrets.push(claims["iss"].as_str().unwrap().to_owned());
        secrets.extend([vp, answer["vp_token"].clone()]);
    }
    assert_eq!(credentials.len(), 3, "both presentations are looked for");
    for credential in &credentials {
        let claims = claims(credential);
        let mandate = claims
            .pointer("/vc/credentialSubject/mandate")
            .or_else(|| claims.pointer("/credentialSubject/mandate"))
            .unwrap();
        texts(&mandate["mandatee"], &mut secrets);
        texts(&mandate["mandator"], &mut secrets);
    }
    assert!(
        secrets.iter().any(|secret| secret.contains('@')),
        "an e-mail address is looked for"
    );
    secrets.extend(credentials);
    log.holds_none_of(&secrets);
}
