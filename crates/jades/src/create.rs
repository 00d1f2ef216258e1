//! Creating.
use base64::Engine as _;
use jiff::Timestamp;
use procura_jose::{Algorithm, base64url, jws};
use procura_pki::{Certificate, PathError, path};
use serde_json::{Map, Value};

/// The credential profile: compact, attached, `typ`, `iat`, `x5c` without the anchor, `x5t#S256`.
#[derive(Clone, Debug)]
pub struct Sealing<'a> {
    /// `alg`.
    pub algorithm: Algorithm,
    /// `typ` (`JWT`, `vc+jwt`, …).
    pub typ: &'a str,
    /// `kid`, a hint.
    pub kid: Option<&'a str>,
    /// Claimed signing time (`iat`), whole seconds.
    pub time: Timestamp,
    /// Signing certificate first, each next one certifies the one before. A self-signed certificate at the end is the
    /// anchor and stays out of `x5c`.
    pub chain: &'a [Certificate],
}

/// Why nothing was signed, or what was signed is not released.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum CreateError {
    /// No certificate.
    #[error("no signing certificate")]
    NoCertificate,
    /// Algorithm and certificate key differ.
    #[error("the algorithm does not fit the signing certificate")]
    WrongKey,
    /// Algorithm or key size must not be relied on any more.
    #[error("the algorithm or the size of the key is not acceptable any more")]
    Algorithm,
    /// The chain is not in order.
    #[error("certificate {0} of the chain does not certify the one before it")]
    Chain(usize),
    /// The certificate may not sign documents.
    #[error("the signing certificate: {0}")]
    KeyUsage(PathError),
    /// The claimed time is outside of the certificate's validity.
    #[error("the signing certificate is valid from {not_before} to {not_after}")]
    Validity {
        /// Start.
        not_before: Timestamp,
        /// End.
        not_after: Timestamp,
    },
    /// Header or payload cannot be serialised.
    #[error("the JWS cannot be written: {0}")]
    Jws(#[from] jws::JwsError),
    /// The signature that came back does not verify.
    #[error("the signer returned a signature that does not verify")]
    NotVerified,
}

/// The exact bytes to sign.
#[derive(Clone, Debug)]
pub struct Prepared {
    jws: jws::Prepared,
    algorithm: Algorithm,
    certificate: Certificate,
}

/// Fixes header and payload (TS 119 182-1 §6.3, level B-B). Nothing is prepared that our own validation would refuse.
pub fn prepare(sealing: &Sealing<'_>, payload: &[u8]) -> Result<Prepared, CreateError> {
    let Some((certificate, rest)) = sealing.chain.split_first() else {
        return Err(CreateError::NoCertificate);
    };
    let key = certificate.public_key().map_err(|_| CreateError::WrongKey)?;
    let scheme = sealing.algorithm.scheme();
    if !sealing.algorithm.fits(key) || !certificate.permits(scheme) {
        return Err(CreateError::WrongKey);
    }
    if !procura_ades::acceptable(key, scheme, sealing.time) {
        return Err(CreateError::Algorithm);
    }
    path::may_sign(certificate).map_err(CreateError::KeyUsage)?;
    if !certificate.is_valid_at(sealing.time) {
        return Err(CreateError::Validity {
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
        });
    }
    let mut x5c = vec![encode(certificate)];
    for (index, (certificate, below)) in rest.iter().zip(sealing.chain).enumerate() {
        if !below.issuer().matches(certificate.subject()) {
            return Err(CreateError::Chain(index + 1));
        }
        if !certificate.is_self_issued() {
            x5c.push(encode(certificate));
        }
    }
    let mut header = Map::new();
    header.insert("alg".to_owned(), sealing.algorithm.name().into());
    header.insert("typ".to_owned(), sealing.typ.into());
    header.insert("iat".to_owned(), sealing.time.as_second().into());
    header.insert("x5c".to_owned(), Value::Array(x5c));
    header.insert(
        "x5t#S256".to_owned(),
        base64url::encode(&certificate.sha256()).into(),
    );
    if let Some(kid) = sealing.kid {
        header.insert("kid".to_owned(), kid.into());
    }
    Ok(Prepared {
        jws: jws::Prepared::new(&header, payload)?,
        algorithm: sealing.algorithm,
        certificate: certificate.clone(),
    })
}

/// RFC 7515 §4.1.6: base64, not base64url.
fn encode(certificate: &Certificate) -> Value {
    base64::engine::general_purpose::STANDARD
        .encode(certificate.der())
        .into()
}

impl Prepared {
    /// The bytes to sign.
    pub fn bytes(&self) -> &[u8] {
        self.jws.bytes()
    }

    /// Verifies the signature by the certificate and gives the compact JWS.
    ///
    /// # Errors
    /// [`CreateError::NotVerified`] for a signature by another key, over other bytes, or in another form (ECDSA is
    /// r ‖ s, never DER).
    pub fn finish(self, signature: &[u8]) -> Result<String, CreateError> {
        self.certificate
            .verify(self.algorithm.scheme(), self.jws.bytes(), signature)
            .map_err(|_| CreateError::NotVerified)?;
        Ok(self.jws.finish(signature))
    }
}
