//! `procura augment`.
use super::{arguments::AugmentArguments, destination::Destination, files, raising::Raising};
use crate::failure::Failure;
use std::process::ExitCode;

pub(crate) async fn run(arguments: AugmentArguments) -> Result<ExitCode, Failure> {
    let inputs = arguments.files();
    files::read_standard_input_once(&inputs)?;
    let destination = match &arguments.out {
        out if out.in_place => Destination::in_place(&arguments.file)?,
        out => Destination::new(out.out.as_deref(), out.force, &inputs)?,
    };
    let raising = Raising::new(&arguments.raising)?;
    let bytes = files::read(&arguments.file)?;
    let objects = files::objects(&arguments.objects)?;
    let raised = raising.raised(&bytes, &objects, arguments.index, arguments.level);
    destination.write(&raised.await?)?;
    Ok(ExitCode::SUCCESS)
}
