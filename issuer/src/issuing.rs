//! The credential step: an access token and a proof of a key for a sealed credential.
//!
//! A credential is issued once for a token, to the first key that is proven. Should the answer be lost, the same key
//! gets the same credential again, with a fresh nonce, as long as its token lives; another key is refused. What is kept
//! for that is sealed, and erased when the token ends. Evidence of it stays, see [`crate::evidence`].
//!
//! A signature may be paid for, and is made once: one run claims the sealing in the database, for all replicas, and goes
//! on to its end when the wallet hangs up; whoever asks meanwhile waits for it. What it sealed is released by the
//! transaction that keeps it, and only while its claim is its own. A run that dies loses its claim when that ends; one
//! whose database fails tries to keep its seal until then.
use crate::{
    app::{App, Configuration},
    config::{BEYOND_RUN, Lifetimes},
    redemption::fresh_nonce,
    seal_key::SealError,
};
use jiff::Timestamp;
use procura_credential::{
    envelope,
    lear::{self, LearError, MandateRequest, Reading},
};
use procura_crypto::random;
use procura_keys::KekError;
use procura_protocol::{
    Secret,
    vci::{
        CredentialRefusal, CredentialRequest, CredentialResponse, Issued, JWT_VC_JSON, ProofError,
        ProofExpectations, ProofParameter, ProvenHolder, Redeemed, verify_proof,
    },
};
use procura_service::SystemRng;
use procura_store::{
    StoreError, Tx,
    issuer::{
        evidence,
        issuances::{self, Issuance, IssuedCredential, Key, Nonce, Sealing},
    },
};
use std::{sync::Arc, time::Duration};

/// Between two looks whether somebody else's run has ended.
const LOOK: Duration = Duration::from_millis(200);
/// Between two attempts to keep a seal, at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Why there is no credential.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum IssuingError {
    #[error("the access token is unknown, expired or revoked")]
    Token,
    #[error("the credential format is not jwt_vc_json")]
    Format,
    #[error("the token is for another credential type")]
    Type,
    /// The proof: with the nonce that the next one may use, and its life-time.
    #[error("{reason}")]
    Proof {
        reason: ProofRefusal,
        c_nonce: Secret,
        expires_in: u64,
    },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Sealed(#[from] KekError),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error("mandate: {0}")]
    Mandate(#[from] LearError),
    #[error("stored mandate: {0}")]
    Stored(#[from] serde_json::Error),
    #[error("the seal was not there after {0:?}; it is not released")]
    Late(Duration),
    #[error("{0}")]
    Inconsistent(&'static str),
}
/// What is wrong with a proof: for the log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProofRefusal {
    #[error(transparent)]
    Proof(#[from] ProofError),
    #[error(transparent)]
    Credential(#[from] CredentialRefusal),
}

/// A live access token.
#[derive(Debug)]
pub(crate) struct Access {
    token_hash: Vec<u8>,
    issuance: Issuance,
    expires_at: Timestamp,
    now: Timestamp,
}

impl App {
    /// Accepts an access token.
    pub(crate) async fn access(&self, token: &Secret) -> Result<Access, IssuingError> {
        self.access_by(token.sha256().to_vec()).await
    }

    async fn access_by(&self, token_hash: Vec<u8>) -> Result<Access, IssuingError> {
        let now = self.now();
        let issuance = self
            .find(Key::Token(token_hash.clone()))
            .await?
            .ok_or(IssuingError::Token)?;
        let expires_at = issuance
            .token_expires_at
            .filter(|end| *end > now)
            .ok_or(IssuingError::Token)?;
        if issuance.revoked_at.is_some() {
            return Err(IssuingError::Token);
        }
        Ok(Access {
            token_hash,
            issuance,
            expires_at,
            now,
        })
    }

    /// Issues, or gives again, the credential of a token. While somebody else seals it, waits for that.
    pub(crate) async fn issue(
        &self,
        mut access: Access,
        request: CredentialRequest,
    ) -> Result<CredentialResponse, IssuingError> {
        let configuration = self.configuration(&access.issuance.configuration).cloned();
        let configuration = configuration.ok_or(IssuingError::Inconsistent(
            "the credential configuration was removed",
        ))?;
        check_request(&configuration, &request)?;
        loop {
            let holder = match self.prove(&access, &request.proof) {
                Ok(holder) => holder,
                Err(reason) => return Err(self.refuse_proof(&access, reason.into()).await),
            };
            if let Some(issued) = issued(&access.issuance)? {
                return self.again(&access, issued, &holder).await;
            }
            let token_hash = access.token_hash.clone();
            if access.issuance.sealing_until.is_some_and(|end| end > access.now) {
                tokio::time::sleep(LOOK).await;
            } else {
                let run = self.clone().seal_once(configuration.clone(), access, holder);
                let ended = self.underway.begin(run).await;
                let ended = ended.map_err(|_| IssuingError::Inconsistent("the run was cut short"))?;
                if let Some(response) = ended? {
                    return Ok(response);
                }
            }
            access = self.access_by(token_hash).await?;
        }
    }

    /// Seals and issues, if nobody else does. `None`: somebody else was first, or has taken it over.
    ///
    /// Two durable commits: the claim, with which the nonce is used up, and the credential, or that there is none.
    async fn seal_once(
        self,
        configuration: Arc<Configuration>,
        access: Access,
        holder: ProvenHolder,
    ) -> Result<Option<CredentialResponse>, IssuingError> {
        let (begun, now) = (tokio::time::Instant::now(), self.now());
        let (c_nonce, expires_in, next) = fresh_nonce(&self, access.expires_at, now);
        let seconds = self.sealing.as_secs().saturating_add(BEYOND_RUN);
        let sealing = Sealing {
            issuance: access.issuance.id.clone(),
            run: random::token(&mut SystemRng, 16),
            until: Lifetimes::after(now, u32::try_from(seconds).unwrap_or(u32::MAX)),
        };
        let arguments = (sealing.clone(), holder.nonce.sha256(), next);
        let is_claimed = self
            .store
            .write(arguments, move |tx, (sealing, nonce, next)| {
                Box::pin(issuances::claim(tx, sealing, &nonce[..], next, now))
            })
            .await?;
        if !is_claimed {
            return Ok(None);
        }
        let sealed = tokio::time::timeout_at(
            begun + self.sealing,
            self.sealed(&configuration, &access, &holder),
        );
        let sealed = sealed.await.unwrap_or(Err(IssuingError::Late(self.sealing)));
        let (credential, kept, wanted) = match sealed {
            Ok(sealed) => sealed,
            Err(error) => {
                self.let_go(sealing).await;
                return Err(error);
            }
        };
        let claimed_until = begun + Duration::from_secs(seconds);
        let keeping = self.keep_until(claimed_until, sealing.clone(), kept, wanted, now);
        let is_issued = match keeping.await {
            Ok(is_issued) => is_issued,
            Err(error) => {
                self.let_go(sealing).await;
                return Err(error.into());
            }
        };
        let issuance = &access.issuance.id;
        if !is_issued {
            tracing::warn!(
                issuance,
                "a seal came after its claim had ended; it is not released"
            );
            return Ok(None);
        }
        tracing::info!(issuance, configuration = configuration.id, "credential issued");
        self.evidence_wanted.notify_one();
        Ok(Some(CredentialResponse {
            credential,
            c_nonce: Some((c_nonce, expires_in)),
        }))
    }

    /// The credential, as it is kept, and as evidence of it is wanted.
    async fn sealed(
        &self,
        configuration: &Configuration,
        access: &Access,
        holder: &ProvenHolder,
    ) -> Result<(String, IssuedCredential, Vec<u8>), IssuingError> {
        let issuance = &access.issuance;
        let (id, credential) = self.seal_credential(access, configuration, holder).await?;
        let redeemed = Redeemed {
            at: issuance.redeemed_at.unwrap_or(access.now),
        };
        let kept = IssuedCredential {
            holder_hash: redeemed.issue(&holder.did, access.now).holder_hash.to_vec(),
            sealed: self.seal_value("credential", &issuance.id, credential.as_bytes())?,
            id,
        };
        let wanted = self.wanted_evidence(&issuance.id, &credential)?;
        Ok((credential, kept, wanted))
    }

    /// Releases a credential. An error of the database is met by trying again while the claim lasts: the seal was paid
    /// for. A commit whose answer was lost is not made twice, for it has ended the claim.
    async fn keep_until(
        &self,
        end: tokio::time::Instant,
        sealing: Sealing,
        kept: IssuedCredential,
        wanted: Vec<u8>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut pause = LOOK;
        loop {
            let arguments = (sealing.clone(), kept.clone(), wanted.clone());
            let told = self
                .store
                .write(arguments, move |tx, (sealing, kept, wanted)| {
                    Box::pin(keep(tx, sealing, kept, wanted, now))
                })
                .await;
            match told {
                Err(error)
                    if !matches!(error, StoreError::Closed) && tokio::time::Instant::now() + pause < end =>
                {
                    let issuance = &sealing.issuance;
                    tracing::warn!(issuance, %error, "a seal could not be kept yet; it is tried again");
                }
                other => return other,
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// What cannot be told to the database now ends by itself.
    async fn let_go(&self, sealing: Sealing) {
        let told = self
            .store
            .write(sealing, |tx, sealing| Box::pin(issuances::let_go(tx, sealing)))
            .await;
        if let Err(error) = told {
            tracing::warn!(%error, "the claim of a seal that failed could not be ended");
        }
    }

    fn prove(&self, access: &Access, proof: &ProofParameter) -> Result<ProvenHolder, ProofError> {
        let jwt = match proof {
            ProofParameter::Missing => return Err(ProofError::Missing),
            ProofParameter::Malformed(what) => return Err(ProofError::Parameter(what)),
            ProofParameter::Jwt(jwt) => jwt,
        };
        let expectations = ProofExpectations {
            audience: &self.issuer,
            algorithms: &self.holder_algorithms,
            max_age_seconds: self.lifetimes.proof_seconds.into(),
            skew_seconds: self.lifetimes.skew_seconds.into(),
        };
        let holder = verify_proof(jwt, &expectations, access.now)?;
        // Looked at here so that nobody makes us seal for nothing; used up in the transaction that keeps the result.
        let current = access.issuance.nonce.as_ref().is_some_and(|nonce| {
            procura_crypto::constant_time_eq(&nonce.hash, &holder.nonce.sha256())
                && nonce.expires_at > access.now
        });
        if current {
            Ok(holder)
        } else {
            Err(ProofError::Nonce)
        }
    }

    /// A refused proof consumes nothing; the answer has a fresh nonce, and the one before ends.
    async fn refuse_proof(&self, access: &Access, reason: ProofRefusal) -> IssuingError {
        let (c_nonce, expires_in, next) = fresh_nonce(self, access.expires_at, access.now);
        let arguments = (access.issuance.id.clone(), next);
        let renewed = self
            .store
            .write(arguments, |tx, (id, next)| {
                Box::pin(issuances::renew_nonce(tx, id, next))
            })
            .await;
        match renewed {
            Ok(()) => IssuingError::Proof {
                reason,
                c_nonce,
                expires_in,
            },
            Err(error) => error.into(),
        }
    }

    async fn again(
        &self,
        access: &Access,
        (issued, sealed): (Issued, &[u8]),
        holder: &ProvenHolder,
    ) -> Result<CredentialResponse, IssuingError> {
        if let Err(reason) = issued.again(&holder.did) {
            return Err(self.refuse_proof(access, reason.into()).await);
        }
        let (c_nonce, expires_in, next) = fresh_nonce(self, access.expires_at, access.now);
        let step = Step {
            issuance: access.issuance.id.clone(),
            nonce: holder.nonce.clone(),
            next,
            now: access.now,
        };
        if !self
            .store
            .write(step, |tx, step| Box::pin(step.use_nonce(tx)))
            .await?
        {
            return Err(IssuingError::Proof {
                reason: ProofError::Nonce.into(),
                c_nonce,
                expires_in,
            });
        }
        tracing::info!(issuance = access.issuance.id, "credential given again");
        self.kept_credential(&access.issuance, sealed, (c_nonce, expires_in))
    }

    fn kept_credential(
        &self,
        issuance: &Issuance,
        sealed: &[u8],
        c_nonce: (Secret, u64),
    ) -> Result<CredentialResponse, IssuingError> {
        let opened = self.open_value("credential", &issuance.id, sealed)?;
        let credential = String::from_utf8(opened.to_vec())
            .map_err(|_| IssuingError::Inconsistent("the kept credential is no text"))?;
        Ok(CredentialResponse {
            credential,
            c_nonce: Some(c_nonce),
        })
    }

    /// Builds, seals, and reads the result again as a stranger would.
    async fn seal_credential(
        &self,
        access: &Access,
        configuration: &Configuration,
        holder: &ProvenHolder,
    ) -> Result<(String, String), IssuingError> {
        let issuance = &access.issuance;
        let sealed = issuance.mandate_sealed.as_ref();
        let sealed = sealed.ok_or(IssuingError::Inconsistent(
            "the mandate was erased before it was issued",
        ))?;
        let payload = serde_json::from_slice(&self.open_value("mandate", &issuance.id, sealed)?)?;
        let request = MandateRequest {
            shape: configuration.shape,
            payload,
        };
        let id = format!("urn:uuid:{}", random::uuid(&mut SystemRng));
        let entry = self
            .status
            .entry(issuance.status)
            .map_err(|_| IssuingError::Inconsistent("the status position is out of range"))?;
        let facts = self.issuance(configuration, &id, &holder.did, access.now, entry);
        let vc = lear::build(&request, &facts)?;
        let claims = envelope::claims(&vc, configuration.envelope);
        let typ = configuration.envelope.typ();
        let credential = configuration
            .key
            .seal(typ, claims.to_string().as_bytes(), access.now)
            .await?;
        let opened = envelope::open(claims.to_string().as_bytes(), Some(typ), false)
            .map_err(|error| SealError::NotReleased(error.to_string()))?;
        let Reading::Lear(read) = &opened.reading else {
            return Err(SealError::NotReleased("it is no LEARCredential".to_owned()).into());
        };
        if read.subject != holder.did || read.issuer != self.did || !configuration.key.represents(read) {
            return Err(
                SealError::NotReleased("issuer, holder or representative are others".to_owned()).into(),
            );
        }
        Ok((id, credential))
    }
}

fn check_request(configuration: &Configuration, request: &CredentialRequest) -> Result<(), IssuingError> {
    if request.format != JWT_VC_JSON {
        return Err(IssuingError::Format);
    }
    let [general, specific] = configuration.types();
    let asked = request.types.as_deref();
    let fits = asked.is_none_or(|types| {
        types.iter().any(|name| name == specific)
            && types.iter().all(|name| name == specific || name == general)
    });
    if fits { Ok(()) } else { Err(IssuingError::Type) }
}

/// The state of an issuance whose credential exists, and the credential as it is kept.
fn issued(issuance: &Issuance) -> Result<Option<(Issued, &[u8])>, IssuingError> {
    let Some(at) = issuance.issued_at else {
        return Ok(None);
    };
    let (Some(hash), Some(sealed)) = (&issuance.holder_hash, &issuance.credential_sealed) else {
        return Err(IssuingError::Token);
    };
    let holder_hash = hash
        .as_slice()
        .try_into()
        .map_err(|_| IssuingError::Inconsistent("a hash is not of 32 bytes"))?;
    Ok(Some((Issued { holder_hash, at }, sealed)))
}

/// A nonce for the credential that was issued already.
struct Step {
    issuance: String,
    nonce: Secret,
    next: Nonce,
    now: Timestamp,
}
impl Step {
    /// Uses the nonce up; the next one is in place in any case.
    async fn use_nonce(&self, tx: &mut Tx) -> Result<bool, StoreError> {
        let used =
            issuances::use_nonce(tx, &self.issuance, &self.nonce.sha256(), &self.next, self.now).await?;
        if !used {
            issuances::renew_nonce(tx, &self.issuance, &self.next).await?;
        }
        Ok(used)
    }
}

/// Releases a credential: keeps it, and wants evidence of it, in one transaction.
async fn keep(
    tx: &mut Tx,
    sealing: &Sealing,
    credential: &IssuedCredential,
    wanted: &[u8],
    now: Timestamp,
) -> Result<bool, StoreError> {
    let is_issued = issuances::issue(tx, sealing, credential, now).await?;
    if is_issued {
        evidence::want(tx, &sealing.issuance, wanted, now).await?;
    }
    Ok(is_issued)
}
