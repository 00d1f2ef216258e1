//! Responses (RFC 6960 §4.2).
use super::{
    CertificateId, OcspError, ResponseStatus, extensions,
    responder::{ResponderId, Signed},
};
use crate::{
    algorithm,
    certificate::Certificate,
    path::SignatureChecks,
    revocation::{MAX_SIGNATURE_CHECKS, RevocationStatus, Source, Statement, acceptable_scheme, worst},
    time::generalized_time,
    tlv::{self, Element, Fields},
};
use jiff::Timestamp;
use procura_crypto::{Digest, Scheme, digest::sha256};
use std::{ops::Range, sync::Arc};

/// Real responses have one to ten KiB.
const MAX_SIZE: usize = 256 * 1024;
const MAX_SINGLE_RESPONSES: usize = 256;
const MAX_CERTIFICATES: usize = 16;
const BASIC: &str = "1.3.6.1.5.5.7.48.1.1";
const ARCHIVE_CUTOFF: &str = "1.3.6.1.5.5.7.48.1.6";
const EXTENDED_REVOKE: &str = "1.3.6.1.5.5.7.48.1.9";
/// `CertHash` of Common PKI 2.0, part 4.
const CERT_HASH: &str = "1.3.36.8.3.13";
const MALFORMED: OcspError = OcspError::Malformed("the structure cannot be read");

/// A response that holds answers; cheap to clone.
#[derive(Clone)]
pub struct OcspResponse(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    sha256: [u8; 32],
    /// Where the `BasicOCSPResponse` stands in `der`.
    basic: Range<usize>,
    /// The exact octets of `tbsResponseData`.
    tbs: Vec<u8>,
    responder: ResponderId,
    produced_at: Timestamp,
    singles: Vec<Single>,
    nonce: Option<Vec<u8>>,
    critical: bool,
    scheme: Option<Scheme>,
    signature: Vec<u8>,
    certificates: Vec<Certificate>,
}

/// The answer about one certificate.
struct Single {
    id: CertificateId,
    status: Status,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    archive_cutoff: Option<Timestamp>,
    /// Of a digest that is in scope.
    cert_hash: Option<(Digest, Vec<u8>)>,
    critical: bool,
}

/// In the order of caution.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Status {
    Revoked(Timestamp, Option<u8>),
    Unknown,
    Good,
}

impl core::fmt::Debug for OcspResponse {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            f,
            "OcspResponse({}, {}, {} answers)",
            self.0.responder.label(),
            self.0.produced_at,
            self.0.singles.len()
        )
    }
}

impl OcspResponse {
    /// Reads the DER of an `OCSPResponse`.
    ///
    /// # Errors
    /// [`OcspError::Status`] where the responder gives no answer, such as `tryLater`.
    pub fn from_der(der: &[u8]) -> Result<Self, OcspError> {
        if der.len() > MAX_SIZE {
            return Err(OcspError::Malformed("larger than 256 KiB"));
        }
        let basic = basic(der)?;
        Inner::read(der, basic).map(|inner| Self(Arc::new(inner)))
    }

    /// Reads the DER of a bare `BasicOCSPResponse`, as CMS embeds it.
    pub fn from_basic_der(der: &[u8]) -> Result<Self, OcspError> {
        if der.len() > MAX_SIZE {
            return Err(OcspError::Malformed("larger than 256 KiB"));
        }
        Inner::read(der, 0..der.len()).map(|inner| Self(Arc::new(inner)))
    }

    /// The octets that it was read from.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// SHA-256 of [`Self::der`].
    pub fn sha256(&self) -> [u8; 32] {
        self.0.sha256
    }

    /// The octets of the `BasicOCSPResponse` in it.
    pub fn basic_der(&self) -> &[u8] {
        self.0.der.get(self.0.basic.clone()).unwrap_or_default()
    }

    /// When it was signed.
    pub fn produced_at(&self) -> Timestamp {
        self.0.produced_at
    }

    /// The certificates that came with it; no signature protects which ones.
    pub fn certificates(&self) -> &[Certificate] {
        &self.0.certificates
    }

    /// Whether it answers the request of this nonce (RFC 9654): it was made for it, not stored before. Responders that
    /// sign ahead leave the nonce out (RFC 5019 §2.2.1).
    pub fn has_nonce(&self, nonce: &[u8]) -> bool {
        self.0.nonce.as_deref() == Some(nonce)
    }

    /// Whether it answers for this serial number of this issuer.
    pub(crate) fn concerns(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        let about = |single: &Single| {
            single.id.has_serial(certificate.serial()) && single.id.has_issuer_of(certificate, issuer)
        };
        certificate.issuer().matches(issuer.subject()) && self.0.singles.iter().any(about)
    }

    /// What it says of `certificate`, which `issuer` (its CA certificate or the anchor) issued. `candidates`: where
    /// else the responder's certificate may be found. At most five possible responders are looked at.
    ///
    /// # Errors
    /// Where it says nothing about this certificate.
    pub fn statement(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        candidates: &[Certificate],
    ) -> Result<Statement, OcspError> {
        let checks = SignatureChecks::new(MAX_SIGNATURE_CHECKS);
        self.statement_within(certificate, issuer, candidates, &checks)
    }

    /// [`Self::statement`], where signatures are checked within `checks`.
    pub(crate) fn statement_within(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        candidates: &[Certificate],
        checks: &SignatureChecks,
    ) -> Result<Statement, OcspError> {
        let response = &*self.0;
        if !certificate.issuer().matches(issuer.subject()) {
            return Err(OcspError::Issuer);
        }
        let (single, status) = response.single(certificate, issuer)?;
        if response.critical || single.critical {
            return Err(OcspError::Critical);
        }
        let scheme =
            acceptable_scheme(response.scheme, response.produced_at).map_err(OcspError::Algorithm)?;
        let signed = Signed {
            responder: &response.responder,
            tbs: &response.tbs,
            scheme,
            signature: &response.signature,
            produced_at: response.produced_at,
            sha256: response.sha256,
        };
        let candidates = response.certificates.iter().chain(candidates);
        let responder = signed.responder(certificate, issuer, candidates, checks)?;
        if let Some((digest, hash)) = &single.cert_hash
            && digest.of(certificate.der()) != *hash
        {
            return Err(OcspError::CertHash);
        }
        let status = match status {
            Status::Good => RevocationStatus::Good {
                as_of: single.this_update,
            },
            Status::Revoked(at, reason) => RevocationStatus::Revoked { at, reason },
            Status::Unknown => return Err(OcspError::Unknown),
        };
        Ok(Statement {
            source: Source::Ocsp,
            sha256: response.sha256,
            status,
            this_update: single.this_update,
            next_update: single.next_update,
            produced_at: response.produced_at,
            responder_needs_revocation_check: responder.is_some_and(|c| !c.has_ocsp_no_check()),
            responder: responder.cloned(),
            scheme,
            expired_certs_on_crl: single.archive_cutoff,
            cert_hash_matches: single.cert_hash.as_ref().map(|_| true),
        })
    }
}

/// Where the `BasicOCSPResponse` stands in an `OCSPResponse`.
fn basic(der: &[u8]) -> Result<Range<usize>, OcspError> {
    let mut fields = Fields::of(der, tlv::SEQUENCE).ok_or(MALFORMED)?;
    match fields.next(tlv::ENUMERATED).ok_or(MALFORMED)?.content {
        [0] => {}
        [code] => {
            let status =
                ResponseStatus::read(*code).ok_or(OcspError::Malformed("an unknown response status"))?;
            return Err(OcspError::Status(status));
        }
        _ => return Err(MALFORMED),
    }
    let bytes = fields.explicit(0, tlv::SEQUENCE).ok_or(MALFORMED)?;
    fields.end().ok_or(MALFORMED)?;
    let mut fields = Fields::new(bytes.content);
    let kind = fields.next(tlv::OID).and_then(|kind| tlv::oid(kind.content));
    if kind.ok_or(MALFORMED)? != BASIC {
        return Err(OcspError::ResponseType);
    }
    let basic = fields.next(tlv::OCTET_STRING).ok_or(MALFORMED)?;
    fields.end().ok_or(MALFORMED)?;
    // Each element fills the end of the one around it.
    let start = der.len().checked_sub(basic.content.len()).ok_or(MALFORMED)?;
    Ok(start..der.len())
}

impl Inner {
    fn read(der: &[u8], basic: Range<usize>) -> Result<Self, OcspError> {
        let octets = der.get(basic.clone()).ok_or(MALFORMED)?;
        let mut fields = Fields::of(octets, tlv::SEQUENCE).ok_or(MALFORMED)?;
        let tbs = fields.next(tlv::SEQUENCE).ok_or(MALFORMED)?;
        let algorithm = fields.next(tlv::SEQUENCE).ok_or(MALFORMED)?;
        let signature = match fields.next(tlv::BIT_STRING).ok_or(MALFORMED)?.content {
            [0, signature @ ..] => signature.to_vec(),
            _ => return Err(OcspError::Malformed("the signature does not fill whole octets")),
        };
        let certificates = if fields.is_empty() {
            Vec::new()
        } else {
            certificates(fields.explicit(0, tlv::SEQUENCE).ok_or(MALFORMED)?)?
        };
        fields.end().ok_or(MALFORMED)?;

        let mut fields = Fields::new(tbs.content);
        if fields.has(tlv::context(0)) && fields.explicit(0, tlv::INTEGER).ok_or(MALFORMED)?.content != [0] {
            return Err(OcspError::Malformed("of another version than 1"));
        }
        let responder =
            ResponderId::read(&mut fields).ok_or(OcspError::Malformed("the responder's identifier"))?;
        let produced_at = time(fields.next(tlv::GENERALIZED_TIME))?;
        let mut list = Fields::new(fields.next(tlv::SEQUENCE).ok_or(MALFORMED)?.content);
        let mut inner = Self {
            der: der.to_vec(),
            sha256: sha256(der),
            basic,
            tbs: tbs.whole.to_vec(),
            responder,
            produced_at,
            singles: Vec::new(),
            nonce: None,
            critical: false,
            scheme: algorithm::scheme_of_signature(algorithm.whole),
            signature,
            certificates,
        };
        while !list.is_empty() {
            if inner.singles.len() == MAX_SINGLE_RESPONSES {
                return Err(OcspError::Malformed("more than 256 answers"));
            }
            inner
                .singles
                .push(Single::read(list.next(tlv::SEQUENCE).ok_or(MALFORMED)?.content)?);
        }
        if !fields.is_empty() {
            let list = fields.explicit(1, tlv::SEQUENCE).ok_or(MALFORMED)?;
            inner.extensions(list.content)?;
        }
        fields.end().ok_or(MALFORMED)?;
        Ok(inner)
    }

    fn extensions(&mut self, content: &[u8]) -> Result<(), OcspError> {
        const REFUSED: OcspError = OcspError::Malformed("an extension of the response cannot be read");
        for extension in extensions::read(content).ok_or(REFUSED)? {
            match extension.oid.as_str() {
                // What cannot be read answers no request's nonce; it was the responder's to make.
                extensions::NONCE => self.nonce = extensions::nonce(extension.value),
                // RFC 6960 §4.4.8: what it says is in the status already.
                EXTENDED_REVOKE => {}
                _ => self.critical |= extension.critical,
            }
        }
        Ok(())
    }

    /// The answer about a certificate. Of several the most cautious counts, of several revocations what they come to.
    fn single(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Result<(&Single, Status), OcspError> {
        let of_issuer: Vec<&Single> = self
            .singles
            .iter()
            .filter(|single| single.id.has_issuer_of(certificate, issuer))
            .collect();
        if of_issuer.is_empty() {
            return Err(OcspError::Issuer);
        }
        let of_certificate = || {
            of_issuer
                .iter()
                .copied()
                .filter(|single| single.id.has_serial(certificate.serial()))
        };
        let first = of_certificate()
            .min_by_key(|single| single.status)
            .ok_or(OcspError::Serial)?;
        let revoked = of_certificate().filter_map(|single| match single.status {
            Status::Revoked(at, reason) => Some((at, reason)),
            Status::Unknown | Status::Good => None,
        });
        let status = match revoked.reduce(worst) {
            Some((at, reason)) => Status::Revoked(at, reason),
            None => first.status,
        };
        Ok((first, status))
    }
}

/// Those that can be read: none of them is trusted.
fn certificates(list: Element<'_>) -> Result<Vec<Certificate>, OcspError> {
    let mut each = Fields::new(list.content);
    let mut out = Vec::new();
    while !each.is_empty() {
        if out.len() == MAX_CERTIFICATES {
            return Err(OcspError::Malformed("more than 16 certificates"));
        }
        let der = each.next(tlv::SEQUENCE).ok_or(MALFORMED)?.whole;
        out.push(Certificate::from_der(der).ok());
    }
    Ok(out.into_iter().flatten().collect())
}

fn time(element: Option<Element<'_>>) -> Result<Timestamp, OcspError> {
    element
        .and_then(|element| generalized_time(element.content))
        .ok_or(OcspError::Malformed("a point in time cannot be read"))
}

impl Single {
    fn read(content: &[u8]) -> Result<Self, OcspError> {
        let mut fields = Fields::new(content);
        let id = fields
            .next(tlv::SEQUENCE)
            .and_then(|id| CertificateId::read(id.whole))
            .ok_or(OcspError::Malformed(
                "the identifier of a certificate cannot be read",
            ))?;
        let status = Status::read(fields.any().ok_or(MALFORMED)?)?;
        let this_update = time(fields.next(tlv::GENERALIZED_TIME))?;
        let mut next_update = None;
        if fields.has(tlv::context(0)) {
            next_update = Some(time(fields.explicit(0, tlv::GENERALIZED_TIME))?);
        }
        if next_update.is_some_and(|next| next < this_update) {
            return Err(OcspError::Malformed("nextUpdate is before thisUpdate"));
        }
        let mut single = Self {
            id,
            status,
            this_update,
            next_update,
            archive_cutoff: None,
            cert_hash: None,
            critical: false,
        };
        if !fields.is_empty() {
            let list = fields.explicit(1, tlv::SEQUENCE).ok_or(MALFORMED)?;
            single.extensions(list.content)?;
        }
        fields.end().ok_or(MALFORMED)?;
        Ok(single)
    }

    fn extensions(&mut self, content: &[u8]) -> Result<(), OcspError> {
        const REFUSED: OcspError = OcspError::Malformed("an extension of an answer cannot be read");
        for extension in extensions::read(content).ok_or(REFUSED)? {
            match extension.oid.as_str() {
                ARCHIVE_CUTOFF => {
                    self.archive_cutoff = Some(time(tlv::only(extension.value, tlv::GENERALIZED_TIME))?);
                }
                CERT_HASH => {
                    let mut fields = Fields::of(extension.value, tlv::SEQUENCE).ok_or(REFUSED)?;
                    let algorithm = fields.next(tlv::SEQUENCE).ok_or(REFUSED)?;
                    let hash = fields.next(tlv::OCTET_STRING).ok_or(REFUSED)?.content;
                    fields.end().ok_or(REFUSED)?;
                    self.cert_hash = algorithm::digest_of_identifier(algorithm.whole)
                        .map(|digest| (digest, hash.to_vec()));
                    self.critical |= extension.critical && self.cert_hash.is_none();
                }
                _ => self.critical |= extension.critical,
            }
        }
        Ok(())
    }
}

impl Status {
    fn read(element: Element<'_>) -> Result<Self, OcspError> {
        const REFUSED: OcspError = OcspError::Malformed("the status of a certificate cannot be read");
        match (element.tag, element.content) {
            (0x80, []) => Ok(Self::Good),
            (0x82, []) => Ok(Self::Unknown),
            (0xa1, content) => {
                let mut fields = Fields::new(content);
                let at = time(fields.next(tlv::GENERALIZED_TIME))?;
                let mut reason = None;
                if !fields.is_empty() {
                    match fields.explicit(0, tlv::ENUMERATED).ok_or(REFUSED)?.content {
                        [code] => reason = Some(*code),
                        _ => return Err(REFUSED),
                    }
                }
                fields.end().ok_or(REFUSED)?;
                Ok(Self::Revoked(at, reason))
            }
            _ => Err(REFUSED),
        }
    }
}
