//! The content of a list (ETSI TS 119 612 §5), as far as decisions need it.
mod criteria;
mod parse;

use jiff::Timestamp;
use procura_pki::Certificate;

pub use criteria::{Assertion, Criteria, Criterion, QcStatementCriterion};
pub(crate) use parse::{parse, scheme_information_uris};

/// `TSLType` of the EU list of lists.
pub const TYPE_LIST_OF_LISTS: &str = "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUlistofthelists";
/// `TSLType` of a national list.
pub const TYPE_GENERIC: &str = "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUgeneric";
/// MIME type of a list in XML.
pub const MIME_XML: &str = "application/vnd.etsi.tsl+xml";
/// Service type: a CA that issues qualified certificates.
pub const CA_QC: &str = "http://uri.etsi.org/TrstSvc/Svctype/CA/QC";
/// Prefix of every kind of CA service.
pub const CA_PREFIX: &str = "http://uri.etsi.org/TrstSvc/Svctype/CA/";
/// Service type: a national root CA for qualified certificates.
pub const NATIONAL_ROOT: &str = "http://uri.etsi.org/TrstSvc/Svctype/NationalRootCA-QC";
/// Prefix of service states.
pub const STATUS_PREFIX: &str = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/";
/// Status: granted.
pub const GRANTED: &str = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted";
/// Status: withdrawn.
pub const WITHDRAWN: &str = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/withdrawn";
/// Prefix of `AdditionalServiceInformation` URIs and of qualifiers.
pub const SVC_INFO_EXT: &str = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/";

/// A trusted list or list of lists, parsed from the bytes that were digested.
#[derive(Clone, Debug, PartialEq)]
pub struct TrustedList {
    /// `TSLVersionIdentifier`: 5 or 6.
    pub version: u32,
    /// `TSLSequenceNumber`.
    pub sequence: u64,
    /// `TSLType` URI.
    pub tsl_type: String,
    /// `SchemeTerritory`.
    pub territory: String,
    /// `SchemeOperatorName` (language, text).
    pub operator_names: Vec<(String, String)>,
    /// `ListIssueDateTime`.
    pub issued: Timestamp,
    /// `NextUpdate`; `None`: the list is closed.
    pub next_update: Option<Timestamp>,
    /// `SchemeInformationURI` values in order.
    pub scheme_information_uris: Vec<String>,
    /// `PointersToOtherTSL`.
    pub pointers: Vec<Pointer>,
    /// Providers with information; those without are left out.
    pub providers: Vec<TrustServiceProvider>,
}
impl TrustedList {
    /// Whether it is a list of lists.
    #[must_use]
    pub fn is_list_of_lists(&self) -> bool {
        self.tsl_type == TYPE_LIST_OF_LISTS
    }
    /// The pointer of a list of lists to itself: who may sign the next one (TS 119 612 §5.3.13, pivots).
    #[must_use]
    pub fn pointer_to_list_of_lists(&self) -> Option<&Pointer> {
        self.pointers
            .iter()
            .find(|p| p.is_xml() && p.tsl_type == TYPE_LIST_OF_LISTS)
    }
    /// The pointers to national lists in XML.
    pub fn pointers_to_lists(&self) -> impl Iterator<Item = &Pointer> {
        self.pointers
            .iter()
            .filter(|p| p.is_xml() && p.tsl_type == TYPE_GENERIC)
    }
}
/// `OtherTSLPointer`.
#[derive(Clone, Debug, PartialEq)]
pub struct Pointer {
    /// `TSLLocation`.
    pub location: String,
    /// `TSLType`.
    pub tsl_type: String,
    /// `MimeType`.
    pub mime_type: String,
    /// `SchemeTerritory`.
    pub territory: String,
    /// Announced signers.
    pub signers: Vec<Certificate>,
    /// Announced certificates that could not be read and cannot sign.
    pub unreadable_signers: usize,
}
impl Pointer {
    /// Whether it points to XML.
    #[must_use]
    pub fn is_xml(&self) -> bool {
        self.mime_type.eq_ignore_ascii_case(MIME_XML)
    }
}
/// `TrustServiceProvider`.
#[derive(Clone, Debug, PartialEq)]
pub struct TrustServiceProvider {
    /// `TSPName` (language, text).
    pub names: Vec<(String, String)>,
    /// `TSPTradeName` (language, text).
    pub trade_names: Vec<(String, String)>,
    /// Services that have a current status.
    pub services: Vec<Service>,
}
/// A service: its certificates serve all periods (histories name none); periods newest first, half-open.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Certificates of the current `ServiceDigitalIdentity`, each an anchor.
    pub certificates: Vec<Certificate>,
    /// Certificates of it that could not be read and anchor nothing.
    pub unreadable_certificates: usize,
    /// Status periods, newest first.
    pub periods: Vec<Period>,
}
impl Service {
    /// The current entry.
    #[must_use]
    pub fn current(&self) -> Option<&Period> {
        self.periods.first()
    }
    /// The period that contains `at`: from its start until the start of a newer one; of equal starts the newest.
    #[must_use]
    pub fn period_at(&self, at: Timestamp) -> Option<&Period> {
        self.periods.iter().find(|p| p.from <= at)
    }
    /// Whether it is, or ever was, a CA.
    #[must_use]
    pub fn is_ca(&self) -> bool {
        self.periods
            .iter()
            .any(|p| p.service_type.starts_with(CA_PREFIX) || p.service_type == NATIONAL_ROOT)
    }
}
/// A period of a service.
#[derive(Clone, Debug, PartialEq)]
pub struct Period {
    /// `ServiceTypeIdentifier`.
    pub service_type: String,
    /// `ServiceName` (language, text).
    pub names: Vec<(String, String)>,
    /// `ServiceStatus`.
    pub status: String,
    /// Start; the end is the start of the newer period.
    pub from: Timestamp,
    /// `AdditionalServiceInformation` URIs.
    pub additional: Vec<String>,
    /// `Qualifications`.
    pub qualifications: Vec<QualificationElement>,
    /// `ExpiredCertsRevocationInfo`.
    pub expired_certificates_from: Option<Timestamp>,
    /// Why nothing can be concluded from this period: a critical extension that we do not know.
    pub unknown_critical: Option<String>,
}
impl Period {
    /// Whether the service is for this kind, by the last part of the URI: `ForeSeals`, `ForeSignatures`,
    /// `ForWebSiteAuthentication`, `RootCA-QC`.
    #[must_use]
    pub fn is_for(&self, kind: &str) -> bool {
        self.additional
            .iter()
            .any(|uri| uri.strip_prefix(SVC_INFO_EXT) == Some(kind))
    }
}
/// `QualificationElement` (TS 119 612 §5.5.9.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QualificationElement {
    /// Qualifiers, the last part of their URIs (`QCStatement`, `QCForESeal`, …); others in full.
    pub qualifiers: Vec<String>,
    /// For which certificates they hold.
    pub criteria: Criteria,
}
/// The text in English, else the first.
#[must_use]
pub fn preferred(names: &[(String, String)]) -> &str {
    names
        .iter()
        .find(|(language, _)| language.eq_ignore_ascii_case("en"))
        .or_else(|| names.first())
        .map_or("", |(_, text)| text)
}
