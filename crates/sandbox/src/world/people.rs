//! Who lives in the demo world, and what certificates they hold.
use super::authority::Authority;
use super::fixtures::{AuthorityProfile, CertificateProfile, Key, fixtures};
use super::recipe::{Profile, Recipe, Subject};
use super::{Origins, WorldError, keys};
use jiff::{SignedDuration, Timestamp};
use procura_crypto::Rng;
use serde::Deserialize;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// `did:elsi` of GoodAir, the organisation that issues mandates.
pub const GOODAIR_DID: &str = "did:elsi:VATES-12345678";
/// `did:elsi` of DOME onboarding, the relying party.
pub const DOME_DID: &str = "did:elsi:VATFR-99999999";
/// `did:elsi` of BadAir, whose certificates are in order and whose intentions are not.
pub const BADAIR_DID: &str = "did:elsi:VATES-87654321";
/// The certificate policy under which the COO represents GoodAir.
pub const REPRESENTATIVE_POLICY: &str = "2.16.724.1.3.5.8";

/// A certification authority of RealTruth; `fixtures/certificates/certificates.toml` says what its certificate contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub enum Ca {
    /// Above all services; no list names it.
    Root,
    /// Service CA/QC for seals, granted.
    Seals,
    /// Issues the seal certificates, below [`Ca::Seals`].
    SealsIssuing,
    /// Service CA/QC for signatures, granted.
    Signatures,
    /// The older service CA/QC for seals, withdrawn.
    Seals2017,
    /// Service TSA/QTST for time-stamps, granted.
    TimeStamps,
}
impl Ca {
    /// All of them, an issuer before what it issues.
    pub const ALL: [Self; 6] = [
        Self::Root,
        Self::Seals,
        Self::SealsIssuing,
        Self::Signatures,
        Self::Seals2017,
        Self::TimeStamps,
    ];
    /// The name in files and URLs.
    pub const fn stem(self) -> &'static str {
        match self {
            Self::Root => "realtruth-root",
            Self::Seals => "realtruth-seals",
            Self::SealsIssuing => "realtruth-seals-issuing",
            Self::Signatures => "realtruth-signatures",
            Self::Seals2017 => "realtruth-seals-2017",
            Self::TimeStamps => "realtruth-time-stamps",
        }
    }
    /// The authority with this name in files and URLs.
    pub fn from_stem(stem: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ca| ca.stem() == stem)
    }
}
impl TryFrom<String> for Ca {
    type Error = String;
    fn try_from(stem: String) -> Result<Self, String> {
        Self::from_stem(&stem).ok_or(format!("no authority is called {stem:?}"))
    }
}

/// A holder of a key and certificate, as described in `fixtures/certificates/certificates.toml`. Those from
/// [`Party::BadAirSeal`] on are villains or their tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
#[non_exhaustive]
pub enum Party {
    /// Signs the list of lists; an RSA key.
    LotlOperator,
    /// Signs the German list.
    ListOperator,
    /// GoodAir's qualified seal.
    GoodAirSeal,
    /// Jesus Ruiz, COO: qualified signature, representing GoodAir.
    Coo,
    /// DOME onboarding's qualified seal.
    DomeSeal,
    /// RealTruth's time-stamping unit.
    TimeStampingUnit,
    /// BadAir's qualified seal: in order, but of another organisation.
    BadAirSeal,
    /// Signs lists without being announced by anybody.
    Stranger,
    /// A self-signed certificate with GoodAir's name and identifier.
    SealClone,
    /// GoodAir's former seal, expired.
    ExpiredSeal,
    /// GoodAir's stolen seal, revoked.
    RevokedSeal,
    /// A seal of GoodAir issued by the service that was withdrawn.
    WithdrawnServiceSeal,
    /// A seal of GoodAir issued by the service that is granted for signatures only.
    SignaturesServiceSeal,
    /// An employee of GoodAir: qualified signature, associated but not representing.
    Employee,
    /// GoodAir's website certificate.
    Website,
}
impl Party {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::LotlOperator,
        Self::ListOperator,
        Self::GoodAirSeal,
        Self::Coo,
        Self::DomeSeal,
        Self::TimeStampingUnit,
        Self::BadAirSeal,
        Self::Stranger,
        Self::SealClone,
        Self::ExpiredSeal,
        Self::RevokedSeal,
        Self::WithdrawnServiceSeal,
        Self::SignaturesServiceSeal,
        Self::Employee,
        Self::Website,
    ];
    /// The name in files.
    pub const fn stem(self) -> &'static str {
        match self {
            Self::LotlOperator => "lotl-operator",
            Self::ListOperator => "de-list-operator",
            Self::GoodAirSeal => "goodair-seal",
            Self::Coo => "goodair-coo",
            Self::DomeSeal => "dome-onboarding-seal",
            Self::TimeStampingUnit => "realtruth-time-stamping-unit",
            Self::BadAirSeal => "badair-seal",
            Self::Stranger => "stranger",
            Self::SealClone => "goodair-seal-clone",
            Self::ExpiredSeal => "goodair-seal-expired",
            Self::RevokedSeal => "goodair-seal-revoked",
            Self::WithdrawnServiceSeal => "goodair-seal-2017",
            Self::SignaturesServiceSeal => "goodair-seal-signatures-service",
            Self::Employee => "goodair-employee",
            Self::Website => "goodair-website",
        }
    }
}
impl TryFrom<String> for Party {
    type Error = String;
    fn try_from(stem: String) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|party| party.stem() == stem)
            .ok_or(format!("no certificate is called {stem:?}"))
    }
}

/// A private key and its certificates. `Debug` does not show the key.
#[derive(Clone)]
pub struct KeyAndChain {
    key_pem: Zeroizing<String>,
    chain: Vec<Vec<u8>>,
}
impl core::fmt::Debug for KeyAndChain {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("KeyAndChain")
            .field("certificates", &self.chain.len())
            .finish_non_exhaustive()
    }
}
impl KeyAndChain {
    pub(super) fn new(key_pem: Zeroizing<String>, chain: Vec<Vec<u8>>) -> Self {
        Self { key_pem, chain }
    }
    /// The private key, PKCS#8 PEM.
    pub fn key_pem(&self) -> &str {
        &self.key_pem
    }
    /// DER of the certificate and of the authorities above it, up to but without the one that a list names.
    pub fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }
    /// DER of the certificate.
    pub fn certificate(&self) -> &[u8] {
        self.chain.first().map_or(&[], Vec::as_slice)
    }
}

/// When something that happened in the world's past took place.
pub(super) fn years_before(now: Timestamp, years: i64) -> Result<Timestamp, WorldError> {
    days_before(now, years * 365)
}
pub(super) fn days_before(now: Timestamp, days: i64) -> Result<Timestamp, WorldError> {
    now.checked_sub(SignedDuration::from_hours(24 * days))
        .map_err(|_| WorldError::Time(now))
}
fn years_after(now: Timestamp, years: i64) -> Result<Timestamp, WorldError> {
    days_before(now, years * -365)
}

/// Makes the authorities of RealTruth.
pub(super) fn authorities(
    origins: &Origins,
    now: Timestamp,
    rng: &mut dyn Rng,
) -> Result<BTreeMap<Ca, Authority>, WorldError> {
    let mut made = BTreeMap::new();
    for ca in Ca::ALL {
        let (fixture, named) = fixtures()?.authority(ca).ok_or(WorldError::Missing(ca.stem()))?;
        let recipe = Recipe {
            subject: Subject::of(named),
            profile: match fixture.profile {
                AuthorityProfile::Root => Profile::Root,
                AuthorityProfile::Service => Profile::ServiceCa,
                AuthorityProfile::Issuing => Profile::IssuingCa,
            },
            not_before: years_before(now, fixture.years_old)?,
            not_after: years_after(now, 15)?,
            issuer_urls: fixture.issued_by.map(|above| origins.of_authority(above)),
        };
        let authority = match fixture.issued_by {
            None => Authority::self_signed(&recipe, rng)?,
            Some(above) => authority(&made, above)?.subordinate(&recipe, rng)?,
        };
        made.insert(ca, authority);
    }
    Ok(made)
}
fn authority(authorities: &BTreeMap<Ca, Authority>, ca: Ca) -> Result<&Authority, WorldError> {
    authorities.get(&ca).ok_or(WorldError::Missing(ca.stem()))
}

/// Makes keys and certificates of everybody.
pub(super) fn parties(
    authorities: &BTreeMap<Ca, Authority>,
    origins: &Origins,
    now: Timestamp,
    rng: &mut dyn Rng,
) -> Result<BTreeMap<Party, KeyAndChain>, WorldError> {
    Party::ALL
        .into_iter()
        .map(|party| Ok((party, make(party, authorities, origins, now, rng)?)))
        .collect()
}
fn make(
    party: Party,
    authorities: &BTreeMap<Ca, Authority>,
    origins: &Origins,
    now: Timestamp,
    rng: &mut dyn Rng,
) -> Result<KeyAndChain, WorldError> {
    let (fixture, named) = fixtures()?
        .certificate(party)
        .ok_or(WorldError::Missing(party.stem()))?;
    let key = match fixture.key {
        Key::P256 => keys::p256()?,
        Key::Rsa3072 => keys::rsa_3072()?,
    };
    let not_after = match fixture.expired_days_ago {
        Some(days) => days_before(now, days)?,
        None => years_after(now, 5)?,
    };
    let recipe = Recipe {
        subject: Subject::of(named),
        profile: match fixture.profile {
            CertificateProfile::Seal => Profile::QualifiedSeal,
            CertificateProfile::Signature => Profile::QualifiedSignature {
                representative: false,
            },
            CertificateProfile::RepresentativeSignature => {
                Profile::QualifiedSignature { representative: true }
            }
            CertificateProfile::Website => Profile::Tls {
                host: fixture.host.as_deref().unwrap_or_default(),
            },
            CertificateProfile::ListOperator => Profile::ListOperator,
            CertificateProfile::TimeStampingUnit => Profile::TimeStampingUnit,
        },
        not_before: years_before(now, 2)?,
        not_after,
        issuer_urls: fixture.issued_by.map(|ca| origins.of_authority(ca)),
    };
    let chain = match fixture.issued_by {
        None => vec![
            recipe
                .params(super::authority::serial(rng))?
                .self_signed(&key)?
                .der()
                .to_vec(),
        ],
        Some(Ca::SealsIssuing) => {
            let issuing = authority(authorities, Ca::SealsIssuing)?;
            vec![issuing.issue(&recipe, &key, rng)?, issuing.certificate.clone()]
        }
        Some(ca) => vec![authority(authorities, ca)?.issue(&recipe, &key, rng)?],
    };
    Ok(KeyAndChain::new(keys::pem(&key), chain))
}
