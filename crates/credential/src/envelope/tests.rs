use super::*;

const HOLDER: &str = "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169";
const OTHER: &str = "did:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv";

fn vc() -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": "urn:uuid:1",
        "type": ["VerifiableCredential", "LEARCredentialEmployee"],
        "issuer": { "id": "did:elsi:VATES-12345678" },
        "validFrom": "2026-01-01T00:00:00Z",
        "validUntil": "2027-01-01T00:00:00.9Z",
        "credentialSubject": {
            "id": HOLDER,
            "mandate": {
                "mandatee": { "firstName": "John", "lastName": "Doe" },
                "mandator": { "organization": "GoodAir", "organizationIdentifier": "VATES-12345678" },
                "power": [{ "type": "Domain", "domain": "DOME", "function": "Onboarding", "action": "Execute" }]
            }
        }
    })
}
fn opened(claims: &Value, typ: &str) -> Result<Opened, EnvelopeError> {
    open(&serde_json::to_vec(claims).unwrap(), Some(typ), false)
}

#[test]
fn both_envelopes_are_written_and_read() {
    for envelope in [Envelope::VcClaim, Envelope::Root] {
        let claims = claims(&vc(), envelope);
        insta::assert_json_snapshot!(format!("claims_{envelope:?}"), claims);
        let opened = opened(&claims, envelope.typ()).unwrap();
        assert_eq!((opened.envelope, opened.vc), (envelope, vc()));
    }
}

#[test]
fn a_claim_that_contradicts_the_credential_is_refused() {
    let conflicts = [
        ("iss", json!("did:elsi:VATES-87654321"), "issuer"),
        ("sub", json!(OTHER), "credentialSubject"),
        ("jti", json!("urn:uuid:2"), "id"),
        ("nbf", json!(1_767_225_601), "validFrom"),
        ("exp", json!(1_798_761_601), "validUntil"),
        ("cnf", json!({ "kid": OTHER }), "credentialSubject"),
        ("cnf", json!({}), "credentialSubject"),
        ("cnf", json!({ "kid": HOLDER, "jwk": {} }), "credentialSubject"),
    ];
    for envelope in [Envelope::VcClaim, Envelope::Root] {
        for (claim, value, member) in conflicts.clone() {
            let mut claims = claims(&vc(), envelope);
            claims[claim] = value;
            assert_eq!(
                opened(&claims, envelope.typ()).unwrap_err(),
                EnvelopeError::Conflict { claim, member }
            );
        }
        let mut named = claims(&vc(), envelope);
        named["cnf"] = json!({ "kid": format!("{HOLDER}#{}", HOLDER.trim_start_matches("did:key:")) });
        assert!(opened(&named, envelope.typ()).is_ok());
    }
}

#[test]
fn a_credential_stands_in_one_place() {
    let mut both = claims(&vc(), Envelope::Root);
    both["vc"] = vc();
    assert_eq!(
        opened(&both, "vc+jwt").unwrap_err(),
        EnvelopeError::Place("both under vc and at the root")
    );
    assert_eq!(
        opened(&json!({ "iss": "x" }), "JWT").unwrap_err(),
        EnvelopeError::Place("neither under vc nor at the root")
    );
    let mut presentation = claims(&vc(), Envelope::VcClaim);
    presentation["vp"] = json!({});
    assert_eq!(
        opened(&presentation, "JWT").unwrap_err(),
        EnvelopeError::Place("beside a presentation")
    );
}

#[test]
fn typ_must_announce_the_envelope() {
    for (envelope, typ) in [
        (Envelope::VcClaim, "vc+jwt"),
        (Envelope::VcClaim, "at+jwt"),
        (Envelope::VcClaim, "jose"),
        (Envelope::Root, "JWT"),
        (Envelope::Root, "oauth-authz-req+jwt"),
    ] {
        let error = opened(&claims(&vc(), envelope), typ).unwrap_err();
        assert!(matches!(error, EnvelopeError::Type { .. }), "{typ}");
    }
    let deployed = |typ| {
        open(
            &serde_json::to_vec(&claims(&vc(), Envelope::VcClaim)).unwrap(),
            typ,
            true,
        )
    };
    assert!(deployed(Some("jose")).is_ok());
    assert!(deployed(None).is_ok());
    assert!(deployed(Some("at+jwt")).is_err());
}

#[test]
fn claims_are_of_their_type_and_iss_is_there() {
    for (claim, value) in [
        ("exp", json!("1798761600")),
        ("nbf", json!(1.5)),
        ("iat", json!(-1)),
        ("sub", json!(["x"])),
    ] {
        let mut claims = claims(&vc(), Envelope::VcClaim);
        claims[claim] = value;
        assert_eq!(
            opened(&claims, "JWT").unwrap_err(),
            procura_jose::jwt::ClaimError(claim).into()
        );
    }
    let mut nameless = claims(&vc(), Envelope::VcClaim);
    nameless.as_object_mut().unwrap().remove("iss");
    assert_eq!(
        opened(&nameless, "JWT").unwrap_err(),
        procura_jose::jwt::ClaimError("iss").into()
    );
}

#[test]
fn claims_give_the_dates_that_the_credential_lacks() {
    let mut claims = claims(&vc(), Envelope::VcClaim);
    let vc = claims["vc"].as_object_mut().unwrap();
    vc.remove("validFrom");
    vc.remove("validUntil");
    let opened = opened(&claims, "JWT").unwrap();
    assert_eq!(
        opened.reading.header().valid_from.unwrap().to_string(),
        "2026-01-01T00:00:00Z"
    );
    assert_eq!(
        opened.reading.header().valid_until.unwrap().to_string(),
        "2027-01-01T00:00:00Z"
    );
}

#[test]
fn duplicate_members_are_refused() {
    let text = r#"{"iss":"did:elsi:VATES-1","iss":"did:elsi:VATES-2","vc":{}}"#;
    assert!(matches!(
        open(text.as_bytes(), Some("JWT"), false),
        Err(EnvelopeError::Json(_))
    ));
}
