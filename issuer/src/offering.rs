//! Offering: an operator's request becomes an issuance with a code, a PIN and a position in a status list.
use crate::{
    app::{App, Configuration},
    config::Lifetimes,
};
use jiff::Timestamp;
use procura_credential::lear::{self, LearError, MandateRequest};
use procura_crypto::Rng as _;
use procura_did::Did;
use procura_keys::KekError;
use procura_protocol::{
    Secret,
    vci::{CredentialOffer, OfferLink, Pin, PinVerifier},
};
use procura_service::SystemRng;
use procura_store::{
    StoreError,
    issuer::{
        issuances::{self, Issuance, Key, NewIssuance, NewPin},
        status,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// What an operator asks.
#[derive(Debug)]
pub(crate) struct Wish {
    pub(crate) configuration: Arc<Configuration>,
    pub(crate) payload: Value,
    /// Id of the management token.
    pub(crate) by: String,
    pub(crate) idempotency_key: Option<Secret>,
    pub(crate) request_hash: [u8; 32],
}
/// What it gets.
#[derive(Debug)]
pub(crate) struct Offer {
    pub(crate) id: String,
    pub(crate) uri: String,
    pub(crate) link: String,
    pub(crate) expires_at: Timestamp,
    pub(crate) pin_required: bool,
}
/// Why nothing is offered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum OfferingError {
    #[error("mandate: {0}")]
    Mandate(#[from] LearError),
    #[error("the mandator is another organisation, for which this credential is not issued")]
    ForeignMandator,
    #[error("the representative is not the person who signs this credential")]
    Representative,
    #[error("the idempotency key served another request")]
    IdempotencyConflict,
    #[error("the offer of issuance {0} cannot be shown any more")]
    Gone(String),
    #[error("no position is free in the status list")]
    NoPosition,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Sealed(#[from] KekError),
    #[error("stored offer: {0}")]
    Stored(#[from] serde_json::Error),
    #[error("pin.digits is out of range")]
    Pin,
    #[error("status list: {0}")]
    Status(String),
}

/// What is sealed until the code is redeemed.
#[derive(Serialize, Deserialize)]
struct OfferSecrets {
    nonce: Secret,
    code: Secret,
}

/// Any holder: to build a credential on trial before one is known.
const TRIAL_HOLDER: &str = "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169";

impl App {
    /// Makes an offer, or gives the one that the same idempotency key made.
    pub(crate) async fn offer(&self, wish: Wish) -> Result<Offer, OfferingError> {
        let now = self.now();
        self.check_mandate(&wish, now)?;
        let idempotency_hash = wish.idempotency_key.as_ref().map(|key| {
            procura_crypto::digest::sha256(
                [wish.by.as_bytes(), b"\0", key.expose().as_bytes()]
                    .concat()
                    .as_slice(),
            )
            .to_vec()
        });
        if let Some(offer) = self.offered_before(&wish, idempotency_hash.as_deref()).await? {
            return Ok(offer);
        }
        let id = procura_crypto::random::uuid(&mut SystemRng);
        let secrets = OfferSecrets {
            nonce: App::draw(),
            code: App::draw(),
        };
        let pin = if self.pin.required {
            Some(self.draw_pin(&id)?)
        } else {
            None
        };
        let new = NewIssuance {
            configuration: wish.configuration.id.clone(),
            created_by: wish.by.clone(),
            created_at: now,
            mandate_sealed: self.seal_value("mandate", &id, wish.payload.to_string().as_bytes())?,
            status: status::StatusPosition { list: 0, position: 0 },
            idempotency_hash: idempotency_hash.clone(),
            request_hash: wish.request_hash.to_vec(),
            offer_hash: secrets.nonce.sha256().to_vec(),
            code_hash: secrets.code.sha256().to_vec(),
            offer_sealed: self.seal_value("offer", &id, &serde_json::to_vec(&secrets)?)?,
            expires_at: Lifetimes::after(now, self.lifetimes.offer_seconds),
            pin,
            id,
        };
        let offer = self.describe(&new.id, &secrets, new.expires_at, new.pin.is_some());
        let bits = self.status.bits();
        let added = self
            .store
            .write((new, candidates(bits), bits), |tx, (new, candidates, bits)| {
                Box::pin(async move {
                    let Some(status) = status::allocate(tx, *bits, candidates, new.created_at).await? else {
                        return Ok(false);
                    };
                    issuances::add(
                        tx,
                        &NewIssuance {
                            status,
                            ..new.clone()
                        },
                    )
                    .await?;
                    Ok(true)
                })
            })
            .await;
        match added {
            Ok(true) => {
                tracing::info!(
                    issuance = offer.id,
                    configuration = wish.configuration.id,
                    "offered"
                );
                Ok(offer)
            }
            Ok(false) => Err(OfferingError::NoPosition),
            // The same key came twice at once; the other was first.
            Err(error) if error.is_unique_violation() && idempotency_hash.is_some() => self
                .offered_before(&wish, idempotency_hash.as_deref())
                .await?
                .ok_or(OfferingError::Store(error)),
            Err(error) => Err(error.into()),
        }
    }

    /// Builds the credential on trial: whatever would fail later fails now.
    fn check_mandate(&self, wish: &Wish, now: Timestamp) -> Result<(), OfferingError> {
        let configuration = &wish.configuration;
        let request = MandateRequest {
            shape: configuration.shape,
            payload: wish.payload.clone(),
        };
        request.validate()?;
        let mandator = request.mandator()?;
        if mandator != self.organization && !configuration.issues_for.contains(&mandator) {
            return Err(OfferingError::ForeignMandator);
        }
        let holder = Did::parse(TRIAL_HOLDER).map_err(|error| OfferingError::Status(error.to_string()))?;
        let entry = self
            .status
            .entry(status::StatusPosition { list: 0, position: 0 })
            .map_err(|error| OfferingError::Status(error.to_string()))?;
        let issuance = self.issuance(
            configuration,
            "urn:uuid:00000000-0000-4000-8000-000000000000",
            &holder,
            now,
            entry,
        );
        let credential = lear::parse(&lear::build(&request, &issuance)?)?;
        if !configuration.key.represents(&credential) {
            return Err(OfferingError::Representative);
        }
        Ok(())
    }

    /// What the issuer adds to a mandate.
    pub(crate) fn issuance<'a>(
        &'a self,
        configuration: &'a Configuration,
        id: &'a str,
        holder: &'a Did,
        now: Timestamp,
        status: Value,
    ) -> lear::Issuance<'a> {
        let valid_from = Timestamp::from_second(now.as_second()).unwrap_or(now);
        let wished = Lifetimes::after(valid_from, configuration.valid_days.saturating_mul(86_400));
        lear::Issuance {
            id,
            issuer: &self.did,
            issuer_name: &self.legal_name,
            holder,
            valid_from,
            // A compact seal is judged at the time of use: it does not outlive its certificate.
            valid_until: wished.min(configuration.key.not_after()),
            status,
            schema: configuration.schema_url.as_deref(),
        }
    }

    fn draw_pin(&self, id: &str) -> Result<NewPin, OfferingError> {
        let pin = Pin::draw(&mut SystemRng, self.pin.digits.into()).ok_or(OfferingError::Pin)?;
        let verifier = PinVerifier::new(&mut SystemRng, &pin);
        Ok(NewPin {
            hash: verifier.hash().to_vec(),
            salt_sealed: self.seal_value("pin-salt", id, verifier.salt())?,
            sealed: self.seal_value("pin", id, pin.expose().as_bytes())?,
        })
    }

    async fn offered_before(&self, wish: &Wish, hash: Option<&[u8]>) -> Result<Option<Offer>, OfferingError> {
        let Some(hash) = hash else { return Ok(None) };
        let key = Key::Idempotency(hash.to_vec());
        let Some(found) = self.find(key).await? else {
            return Ok(None);
        };
        if found.request_hash != wish.request_hash {
            return Err(OfferingError::IdempotencyConflict);
        }
        let secrets = self
            .secrets(&found)?
            .ok_or_else(|| OfferingError::Gone(found.id.clone()))?;
        Ok(Some(self.describe(
            &found.id,
            &secrets,
            found.expires_at,
            found.pin.is_some(),
        )))
    }

    pub(crate) async fn find(&self, key: Key) -> Result<Option<Issuance>, StoreError> {
        self.store
            .read(key, |tx, key| Box::pin(issuances::find(tx, key)))
            .await
    }

    fn secrets(&self, issuance: &Issuance) -> Result<Option<OfferSecrets>, OfferingError> {
        let Some(sealed) = &issuance.offer_sealed else {
            return Ok(None);
        };
        if issuance.redeemed_at.is_some()
            || issuance.revoked_at.is_some()
            || issuance.expires_at <= self.now()
        {
            return Ok(None);
        }
        Ok(Some(serde_json::from_slice(&self.open_value(
            "offer",
            &issuance.id,
            sealed,
        )?)?))
    }

    fn describe(&self, id: &str, secrets: &OfferSecrets, expires_at: Timestamp, pin_required: bool) -> Offer {
        let uri = self
            .issuer
            .append(&format!("/credential-offer/{}", secrets.nonce.expose()));
        Offer {
            id: id.to_owned(),
            link: OfferLink::new(&self.issuer, &uri),
            uri,
            expires_at,
            pin_required,
        }
    }

    /// The offer behind a nonce; `None`: unknown, expired, redeemed or revoked, never said which.
    pub(crate) async fn offer_of(&self, nonce: &Secret) -> Result<Option<CredentialOffer>, OfferingError> {
        let Some(found) = self.find(Key::Offer(nonce.sha256().to_vec())).await? else {
            return Ok(None);
        };
        let Some(secrets) = self.secrets(&found)? else {
            return Ok(None);
        };
        Ok(Some(CredentialOffer {
            credential_issuer: self.issuer.clone(),
            credentials: vec![found.configuration],
            pre_authorized_code: secrets.code,
            user_pin_required: found.pin.is_some(),
        }))
    }

    /// Takes the PIN, for the one time that it can be had.
    pub(crate) async fn take_pin(&self, id: &str) -> Result<Option<Pin>, OfferingError> {
        let arguments = (id.to_owned(), self.now());
        let taken = self
            .store
            .write(arguments, |tx, (id, now)| {
                Box::pin(issuances::take_pin(tx, id, *now))
            })
            .await?;
        let Some(sealed) = taken else { return Ok(None) };
        let digits = self.open_value("pin", id, &sealed)?;
        let pin = core::str::from_utf8(&digits)
            .ok()
            .and_then(|digits| Pin::parse(digits).ok());
        tracing::info!(issuance = id, "PIN fetched");
        pin.map(Some).ok_or(OfferingError::Pin)
    }
}

/// Random positions; with at most half of a list given away, all of them are taken once in 2³² times.
fn candidates(bits: i64) -> Vec<i64> {
    // Lengths are powers of two in practice; else the bias is below one in 2³⁸.
    (0..32)
        .map(|_| {
            let mut bytes = [0; 8];
            SystemRng.fill(&mut bytes);
            (i64::from_le_bytes(bytes) & i64::MAX)
                .checked_rem(bits)
                .unwrap_or(0)
        })
        .collect()
}
