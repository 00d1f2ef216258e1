//! Nobody on the way changes a credential: what the issuer sealed is what the relying party holds.
use procura_credential::{
    envelope::{self, Envelope},
    lear::Shape,
    status,
};
use procura_jose::base64url;
use procura_sandbox::world::{GOODAIR_DID, Party};
use procura_tests::{Stage, foreign_wallet::Answered, on_each_stage};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// Members that no version of the family has, in forms that a careless reader changes.
fn unknown_members() -> Value {
    json!({
        "z": 1, "a": [1.5, -1, 12_345_678_901_234_567_u64, null, true, {}],
        "label": "Zürich · \u{1F600} \" \\ / \u{2028}",
        "machine": { "did": "did:web:machine.goodair.example", "serial": "0007" },
        "role": [{ "name": "onboarder", "weight": 1e3 }],
    })
}

fn payload(compact: &str) -> Value {
    let payload = compact.split('.').nth(1).expect("a compact JWS");
    serde_json::from_slice(&base64url::decode(payload).expect("base64url")).expect("claims")
}

async fn members_that_nobody_knows_arrive_byte_for_byte(stage: &mut Stage) {
    for (shape, party, typ) in [
        (Shape::EmployeeV2, Party::GoodAirSeal, Envelope::VcClaim.typ()),
        (Shape::EmployeeV3, Party::GoodAirSeal, Envelope::Root.typ()),
    ] {
        let (world, now) = (stage.world.clone(), stage.now());
        let sealed = Arc::new(Mutex::new(String::new()));
        let given = Arc::clone(&sealed);
        stage.places.issuer.alter("/credential", move |body| {
            let mut body: Value = serde_json::from_str(body).expect("a credential response");
            let mut claims = payload(body["credential"].as_str().expect("a credential"));
            let vc = match claims.get_mut("vc") {
                Some(vc) => vc,
                None => &mut claims,
            };
            vc["extension"] = unknown_members();
            vc["credentialSubject"]["extension"] = unknown_members();
            vc["credentialSubject"]["mandate"]["extension"] = unknown_members();
            vc["credentialSubject"]["mandate"]["mandatee"]["extension"] = unknown_members();
            let payload = claims.to_string();
            let credential = world.seal(party, typ, payload.as_bytes(), now).expect("a seal");
            credential.clone_into(&mut given.lock().expect("no poison"));
            body["credential"] = json!(credential);
            body.to_string()
        });
        let portal = stage.portal("office");
        let employee = stage.open_account().await;
        let issuance = stage.issue(shape).await;
        let held = stage.receive(&employee, &issuance).await;
        let mut login = stage.begin_login(portal).await;
        let request = stage.confirm(&employee, &login).await;
        let outcome = stage.present(&employee, &request, &held).await;
        assert!(outcome.accepted, "{outcome:?}");
        assert!(stage.greeting(&mut login).await.contains("Good day, John Doe"));
        stage.outbox_is_empty().await;
        let told = stage.told(portal).pop().expect("a notification");
        let token = stage
            .verify_token(portal, &told.access_token)
            .await
            .expect("a token");
        let sealed = sealed.lock().expect("no poison").clone();
        assert_eq!(token.credential, sealed, "as it was sealed, to the byte");
        assert_eq!(token.vc["extension"], unknown_members());
        let subject = &token.vc["credentialSubject"];
        for place in [subject, &subject["mandate"], &subject["mandate"]["mandatee"]] {
            assert_eq!(place["extension"], unknown_members());
        }
    }
}

/// Version 1 is read and not issued: John Doe's wallet has one from before.
async fn a_credential_of_version_1_lets_its_holder_in(stage: &mut Stage) {
    let (from, until) = (stage.world.index().made_at, "2027-03-01T00:00:00Z");
    let holder = stage.world.holder().expect("a holder");
    let vc = json!({
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://trust-framework.dome-marketplace.eu/credentials/learcredentialemployee/v1",
        ],
        "id": "urn:uuid:16274fcc-0000-4000-8000-000000000001",
        "type": ["LEARCredentialEmployee", "VerifiableCredential"],
        "issuer": GOODAIR_DID,
        "validFrom": from.to_string(),
        "validUntil": until,
        "credentialStatus": status::entry(&stage.world.origins().status_list(), 9),
        "credentialSubject": { "mandate": {
            "id": "urn:uuid:16274fcc-0000-4000-8000-000000000002",
            "life_span": { "start_date_time": from.to_string(), "end_date_time": until },
            "mandatee": {
                "id": holder, "first_name": "John", "last_name": "Doe",
                "email": "johndoe@goodair.example", "mobile_phone": "",
            },
            "mandator": {
                "commonName": "56565656V Jesus Ruiz", "country": "ES", "emailAddress": "a@goodair.example",
                "organization": "GoodAir", "organizationIdentifier": "VATES-12345678", "serialNumber": "56565656V",
            },
            "power": [{
                "id": "1", "tmf_action": "Execute", "tmf_domain": "DOME",
                "tmf_function": "Onboarding", "tmf_type": "Domain",
            }],
            "signer": { "organizationIdentifier": "VATES-12345678" },
        } },
    });
    let claims = envelope::claims(&vc, Envelope::VcClaim).to_string();
    let typ = Envelope::VcClaim.typ();
    let credential = stage
        .world
        .seal(Party::GoodAirSeal, typ, claims.as_bytes(), from)
        .expect("a seal");
    let portal = stage.portal("office");
    let mut login = stage.begin_login(portal).await;
    assert_eq!(stage.answer(&login, &credential).await, Answered::accepted());
    let greeting = stage.greeting(&mut login).await;
    assert!(greeting.contains("Good day, John Doe"), "{greeting}");
    assert!(greeting.contains("Onboarding: Execute (DOME)"), "{greeting}");
    stage.outbox_is_empty().await;
    let told = stage.told(portal).pop().expect("a notification");
    let token = stage
        .verify_token(portal, &told.access_token)
        .await
        .expect("a token");
    assert_eq!((token.credential, token.vc), (credential, vc));
}

on_each_stage!(
    members_that_nobody_knows_arrive_byte_for_byte,
    a_credential_of_version_1_lets_its_holder_in,
);
