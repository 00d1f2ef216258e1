//! Requests (RFC 6960 §4.1), one certificate each (RFC 5019 §2.1.1).
use super::{CertificateId, OcspError, extensions};
use crate::{
    certificate::Certificate,
    tlv::{self, Fields},
};
use procura_crypto::Digest;

/// Longest nonce that is sent: what every responder that knows nonces accepts (RFC 8954 §2.1, RFC 9654 §2.1).
pub const MAX_REQUEST_NONCE: usize = 32;
/// Requests have a few hundred octets.
const MAX_SIZE: usize = 16 * 1024;
const MAX_CERTIFICATES: usize = 16;
/// RFC 5019 §5.
const MAX_URL: usize = 255;
const MALFORMED: OcspError = OcspError::Malformed("the structure of the request cannot be read");
/// id-pkix-ocsp-nonce.
const NONCE_OID: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 2];

/// A question to a responder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OcspRequest {
    certificates: Vec<CertificateId>,
    nonce: Option<Vec<u8>>,
    /// Of extensions that change what is asked for: a responder that does not know them cannot answer.
    critical: bool,
}

impl OcspRequest {
    /// Asks for `certificate`, which `issuer` issued. The issuer is named by SHA-1, as RFC 5019 §2.1.1 demands and
    /// responders of today expect: it only selects whose answer is meant, and the answer is checked by name and key.
    /// `nonce`: 1 to 32 random octets, to get an answer made for this request.
    ///
    /// ```
    /// use procura_pki::{Certificate, OcspError, OcspRequest, OcspResponse, Statement};
    ///
    /// fn ask(
    ///     certificate: &Certificate,
    ///     issuer: &Certificate,
    ///     nonce: &[u8],
    ///     post: impl Fn(Vec<u8>) -> Vec<u8>, // as ocsp::REQUEST, to one of certificate.ocsp_urls()
    /// ) -> Result<Statement, OcspError> {
    ///     let request = OcspRequest::new(certificate, issuer, Some(nonce))?;
    ///     OcspResponse::from_der(&post(request.der()))?.statement(certificate, issuer, &[])
    /// }
    /// ```
    pub fn new(
        certificate: &Certificate,
        issuer: &Certificate,
        nonce: Option<&[u8]>,
    ) -> Result<Self, OcspError> {
        Self::by_digest(certificate, issuer, nonce, Digest::Sha1)
    }

    /// The same, with the issuer named by another digest.
    pub fn by_digest(
        certificate: &Certificate,
        issuer: &Certificate,
        nonce: Option<&[u8]>,
        digest: Digest,
    ) -> Result<Self, OcspError> {
        if let Some(nonce) = nonce
            && !(1..=MAX_REQUEST_NONCE).contains(&nonce.len())
        {
            return Err(OcspError::Nonce(nonce.len()));
        }
        Ok(Self {
            certificates: vec![CertificateId::of(certificate, issuer, digest)?],
            nonce: nonce.map(<[u8]>::to_vec),
            critical: false,
        })
    }

    /// The DER of an `OCSPRequest`, unsigned.
    pub fn der(&self) -> Vec<u8> {
        let requests: Vec<u8> = self
            .certificates
            .iter()
            .flat_map(|id| tlv::encode_sequence(&[id.der()]))
            .collect();
        let extensions = self.nonce.as_ref().map_or_else(Vec::new, |nonce| {
            let value = tlv::encode(tlv::OCTET_STRING, &tlv::encode(tlv::OCTET_STRING, nonce));
            let extension = tlv::encode_sequence(&[&tlv::encode(tlv::OID, NONCE_OID), &value]);
            tlv::encode(tlv::context(2), &tlv::encode_sequence(&[&extension]))
        });
        let tbs = tlv::encode_sequence(&[&tlv::encode(tlv::SEQUENCE, &requests), &extensions]);
        tlv::encode_sequence(&[&tbs])
    }

    /// Where to ask by GET, so that answers may be cached on the way (RFC 6960 appendix A.1). `None`: this one is asked
    /// by POST, since its URL would be longer than 255 octets (RFC 5019 §5) or `responder` has a query.
    pub fn url(&self, responder: &str) -> Option<String> {
        use base64::Engine as _;
        if responder.contains(['?', '#']) {
            return None;
        }
        let mut url = responder.trim_end_matches('/').to_owned();
        url.push('/');
        for character in base64::engine::general_purpose::STANDARD
            .encode(self.der())
            .chars()
        {
            match character {
                '+' => url.push_str("%2B"),
                '/' => url.push_str("%2F"),
                '=' => url.push_str("%3D"),
                plain => url.push(plain),
            }
        }
        (url.len() <= MAX_URL).then_some(url)
    }

    /// Reads an `OCSPRequest`, for a responder. Who asks, and their signature, are not looked at.
    pub fn from_der(der: &[u8]) -> Result<Self, OcspError> {
        if der.len() > MAX_SIZE {
            return Err(OcspError::Malformed("a request larger than 16 KiB"));
        }
        Self::read(der).ok_or(MALFORMED)
    }

    fn read(der: &[u8]) -> Option<Self> {
        let mut outer = Fields::of(der, tlv::SEQUENCE)?;
        let mut fields = Fields::new(outer.next(tlv::SEQUENCE)?.content);
        if outer.has(tlv::context(0)) {
            outer.explicit(0, tlv::SEQUENCE)?;
        }
        outer.end()?;
        if fields.has(tlv::context(0)) && fields.explicit(0, tlv::INTEGER)?.content != [0] {
            return None;
        }
        if fields.has(tlv::context(1)) {
            fields.any()?;
        }
        let mut list = Fields::new(fields.next(tlv::SEQUENCE)?.content);
        let mut request = Self {
            certificates: Vec::new(),
            nonce: None,
            critical: false,
        };
        while !list.is_empty() {
            let mut one = Fields::new(list.next(tlv::SEQUENCE)?.content);
            let id = CertificateId::read(one.next(tlv::SEQUENCE)?.whole)?;
            if !one.is_empty() {
                let extensions = extensions::read(one.explicit(0, tlv::SEQUENCE)?.content)?;
                request.critical |= extensions.iter().any(|extension| extension.critical);
            }
            one.end()?;
            if request.certificates.len() == MAX_CERTIFICATES {
                return None;
            }
            request.certificates.push(id);
        }
        if !fields.is_empty() {
            for extension in extensions::read(fields.explicit(2, tlv::SEQUENCE)?.content)? {
                if extension.oid == extensions::NONCE {
                    request.nonce = Some(extensions::nonce(extension.value)?);
                } else {
                    request.critical |= extension.critical;
                }
            }
        }
        fields.end()?;
        (!request.certificates.is_empty()).then_some(request)
    }

    /// Whom it asks for.
    pub fn certificates(&self) -> &[CertificateId] {
        &self.certificates
    }

    /// Its nonce, of 1 to 128 octets.
    pub fn nonce(&self) -> Option<&[u8]> {
        self.nonce.as_deref()
    }

    /// Whether it holds a critical extension other than the nonce: a responder that passes over it would answer
    /// another question.
    pub fn has_unknown_critical_extension(&self) -> bool {
        self.critical
    }
}
