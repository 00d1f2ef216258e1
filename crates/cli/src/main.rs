//! `procura`: the services, the tools of their operators, and the demonstration.
//!
//! ```text
//! procura issuer|wallet|verifier|ecosystem|portal serve --config FILE
//! procura issuer token add|list|revoke --config FILE …
//! procura wallet invite --config FILE
//! procura keys create|rotate FILE
//! procura verify FILE|- [--json] [--config FILE | --world FOLDER | --lotl URL …]
//! procura verify FILE|- --report simple|detailed|json [--html OUT] [--profile PROFILE] [--anchors PEM …] …
//! procura sign FILE|- --key PEM --chain PEM|--pkcs12 FILE|--pkcs11-module FILE|--signer CONFIG [--level t|lt|lta] …
//! procura augment FILE|- --level t|lt|lta [--tsa URL …] [--revocation DER …] [--fetch] …
//! procura openapi issuer|wallet|verifier|ecosystem|portal
//! procura demo [--walk [--kill]] [--fresh] [--dir FOLDER]
//! ```
//!
//! Exit status: 0 done (of `verify`: accepted, or TOTAL-PASSED), 1 failed, 2 refused (with `--report`: TOTAL-FAILED), 3
//! INDETERMINATE, 4 not a signed document.
mod arguments;
mod demo;
mod document;
mod failure;
mod keys;
mod operator;
mod output;
mod serve;
mod verify;

use arguments::{Arguments, Command};
use clap::Parser;
use failure::Failure;
use std::{process::ExitCode, time::Duration};

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        // 2 is kept for what is refused: a mistyped command is a failure like any other.
        Err(error) => {
            let told = error.print().is_ok();
            return ExitCode::from(u8::from(error.use_stderr() || !told));
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&Failure::new(format!("the runtime cannot start: {error}"))),
    };
    let done = runtime.block_on(run(arguments.command));
    // A call into a hardware module that hangs would keep the process for ever.
    runtime.shutdown_timeout(Duration::from_secs(2));
    match done {
        Ok(code) => code,
        Err(failure) => fail(&failure),
    }
}
async fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Issuer { command } => operator::issuer(command).await,
        Command::Wallet { command } => operator::wallet(command).await,
        Command::Verifier { command } => serve::run(serve::Service::Verifier, command).await,
        Command::Ecosystem { command } => serve::run(serve::Service::Ecosystem, command).await,
        Command::Portal { command } => serve::run(serve::Service::Portal, command).await,
        Command::Keys { command } => keys::run(&command),
        Command::Verify(arguments) => verify::run(*arguments).await,
        Command::Sign(arguments) => document::sign::run(*arguments).await,
        Command::Augment(arguments) => document::augment::run(*arguments).await,
        Command::Openapi { service } => serve::describe(service),
        Command::Demo(arguments) => demo::run(arguments).await,
    }
}
fn fail(failure: &Failure) -> ExitCode {
    output::complain(failure);
    ExitCode::FAILURE
}
