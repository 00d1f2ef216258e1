//! Augmenting: what keeps a signature provable after its certificates are gone (TS 119 182-1 §5.3, §6; EN 319 102-1 §4.3).
//!
//! B-T proves that the signature existed at a time, B-LT keeps what its validation needs, B-LTA proves that all of it
//! existed, as often as algorithms and authorities age. Everything is added at the end of `etsiU` and as base64url; what
//! was signed or transmitted keeps its text octet for octet.
//!
//! A step is refused, and nothing changed, where it would prove nothing: on a signature that does not verify, with a token
//! that does not hold, or out of order.
mod needs;
mod validation_data;

pub use needs::{Needs, RevocationNeed};
pub use validation_data::{Purpose, ValidationData};

use crate::{
    create::{Envelope, StampError, pki_object, sound},
    document::{Deviation, Document, Form, Imprint, Objects, ReadError, Transmitted},
    examine::{
        Cover, Examined, Level, TimeStampKind,
        level::{REFERENCES, VALIDATION_DATA},
    },
};
use procura_ades::{SubIndication, Token};
use procura_pki::{Certificate, PathError, RevocationData};
use serde_json::{Value, json};

/// Why nothing was added.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum AugmentError {
    /// The document, or the one that would come out, is none.
    #[error("the document cannot be read: {0}")]
    Read(#[from] ReadError),
    /// There is no such signature.
    #[error("the document has no signature {0}; the first is 0")]
    NoSignature(usize),
    /// `etsiU` holds clear JSON: what is added to it would be covered by no archive that anybody can check.
    #[error("etsiU is written in clear JSON, which is not added to; only base64url keeps its octets")]
    ClearForm,
    /// `etsiU` holds something else than properties.
    #[error("{0}; nothing is added to it")]
    Unsigned(Deviation),
    /// The signature breaks a rule of the baseline, so that no level can be reached.
    #[error("the signature has none of the baseline levels: {0}")]
    NotBaseline(String),
    /// The signature does not verify: nothing would be proven.
    #[error("the signature does not verify ({0:?}); nothing is added to it")]
    Integrity(SubIndication),
    /// What an archive time-stamp covers is not all at hand.
    #[error("the objects that an archive time-stamp covers are not at hand")]
    Objects,
    /// The levels are reached one after the other.
    #[error("{0}")]
    Order(&'static str),
    /// Properties that the level must not have.
    #[error("the signature holds references to validation data, which levels from B-LT on must not have")]
    References,
    /// The token does not hold.
    #[error(transparent)]
    Stamp(#[from] StampError),
    /// A certificate leads to no anchor.
    #[error(transparent)]
    Path(#[from] PathError),
    /// An OCSP response without what stands around the `BasicOCSPResponse` (TS 119 182-1 §5.3.5.3).
    #[error("rVals hold whole OCSP responses, not bare BasicOCSPResponses")]
    BareResponse,
}

/// A document in a JSON serialisation that is added to, with the objects to which it refers.
#[derive(Clone, Debug)]
pub struct Augmented {
    envelope: Envelope,
    document: Document,
    examined: Vec<Result<Examined, ReadError>>,
    objects: Objects,
}

impl Augmented {
    /// Takes any serialisation; a compact document becomes a flattened one of the same strings.
    ///
    /// # Errors
    /// [`AugmentError::Read`].
    pub fn read(bytes: &[u8], objects: Objects) -> Result<Self, AugmentError> {
        let document = Document::read(bytes)?;
        Ok(Self {
            envelope: Envelope::read(bytes, &document)?,
            examined: document.examine(&objects),
            document,
            objects,
        })
    }

    /// What it is now.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// What each signature is now, or why that one cannot be told.
    pub fn examined(&self) -> &[Result<Examined, ReadError>] {
        &self.examined
    }

    /// Its text: flattened where it came so and has one signature, general otherwise.
    pub fn to_json(&self) -> String {
        self.envelope.write()
    }

    /// The same with its signatures in a list.
    #[must_use]
    pub fn into_general(mut self) -> Self {
        self.envelope.generalise();
        self.document.serialisation = crate::document::Serialisation::General;
        self
    }

    /// B-T: what a time-stamp over the signature at `index` is asked for: the characters of the signature's string
    /// (§5.3.4).
    ///
    /// # Errors
    /// [`AugmentError`]: the signature does not verify, or comes too late for it.
    pub fn signature_imprint(&self, index: usize) -> Result<Vec<u8>, AugmentError> {
        let (signature, _) = self.sound(index)?;
        if signature.unsigned.has(&["arcTst"]) {
            return Err(AugmentError::Order(
                "a signature time-stamp comes before the first archive time-stamp",
            ));
        }
        Ok(signature.signature.clone().into_bytes())
    }

    /// B-T: adds a token over [`Augmented::signature_imprint`] as `sigTst`. Further ones, of other authorities, stand
    /// beside it, each for itself.
    ///
    /// # Errors
    /// [`AugmentError::Stamp`]: the token does not hold; and those of [`Augmented::signature_imprint`].
    pub fn add_signature_time_stamp(&mut self, index: usize, token: &[u8]) -> Result<(), AugmentError> {
        let data = self.signature_imprint(index)?;
        let (signature, examined) = self.sound(index)?;
        let read = sound(token, &data, &signature.unsigned.certificates)?;
        let validity = examined.certificate.as_ref();
        if !validity.is_some_and(|certificate| certificate.is_valid_at(read.time())) {
            return Err(StampError::Validity.into());
        }
        let content = |kind| kind == TimeStampKind::Content;
        in_order(examined, &read, content)?;
        once(signature, "sigTst", token)?;
        self.append(index, vec![("sigTst", container(token))])
    }

    /// B-LT, and before an archive is renewed: adds what validations need and the document does not hold yet. Says how
    /// many certificates, CRLs and OCSP responses that were.
    ///
    /// For the signature they go to `xVals` and `rVals`, and later ones, which must not stand there twice, to
    /// `anyValData`; for time-stamps to `tstVD`.
    ///
    /// # Errors
    /// [`AugmentError::Order`] without a signature time-stamp that holds; [`AugmentError::References`];
    /// [`AugmentError::BareResponse`].
    pub fn add_validation_data(
        &mut self,
        index: usize,
        purpose: Purpose,
        data: &ValidationData<'_>,
    ) -> Result<usize, AugmentError> {
        let (signature, examined) = self.sound(index)?;
        has_time_stamp(examined)?;
        if signature.unsigned.has(&REFERENCES) {
            return Err(AugmentError::References);
        }
        let new = data.beyond(signature, examined)?;
        let count = new.count();
        if count > 0 {
            let first = !signature.unsigned.has(&["xVals", "rVals"]);
            self.append(index, new.properties(purpose, first))?;
        }
        Ok(count)
    }

    /// B-LTA: what a time-stamp over everything is asked for: objects, signature and the transmitted strings of every
    /// property (§5.3.6.2).
    ///
    /// # Errors
    /// [`AugmentError::Order`] without a signature time-stamp that holds or without validation data;
    /// [`AugmentError::References`]; [`AugmentError::Objects`].
    pub fn archive_imprint(&self, index: usize) -> Result<Vec<u8>, AugmentError> {
        let (signature, examined) = self.sound(index)?;
        has_time_stamp(examined)?;
        if !signature.unsigned.has(&VALIDATION_DATA) {
            return Err(AugmentError::Order(
                "an archive time-stamp comes after the validation data that it keeps",
            ));
        }
        if signature.unsigned.has(&REFERENCES) {
            return Err(AugmentError::References);
        }
        match signature.archive_imprint(&self.objects) {
            Some(Imprint::Known(data)) => Ok(data),
            _ => Err(AugmentError::Objects),
        }
    }

    /// B-LTA: adds a token over [`Augmented::archive_imprint`] as `arcTst`. An archive is renewed by the next one, made
    /// before the token, its certificates or their algorithms end; add the token's validation data first.
    ///
    /// # Errors
    /// [`AugmentError::Stamp`]: the token does not hold; and those of [`Augmented::archive_imprint`].
    pub fn add_archive_time_stamp(&mut self, index: usize, token: &[u8]) -> Result<(), AugmentError> {
        let data = self.archive_imprint(index)?;
        let (signature, examined) = self.sound(index)?;
        let read = sound(token, &data, &signature.unsigned.certificates)?;
        in_order(examined, &read, |_| true)?;
        self.append(index, vec![("arcTst", container(token))])
    }

    /// The signature at `index`, where adding to it makes sense.
    fn sound(&self, index: usize) -> Result<(&Transmitted, &Examined), AugmentError> {
        let signature = appendable(&self.document, index)?;
        let examined = self.examined.get(index).ok_or(AugmentError::NoSignature(index))?;
        let examined = examined.as_ref().map_err(Clone::clone)?;
        examined.integrity.map_err(AugmentError::Integrity)?;
        if examined.level == Level::NotBaseline {
            let broken = signature.deviations.iter().find(|one| one.breaks_baseline());
            let rule = broken.map_or_else(|| "sigPSt without sigPId".to_owned(), ToString::to_string);
            return Err(AugmentError::NotBaseline(rule));
        }
        Ok((signature, examined))
    }

    /// All of them or none.
    fn append(&mut self, index: usize, properties: Vec<(&'static str, Value)>) -> Result<(), AugmentError> {
        let mut envelope = self.envelope.clone();
        for (name, value) in properties {
            envelope.append(index, name, &value.to_string())?;
        }
        let document = Document::read(envelope.write().as_bytes())?;
        let examined = document.examine(&self.objects);
        if let Some(Err(error)) = examined.get(index) {
            return Err(error.clone().into());
        }
        self.examined = examined;
        self.envelope = envelope;
        self.document = document;
        Ok(())
    }
}

/// The signature at `index`, if a property can be added to it.
pub(crate) fn appendable(document: &Document, index: usize) -> Result<&Transmitted, AugmentError> {
    let signature = document
        .signatures
        .get(index)
        .ok_or(AugmentError::NoSignature(index))?
        .as_ref()
        .map_err(Clone::clone)?;
    if signature.unsigned.form == Some(Form::Clear) {
        return Err(AugmentError::ClearForm);
    }
    let unreadable =
        |deviation: &&Deviation| matches!(deviation, Deviation::EtsiU | Deviation::EtsiUProperty(_));
    match signature.deviations.iter().find(unreadable) {
        Some(deviation) => Err(AugmentError::Unsigned(deviation.clone())),
        None => Ok(signature),
    }
}

/// `tstContainer` (§5.4.3.3) of one token, without `canonAlg`.
fn container(token: &[u8]) -> Value {
    json!({ "tstTokens": [pki_object(token)] })
}

/// EN 319 102-1 §5.5.4: what covers something comes after it.
fn in_order(
    examined: &Examined,
    token: &Token,
    covered: impl Fn(TimeStampKind) -> bool,
) -> Result<(), StampError> {
    let stamps = examined.time_stamps.iter();
    let later = |earlier: &Token| earlier.time() > token.time();
    if stamps
        .filter(|stamp| covered(stamp.kind))
        .any(|stamp| proven(stamp).is_some_and(later))
    {
        return Err(StampError::Order);
    }
    Ok(())
}

/// The certificates that a signature brings: `x5c`, unsigned ones, and those of its tokens and of responders.
fn certificates<'a>(
    signature: &'a Transmitted,
    examined: &'a Examined,
    revocation: impl Iterator<Item = &'a RevocationData>,
) -> impl Iterator<Item = &'a Certificate> {
    let tokens = examined.time_stamps.iter();
    let tokens = tokens.filter_map(|stamp| stamp.token.as_ref().ok());
    let responders = revocation.flat_map(|data| match data {
        RevocationData::Crl(_) => &[],
        RevocationData::Ocsp(response) => response.certificates(),
    });
    tokens
        .flat_map(Token::certificates)
        .chain(responders)
        .chain(&signature.signed.certificates)
        .chain(&signature.unsigned.certificates)
}

/// The token, if it holds.
fn proven(stamp: &crate::examine::ExaminedTimeStamp) -> Option<&Token> {
    let holds = stamp.cover == Cover::Intact && stamp.signer.is_ok();
    stamp.token.as_ref().ok().filter(|_| holds)
}

fn has_time_stamp(examined: &Examined) -> Result<(), AugmentError> {
    let mut stamps = examined.time_stamps.iter();
    if examined.level >= Level::T
        && stamps.any(|stamp| {
            stamp.kind == TimeStampKind::Signature
                && proven(stamp).is_some_and(|token| within_validity(examined, token))
        })
    {
        return Ok(());
    }
    Err(AugmentError::Order(
        "validation data and archives come after a signature time-stamp that holds",
    ))
}

/// Whether the signing certificate was not expired then.
fn within_validity(examined: &Examined, token: &Token) -> bool {
    let certificate = examined.certificate.as_ref();
    certificate.is_some_and(|certificate: &Certificate| token.time() <= certificate.not_after())
}

/// No token stands twice.
fn once(signature: &Transmitted, name: &str, token: &[u8]) -> Result<(), StampError> {
    let new = container(token);
    if signature
        .unsigned
        .of(name)
        .any(|(_, one)| one.value.get("tstTokens") == new.get("tstTokens"))
    {
        return Err(StampError::Repeated);
    }
    Ok(())
}
