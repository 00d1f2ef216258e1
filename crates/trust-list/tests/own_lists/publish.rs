//! Lists made by our publisher, read back by our verifier.

use crate::support::*;
use procura_crypto::{Digest, EcdsaEncoding, KeyKind, PrivateKey, Scheme};
use procura_trust_list::{
    ListError, Signers,
    model::{Assertion, CA_QC, Criterion, GRANTED, MIME_XML, WITHDRAWN},
    publish::{
        CriteriaDescription, Kind, ListDescription, PublishError, QualificationDescription,
        ServiceDescription, Text, prepare, publish, unsigned,
    },
    verify,
};
use proptest::prelude::*;

/// Everything that a description can say.
fn full(ca: &Holder) -> ListDescription {
    let mut service = ServiceDescription::granted_ca_qc(
        "Seals of RealTruth",
        &ca.certificate,
        time("2020-01-01T00:00:00Z"),
        &["ForeSeals"],
    );
    service.qualifications = vec![QualificationDescription {
        qualifiers: vec!["QCWithQSCD".into(), "QCForESeal".into()],
        criteria: CriteriaDescription {
            assertion: Assertion::AtLeastOne,
            key_usage: vec![("nonRepudiation".into(), true), ("keyCertSign".into(), false)],
            policies: vec!["1.2.3.4".into()],
            subject_attributes: vec!["2.5.4.97".into()],
            extended_key_usage: vec!["1.3.6.1.5.5.7.3.4".into()],
        },
    }];
    list(
        "DE",
        7,
        vec![service.then("withdrawn", time("2023-05-01T00:00:00Z"))],
    )
}

#[test]
fn what_is_published_is_read_back() {
    let (operator, ca) = (signer("Operator"), authority("CA", "DE"));
    let description = full(&ca);
    let xml = signed(&description, &operator);
    let read = verify(&xml, &Signers::Certificates(vec![operator.certificate.clone()])).unwrap();
    let list = &read.list;
    assert_eq!(
        (list.version, list.sequence, list.territory.as_str()),
        (6, 7, "DE")
    );
    assert_eq!(
        (list.issued, list.next_update),
        (description.issued, description.next_update)
    );
    assert_eq!(
        list.operator_names,
        [("en".to_owned(), "Lists & Sons <operators>".to_owned())]
    );
    assert_eq!(read.signed_at, description.issued);
    let service = &list.providers[0].services[0];
    assert_eq!(service.certificates, vec![ca.certificate.clone()]);
    let states: Vec<&str> = service.periods.iter().map(|p| p.status.as_str()).collect();
    assert_eq!(states, [WITHDRAWN, GRANTED]);
    assert_eq!(service.periods[1].service_type, CA_QC);
    assert!(service.periods.iter().all(|p| p.is_for("ForeSeals")));
    let element = &service.periods[1].qualifications[0];
    assert_eq!(element.qualifiers, ["QCWithQSCD", "QCForESeal"]);
    assert_eq!(element.criteria.assertion, Assertion::AtLeastOne);
    assert_eq!(
        element.criteria.criteria,
        [
            Criterion::KeyUsage(vec![
                ("nonRepudiation".into(), true),
                ("keyCertSign".into(), false)
            ]),
            Criterion::Policies(vec!["1.2.3.4".into()]),
            Criterion::SubjectAttributes(vec!["2.5.4.97".into()]),
            Criterion::ExtendedKeyUsage(vec!["1.3.6.1.5.5.7.3.4".into()]),
        ]
    );
}

#[test]
fn a_list_of_lists_points_to_itself_and_to_others() {
    let (own, national) = (signer("Commission"), signer("Operator"));
    let xml = signed(&list_of_lists(3, &own, &[("DE", DE, &national)]), &own);
    let read = verify(&xml, &Signers::Certificates(vec![own.certificate.clone()]))
        .unwrap()
        .list;
    assert!(read.is_list_of_lists());
    assert_eq!(
        read.pointer_to_list_of_lists().unwrap().signers,
        [own.certificate]
    );
    let pointer = read.pointers_to_lists().next().unwrap();
    assert_eq!(
        (
            pointer.location.as_str(),
            pointer.territory.as_str(),
            pointer.mime_type.as_str()
        ),
        (DE, "DE", MIME_XML)
    );
    assert_eq!(pointer.signers, [national.certificate]);
}

#[test]
fn the_form_of_a_list_is_fixed() {
    let mut description = description(Kind::ListOfLists, "EU", 1);
    description.next_update = None;
    insta::assert_snapshot!(unsigned(&description).unwrap());
}

#[test]
fn descriptions_survive_serde() {
    let description = full(&authority("CA", "DE"));
    let json = serde_json::to_string(&description).unwrap();
    assert_eq!(
        serde_json::from_str::<ListDescription>(&json).unwrap(),
        description
    );
}

#[test]
fn a_foreign_key_does_not_sign() {
    let (operator, other) = (signer("Operator"), signer("Other"));
    let description = description(Kind::Generic, "DE", 1);
    let wrong = publish(
        &description,
        &other.key,
        &operator.certificate,
        description.issued,
    );
    assert_eq!(wrong, Err(PublishError::WrongKey));
    let scheme = Scheme::Ecdsa {
        digest: Digest::Sha256,
        encoding: EcdsaEncoding::Fixed,
    };
    let prepared = prepare(&description, &operator.certificate, description.issued, scheme).unwrap();
    let signature = other.key.sign(scheme, prepared.bytes_to_sign()).unwrap();
    assert_eq!(
        prepared.finish(&signature),
        Err(PublishError::Refused(ListError::Value))
    );
}

#[test]
fn incomplete_descriptions_are_refused() {
    let operator = signer("Operator");
    let whole = description(Kind::Generic, "DE", 1);
    let refused = |change: fn(&mut ListDescription)| {
        let mut broken = whole.clone();
        change(&mut broken);
        publish(&broken, &operator.key, &operator.certificate, broken.issued).unwrap_err()
    };
    assert_eq!(
        refused(|d| d.operator_names.clear()),
        PublishError::Empty("SchemeOperatorName")
    );
    assert_eq!(
        refused(|d| d.information_uris.clear()),
        PublishError::Empty("SchemeInformationURI")
    );
    assert_eq!(
        refused(|d| d.sequence = 0),
        PublishError::Invalid("TSLSequenceNumber")
    );
    assert_eq!(
        refused(|d| d.next_update = Some(d.issued)),
        PublishError::Invalid("NextUpdate")
    );
    assert_eq!(
        refused(|d| d.territory = "D\u{1}E".into()),
        PublishError::Character("SchemeTerritory")
    );
    assert_eq!(
        refused(|d| d.scheme_names = vec![Text::en(" ")]),
        PublishError::Empty("Name")
    );
}

#[test]
fn rsa_keys_sign_too() {
    let key = PrivateKey::generate(KeyKind::Rsa(2048)).unwrap();
    let pair = rcgen::KeyPair::from_pkcs8_der_and_sign_algo(
        &key.to_pkcs8_der().to_vec().into(),
        &rcgen::PKCS_RSA_SHA256,
    )
    .unwrap();
    let mut params = rcgen::CertificateParams::new(Vec::<String>::new()).unwrap();
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2035, 1, 1);
    let certificate = procura_pki::Certificate::from_der(params.self_signed(&pair).unwrap().der()).unwrap();
    let description = description(Kind::Generic, "DE", 1);
    for scheme in [
        Scheme::RsaPkcs1(Digest::Sha256),
        Scheme::RsaPkcs1(Digest::Sha512),
        Scheme::RsaPss {
            digest: Digest::Sha256,
            salt: Some(32),
        },
    ] {
        let prepared = prepare(&description, &certificate, description.issued, scheme).unwrap();
        let signature = key.sign(scheme, prepared.bytes_to_sign()).unwrap();
        prepared.finish(&signature).unwrap();
    }
    publish(&description, &key, &certificate, description.issued).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]
    #[test]
    fn any_text_survives_publishing(names in prop::collection::vec("[ -~äöüßΩЖ漢\t\r\n]{0,40}[a-z&<>\"']", 1..4), sequence in 1_u64..) {
        let operator = signer("Operator");
        let mut description = description(Kind::Generic, "DE", sequence);
        description.operator_names = names.iter().map(Text::en).collect();
        let read = verify(&signed(&description, &operator), &Signers::Certificates(vec![operator.certificate])).unwrap();
        prop_assert_eq!(read.list.sequence, sequence);
        let read: Vec<String> = read.list.operator_names.into_iter().map(|(_, text)| text).collect();
        let written: Vec<String> = names.iter().map(|n| n.trim().to_owned()).collect();
        prop_assert_eq!(read, written);
    }
}
