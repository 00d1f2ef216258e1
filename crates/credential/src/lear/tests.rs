use super::*;
use proptest::prelude::*;
use serde_json::json;

const HOLDER: &str = "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169";
const OTHER_HOLDER: &str = "did:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv";

fn seed_vc() -> Value {
    json!({
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://dome-marketplace.eu//2022/credentials/learcredential/v1"
        ],
        "id": "urn:did:elsi:25159389-8dd17b796ac0",
        "type": ["VerifiableCredential", "LEARCredential"],
        "issuer": { "id": "did:elsi:VATES-12345678" },
        "issuanceDate": "2022-03-22T14:00:00Z",
        "validFrom": "2022-03-22T14:00:00Z",
        "expirationDate": "2023-03-22T14:00:00Z",
        "credentialSubject": {
            "id": HOLDER, "title": "Mr.", "first_name": "John", "last_name": "Doe", "gender": "M",
            "postal_address": "", "email": "johndoe@goodair.com", "telephone": "", "fax": "",
            "mobile_phone": "+34787426623",
            "legalRepresentative": {
                "cn": "56565656V Jesus Ruiz", "serialNumber": "56565656V",
                "organizationIdentifier": "VATES-12345678", "o": "GoodAir", "c": "ES"
            },
            "rolesAndDuties": [
                { "type": "LEARCredential", "id": "https://dome-marketplace.eu//lear/v1/6484994n4r9e990494" }
            ]
        }
    })
}
fn v1_vc() -> Value {
    json!({
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://trust-framework.dome-marketplace.eu/credentials/learcredentialemployee/v1"
        ],
        "id": "16274fcc-0000-4000-8000-000000000000",
        "type": ["LEARCredentialEmployee", "VerifiableCredential"],
        "issuer": "did:elsi:VATES-12345678",
        "validFrom": "2024-12-23T10:15:48.868293863Z",
        "validUntil": "2025-12-23T10:15:48.868293863Z",
        "credentialSubject": { "mandate": {
            "id": "4e3c02b8",
            "life_span": {
                "start_date_time": "2024-12-23 10:15:48.868293863 +0000 UTC",
                "end_date_time": "2025-06-23 10:15:48.868293863 +0000 UTC"
            },
            "mandatee": {
                "id": HOLDER, "email": "johndoe@goodair.com", "first_name": "John", "last_name": "Doe",
                "gender": "M", "mobile_phone": ""
            },
            "mandator": {
                "commonName": "56565656V Jesus Ruiz", "country": "ES", "emailAddress": "ceo@goodair.com",
                "organization": "GoodAir", "organizationIdentifier": "VATES-12345678", "serialNumber": "56565656V"
            },
            "power": [
                { "id": "1", "tmf_action": "Execute", "tmf_domain": ["DOME"], "tmf_function": "Onboarding", "tmf_type": "Domain" },
                { "id": "2", "tmf_action": ["Create", "Update", "Delete"], "tmf_domain": "DOME", "tmf_function": "ProductOffering", "tmf_type": "Domain" }
            ],
            "signer": {
                "commonName": "Seal", "country": "ES", "emailAddress": "seal@goodair.com", "organization": "GoodAir",
                "organizationIdentifier": "VATES-12345678", "serialNumber": "IDCES-56565656V"
            }
        } }
    })
}
fn v2_vc() -> Value {
    json!({
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://www.dome-marketplace.eu/2025/credentials/learcredentialemployee/v2"
        ],
        "id": "urn:uuid:7b2c9c2e-8b5f-4d6c-9f57-2a8c1a3a4c11",
        "description": "Verifiable Credential for employees of an organization",
        "type": ["LEARCredentialEmployee", "VerifiableCredential"],
        "issuer": {
            "id": "did:elsi:VATES-12345678", "organizationIdentifier": "VATES-12345678", "organization": "GoodAir",
            "country": "ES", "commonName": "Seal", "emailAddress": "seal@goodair.com", "serialNumber": "B1"
        },
        "validFrom": "2025-05-07T08:35:11Z",
        "validUntil": "2026-05-07T08:35:11Z",
        "credentialSubject": { "mandate": {
            "id": "ed3d",
            "mandatee": { "id": HOLDER, "email": "johndoe@goodair.com", "firstName": "John", "lastName": "Doe", "nationality": "ES" },
            "mandator": {
                "commonName": "56565656V Jesus Ruiz", "country": "ES", "emailAddress": "ceo@goodair.com",
                "organization": "GoodAir", "organizationIdentifier": "VATES-12345678", "serialNumber": "56565656V"
            },
            "power": [
                { "id": "1", "action": "Execute", "domain": "DOME", "function": "Onboarding", "type": "Domain" },
                { "id": "2", "action": ["Create", "Update"], "domain": "DOME", "function": "ProductOffering", "type": "Domain" }
            ]
        } }
    })
}
fn v3_vc() -> Value {
    json!({
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://credentials.eudistack.eu/.well-known/credentials/lear_credential_employee/w3c/v3"
        ],
        "id": "urn:uuid:7b2c9c2e-8b5f-4d6c-9f57-2a8c1a3a4c12",
        "type": ["VerifiableCredential", "learcredential.employee.w3c.4"],
        "issuer": { "id": "did:elsi:VATES-12345678", "organizationIdentifier": "VATES-12345678", "organization": "GoodAir", "country": "ES", "commonName": "Seal", "serialNumber": "B1" },
        "validFrom": "2026-05-07T08:35:11Z",
        "validUntil": "2027-05-07T08:35:11Z",
        "credentialStatus": { "id": "https://issuer.example/status/1#7", "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "7", "statusListCredential": "https://issuer.example/status/1" },
        "credentialSubject": {
            "id": HOLDER,
            "mandate": {
                "mandatee": { "employeeId": "GA-42", "email": "johndoe@goodair.com", "firstName": "John", "lastName": "Doe" },
                "mandator": {
                    "id": "did:elsi:VATES-12345678", "commonName": "56565656V Jesus Ruiz", "country": "ES",
                    "email": "ceo@goodair.com", "organization": "GoodAir",
                    "organizationIdentifier": "VATES-12345678", "serialNumber": "56565656V"
                },
                "power": [{ "action": ["execute"], "domain": "DOME", "function": "Onboarding", "type": "domain" }]
            }
        }
    })
}
fn machine_v2_vc() -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.dome-marketplace.eu/2025/credentials/learcredentialmachine/v2"],
        "type": ["LEARCredentialMachine", "VerifiableCredential"],
        "issuer": "did:elsi:VATES-12345678",
        "validFrom": "2025-05-07T08:35:11Z", "validUntil": "2026-05-07T08:35:11Z", "expirationDate": "2026-01-07T08:35:11Z",
        "credentialSubject": { "mandate": {
            "mandatee": { "id": HOLDER, "domain": "goodair.com", "ipAddress": "192.0.2.1" },
            "mandator": { "id": "did:elsi:VATES-12345678", "organization": "GoodAir", "country": "ES", "commonName": "x", "email": "x@goodair.com" },
            "power": [{ "type": "domain", "domain": "DOME", "function": "Onboarding", "action": "Execute" }]
        } }
    })
}
fn all() -> [(Shape, Value); 4] {
    [
        (Shape::LearCredential, seed_vc()),
        (Shape::EmployeeV1, v1_vc()),
        (Shape::EmployeeV2, v2_vc()),
        (Shape::EmployeeV3, v3_vc()),
    ]
}
/// `vc` with the value at `pointer` replaced, or removed.
fn with(mut vc: Value, pointer: &str, value: Option<Value>) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = vc.pointer_mut(parent).unwrap();
    match (parent, value) {
        (Value::Object(members), Some(value)) => drop(members.insert(name.to_owned(), value)),
        (Value::Object(members), None) => drop(members.remove(name).unwrap()),
        (Value::Array(items), Some(value)) => items[name.parse::<usize>().unwrap()] = value,
        _ => panic!("{pointer}"),
    }
    vc
}
fn refusal(vc: &Value) -> String {
    parse(vc).unwrap_err().to_string()
}

#[test]
fn every_shape_is_read_into_one_model() {
    for (shape, vc) in all() {
        let credential = parse(&vc).unwrap_or_else(|error| panic!("{shape:?}: {error}"));
        assert_eq!(credential.shape, shape);
        assert_eq!(credential.issuer.as_str(), "did:elsi:VATES-12345678");
        assert_eq!(credential.subject.as_str(), HOLDER);
        assert_eq!(
            (credential.given_name.as_str(), credential.family_name.as_str()),
            ("John", "Doe")
        );
        assert_eq!(credential.email.as_deref(), Some("johndoe@goodair.com"));
        assert_eq!(credential.organization, "GoodAir");
        assert_eq!(credential.mandator_identifier.as_str(), "VATES-12345678");
        assert_eq!(
            credential.representative.common_name.as_deref(),
            Some("56565656V Jesus Ruiz")
        );
        assert_eq!(
            credential.representative.serial_number.as_deref(),
            Some("56565656V")
        );
        assert_eq!(crate::schema::of(shape).check(&vc), Ok(()), "{shape:?}");
    }
}

#[test]
fn powers_are_read_by_their_old_and_new_names() {
    let powers = parse(&v1_vc()).unwrap().powers;
    let expected = |domain: &[&str], function: &str, action: &[&str]| Power {
        kind: "Domain".to_owned(),
        domain: domain.iter().map(|text| (*text).to_owned()).collect(),
        function: function.to_owned(),
        action: action.iter().map(|text| (*text).to_owned()).collect(),
    };
    assert_eq!(
        powers,
        [
            expected(&["DOME"], "Onboarding", &["Execute"]),
            expected(&["DOME"], "ProductOffering", &["Create", "Update", "Delete"])
        ]
    );
    assert_eq!(parse(&v2_vc()).unwrap().powers[0], powers[0]);
    assert_eq!(parse(&seed_vc()).unwrap().roles_and_duties.len(), 1);
}

#[test]
fn validity_is_the_narrowest_of_all_dates() {
    let credential = parse(&v1_vc()).unwrap();
    assert_eq!(
        credential.valid_until.unwrap().to_string(),
        "2025-06-23T10:15:48.868293863Z"
    );
    let later = with(v2_vc(), "/issuanceDate", Some(json!("2025-06-01T00:00:00Z")));
    assert_eq!(
        parse(&later).unwrap().valid_from.unwrap().to_string(),
        "2025-06-01T00:00:00Z"
    );
}

#[test]
fn types_stand_in_either_order() {
    for (shape, vc) in all() {
        let mut types = vc["type"].as_array().unwrap().clone();
        types.reverse();
        assert_eq!(
            parse(&with(vc, "/type", Some(json!(types)))).unwrap().shape,
            shape
        );
    }
}

#[test]
fn names_of_the_transition_may_stand_twice_but_not_contradict() {
    let doubled = with(
        v2_vc(),
        "/credentialSubject/mandate/mandatee/first_name",
        Some(json!("John")),
    );
    assert_eq!(parse(&doubled).unwrap().shape, Shape::EmployeeV2);
    let contradicting = with(
        v2_vc(),
        "/credentialSubject/mandate/mandatee/first_name",
        Some(json!("Jane")),
    );
    assert_eq!(
        refusal(&contradicting),
        "/credentialSubject/mandate/mandatee/first_name: contradicts the same field under its other name"
    );
    let power = with(
        v2_vc(),
        "/credentialSubject/mandate/power/0/tmf_function",
        Some(json!("Certification")),
    );
    assert_eq!(
        refusal(&power),
        "/credentialSubject/mandate/power/0/tmf_function: contradicts the same field under its other name"
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn what_decides_must_be_there_and_be_one() {
    let mandate = |name: &str| format!("/credentialSubject/mandate/{name}");
    let refused = [
        (with(v1_vc(), "/issuer", None), "/issuer: is missing"),
        (
            with(v1_vc(), "/issuer", Some(json!("https://goodair.com"))),
            "/issuer: is not a DID",
        ),
        (
            with(v1_vc(), "/issuer", Some(json!(["did:elsi:VATES-12345678"]))),
            "/issuer: must be an object",
        ),
        (with(v2_vc(), "/issuer/id", None), "/issuer/id: is missing"),
        (
            with(
                v2_vc(),
                "/issuer/organizationIdentifier",
                Some(json!("VATES-87654321")),
            ),
            "/issuer/organizationIdentifier: is not the organisation of the issuer's DID",
        ),
        (
            with(v2_vc(), "/credentialSubject/id", Some(json!(OTHER_HOLDER))),
            "/credentialSubject/mandate/mandatee/id: is another holder than credentialSubject.id",
        ),
        (
            with(v2_vc(), &mandate("mandatee/id"), None),
            "/credentialSubject/mandate/mandatee/id: is missing, and so is credentialSubject.id",
        ),
        (
            with(v3_vc(), "/credentialSubject/id", Some(json!("John Doe"))),
            "/credentialSubject/id: is not a DID",
        ),
        (
            with(seed_vc(), "/credentialSubject/id", None),
            "/credentialSubject/id: is missing",
        ),
        (
            with(v2_vc(), &mandate("mandator/organizationIdentifier"), None),
            "/credentialSubject/mandate/mandator/organizationIdentifier: is missing",
        ),
        (
            with(
                v2_vc(),
                &mandate("mandator/organizationIdentifier"),
                Some(json!("12345678")),
            ),
            "/credentialSubject/mandate/mandator/organizationIdentifier: is not an organizationIdentifier of EN 319 412-1",
        ),
        (
            with(
                v3_vc(),
                &mandate("mandator/id"),
                Some(json!("did:elsi:VATES-87654321")),
            ),
            "/credentialSubject/mandate/mandator/id: is another organisation than organizationIdentifier",
        ),
        (
            with(v2_vc(), &mandate("power"), Some(json!([]))),
            "/credentialSubject/mandate/power: must not be empty",
        ),
        (
            with(v2_vc(), &mandate("power/0/action"), Some(json!([]))),
            "/credentialSubject/mandate/power/0/action: must not be empty",
        ),
        (
            with(v2_vc(), &mandate("power/0/action"), Some(json!(1))),
            "/credentialSubject/mandate/power/0/action: must be an array",
        ),
        (
            with(v2_vc(), "/credentialSubject", Some(json!([]))),
            "/credentialSubject: must be an object",
        ),
        (
            with(v2_vc(), "/type", Some(json!("LEARCredentialEmployee"))),
            "/type: must be an array",
        ),
        (
            with(v2_vc(), "/type", Some(json!(["LEARCredentialEmployee"]))),
            "/type: does not include VerifiableCredential",
        ),
        (
            with(
                v2_vc(),
                "/type",
                Some(json!([
                    "VerifiableCredential",
                    "LEARCredentialEmployee",
                    "LEARCredential"
                ])),
            ),
            "/type: names more than one credential type",
        ),
        (
            with(v2_vc(), "/@context/0", Some(json!("https://example.org/"))),
            "/@context: does not begin with the context of W3C credentials",
        ),
        (
            with(v2_vc(), "/validUntil", Some(json!(1))),
            "/validUntil: must be a string",
        ),
        (
            with(v2_vc(), "/validUntil", Some(json!("soon"))),
            "/validUntil: is not a date and time of RFC 3339",
        ),
    ];
    for (vc, expected) in refused {
        assert_eq!(refusal(&vc), expected);
    }
}

#[test]
fn other_types_are_framed_and_not_understood() {
    let Reading::Other(machine) = read(&machine_v2_vc()).unwrap() else {
        panic!("a machine is no employee")
    };
    assert_eq!(
        machine.mandator_identifier.as_ref().unwrap().as_str(),
        "VATES-12345678"
    );
    assert_eq!(machine.subject.as_ref().unwrap().as_str(), HOLDER);
    assert_eq!(machine.valid_until.unwrap().to_string(), "2026-01-07T08:35:11Z");
    assert_eq!(
        refusal(&machine_v2_vc()),
        "/type: is not a LEARCredential type that is understood"
    );

    let label = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/gaia-x/development#"],
        "type": ["gx:LabelCredential", "VerifiableCredential"], "issuer": "did:elsi:VATES-12345678",
        "credentialSubject": { "id": "urn:ngsi-ld:product:1", "gx:labelLevel": "BL" }
    });
    let Reading::Other(label) = read(&label).unwrap() else {
        panic!("a label is no mandate")
    };
    assert_eq!((label.subject, label.mandator_identifier), (None, None));
}

fn request(shape: Shape) -> MandateRequest {
    let payload = match shape {
        Shape::LearCredential => json!({
            "mandatee": { "title": "Mr.", "first_name": "John", "last_name": "Doe", "gender": "M", "postal_address": "", "email": "johndoe@goodair.com", "mobile_phone": "+34787426623" },
            "legalRepresentative": { "cn": "56565656V Jesus Ruiz", "serialNumber": "56565656V", "organizationIdentifier": "VATES-12345678", "o": "GoodAir", "c": "ES" },
            "rolesAndDuties": [{ "type": "LEARCredential", "id": "https://dome-marketplace.eu/lear/v1/6484994n4r9e990494" }]
        }),
        _ => json!({
            "mandator": { "organizationIdentifier": "VATES-12345678", "organization": "GoodAir", "country": "ES", "commonName": "56565656V Jesus Ruiz", "email": "ceo@goodair.com", "serialNumber": "56565656V" },
            "mandatee": { "firstName": "John", "lastName": "Doe", "email": "johndoe@goodair.com" },
            "power": [{ "type": "Domain", "domain": "DOME", "function": "Onboarding", "action": ["Execute"] }]
        }),
    };
    MandateRequest { shape, payload }
}
fn built(request: &MandateRequest) -> Result<Value, LearError> {
    let (issuer, holder) = (
        Did::parse("did:elsi:VATES-12345678").unwrap(),
        Did::parse(HOLDER).unwrap(),
    );
    let list = "https://issuer.example/status/1";
    build(
        request,
        &Issuance {
            id: "urn:uuid:00000000-0000-4000-8000-000000000001",
            issuer: &issuer,
            issuer_name: "GoodAir",
            holder: &holder,
            valid_from: "2026-01-01T12:00:00.5Z".parse().unwrap(),
            valid_until: "2027-01-01T12:00:00Z".parse().unwrap(),
            status: crate::status::entry(list, 42),
            schema: Some("https://registry.example/schemas/schema.json"),
        },
    )
}
const EMITTED: [Shape; 3] = [Shape::LearCredential, Shape::EmployeeV2, Shape::EmployeeV3];

#[test]
fn what_is_built_is_read_again() {
    for shape in EMITTED {
        let vc = built(&request(shape)).unwrap();
        let credential = parse(&vc).unwrap();
        assert_eq!(credential.shape, shape);
        assert_eq!(credential.subject.as_str(), HOLDER);
        assert_eq!(credential.valid_from.unwrap().to_string(), "2026-01-01T12:00:00Z");
        assert_eq!(
            credential.valid_until.unwrap().to_string(),
            "2027-01-01T12:00:00Z"
        );
        insta::assert_json_snapshot!(format!("built_{shape:?}"), vc);
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn a_request_is_refused_at_the_field_that_is_wrong() {
    let payload = |shape, pointer: &str, value| MandateRequest {
        shape,
        payload: with(request(shape).payload, pointer, value),
    };
    let (seed, v2, v3) = (Shape::LearCredential, Shape::EmployeeV2, Shape::EmployeeV3);
    let refused = [
        (
            payload(v2, "/mandator/organizationIdentifier", Some(json!("12345678"))),
            "/mandator/organizationIdentifier: is not an organizationIdentifier of EN 319 412-1",
        ),
        (
            payload(v2, "/mandator/organization", None),
            "/mandator/organization: is missing",
        ),
        (
            payload(v2, "/mandator/country", Some(json!("Spain"))),
            "/mandator/country: is not a country code of two capital letters",
        ),
        (
            payload(v2, "/mandatee/firstName", Some(json!(" "))),
            "/mandatee/firstName: must not be empty",
        ),
        (
            payload(v2, "/mandatee/lastName", Some(json!("Doe\u{202e}"))),
            "/mandatee/lastName: has characters that show nothing or turn its direction",
        ),
        (
            payload(v2, "/mandatee/lastName", Some(json!("Do\u{200c}e"))),
            "/mandatee/lastName: has characters that show nothing or turn its direction",
        ),
        (
            payload(v2, "/mandatee/lastName", Some(json!("ا\u{200c}ب"))),
            "/mandatee/lastName: has characters that show nothing or turn its direction",
        ),
        (
            payload(v2, "/mandatee/lastName", Some(json!("Doe\u{ffa0}"))),
            "/mandatee/lastName: has characters that show nothing or turn its direction",
        ),
        (
            payload(v2, "/mandatee/email", Some(json!("john"))),
            "/mandatee/email: is not an e-mail address",
        ),
        (
            payload(v2, "/mandatee/id", Some(json!(HOLDER))),
            "/mandatee/id: is not a field of this mandate",
        ),
        (
            payload(v2, "/mandatee/employeeId", Some(json!("1"))),
            "/mandatee/employeeId: is not a field of this mandate",
        ),
        (
            payload(v3, "/mandatee/nationality", Some(json!("ES"))),
            "/mandatee/nationality: is not a field of this mandate",
        ),
        (
            payload(v2, "/power", Some(json!([]))),
            "/power: must not be empty",
        ),
        (
            payload(v2, "/power/0/action", Some(json!([]))),
            "/power/0/action: must not be empty",
        ),
        (
            payload(v2, "/power/0/tmf_action", Some(json!("x"))),
            "/power/0/tmf_action: is not a field of this mandate",
        ),
        (
            payload(seed, "/legalRepresentative/c", Some(json!("es"))),
            "/legalRepresentative/c: is not a country code of two capital letters",
        ),
        (
            payload(seed, "/legalRepresentative/serialNumber", None),
            "/legalRepresentative/serialNumber: is missing",
        ),
        (
            payload(seed, "/mandatee/last_name", None),
            "/mandatee/last_name: is missing",
        ),
        (
            payload(seed, "/rolesAndDuties/0", Some(json!("seller"))),
            "/rolesAndDuties/0: must be an object",
        ),
        (
            MandateRequest {
                shape: Shape::EmployeeV1,
                payload: json!({}),
            },
            ": version 1 is read, no longer written",
        ),
        (
            MandateRequest {
                shape: v2,
                payload: json!([]),
            },
            ": must be an object",
        ),
    ];
    for (request, expected) in refused {
        assert_eq!(request.validate().unwrap_err().to_string(), expected);
        assert!(built(&request).is_err());
    }
    for shape in EMITTED {
        assert_eq!(request(shape).validate(), Ok(()));
        assert_eq!(request(shape).mandator().unwrap().as_str(), "VATES-12345678");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        Just(json!("did:elsi:VATES-12345678")),
        Just(json!("VerifiableCredential")),
        Just(json!("LEARCredentialEmployee")),
        Just(json!("2026-01-01T00:00:00Z")),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let name = prop_oneof![
            Just("type".to_owned()),
            Just("issuer".to_owned()),
            Just("credentialSubject".to_owned()),
            Just("mandate".to_owned()),
            Just("mandatee".to_owned()),
            Just("mandator".to_owned()),
            Just("power".to_owned()),
            Just("id".to_owned()),
            Just("validFrom".to_owned()),
            "[a-z/~]{1,6}",
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}
fn pointers(value: &Value, path: &str, out: &mut Vec<String>) {
    let mut visit = |name: String, value: &Value| {
        let path = format!("{path}/{name}");
        out.push(path.clone());
        pointers(value, &path, out);
    };
    match value {
        Value::Object(members) => members
            .iter()
            .for_each(|(name, value)| visit(name.replace('/', "~1"), value)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, value)| visit(index.to_string(), value)),
        _ => {}
    }
}

proptest! {
    #[test]
    fn reading_never_panics(vc in any_json()) {
        drop(read(&vc));
        drop(MandateRequest { shape: Shape::EmployeeV2, payload: vc.clone() }.validate());
        drop(crate::schema::of(Shape::EmployeeV2).check(&vc));
    }

    /// Any value in any place of a good credential.
    #[test]
    fn reading_a_mutated_credential_never_panics(which in 0_usize..4, at in any::<prop::sample::Index>(), value in any_json()) {
        let mut vc = all()[which].1.clone();
        let mut places = Vec::new();
        pointers(&vc, "", &mut places);
        *vc.pointer_mut(&places[at.index(places.len())]).unwrap() = value;
        drop(read(&vc));
        for (shape, _) in all() {
            drop(crate::schema::of(shape).check(&vc));
        }
    }

    #[test]
    fn whatever_is_asked_for_in_order_is_built_and_read(
        // Four letters of Hangul show nothing; a name that holds one is refused.
        given in "[\\p{L} '-]{0,20}\\p{L}".prop_filter("shown whole", |name| !crate::report::hides(name)),
        family in "\\p{L}{1,30}".prop_filter("shown whole", |name| !crate::report::hides(name)), function in "[A-Za-z]{1,20}",
        actions in prop::collection::vec("[A-Za-z]{1,10}", 1..5), shape in prop::sample::select(vec![Shape::EmployeeV2, Shape::EmployeeV3]),
    ) {
        let mut request = request(shape);
        request.payload["mandatee"]["firstName"] = json!(given);
        request.payload["mandatee"]["lastName"] = json!(family);
        request.payload["power"][0]["function"] = json!(function);
        request.payload["power"][0]["action"] = json!(actions);
        let credential = parse(&built(&request).unwrap()).unwrap();
        prop_assert_eq!(credential.shape, shape);
        prop_assert_eq!((credential.given_name, credential.family_name), (given, family));
        prop_assert_eq!(&credential.powers[0].function, &function);
        prop_assert_eq!(&credential.powers[0].action, &actions);
    }
}
