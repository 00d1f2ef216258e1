//! The demo's processes: started, waited for, killed, ended.
use super::{browser::Browser, home::Home, logs};
use crate::{
    failure::{About, Failure},
    serve::Service,
};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    path::PathBuf,
    process::Stdio,
    time::Duration,
};
use tokio::{
    process::{Child, Command},
    time::Instant,
};
use url::Url;

/// How long a service may take to be ready.
const PATIENCE: Duration = Duration::from_secs(90);
/// How long it may take to end.
const LAST_PATIENCE: Duration = Duration::from_secs(25);
/// Pause between looks.
const LOOK: Duration = Duration::from_millis(50);
/// Lines of a log that explain why its service ended.
const LAST_LINES: usize = 12;

/// What is needed to start a service, and to see that it is ready.
struct Recipe {
    config: PathBuf,
    log: PathBuf,
    origins: Vec<Url>,
}
/// Five processes of this binary.
pub(super) struct Processes {
    program: PathBuf,
    recipes: BTreeMap<Service, Recipe>,
    running: BTreeMap<Service, Child>,
    browser: Browser,
}
impl Processes {
    pub(super) fn new(home: &Home) -> Result<Self, Failure> {
        let origins = home.world.origins();
        let recipes = Service::ALL
            .into_iter()
            .map(|service| {
                let origins = match service {
                    Service::Ecosystem => vec![origins.ecosystem.clone()],
                    Service::Issuer => vec![origins.issuer.clone(), origins.issuer_management.clone()],
                    Service::Wallet => vec![origins.wallet.clone()],
                    Service::Verifier => vec![origins.verifier.clone()],
                    Service::Portal => vec![origins.portal.clone()],
                };
                (
                    service,
                    Recipe {
                        config: home.config(service),
                        log: home.log(service),
                        origins,
                    },
                )
            })
            .collect();
        Ok(Self {
            program: std::env::current_exe().about("this program")?,
            recipes,
            running: BTreeMap::new(),
            browser: Browser::new()?,
        })
    }
    /// Starts every service and waits until each is ready; the ecosystem first, for the others ask it for lists.
    pub(super) async fn start(&mut self) -> Result<(), Failure> {
        self.launch(Service::Ecosystem)?;
        self.ready(Service::Ecosystem).await?;
        for service in Service::ALL {
            if service != Service::Ecosystem {
                self.launch(service)?;
            }
        }
        for service in Service::ALL {
            self.ready(service).await?;
        }
        Ok(())
    }
    /// Kills every process without a word, and starts it again.
    pub(super) async fn kill_and_restart(&mut self) -> Result<(), Failure> {
        for (service, child) in &mut self.running {
            child.start_kill().about(service.name())?;
        }
        for (service, mut child) in core::mem::take(&mut self.running) {
            child.wait().await.about(service.name())?;
        }
        self.start().await
    }
    /// Watches over the services; an error when one ends by itself.
    pub(super) async fn watch(&mut self) -> Result<(), Failure> {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            for service in Service::ALL {
                self.alive(service)?;
            }
            for recipe in self.recipes.values() {
                logs::bound(&recipe.log).about(recipe.log.display())?;
            }
        }
    }
    /// Asks every process to end, and waits; kills what does not listen.
    pub(super) async fn stop(&mut self) {
        for child in self.running.values() {
            if let Some(pid) = child
                .id()
                .and_then(|id| i32::try_from(id).ok())
                .and_then(Pid::from_raw)
            {
                // A process that is gone already needs no telling.
                kill_process(pid, Signal::TERM).unwrap_or_default();
            }
        }
        for (_, mut child) in core::mem::take(&mut self.running) {
            if tokio::time::timeout(LAST_PATIENCE, child.wait()).await.is_err() {
                drop(child.kill().await);
            }
        }
    }
    fn recipe(&self, service: Service) -> Result<&Recipe, Failure> {
        self.recipes
            .get(&service)
            .ok_or_else(|| Failure::new(format!("the {} is unknown", service.name())))
    }
    fn launch(&mut self, service: Service) -> Result<(), Failure> {
        let recipe = self.recipe(service)?;
        logs::bound(&recipe.log).about(recipe.log.display())?;
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&recipe.log)
            .about(recipe.log.display())?;
        let copy = log.try_clone().about(recipe.log.display())?;
        let child = Command::new(&self.program)
            .arg(service.name())
            .arg("serve")
            .arg("--config")
            .arg(&recipe.config)
            .arg("--with-parent")
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(copy)
            // Ctrl-C at the terminal is for us; we tell the others.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .about(service.name())?;
        self.running.insert(service, child);
        Ok(())
    }
    async fn ready(&mut self, service: Service) -> Result<(), Failure> {
        let origins = self.recipe(service)?.origins.clone();
        let until = Instant::now() + PATIENCE;
        for origin in origins {
            while !self.browser.is_ready(&origin).await {
                self.alive(service)?;
                if Instant::now() > until {
                    return Err(self.explained(service, "is not ready"));
                }
                tokio::time::sleep(LOOK).await;
            }
        }
        Ok(())
    }
    fn alive(&mut self, service: Service) -> Result<(), Failure> {
        let Some(child) = self.running.get_mut(&service) else {
            return Err(Failure::new(format!("the {} does not run", service.name())));
        };
        match child.try_wait().about(service.name())? {
            None => Ok(()),
            Some(status) => Err(self.explained(service, &format!("ended by itself ({status})"))),
        }
    }
    /// What happened, with the end of the log.
    fn explained(&self, service: Service, what: &str) -> Failure {
        let name = service.name();
        let Ok(recipe) = self.recipe(service) else {
            return Failure::new(format!("the {name} {what}"));
        };
        let log = fs::read_to_string(&recipe.log).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        let last = lines
            .get(lines.len().saturating_sub(LAST_LINES)..)
            .unwrap_or_default()
            .join("\n  ");
        Failure::new(format!(
            "the {name} {what}; its log {} ends so:\n  {last}",
            recipe.log.display()
        ))
    }
}
/// Ctrl-C, or a polite request to end.
pub(super) async fn interrupted() -> Result<(), Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).about("signals")?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed.about("signals"),
        _ = terminate.recv() => Ok(()),
    }
}
