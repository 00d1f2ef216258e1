//! What a document lacks before it can be validated without anybody's help: certificates of paths, and who is to be asked
//! about which certificate.
use super::{AugmentError, Augmented, Purpose, proven, within_validity};
use crate::{
    budget::BudgetExceeded,
    document::ReadError,
    examine::{Examined, TimeStampKind},
};
use jiff::Timestamp;
use procura_ades::validation::{self, Anchors};
use procura_pki::{Certificate, PathOptions, RevocationData, RevocationStatus, path};
use std::collections::BTreeSet;

/// Different certificates of time-stamping units in one document.
const MAX_UNITS: usize = 32;

/// A certificate of whose revocation the document tells nothing yet, or nothing new enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationNeed {
    /// Which one.
    pub certificate: Certificate,
    /// Who issued it.
    pub issuer: Certificate,
    /// Data from this time on tell that it was good when it was relied on, and go on telling it after it expired. Older
    /// ones serve only while they are current.
    pub after: Timestamp,
}

/// What a document lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Certificates of paths, without anchors.
    pub certificates: Vec<Certificate>,
    /// Of which certificates revocation data are to be gathered.
    pub revocation: Vec<RevocationNeed>,
}
impl Needs {
    /// Whether it lacks nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty() && self.revocation.is_empty()
    }
}

impl Augmented {
    /// What is to be gathered before the signature at `index` reaches B-LT, or before its archive is renewed: for the
    /// signature, for its time-stamps, or for both. Paths lead to `anchors`, by certificates of the document or among
    /// `others`. Ask again after adding: what is added may bring responders that need data themselves.
    ///
    /// # Errors
    /// [`AugmentError::Order`] without a signature time-stamp that holds; [`AugmentError::Path`]: a certificate leads to
    /// no anchor, so that nothing that could be added would help.
    pub fn needs(
        &self,
        index: usize,
        purpose: Purpose,
        anchors: &Anchors,
        others: &[Certificate],
        options: &PathOptions,
    ) -> Result<Needs, AugmentError> {
        let (signature, examined) = self.sound(index)?;
        super::has_time_stamp(examined)?;
        let there = signature.unsigned.revocation_data();
        let own = super::certificates(signature, examined, there.iter());
        let own: Vec<Certificate> = own.cloned().collect();
        let mut gathering = Gathering {
            candidates: own.iter().chain(others).cloned().collect(),
            inside: own.iter().map(|one| one.der().to_vec()).collect(),
            there,
            anchors,
            options,
            needs: Needs::default(),
        };
        if purpose != Purpose::TimeStamps {
            let (signer, at) = signer(examined).ok_or(AugmentError::NoSignature(index))?;
            gathering.path_of(signer, validation::Purpose::Signatures, at)?;
        }
        if purpose != Purpose::Signature {
            for (unit, at) in units(examined)? {
                gathering.path_of(unit, validation::Purpose::TimeStamps, at)?;
            }
        }
        Ok(gathering.needs)
    }
}

/// The signing certificate, and when its signature is first proven to have existed.
fn signer(examined: &Examined) -> Option<(&Certificate, Timestamp)> {
    let certificate = examined.certificate.as_ref()?;
    let stamps = examined.time_stamps.iter();
    let first = stamps
        .filter(|stamp| stamp.kind == TimeStampKind::Signature)
        .filter_map(proven)
        .filter(|token| within_validity(examined, token))
        .map(procura_ades::Token::time)
        .min()?;
    Some((certificate, first))
}

/// Each unit whose tokens hold, with the time of the newest.
fn units(examined: &Examined) -> Result<Vec<(&Certificate, Timestamp)>, ReadError> {
    let mut units: Vec<(&Certificate, Timestamp)> = Vec::new();
    for stamp in &examined.time_stamps {
        let (Some(token), Ok(unit)) = (proven(stamp), &stamp.signer) else {
            continue;
        };
        match units.iter_mut().find(|(known, _)| *known == unit) {
            Some((_, newest)) => *newest = token.time().max(*newest),
            None => units.push((unit, token.time())),
        }
    }
    if units.len() > MAX_UNITS {
        return Err(BudgetExceeded("32 time-stamping units").into());
    }
    Ok(units)
}

struct Gathering<'a> {
    /// Where paths may lead.
    candidates: Vec<Certificate>,
    /// DER of what the document holds.
    inside: BTreeSet<Vec<u8>>,
    there: Vec<RevocationData>,
    anchors: &'a Anchors,
    options: &'a PathOptions,
    needs: Needs,
}
impl Gathering<'_> {
    fn path_of(
        &mut self,
        leaf: &Certificate,
        purpose: validation::Purpose,
        at: Timestamp,
    ) -> Result<(), AugmentError> {
        let anchors = self.anchors.of(purpose);
        let path = path::find(leaf, &self.candidates, anchors, at, self.options)?;
        for certificate in &path.certificates {
            if *certificate != path.anchor.0 && self.inside.insert(certificate.der().to_vec()) {
                self.needs.certificates.push(certificate.clone());
            }
        }
        for (certificate, issuer) in path.issued() {
            self.status_of(certificate, issuer, at);
        }
        Ok(())
    }

    fn status_of(&mut self, certificate: &Certificate, issuer: &Certificate, after: Timestamp) {
        if certificate.revocation_exempt() {
            return;
        }
        match self.told(certificate, issuer, after) {
            Told::Enough => {}
            Told::Nothing => self.ask(certificate, issuer, after),
            // The issuer itself answers for its responder: one question deep.
            Told::By(responder) => {
                if matches!(self.told(&responder, issuer, after), Told::Nothing) {
                    self.ask(&responder, issuer, after);
                }
            }
        }
    }

    /// Whether data of the document tell of it. Those that rest on nobody else are enough.
    fn told(&self, certificate: &Certificate, issuer: &Certificate, after: Timestamp) -> Told {
        let mut told = Told::Nothing;
        for data in &self.there {
            let Ok(statement) = data.statement(certificate, issuer, &self.candidates) else {
                continue;
            };
            let revoked = matches!(statement.status, RevocationStatus::Revoked { .. });
            if !revoked && statement.this_update < after {
                continue;
            }
            match statement.responder {
                Some(responder) if statement.responder_needs_revocation_check => told = Told::By(responder),
                _ => return Told::Enough,
            }
        }
        told
    }

    fn ask(&mut self, certificate: &Certificate, issuer: &Certificate, after: Timestamp) {
        let asked = &mut self.needs.revocation;
        match asked.iter_mut().find(|need| need.certificate == *certificate) {
            Some(need) => need.after = need.after.max(after),
            None => asked.push(RevocationNeed {
                certificate: certificate.clone(),
                issuer: issuer.clone(),
                after,
            }),
        }
    }
}

/// What the data of a document tell of a certificate.
enum Told {
    /// Nothing, or nothing new enough.
    Nothing,
    /// Something that rests on a responder that may have been revoked itself.
    By(Certificate),
    /// Something that rests on the issuer, or on a responder that nobody has to ask about.
    Enough,
}
