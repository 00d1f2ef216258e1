//! Certification authorities of the demo world.
use super::recipe::{self, Recipe};
use super::{WorldError, keys};
use jiff::{SignedDuration, Timestamp};
use procura_crypto::Rng;
use rcgen::{
    CertificateRevocationListParams, Issuer, KeyIdMethod, KeyPair, RevocationReason, RevokedCertParams,
    SerialNumber,
};
use zeroize::Zeroizing;

/// How long a CRL of the demo world is current.
pub(super) const CRL_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// A certification authority: its key and its certificate.
#[derive(Clone)]
pub(super) struct Authority {
    pub(super) key_pem: Zeroizing<String>,
    pub(super) certificate: Vec<u8>,
}
/// A revoked certificate.
#[derive(Clone, Debug)]
pub(super) struct Revoked {
    pub(super) serial: Vec<u8>,
    pub(super) at: Timestamp,
}
impl Authority {
    /// A root: signs itself.
    pub(super) fn self_signed(recipe: &Recipe, rng: &mut dyn Rng) -> Result<Self, WorldError> {
        let key = keys::p256()?;
        let certificate = recipe.params(serial(rng))?.self_signed(&key)?;
        Ok(Self {
            key_pem: keys::pem(&key),
            certificate: certificate.der().to_vec(),
        })
    }
    /// An authority below this one.
    pub(super) fn subordinate(&self, recipe: &Recipe, rng: &mut dyn Rng) -> Result<Self, WorldError> {
        let key = keys::p256()?;
        let certificate = self.issue(recipe, &key, rng)?;
        Ok(Self {
            key_pem: keys::pem(&key),
            certificate,
        })
    }
    /// A certificate for a key.
    pub(super) fn issue(
        &self,
        recipe: &Recipe,
        key: &KeyPair,
        rng: &mut dyn Rng,
    ) -> Result<Vec<u8>, WorldError> {
        let certificate = recipe.params(serial(rng))?.signed_by(key, &self.issuer()?)?;
        Ok(certificate.der().to_vec())
    }
    /// A CRL, current for a day.
    pub(super) fn crl(
        &self,
        revoked: &[Revoked],
        number: u64,
        now: Timestamp,
    ) -> Result<Vec<u8>, WorldError> {
        let issuer = self.issuer()?;
        let next = now.checked_add(CRL_LIFE).map_err(|_| WorldError::Time(now))?;
        let revoked_certs = revoked
            .iter()
            .map(|entry| {
                Ok(RevokedCertParams {
                    serial_number: SerialNumber::from_slice(&entry.serial),
                    revocation_time: recipe::date_time(entry.at)?,
                    reason_code: Some(RevocationReason::KeyCompromise),
                    invalidity_date: None,
                })
            })
            .collect::<Result<Vec<_>, WorldError>>()?;
        let list = CertificateRevocationListParams {
            this_update: recipe::date_time(now)?,
            next_update: recipe::date_time(next)?,
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs,
            key_identifier_method: KeyIdMethod::Sha256,
        }
        .signed_by(&issuer)?;
        Ok(list.der().to_vec())
    }
    fn issuer(&self) -> Result<Issuer<'static, KeyPair>, WorldError> {
        let key = keys::read(&self.key_pem)?;
        Ok(Issuer::from_ca_cert_der(
            &self.certificate.as_slice().into(),
            key,
        )?)
    }
}
/// 127 random bits, never zero, always 16 octets of DER.
pub(super) fn serial(rng: &mut dyn Rng) -> [u8; 16] {
    let mut bytes = [0; 16];
    rng.fill(&mut bytes);
    if let Some(first) = bytes.first_mut() {
        *first = (*first & 0x3f) | 0x40;
    }
    bytes
}
