//! What each certificate of the demo world contains (EN 319 412-2, -3, -5; TS 119 612 §5.7.1).
use super::WorldError;
use super::fixtures::Named;
use crate::der::{general_name_uri, ia5, oid, printable, sequence, tlv};
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CrlDistributionPoint, CustomExtension, DistinguishedName, DnType,
    DnValue, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose, SerialNumber,
};

const ORGANIZATION_IDENTIFIER: &[u64] = &[2, 5, 4, 97];
const SERIAL_NUMBER: &[u64] = &[2, 5, 4, 5];
const SURNAME: &[u64] = &[2, 5, 4, 4];
const GIVEN_NAME: &[u64] = &[2, 5, 4, 42];
const DESCRIPTION: &[u64] = &[2, 5, 4, 13];

const AUTHORITY_INFORMATION_ACCESS: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 1, 1];
const OCSP: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 48, 1];
const OCSP_NO_CHECK: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 48, 1, 5];
const CA_ISSUERS: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 48, 2];
const CERTIFICATE_POLICIES: &[u64] = &[2, 5, 29, 32];
const ANY_POLICY: &[u64] = &[2, 5, 29, 32, 0];
const QCP_N_QSCD: &[u64] = &[0, 4, 0, 194_112, 1, 2];
const QCP_L_QSCD: &[u64] = &[0, 4, 0, 194_112, 1, 3];
const OVCP: &[u64] = &[0, 4, 0, 2042, 1, 7];
/// Spanish certificate of a natural person who represents a legal person before the administrations.
const REPRESENTATIVE: &[u64] = &[2, 16, 724, 1, 3, 5, 8];
const QC_STATEMENTS: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 1, 3];
const QC_SYNTAX_V2: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 11, 2];
const SEMANTICS_NATURAL: &[u64] = &[0, 4, 0, 194_121, 1, 1];
const SEMANTICS_LEGAL: &[u64] = &[0, 4, 0, 194_121, 1, 2];
const QC_COMPLIANCE: &[u64] = &[0, 4, 0, 1862, 1, 1];
const QC_SSCD: &[u64] = &[0, 4, 0, 1862, 1, 4];
const QC_PDS: &[u64] = &[0, 4, 0, 1862, 1, 5];
const QC_TYPE: &[u64] = &[0, 4, 0, 1862, 1, 6];
const QC_TYPE_ESIGN: &[u64] = &[0, 4, 0, 1862, 1, 6, 1];
const QC_TYPE_ESEAL: &[u64] = &[0, 4, 0, 1862, 1, 6, 2];
const TSL_SIGNING: &[u64] = &[0, 4, 0, 2231, 3, 0];
const EXTENDED_KEY_USAGE: &[u64] = &[2, 5, 29, 37];
const TIME_STAMPING: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 3, 8];
/// Normalized certificate policy with a key in a secure device (EN 319 411-1).
const NCP_PLUS: &[u64] = &[0, 4, 0, 2042, 1, 2];

/// Who a certificate names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject(Named);
impl Subject {
    pub(super) fn of(named: Named) -> Self {
        Self(named)
    }
}
/// What kind of certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Profile {
    /// The root above the services.
    Root,
    /// A CA that a trusted list names as a service.
    ServiceCa,
    /// A CA below a service.
    IssuingCa,
    /// Qualified certificate for electronic seals, key in a QSCD (QCP-l-qscd).
    QualifiedSeal,
    /// Qualified certificate for electronic signatures, key in a QSCD (QCP-n-qscd).
    QualifiedSignature {
        /// With the policy of a representative of a legal person.
        representative: bool,
    },
    /// A website's certificate, not qualified.
    Tls {
        /// DNS name.
        host: &'static str,
    },
    /// Signer of a trusted list.
    ListOperator,
    /// Signer of time-stamp tokens (RFC 3161 §2.3, EN 319 422 §6).
    TimeStampingUnit,
    /// Who answers for an authority (RFC 6960 §4.2.2.2), itself not to be asked for.
    OcspResponder,
}
/// A certificate to be made.
#[derive(Clone, Debug)]
pub(super) struct Recipe {
    pub(super) subject: Subject,
    pub(super) profile: Profile,
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
    /// What the issuer serves; none for a self-issued certificate.
    pub(super) issuer_urls: Option<IssuerUrls>,
}
/// Where an issuer serves what concerns its certificates.
#[derive(Clone, Debug)]
pub(super) struct IssuerUrls {
    pub(super) crl: String,
    pub(super) certificate: String,
    pub(super) ocsp: Option<String>,
}
impl Recipe {
    /// The parameters, with a serial number.
    pub(super) fn params(&self, serial: [u8; 16]) -> Result<CertificateParams, WorldError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = self.subject.name()?;
        params.not_before = date_time(self.not_before)?;
        params.not_after = date_time(self.not_after)?;
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        params.use_authority_key_identifier_extension = self.issuer_urls.is_some();
        if let Some(urls) = &self.issuer_urls {
            params.crl_distribution_points = vec![CrlDistributionPoint {
                uris: vec![urls.crl.clone()],
            }];
            params.custom_extensions.push(authority_information(urls));
        }
        self.profile.apply(&mut params)?;
        Ok(params)
    }
}
impl Subject {
    /// Attributes in the order of EN 319 412-3 §4.2.1 and EN 319 412-2 §4.2.4.
    fn name(&self) -> Result<DistinguishedName, WorldError> {
        let Named {
            organisation,
            person,
            common_name,
        } = self.0;
        let mut name = DistinguishedName::new();
        name.push(DnType::CountryName, printable_value(&organisation.country)?);
        name.push(DnType::OrganizationName, organisation.name.as_str());
        if let Some(identifier) = &organisation.identifier {
            name.push(custom(ORGANIZATION_IDENTIFIER), identifier.as_str());
        }
        if let Some(person) = person {
            name.push(custom(SERIAL_NUMBER), printable_value(&person.serial_number)?);
            name.push(custom(SURNAME), person.surname.as_str());
            name.push(custom(GIVEN_NAME), person.given_name.as_str());
            if let Some(description) = &person.description {
                name.push(custom(DESCRIPTION), description.as_str());
            }
        }
        name.push(DnType::CommonName, common_name);
        Ok(name)
    }
}
impl Profile {
    fn apply(self, params: &mut CertificateParams) -> Result<(), WorldError> {
        match self {
            Self::Root => certification_authority(params, BasicConstraints::Unconstrained),
            Self::ServiceCa => certification_authority(params, BasicConstraints::Constrained(1)),
            Self::IssuingCa => certification_authority(params, BasicConstraints::Constrained(0)),
            Self::QualifiedSeal => {
                end_entity(params, &[QCP_L_QSCD]);
                params
                    .custom_extensions
                    .push(qc_statements(SEMANTICS_LEGAL, QC_TYPE_ESEAL));
            }
            Self::QualifiedSignature { representative } => {
                let policies: &[&[u64]] = if representative {
                    &[QCP_N_QSCD, REPRESENTATIVE]
                } else {
                    &[QCP_N_QSCD]
                };
                end_entity(params, policies);
                params
                    .custom_extensions
                    .push(qc_statements(SEMANTICS_NATURAL, QC_TYPE_ESIGN));
            }
            Self::Tls { host } => {
                end_entity(params, &[OVCP]);
                params.subject_alt_names = vec![rcgen::SanType::DnsName(host.try_into()?)];
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
            }
            Self::ListOperator => {
                params.is_ca = IsCa::ExplicitNoCa;
                params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(TSL_SIGNING.to_vec())];
            }
            Self::OcspResponder => {
                params.is_ca = IsCa::ExplicitNoCa;
                params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::OcspSigning];
                let no_check = CustomExtension::from_oid_content(OCSP_NO_CHECK, tlv(0x05, &[]));
                params.custom_extensions.push(no_check);
            }
            Self::TimeStampingUnit => {
                params.is_ca = IsCa::ExplicitNoCa;
                params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
                params.custom_extensions.push(certificate_policies(&[NCP_PLUS]));
                // Critical, which the parameters cannot say.
                let mut purposes =
                    CustomExtension::from_oid_content(EXTENDED_KEY_USAGE, sequence(&[oid(TIME_STAMPING)]));
                purposes.set_criticality(true);
                params.custom_extensions.push(purposes);
            }
        }
        Ok(())
    }
}

fn certification_authority(params: &mut CertificateParams, constraints: BasicConstraints) {
    params.is_ca = IsCa::Ca(constraints);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.custom_extensions.push(certificate_policies(&[ANY_POLICY]));
}
fn end_entity(params: &mut CertificateParams, policies: &[&[u64]]) {
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::ContentCommitment,
    ];
    params.custom_extensions.push(certificate_policies(policies));
}
fn certificate_policies(policies: &[&[u64]]) -> CustomExtension {
    let policies: Vec<_> = policies.iter().map(|policy| sequence(&[oid(policy)])).collect();
    CustomExtension::from_oid_content(CERTIFICATE_POLICIES, sequence(&policies))
}
fn authority_information(urls: &IssuerUrls) -> CustomExtension {
    let access = |method: &[u64], url: &str| sequence(&[oid(method), general_name_uri(url)]);
    let mut all: Vec<_> = urls.ocsp.iter().map(|url| access(OCSP, url)).collect();
    all.push(access(CA_ISSUERS, &urls.certificate));
    CustomExtension::from_oid_content(AUTHORITY_INFORMATION_ACCESS, sequence(&all))
}
fn qc_statements(semantics: &[u64], qc_type: &[u64]) -> CustomExtension {
    let disclosure = sequence(&[ia5("https://realtruth.example/pds_en.pdf"), printable("en")]);
    let statements = [
        sequence(&[oid(QC_SYNTAX_V2), sequence(&[oid(semantics)])]),
        sequence(&[oid(QC_COMPLIANCE)]),
        sequence(&[oid(QC_SSCD)]),
        sequence(&[oid(QC_PDS), sequence(&[disclosure])]),
        sequence(&[oid(QC_TYPE), sequence(&[oid(qc_type)])]),
    ];
    CustomExtension::from_oid_content(QC_STATEMENTS, sequence(&statements))
}
fn custom(arcs: &[u64]) -> DnType {
    DnType::CustomDnType(arcs.to_vec())
}
fn printable_value(text: &str) -> Result<DnValue, WorldError> {
    Ok(DnValue::PrintableString(text.try_into()?))
}
/// The point in time as rcgen's type, at whole seconds.
pub(super) fn date_time(at: Timestamp) -> Result<time::OffsetDateTime, WorldError> {
    time::OffsetDateTime::from_unix_timestamp(at.as_second()).map_err(|_| WorldError::Time(at))
}
