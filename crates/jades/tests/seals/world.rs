//! A seal whose credential passes, and the means to break exactly one thing of it.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "test support outside of test functions"
)]
pub(crate) use crate::kit::forge;

use base64::Engine as _;
use forge::{Issuer, cn, noon};
use jiff::Timestamp;
use procura_crypto::KeyKind;
use procura_jades::{Profile, Signature, SignatureError, validate};
use procura_jose::{Algorithm, AlgorithmSet, base64url};
use procura_pki::{Anchor, Certificate};
use serde_json::{Map, Value, json};

pub(crate) const PAYLOAD: &[u8] = br#"{"vc":{"type":["VerifiableCredential","LEARCredentialEmployee"]}}"#;

pub(crate) struct World {
    pub(crate) algorithm: Algorithm,
    pub(crate) ca: Issuer,
    pub(crate) seal: Issuer,
    pub(crate) certificate: Certificate,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Algorithm::Es256)
    }
    pub(crate) fn with(algorithm: Algorithm) -> Self {
        let kind = match algorithm.key_kind() {
            KeyKind::Rsa(_) => KeyKind::Rsa(2048),
            kind => kind,
        };
        let (ca, seal) = (Issuer::new("CA"), Issuer::of(cn("GoodAir Seal"), kind));
        let certificate = seal.leaf().signed_by(&ca);
        Self {
            algorithm,
            ca,
            seal,
            certificate,
        }
    }
    pub(crate) fn anchor(&self) -> Anchor {
        self.ca.anchor()
    }
    /// The header of the control.
    pub(crate) fn header(&self) -> Map<String, Value> {
        let header = json!({
            "alg": self.algorithm.name(),
            "typ": "vc+jwt",
            "iat": noon().as_second(),
            "x5c": [x5c(&self.certificate)],
            "x5t#S256": base64url::encode(&self.certificate.sha256()),
        });
        header.as_object().unwrap().clone()
    }
    pub(crate) fn sign(&self, header: &Map<String, Value>) -> String {
        self.sign_text(&serde_json::to_string(header).unwrap())
    }
    /// The header as text, so that it need not be proper JSON.
    pub(crate) fn sign_text(&self, header: &str) -> String {
        let input = format!(
            "{}.{}",
            base64url::encode(header.as_bytes()),
            base64url::encode(PAYLOAD)
        );
        let signature = self
            .seal
            .key
            .sign(self.algorithm.scheme(), input.as_bytes())
            .unwrap();
        format!("{input}.{}", base64url::encode(&signature))
    }
    pub(crate) fn mutated(&self, mutate: impl FnOnce(&mut Map<String, Value>)) -> String {
        let mut header = self.header();
        mutate(&mut header);
        self.sign(&header)
    }
    /// The control, mutated in its header, must be refused for the reason given.
    pub(crate) fn refuse(&self, mutate: impl FnOnce(&mut Map<String, Value>)) -> SignatureError {
        credential(&self.mutated(mutate)).unwrap_err()
    }
}

pub(crate) fn x5c(certificate: &Certificate) -> String {
    base64::engine::general_purpose::STANDARD.encode(certificate.der())
}
pub(crate) fn at_noon(text: &str, profile: Profile) -> Result<Signature, SignatureError> {
    at(text, profile, noon())
}
pub(crate) fn at(text: &str, profile: Profile, now: Timestamp) -> Result<Signature, SignatureError> {
    validate(text, profile, &AlgorithmSet::all(), now)
}
pub(crate) fn credential(text: &str) -> Result<Signature, SignatureError> {
    at_noon(text, Profile::Credential)
}

/// What the refusal says, where it is of the format.
#[track_caller]
pub(crate) fn format(error: SignatureError) -> String {
    match error {
        SignatureError::Format(why) => why,
        other => panic!("{other:?}"),
    }
}

/// The same of the signing certificate.
#[track_caller]
pub(crate) fn certificate(error: SignatureError) -> String {
    match error {
        SignatureError::SigningCertificate(why) => why,
        other => panic!("{other:?}"),
    }
}

/// The same of the claimed time.
#[track_caller]
pub(crate) fn claimed_time(error: SignatureError) -> String {
    match error {
        SignatureError::ClaimedTime(why) => why,
        other => panic!("{other:?}"),
    }
}

/// With another signature value.
pub(crate) fn resign(text: &str, signature: &[u8]) -> String {
    format!(
        "{}.{}",
        text.rsplit_once('.').unwrap().0,
        base64url::encode(signature)
    )
}

pub(crate) fn signature(text: &str) -> Vec<u8> {
    base64url::decode(text.rsplit_once('.').unwrap().1).unwrap()
}
