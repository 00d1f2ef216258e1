//! Each rule on the signing certificate that the GoodAir world has no villain for: a service of one's own, pinned.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on panics"
)]
use jiff::Timestamp;
use procura_credential::{
    CheckName, Expectations, Facts, Judgement, Outcome, Verdict,
    judge::TrustPolicy,
    report,
    seal::{self, SealKind},
};
use procura_crypto::PrivateKey;
use procura_jose::{Algorithm, base64url, jws};
use procura_pki::Certificate;
use procura_trust_list::{
    Service, Snapshot, TrustServiceProvider, TrustedList, VerifiedList,
    model::{CA_QC, GRANTED, Period, SVC_INFO_EXT, TYPE_GENERIC, WITHDRAWN},
    snapshot::{ListOfLists, Listed},
};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use serde_json::{Map, json};
use std::sync::Arc;

const ESEAL: u8 = 2;
const WEB: u8 = 3;

/// What one certificate and its service say; the default is a qualified seal, exempt from revocation.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is one thing to break")]
struct Case {
    compliance: bool,
    qscd: bool,
    qc_types: Vec<u8>,
    legislation: Option<&'static str>,
    key_usages: Vec<KeyUsagePurpose>,
    is_ca: bool,
    exempt: bool,
    identifiers: Vec<&'static str>,
    not_after: i32,
    service_type: &'static str,
    status: &'static str,
    granted_from: &'static str,
    for_kind: &'static str,
    list_ends: Option<&'static str>,
}
impl Default for Case {
    fn default() -> Self {
        Self {
            compliance: true,
            qscd: true,
            qc_types: vec![ESEAL],
            legislation: None,
            key_usages: vec![KeyUsagePurpose::ContentCommitment],
            is_ca: false,
            exempt: true,
            identifiers: vec!["VATES-12345678"],
            not_after: 2030,
            service_type: CA_QC,
            status: GRANTED,
            granted_from: "2020-01-01T00:00:00Z",
            for_kind: "ForeSeals",
            list_ends: Some("2026-06-01T00:00:00Z"),
        }
    }
}

fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}
fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}
/// A statement 0.4.0.1862.1.`number`, with its value.
fn statement(number: u8, value: &[u8]) -> Vec<u8> {
    let content = [&[6, 6, 4, 0, 0x8e, 0x46, 1, number], value].concat();
    sequence(&content)
}
fn sequence(content: &[u8]) -> Vec<u8> {
    [&[0x30, u8::try_from(content.len()).unwrap()], content].concat()
}
fn name(common_name: &str, identifiers: &[&str]) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CountryName, "DE");
    name.push(DnType::OrganizationName, "GoodAir");
    for identifier in identifiers {
        name.push(DnType::CustomDnType(vec![2, 5, 4, 97]), *identifier);
    }
    name.push(DnType::CommonName, common_name);
    name
}

fn judged(case: &Case, policy: TrustPolicy) -> (Verdict, Option<seal::ProvenSeal>) {
    let ca_key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::default();
    ca.distinguished_name = name("RealTruth CA", &[]);
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (ca.not_before, ca.not_after) = (date_time_ymd(2019, 1, 1), date_time_ymd(2035, 1, 1));
    let ca_certificate = ca.self_signed(&ca_key).unwrap();

    let key = KeyPair::generate().unwrap();
    let mut leaf = CertificateParams::default();
    leaf.distinguished_name = name("GoodAir seal", &case.identifiers);
    leaf.use_authority_key_identifier_extension = true;
    leaf.key_usages.clone_from(&case.key_usages);
    if case.is_ca {
        leaf.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    }
    (leaf.not_before, leaf.not_after) = (date_time_ymd(2024, 1, 1), date_time_ymd(case.not_after, 1, 1));
    let mut statements = Vec::new();
    if case.compliance {
        statements.extend(statement(1, &[]));
    }
    if case.qscd {
        statements.extend(statement(4, &[]));
    }
    let types: Vec<u8> = case
        .qc_types
        .iter()
        .flat_map(|kind| [6, 7, 4, 0, 0x8e, 0x46, 1, 6, *kind])
        .collect();
    if !types.is_empty() {
        statements.extend(statement(6, &sequence(&types)));
    }
    if let Some(country) = case.legislation {
        let code = [&[0x13, 2], country.as_bytes()].concat();
        statements.extend(statement(7, &sequence(&code)));
    }
    let extension = CustomExtension::from_oid_content;
    leaf.custom_extensions
        .push(extension(&[1, 3, 6, 1, 5, 5, 7, 1, 3], sequence(&statements)));
    if case.exempt {
        leaf.custom_extensions
            .push(extension(&[2, 5, 29, 56], vec![5, 0]));
    }
    let leaf = leaf.signed_by(&key, &Issuer::new(ca, ca_key)).unwrap();

    let facts = Facts {
        trust: Some(Arc::new(snapshot(case, ca_certificate.der()))),
        ..Facts::default()
    };
    let mut expectations = Expectations::strict([]);
    expectations.trust = policy;
    match seal::sealed(&sealed(&leaf, &key), None, &expectations, &facts, now()) {
        Judgement::Judged { verdict, proven } => (verdict, proven),
        Judgement::Needs(needs) => panic!("needs {needs:?}"),
    }
}

fn sealed(leaf: &rcgen::Certificate, key: &KeyPair) -> String {
    let mut header = Map::new();
    header.insert("typ".to_owned(), json!("JWT"));
    header.insert("iat".to_owned(), json!(time("2025-01-01T00:00:00Z").as_second()));
    let der = leaf.der();
    let base64 = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, der);
    header.insert("x5c".to_owned(), json!([base64]));
    header.insert(
        "x5t#S256".to_owned(),
        json!(base64url::encode(&procura_crypto::digest::sha256(der))),
    );
    let key = PrivateKey::from_pkcs8_pem(&key.serialize_pem()).unwrap();
    jws::sign(&key, Algorithm::Es256, header, b"{}").unwrap()
}

fn snapshot(case: &Case, ca: &[u8]) -> Snapshot {
    let ca = Certificate::from_der(ca).unwrap();
    let names = vec![("en".to_owned(), "RealTruth".to_owned())];
    let period = Period {
        service_type: case.service_type.to_owned(),
        names: names.clone(),
        status: case.status.to_owned(),
        from: time(case.granted_from),
        additional: vec![format!("{SVC_INFO_EXT}{}", case.for_kind)],
        qualifications: Vec::new(),
        expired_certificates_from: None,
        unknown_critical: None,
    };
    let service = Service {
        certificates: vec![ca.clone()],
        unreadable_certificates: 0,
        periods: vec![period],
    };
    let list = TrustedList {
        version: 6,
        sequence: 1,
        tsl_type: TYPE_GENERIC.to_owned(),
        territory: "DE".to_owned(),
        operator_names: names.clone(),
        issued: time("2026-01-01T00:00:00Z"),
        next_update: case.list_ends.map(time),
        scheme_information_uris: Vec::new(),
        pointers: Vec::new(),
        providers: vec![TrustServiceProvider {
            names,
            trade_names: Vec::new(),
            services: vec![service],
        }],
    };
    let list = Arc::new(VerifiedList {
        list,
        signer: ca,
        sha256: [7; 32],
        signed_at: time("2026-01-01T00:00:00Z"),
    });
    Snapshot::new(ListOfLists::Pinned, vec![Listed::new(list, 0)], Vec::new())
}

#[track_caller]
fn refused(case: &Case, by: CheckName, outcome: Outcome) {
    let (verdict, proven) = judged(case, TrustPolicy::EuQualified);
    assert_eq!(verdict.refused_by(), [by], "{}", report::text(&verdict));
    assert_eq!(verdict.check(by).unwrap().outcome, outcome);
    assert!(proven.is_none());
}

#[test]
fn a_qualified_seal_is_proven() {
    let (verdict, proven) = judged(&Case::default(), TrustPolicy::EuQualified);
    assert!(verdict.accepted(), "{}", report::text(&verdict));
    let by = proven.unwrap().by;
    assert_eq!(by.kind, SealKind::Seal);
    assert_eq!(
        (by.did.as_str(), by.legal_name.as_str()),
        ("did:elsi:VATES-12345678", "GoodAir")
    );
}

#[test]
fn a_key_outside_of_a_qualified_device_counts_as_advanced_only() {
    let case = Case {
        qscd: false,
        ..Case::default()
    };
    refused(&case, CheckName::Qualification, Outcome::Failed);
    assert!(judged(&case, TrustPolicy::EuAdvanced).0.accepted());
}

#[test]
fn a_certificate_that_is_not_qualified_for_seals_or_signatures_is_refused() {
    for case in [
        Case {
            compliance: false,
            ..Case::default()
        },
        Case {
            qc_types: vec![WEB],
            for_kind: "ForWebSiteAuthentication",
            ..Case::default()
        },
        Case {
            qc_types: vec![ESEAL, WEB],
            ..Case::default()
        },
        Case {
            for_kind: "ForeSignatures",
            ..Case::default()
        },
        Case {
            service_type: "http://uri.etsi.org/TrstSvc/Svctype/CA/PKC",
            ..Case::default()
        },
        // Qualified under the law of another country only (EN 319 412-5 §4.2.4).
        Case {
            legislation: Some("CH"),
            ..Case::default()
        },
        // Granted now, but not when the certificate was issued.
        Case {
            granted_from: "2025-01-01T00:00:00Z",
            ..Case::default()
        },
    ] {
        refused(&case, CheckName::Qualification, Outcome::Failed);
    }
}

#[test]
fn a_service_that_is_not_granted_now_is_refused() {
    refused(
        &Case {
            status: WITHDRAWN,
            ..Case::default()
        },
        CheckName::ServiceStatus,
        Outcome::Failed,
    );
    refused(
        &Case {
            granted_from: "2027-01-01T00:00:00Z",
            ..Case::default()
        },
        CheckName::ServiceStatus,
        Outcome::Failed,
    );
}

#[test]
fn a_list_that_ended_says_nothing_of_now() {
    refused(
        &Case {
            list_ends: Some("2026-02-01T00:00:00Z"),
            ..Case::default()
        },
        CheckName::TrustedLists,
        Outcome::Unknown,
    );
    refused(
        &Case {
            list_ends: None,
            ..Case::default()
        },
        CheckName::ServiceStatus,
        Outcome::Unknown,
    );
}

#[test]
fn a_certificate_whose_key_may_not_sign_is_refused() {
    for key_usages in [vec![], vec![KeyUsagePurpose::KeyEncipherment]] {
        refused(
            &Case {
                key_usages,
                ..Case::default()
            },
            CheckName::CertificateChain,
            Outcome::Failed,
        );
    }
    let key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign];
    refused(
        &Case {
            key_usages,
            is_ca: true,
            ..Case::default()
        },
        CheckName::CertificateChain,
        Outcome::Failed,
    );
}

#[test]
fn an_expired_certificate_is_refused_for_that() {
    refused(
        &Case {
            not_after: 2026,
            ..Case::default()
        },
        CheckName::CertificateValidity,
        Outcome::Failed,
    );
}

#[test]
fn without_revocation_lists_a_certificate_must_be_exempt() {
    refused(
        &Case {
            exempt: false,
            ..Case::default()
        },
        CheckName::Revocation,
        Outcome::Unknown,
    );
}

#[test]
fn a_seal_of_no_organisation_is_refused() {
    refused(
        &Case {
            identifiers: vec![],
            ..Case::default()
        },
        CheckName::IssuerBinding,
        Outcome::Failed,
    );
    refused(
        &Case {
            identifiers: vec!["12345678"],
            ..Case::default()
        },
        CheckName::IssuerBinding,
        Outcome::Failed,
    );
}
