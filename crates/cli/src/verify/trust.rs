//! By what is judged: a verifier's configuration, a demo world, or a list of trusted lists.
use super::VerifyArguments;
use crate::{
    arguments::WorldLists,
    failure::{About, Failure},
    output::complain,
};
use jiff::Timestamp;
use procura_credential::Expectations;
use procura_pki::Certificate;
use procura_sandbox::world::{Lists, REPRESENTATIVE_POLICY, folder};
use procura_service::{
    GuardedClient, SystemClock,
    config::{load, read_text},
    gather::{GatherLimits, Gatherer, Registries},
    guarded::GuardedConfig,
    trust::{self, Trust, TrustListSync},
};
use procura_store::stored_lists::{self, StoredList};
use procura_verifier::{
    Config,
    config::{Client, Lifetimes},
    expectations,
    parties::Parties,
};
use std::{collections::BTreeSet, path::Path, sync::Arc};

const HOW: &str =
    "name whom to trust: --config verifier.toml, --world FOLDER, or --lotl URL with --lotl-signer SHA256";
/// Types that are accepted where neither a configuration nor the caller names any.
const TYPES: [&str; 2] = ["LEARCredential", "LEARCredentialEmployee"];

/// What is demanded, and where facts come from.
pub(super) struct Judge {
    pub(super) expectations: Expectations,
    /// Age of the oldest presentation.
    pub(super) max_age_seconds: i64,
    /// For whom a presentation must be, where that is known.
    pub(super) audience: Option<String>,
    pub(super) gatherer: Gatherer,
    /// What is not as it is at the verifier by whose configuration is judged.
    pub(super) notes: Vec<String>,
}
impl Judge {
    pub(super) async fn of(arguments: &VerifyArguments, now: Timestamp) -> Result<Self, Failure> {
        if let Some(folder) = &arguments.world {
            return world(folder, arguments, now);
        }
        if let Some(config) = &arguments.config {
            let config: Config = load(config, "PROCURA_VERIFIER_").about("verifier")?;
            return verifier(&config, arguments, now).await;
        }
        match &arguments.lotl {
            Some(lotl) => lists(lotl.as_str(), arguments, now).await,
            None => Err(Failure::new(HOW)),
        }
    }
    /// By what the caller names, and a verifier's defaults for the rest.
    fn named(arguments: &VerifyArguments, registries: bool, gatherer: Gatherer) -> Self {
        let mut expectations = Expectations {
            registries,
            ..Expectations::strict([])
        };
        expectations.credential_types = if arguments.types.is_empty() {
            TYPES.map(str::to_owned).into()
        } else {
            arguments.types.iter().cloned().collect()
        };
        expectations
            .representative_policies
            .extend(arguments.representative_policy.iter().cloned());
        Self {
            expectations,
            max_age_seconds: Lifetimes::default().presentation_seconds,
            audience: None,
            gatherer,
            notes: Vec::new(),
        }
    }
}
fn world(folder: &Path, arguments: &VerifyArguments, now: Timestamp) -> Result<Judge, Failure> {
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
    let facts = world.facts(lists, now).about("world")?;
    let mut judge = Judge::named(arguments, true, Gatherer::known(facts));
    judge
        .expectations
        .representative_policies
        .insert(REPRESENTATIVE_POLICY.to_owned());
    Ok(judge)
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
/// As the verifier with this configuration judges what one of its clients asked for.
async fn verifier(config: &Config, arguments: &VerifyArguments, now: Timestamp) -> Result<Judge, Failure> {
    config.check().about("verifier")?;
    let client = client(config, arguments.client.as_deref())?;
    let types = types(client, arguments.scope.as_deref())?;
    let chain = read_text(&config.seal.chain_file).about("seal.chain_file")?;
    let chain = Certificate::from_pem(&chain).about("seal.chain_file")?;
    let seal = chain
        .first()
        .ok_or_else(|| Failure::new("seal.chain_file: holds no certificate"))?;
    let parties = Parties::new(config, seal).about("verifier")?;
    let guarded = config.development.guarded().about("verifier")?;
    let database = config.database.resolve().about("verifier")?;
    let mut notes = Vec::new();
    let remembered = stored_lists::in_database(&database)
        .await
        .unwrap_or_else(|error| {
            notes.push(format!(
                "the lists that the verifier remembers could not be read, so an older list in place of one of them is \
                 not noticed; run where its database can be read ({error})"
            ));
            Vec::new()
        });
    let source = Source {
        trust: &config.trust,
        guarded,
        registries: config.registries.clone(),
        limits: config.gather.clone(),
        lotl: None,
        remembered,
    };
    Ok(Judge {
        expectations: expectations(config, types),
        max_age_seconds: config.lifetimes.presentation_seconds,
        audience: Some(parties.did().to_string()),
        gatherer: source.gatherer(now).await?,
        notes,
    })
}
/// The client that is named, or the only one.
fn client<'c>(config: &'c Config, named: Option<&str>) -> Result<&'c Client, Failure> {
    let found = match (named, config.clients.as_slice()) {
        (None, [only]) => Some(only),
        (None, _) => None,
        (Some(id), clients) => clients.iter().find(|client| client.client_id == id),
    };
    found.ok_or_else(|| {
        let known: Vec<_> = config.clients.iter().map(|c| c.client_id.as_str()).collect();
        let problem = named.map_or_else(
            || "the configuration has several clients; name one".to_owned(),
            |id| format!("the configuration has no client {id}"),
        );
        Failure::new(format!("--client: {problem} of: {}", known.join(", ")))
    })
}
/// What is accepted for one scope of a client, or for any of them.
fn types(client: &Client, scope: Option<&str>) -> Result<BTreeSet<String>, Failure> {
    match scope {
        None => Ok(client
            .scopes
            .iter()
            .flat_map(|scope| client.credential_types(scope))
            .collect()),
        Some(scope) if client.scopes.iter().any(|known| known == scope) => Ok(client.credential_types(scope)),
        Some(_) => Err(Failure::new(format!(
            "--scope: {} may ask for: {}",
            client.client_id,
            client.scopes.join(", ")
        ))),
    }
}
/// By a list of trusted lists that the caller names.
async fn lists(lotl: &str, arguments: &VerifyArguments, now: Timestamp) -> Result<Judge, Failure> {
    let defaults = Expectations::strict([]);
    let trust = Trust {
        lotl_url: lotl.to_owned(),
        lotl_signers: arguments.lotl_signer.clone(),
        official_journal_url: arguments.official_journal.clone(),
        territories: arguments.territory.clone(),
        refresh_seconds: 3600,
        grace_seconds: 0,
    };
    let registries: Vec<_> = arguments.registry.iter().cloned().collect();
    let asks_registries = defaults.registries && !registries.is_empty();
    let lotl = match &arguments.lotl_file {
        Some(file) => Some(std::fs::read(file).about(file.display())?),
        None => None,
    };
    let source = Source {
        trust: &trust,
        guarded: GuardedConfig {
            development_origins: arguments.development_origin.iter().cloned().collect(),
            ..GuardedConfig::default()
        },
        registries: Registries {
            participants: registries.clone(),
            issuers: registries,
        },
        limits: GatherLimits::default(),
        lotl,
        remembered: Vec::new(),
    };
    Ok(Judge::named(
        arguments,
        asks_registries,
        source.gatherer(now).await?,
    ))
}
/// The network, as a service reaches it.
struct Source<'t> {
    trust: &'t Trust,
    guarded: GuardedConfig,
    registries: Registries,
    limits: GatherLimits,
    /// The list of lists, where it is at hand.
    lotl: Option<Vec<u8>>,
    /// Lists that were accepted before.
    remembered: Vec<StoredList>,
}
impl Source<'_> {
    /// Gathers with the lists of this moment.
    async fn gatherer(self, now: Timestamp) -> Result<Gatherer, Failure> {
        let clock = Arc::new(SystemClock);
        let client = GuardedClient::new(self.guarded).about("outbound client")?;
        let config = self.trust.sync().about("trust")?;
        let mut lists = TrustListSync::with_memory_of(config, client.clone(), self.remembered, clock.clone())
            .await
            .about("trusted lists")?;
        if let Some(bytes) = self.lotl {
            lists = lists.with_list_at_hand(self.trust.lotl_url.clone(), bytes);
        }
        lists.refresh().await.about("trusted lists")?;
        let snapshot = lists.snapshot();
        if let Err(reason) = trust::prove(&snapshot, now) {
            complain(format!("trusted lists: {reason}"));
        }
        Ok(Gatherer::new(
            client,
            snapshot,
            self.registries,
            self.limits,
            clock,
        ))
    }
}
