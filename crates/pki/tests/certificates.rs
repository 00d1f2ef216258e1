//! What is read of a certificate, and what is refused.
mod forge;

use forge::*;
use procura_pki::{Certificate, CertificateError, name::OrganizationIdentifierError};

const ORGANIZATION_IDENTIFIER: &str = "2.5.4.97";

fn subject(attributes: &[(&str, u8, &str)]) -> Certificate {
    let seal = Issuer::new("Seal");
    let mut request = seal.leaf();
    request.subject = name(attributes);
    request.signed_by(&Issuer::new("CA"))
}

#[test]
fn the_organization_identifier_is_kept_as_it_stands() {
    for (tag, value) in [(UTF8, "VATES-12345678"), (PRINTABLE, "PSDIT-BI-01234567890")] {
        let certificate = subject(&[
            (ORGANIZATION, UTF8, "GoodAir"),
            (ORGANIZATION_IDENTIFIER, tag, value),
        ]);
        assert_eq!(
            certificate.organization_identifier().unwrap().unwrap().as_str(),
            value
        );
    }
}

#[test]
fn the_organization_identifier_is_the_subjects_own() {
    let mut ca = Issuer::new("CA");
    ca.name = name(&[(ORGANIZATION_IDENTIFIER, UTF8, "VATES-12345678")]);
    let leaf = Issuer::new("VATES-12345678").leaf().signed_by(&ca);
    assert_eq!(leaf.organization_identifier(), Ok(None));
}

#[test]
fn two_empty_or_oddly_typed_organization_identifiers_are_refused() {
    let good = (ORGANIZATION_IDENTIFIER, UTF8, "VATES-12345678");
    let refused = Err(CertificateError::Attribute("organizationIdentifier"));
    assert_eq!(subject(&[good, good]).organization_identifier(), refused);
    assert_eq!(
        subject(&[(ORGANIZATION_IDENTIFIER, UTF8, "")]).organization_identifier(),
        refused
    );
    for tag in [0x16, 0x14, 0x1e, 0x04] {
        assert_eq!(
            subject(&[(ORGANIZATION_IDENTIFIER, tag, "VATES-12345678")]).organization_identifier(),
            refused
        );
    }
}

#[test]
fn an_organization_identifier_of_another_form_is_refused() {
    for value in [
        "VATES-1234\u{0}5678",
        "VATES-1234\n5678",
        " VATES-12345678",
        "vates-12345678",
        "XVATES-12345678",
    ] {
        assert_eq!(
            subject(&[(ORGANIZATION_IDENTIFIER, UTF8, value)]).organization_identifier(),
            Err(CertificateError::OrganizationIdentifier(
                OrganizationIdentifierError(value.to_owned())
            ))
        );
    }
}

#[test]
fn an_extension_that_stands_twice_is_refused() {
    let seal = Issuer::new("Seal");
    let der = seal
        .leaf()
        .with(key_usage(DIGITAL_SIGNATURE))
        .der_signed_by(&Issuer::new("CA"));
    assert_eq!(
        Certificate::from_der(&der).unwrap_err(),
        CertificateError::DuplicateExtension("2.5.29.15".to_owned())
    );
}

#[test]
fn what_is_no_certificate_is_refused() {
    let mut der = Issuer::new("Seal").leaf().der_signed_by(&Issuer::new("CA"));
    der.push(0);
    assert!(matches!(
        Certificate::from_der(&der),
        Err(CertificateError::Malformed(_))
    ));
    assert!(matches!(
        Certificate::from_der(&der[..40]),
        Err(CertificateError::Malformed(_))
    ));
    assert!(matches!(
        Certificate::from_der(&vec![0x30; 70_000]),
        Err(CertificateError::Malformed(_))
    ));
    assert!(Certificate::from_pem("no block here").unwrap().is_empty());
    assert!(Certificate::from_pem("-----BEGIN CERTIFICATE-----\nMII").is_err());
}

#[test]
fn a_key_usage_that_cannot_be_read_permits_nothing() {
    let broken = extension("2.5.29.15", true, vec![0xff, 0xff]);
    let certificate = Issuer::new("Seal")
        .request()
        .with(broken)
        .signed_by(&Issuer::new("CA"));
    assert_eq!(certificate.key_usage(), Some(procura_pki::KeyUsage::default()));
}

#[test]
fn distribution_points_for_some_reasons_are_not_where_the_full_crl_is() {
    let point = |url: &str, more: Vec<u8>| seq(&[tlv(0xa0, &tlv(0xa0, &tlv(0x86, url.as_bytes()))), more]);
    let points = seq(&[
        point("http://a.example/full.crl", Vec::new()),
        point("http://a.example/some.crl", tlv(0x81, &[6, 0x40])),
        point("ldap://a.example/cn=crl", Vec::new()),
        point("HTTPS://a.example/b.crl", Vec::new()),
    ]);
    let certificate = Issuer::new("Seal")
        .leaf()
        .with(extension("2.5.29.31", false, points))
        .signed_by(&Issuer::new("CA"));
    assert_eq!(
        certificate.crl_urls(),
        ["http://a.example/full.crl", "HTTPS://a.example/b.crl"]
    );
}

#[test]
fn no_end_of_validity_is_read() {
    let mut request = Issuer::new("Seal").leaf();
    request.not_after = jiff::Timestamp::MAX;
    let certificate = request.signed_by(&Issuer::new("CA"));
    assert!(certificate.is_valid_at(at("9998-01-01T00:00:00Z")));
}

#[test]
fn short_term_certificates_need_no_revocation() {
    let seal = Issuer::new("Seal");
    assert!(!seal.leaf().signed_by(&seal).revocation_exempt());
    for oid in ["2.5.29.56", "0.4.0.194121.2.1"] {
        assert!(
            seal.leaf()
                .with(extension(oid, false, vec![5, 0]))
                .signed_by(&seal)
                .revocation_exempt()
        );
    }
}

#[test]
fn no_ca_is_exempt_from_revocation() {
    let ca = Issuer::new("CA");
    for oid in ["2.5.29.56", "0.4.0.194121.2.1"] {
        let certificate = ca.ca().with(extension(oid, false, vec![5, 0])).signed_by(&ca);
        assert!(!certificate.revocation_exempt(), "{oid}");
    }
}

#[test]
fn who_names_a_source_of_revocation_data_is_not_without_any() {
    let seal = Issuer::new("Seal");
    let ocsp = seq(&[seq(&[
        oid("1.3.6.1.5.5.7.48.1"),
        tlv(0x86, b"http://ocsp.realtruth.example/"),
    ])]);
    for source in [
        crl_points(&["http://realtruth.example/ca.crl"]),
        extension("1.3.6.1.5.5.7.1.1", false, ocsp),
    ] {
        let exempt = |oid| {
            let request = seal.leaf().with(extension(oid, false, vec![5, 0]));
            request.with(source.clone()).signed_by(&seal).revocation_exempt()
        };
        assert!(!exempt("2.5.29.56"));
        assert!(exempt("0.4.0.194121.2.1"));
    }
}

#[test]
fn ocsp_nocheck_is_read() {
    let responder = Issuer::new("Responder");
    let no_check = extension("1.3.6.1.5.5.7.48.1.5", false, vec![5, 0]);
    assert!(!responder.leaf().signed_by(&responder).has_ocsp_no_check());
    assert!(
        responder
            .leaf()
            .with(no_check)
            .signed_by(&responder)
            .has_ocsp_no_check()
    );
}

#[test]
fn what_others_make_is_read() {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["goodair.example".to_owned()]).unwrap();
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, "GoodAir Seal");
    params.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = Certificate::from_der(params.self_signed(&key).unwrap().der()).unwrap();
    assert!(certificate.is_self_issued());
    assert!(certificate.key_usage().unwrap().digital_signature);
    assert_eq!(certificate.extended_key_usage().unwrap(), ["1.3.6.1.5.5.7.3.1"]);
    assert_eq!(certificate.subject().first("2.5.4.3"), Some("GoodAir Seal"));
    assert!(certificate.public_key().is_ok());
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]
    #[test]
    fn any_change_of_a_certificate_ends_in_an_answer(position in 0_usize..1000, octet in proptest::prelude::any::<u8>()) {
        let root = Issuer::new("Root");
        let mut der = Issuer::new("Seal").leaf().der_signed_by(&root);
        let position = position % der.len();
        proptest::prop_assume!(der[position] != octet);
        der[position] = octet;
        if let Ok(certificate) = Certificate::from_der(&der) {
            let found = procura_pki::path::find(&certificate, &[], &[root.anchor()], noon(), &procura_pki::PathOptions::default());
            proptest::prop_assert!(found.is_err());
        }
    }
}
