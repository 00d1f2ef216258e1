//! Running commands and keeping what they print.

use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
};

/// The cargo that runs us, so that toolchain overrides carry over.
pub(crate) fn cargo_program() -> String {
    option_env!("CARGO").map_or_else(|| "cargo".to_owned(), ToOwned::to_owned)
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Runs cargo in the workspace with the terminal attached.
pub(crate) fn cargo(arguments: &[&str]) -> Result<(), String> {
    attached(Command::new(cargo_program()).args(arguments))
}

/// Runs a command in the workspace with the terminal attached.
pub(crate) fn attached(command: &mut Command) -> Result<(), String> {
    let status = command
        .current_dir(root())
        .status()
        .map_err(|error| format!("{} cannot be started: {error}", shown(command)))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{} ended with {status}", shown(command)))
    }
}

/// Runs a command quietly and gives its standard output.
pub(crate) fn captured(command: &mut Command) -> Result<String, String> {
    let output = command
        .current_dir(root())
        .output()
        .map_err(|error| format!("{} cannot be started: {error}", shown(command)))?;
    if output.status.success() {
        String::from_utf8(output.stdout).map_err(|_| format!("{} printed no text", shown(command)))
    } else {
        Err(format!(
            "{} ended with {}\n{}",
            shown(command),
            output.status,
            String::from_utf8_lossy(&output.stderr)
        ))
    }
}

/// Runs a command, hands every line of its standard output to `line`, and tells whether it succeeded.
pub(crate) fn streamed(command: &mut Command, mut line: impl FnMut(&str)) -> Result<bool, String> {
    let mut child = command
        .current_dir(root())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{} cannot be started: {error}", shown(command)))?;
    if let Some(output) = child.stdout.take() {
        for text in BufReader::new(output).split(b'\n') {
            let text = text.map_err(|error| format!("{}: {error}", shown(command)))?;
            line(&String::from_utf8_lossy(&text));
        }
    }
    let status = child
        .wait()
        .map_err(|error| format!("{}: {error}", shown(command)))?;
    Ok(status.success())
}

fn shown(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}
