//! A certificate, read once.
use crate::{
    algorithm::{self, Restriction},
    name::{Name, ORGANIZATION_IDENTIFIER, OrganizationIdentifier, OrganizationIdentifierError},
    qc::QcStatements,
    tlv,
};
use base64::Engine as _;
use jiff::Timestamp;
use procura_crypto::{PublicKey, Scheme, signature::VerifyError};
use std::sync::{Arc, OnceLock};
use x509_parser::{
    asn1_rs::Tag,
    certificate::X509Certificate,
    extensions::{DistributionPointName, GeneralName, ParsedExtension, X509Extension},
    prelude::FromDer as _,
    x509::X509Version,
};

/// Larger than any certificate of the trusted lists by far.
const MAX_SIZE: usize = 64 * 1024;
const MAX_PEM_CERTIFICATES: usize = 256;
const QC_STATEMENTS: &str = "1.3.6.1.5.5.7.1.3";
const NO_REVOCATION_AVAILABLE: &str = "2.5.29.56";
const VALIDITY_ASSURED_SHORT_TERM: &str = "0.4.0.194121.2.1";
const OCSP_NO_CHECK: &str = "1.3.6.1.5.5.7.48.1.5";
const CA_ISSUERS: &str = "1.3.6.1.5.5.7.48.2";
const OCSP: &str = "1.3.6.1.5.5.7.48.1";

/// Why DER is not a certificate that we can judge.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum CertificateError {
    /// Not DER, or not a certificate.
    #[error("not an X.509 certificate: {0}")]
    Malformed(&'static str),
    /// An extension stands twice.
    #[error("extension {0} stands twice")]
    DuplicateExtension(String),
    /// An extension that is needed cannot be read.
    #[error("extension {0} cannot be read")]
    Extension(&'static str),
    /// The public key cannot be used.
    #[error("public key: {0}")]
    Key(#[from] procura_crypto::key::KeyError),
    /// The subject attribute is present more than once, empty or of a wrong string type.
    #[error("subject attribute {0} is not exactly one printable or UTF-8 string")]
    Attribute(&'static str),
    /// The organizationIdentifier is none by syntax.
    #[error(transparent)]
    OrganizationIdentifier(#[from] OrganizationIdentifierError),
}

/// keyUsage bits that matter here.
#[expect(
    clippy::struct_excessive_bools,
    reason = "keyUsage is a set of named bits (RFC 5280 §4.2.1.3)"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct KeyUsage {
    /// digitalSignature.
    pub digital_signature: bool,
    /// nonRepudiation / contentCommitment.
    pub non_repudiation: bool,
    /// keyEncipherment.
    pub key_encipherment: bool,
    /// dataEncipherment.
    pub data_encipherment: bool,
    /// keyAgreement.
    pub key_agreement: bool,
    /// keyCertSign.
    pub key_cert_sign: bool,
    /// cRLSign.
    pub crl_sign: bool,
    /// encipherOnly; criteria of trusted lists name it.
    pub encipher_only: bool,
    /// decipherOnly; criteria of trusted lists name it.
    pub decipher_only: bool,
}

/// A parsed certificate; cheap to clone.
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

#[expect(
    clippy::struct_excessive_bools,
    reason = "extensions that say yes by being there"
)]
struct Inner {
    der: Vec<u8>,
    sha256: [u8; 32],
    subject: Name,
    issuer: Name,
    serial: Vec<u8>,
    not_before: Timestamp,
    not_after: Timestamp,
    key: Result<PublicKey, CertificateError>,
    restriction: Restriction,
    spki: Vec<u8>,
    tbs: Vec<u8>,
    signature: Vec<u8>,
    scheme: Option<Scheme>,
    algorithms_agree: bool,
    key_usage: Option<KeyUsage>,
    ca: bool,
    version_1: bool,
    /// Purposes, and whether the extension is critical.
    extended_key_usage: Option<(Vec<String>, bool)>,
    policies: Vec<String>,
    crl_urls: Vec<String>,
    ca_issuers: Vec<String>,
    ocsp_urls: Vec<String>,
    no_revocation_available: bool,
    validity_assured_short_term: bool,
    ocsp_no_check: bool,
    qc: QcStatements,
    organization: Result<Option<OrganizationIdentifier>, CertificateError>,
    subject_key_id: Option<Vec<u8>>,
    authority_key_id: Option<Vec<u8>>,
    /// The path validator's own view, made when first needed.
    validator: OnceLock<Option<certval::PDVCertificate>>,
    /// `SubjectPublicKeyInfo` of the issuer by whose key the signature was found to verify.
    signed_by: OnceLock<Vec<u8>>,
    /// The path above this certificate on which the rules of RFC 5280 were found to hold.
    rules_held: OnceLock<[u8; 32]>,
    validator_anchor: OnceLock<Option<certval::PDVTrustAnchorChoice>>,
}

/// Says whose certificate it is, without telling natural persons.
impl core::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Certificate({})", self.0.subject.label())
    }
}

/// Equal when the DER is.
impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.der == other.0.der
    }
}
impl Eq for Certificate {}

impl core::hash::Hash for Certificate {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.0.sha256.hash(state);
    }
}

impl Certificate {
    /// Reads DER. Tolerates what real certificates of trusted lists hold: an extension or a key that cannot be read
    /// is an error only where it is used.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > MAX_SIZE {
            return Err(CertificateError::Malformed("larger than 64 KiB"));
        }
        let certificate = match X509Certificate::from_der(der) {
            Ok(([], certificate)) => certificate,
            Ok(_) => return Err(CertificateError::Malformed("something follows the certificate")),
            Err(_) => return Err(CertificateError::Malformed("the structure cannot be read")),
        };
        Inner::read(der, &certificate).map(|inner| Self(Arc::new(inner)))
    }

    /// Reads every CERTIFICATE block of a PEM text.
    pub fn from_pem(pem: &str) -> Result<Vec<Self>, CertificateError> {
        const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
        const END: &str = "-----END CERTIFICATE-----";
        let mut out = Vec::new();
        let mut rest = pem;
        while let Some((_, block)) = rest.split_once(BEGIN) {
            if out.len() == MAX_PEM_CERTIFICATES {
                return Err(CertificateError::Malformed(
                    "more than 256 certificates in one PEM text",
                ));
            }
            let (body, after) = block
                .split_once(END)
                .ok_or(CertificateError::Malformed("a PEM block without its end"))?;
            let body: String = body.split_ascii_whitespace().collect();
            let der = base64::engine::general_purpose::STANDARD
                .decode(body)
                .map_err(|_| CertificateError::Malformed("a PEM block that is not base64"))?;
            out.push(Self::from_der(&der)?);
            rest = after;
        }
        Ok(out)
    }

    /// The DER.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// SHA-256 of the DER.
    pub fn sha256(&self) -> [u8; 32] {
        self.0.sha256
    }

    /// Subject.
    pub fn subject(&self) -> &Name {
        &self.0.subject
    }

    /// Issuer.
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// Serial number, big-endian content octets.
    pub fn serial(&self) -> &[u8] {
        &self.0.serial
    }

    /// Start of validity.
    pub fn not_before(&self) -> Timestamp {
        self.0.not_before
    }

    /// End of validity (that instant included).
    pub fn not_after(&self) -> Timestamp {
        self.0.not_after
    }

    /// Whether `at` is within validity, both ends included (RFC 5280 §4.1.2.5).
    pub fn is_valid_at(&self, at: Timestamp) -> bool {
        // notAfter counts whole seconds: its last second is still valid.
        self.0.not_before <= at && at.as_second() <= self.0.not_after.as_second()
    }

    /// The public key; an error for key types out of scope.
    pub fn public_key(&self) -> Result<&PublicKey, CertificateError> {
        self.0.key.as_ref().map_err(Clone::clone)
    }

    /// Whether the key may be used with `scheme`: an RSASSA-PSS key is bound to PSS and to the parameters that stand
    /// with it (RFC 4055 §1.2).
    pub fn permits(&self, scheme: Scheme) -> bool {
        self.0.restriction.permits(scheme)
    }

    /// Verifies a signature by this certificate's key.
    pub fn verify(&self, scheme: Scheme, message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
        if !self.permits(scheme) {
            return Err(VerifyError::WrongKeyType);
        }
        let key = self.0.key.as_ref().map_err(|_| VerifyError::Unsupported)?;
        procura_crypto::signature::verify(key, scheme, message, signature)
    }

    /// Whether its key may sign certificates: keyUsage says so, or, where that is absent, basicConstraints do, or it is of
    /// version 1, which has neither.
    pub(crate) fn may_issue(&self) -> bool {
        match self.key_usage() {
            Some(usage) => usage.key_cert_sign,
            None => self.is_ca() || self.0.version_1,
        }
    }

    /// Whether `issuer`'s key made this certificate's signature. Names and rights of the issuer are the path's
    /// business. What verified once is not verified again; clones share that.
    pub fn is_signed_by(&self, issuer: &Self) -> bool {
        if self.0.signed_by.get().is_some_and(|key| *key == issuer.0.spki) {
            return true;
        }
        let verified = self
            .0
            .scheme
            .is_some_and(|scheme| issuer.verify(scheme, &self.0.tbs, &self.0.signature).is_ok());
        if verified {
            self.0.signed_by.get_or_init(|| issuer.0.spki.clone());
        }
        verified
    }

    /// DER of the `SubjectPublicKeyInfo`.
    pub fn spki_der(&self) -> &[u8] {
        &self.0.spki
    }

    /// keyUsage, if present. One that cannot be read permits nothing.
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.0.key_usage
    }

    /// basicConstraints cA.
    pub fn is_ca(&self) -> bool {
        self.0.ca
    }

    /// extKeyUsage OIDs (dotted), if present.
    pub fn extended_key_usage(&self) -> Option<&[String]> {
        self.0
            .extended_key_usage
            .as_ref()
            .map(|(purposes, _)| purposes.as_slice())
    }

    /// Whether extKeyUsage is critical; false where it is absent.
    pub fn extended_key_usage_is_critical(&self) -> bool {
        self.0
            .extended_key_usage
            .as_ref()
            .is_some_and(|(_, critical)| *critical)
    }

    /// certificatePolicies OIDs (dotted).
    pub fn policies(&self) -> &[String] {
        &self.0.policies
    }

    /// http(s) URLs of full CRLs.
    pub fn crl_urls(&self) -> &[String] {
        &self.0.crl_urls
    }

    /// http(s) URLs of issuer certificates (authority information access, caIssuers).
    pub fn ca_issuers_urls(&self) -> &[String] {
        &self.0.ca_issuers
    }

    /// http(s) URLs of OCSP responders (authority information access).
    pub fn ocsp_urls(&self) -> &[String] {
        &self.0.ocsp_urls
    }

    /// Whether nobody has to be asked for its revocation: noRevAvail (RFC 9608) or ETSI validity-assured short-term
    /// (EN 319 412-1 §5.2). Neither exempts a CA, and noRevAvail exempts nobody who names a CRL or a responder after
    /// all (RFC 9608 §2).
    pub fn revocation_exempt(&self) -> bool {
        let names_a_source = !self.0.crl_urls.is_empty() || !self.0.ocsp_urls.is_empty();
        !self.0.ca
            && (self.0.validity_assured_short_term || (self.0.no_revocation_available && !names_a_source))
    }

    /// ocsp-nocheck (RFC 6960 §4.2.2.2.1): an OCSP responder whose issuer asks nobody to look for its revocation.
    pub fn has_ocsp_no_check(&self) -> bool {
        self.0.ocsp_no_check
    }

    /// The key as key identifiers and OCSP digest it: the content of the BIT STRING, without the count of unused bits.
    pub(crate) fn public_key_bits(&self) -> Option<&[u8]> {
        tlv::elements(tlv::sequence(&self.0.spki)?)
            .find(|field| field.tag == tlv::BIT_STRING)?
            .content
            .get(1..)
    }

    /// QcStatements; default when absent or unreadable.
    pub fn qc_statements(&self) -> &QcStatements {
        &self.0.qc
    }

    /// The one organizationIdentifier of the subject (2.5.4.97), byte for byte.
    pub fn organization_identifier(&self) -> Result<Option<OrganizationIdentifier>, CertificateError> {
        self.0.organization.clone()
    }

    /// subjectKeyIdentifier, if present.
    pub fn subject_key_id(&self) -> Option<&[u8]> {
        self.0.subject_key_id.as_deref()
    }

    /// keyIdentifier of authorityKeyIdentifier, if present.
    pub fn authority_key_id(&self) -> Option<&[u8]> {
        self.0.authority_key_id.as_deref()
    }

    /// The signature scheme that the issuer used; `None` when it is out of scope.
    pub fn signature_scheme(&self) -> Option<Scheme> {
        self.0.scheme
    }

    /// The signature value.
    pub fn signature_value(&self) -> &[u8] {
        &self.0.signature
    }

    /// DER of the `TBSCertificate`, what the issuer signed.
    pub fn tbs_der(&self) -> &[u8] {
        &self.0.tbs
    }

    /// Issuer and subject are the same name (RFC 5280 §3.2: self-issued).
    pub fn is_self_issued(&self) -> bool {
        self.0.issuer.matches(&self.0.subject)
    }

    /// Whether both places that name the signature algorithm agree (RFC 5280 §4.1.1.2).
    pub(crate) fn algorithms_agree(&self) -> bool {
        self.0.algorithms_agree
    }

    /// Where a path that starts here was found to keep the rules that do not depend on time.
    pub(crate) fn rules_held(&self) -> &OnceLock<[u8; 32]> {
        &self.0.rules_held
    }

    pub(crate) fn validator(&self) -> Option<&certval::PDVCertificate> {
        self.0
            .validator
            .get_or_init(|| certval::PDVCertificate::try_from(self.0.der.as_slice()).ok())
            .as_ref()
    }

    pub(crate) fn validator_anchor(&self) -> Option<&certval::PDVTrustAnchorChoice> {
        self.0
            .validator_anchor
            .get_or_init(|| certval::PDVTrustAnchorChoice::try_from(self.0.der.as_slice()).ok())
            .as_ref()
    }
}

impl Inner {
    fn read(der: &[u8], certificate: &X509Certificate<'_>) -> Result<Self, CertificateError> {
        let signed =
            tlv::Signed::read(der).ok_or(CertificateError::Malformed("the structure cannot be read"))?;
        let tbs = &certificate.tbs_certificate;
        let mut inner = Self {
            der: der.to_vec(),
            sha256: procura_crypto::digest::sha256(der),
            subject: Name::of(&tbs.subject),
            issuer: Name::of(&tbs.issuer),
            serial: tbs.raw_serial().to_vec(),
            not_before: timestamp(tbs.validity.not_before.timestamp()),
            not_after: timestamp(tbs.validity.not_after.timestamp()),
            key: PublicKey::from_spki_der(tbs.subject_pki.raw).map_err(CertificateError::Key),
            restriction: Restriction::of_key(&tbs.subject_pki.algorithm),
            spki: tbs.subject_pki.raw.to_vec(),
            tbs: tbs.as_ref().to_vec(),
            signature: certificate.signature_value.data.to_vec(),
            scheme: signature_scheme(certificate),
            algorithms_agree: signed.algorithms_agree(),
            key_usage: None,
            ca: false,
            version_1: tbs.version() == X509Version::V1,
            extended_key_usage: None,
            policies: Vec::new(),
            crl_urls: Vec::new(),
            ca_issuers: Vec::new(),
            ocsp_urls: Vec::new(),
            no_revocation_available: false,
            validity_assured_short_term: false,
            ocsp_no_check: false,
            qc: QcStatements::default(),
            organization: organization(certificate),
            subject_key_id: None,
            authority_key_id: None,
            validator: OnceLock::new(),
            signed_by: OnceLock::new(),
            rules_held: OnceLock::new(),
            validator_anchor: OnceLock::new(),
        };
        let mut seen: Vec<String> = Vec::new();
        for extension in tbs.extensions() {
            let oid = extension.oid.to_id_string();
            if seen.contains(&oid) {
                return Err(CertificateError::DuplicateExtension(oid));
            }
            inner.extension(&oid, extension);
            seen.push(oid);
        }
        Ok(inner)
    }

    fn extension(&mut self, oid: &str, extension: &X509Extension<'_>) {
        match extension.parsed_extension() {
            ParsedExtension::KeyUsage(usage) => {
                self.key_usage = Some(KeyUsage {
                    digital_signature: usage.digital_signature(),
                    non_repudiation: usage.non_repudiation(),
                    key_encipherment: usage.key_encipherment(),
                    data_encipherment: usage.data_encipherment(),
                    key_agreement: usage.key_agreement(),
                    key_cert_sign: usage.key_cert_sign(),
                    crl_sign: usage.crl_sign(),
                    encipher_only: usage.encipher_only(),
                    decipher_only: usage.decipher_only(),
                });
            }
            ParsedExtension::BasicConstraints(constraints) => self.ca = constraints.ca,
            ParsedExtension::CertificatePolicies(policies) => {
                self.policies = policies
                    .iter()
                    .map(|policy| policy.policy_id.to_id_string())
                    .collect();
            }
            ParsedExtension::SubjectKeyIdentifier(id) => self.subject_key_id = Some(id.0.to_vec()),
            ParsedExtension::AuthorityKeyIdentifier(id) => {
                self.authority_key_id = id.key_identifier.as_ref().map(|id| id.0.to_vec());
            }
            ParsedExtension::CRLDistributionPoints(points) => {
                for point in points.iter() {
                    // A point for some reasons only, or of another issuer, is not where the full CRL is.
                    if point.reasons.is_some() || point.crl_issuer.is_some() {
                        continue;
                    }
                    if let Some(DistributionPointName::FullName(names)) = &point.distribution_point {
                        self.crl_urls.extend(names.iter().filter_map(http_url));
                    }
                }
            }
            ParsedExtension::AuthorityInfoAccess(access) => {
                for description in access.iter() {
                    let Some(url) = http_url(&description.access_location) else {
                        continue;
                    };
                    match description.access_method.to_id_string().as_str() {
                        CA_ISSUERS => self.ca_issuers.push(url),
                        OCSP => self.ocsp_urls.push(url),
                        _ => {}
                    }
                }
            }
            ParsedExtension::ParseError { .. } if oid == "2.5.29.15" => {
                self.key_usage = Some(KeyUsage::default());
            }
            _ => match oid {
                QC_STATEMENTS => self.qc = QcStatements::from_der(extension.value).unwrap_or_default(),
                NO_REVOCATION_AVAILABLE => self.no_revocation_available = true,
                VALIDITY_ASSURED_SHORT_TERM => self.validity_assured_short_term = true,
                OCSP_NO_CHECK => self.ocsp_no_check = true,
                _ => {}
            },
        }
        // extKeyUsage read by ourselves, so that every purpose is there by its OID.
        if oid == "2.5.29.37" {
            let purposes = tlv::sequence(extension.value).map(oids).unwrap_or_default();
            self.extended_key_usage = Some((purposes, extension.critical));
        }
    }
}

/// A signature that does not fill whole octets is none: its unused bits could be anything.
fn signature_scheme(certificate: &X509Certificate<'_>) -> Option<Scheme> {
    (certificate.signature_value.unused_bits == 0)
        .then(|| algorithm::scheme(&certificate.signature_algorithm))
        .flatten()
}

fn oids(content: &[u8]) -> Vec<String> {
    tlv::elements(content)
        .filter(|e| e.tag == tlv::OID)
        .filter_map(|e| tlv::oid(e.content))
        .collect()
}

pub(crate) fn http_url(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::URI(url) if is_http(url) => Some((*url).to_owned()),
        _ => None,
    }
}

fn is_http(url: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| {
        url.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })
}

/// Seconds since 1970. The last hours of the year 9999 ("no end", RFC 5280 §4.1.2.5) are beyond what is counted here.
pub(crate) fn timestamp(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(if seconds < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

fn organization(
    certificate: &X509Certificate<'_>,
) -> Result<Option<OrganizationIdentifier>, CertificateError> {
    const REFUSED: CertificateError = CertificateError::Attribute("organizationIdentifier");
    let mut found = None;
    for attribute in certificate.tbs_certificate.subject.iter_attributes() {
        if attribute.attr_type().to_id_string() != ORGANIZATION_IDENTIFIER {
            continue;
        }
        let value = attribute.attr_value();
        if !matches!(value.tag(), Tag::Utf8String | Tag::PrintableString) || found.is_some() {
            return Err(REFUSED);
        }
        let text = crate::name::text(value).ok_or(REFUSED)?;
        if text.is_empty() {
            return Err(REFUSED);
        }
        found = Some(OrganizationIdentifier::parse(&text)?);
    }
    Ok(found)
}
