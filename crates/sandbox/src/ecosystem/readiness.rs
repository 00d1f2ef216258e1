//! Whether the ecosystem can do its work: what it signs with is at hand, what it publishes is current.
use crate::world::{Ca, ListFile, Party, World, WorldError};
use jiff::Timestamp;
use procura_pki::{Certificate, CertificateError, Crl, CrlError};
use procura_trust_list::signature::{ListError, Signers, verify};

/// Why the ecosystem is not ready.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotReady {
    #[error(transparent)]
    World(#[from] WorldError),
    #[error("certificate of a list's signer: {0}")]
    Certificate(#[from] CertificateError),
    #[error("{list}: {error}")]
    List { list: &'static str, error: ListError },
    #[error("CRL of {ca}: {error}")]
    Crl { ca: &'static str, error: CrlError },
    #[error("{0} has run out: it was not signed again in time")]
    Stale(&'static str),
}
/// The lists that are served verify by their operators' certificates and are current.
pub(super) fn prove_lists(world: &World, now: Timestamp) -> Result<(), NotReady> {
    for (file, operator) in [
        (ListFile::Lotl, Party::LotlOperator),
        (ListFile::German, Party::ListOperator),
    ] {
        let list = file.file_name();
        let operator = Certificate::from_der(world.party(operator)?.certificate())?;
        let verified = verify(world.list(file)?, &Signers::Certificates(vec![operator]))
            .map_err(|error| NotReady::List { list, error })?;
        current(list, verified.list.next_update, now)?;
    }
    Ok(())
}
/// The CRL of every authority is current.
pub(super) fn prove_crls(world: &World, now: Timestamp) -> Result<(), NotReady> {
    for ca in Ca::ALL {
        let crl = Crl::from_der(world.crl(ca)?).map_err(|error| NotReady::Crl { ca: ca.stem(), error })?;
        current(ca.stem(), crl.next_update(), now)?;
    }
    Ok(())
}
fn current(what: &'static str, next_update: Option<Timestamp>, now: Timestamp) -> Result<(), NotReady> {
    match next_update {
        Some(until) if now < until => Ok(()),
        _ => Err(NotReady::Stale(what)),
    }
}
