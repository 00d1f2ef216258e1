//! Certificate revocation lists (RFC 5280 §5).
use crate::{
    algorithm,
    certificate::{Certificate, http_url, timestamp},
    name::Name,
    path::SignatureChecks,
    revocation::{
        MAX_SIGNATURE_CHECKS, RevocationStatus, Source, Statement, acceptable_scheme, significant, worst,
    },
    time::generalized_time,
    tlv::{self, Signed},
};
use base64::Engine as _;
use jiff::Timestamp;
use procura_crypto::{Scheme, digest::sha256};
use std::{
    collections::{HashMap, HashSet},
    ops::Range,
    sync::{Arc, OnceLock},
};
use x509_parser::{
    extensions::{DistributionPointName, ParsedExtension},
    prelude::FromDer as _,
    revocation_list::CertificateRevocationList,
};

/// Larger than the CRLs of the trusted lists' services.
const MAX_SIZE: usize = 32 * 1024 * 1024;
const DELTA_CRL_INDICATOR: &str = "2.5.29.27";
const ISSUING_DISTRIBUTION_POINT: &str = "2.5.29.28";
const REASON_CODE: &str = "2.5.29.21";
const AUTHORITY_KEY_ID: &str = "2.5.29.35";
/// Rec. ITU-T X.509 §9.5.2.8 (2019).
const EXPIRED_CERTS_ON_CRL: &str = "2.5.29.60";

/// A parsed CRL; cheap to clone.
#[derive(Clone)]
pub struct Crl(Arc<Inner>);

struct Inner {
    issuer: Name,
    /// The authority key identifier.
    issuer_key: Option<Vec<u8>>,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    der: Vec<u8>,
    sha256: [u8; 32],
    /// Where what is signed stands in `der`.
    tbs: Range<usize>,
    scheme: Option<Scheme>,
    signature: Vec<u8>,
    /// Why it covers less than all certificates of its issuer, where it does.
    partial: Option<&'static str>,
    only_users: bool,
    only_cas: bool,
    /// URLs of the issuing distribution point; `None` without one.
    points: Option<Vec<String>>,
    expired_certs: Option<Timestamp>,
    critical: bool,
    revoked: HashMap<Vec<u8>, (Timestamp, Option<u8>)>,
    /// `SubjectPublicKeyInfo` of the issuer by whose key the signature was verified: lists are large and asked often.
    verified_by: OnceLock<Vec<u8>>,
}

impl core::fmt::Debug for Crl {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            f,
            "Crl({}, {} entries)",
            self.0.issuer.label(),
            self.0.revoked.len()
        )
    }
}

/// Why a CRL says nothing about a certificate.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum CrlError {
    /// Not a CRL.
    #[error("not a CRL: {0}")]
    Malformed(&'static str),
    /// Another issuer.
    #[error("the CRL is not the issuer's")]
    Issuer,
    /// The signature does not verify.
    #[error("the CRL's signature does not verify")]
    Signature,
    /// Of the issuer's name, and of another key: of a namesake, or of the same CA before or after it changed its key.
    /// RFC 5280 §6.3.3 (f) would have a path found for that key to the same anchor; that is not done.
    #[error("the CRL is of another key under the issuer's name")]
    AnotherKey,
    /// The signature was not checked.
    #[error("too many signatures to be checked")]
    Budget,
    /// Signed by an algorithm that does not count.
    #[error("the CRL's signature does not count: {0}")]
    Algorithm(&'static str),
    /// The issuer's keyUsage lacks cRLSign.
    #[error("the issuer's keyUsage lacks cRLSign")]
    KeyUsage,
    /// Not current.
    #[error("the CRL is not current: {this_update} to {next_update:?}")]
    Stale {
        /// thisUpdate.
        this_update: Timestamp,
        /// nextUpdate.
        next_update: Option<Timestamp>,
    },
    /// Delta, indirect, or another distribution point.
    #[error("the CRL's scope does not cover the certificate: {0}")]
    Scope(&'static str),
    /// Unknown critical extension.
    #[error("the CRL has an unknown critical extension")]
    Critical,
}

impl Crl {
    /// Reads DER (or PEM).
    pub fn from_der(bytes: &[u8]) -> Result<Self, CrlError> {
        if bytes.len() > MAX_SIZE {
            return Err(CrlError::Malformed("larger than 32 MiB"));
        }
        if let Some(der) = from_pem(bytes)? {
            return Self::read(&der);
        }
        Self::read(bytes)
    }

    fn read(der: &[u8]) -> Result<Self, CrlError> {
        let crl = match CertificateRevocationList::from_der(der) {
            Ok(([], crl)) => crl,
            Ok(_) => return Err(CrlError::Malformed("something follows the list")),
            Err(_) => return Err(CrlError::Malformed("the structure cannot be read")),
        };
        let tbs = &crl.tbs_cert_list;
        let signed = Signed::read(der).ok_or(CrlError::Malformed("the structure cannot be read"))?;
        if !signed.algorithms_agree() {
            return Err(CrlError::Malformed(
                "the signature algorithm inside differs from the one outside",
            ));
        }
        if crl.signature_value.unused_bits != 0 {
            return Err(CrlError::Malformed("the signature does not fill whole octets"));
        }
        let mut inner = Inner {
            issuer: Name::of(&tbs.issuer),
            issuer_key: None,
            this_update: timestamp(tbs.this_update.timestamp()),
            next_update: tbs.next_update.map(|time| timestamp(time.timestamp())),
            tbs: signed_range(der, signed).ok_or(CrlError::Malformed("the structure cannot be read"))?,
            der: der.to_vec(),
            sha256: sha256(der),
            scheme: algorithm::scheme(&crl.signature_algorithm),
            signature: crl.signature_value.data.to_vec(),
            partial: None,
            only_users: false,
            only_cas: false,
            points: None,
            expired_certs: None,
            critical: false,
            revoked: HashMap::with_capacity(tbs.revoked_certificates.len()),
            verified_by: OnceLock::new(),
        };
        inner.extensions(&crl)?;
        for entry in &tbs.revoked_certificates {
            let mut reason = None;
            let mut seen = HashSet::new();
            for extension in entry.extensions() {
                let oid = extension.oid.to_id_string();
                match (oid.as_str(), extension.parsed_extension()) {
                    (REASON_CODE, ParsedExtension::ReasonCode(code)) => reason = Some(code.0),
                    (REASON_CODE, _) => return Err(CrlError::Malformed("a reason code cannot be read")),
                    // RFC 5280 §5.3: with one such entry the whole list says nothing.
                    _ => inner.critical |= extension.critical,
                }
                if !seen.insert(oid) {
                    return Err(CrlError::Malformed("an extension of an entry stands twice"));
                }
            }
            let at = timestamp(entry.revocation_date.timestamp());
            inner
                .revoked
                .entry(significant(entry.raw_serial()).to_vec())
                .and_modify(|known| *known = worst(*known, (at, reason)))
                .or_insert((at, reason));
        }
        Ok(Self(Arc::new(inner)))
    }

    /// thisUpdate.
    pub fn this_update(&self) -> Timestamp {
        self.0.this_update
    }

    /// nextUpdate.
    pub fn next_update(&self) -> Option<Timestamp> {
        self.0.next_update
    }

    /// Who issued it.
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// The DER, without PEM around it: what is embedded in `rVals`.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// SHA-256 of [`Self::der`].
    pub fn sha256(&self) -> [u8; 32] {
        self.0.sha256
    }

    /// Whether it bears the name of the certificate's issuer.
    pub(crate) fn concerns(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        self.0.issuer.matches(issuer.subject()) && certificate.issuer().matches(issuer.subject())
    }

    /// Judges `certificate`, issued by `issuer` (its CA certificate or the anchor), at `now`. `url`: where the CRL
    /// came from, to match a partitioned CRL's distribution point where the certificate names none.
    ///
    /// # Errors
    /// Where the list says nothing about this certificate: its status is then unknown, never good.
    pub fn status(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        url: Option<&str>,
        now: Timestamp,
    ) -> Result<RevocationStatus, CrlError> {
        let statement = self.statement(certificate, issuer, url)?;
        if statement.is_current_at(now) {
            Ok(statement.status)
        } else {
            Err(CrlError::Stale {
                this_update: statement.this_update,
                next_update: statement.next_update,
            })
        }
    }

    /// What the list says of `certificate`, whenever that was; the arguments are those of [`Self::status`].
    ///
    /// # Errors
    /// Where the list says nothing about this certificate.
    pub fn statement(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        url: Option<&str>,
    ) -> Result<Statement, CrlError> {
        let checks = SignatureChecks::new(MAX_SIGNATURE_CHECKS);
        self.statement_within(certificate, issuer, url, &checks)
    }

    /// [`Self::statement`], where the signature is checked within `checks`.
    pub(crate) fn statement_within(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        url: Option<&str>,
        checks: &SignatureChecks,
    ) -> Result<Statement, CrlError> {
        let crl = &*self.0;
        if !self.concerns(certificate, issuer) {
            return Err(CrlError::Issuer);
        }
        if crl.critical {
            return Err(CrlError::Critical);
        }
        self.covers(certificate, url)?;
        if issuer.key_usage().is_some_and(|usage| !usage.crl_sign) {
            return Err(CrlError::KeyUsage);
        }
        let scheme = self.check_signature(issuer, checks)?;
        let status = match crl.revoked.get(significant(certificate.serial())) {
            Some(&(at, reason)) => RevocationStatus::Revoked { at, reason },
            None => RevocationStatus::Good {
                as_of: crl.this_update,
            },
        };
        Ok(Statement {
            source: Source::Crl,
            sha256: crl.sha256,
            status,
            this_update: crl.this_update,
            next_update: crl.next_update,
            produced_at: crl.this_update,
            responder: None,
            responder_needs_revocation_check: false,
            scheme,
            expired_certs_on_crl: crl.expired_certs,
            cert_hash_matches: None,
        })
    }

    fn check_signature(&self, issuer: &Certificate, checks: &SignatureChecks) -> Result<Scheme, CrlError> {
        let crl = &*self.0;
        let scheme = acceptable_scheme(crl.scheme, crl.this_update).map_err(CrlError::Algorithm)?;
        if crl.verified_by.get().is_some_and(|key| key == issuer.spki_der()) {
            return Ok(scheme);
        }
        let tbs = crl.der.get(crl.tbs.clone()).ok_or(CrlError::Signature)?;
        let verify = || issuer.verify(scheme, tbs, &crl.signature).is_ok();
        match checks.once((crl.sha256, issuer.sha256()), verify) {
            Some(true) => {
                crl.verified_by.get_or_init(|| issuer.spki_der().to_vec());
                Ok(scheme)
            }
            Some(false) => Err(match (&crl.issuer_key, issuer.subject_key_id()) {
                (Some(of_list), Some(of_issuer)) if of_list != of_issuer => CrlError::AnotherKey,
                _ => CrlError::Signature,
            }),
            None => Err(CrlError::Budget),
        }
    }

    fn covers(&self, certificate: &Certificate, url: Option<&str>) -> Result<(), CrlError> {
        let crl = &*self.0;
        if let Some(why) = crl.partial {
            return Err(CrlError::Scope(why));
        }
        if crl.only_users && certificate.is_ca() {
            return Err(CrlError::Scope("it lists end-entity certificates only"));
        }
        if crl.only_cas && !certificate.is_ca() {
            return Err(CrlError::Scope("it lists CA certificates only"));
        }
        let Some(points) = &crl.points else { return Ok(()) };
        let named = certificate.crl_urls();
        let matches = if named.is_empty() {
            url.is_some_and(|url| points.iter().any(|point| point == url))
        } else {
            named.iter().any(|url| points.contains(url))
        };
        if matches {
            Ok(())
        } else {
            Err(CrlError::Scope("its distribution point is another"))
        }
    }
}

impl Inner {
    fn extensions(&mut self, crl: &CertificateRevocationList<'_>) -> Result<(), CrlError> {
        let mut seen = HashSet::new();
        for extension in crl.extensions() {
            let oid = extension.oid.to_id_string();
            match (oid.as_str(), extension.parsed_extension()) {
                (AUTHORITY_KEY_ID, ParsedExtension::AuthorityKeyIdentifier(authority)) => {
                    self.issuer_key = authority.key_identifier.as_ref().map(|id| id.0.to_vec());
                    self.critical |= extension.critical;
                }
                (DELTA_CRL_INDICATOR, _) => self.partial = Some("it is a delta CRL"),
                (ISSUING_DISTRIBUTION_POINT, ParsedExtension::IssuingDistributionPoint(point)) => {
                    self.only_users = point.only_contains_user_certs;
                    self.only_cas = point.only_contains_ca_certs;
                    if point.only_contains_attribute_certs {
                        self.partial = Some("it lists attribute certificates only");
                    }
                    if point.only_some_reasons.is_some() {
                        self.partial = Some("it lists some reasons only");
                    }
                    if point.indirect_crl {
                        self.partial = Some("it is an indirect CRL");
                    }
                    match &point.distribution_point {
                        Some(DistributionPointName::FullName(names)) => {
                            self.points = Some(names.iter().filter_map(http_url).collect());
                        }
                        Some(DistributionPointName::NameRelativeToCRLIssuer(_)) => {
                            self.partial = Some("its distribution point is no URL");
                        }
                        None => {}
                    }
                }
                (ISSUING_DISTRIBUTION_POINT, _) => {
                    return Err(CrlError::Malformed(
                        "the issuing distribution point cannot be read",
                    ));
                }
                (EXPIRED_CERTS_ON_CRL, _) => {
                    let from = tlv::only(extension.value, tlv::GENERALIZED_TIME)
                        .and_then(|time| generalized_time(time.content));
                    self.expired_certs = Some(from.ok_or(CrlError::Malformed(
                        "the date from which expired certificates are listed cannot be read",
                    ))?);
                }
                _ => self.critical |= extension.critical,
            }
            if !seen.insert(oid) {
                return Err(CrlError::Malformed("an extension stands twice"));
            }
        }
        Ok(())
    }
}

/// Where what is signed stands in the DER: behind the header of the outer SEQUENCE.
fn signed_range(der: &[u8], signed: Signed<'_>) -> Option<Range<usize>> {
    let start = der.len().checked_sub(tlv::sequence(der)?.len())?;
    Some(start..start.checked_add(signed.tbs().len())?)
}

fn from_pem(bytes: &[u8]) -> Result<Option<Vec<u8>>, CrlError> {
    const BEGIN: &str = "-----BEGIN X509 CRL-----";
    const END: &str = "-----END X509 CRL-----";
    if !bytes.trim_ascii_start().starts_with(BEGIN.as_bytes()) {
        return Ok(None);
    }
    let refused = CrlError::Malformed("PEM cannot be read");
    let text = core::str::from_utf8(bytes).map_err(|_| refused.clone())?;
    let body = text
        .split_once(BEGIN)
        .and_then(|(_, rest)| rest.split_once(END))
        .ok_or_else(|| refused.clone())?
        .0;
    let body: String = body.split_ascii_whitespace().collect();
    base64::engine::general_purpose::STANDARD
        .decode(body)
        .map(Some)
        .map_err(|_| refused)
}
