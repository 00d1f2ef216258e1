//! Creating: what is to be signed is fixed, signed elsewhere, and verified before it leaves.
//!
//! [`prepare`] is for credentials: one profile, as little to decide as possible. [`Signing`] writes everything of
//! TS 119 182-1 at level B-B.
mod envelope;
mod payload;
mod properties;
mod signing;
mod stamp;

pub use payload::{Content, Detachment, Encoding, Object, Payload};
pub use properties::{
    CertifiedAttribute, Commitment, HashAlgorithm, Identifier, Place, Policy, PolicyDigest, PolicyQualifier,
    QualifiedValues, Reference, SignerAttributes, UserNotice,
};
pub use signing::{Counter, Critical, PreparedSignature, Shared, Signing};
pub use stamp::StampError;

pub(crate) use envelope::Envelope;
pub(crate) use properties::pki_object;
pub(crate) use stamp::sound;

use crate::{
    augment::AugmentError,
    document::{Deviation, ReadError},
};
use base64::Engine as _;
use jiff::Timestamp;
use payload::Fixed;
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
    /// A property that must say something says nothing.
    #[error("{0} says nothing; leave it out or say something")]
    Empty(&'static str),
    /// An identifier is no URI.
    #[error("an identifier in {0} is not a URI; an OID is written urn:oid:…")]
    NotUri(&'static str),
    /// The same thing stands in a list twice.
    #[error("{0} names the same object twice")]
    Twice(&'static str),
    /// A digest is not as long as its algorithm makes it.
    #[error("the digest of {0} is not as long as its algorithm makes it")]
    DigestLength(&'static str),
    /// `digPSp` without `spDSpec` (TS 119 182-1 §5.2.7.1).
    #[error("a policy's digest as specified takes the specification (spDSpec) among the qualifiers")]
    PolicySpecification,
    /// `sigX5ts` of one certificate (TS 119 182-1 §5.2.2.3).
    #[error("sigX5ts takes two certificates at least; use x5t#S256 for one")]
    SingleReference,
    /// `crit` shall name a property that is not there.
    #[error("{0} cannot be critical because it is not there")]
    CriticalAbsent(&'static str),
    /// RFC 7797 §7.
    #[error("a JWT's payload is always base64url (b64 is not false)")]
    PlainJwt,
    /// RFC 7797 §5.2, RFC 7515 appendix F.
    #[error("this payload cannot stand in a compact JWS; use a JSON serialisation or detach it")]
    CompactPayload,
    /// An attached payload with `b64` false stands in JSON, which holds only text.
    #[error(
        "a payload that is not UTF-8 cannot stand in a document with b64 false; use base64url or detach it"
    )]
    PlainText,
    /// `ctys` has as many elements as `pars` (TS 119 182-1 §5.2.8.1).
    #[error("a media type is said of some objects and not of others")]
    ContentTypes,
    /// A content time-stamp does not hold.
    #[error("content time-stamp: {0}")]
    ContentTimeStamp(#[from] StampError),
    /// The header cannot be written.
    #[error("the protected header cannot be written")]
    Header,
    /// Our own reader would find fault with the header.
    #[error("the protected header would be refused: {0}")]
    Deviation(Deviation),
    /// The document that is added to cannot be read, or the new one could not.
    #[error("the document cannot be read: {0}")]
    Read(#[from] ReadError),
    /// A parallel signature over something else than those that are there.
    #[error("a further signature shares the payload of the others: {0}")]
    Shared(&'static str),
    /// Nothing can be added to this document.
    #[error(transparent)]
    Document(#[from] AugmentError),
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
    let (certificate, x5c) = certified(sealing.algorithm, sealing.chain, sealing.time)?;
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

/// The signing certificate, if it may sign in this way at this time, and `x5c`.
fn certified(
    algorithm: Algorithm,
    chain: &[Certificate],
    time: Timestamp,
) -> Result<(&Certificate, Vec<Value>), CreateError> {
    let Some((certificate, rest)) = chain.split_first() else {
        return Err(CreateError::NoCertificate);
    };
    let key = certificate.public_key().map_err(|_| CreateError::WrongKey)?;
    let scheme = algorithm.scheme();
    if !algorithm.fits(key) || !certificate.permits(scheme) {
        return Err(CreateError::WrongKey);
    }
    if !procura_ades::acceptable(key, scheme, time) {
        return Err(CreateError::Algorithm);
    }
    path::may_sign(certificate).map_err(CreateError::KeyUsage)?;
    if !certificate.is_valid_at(time) {
        return Err(CreateError::Validity {
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
        });
    }
    let mut x5c = vec![encode(certificate)];
    for (index, (certificate, below)) in rest.iter().zip(chain).enumerate() {
        // By name and by key: a CA that changed its key keeps its name, and nobody would find a path.
        if !below.issuer().matches(certificate.subject()) || !below.is_signed_by(certificate) {
            return Err(CreateError::Chain(index + 1));
        }
        if !certificate.is_self_issued() {
            x5c.push(encode(certificate));
        }
    }
    Ok((certificate, x5c))
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
