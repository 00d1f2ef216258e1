//! Status lists, sealed: again when they are half through their validity, and whenever a bit was turned.
use crate::{
    app::App,
    config::{Lifetimes, Status},
    seal_key::{SealError, SealKey},
};
use jiff::Timestamp;
use procura_credential::status::{Bitstring, StatusError, list_credential};
use procura_protocol::vci::IssuerIdentifier;
use procura_store::{StoreError, issuer::status};
use std::{collections::BTreeMap, sync::Arc};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// For how long nobody is asked for a seal again after one has failed, in seconds.
const RESPITE_SECONDS: u64 = 5;
/// By how many seconds a clock may be set back before what was sealed counts as of another time.
const SET_BACK: i64 = 60;

/// Why a list cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ListError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error(transparent)]
    Bits(#[from] StatusError),
    #[error("a position of the list is out of range")]
    Position,
    #[error("the run was cut short")]
    Cut,
    #[error("sealing it failed a moment ago; it is tried again after {RESPITE_SECONDS} s")]
    Respite,
}

/// A sealed list.
#[derive(Clone, Debug)]
pub(crate) struct Sealed {
    version: i64,
    at: Timestamp,
    valid_until: Timestamp,
    pub(crate) jws: String,
}
impl Sealed {
    /// Names this very list: version and time of sealing.
    pub(crate) fn etag(&self, list: i64) -> String {
        format!("\"{list}-{}-{}\"", self.version, self.at.as_second())
    }
}

/// What was sealed, and when sealing failed since.
#[derive(Debug, Default)]
struct Cached {
    sealed: Option<Sealed>,
    failed_at: Option<Timestamp>,
}
impl Cached {
    /// What was sealed, while it says what is so.
    fn valid(&self, version: i64, now: Timestamp) -> Option<&Sealed> {
        let sealed = self.sealed.as_ref();
        sealed.filter(|sealed| sealed.version >= version && sealed.valid_until > now)
    }
    fn has_just_failed(&self, now: Timestamp) -> bool {
        let apart = |at: Timestamp| now.as_second().abs_diff(at.as_second());
        self.failed_at.is_some_and(|at| apart(at) < RESPITE_SECONDS)
    }
}

impl App {
    /// The list now; `None`: there is none. One caller at a time seals, the others wait for it. Who waits may hang up and
    /// has asked for nothing; a seal that was begun is finished. When sealing fails, what was sealed before is served as
    /// long as it is valid and nothing was revoked since, and for some seconds nobody is asked for another seal.
    pub(crate) async fn status_list(&self, list: i64) -> Result<Option<Sealed>, ListError> {
        let version = self
            .store
            .read(list, |tx, list| Box::pin(status::version(tx, *list)))
            .await?;
        let Some(version) = version else { return Ok(None) };
        let cache = self.status.sealed.clone().lock_owned().await;
        // Read when it is our turn, which may be long after we came.
        let now = self.now();
        if let Some(sealed) = self.status.fresh(&cache, list, version, now) {
            return Ok(Some(sealed));
        }
        if let Some(cached) = cache.get(&list).filter(|cached| cached.has_just_failed(now)) {
            let valid = cached.valid(version, now).cloned();
            return valid.map(Some).ok_or(ListError::Respite);
        }
        let app = self.clone();
        let run = async move { app.status.renew(&app, cache, list, now).await };
        self.underway.begin(run).await.map_err(|_| ListError::Cut)?
    }
}

pub(crate) struct StatusLists {
    base: String,
    key: SealKey,
    settings: Status,
    sealed: Arc<Mutex<BTreeMap<i64, Cached>>>,
}

impl StatusLists {
    pub(crate) fn new(issuer: &IssuerIdentifier, key: SealKey, settings: Status) -> Self {
        Self {
            base: issuer.append("/status/"),
            key,
            settings,
            sealed: Arc::default(),
        }
    }
    pub(crate) fn bits(&self) -> i64 {
        self.settings.bits.into()
    }
    pub(crate) fn url(&self, list: i64) -> String {
        format!("{}{list}", self.base)
    }
    /// The entry of a credential.
    pub(crate) fn entry(&self, at: status::StatusPosition) -> Result<serde_json::Value, ListError> {
        let position = usize::try_from(at.position).map_err(|_| ListError::Position)?;
        Ok(procura_credential::status::entry(&self.url(at.list), position))
    }
    /// How long caches may keep it at `now`, in seconds.
    pub(crate) fn max_age(&self, sealed: &Sealed, now: Timestamp) -> i64 {
        let left = sealed.valid_until.as_second().saturating_sub(now.as_second());
        left.clamp(0, self.settings.max_age_seconds.into())
    }
    /// What was sealed, while it is of this version and not half through its validity.
    fn fresh(
        &self,
        cache: &BTreeMap<i64, Cached>,
        list: i64,
        version: i64,
        now: Timestamp,
    ) -> Option<Sealed> {
        let half = i64::from(self.settings.valid_seconds / 2);
        let sealed = cache.get(&list)?.valid(version, now)?;
        let age = now.as_second().saturating_sub(sealed.at.as_second());
        (-SET_BACK..half).contains(&age).then(|| sealed.clone())
    }

    async fn renew(
        &self,
        app: &App,
        mut cache: OwnedMutexGuard<BTreeMap<i64, Cached>>,
        list: i64,
        now: Timestamp,
    ) -> Result<Option<Sealed>, ListError> {
        let Some(loaded) = app
            .store
            .read(list, |tx, list| Box::pin(status::load(tx, *list)))
            .await?
        else {
            return Ok(None);
        };
        let cached = cache.entry(list).or_default();
        match self.seal(list, &loaded, now).await {
            Ok(sealed) => {
                (cached.sealed, cached.failed_at) = (Some(sealed.clone()), None);
                Ok(Some(sealed))
            }
            Err(error) => {
                // Trying may have taken long.
                let now = app.now();
                cached.failed_at = Some(now);
                let Some(valid) = cached.valid(loaded.version, now).cloned() else {
                    return Err(error);
                };
                tracing::warn!(list, %error, "a status list could not be sealed anew; the one before is valid");
                Ok(Some(valid))
            }
        }
    }

    async fn seal(
        &self,
        list: i64,
        loaded: &status::StatusList,
        now: Timestamp,
    ) -> Result<Sealed, ListError> {
        let position = |at: i64| usize::try_from(at).map_err(|_| ListError::Position);
        let mut bits = Bitstring::new(position(loaded.bits)?);
        for &at in &loaded.revoked {
            bits.set(position(at)?, true)?;
        }
        let valid_until = Lifetimes::after(now, self.settings.valid_seconds);
        let credential = list_credential(&self.url(list), self.key.did(), &bits, now, valid_until);
        let jws = self
            .key
            .seal("vc+jwt", credential.to_string().as_bytes(), now)
            .await?;
        tracing::info!(list, version = loaded.version, "status list sealed");
        Ok(Sealed {
            version: loaded.version,
            at: now,
            valid_until,
            jws,
        })
    }
}
