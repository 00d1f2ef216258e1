//! The demo world: organisations, certification authorities, trusted lists, registries, and villains.
//!
//! [`World::make`] is pure: it is told the time and given randomness (keys and signatures draw on the provider's own).
//! [`folder`] writes a world and reads it again. [`World::renew`] re-signs what would expire; keys and certificates
//! last for years, so that a world is reused.
mod authority;
mod error;
mod facts;
mod fixtures;
pub mod folder;
mod keys;
mod lists;
mod people;
mod recipe;
mod registry;
mod samples;
mod status;
mod villains;

pub use error::WorldError;
pub use facts::Lists;
pub use fixtures::FixtureError;
pub use lists::ListFile;
pub use people::{BADAIR_DID, Ca, DOME_DID, GOODAIR_DID, KeyAndChain, Party, REPRESENTATIVE_POLICY};
pub use registry::{Participant, Permission, RegisteredIssuer, Registry};
pub use samples::{REVOKED_INDEX, Sample, mandate};
pub use status::Record;
pub use villains::Villain;

use authority::{Authority, CRL_LIFE, Revoked};
use jiff::{SignedDuration, Timestamp};
use procura_crypto::Rng;
use recipe::IssuerUrls;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use url::Url;
use zeroize::Zeroizing;

/// Where the services of the demo are. Certificates and lists name the ecosystem's, so it is fixed when the world is
/// made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origins {
    /// Trusted lists, CRLs, registries.
    pub ecosystem: Url,
    /// Issuer, as wallets see it.
    pub issuer: Url,
    /// Issuer, management API.
    pub issuer_management: Url,
    /// Wallet.
    pub wallet: Url,
    /// Verifier.
    pub verifier: Url,
    /// Portal of the relying party.
    pub portal: Url,
}
impl Origins {
    /// Every service on 127.0.0.1, on six ports in the order of the fields.
    pub fn loopback(ports: [u16; 6]) -> Result<Self, WorldError> {
        let [ecosystem, issuer, issuer_management, wallet, verifier, portal] = ports;
        let origin = |port: u16| {
            Url::parse(&format!("http://127.0.0.1:{port}/"))
                .map_err(|_| WorldError::Missing("usable address"))
        };
        Ok(Self {
            ecosystem: origin(ecosystem)?,
            issuer: origin(issuer)?,
            issuer_management: origin(issuer_management)?,
            wallet: origin(wallet)?,
            verifier: origin(verifier)?,
            portal: origin(portal)?,
        })
    }
    /// An address below the ecosystem.
    fn at_ecosystem(&self, path: &str) -> String {
        format!("{}/{path}", self.ecosystem.as_str().trim_end_matches('/'))
    }
    /// The list of lists.
    pub fn lotl(&self) -> String {
        self.at_ecosystem("lotl.xml")
    }
    /// The German list.
    pub fn german_list(&self) -> String {
        self.at_ecosystem("tl/DE.xml")
    }
    /// The time-stamping authority (RFC 3161 over HTTP).
    pub fn time_stamping(&self) -> String {
        self.at_ecosystem("tsa")
    }
    /// The status list of the sample credentials.
    pub fn status_list(&self) -> String {
        self.at_ecosystem("status/samples")
    }
    /// A CA's CRL.
    pub fn crl(&self, ca: Ca) -> String {
        self.at_ecosystem(&format!("crl/{}.crl", ca.stem()))
    }
    /// The OCSP responder of all authorities.
    pub fn ocsp(&self) -> String {
        self.at_ecosystem("ocsp")
    }
    /// What the authority that issued something serves.
    fn of_authority(&self, ca: Ca) -> IssuerUrls {
        IssuerUrls {
            crl: self.crl(ca),
            certificate: self.at_ecosystem(&format!("ca/{}.cer", ca.stem())),
            ocsp: Some(self.ocsp()),
        }
    }
}
/// `world.toml`: what the world is and what it was made for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Version of this layout.
    pub version: u32,
    /// When the world was made.
    pub made_at: Timestamp,
    /// Number of the newest CRLs.
    pub crl_number: u64,
    /// When the newest CRLs were signed.
    pub crls_at: Timestamp,
    /// Sequence number of the current lists.
    pub sequence: u64,
    /// When they were signed.
    pub lists_at: Timestamp,
    /// Addresses of the services.
    pub origins: Origins,
}
/// What a world is made from.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Addresses of the services.
    pub origins: Origins,
    /// Now.
    pub now: Timestamp,
}
/// Lists of the first day: there were others before, one of which a villain brings back.
const FIRST_SEQUENCE: u64 = 42;
/// The layout that this version reads and writes.
const VERSION: u32 = 2;

/// A demo world.
#[derive(Clone)]
pub struct World {
    index: Index,
    authorities: BTreeMap<Ca, Authority>,
    parties: BTreeMap<Party, KeyAndChain>,
    crls: BTreeMap<Ca, Vec<u8>>,
    lists: BTreeMap<ListFile, Vec<u8>>,
    holder_pem: Zeroizing<String>,
    registry: Registry,
}
impl core::fmt::Debug for World {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("World")
            .field("index", &self.index)
            .finish_non_exhaustive()
    }
}
impl World {
    /// Makes a world.
    ///
    /// ```no_run
    /// # struct Machine; impl procura_crypto::Rng for Machine { fn fill(&mut self, _: &mut [u8]) {} }
    /// use procura_sandbox::world::{Origins, Party, Plan, World};
    /// let origins = Origins::loopback([4710, 4711, 4712, 4713, 4714, 4715])?;
    /// let world = World::make(&Plan { origins, now: "2026-03-01T12:00:00Z".parse()? }, &mut Machine)?;
    /// assert_eq!(world.party(Party::GoodAirSeal)?.chain().len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn make(plan: &Plan, rng: &mut dyn Rng) -> Result<Self, WorldError> {
        let now = whole_seconds(plan.now)?;
        let authorities = people::authorities(&plan.origins, now, rng)?;
        let parties = people::parties(&authorities, &plan.origins, now, rng)?;
        let mut world = Self {
            index: Index {
                version: VERSION,
                made_at: now,
                crl_number: 0,
                crls_at: now,
                sequence: FIRST_SEQUENCE - 1,
                lists_at: now,
                origins: plan.origins.clone(),
            },
            authorities,
            parties,
            crls: BTreeMap::new(),
            lists: BTreeMap::new(),
            holder_pem: keys::pem(&keys::p256()?),
            registry: Registry::initial(people::years_before(now, 1)?)?,
        };
        world.sign_crls(now)?;
        world.sign_lists(now)?;
        Ok(world)
    }
    /// Re-signs what has passed half of its life. `true`: something changed and is to be saved.
    pub fn renew(&mut self, now: Timestamp) -> Result<bool, WorldError> {
        let now = whole_seconds(now)?;
        let due = |signed_at: Timestamp, life: SignedDuration| {
            now.duration_since(signed_at) > life / 2 || now < signed_at
        };
        let (crls, lists) = (
            due(self.index.crls_at, CRL_LIFE),
            due(self.index.lists_at, lists::LIST_LIFE),
        );
        if crls {
            self.sign_crls(now)?;
        }
        if lists {
            self.sign_lists(now)?;
        }
        Ok(crls || lists)
    }
    /// What the world was made for.
    pub fn index(&self) -> &Index {
        &self.index
    }
    /// Addresses of the services.
    pub fn origins(&self) -> &Origins {
        &self.index.origins
    }
    /// Key and certificates of somebody.
    pub fn party(&self, party: Party) -> Result<&KeyAndChain, WorldError> {
        self.parties.get(&party).ok_or(WorldError::Missing(party.stem()))
    }
    /// DER of a CA's certificate.
    pub fn authority(&self, ca: Ca) -> Result<&[u8], WorldError> {
        Ok(&self
            .authorities
            .get(&ca)
            .ok_or(WorldError::Missing(ca.stem()))?
            .certificate)
    }
    /// DER of a CA's current CRL.
    pub fn crl(&self, ca: Ca) -> Result<&[u8], WorldError> {
        Ok(self.crls.get(&ca).ok_or(WorldError::Missing("CRL"))?)
    }
    /// A CRL of a CA that revokes these serial numbers since a second ago, and nothing else: what the CA would publish
    /// after an accident. The world itself stays as it is.
    pub fn crl_revoking(&self, ca: Ca, serials: &[Vec<u8>], now: Timestamp) -> Result<Vec<u8>, WorldError> {
        let at = now
            .checked_sub(SignedDuration::from_secs(1))
            .map_err(|_| WorldError::Time(now))?;
        let revoked: Vec<Revoked> = serials
            .iter()
            .map(|serial| Revoked {
                serial: serial.clone(),
                at,
            })
            .collect();
        self.authorities
            .get(&ca)
            .ok_or(WorldError::Missing(ca.stem()))?
            .crl(&revoked, self.index.crl_number + 1, now)
    }
    /// Who takes part, and who may issue what.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    fn sign_crls(&mut self, now: Timestamp) -> Result<(), WorldError> {
        let number = self.index.crl_number + 1;
        let revoked = self.revoked()?;
        let mut crls = BTreeMap::new();
        for (ca, authority) in &self.authorities {
            let revoked = revoked.get(ca).map(Vec::as_slice).unwrap_or_default();
            crls.insert(*ca, authority.crl(revoked, number, now)?);
        }
        self.crls = crls;
        self.index.crl_number = number;
        self.index.crls_at = now;
        Ok(())
    }
}
fn serial_of(certificate: &[u8]) -> Result<Vec<u8>, WorldError> {
    let certificate = procura_pki::Certificate::from_der(certificate)
        .map_err(|error| WorldError::Credential(error.to_string()))?;
    Ok(certificate.serial().to_vec())
}
fn whole_seconds(at: Timestamp) -> Result<Timestamp, WorldError> {
    Timestamp::from_second(at.as_second()).map_err(|_| WorldError::Time(at))
}
