//! TS 119 615, rule by rule, on lists of our own.
use crate::support::*;
use jiff::Timestamp;
use procura_pki::{Anchor, Certificate, Path};
use procura_trust_list::{
    ListOfLists, Listed, Qualification, Signers, Snapshot, Standing,
    model::Assertion,
    publish::{CriteriaDescription, ListDescription, QualificationDescription, ServiceDescription},
    verify,
};
use std::sync::Arc;

fn snapshot_of(list: &ListDescription) -> Snapshot {
    let operator = signer("Operator");
    let list = verify(
        &signed(list, &operator),
        &Signers::Certificates(vec![operator.certificate.clone()]),
    )
    .unwrap();
    Snapshot::new(ListOfLists::Pinned, vec![Listed::new(Arc::new(list), 0)], vec![])
}
fn start() -> Timestamp {
    time("2020-01-01T00:00:00Z")
}
fn service(ca: &Holder, additional: &[&str]) -> ServiceDescription {
    ServiceDescription::granted_ca_qc("Service", &ca.certificate, start(), additional)
}
fn qualifier(
    assertion: Assertion,
    qualifiers: &[&str],
    criteria: CriteriaDescription,
) -> QualificationDescription {
    QualificationDescription {
        qualifiers: qualifiers.iter().map(|q| (*q).to_owned()).collect(),
        criteria: CriteriaDescription {
            assertion,
            ..criteria
        },
    }
}
fn everyone() -> CriteriaDescription {
    CriteriaDescription {
        assertion: Assertion::All,
        key_usage: vec![("nonRepudiation".into(), true), ("decipherOnly".into(), false)],
        policies: vec![],
        subject_attributes: vec![],
        extended_key_usage: vec![],
    }
}
fn qualify(services: Vec<ServiceDescription>, ca: &Holder, leaf: &Certificate) -> Qualification {
    let path = Path {
        certificates: vec![leaf.clone()],
        anchor: Anchor(ca.certificate.clone()),
    };
    snapshot_of(&list("DE", 1, services)).qualification(&path, now())
}
/// The combined result for a certificate of `kind` under one service with these qualifiers.
fn under(kind: Option<u8>, additional: &[&str], qualifiers: &[&str]) -> &'static str {
    let ca = authority("CA", "DE");
    let mut service = service(&ca, additional);
    if !qualifiers.is_empty() {
        service.qualifications = vec![qualifier(Assertion::All, qualifiers, everyone())];
    }
    qualify(vec![service], &ca, &ca.issue("Leaf", kind))
        .combined
        .name()
}

const SIGNATURE: Option<u8> = Some(1);
const SEAL: Option<u8> = Some(2);
const WEB: Option<u8> = Some(3);

#[test]
fn the_service_has_to_be_for_the_use() {
    assert_eq!(under(SEAL, &["ForeSeals"], &[]), "QCERT_FOR_ESEAL");
    assert_eq!(under(SIGNATURE, &["ForeSignatures"], &[]), "QCERT_FOR_ESIG");
    assert_eq!(under(WEB, &["ForWebSiteAuthentication"], &[]), "QCERT_FOR_WSA");
    assert_eq!(under(SEAL, &["ForeSignatures"], &[]), "CERT_FOR_ESEAL");
    assert_eq!(under(SIGNATURE, &["ForeSeals"], &[]), "CERT_FOR_ESIG");
    assert_eq!(
        under(SEAL, &["ForeSeals", "ForeSignatures"], &[]),
        "QCERT_FOR_ESEAL"
    );
}

#[test]
fn a_certificate_without_statements_is_not_qualified() {
    assert_eq!(
        under(None, &["ForeSeals", "ForeSignatures"], &[]),
        "CERT_FOR_UNKNOWN"
    );
}

#[test]
fn qualifiers_overrule_the_certificate() {
    assert_eq!(under(SEAL, &["ForeSeals"], &["NotQualified"]), "CERT_FOR_ESEAL");
    assert_eq!(
        under(SEAL, &["ForeSeals"], &["QCStatement", "NotQualified"]),
        "CERT_FOR_ESEAL"
    );
    assert_eq!(
        under(SEAL, &["ForeSeals"], &["QCWithQSCD"]),
        "QCERT_FOR_ESEAL_QSCD"
    );
    assert_eq!(
        under(SEAL, &["ForeSeals"], &["QCQSCDManagedOnBehalf"]),
        "QCERT_FOR_ESEAL_QSCD"
    );
    assert_eq!(
        under(SEAL, &["ForeSeals"], &["QCWithQSCD", "QCNoQSCD"]),
        "QCERT_FOR_ESEAL"
    );
    assert_eq!(
        under(SEAL, &["ForeSeals"], &["QCWithQSCD", "QCQSCDStatusAsInCert"]),
        "QCERT_FOR_ESEAL"
    );
    assert_eq!(
        under(None, &["ForeSeals"], &["QCStatement", "QCForESeal"]),
        "QCERT_FOR_ESEAL"
    );
    assert_eq!(under(None, &["ForeSeals"], &["QCStatement"]), "QCERT_FOR_UNKNOWN");
    assert_eq!(
        under(SIGNATURE, &["ForeSeals"], &["QCForESeal"]),
        "QCERT_FOR_ESEAL"
    );
    assert_eq!(under(SEAL, &["ForeSeals"], &["QCForESig"]), "QCERT_FOR_UNKNOWN");
    assert_eq!(
        under(
            SEAL,
            &["ForeSeals", "ForeSignatures"],
            &["QCForESig", "QCForESeal"]
        ),
        "QCERT_FOR_UNKNOWN"
    );
    assert_eq!(
        under(SIGNATURE, &["ForeSignatures"], &["QCForLegalPerson"]),
        "CERT_FOR_ESIG"
    );
}

#[test]
fn criteria_choose_the_certificates() {
    let ca = authority("CA", "DE");
    let leaf = ca.issue("Leaf", SEAL);
    let with = |assertion, criteria: CriteriaDescription| {
        let mut service = service(&ca, &["ForeSeals"]);
        service.qualifications = vec![qualifier(assertion, &["QCWithQSCD"], criteria)];
        qualify(vec![service], &ca, &leaf).combined.qscd
    };
    let policies = CriteriaDescription {
        key_usage: vec![],
        policies: vec!["1.2.3".into()],
        ..everyone()
    };
    let subject = |oid: &str| CriteriaDescription {
        key_usage: vec![],
        subject_attributes: vec!["2.5.4.3".into(), oid.into()],
        ..everyone()
    };
    let purposes = CriteriaDescription {
        key_usage: vec![],
        extended_key_usage: vec!["1.2.3".into()],
        ..everyone()
    };
    let both = CriteriaDescription {
        policies: vec!["1.2.3".into()],
        ..everyone()
    };
    assert!(with(Assertion::All, everyone()));
    assert!(!with(Assertion::None, everyone()));
    assert!(!with(Assertion::All, policies.clone()));
    assert!(with(Assertion::None, policies));
    assert!(with(Assertion::All, subject("2.5.4.10")));
    assert!(!with(Assertion::All, subject("2.5.4.97")));
    assert!(!with(Assertion::All, purposes));
    assert!(!with(Assertion::All, both.clone()));
    assert!(with(Assertion::AtLeastOne, both));
}

#[test]
fn what_is_not_understood_qualifies_nothing() {
    let ca = authority("CA", "DE");
    let leaf = ca.issue("Leaf", SEAL);
    let mut service = service(&ca, &["ForeSeals"]);
    let unknown = CriteriaDescription {
        key_usage: vec![("newBit".into(), true)],
        ..everyone()
    };
    service.qualifications = vec![qualifier(Assertion::All, &["QCWithQSCD"], unknown)];
    let result = qualify(vec![service], &ca, &leaf);
    assert!(!result.combined.qualified);
    assert!(
        result
            .combined
            .reasons
            .iter()
            .all(|r| r.contains("newBit is not understood")),
        "{result:?}"
    );
}

#[test]
fn a_withdrawn_service_qualifies_only_until_then() {
    let ca = authority("CA", "DE");
    let leaf = ca.issue("Leaf", SEAL);
    let withdrawn = time("2025-01-01T00:00:00Z");
    let list = list(
        "DE",
        1,
        vec![service(&ca, &["ForeSeals"]).then("withdrawn", withdrawn)],
    );
    let snapshot = snapshot_of(&list);
    let path = Path {
        certificates: vec![leaf],
        anchor: Anchor(ca.certificate.clone()),
    };
    let before = withdrawn - days(1);
    assert_eq!(
        snapshot.qualification(&path, before).combined.name(),
        "QCERT_FOR_ESEAL"
    );
    let after = snapshot.qualification(&path, withdrawn);
    assert_eq!(after.at_issuance.name(), "QCERT_FOR_ESEAL");
    assert_eq!(after.at_time.name(), "CERT_FOR_ESEAL");
    assert_eq!(after.combined.name(), "CERT_FOR_ESEAL");
    let at = |time| snapshot.service_status(&path, time)[0].standing;
    assert_eq!(at(start() - days(1)), Standing::NotStarted);
    assert_eq!(
        (at(start()), at(before), at(withdrawn)),
        (Standing::Granted, Standing::Granted, Standing::Withdrawn)
    );
}

#[test]
fn a_service_that_starts_later_does_not_qualify_yet() {
    let ca = authority("CA", "DE");
    let mut later = service(&ca, &["ForeSeals"]);
    later.since = now() + days(1);
    assert!(
        !qualify(vec![later], &ca, &ca.issue("Leaf", SEAL))
            .combined
            .qualified
    );
}

#[test]
fn services_that_contradict_each_other_qualify_nothing() {
    let ca = authority("CA", "DE");
    let mut other = service(&ca, &["ForeSeals"]);
    other.qualifications = vec![qualifier(Assertion::All, &["NotQualified"], everyone())];
    let result = qualify(
        vec![service(&ca, &["ForeSeals"]), other],
        &ca,
        &ca.issue("Leaf", SEAL),
    );
    assert!(!result.combined.qualified);
    assert!(result.at_time.reasons.iter().any(|r| r.contains("contradicts")));
    let same = vec![service(&ca, &["ForeSeals"]), service(&ca, &["ForeSeals"])];
    assert!(qualify(same, &ca, &ca.issue("Leaf", SEAL)).combined.qualified);
}

#[test]
fn only_ca_qc_services_qualify() {
    let ca = authority("CA", "DE");
    let mut other = service(&ca, &["ForeSeals"]);
    other.service_type = "http://uri.etsi.org/TrstSvc/Svctype/CA/PKC".into();
    let result = qualify(vec![other], &ca, &ca.issue("Leaf", SEAL));
    assert_eq!(result.combined.name(), "CERT_FOR_ESEAL");
    assert!(result.at_time.reasons[0].contains("no CA/QC service"));
}

#[test]
fn a_reissued_ca_certificate_with_the_same_key_is_the_same_service() {
    let ca = authority("CA", "DE");
    let mut params = ca.params.clone();
    params.not_after = rcgen::date_time_ymd(2040, 1, 1);
    let again = Certificate::from_der(params.self_signed(&ca.pair).unwrap().der()).unwrap();
    assert_ne!(again, ca.certificate);
    let path = Path {
        certificates: vec![ca.issue("Leaf", SEAL)],
        anchor: Anchor(again),
    };
    let snapshot = snapshot_of(&list("DE", 1, vec![service(&ca, &["ForeSeals"])]));
    assert_eq!(
        snapshot.qualification(&path, now()).combined.name(),
        "QCERT_FOR_ESEAL"
    );
}

#[test]
fn the_same_name_with_another_key_is_another_ca() {
    let (ca, clone) = (authority("CA", "DE"), authority("CA", "DE"));
    let path = Path {
        certificates: vec![clone.issue("Leaf", SEAL)],
        anchor: Anchor(clone.certificate.clone()),
    };
    let snapshot = snapshot_of(&list("DE", 1, vec![service(&ca, &["ForeSeals"])]));
    assert!(!snapshot.qualification(&path, now()).combined.qualified);
    assert_eq!(snapshot.service_status(&path, now()), []);
}
