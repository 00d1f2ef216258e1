//! What a document is judged by, the same for both.
use crate::program::Folder;
use jiff::Timestamp;
use procura_ades::validation::{Anchors, Policy};
use procura_jades::{Objects, Profile, Report, Validation};
use procura_jose::AlgorithmSet;
use procura_pki::{Crl, revocation::RevocationData};
use serde_json::Value;

/// Anchors by purpose (DSS knows no purposes and trusts all for all), revocation data, time.
#[derive(Clone)]
pub(crate) struct Facts {
    pub(crate) anchors: Anchors,
    pub(crate) crls: Vec<Vec<u8>>,
    pub(crate) time: Timestamp,
}

impl Facts {
    pub(crate) fn folder(&self) -> Folder {
        let folder = Folder::new(self.time);
        for anchor in self.anchors.signatures.iter().chain(&self.anchors.time_stamps) {
            folder.anchor(anchor);
        }
        for (index, crl) in self.crls.iter().enumerate() {
            folder.file(&format!("revocation/{index}.crl"), crl);
        }
        folder
    }

    pub(crate) fn validate(&self, document: &[u8], objects: &Objects) -> Report {
        let crls = self
            .crls
            .iter()
            .map(|der| RevocationData::Crl(Crl::from_der(der).unwrap()));
        let validation = Validation {
            rules: Profile::Strict.into(),
            now: self.time,
            algorithms: &AlgorithmSet::all(),
            policy: &Policy::default(),
            anchors: &self.anchors,
            certificates: &[],
            revocation: &crls.collect::<Vec<_>>(),
            objects,
        };
        validation.of_bytes(document)
    }
}

/// A conclusion of DSS, written as ours is.
pub(crate) fn concluded(of: &Value) -> String {
    let text = |name: &str| of[name].as_str().map(str::to_owned);
    let mut indication = text("indication").unwrap().replace('_', "-");
    if indication == "PASSED" || indication == "FAILED" {
        indication = format!("TOTAL-{indication}");
    }
    match text("sub_indication") {
        None => indication,
        Some(sub_indication) => format!("{indication} / {sub_indication}"),
    }
}
