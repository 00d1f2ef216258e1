//! A small world of list signers, a CA and lists, made by our own publisher.
use jiff::{SignedDuration, Timestamp};
use procura_crypto::PrivateKey;
use procura_pki::Certificate;
use procura_trust_list::publish::{
    Address, Kind, ListDescription, LocalizedUri, PointerDescription, ProviderDescription,
    ServiceDescription, Text, publish,
};
use rcgen::{CertificateParams, CustomExtension, DnType, Issuer, KeyPair};

pub(crate) const LOTL: &str = "https://lists.example/lotl.xml";
pub(crate) const DE: &str = "https://lists.example/tl/DE.xml";
pub(crate) const ES: &str = "https://lists.example/tl/ES.xml";

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}
pub(crate) fn now() -> Timestamp {
    time("2026-06-01T12:00:00Z")
}
pub(crate) fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

/// A key with its certificate.
pub(crate) struct Holder {
    pub(crate) key: PrivateKey,
    pub(crate) pair: KeyPair,
    pub(crate) params: CertificateParams,
    pub(crate) certificate: Certificate,
}
fn params(name: &str, country: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CountryName, country);
    params
        .distinguished_name
        .push(DnType::OrganizationName, "Lists Ltd");
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2035, 1, 1);
    params
}
/// A list signer.
pub(crate) fn signer(name: &str) -> Holder {
    holder(params(name, "DE"))
}
/// A CA.
pub(crate) fn authority(name: &str, country: &str) -> Holder {
    let mut params = params(name, country);
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.key_usages = vec![
        rcgen::KeyUsagePurpose::KeyCertSign,
        rcgen::KeyUsagePurpose::CrlSign,
    ];
    holder(params)
}
fn holder(params: CertificateParams) -> Holder {
    let pair = KeyPair::generate().unwrap();
    let certificate = Certificate::from_der(params.self_signed(&pair).unwrap().der()).unwrap();
    Holder {
        key: PrivateKey::from_pkcs8_der(&pair.serialize_der()).unwrap(),
        pair,
        params,
        certificate,
    }
}
/// DER of QcStatements: compliance and `QcType` 1 (signature), 2 (seal) or 3 (web).
pub(crate) fn qc_statements(kind: u8) -> Vec<u8> {
    let compliance = [0x30, 0x08, 0x06, 0x06, 0x04, 0x00, 0x8e, 0x46, 0x01, 0x01];
    let kind = [
        0x30, 0x13, 0x06, 0x06, 0x04, 0x00, 0x8e, 0x46, 0x01, 0x06, 0x30, 0x09, 0x06, 0x07, 0x04, 0x00, 0x8e,
        0x46, 0x01, 0x06, kind,
    ];
    let mut der = vec![0x30, u8::try_from(compliance.len() + kind.len()).unwrap()];
    der.extend(compliance);
    der.extend(kind);
    der
}
impl Clone for Holder {
    fn clone(&self) -> Self {
        Self {
            key: PrivateKey::from_pkcs8_der(&self.pair.serialize_der()).unwrap(),
            pair: KeyPair::try_from(self.pair.serialize_der()).unwrap(),
            params: self.params.clone(),
            certificate: self.certificate.clone(),
        }
    }
}
impl Holder {
    /// A certificate by this CA, issued 2024-01-01, with QcStatements of `kind` or none.
    pub(crate) fn issue(&self, name: &str, kind: Option<u8>) -> Certificate {
        let mut params = params(name, "DE");
        params.not_before = rcgen::date_time_ymd(2024, 1, 1);
        params.key_usages = vec![rcgen::KeyUsagePurpose::ContentCommitment];
        if let Some(kind) = kind {
            params.custom_extensions = vec![CustomExtension::from_oid_content(
                &[1, 3, 6, 1, 5, 5, 7, 1, 3],
                qc_statements(kind),
            )];
        }
        let issuer = Issuer::from_params(&self.params, &self.pair);
        let key = KeyPair::generate().unwrap();
        Certificate::from_der(params.signed_by(&key, &issuer).unwrap().der()).unwrap()
    }
}

pub(crate) fn address() -> Address {
    Address {
        street: "Main Street 1".into(),
        locality: "Town".into(),
        state_or_province: None,
        postal_code: Some("12345".into()),
        country: "DE".into(),
        electronic: vec![
            LocalizedUri::en("mailto:lists@lists.example"),
            LocalizedUri::en("https://lists.example/"),
        ],
    }
}
pub(crate) fn description(kind: Kind, territory: &str, sequence: u64) -> ListDescription {
    ListDescription {
        kind,
        sequence,
        territory: territory.into(),
        operator_names: vec![Text::en("Lists & Sons <operators>")],
        operator_address: address(),
        scheme_names: vec![Text::en(format!("{territory}: lists of a test"))],
        information_uris: vec![LocalizedUri::en("https://lists.example/about")],
        rules: vec![],
        legal_notices: vec![Text::en("For tests.")],
        issued: now() - days(1),
        next_update: Some(now() + days(30)),
        distribution_points: vec![DE.into()],
        pointers: vec![],
        providers: vec![],
    }
}
/// A list with one provider.
pub(crate) fn list(territory: &str, sequence: u64, services: Vec<ServiceDescription>) -> ListDescription {
    ListDescription {
        providers: vec![ProviderDescription {
            names: vec![Text::en("RealTruth")],
            trade_names: vec![Text::en("VATDE-170173453")],
            address: address(),
            information_uris: vec![LocalizedUri::en("https://realtruth.example/")],
            services,
        }],
        ..description(Kind::Generic, territory, sequence)
    }
}
pub(crate) fn pointer(
    kind: Kind,
    location: &str,
    territory: &str,
    signers: &[&Holder],
) -> PointerDescription {
    PointerDescription {
        location: location.into(),
        kind,
        territory: territory.into(),
        operator_names: vec![Text::en("Lists & Sons")],
        signers: signers.iter().map(|s| s.certificate.der().to_vec()).collect(),
    }
}
/// A list of lists that points to itself and to `lists` (territory, location, signer).
pub(crate) fn list_of_lists(sequence: u64, own: &Holder, lists: &[(&str, &str, &Holder)]) -> ListDescription {
    let mut pointers = vec![pointer(Kind::ListOfLists, LOTL, "EU", &[own])];
    pointers.extend(
        lists
            .iter()
            .map(|(territory, location, holder)| pointer(Kind::Generic, location, territory, &[holder])),
    );
    ListDescription {
        pointers,
        ..description(Kind::ListOfLists, "EU", sequence)
    }
}
pub(crate) fn signed(list: &ListDescription, holder: &Holder) -> Vec<u8> {
    publish(list, &holder.key, &holder.certificate, list.issued).unwrap()
}
