//! What a document's signatures are, before anybody is trusted: who signed, whether the value verifies, what each
//! time-stamp covers and says, which level the format has.
//!
//! An examination refuses nothing and concludes nothing: it gives the facts on which a validation by profile, path and
//! trusted lists rests. Each signature and each token stands for itself.
mod level;
mod time_stamp;

pub use level::Level;
pub use time_stamp::{Cover, ExaminedTimeStamp, TimeStampKind};

use crate::document::{Document, Imprint, Objects, Transmitted};
use procura_ades::SubIndication;
use procura_jose::base64url;
use procura_pki::Certificate;
use serde_json::Value;

/// Counter-signatures on counter-signatures that are followed.
const MAX_DEPTH: usize = 4;
/// Counter-signatures of one signature.
const MAX_COUNTER_SIGNATURES: usize = 8;

/// One signature, examined.
#[derive(Clone, Debug)]
pub struct Examined {
    /// The certificate that the signed reference designates; without a reference the first of `x5c`.
    pub certificate: Option<Certificate>,
    /// Whether the signature value verifies over what it refers to, or why not (EN 319 102-1 §5.2.7).
    pub integrity: Result<(), SubIndication>,
    /// Which level the format has, whatever is valid.
    pub level: Level,
    /// Each token, signed ones first, in the order in which they stand.
    pub time_stamps: Vec<ExaminedTimeStamp>,
    /// `cSig`, each with what it counter-signs in place.
    pub counter_signatures: Vec<Result<Examined, SubIndication>>,
}

impl Document {
    /// Examines every signature on its own.
    #[must_use]
    pub fn examine(&self, objects: &Objects) -> Vec<Examined> {
        self.signatures
            .iter()
            .map(|signature| Examined::of(signature, objects, 0))
            .collect()
    }
}

impl Examined {
    fn of(signature: &Transmitted, objects: &Objects, depth: usize) -> Self {
        let certificate = signer(signature);
        let time_stamps = time_stamp::examine(signature, objects);
        Self {
            integrity: integrity(signature, certificate.as_ref(), objects),
            level: level::of(signature, certificate.as_ref(), &time_stamps, depth > 0),
            counter_signatures: counter_signatures(signature, depth),
            certificate,
            time_stamps,
        }
    }
}

/// The signing certificate: among `x5c` and `xVals` the one that the signed reference is of. Without any reference it is
/// the first of `x5c`, and the format has no level.
fn signer(signature: &Transmitted) -> Option<Certificate> {
    let signed = &signature.signed;
    match signed.references.as_slice() {
        [] => signed.certificates.first().cloned(),
        references => signed
            .certificates
            .iter()
            .cloned()
            .chain(signature.unsigned.certificates())
            .find(|certificate| references.iter().all(|reference| reference.is_of(certificate))),
    }
}

fn integrity(
    signature: &Transmitted,
    certificate: Option<&Certificate>,
    objects: &Objects,
) -> Result<(), SubIndication> {
    let certificate = certificate.ok_or(SubIndication::NoSigningCertificateFound)?;
    let input = match signature.signing_input(objects) {
        Imprint::Known(input) => input,
        Imprint::NotFound => return Err(SubIndication::SignedDataNotFound),
        Imprint::Changed(_) => return Err(SubIndication::HashFailure),
    };
    let verified = signature.signed.algorithm.is_some_and(|algorithm| {
        let fits = certificate.public_key().is_ok_and(|key| algorithm.fits(key));
        let value = base64url::decode(&signature.signature).unwrap_or_default();
        fits && certificate.verify(algorithm.scheme(), &input, &value).is_ok()
    });
    if verified {
        Ok(())
    } else {
        Err(SubIndication::SigCryptoFailure)
    }
}

/// Each `cSig` (TS 119 182-1 §5.3.2): its payload is the value of the signature that it is made on, which stands in it or
/// is detached.
fn counter_signatures(signature: &Transmitted, depth: usize) -> Vec<Result<Examined, SubIndication>> {
    if depth >= MAX_DEPTH {
        return Vec::new();
    }
    let value = base64url::decode(&signature.signature).unwrap_or_default();
    let objects = Objects::default().with_payload(value);
    signature
        .unsigned
        .of("cSig")
        .take(MAX_COUNTER_SIGNATURES)
        .map(|(_, property)| {
            let document = match &property.value {
                Value::String(compact) => Document::read_compact(compact),
                Value::Object(object) => Document::from_object(object),
                _ => return Err(SubIndication::FormatFailure),
            };
            let document = document.map_err(|_| SubIndication::FormatFailure)?;
            let [one] = document.signatures.as_slice() else {
                return Err(SubIndication::FormatFailure);
            };
            let mut examined = Examined::of(one, &objects, depth + 1);
            // What it says it signed must be this signature's value.
            let other = one
                .payload
                .as_ref()
                .is_some_and(|payload| *payload != signature.signature);
            if other && examined.integrity.is_ok() {
                examined.integrity = Err(SubIndication::HashFailure);
            }
            Ok(examined)
        })
        .collect()
}
