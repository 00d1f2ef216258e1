//! Every check, one after the other; a failure does not hide the ones behind it.

use crate::{browser, codes, dag, deny, fuzz, judges, machine, run};
use std::process::Command;

#[derive(Default)]
struct Report {
    lines: Vec<String>,
    skipped: Vec<String>,
    passed: u64,
    failed: u64,
    broken: Vec<&'static str>,
}

impl Report {
    fn step(&mut self, name: &'static str, outcome: Result<String, String>) {
        match outcome {
            Ok(what) => {
                if let Some((_, why)) = what.split_once("skipped: ") {
                    self.skipped.push(format!("{name}: {why}"));
                }
                println!("== {name}: {what}");
                self.lines.push(format!("ok      {name}: {what}"));
            }
            Err(problem) => {
                println!("== {name}: FAILED\n{problem}");
                self.lines.push(format!("FAILED  {name}"));
                self.broken.push(name);
            }
        }
    }
}

/// Runs everything and says at the end what ran and what was skipped.
pub(crate) fn all() -> Result<(), String> {
    machine::need_compiler()?;
    machine::need_components()?;
    let mut report = Report::default();
    report.step(
        "formatting",
        run::cargo(&["fmt", "--all", "--check"]).map(|()| "as rustfmt writes it".to_owned()),
    );
    report.step("dependency rules", dag::check());
    report.step("stable codes", codes::check());
    report.step("clippy", clippy());
    browser::prepare();
    judges::prepare();
    machine::prepare_tokens();
    let tests = tests(&mut report);
    report.step("tests", tests);
    let judged = match judges::command() {
        Ok(mut command) => suite(&mut report, &mut command),
        Err(why) => Ok(format!("skipped: {why}")),
    };
    report.step("independent judges", judged);
    let fed = suite(&mut report, &mut fuzz::seeds());
    report.step("seeds of the fuzz targets", fed);
    let documentation = run::attached(
        Command::new(run::cargo_program())
            .args(["doc", "--workspace", "--no-deps", "--quiet"])
            .env("RUSTDOCFLAGS", "--deny warnings"),
    );
    report.step(
        "documentation",
        documentation.map(|()| "no broken link".to_owned()),
    );
    report.step("licences and bans", deny::check());
    conclude(&report)
}

/// What is off unless somebody asks for it. The suite lints both, and tests with it.
const FEATURES: [&str; 2] = ["--features", "procura-issuer/pkcs11,procura-cli/pkcs11"];

fn clippy() -> Result<String, String> {
    let linted = |features: &[&str]| {
        let targets = ["clippy", "--workspace", "--all-targets", "--quiet"];
        run::cargo(&[&targets, features, &["--", "--deny", "warnings"]].concat())
    };
    linted(&[])?;
    linted(&FEATURES)?;
    Ok("no warning in any target, with and without pkcs11".to_owned())
}

fn tests(report: &mut Report) -> Result<String, String> {
    let cargo = run::cargo_program();
    let suite_of = ["test", "--workspace"];
    let arguments = [
        &suite_of[..],
        &FEATURES,
        &["--no-fail-fast", "--", "--show-output"],
    ]
    .concat();
    run::cargo(&[&suite_of[..], &FEATURES, &["--no-run", "--quiet"]].concat())?;
    let mut command = if machine::has_postgres() {
        let mut command = Command::new(&cargo);
        command.args([
            "run",
            "--quiet",
            "--package",
            "procura-testkit",
            "--bin",
            "with-postgres",
            "--",
            &cargo,
        ]);
        command
    } else {
        report
            .skipped
            .push("PostgreSQL: no server here; on Debian: apt-get install postgresql".to_owned());
        Command::new(&cargo)
    };
    suite(report, command.args(arguments))
}

/// Runs a test command and counts what its tests say.
fn suite(report: &mut Report, command: &mut Command) -> Result<String, String> {
    let (mut passed, mut failed, mut ignored) = (0, 0, 0);
    let succeeded = run::streamed(command, |line| {
        println!("{line}");
        if let Some(counts) = line.strip_prefix("test result: ") {
            passed += count(counts, " passed");
            failed += count(counts, " failed");
            ignored += count(counts, " ignored");
        }
        if let Some(why) = line.trim().strip_prefix("skipped: ") {
            report.skipped.push(why.to_owned());
        }
    })?;
    report.passed += passed;
    report.failed += failed;
    if succeeded && failed == 0 && passed > 0 {
        Ok(format!("{passed} passed, {ignored} ignored"))
    } else {
        Err(format!("{failed} failed, {passed} passed"))
    }
}

/// The number in front of `label` in cargo's closing line.
fn count(line: &str, label: &str) -> u64 {
    line.split(label)
        .next()
        .and_then(|before| before.rsplit(' ').next())
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

fn conclude(report: &Report) -> Result<(), String> {
    println!("\nWhat ran");
    for line in &report.lines {
        println!("  {line}");
    }
    println!("What was skipped");
    let mut skipped = report.skipped.clone();
    skipped.sort();
    skipped.dedup();
    if skipped.is_empty() {
        println!("  nothing");
    }
    for line in &skipped {
        println!("  {line}");
    }
    println!(
        "\n{} passed, {} failed, {} skipped",
        report.passed,
        report.failed,
        skipped.len()
    );
    if report.broken.is_empty() {
        Ok(())
    } else {
        Err(format!("failed: {}", report.broken.join(", ")))
    }
}
