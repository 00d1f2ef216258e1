//! `procura demo`: a world of its own and five processes of this binary on 127.0.0.1.
mod browser;
mod home;
mod logs;
mod processes;
mod settings;
mod walk;

use crate::{arguments::DemoArguments, failure::Failure, output::say, serve::Service};
use home::Home;
use processes::Processes;
use std::process::ExitCode;

pub(crate) async fn run(arguments: DemoArguments) -> Result<ExitCode, Failure> {
    let home = Home::prepare(&arguments.dir, arguments.fresh).await?;
    let mut processes = Processes::new(&home)?;
    let outcome = async {
        processes.start().await?;
        if arguments.walk {
            walk::walk(&home, &mut processes, arguments.kill).await
        } else {
            say(table(&home))?;
            processes.watch().await
        }
    };
    // Heard from before the first process starts: whenever the user ends us, the processes must end, too.
    let outcome = tokio::select! {
        biased;
        interrupted = processes::interrupted() => interrupted.and_then(|()| {
            if arguments.walk { Err(Failure::new("interrupted")) } else { Ok(()) }
        }),
        outcome = outcome => outcome,
    };
    processes.stop().await;
    outcome.map(|()| ExitCode::SUCCESS)
}
/// URLs, and what to try.
fn table(home: &Home) -> String {
    let origins = home.world.origins();
    let rows = [
        (
            Service::Portal.name(),
            &origins.portal,
            "the relying party: sign in here",
        ),
        (
            Service::Wallet.name(),
            &origins.wallet,
            "John Doe's wallet (API: /api/v1)",
        ),
        (
            Service::Issuer.name(),
            &origins.issuer,
            "GoodAir's issuer, as wallets see it",
        ),
        (
            "operator",
            &origins.issuer_management,
            "GoodAir's issuer, management API (/api/v1/issuances)",
        ),
        (
            Service::Verifier.name(),
            &origins.verifier,
            "DOME onboarding's verifier",
        ),
        (
            Service::Ecosystem.name(),
            &origins.ecosystem,
            "trusted lists (/lotl.xml), CRLs, registries, schemas",
        ),
    ];
    let head =
        "\nThe demo is running. Ctrl-C ends it; the next start goes on with the same world.\n".to_owned();
    let rows = rows.map(|(name, url, what)| format!("  {name:<10} {url:<26} {what}"));
    let dir = home.folder.display();
    // Built by cargo, the program is on nobody's path.
    let procura =
        std::env::current_exe().map_or_else(|_| "procura".to_owned(), |path| path.display().to_string());
    let lines = [
        "\nTry in another terminal:".to_owned(),
        format!("  {procura} verify --world {dir} {dir}/world/credentials/learcredential.jwt"),
        format!("  {procura} verify --world {dir} {dir}/world/villains/self-signed-clone.jwt"),
        format!("  {procura} verify --config {dir}/config/verifier.toml {dir}/world/villains/revoked.jwt"),
        format!("  {procura} issuer token list --config {dir}/config/issuer.toml"),
        format!("  {procura} wallet invite --config {dir}/config/wallet.toml"),
        format!("Edit {dir}/world/registry.toml to let organisations in or out. Logs are in {dir}/logs."),
        "End the demo and start it with --walk to see the whole journey.".to_owned(),
    ];
    [head]
        .into_iter()
        .chain(rows)
        .chain(lines)
        .collect::<Vec<_>>()
        .join("\n")
}
