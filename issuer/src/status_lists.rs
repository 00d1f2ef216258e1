//! Status lists, sealed: again when they are half through their validity, and whenever a bit was turned.
use crate::{
    app::App,
    config::{Lifetimes, Status},
    seal_key::{SealError, SealKey},
};
use jiff::Timestamp;
use procura_credential::status::{Bitstring, StatusError, list_credential};
use procura_protocol::vci::IssuerIdentifier;
use procura_store::{Store, StoreError, issuer::status};
use std::{collections::BTreeMap, sync::Arc};
use tokio::sync::{Mutex, OwnedMutexGuard};

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

impl App {
    /// The list now; `None`: there is none. One caller at a time seals, the others wait for it. Who waits may hang up and
    /// has asked for nothing; a seal that was begun is finished.
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
        let app = self.clone();
        let run = async move { app.status.renew(&app.store, cache, list, now).await };
        self.underway.begin(run).await.map_err(|_| ListError::Cut)?
    }
}

pub(crate) struct StatusLists {
    base: String,
    key: SealKey,
    settings: Status,
    sealed: Arc<Mutex<BTreeMap<i64, Sealed>>>,
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
        cache: &BTreeMap<i64, Sealed>,
        list: i64,
        version: i64,
        now: Timestamp,
    ) -> Option<Sealed> {
        let half = i64::from(self.settings.valid_seconds / 2);
        let sealed = cache.get(&list)?;
        let age = now.as_second().saturating_sub(sealed.at.as_second());
        (sealed.version >= version && (0..half).contains(&age)).then(|| sealed.clone())
    }

    async fn renew(
        &self,
        store: &Store,
        mut cache: OwnedMutexGuard<BTreeMap<i64, Sealed>>,
        list: i64,
        now: Timestamp,
    ) -> Result<Option<Sealed>, ListError> {
        let Some(loaded) = store
            .read(list, |tx, list| Box::pin(status::load(tx, *list)))
            .await?
        else {
            return Ok(None);
        };
        let sealed = self.seal(list, &loaded, now).await?;
        cache.insert(list, sealed.clone());
        Ok(Some(sealed))
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
