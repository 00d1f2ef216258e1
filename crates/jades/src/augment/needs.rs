//! What a document lacks before it can be validated without anybody's help: certificates of paths, and who is to be asked
//! about which certificate.
use super::{AugmentError, Augmented, Purpose, proven, within_validity};
use crate::{
    document::{Transmitted, UnsignedProperty},
    examine::{Examined, ExaminedTimeStamp, TimeStampKind},
};
use jiff::Timestamp;
use procura_ades::validation::{self, Anchors};
use procura_crypto::digest::sha256;
use procura_pki::{Certificate, PathOptions, RevocationData, RevocationStatus, path};
use std::collections::{BTreeSet, HashMap};

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
    /// What an archive time-stamp of `now` is to prove has to be fresh then, but for the signing certificate, which an
    /// older time-stamp vouches for, and for what an older archive covers. Time-stamps that lead to no anchor are passed over where another one does: anybody may
    /// have added them.
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
        now: Timestamp,
    ) -> Result<Needs, AugmentError> {
        let (signature, examined) = self.sound(index)?;
        super::has_time_stamp(examined)?;
        let mut gathering = Gathering::new(signature, examined, anchors, others, options, now);
        if purpose != Purpose::TimeStamps {
            let (signer, at) = gathering
                .signer(examined)
                .ok_or(AugmentError::NoSignature(index))?;
            gathering.path_of(signer, validation::Purpose::Signatures, at)?;
        }
        if purpose != Purpose::Signature {
            let units = units(examined);
            let leads = |(unit, at): &(&Certificate, Timestamp)| gathering.is_trusted(unit, *at);
            let trusted: Vec<_> = units.iter().copied().filter(leads).collect();
            for (unit, at) in if trusted.is_empty() { units } else { trusted } {
                gathering.path_of(unit, validation::Purpose::TimeStamps, at)?;
            }
        }
        Ok(gathering.needs)
    }

    /// Whether the signature at `index` has a time-stamp that holds, of a unit that leads to an anchor. Anybody can make
    /// another: it is no reason to go without.
    ///
    /// # Errors
    /// Of a signature to which nothing can be added.
    pub fn has_trusted_time_stamp(
        &self,
        index: usize,
        anchors: &Anchors,
        others: &[Certificate],
        options: &PathOptions,
    ) -> Result<bool, AugmentError> {
        let (signature, examined) = self.sound(index)?;
        if super::has_time_stamp(examined).is_err() {
            return Ok(false);
        }
        let gathering = Gathering::new(signature, examined, anchors, others, options, Timestamp::MIN);
        let stamps = examined.time_stamps.iter();
        let mut signed = stamps.filter(|stamp| stamp.kind == TimeStampKind::Signature);
        Ok(signed.any(|stamp| gathering.trusted(stamp).is_some()))
    }
}

/// Each unit whose tokens hold, with the time of the newest.
fn units(examined: &Examined) -> Vec<(&Certificate, Timestamp)> {
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
    units
}

struct Gathering<'a> {
    /// Where paths may lead.
    candidates: Vec<Certificate>,
    /// DER of what the document holds.
    inside: BTreeSet<Vec<u8>>,
    there: Vec<RevocationData>,
    /// SHA-256 of what archive time-stamps cover, with the time of the first.
    archived: HashMap<[u8; 32], Timestamp>,
    anchors: &'a Anchors,
    options: &'a PathOptions,
    now: Timestamp,
    needs: Needs,
}
impl<'a> Gathering<'a> {
    fn new(
        signature: &Transmitted,
        examined: &Examined,
        anchors: &'a Anchors,
        others: &[Certificate],
        options: &'a PathOptions,
        now: Timestamp,
    ) -> Self {
        let there = signature.unsigned.revocation_data();
        let own = super::certificates(signature, examined, there.iter());
        let own: Vec<Certificate> = own.cloned().collect();
        let mut gathering = Self {
            candidates: own.iter().chain(others).cloned().collect(),
            inside: own.iter().map(|one| one.der().to_vec()).collect(),
            there,
            archived: HashMap::new(),
            anchors,
            options,
            now,
            needs: Needs::default(),
        };
        let stamps = examined.time_stamps.iter();
        for stamp in stamps.filter(|stamp| stamp.kind == TimeStampKind::Archive) {
            let Some(at) = gathering.trusted(stamp) else {
                continue;
            };
            let properties = stamp
                .place
                .and_then(|place| signature.unsigned.properties.get(..place));
            for object in properties
                .into_iter()
                .flatten()
                .flat_map(UnsignedProperty::objects)
            {
                let first = gathering.archived.entry(sha256(&object)).or_insert(at);
                *first = at.min(*first);
            }
        }
        gathering
    }

    /// The time of a time-stamp that holds, where its unit leads to an anchor.
    fn trusted(&self, stamp: &ExaminedTimeStamp) -> Option<Timestamp> {
        let (unit, token) = (stamp.signer.as_ref().ok()?, proven(stamp)?);
        self.is_trusted(unit, token.time()).then(|| token.time())
    }

    /// The signing certificate, and when its signature is first proven to have existed: by units that lead to an anchor,
    /// where one does.
    fn signer<'b>(&self, examined: &'b Examined) -> Option<(&'b Certificate, Timestamp)> {
        let certificate = examined.certificate.as_ref()?;
        let stamps = examined.time_stamps.iter();
        let times = stamps
            .filter(|stamp| stamp.kind == TimeStampKind::Signature)
            .filter_map(|stamp| Some((stamp.signer.as_ref().ok()?, proven(stamp)?)))
            .filter(|(_, token)| within_validity(examined, token))
            .map(|(unit, token)| (!self.is_trusted(unit, token.time()), token.time()));
        Some((certificate, times.min()?.1))
    }

    fn is_trusted(&self, unit: &Certificate, at: Timestamp) -> bool {
        let anchors = self.anchors.of(validation::Purpose::TimeStamps);
        path::find(unit, &self.candidates, anchors, at, self.options).is_ok()
    }

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
        for (index, (certificate, issuer)) in path.issued().enumerate() {
            let is_signer = index == 0 && purpose == validation::Purpose::Signatures;
            let fresh_at = if is_signer { Timestamp::MIN } else { self.now };
            self.status_of(certificate, issuer, at, fresh_at);
        }
        Ok(())
    }

    fn status_of(
        &mut self,
        certificate: &Certificate,
        issuer: &Certificate,
        after: Timestamp,
        fresh_at: Timestamp,
    ) {
        if certificate.revocation_exempt() {
            return;
        }
        match self.told(certificate, issuer, after, fresh_at) {
            Told::Enough => {}
            Told::Nothing => self.ask(certificate, issuer, after),
            Told::Stale => self.ask(certificate, issuer, fresh_at),
            // The issuer itself answers for its responder: one question deep.
            Told::By(responder) => match self.told(&responder, issuer, after, fresh_at) {
                Told::Nothing => self.ask(&responder, issuer, after),
                Told::Stale => self.ask(&responder, issuer, fresh_at),
                Told::By(_) | Told::Enough => {}
            },
        }
    }

    /// Whether data of the document tell of it. Those that rest on nobody else are enough.
    fn told(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        after: Timestamp,
        fresh_at: Timestamp,
    ) -> Told {
        let mut told = Told::Nothing;
        for data in &self.there {
            let Ok(statement) = data.statement(certificate, issuer, &self.candidates) else {
                continue;
            };
            let revoked = matches!(statement.status, RevocationStatus::Revoked { .. });
            if !revoked && statement.this_update < after {
                continue;
            }
            // What an older archive proves to have been there while it was fresh need not be so any more.
            let archived = self.archived.get(&data.sha256());
            let fresh_at = archived.map_or(fresh_at, |archived| fresh_at.min(*archived));
            if !revoked && statement.next_update.is_some_and(|next| next < fresh_at) {
                if matches!(told, Told::Nothing) {
                    told = Told::Stale;
                }
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
    /// That it was good, by data which have ended since.
    Stale,
    /// Something that rests on a responder that may have been revoked itself.
    By(Certificate),
    /// Something that rests on the issuer, or on a responder that nobody has to ask about.
    Enough,
}
