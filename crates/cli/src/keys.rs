//! Files of key-encryption keys.
use crate::{
    arguments::KeysCommand,
    failure::{About, Failure},
    output::complain,
};
use jiff::Timestamp;
use procura_crypto::{Rng, random};
use procura_keys::KekRing;
use procura_service::{Clock, SystemClock, SystemRng};
use std::process::ExitCode;

/// Random bytes in an id: two keys of one day differ.
const ID_BYTES: usize = 6;

pub(crate) fn run(command: &KeysCommand) -> Result<ExitCode, Failure> {
    let id = new_id(SystemClock.now(), &mut SystemRng);
    let (path, done) = match command {
        KeysCommand::Create { file } => {
            KekRing::create(file, &id, &mut SystemRng).about("keys")?;
            (file, "is made; keep a copy apart from the database")
        }
        KeysCommand::Rotate { file } => {
            KekRing::rotate(file, &id, &mut SystemRng).about("keys")?;
            (file, "is added; services use it from their next start")
        }
    };
    complain(format!("{}: key {id} {done}", path.display()));
    Ok(ExitCode::SUCCESS)
}
/// The day, for people who look at the file, and something that no other key has.
fn new_id(now: Timestamp, rng: &mut dyn Rng) -> String {
    format!("{}-{}", now.strftime("%Y-%m-%d"), random::token(rng, ID_BYTES))
}
