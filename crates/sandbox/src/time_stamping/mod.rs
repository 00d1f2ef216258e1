//! A time-stamping authority (RFC 3161, RFC 5816, EN 319 422) whose unit is certified by RealTruth, and the ways in which
//! one may go wrong.
//!
//! [`TimeStampingAuthority::router`] serves one; [`TimeStampingAuthority::behaving`] makes it misbehave, for the tests of
//! clients: those of an authority that behaves are accepted, everything else must be refused for its own reason.
mod behaviour;
pub(crate) mod routes;
mod serials;
mod token;

pub use behaviour::Behaviour;
pub use serials::SerialNumbers;

use crate::world::{Party, World, WorldError};
use core::fmt::Display;
use jiff::Timestamp;
use procura_ades::{
    Token,
    tsp::{Failure, Request, Response},
};
use procura_crypto::{Curve, Digest, KeyKind, PrivateKey};
use procura_pki::Certificate;
use procura_service::Clock;
use std::sync::{Arc, Mutex, PoisonError};
use token::Draft;

/// The best practices policy for time-stamps (EN 319 421 §5.2): the one policy of this authority.
pub const POLICY: &str = "0.4.0.2023.1.1";

/// A time-stamping authority.
#[derive(Clone)]
pub struct TimeStampingAuthority(Arc<Inner>);

struct Inner {
    unit: Unit,
    serials: Arc<Mutex<SerialNumbers>>,
    clock: Arc<dyn Clock>,
    behaviour: Behaviour,
}

/// The key that signs and its certificate.
#[derive(Clone)]
struct Unit {
    key: Arc<PrivateKey>,
    certificate: Certificate,
}

impl core::fmt::Debug for TimeStampingAuthority {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("TimeStampingAuthority")
            .field("behaviour", &self.0.behaviour)
            .finish_non_exhaustive()
    }
}

impl TimeStampingAuthority {
    /// That of a world, by its time-stamping unit's key.
    pub fn of(world: &World, serials: SerialNumbers, clock: Arc<dyn Clock>) -> Result<Self, WorldError> {
        let unit = world.party(Party::TimeStampingUnit)?;
        let unreadable = |error: &dyn Display| WorldError::Credential(format!("time-stamping unit: {error}"));
        Ok(Self(Arc::new(Inner {
            unit: Unit {
                key: Arc::new(
                    PrivateKey::from_pkcs8_pem(unit.key_pem()).map_err(|error| unreadable(&error))?,
                ),
                certificate: Certificate::from_der(unit.certificate()).map_err(|error| unreadable(&error))?,
            },
            serials: Arc::new(Mutex::new(serials)),
            clock,
            behaviour: Behaviour::Sound,
        })))
    }

    /// The same authority, misbehaving. Serial numbers are drawn from one row with the other's.
    #[must_use]
    pub fn behaving(&self, behaviour: Behaviour) -> Self {
        Self(Arc::new(Inner {
            unit: self.0.unit.clone(),
            serials: Arc::clone(&self.0.serials),
            clock: Arc::clone(&self.0.clock),
            behaviour,
        }))
    }

    /// Answers a `TimeStampReq` by a `TimeStampResp`.
    #[must_use]
    pub fn answer(&self, request: &[u8]) -> Response {
        match self.judge(request) {
            Ok(token) => Response::granted(token),
            Err(rejection) => *rejection,
        }
    }

    fn judge(&self, request: &[u8]) -> Result<Token, Box<Response>> {
        if let Behaviour::Rejecting(failure) = self.0.behaviour {
            return Err(rejected(failure, "this authority rejects whatever is asked"));
        }
        let request =
            Request::from_der(request).map_err(|error| Box::new(Response::to_unreadable(&error)))?;
        if !matches!(request.digest, Digest::Sha256 | Digest::Sha384 | Digest::Sha512) {
            return Err(rejected(
                Failure::BadAlgorithm,
                "SHA-256, SHA-384 and SHA-512 are accepted",
            ));
        }
        if request.policy.as_deref().is_some_and(|policy| policy != POLICY) {
            return Err(rejected(
                Failure::UnacceptedPolicy,
                "the one policy here is 0.4.0.2023.1.1",
            ));
        }
        let failed = |reason: &dyn Display| {
            tracing::error!(%reason, "no time-stamp could be issued");
            rejected(Failure::SystemFailure, "no time-stamp can be issued now")
        };
        let serial = self
            .0
            .serials
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .next()
            .map_err(|error| failed(&error))?;
        let draft = self.draft(request, serial);
        let der = match self.0.behaviour {
            Behaviour::OtherKey => PrivateKey::generate(KeyKind::Ec(Curve::P256))
                .map_err(|error| failed(&error))
                .and_then(|key| draft.sign(&key).map_err(|error| failed(&error)))?,
            _ => draft.sign(&self.0.unit.key).map_err(|error| failed(&error))?,
        };
        Token::from_der(&der).map_err(|error| failed(&error))
    }

    fn draft(&self, request: Request, serial: [u8; 16]) -> Draft<'_> {
        let mut draft = Draft {
            digest: request.digest,
            imprint: request.value,
            policy: POLICY,
            serial,
            time: self.now(),
            nonce: request.nonce,
            signer: &self.0.unit.certificate,
            with_certificate: request.certificate_requested,
        };
        match self.0.behaviour {
            Behaviour::WrongImprint => draft.imprint = draft.digest.of(&draft.imprint),
            Behaviour::WrongNonce => draft.nonce = Some(vec![0x2a]),
            Behaviour::WrongPolicy => draft.policy = "1.2.3.4.5",
            Behaviour::WithoutCertificate => draft.with_certificate = false,
            Behaviour::ClockOff(by) => {
                draft.time = draft.time.checked_add(by).unwrap_or(Timestamp::UNIX_EPOCH);
            }
            _ => {}
        }
        draft
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
}

fn rejected(failure: Failure, text: &str) -> Box<Response> {
    Box::new(Response::rejected(failure, text))
}
