//! Credentials of types that come later (machine, label, role) are framed and not understood: no policy accepts them yet,
//! and whoever carries them carries every member as it was received.
use procura_credential::{
    envelope::{self, Envelope},
    lear::{self, Reading},
    presentation,
};
use procura_did::Did;
use proptest::prelude::{Just, Strategy, any, prop, prop_assert_eq, prop_oneof, proptest};
use serde_json::{Value, json};

const ISSUER: &str = "did:elsi:VATES-12345678";
const SUBJECT: &str = "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169";

/// A credential of a type that is not understood, with `extension` wherever an unknown member may stand.
fn credential(kind: &str, extension: &Value) -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://context.example/v1"],
        "id": "urn:uuid:00000000-0000-4000-8000-000000000001",
        "type": [kind, "VerifiableCredential"],
        "issuer": { "id": ISSUER, "extension": extension },
        "validFrom": "2026-01-01T12:00:00.5Z",
        "validUntil": "2027-01-01T12:00:00Z",
        "credentialSubject": { "id": SUBJECT, "level": "BL", "extension": extension },
        "extension": extension,
    })
}

fn kinds() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("LEARCredentialMachine"),
        Just("gx:LabelCredential"),
        Just("RoleCredential")
    ]
}

/// Any JSON value, some levels deep.
fn members() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|quarters| Value::from(f64::from(quarters) / 4.0)),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn a_credential_of_another_type_is_read_and_written_byte_for_byte(kind in kinds(), extension in members()) {
        let vc = credential(kind, &extension);
        for envelope in [Envelope::VcClaim, Envelope::Root] {
            let payload = envelope::claims(&vc, envelope).to_string();
            let opened = envelope::open(payload.as_bytes(), Some(envelope.typ()), false).unwrap();
            assert!(matches!(opened.reading, Reading::Other(_)), "{kind}");
            prop_assert_eq!(opened.vc.to_string(), vc.to_string());
            // Once more round, and nothing has been added or lost.
            let again = envelope::claims(&opened.vc, envelope).to_string();
            prop_assert_eq!(again, payload);
        }
    }
}

#[test]
fn a_credential_of_another_type_is_presented_as_it_was_received() {
    let vc = credential("gx:LabelCredential", &json!({ "z": 1, "a": [1.5, -1, null, {}] }));
    let payload = envelope::claims(&vc, Envelope::VcClaim).to_string();
    let compact = format!("e30.{}.c2ln", procura_jose::base64url::encode(payload.as_bytes()));
    let (_, claims) = presentation::build(
        &Did::parse(SUBJECT).unwrap(),
        &compact,
        "nonce",
        "did:elsi:VATFR-99999999",
        "urn:uuid:1",
        "2026-01-01T12:00:00Z".parse().unwrap(),
    );
    let sent = claims.to_string();
    let received = procura_jose::json::parse(sent.as_bytes(), procura_jose::json::Limits::default()).unwrap();
    let carried = received.pointer("/vp/verifiableCredential/0").unwrap();
    assert_eq!(carried.as_str(), Some(compact.as_str()));
}

#[test]
fn a_credential_of_another_type_is_never_taken_for_a_mandate() {
    for kind in ["LEARCredentialMachine", "gx:LabelCredential", "RoleCredential"] {
        let Err(refused) = lear::parse(&credential(kind, &Value::Null)) else {
            panic!("{kind} is no LEARCredential that is understood")
        };
        assert_eq!(refused.path, "/type", "{kind}");
    }
}
