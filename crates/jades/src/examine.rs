//! What a document's signatures are, before anybody is trusted: who signed, whether the value verifies, what each
//! time-stamp covers and says, which level the format has.
//!
//! An examination refuses nothing and concludes nothing: it gives the facts on which a validation by profile, path and
//! trusted lists rests. Each signature and each token stands for itself.
pub(crate) mod level;
mod time_stamp;

pub use level::Level;
pub use time_stamp::{Cover, ExaminedTimeStamp, TimeStampKind};

use crate::{
    budget::{self, Budget, BudgetExceeded},
    document::{Document, Imprint, Objects, ReadError, Transmitted},
};
use procura_ades::SubIndication;
use procura_jose::{base64url, json::Values};
use procura_pki::Certificate;
use serde_json::Value;

/// Counter-signatures on counter-signatures.
const MAX_DEPTH: usize = 4;

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
    /// `cSig`, in the order in which they stand, or why one cannot be read.
    pub counter_signatures: Vec<Result<CounterSignature, ReadError>>,
}

/// One counter-signature (TS 119 182-1 §5.3.2): a signature on the value of the one that it stands in.
#[derive(Clone, Debug)]
pub struct CounterSignature {
    /// Its place in `etsiU`.
    pub place: usize,
    /// As it was transmitted.
    pub transmitted: Transmitted,
    /// What it is.
    pub examined: Examined,
}

impl Document {
    /// Examines every signature on its own: in their order what each is, or why that one cannot be read, or that it takes
    /// more than a signature may ([`BudgetExceeded`]): 15 counter-signatures, nested at most four deep, 64 tokens, and 64
    /// MiB covered by them.
    #[must_use]
    pub fn examine(&self, objects: &Objects) -> Vec<Result<Examined, ReadError>> {
        let one = |signature: &Result<Transmitted, ReadError>| {
            Examined::alone(signature.as_ref().map_err(Clone::clone)?, objects)
        };
        self.signatures.iter().map(one).collect()
    }
}

impl Examined {
    /// With bounds of its own.
    pub(crate) fn alone(signature: &Transmitted, objects: &Objects) -> Result<Self, ReadError> {
        Ok(Self::of(signature, objects, 0, &mut Budget::new())?)
    }

    fn of(
        signature: &Transmitted,
        objects: &Objects,
        depth: usize,
        budget: &mut Budget,
    ) -> Result<Self, BudgetExceeded> {
        budget.signature()?;
        let certificate = signer(signature);
        let time_stamps = time_stamp::examine(signature, objects, budget)?;
        Ok(Self {
            integrity: integrity(signature, certificate.as_ref(), objects),
            level: level::of(signature, certificate.as_ref(), &time_stamps, depth > 0),
            counter_signatures: counter_signatures(signature, depth, budget)?,
            certificate,
            time_stamps,
        })
    }
}

/// The signing certificate: among `x5c` and `xVals` the one that the signed reference is of. Without any reference it is
/// the first of `x5c`, and the format has no level.
fn signer(signature: &Transmitted) -> Option<Certificate> {
    let signed = &signature.signed;
    match signed.references.as_slice() {
        _ if signed.unreadable_reference => None,
        [] => signed.certificates.first().cloned(),
        references => signed
            .certificates
            .iter()
            .cloned()
            .chain(signature.unsigned.certificates.iter().cloned())
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
        Imprint::Ambiguous => return Err(SubIndication::FormatFailure),
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
fn counter_signatures(
    signature: &Transmitted,
    depth: usize,
    budget: &mut Budget,
) -> Result<Vec<Result<CounterSignature, ReadError>>, BudgetExceeded> {
    if depth >= MAX_DEPTH && signature.unsigned.has(&["cSig"]) {
        return Err(BudgetExceeded("four levels of counter-signatures"));
    }
    let objects = counter_signed(signature);
    let mut found = Vec::new();
    for (place, property) in signature.unsigned.of("cSig") {
        let transmitted = counter_signature(&property.value, budget.values());
        budget::within(budget.values())?;
        found.push(match transmitted {
            Ok(transmitted) => Ok(CounterSignature {
                place,
                examined: Examined::of(&transmitted, &objects, depth + 1, budget)?,
                transmitted,
            }),
            Err(error) => Err(error),
        });
    }
    Ok(found)
}

/// What counter-signatures are made on: the signature's value.
fn counter_signed(signature: &Transmitted) -> Objects {
    Objects::default().with_payload(base64url::decode(&signature.signature).unwrap_or_default())
}

/// The one signature of a `cSig`: a compact JWS, or a JSON serialisation.
fn counter_signature(value: &Value, values: &Values) -> Result<Transmitted, ReadError> {
    let mut document = match value {
        Value::String(compact) => Document::read_compact(compact, Some(values))?,
        Value::Object(object) => Document::from_object(object.clone(), Some(values))?,
        _ => return Err(ReadError::Format("a counter-signature is a string or an object")),
    };
    let mut one = document.signatures.pop().ok_or(ReadError::NoSignature)??;
    if !document.signatures.is_empty() {
        return Err(ReadError::Format("a counter-signature holds several signatures"));
    }
    one.deviations.append(&mut document.deviations);
    Ok(one)
}
