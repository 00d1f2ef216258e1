//! Each rule of an OCSP response: one thing broken, refused for that reason.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "test support outside of test functions"
)]
mod answers;
mod certificates;
#[path = "../forge/mod.rs"]
mod forge;
#[path = "../responder/mod.rs"]
mod responder;
mod responders;
mod structure;

use forge::*;
use procura_crypto::{Digest, KeyKind};
use procura_pki::{
    Certificate, OcspError, OcspResponse, RevocationData, RevocationError, RevocationStatus, Statement,
    ocsp::ResponseStatus, path::SignatureChecks,
};
use responder::*;

fn is_good() -> RevocationStatus {
    RevocationStatus::Good {
        as_of: at("2026-06-01T00:00:00Z"),
    }
}
fn status(asked: Result<Statement, OcspError>) -> RevocationStatus {
    asked.unwrap().status
}
fn rule(asked: Result<Statement, OcspError>) -> &'static str {
    match asked {
        Err(OcspError::NotDelegated { rule, responder }) => {
            assert_eq!(responder, "O=RealTruth, CN=OCSP responder 1");
            rule
        }
        other => panic!("{other:?}"),
    }
}
fn malformed(asked: Result<Statement, OcspError>) -> &'static str {
    match asked {
        Err(OcspError::Malformed(why)) => why,
        other => panic!("{other:?}"),
    }
}
