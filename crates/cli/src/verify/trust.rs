//! Where facts come from: a demo world, or the network.
use super::{VerifyArguments, judge_offline};
use crate::{
    arguments::WorldLists,
    failure::{About, Failure},
    output::complain,
};
use jiff::Timestamp;
use procura_credential::{Expectations, Facts, Fetched, Judgement, Need, Verdict};
use procura_sandbox::world::{Lists, REPRESENTATIVE_POLICY, folder};
use procura_service::{
    Clock, GuardedClient, SystemClock,
    config::load,
    gather::{GatherLimits, Gatherer, Registries},
    guarded::GuardedConfig,
    trust::{Trust, TrustListSync},
};
use procura_verifier::Config;
use std::{path::Path, sync::Arc};
use url::Url;

/// The Official Journal's list of lists is asked for by nobody who gives no other.
const HOW: &str =
    "name whom to trust: --config verifier.toml, --world FOLDER, or --lotl URL with --lotl-signer SHA256";

/// Where facts come from, and what is expected.
pub(super) struct Source {
    expectations: Expectations,
    facts: FactSource,
}
enum FactSource {
    World(Box<Facts>),
    Network(Gatherer),
}
impl Source {
    pub(super) fn expectations(&self) -> &Expectations {
        &self.expectations
    }
    pub(super) async fn of(arguments: &VerifyArguments, now: Timestamp) -> Result<Self, Failure> {
        if let Some(folder) = &arguments.world {
            return world(folder, arguments, now);
        }
        if let Some(config) = &arguments.config {
            let config: Config = load(config, "PROCURA_VERIFIER_").about("verifier")?;
            return verifier(&config).await;
        }
        match &arguments.lotl {
            Some(lotl) => lists(lotl, arguments).await,
            None => Err(Failure::new(HOW)),
        }
    }
    /// The verdict; `None` when the judge never has enough.
    pub(super) async fn judge(&self, judge: impl Fn(&Facts) -> Judgement<()> + Send) -> Option<Verdict> {
        match &self.facts {
            FactSource::World(facts) => judge_offline(judge, (**facts).clone()),
            FactSource::Network(gatherer) => match gatherer.judge(judge).await {
                Judgement::Judged { verdict, .. } => Some(verdict),
                Judgement::Needs(_) => None,
            },
        }
    }
}
fn world(folder: &Path, arguments: &VerifyArguments, now: Timestamp) -> Result<Source, Failure> {
    // The folder of a demo holds its world in a folder of that name.
    let inner = folder.join("world");
    let folder = if folder::holds_world(&inner) {
        inner
    } else {
        folder.to_owned()
    };
    let world = folder::load(&folder).about("world")?;
    let lists = match arguments.lists {
        WorldLists::Auto => lists_of_villain(&folder, &arguments.file)?,
        WorldLists::Current => Lists::Current,
        WorldLists::ByStranger => Lists::ByStranger,
        WorldLists::RolledBack => Lists::RolledBack,
        WorldLists::OlderOnly => Lists::OlderOnly,
    };
    let mut expectations = Expectations::strict([]);
    expectations
        .representative_policies
        .insert(REPRESENTATIVE_POLICY.to_owned());
    let facts = FactSource::World(Box::new(world.facts(lists, now).about("world")?));
    Ok(Source { expectations, facts })
}
/// A villain brings its lists along; everybody else is judged by the current ones.
fn lists_of_villain(world: &Path, file: &Path) -> Result<Lists, Failure> {
    let in_villains = file
        .canonicalize()
        .ok()
        .zip(world.join("villains").canonicalize().ok())
        .is_some_and(|(file, villains)| file.parent() == Some(&villains));
    let name = file
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    if !in_villains {
        return Ok(Lists::Current);
    }
    Ok(folder::villains(world)
        .about("world")?
        .get(name)
        .map(|entry| entry.lists)
        .unwrap_or_default())
}
async fn verifier(config: &Config) -> Result<Source, Failure> {
    config.check().about("verifier")?;
    let expectations = Expectations {
        trust: config.trust_policy,
        issues_for_others: config.issues_for_others.clone(),
        representative_policies: config.representative_policies.clone(),
        status: config.status,
        skew_seconds: config.lifetimes.skew_seconds,
        ..Expectations::strict([])
    };
    let guarded = config.development.guarded().about("verifier")?;
    network(
        expectations,
        &config.trust,
        guarded,
        config.registries.clone(),
        config.gather.clone(),
    )
    .await
}
async fn lists(lotl: &Url, arguments: &VerifyArguments) -> Result<Source, Failure> {
    let trust = Trust {
        lotl_url: lotl.to_string(),
        lotl_signers: arguments.lotl_signer.clone(),
        official_journal_url: None,
        territories: arguments.territory.clone(),
        refresh_seconds: 3600,
        grace_seconds: 0,
    };
    let registries: Vec<_> = arguments.registry.iter().cloned().collect();
    let expectations = Expectations {
        registries: !registries.is_empty(),
        ..Expectations::strict([])
    };
    let registries = Registries {
        participants: registries.clone(),
        issuers: registries,
    };
    network(
        expectations,
        &trust,
        GuardedConfig::default(),
        registries,
        GatherLimits::default(),
    )
    .await
}
async fn network(
    expectations: Expectations,
    trust: &Trust,
    guarded: GuardedConfig,
    registries: Registries,
    limits: GatherLimits,
) -> Result<Source, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let client = GuardedClient::new(guarded).about("outbound client")?;
    let config = trust.sync().about("trust")?;
    let mut lists = TrustListSync::load(config, client.clone(), None, Arc::clone(&clock))
        .await
        .about("trusted lists")?;
    lists.refresh().await.about("trusted lists")?;
    let snapshot = lists.snapshot();
    if let Err(reason) = procura_service::trust::prove(&snapshot, clock.now()) {
        complain(format!("trusted lists: {reason}"));
    }
    let gatherer = Gatherer::new(client, snapshot, registries, limits, clock);
    Ok(Source {
        expectations,
        facts: FactSource::Network(gatherer),
    })
}
/// Without a network, what the world does not know cannot be known.
pub(super) fn out_of_reach(need: Need, facts: &mut Facts) {
    fn unknown<T>() -> Fetched<T> {
        Fetched::Unavailable("not of this world, and no network is asked".to_owned())
    }
    match need {
        Need::Crl(url) => drop(facts.crls.insert(url, unknown())),
        Need::StatusList(url) => drop(facts.status_lists.insert(url, unknown())),
        Need::Participant(did) => drop(facts.participants.insert(did, unknown())),
        Need::Issuer(did) => drop(facts.issuers.insert(did, unknown())),
        // Trust is always there; a kind of need that is new here leaves the judge without an answer.
        _ => {}
    }
}
