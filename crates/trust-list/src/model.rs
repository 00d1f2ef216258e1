//! The content of a list.
use jiff::Timestamp;
use procura_pki::Certificate;

/// A trusted list or list of lists, parsed from the bytes that were digested.
#[derive(Clone, Debug)]
pub struct TrustedList {
    /// Version identifier (5 or 6).
    pub version: u32,
    /// Sequence number.
    pub sequence: u64,
    /// TSLType URI.
    pub tsl_type: String,
    /// Scheme territory.
    pub territory: String,
    /// Issue.
    pub issued: Timestamp,
    /// Next update; `None`: closed list.
    pub next_update: Option<Timestamp>,
    /// SchemeInformationURI values in order.
    pub scheme_information_uris: Vec<String>,
    /// Pointers.
    pub pointers: Vec<Pointer>,
    /// Providers.
    pub providers: Vec<TrustServiceProvider>,
}
/// OtherTSLPointer.
#[derive(Clone, Debug)]
pub struct Pointer {
    /// TSLLocation.
    pub location: String,
    /// TSLType.
    pub tsl_type: String,
    /// MIME type.
    pub mime_type: String,
    /// Territory.
    pub territory: String,
    /// Announced signers.
    pub signers: Vec<Certificate>,
}
/// TrustServiceProvider.
#[derive(Clone, Debug)]
pub struct TrustServiceProvider {
    /// Names (language, text).
    pub names: Vec<(String, String)>,
    /// Trade names.
    pub trade_names: Vec<(String, String)>,
    /// Services.
    pub services: Vec<Service>,
}
/// A service: its certificates serve all periods; periods newest first, half-open.
#[derive(Clone, Debug)]
pub struct Service {
    /// Anchors.
    pub certificates: Vec<Certificate>,
    /// Status periods, newest first.
    pub periods: Vec<Period>,
}
/// A period of a service.
#[derive(Clone, Debug)]
pub struct Period {
    /// ServiceTypeIdentifier.
    pub service_type: String,
    /// Names.
    pub names: Vec<(String, String)>,
    /// ServiceStatus.
    pub status: String,
    /// Start; the end is the start of the newer period.
    pub from: Timestamp,
    /// AdditionalServiceInformation URIs.
    pub additional: Vec<String>,
}
