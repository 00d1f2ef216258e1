//! What a verifier would find out in this world, without a network.
use super::{Ca, Party, World, WorldError};
use jiff::{SignedDuration, Timestamp};
use procura_credential::{Facts, Fetched, facts::IssuerRegistration};
use procura_crypto::digest::sha256;
use procura_did::Did;
use procura_pki::Crl;
use procura_trust_list::{
    Snapshot,
    signature::Signers,
    sync::{Config, Response, Step, Stored, Sync},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// Which lists the ecosystem serves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lists {
    /// The current ones.
    #[default]
    Current,
    /// A German list that a stranger signed, from the first day.
    ByStranger,
    /// The current ones at first, then an older German list, signed by its operator.
    RolledBack,
    /// The older German list, and nothing newer before it: who judges by it cannot know better.
    OlderOnly,
}
/// More rounds than any walk through two lists takes.
const MOST_ROUNDS: usize = 16;

impl World {
    /// What a verifier of this world pins: where the list of lists is, and who signs it.
    pub fn trust_config(&self) -> Result<Config, WorldError> {
        Ok(Config {
            lotl_url: self.origins().lotl(),
            lotl_signers: Signers::Sha256(vec![self.lotl_signer()?]),
            official_journal_url: None,
            territories: Vec::new(),
            refresh_seconds: 3600,
            grace_seconds: 0,
        })
    }
    /// SHA-256 of the certificate of the signer of the list of lists.
    pub fn lotl_signer(&self) -> Result<[u8; 32], WorldError> {
        Ok(sha256(self.party(Party::LotlOperator)?.certificate()))
    }
    /// The trust snapshot at `now`, by the walk that every verifier takes.
    pub fn trust(&self, lists: Lists, now: Timestamp) -> Result<Snapshot, WorldError> {
        let mut world = self.clone();
        world.renew(now)?;
        let stored = match lists {
            Lists::Current | Lists::ByStranger | Lists::OlderOnly => Vec::new(),
            Lists::RolledBack => {
                let day_before = now
                    .checked_sub(SignedDuration::from_hours(24))
                    .map_err(|_| WorldError::Time(now))?;
                let (_, accepted) = world.walk(Lists::Current, Vec::new(), now)?;
                accepted
                    .into_values()
                    .map(|list| Stored {
                        fetched_at: day_before,
                        ..list
                    })
                    .collect()
            }
        };
        Ok(world.walk(lists, stored, now)?.0)
    }
    fn walk(
        &self,
        lists: Lists,
        stored: Vec<Stored>,
        now: Timestamp,
    ) -> Result<(Snapshot, BTreeMap<String, Stored>), WorldError> {
        let mut accepted = BTreeMap::new();
        let mut sync = Sync::new(self.trust_config()?, stored, now);
        for _ in 0..MOST_ROUNDS {
            let requests = match sync.poll(now) {
                Step::Fetch(requests) => requests,
                Step::Wait(_) => break,
            };
            for request in requests {
                let response = match self.list_at(&request.url, lists) {
                    Some(bytes) => Response::Body {
                        bytes: bytes.to_vec(),
                        etag: None,
                    },
                    None => Response::Failed("not of this world".to_owned()),
                };
                if let Some(list) = sync.on_response(&request.url, response, now) {
                    accepted.insert(list.url.clone(), list);
                }
            }
        }
        Ok((sync.snapshot(now), accepted))
    }
    /// Complete facts at `now`, for judging without a network: trust, CRLs, registries, status list.
    pub fn facts(&self, lists: Lists, now: Timestamp) -> Result<Facts, WorldError> {
        let mut world = self.clone();
        world.renew(now)?;
        let mut facts = Facts {
            trust: Some(Arc::new(self.trust(lists, now)?)),
            ..Facts::default()
        };
        for ca in Ca::ALL {
            let url = world.origins().crl(ca);
            let crl = Crl::from_der(world.crl(ca)?)
                .map_err(|error| WorldError::Credential(format!("{url}: {error}")))?;
            facts.crls.insert(url, have(crl, now));
        }
        facts.status_lists.insert(
            world.origins().status_list(),
            have(world.status_list(now)?.into(), now),
        );
        for participant in &world.registry.participants {
            facts
                .participants
                .insert(did(&participant.did)?, have(participant.active, now));
        }
        for issuer in &world.registry.issuers {
            let permissions = issuer.credentials.iter().map(|permission| IssuerRegistration {
                credential_type: permission.credential_type.clone(),
                from: permission.from,
                to: permission.to,
            });
            facts
                .issuers
                .insert(did(&issuer.did)?, have(permissions.collect(), now));
        }
        Ok(facts)
    }
}
fn have<T>(value: T, at: Timestamp) -> Fetched<T> {
    Fetched::Have { value, at }
}
fn did(text: &str) -> Result<Did, WorldError> {
    Did::parse(text).map_err(|error| WorldError::Credential(format!("{text}: {error}")))
}
