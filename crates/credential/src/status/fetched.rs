//! A status list as it was fetched, with what was verified and read of it.
use super::{List, StatusError};
use crate::seal::Context;
use procura_did::Did;
use procura_jades::{
    Signature, SignatureError,
    validate::{self, Profile},
};
use procura_jose::AlgorithmSet;
use std::sync::{Arc, OnceLock};

/// A `BitstringStatusListCredential` as a compact JWS, not proven yet; clones share what was verified and read of it.
///
/// A verifier asks one list in every login: its seal's signature is checked once. Path, revocation, status of the
/// service and validity are judged anew each time, and so is whatever depends on the time.
#[derive(Clone)]
pub struct StatusListCredential(Arc<Inner>);

struct Inner {
    compact: String,
    verified: OnceLock<Verified>,
    read: OnceLock<Read>,
}
struct Verified {
    profile: Profile,
    algorithms: AlgorithmSet,
    signature: Signature,
}
struct Read {
    url: String,
    issuer: Did,
    deployed: bool,
    list: List,
}

impl core::fmt::Debug for StatusListCredential {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "StatusListCredential({} bytes)", self.0.compact.len())
    }
}
impl From<String> for StatusListCredential {
    fn from(compact: String) -> Self {
        Self(Arc::new(Inner {
            compact,
            verified: OnceLock::new(),
            read: OnceLock::new(),
        }))
    }
}
impl StatusListCredential {
    /// Most bytes of bits that are kept beside the list, once it was read; more are decompressed each time.
    pub const MAX_KEPT_BYTES: usize = 128 * 1024;

    /// The compact JWS.
    #[must_use]
    pub fn compact(&self) -> &str {
        &self.0.compact
    }

    /// Its signature, as [`validate::validate`] would answer.
    pub(crate) fn signature(&self, context: Context<'_>) -> Result<Signature, SignatureError> {
        let (profile, algorithms) = (context.expectations.profile, &context.expectations.algorithms);
        let known = self
            .0
            .verified
            .get()
            .filter(|verified| verified.profile == profile && verified.algorithms == *algorithms);
        if let Some(verified) = known {
            verified.signature.check_at(context.now)?;
            return Ok(verified.signature.clone());
        }
        let pool = &context.facts.certificates;
        let signature = validate::validate_with(pool, &self.0.compact, profile, algorithms, context.now)?;
        // Where others were first, under other rules, theirs is kept: it is an economy, not a record.
        self.0.verified.get_or_init(|| Verified {
            profile,
            algorithms: algorithms.clone(),
            signature: signature.clone(),
        });
        Ok(signature)
    }

    /// Looks into the list, as [`List::read`] would give it from the payload of its `signature`.
    pub(crate) fn look<T>(
        &self,
        signature: &Signature,
        url: &str,
        issuer: &Did,
        deployed: bool,
        at: impl FnOnce(&List) -> Result<T, StatusError>,
    ) -> Result<T, StatusError> {
        let known = self
            .0
            .read
            .get()
            .filter(|read| read.url == url && read.issuer == *issuer && read.deployed == deployed);
        if let Some(read) = known {
            return at(&read.list);
        }
        let list = List::read(signature.payload(), signature.typ(), url, issuer, deployed)?;
        let answer = at(&list);
        if list.size() <= Self::MAX_KEPT_BYTES {
            self.0.read.get_or_init(|| Read {
                url: url.to_owned(),
                issuer: issuer.clone(),
                deployed,
                list,
            });
        }
        answer
    }
}
