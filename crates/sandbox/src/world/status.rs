//! What an authority knows of the certificates that it issued, and whom it lets tell (RFC 6960).
use super::{
    Ca, KeyAndChain, Party, World, WorldError,
    authority::Revoked,
    fixtures, keys, people,
    recipe::{IssuerUrls, Profile, Recipe, Subject},
    serial_of,
};
use jiff::{SignedDuration, Timestamp};
use procura_crypto::Rng;
use std::collections::BTreeMap;

/// Why certificates of this world were revoked: keyCompromise (RFC 5280 §5.3.1).
const KEY_COMPROMISE: u8 = 1;

/// An authority's record of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// DER of the certificate.
    pub certificate: &'a [u8],
    /// When it was revoked and why (reason code of RFC 5280 §5.3.1); `None` where it was not.
    pub revoked: Option<(Timestamp, u8)>,
}

impl World {
    /// What a CA knows of the certificate of this serial number; `None` where it issued none.
    pub fn record(&self, ca: Ca, serial: &[u8]) -> Result<Option<Record<'_>>, WorldError> {
        for certificate in self.issued_by(ca)? {
            if serial_of(certificate)? == serial {
                let revoked = self.revoked()?;
                let revoked = revoked
                    .get(&ca)
                    .into_iter()
                    .flatten()
                    .find(|entry| entry.serial == serial);
                return Ok(Some(Record {
                    certificate,
                    revoked: revoked.map(|entry| (entry.at, KEY_COMPROMISE)),
                }));
            }
        }
        Ok(None)
    }

    /// A key and a certificate by which somebody may answer for a CA from now on, for `life`.
    pub fn ocsp_delegate(
        &self,
        ca: Ca,
        now: Timestamp,
        life: SignedDuration,
        rng: &mut dyn Rng,
    ) -> Result<KeyAndChain, WorldError> {
        let (_, named) = fixtures::fixtures()?
            .authority(ca)
            .ok_or(WorldError::Missing(ca.stem()))?;
        let authority = self.authorities.get(&ca).ok_or(WorldError::Missing(ca.stem()))?;
        let recipe = Recipe {
            subject: Subject::of(fixtures::Named {
                common_name: "RealTruth OCSP responder",
                ..named
            }),
            profile: Profile::OcspResponder,
            not_before: now,
            not_after: now.checked_add(life).map_err(|_| WorldError::Time(now))?,
            issuer_urls: Some(IssuerUrls {
                // Its certificate says that nobody need ask.
                ocsp: None,
                ..self.origins().of_authority(ca)
            }),
        };
        let key = keys::p256()?;
        let certificate = authority.issue(&recipe, &key, rng)?;
        Ok(KeyAndChain::new(keys::pem(&key), vec![certificate]))
    }

    /// What each CA has revoked.
    pub(super) fn revoked(&self) -> Result<BTreeMap<Ca, Vec<Revoked>>, WorldError> {
        let mut revoked: BTreeMap<Ca, Vec<Revoked>> = BTreeMap::new();
        for party in Party::ALL {
            let (fixture, _) = fixtures::fixtures()?
                .certificate(party)
                .ok_or(WorldError::Missing(party.stem()))?;
            if let (Some(days), Some(issuer)) = (fixture.revoked_days_ago, fixture.issued_by) {
                revoked.entry(issuer).or_default().push(Revoked {
                    serial: serial_of(self.party(party)?.certificate())?,
                    at: people::days_before(self.index.made_at, days)?,
                });
            }
        }
        Ok(revoked)
    }

    /// DER of the certificates that a CA issued.
    fn issued_by(&self, ca: Ca) -> Result<Vec<&[u8]>, WorldError> {
        let fixtures = fixtures::fixtures()?;
        let mut issued = Vec::new();
        for below in Ca::ALL {
            let (fixture, _) = fixtures
                .authority(below)
                .ok_or(WorldError::Missing(below.stem()))?;
            if fixture.issued_by == Some(ca) {
                issued.push(self.authority(below)?);
            }
        }
        for party in Party::ALL {
            let (fixture, _) = fixtures
                .certificate(party)
                .ok_or(WorldError::Missing(party.stem()))?;
            if fixture.issued_by == Some(ca) {
                issued.push(self.party(party)?.certificate());
            }
        }
        Ok(issued)
    }
}
