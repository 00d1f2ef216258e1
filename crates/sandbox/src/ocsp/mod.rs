//! OCSP responders of the demo world's authorities (RFC 6960, RFC 5019), and the ways in which one may go wrong.
//!
//! [`OcspResponder::router`] serves all authorities at one address; an answer is signed by a delegate of the authority
//! that it is about. Delegates are made when they are first needed, and again after half their life: their certificates
//! last for thirty days and cannot be revoked (ocsp-nocheck). [`OcspResponder::behaving`] makes them misbehave, for the
//! tests of clients: those of a responder that behaves are accepted, everything else must be refused for its own reason.
mod behaviour;
mod response;
pub(crate) mod routes;

pub use behaviour::Behaviour;

use crate::world::{Ca, World, WorldError};
use jiff::{SignedDuration, Timestamp};
use procura_crypto::{Curve, KeyKind, PrivateKey};
use procura_pki::{Certificate, OcspRequest, ocsp::ResponseStatus};
use procura_service::{Clock, SystemRng};
use response::{Answer, Draft};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// How long an answer is current.
const ANSWER_LIFE: SignedDuration = SignedDuration::from_hours(1);
/// How long a delegate's certificate lasts.
const DELEGATE_LIFE: SignedDuration = SignedDuration::from_hours(24 * 30);

/// The responders of all authorities of a world.
#[derive(Clone)]
pub struct OcspResponder(Arc<Inner>);

struct Inner {
    world: Arc<World>,
    issuers: Vec<(Ca, Certificate)>,
    clock: Arc<dyn Clock>,
    delegates: Mutex<BTreeMap<Ca, Delegate>>,
    behaviour: Behaviour,
}

/// Who signs for an authority.
#[derive(Clone)]
struct Delegate {
    key: Arc<PrivateKey>,
    certificate: Certificate,
    made_at: Timestamp,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("{0}")]
    Status(ResponseStatus),
    #[error(transparent)]
    World(#[from] WorldError),
    #[error("a certificate that was just made cannot be read: {0}")]
    Certificate(#[from] procura_pki::CertificateError),
    #[error("the key of a delegate: {0}")]
    Key(#[from] procura_crypto::key::KeyError),
    #[error("the answer cannot be signed: {0}")]
    Signature(#[from] procura_crypto::signature::SignError),
}

impl core::fmt::Debug for OcspResponder {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("OcspResponder")
            .field("behaviour", &self.0.behaviour)
            .finish_non_exhaustive()
    }
}

impl OcspResponder {
    /// That of a world.
    pub fn of(world: Arc<World>, clock: Arc<dyn Clock>) -> Result<Self, WorldError> {
        let issuers = Ca::ALL
            .into_iter()
            .map(|ca| {
                let certificate = Certificate::from_der(world.authority(ca)?)
                    .map_err(|error| WorldError::Credential(format!("{}: {error}", ca.stem())))?;
                Ok((ca, certificate))
            })
            .collect::<Result<_, WorldError>>()?;
        Ok(Self(Arc::new(Inner {
            world,
            issuers,
            clock,
            delegates: Mutex::default(),
            behaviour: Behaviour::Sound,
        })))
    }

    /// The same responder, misbehaving.
    #[must_use]
    pub fn behaving(&self, behaviour: Behaviour) -> Self {
        Self(Arc::new(Inner {
            world: Arc::clone(&self.0.world),
            issuers: self.0.issuers.clone(),
            clock: Arc::clone(&self.0.clock),
            delegates: Mutex::default(),
            behaviour,
        }))
    }

    /// Answers an `OCSPRequest` by an `OCSPResponse`, both in DER.
    #[must_use]
    pub fn answer(&self, request: &[u8]) -> Vec<u8> {
        match self.judge(request) {
            Ok(response) => response,
            Err(Refusal::Status(status)) => status.response_der(),
            Err(error) => {
                tracing::error!(%error, "no OCSP response could be made");
                ResponseStatus::InternalError.response_der()
            }
        }
    }

    fn judge(&self, request: &[u8]) -> Result<Vec<u8>, Refusal> {
        if let Behaviour::Failing(status) = self.0.behaviour {
            return Err(Refusal::Status(status));
        }
        let request = OcspRequest::from_der(request)
            .ok()
            .filter(|request| !request.has_unknown_critical_extension())
            .ok_or(Refusal::Status(ResponseStatus::MalformedRequest))?;
        // One response is signed by one delegate, so all certificates are of one authority; RFC 5019 §2.2.3 for others.
        let (ca, issuer) = self
            .0
            .issuers
            .iter()
            .find(|(_, issuer)| request.certificates().iter().all(|id| id.is_issued_by(issuer)))
            .ok_or(Refusal::Status(ResponseStatus::Unauthorized))?;
        let now = Timestamp::from_second(self.0.clock.now().as_second())
            .map_err(|_| WorldError::Time(Timestamp::MAX))?;
        let this_update = match self.0.behaviour {
            Behaviour::Stale(by) => now.checked_sub(by).map_err(|_| WorldError::Time(now))?,
            _ => now,
        };
        let delegate = self.delegate(*ca, this_update)?;
        let answers = request
            .certificates()
            .iter()
            .map(|id| {
                Ok(Answer {
                    id,
                    record: match self.0.behaviour {
                        Behaviour::KnowingNobody => None,
                        _ => self.0.world.record(*ca, id.serial())?,
                    },
                })
            })
            .collect::<Result<_, WorldError>>()?;
        let draft = Draft {
            responder: &delegate.certificate,
            produced_at: this_update,
            answers,
            this_update,
            next_update: this_update
                .checked_add(ANSWER_LIFE)
                .map_err(|_| WorldError::Time(now))?,
            // Status is kept as long as the authority is there (EN 319 411-2 CSS-6.3.10).
            archive_cutoff: issuer.not_before(),
            nonce: match self.0.behaviour {
                Behaviour::WithoutNonce => None,
                Behaviour::OtherNonce => Some(&[0x2a; 16]),
                _ => request.nonce(),
            },
        };
        let key = match self.0.behaviour {
            Behaviour::OtherKey => Arc::new(PrivateKey::generate(KeyKind::Ec(Curve::P256))?),
            _ => delegate.key,
        };
        Ok(draft.sign(&key)?)
    }

    fn delegate(&self, ca: Ca, now: Timestamp) -> Result<Delegate, Refusal> {
        let mut delegates = self.0.delegates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = delegates.get(&ca)
            && known.made_at <= now
            && now.duration_since(known.made_at) < DELEGATE_LIFE / 2
        {
            return Ok(known.clone());
        }
        let made = self
            .0
            .world
            .ocsp_delegate(ca, now, DELEGATE_LIFE, &mut SystemRng)?;
        let delegate = Delegate {
            key: Arc::new(PrivateKey::from_pkcs8_pem(made.key_pem())?),
            certificate: Certificate::from_der(made.certificate())?,
            made_at: now,
        };
        delegates.insert(ca, delegate.clone());
        Ok(delegate)
    }
}
