//! What a scheme operator says, before it is XML. Every struct reads from and writes to any serde format.
use crate::model::{Assertion, CA_QC};
use jiff::Timestamp;
use procura_pki::Certificate;
use serde::{Deserialize, Serialize};

/// A text in a language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Language tag, lower case.
    pub lang: String,
    /// The text.
    pub text: String,
}
impl Text {
    /// A text in English.
    #[must_use]
    pub fn en(text: impl Into<String>) -> Self {
        Self {
            lang: "en".into(),
            text: text.into(),
        }
    }
}
/// A URI in a language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalizedUri {
    /// Language tag, lower case.
    pub lang: String,
    /// The URI.
    pub uri: String,
}
impl LocalizedUri {
    /// A URI of something in English.
    #[must_use]
    pub fn en(uri: impl Into<String>) -> Self {
        Self {
            lang: "en".into(),
            uri: uri.into(),
        }
    }
}
/// A postal address, in English, with the electronic ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Street and number.
    pub street: String,
    /// Town.
    pub locality: String,
    /// State or province.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_or_province: Option<String>,
    /// Postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Country code.
    pub country: String,
    /// Web site and `mailto:` URIs; at least one.
    pub electronic: Vec<LocalizedUri>,
}
/// What kind of list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// `EUgeneric`: a list of services.
    Generic,
    /// `EUlistofthelists`.
    ListOfLists,
}
/// A list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListDescription {
    /// Kind.
    pub kind: Kind,
    /// `TSLSequenceNumber`: 1 for the first, then one more each time.
    pub sequence: u64,
    /// `SchemeTerritory`.
    pub territory: String,
    /// `SchemeOperatorName`.
    pub operator_names: Vec<Text>,
    /// `SchemeOperatorAddress`.
    pub operator_address: Address,
    /// `SchemeName`.
    pub scheme_names: Vec<Text>,
    /// `SchemeInformationURI`; of a list of lists also the Official Journal and the pivots, newest first.
    pub information_uris: Vec<LocalizedUri>,
    /// `SchemeTypeCommunityRules`; empty: those of the kind.
    #[serde(default)]
    pub rules: Vec<LocalizedUri>,
    /// `TSLLegalNotice`.
    #[serde(default)]
    pub legal_notices: Vec<Text>,
    /// `ListIssueDateTime`.
    pub issued: Timestamp,
    /// `NextUpdate`; `None` closes the list.
    pub next_update: Option<Timestamp>,
    /// `DistributionPoints`.
    #[serde(default)]
    pub distribution_points: Vec<String>,
    /// `PointersToOtherTSL`.
    #[serde(default)]
    pub pointers: Vec<PointerDescription>,
    /// `TrustServiceProviderList`.
    #[serde(default)]
    pub providers: Vec<ProviderDescription>,
}
/// A pointer to a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PointerDescription {
    /// `TSLLocation`.
    pub location: String,
    /// Kind of that list.
    pub kind: Kind,
    /// Its territory.
    pub territory: String,
    /// Its operator.
    pub operator_names: Vec<Text>,
    /// DER of who may sign it, base64 in text formats.
    #[serde(with = "base64_list")]
    pub signers: Vec<Vec<u8>>,
}
/// A trust service provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderDescription {
    /// `TSPName`.
    pub names: Vec<Text>,
    /// `TSPTradeName`: with the official registration identifier (`VATDE-…`).
    #[serde(default)]
    pub trade_names: Vec<Text>,
    /// `TSPAddress`.
    pub address: Address,
    /// `TSPInformationURI`.
    pub information_uris: Vec<LocalizedUri>,
    /// Services.
    pub services: Vec<ServiceDescription>,
}
/// A service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceDescription {
    /// `ServiceTypeIdentifier`.
    pub service_type: String,
    /// `ServiceName`.
    pub names: Vec<Text>,
    /// DER of its certificates, base64 in text formats.
    #[serde(with = "base64_list")]
    pub certificates: Vec<Vec<u8>>,
    /// `ServiceStatus`: the last part of the URI (`granted`, `withdrawn`).
    pub status: String,
    /// `StatusStartingTime`.
    pub since: Timestamp,
    /// `AdditionalServiceInformation`: the last part of the URI (`ForeSeals`, `ForeSignatures`).
    #[serde(default)]
    pub additional: Vec<String>,
    /// `Qualifications`.
    #[serde(default)]
    pub qualifications: Vec<QualificationDescription>,
    /// Earlier states, in any order.
    #[serde(default)]
    pub history: Vec<PastStatus>,
}
impl ServiceDescription {
    /// A CA for qualified certificates, granted since `since` for `additional` (`ForeSeals`, …).
    #[must_use]
    pub fn granted_ca_qc(
        name: &str,
        certificate: &Certificate,
        since: Timestamp,
        additional: &[&str],
    ) -> Self {
        Self {
            service_type: CA_QC.into(),
            names: vec![Text::en(name)],
            certificates: vec![certificate.der().to_vec()],
            status: "granted".into(),
            since,
            additional: additional.iter().map(|a| (*a).to_owned()).collect(),
            qualifications: Vec::new(),
            history: Vec::new(),
        }
    }
    /// The same with another status since `since`; the present one goes into the history.
    #[must_use]
    pub fn then(mut self, status: &str, since: Timestamp) -> Self {
        self.history.push(PastStatus {
            status: core::mem::replace(&mut self.status, status.into()),
            since: core::mem::replace(&mut self.since, since),
            additional: self.additional.clone(),
            qualifications: self.qualifications.clone(),
        });
        self
    }
}
/// An earlier state of a service; type and name are those of today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastStatus {
    /// `ServiceStatus`: the last part of the URI.
    pub status: String,
    /// `StatusStartingTime`.
    pub since: Timestamp,
    /// `AdditionalServiceInformation`: the last part of the URI.
    #[serde(default)]
    pub additional: Vec<String>,
    /// `Qualifications`.
    #[serde(default)]
    pub qualifications: Vec<QualificationDescription>,
}
/// `QualificationElement`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QualificationDescription {
    /// Qualifiers: the last part of the URI (`QCWithQSCD`, `QCForESeal`).
    pub qualifiers: Vec<String>,
    /// For which certificates.
    pub criteria: CriteriaDescription,
}
/// `CriteriaList`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CriteriaDescription {
    /// How they combine.
    pub assertion: Assertion,
    /// keyUsage bits with their values; empty: no such criterion.
    #[serde(default)]
    pub key_usage: Vec<(String, bool)>,
    /// Policies that must all be there; empty: no such criterion.
    #[serde(default)]
    pub policies: Vec<String>,
    /// Subject attributes that must all be there; empty: no such criterion.
    #[serde(default)]
    pub subject_attributes: Vec<String>,
    /// extKeyUsage purposes that must all be there; empty: no such criterion.
    #[serde(default)]
    pub extended_key_usage: Vec<String>,
}

mod base64_list {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(list: &[Vec<u8>], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(list.iter().map(|der| STANDARD.encode(der)))
    }
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Vec<u8>>, D::Error> {
        Vec::<String>::deserialize(deserializer)?
            .into_iter()
            .map(|text| STANDARD.decode(text).map_err(D::Error::custom))
            .collect()
    }
}
