//! A key that is kept for somebody.
use crate::world::{Party, World, WorldError};
use procura_crypto::PrivateKey;
use std::sync::Arc;
use zeroize::Zeroizing;

/// A credential: a key with its certificates, and what authorizes its use.
#[derive(Clone)]
pub struct Credential {
    pub(super) id: String,
    pub(super) key: Arc<PrivateKey>,
    pub(super) chain: Vec<Vec<u8>>,
    pub(super) pin: Option<Zeroizing<String>>,
    pub(super) scal: u8,
    pub(super) multisign: u64,
}

impl core::fmt::Debug for Credential {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Credential")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Credential {
    /// A key with its chain (DER, signing certificate first) for seals without a PIN, SCAL 2, one signature for each
    /// authorization.
    pub fn new(id: impl Into<String>, key: PrivateKey, chain: Vec<Vec<u8>>) -> Self {
        Self {
            id: id.into(),
            key: Arc::new(key),
            chain,
            pin: None,
            scal: 2,
            multisign: 1,
        }
    }

    /// The key of somebody in the demo world.
    ///
    /// # Errors
    /// [`WorldError`]: the world has no such key.
    pub fn of(world: &World, party: Party) -> Result<Self, WorldError> {
        let kept = world.party(party)?;
        let key =
            PrivateKey::from_pkcs8_pem(kept.key_pem()).map_err(|_| WorldError::Missing("usable key"))?;
        Ok(Self::new(party.stem(), key, kept.chain().to_vec()))
    }

    /// Asks for a PIN.
    #[must_use]
    pub fn with_pin(mut self, pin: impl Into<String>) -> Self {
        self.pin = Some(Zeroizing::new(pin.into()));
        self
    }

    /// Sole control assurance level 1: activation data need not name hashes.
    #[must_use]
    pub fn with_scal1(mut self) -> Self {
        self.scal = 1;
        self
    }

    /// Allows several signatures for each authorization.
    #[must_use]
    pub fn with_multisign(mut self, signatures: u64) -> Self {
        self.multisign = signatures;
        self
    }
}
