//! `procura verify FILE --report …`.
use super::{
    arguments::{Form, ReportArguments},
    destination::Destination,
    files::{self, Material},
    terminal,
};
use crate::{
    failure::{About, Failure},
    output::say,
};
use jiff::Timestamp;
use procura_ades::{Indication, validation::Policy};
use procura_jades::{Report, Validation, report};
use procura_jose::AlgorithmSet;
use std::{path::Path, process::ExitCode};

/// TOTAL-FAILED.
const FAILED: u8 = 2;
/// INDETERMINATE.
const INDETERMINATE: u8 = 3;
/// No signed document.
const UNREADABLE: u8 = 4;

pub(crate) fn run(
    file: &Path,
    arguments: &ReportArguments,
    form: Form,
    now: Timestamp,
) -> Result<ExitCode, Failure> {
    let inputs = arguments.files(file);
    files::read_standard_input_once(&inputs)?;
    let page = match &arguments.html {
        Some(out) => Some(Destination::new(Some(out), arguments.force, &inputs)?),
        None => None,
    };
    let document = files::read(file)?;
    let material = Material::read(&arguments.material)?;
    let objects = files::objects(&arguments.objects)?;
    let policy = Policy::default();
    let algorithms = AlgorithmSet::all();
    let validation = Validation {
        rules: arguments.profile.into(),
        now,
        algorithms: &algorithms,
        policy: &policy,
        anchors: &material.anchors,
        certificates: &material.certificates,
        revocation: &material.revocation,
        objects: &objects,
    };
    let report = validation.of_bytes(&document);
    if let Some(page) = page {
        let name = file.file_name().map(|name| name.to_string_lossy());
        page.write(&report::html(&report, name.as_deref()).about("report")?)?;
    }
    let terminal = terminal::of_standard_output();
    let text = match form {
        Form::Simple => report::simple(&report, terminal),
        Form::Detailed => report::detailed(&report, terminal),
        Form::Json => report::json(&report).about("report")?,
    };
    say(text.trim_end())?;
    Ok(status(&report))
}

fn status(report: &Report) -> ExitCode {
    if report.unreadable.is_some() {
        return ExitCode::from(UNREADABLE);
    }
    match report.conclusion().indication {
        Indication::Passed => ExitCode::SUCCESS,
        Indication::Failed => ExitCode::from(FAILED),
        Indication::Indeterminate => ExitCode::from(INDETERMINATE),
    }
}
