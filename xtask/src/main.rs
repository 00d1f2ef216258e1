//! Tasks for developers: `cargo xtask demo` and `cargo xtask test` are the two commands of the README.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command for people talks on the terminal"
)]

mod browser;
mod codes;
mod dag;
mod deny;
mod fuzz;
mod judges;
mod machine;
mod openapi;
mod run;
mod sources;
mod test;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Procura's tasks.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds everything and runs `procura demo` with the arguments that follow.
    Demo {
        /// Arguments of `procura demo`, such as `--walk`, `--kill`, `--fresh`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Runs every check: formatting, clippy, dependency rules, licences, unit, contract, flow and attack tests.
    Test,
    /// Looks at the pages in a real browser, as `test` does; installs and fetches what that needs.
    Pages,
    /// Lets independent implementations judge what we make, as `test` does, and nothing else.
    Judges,
    /// Feeds parsers of strangers' bytes with ever new ones, by libFuzzer.
    Fuzz {
        /// For how long each target runs.
        #[arg(long, default_value_t = 60)]
        seconds: u32,
        /// Which targets; all of them where none is named.
        targets: Vec<String>,
    },
    /// Checks which crate may know which.
    Dag,
    /// Writes the committed `OpenAPI` documents as the code says; the tests of the command line hold them.
    Openapi,
    /// Checks licences, bans, sources and (where reachable) advisories.
    Deny,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Demo { arguments } => demo(&arguments),
        Task::Test => test::all(),
        Task::Pages => browser::test(),
        Task::Judges => judges::test(),
        Task::Fuzz { seconds, targets } => fuzz::run(seconds, &targets),
        Task::Dag => dag::check().map(|line| println!("{line}")),
        Task::Openapi => openapi::write().map(|line| println!("{line}")),
        Task::Deny => deny::check().map(|line| println!("{line}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn demo(arguments: &[String]) -> Result<(), String> {
    machine::need_compiler()?;
    run::cargo(&["build", "--package", "procura-cli"])?;
    let mut command = vec![
        "run",
        "--quiet",
        "--package",
        "procura-cli",
        "--bin",
        "procura",
        "--",
        "demo",
    ];
    command.extend(arguments.iter().map(String::as_str));
    run::cargo(&command)
}
