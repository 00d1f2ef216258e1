//! `with-postgres PROGRAM [ARGUMENT…]`: runs a program with `PROCURA_TEST_POSTGRES` set to the URL of a throw-away
//! PostgreSQL, and ends as it does.
#![expect(clippy::print_stderr, reason = "a command speaks to who runs it")]
use procura_testkit::PostgresServer;
use std::process::ExitCode;
use tokio::process::Command;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(program) = arguments.next() else {
        eprintln!("with-postgres PROGRAM [ARGUMENT…]");
        return ExitCode::from(2);
    };
    let server = match PostgresServer::start() {
        Ok(server) => server,
        Err(error) => {
            eprintln!("with-postgres: {error}");
            return ExitCode::FAILURE;
        }
    };
    let mut command = Command::new(&program);
    command.args(arguments).env("PROCURA_TEST_POSTGRES", server.url());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            eprintln!("with-postgres: {}: {error}", program.display());
            return ExitCode::FAILURE;
        }
    };
    let status = loop {
        tokio::select! {
            status = child.wait() => break status,
            // The program hears Ctrl-C as well, and ends; the server must be stopped after it.
            _ = tokio::signal::ctrl_c() => {}
        }
    };
    drop(server);
    match status.map(|status| status.code()) {
        Ok(Some(code)) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
        _ => ExitCode::FAILURE,
    }
}
