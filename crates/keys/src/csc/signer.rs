//! A signer whose key a provider keeps.
use super::{
    Authorization, CredentialInfo, CredentialList, CredentialProblem, CscError, Method, Secret, Settings,
    SignHashAnswer, SigningCredential,
    client::{Client, parsed},
    error::printable,
    request, signature,
};
use crate::{Readiness, Signer, SignerError, http::Http};
use core::time::Duration;
use jiff::Timestamp;
use procura_crypto::PublicKey;
use procura_jose::Algorithm;
use procura_pki::Certificate;
use std::sync::{Arc, OnceLock};
use tokio::sync::Mutex;

/// Most credentials that are looked at to find the one that can be used.
const LOOKED_AT: usize = 32;

/// A credential at a provider. Opening asks for what stands with it; each signature is authorized for its hash alone.
///
/// * A refused signature activation data is asked for again once, a refused access token as well: what is refused has
///   done nothing.
/// * A signature that was asked for and not answered is not asked for again.
/// * What comes back is verified with the certificate before it is given out.
/// * A PIN that brought no authorization is not sent again until the process restarts: three wrong ones lock a
///   credential, and providers have many words for one. It counts as sent unless the request found no connection.
/// * A PIN that was accepted and then brings no answer, none that can be used, a 401 without a reason or a provider's own
///   trouble (408, 429, 5xx) is in doubt: it is sent once more, after the provider has described the credential without
///   it. So a provider that is down as a whole keeps nobody from signing when it is back.
/// * While the PIN was not accepted yet or is in doubt, one authorization waits for the other. Those that are on their way
///   together when the provider changes its mind have all sent it.
pub struct CscSigner {
    client: Client,
    credential: SigningCredential,
    pin_refused: OnceLock<CscError>,
    /// Whether the PIN was accepted when it was last sent.
    pin_accepted: Mutex<bool>,
}

impl core::fmt::Debug for CscSigner {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CscSigner")
            .field("base_url", &self.client.settings.base_url.as_str())
            .field("credential", &self.credential.id)
            .field("algorithm", &self.credential.algorithm.jws)
            .finish_non_exhaustive()
    }
}

impl CscSigner {
    /// Opens the credential, without signing.
    ///
    /// # Errors
    /// [`CscError`]: the provider cannot be reached, refuses, or has no credential that can be used; the error names
    /// the check.
    pub async fn open(settings: Settings, http: Arc<dyn Http>, now: Timestamp) -> Result<Self, CscError> {
        let client = Client::connect(settings, http).await?;
        let credential = match client.settings.credential_id.clone() {
            Some(id) => described(&client, &id, now)
                .await?
                .map_err(|problem| CscError::Credential {
                    id: printable(&id),
                    problem,
                })?,
            None => the_only_one(&client, now).await?,
        };
        Ok(Self {
            client,
            credential,
            pin_refused: OnceLock::new(),
            pin_accepted: Mutex::new(false),
        })
    }

    /// The credential as it was opened.
    pub fn credential(&self) -> &SigningCredential {
        &self.credential
    }

    /// Proves that the provider would sign with this credential now, without signing.
    ///
    /// # Errors
    /// [`CscError`].
    pub async fn examine(&self, now: Timestamp) -> Result<(), CscError> {
        let id = &self.credential.id;
        let found = described(&self.client, id, now)
            .await?
            .map_err(|problem| CscError::Credential {
                id: printable(id),
                problem,
            })?;
        if found.certificate().map(Certificate::der) != self.credential.certificate().map(Certificate::der) {
            return Err(CscError::CertificateChanged(printable(id)));
        }
        match self.pin_refused.get() {
            Some(error) => Err(CscError::Pin(Box::new(error.clone()))),
            None => Ok(()),
        }
    }

    /// Signs; see [`CscSigner`].
    ///
    /// # Errors
    /// [`CscError`].
    pub async fn signature(&self, bytes: &[u8]) -> Result<Vec<u8>, CscError> {
        let hash = self.credential.algorithm.digest.of(bytes);
        let sad = self.authorize(&hash).await?;
        let answer = match self.sign_hash(&hash, &sad).await {
            Err(CscError::Provider { error, .. }) if error.is_of_sad() => {
                let sad = self.authorize(&hash).await?;
                self.sign_hash(&hash, &sad).await?
            }
            other => other?,
        };
        let signatures = match answer {
            SignHashAnswer::Signatures(signatures) => signatures,
            SignHashAnswer::Pending(id) => self.wait_for(&id).await?,
        };
        let [signature] = signatures.as_slice() else {
            let found = signatures.len();
            return parsed(Method::SignHash, Err(super::AnswerError::Count { found }));
        };
        let signature =
            signature::raw_signature(&self.credential.key, signature).map_err(|_| CscError::NotVerified)?;
        let certificate = self.credential.certificate().ok_or(CscError::NotVerified)?;
        certificate
            .verify(self.credential.algorithm.jws.scheme(), bytes, &signature)
            .map_err(|_| CscError::NotVerified)?;
        Ok(signature)
    }

    async fn authorize(&self, hash: &[u8]) -> Result<Secret, CscError> {
        let settings = &self.client.settings;
        let Some(pin) = self.credential.pin_id.as_deref().zip(settings.pin.as_ref()) else {
            return self.authorize_by(hash, None).await;
        };
        let mut accepted = self.pin_accepted.lock().await;
        if let Some(error) = self.pin_refused.get() {
            return Err(CscError::Pin(Box::new(error.clone())));
        }
        if *accepted {
            drop(accepted);
            let authorized = self.authorize_by(hash, Some(pin)).await;
            return match authorized {
                Err(error) if error.may_have_tried_pin() => {
                    *self.pin_accepted.lock().await = false;
                    Err(if is_unclear(&error) {
                        error
                    } else {
                        self.bar_pin(error)
                    })
                }
                other => other,
            };
        }
        // Whoever cannot describe the credential would not tell a right PIN from a wrong one.
        let body = request::credential_info(&self.credential.id);
        self.client.call(Method::CredentialsInfo, &body, &[]).await?;
        match self.authorize_by(hash, Some(pin)).await {
            Ok(sad) => {
                *accepted = true;
                Ok(sad)
            }
            Err(error) if error.may_have_tried_pin() => Err(self.bar_pin(error)),
            Err(error) => Err(error),
        }
    }

    fn bar_pin(&self, error: CscError) -> CscError {
        CscError::Pin(Box::new(self.pin_refused.get_or_init(|| error).clone()))
    }

    async fn authorize_by(&self, hash: &[u8], pin: Option<(&str, &Secret)>) -> Result<Secret, CscError> {
        let method = Method::CredentialsAuthorize;
        let SigningCredential { id, algorithm, .. } = &self.credential;
        let body = request::authorize(&self.client.settings, algorithm, id, hash, pin);
        let secrets: Vec<&Secret> = pin.into_iter().map(|(_, pin)| pin).collect();
        let answer = self.client.call(method, &body, &secrets).await?;
        if answer.status == 202 {
            return Err(CscError::NeedsPerson);
        }
        Ok(parsed(method, Authorization::parse(&answer.body))?.sad)
    }

    async fn sign_hash(&self, hash: &[u8], sad: &Secret) -> Result<SignHashAnswer, CscError> {
        let settings = &self.client.settings;
        let body = request::sign_hash(
            settings,
            &self.credential.algorithm,
            &self.credential.id,
            hash,
            sad,
        );
        let answer = self.client.call(Method::SignHash, &body, &[sad]).await?;
        parsed(Method::SignHash, SignHashAnswer::parse(&answer.body))
    }

    /// Asks until the signature is there or the time is up. Asking again does no harm; only the signature was asked
    /// for once.
    async fn wait_for(&self, response_id: &str) -> Result<Vec<Vec<u8>>, CscError> {
        let limit = self.client.settings.poll_limit;
        tokio::time::timeout(limit, self.polled(response_id))
            .await
            .unwrap_or_else(|_| {
                Err(CscError::Unavailable {
                    method: Method::SignPolling,
                    reason: format!("the signature was not ready after {limit:?}"),
                    was_sent: true,
                    may_have_signed: true,
                })
            })
    }

    async fn polled(&self, response_id: &str) -> Result<Vec<Vec<u8>>, CscError> {
        let method = Method::SignPolling;
        let body = request::polling(response_id);
        loop {
            match self.client.call(method, &body, &[]).await {
                Err(CscError::Unavailable { .. }) => {}
                Err(refused) => return Err(refused),
                Ok(answer) if answer.status == 202 => {}
                Ok(answer) => match parsed(method, SignHashAnswer::parse(&answer.body))? {
                    SignHashAnswer::Signatures(signatures) => return Ok(signatures),
                    SignHashAnswer::Pending(_) => {}
                },
            }
            let interval = self.client.settings.poll_interval;
            tokio::time::sleep(interval.max(Duration::from_millis(1))).await;
        }
    }
}

/// Whether it may be about the provider rather than about a PIN that was accepted before.
fn is_unclear(error: &CscError) -> bool {
    match error {
        CscError::Provider { error, .. } => error.is_of_token(),
        CscError::Unavailable { .. } | CscError::Answer { .. } => true,
        _ => false,
    }
}

/// Asks for a credential and examines it.
async fn described(
    client: &Client,
    id: &str,
    now: Timestamp,
) -> Result<Result<SigningCredential, CredentialProblem>, CscError> {
    let method = Method::CredentialsInfo;
    let answer = client.call(method, &request::credential_info(id), &[]).await?;
    let info = parsed(
        method,
        CredentialInfo::parse(&answer.body, client.settings.dialect),
    )?;
    Ok(SigningCredential::examine(id, &info, &client.settings, now))
}

async fn the_only_one(client: &Client, now: Timestamp) -> Result<SigningCredential, CscError> {
    let method = Method::CredentialsList;
    let answer = client.call(method, &request::list(&client.settings), &[]).await?;
    let list = parsed(method, CredentialList::parse(&answer.body))?;
    if list.has_more || list.ids.len() > LOOKED_AT {
        let problem = "the provider has more credentials than are looked at; name the credential's id";
        return Err(CscError::Settings(problem.to_owned()));
    }
    let (mut usable, mut first) = (Vec::new(), None);
    for id in &list.ids {
        match described(client, id, now).await? {
            Ok(credential) => usable.push(credential),
            Err(problem) => first = first.or(Some(problem)),
        }
    }
    match usable.len() {
        0 => Err(CscError::NoCredential {
            count: list.ids.len(),
            first,
        }),
        1 => usable.pop().ok_or(CscError::NoCredential {
            count: 0,
            first: None,
        }),
        _ => Err(CscError::SeveralCredentials(
            usable
                .iter()
                .map(|credential| printable(&credential.id))
                .collect(),
        )),
    }
}

#[async_trait::async_trait]
impl Signer for CscSigner {
    fn algorithm(&self) -> Algorithm {
        self.credential.algorithm.jws
    }
    fn chain(&self) -> &[Certificate] {
        &self.credential.chain
    }
    fn public_key(&self) -> &PublicKey {
        &self.credential.key
    }
    async fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(self.signature(bytes).await?)
    }
    async fn readiness(&self, now: Timestamp) -> Result<Readiness, SignerError> {
        self.examine(now).await?;
        Ok(Readiness::Proved)
    }
}
