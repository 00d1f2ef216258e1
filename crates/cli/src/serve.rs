//! Running one service in this process.
use crate::output::say;
use crate::{
    arguments::{ServeArguments, ServeCommand},
    failure::{About, Failure},
};
use procura_service::{SystemClock, config::load, shell::openapi};
use std::{path::Path, process::ExitCode, sync::Arc};

/// A service of this binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Service {
    Ecosystem,
    Issuer,
    Wallet,
    Verifier,
    Portal,
}
impl Service {
    /// An order in which each finds what it asks for at its start.
    pub(crate) const ALL: [Self; 5] = [
        Self::Ecosystem,
        Self::Issuer,
        Self::Wallet,
        Self::Verifier,
        Self::Portal,
    ];
    /// Its name on the command line and in files.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ecosystem => "ecosystem",
            Self::Issuer => "issuer",
            Self::Wallet => "wallet",
            Self::Verifier => "verifier",
            Self::Portal => "portal",
        }
    }
    /// What its environment variables start with.
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::Ecosystem => "PROCURA_ECOSYSTEM_",
            Self::Issuer => "PROCURA_ISSUER_",
            Self::Wallet => "PROCURA_WALLET_",
            Self::Verifier => "PROCURA_VERIFIER_",
            Self::Portal => "PROCURA_PORTAL_",
        }
    }
}
pub(crate) async fn run(service: Service, command: ServeCommand) -> Result<ExitCode, Failure> {
    let ServeCommand::Serve(arguments) = command;
    serve(service, arguments).await
}
pub(crate) async fn serve(service: Service, arguments: ServeArguments) -> Result<ExitCode, Failure> {
    if arguments.with_parent {
        end_with_parent()?;
    }
    let path: &Path = &arguments.config.config;
    let (name, prefix) = (service.name(), service.prefix());
    match service {
        Service::Ecosystem => {
            procura_sandbox::ecosystem::serve(load(path, prefix).about(name)?)
                .await
                .about(name)?;
        }
        Service::Portal => procura_sandbox::portal::serve(load(path, prefix).about(name)?)
            .await
            .about(name)?,
        Service::Issuer => procura_issuer::run(load(path, prefix).about(name)?)
            .await
            .about(name)?,
        Service::Verifier => procura_verifier::serve(load(path, prefix).about(name)?, Arc::new(SystemClock))
            .await
            .about(name)?,
        Service::Wallet => procura_wallet::run(load(path, prefix).about(name)?)
            .await
            .about(name)?,
    }
    Ok(ExitCode::SUCCESS)
}
/// The description of a service's interface.
pub(crate) fn describe(service: Service) -> Result<ExitCode, Failure> {
    let document = match service {
        Service::Ecosystem => procura_sandbox::ecosystem::openapi(),
        Service::Portal => procura_sandbox::portal::openapi(),
        Service::Issuer => procura_issuer::openapi(),
        Service::Verifier => procura_verifier::openapi(),
        Service::Wallet => procura_wallet::openapi(),
    };
    let text = openapi::text(&document).about(service.name())?;
    say(text.trim_end())?;
    Ok(ExitCode::SUCCESS)
}
/// The demo's processes must not outlive it, however it ends.
#[cfg(target_os = "linux")]
fn end_with_parent() -> Result<(), Failure> {
    use rustix::process::{Signal, set_parent_process_death_signal};
    set_parent_process_death_signal(Some(Signal::TERM)).about("watching the parent process")
}
#[cfg(not(target_os = "linux"))]
fn end_with_parent() -> Result<(), Failure> {
    Ok(())
}
