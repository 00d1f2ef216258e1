//! Each rule of a path: one thing broken, refused for that reason.
#![expect(clippy::panic, clippy::unwrap_used, reason = "helpers of tests")]
mod algorithms;
mod anchors;
mod dates;
#[path = "../forge/mod.rs"]
mod forge;
mod issuers;
mod rules;
mod search;

use forge::*;
use procura_crypto::{Curve, Digest, EcdsaEncoding, KeyKind, Scheme};
use procura_pki::{Anchor, Certificate, PathError, PathOptions, path};

/// root → intermediate → leaf, all sound.
struct Chain {
    root: Issuer,
    ca: Issuer,
    seal: Issuer,
}
impl Chain {
    fn new() -> Self {
        Self {
            root: Issuer::new("Root"),
            ca: Issuer::new("CA 1"),
            seal: Issuer::new("Seal"),
        }
    }
    fn find(&self, leaf: &Request, intermediate: &Request) -> Result<procura_pki::Path, PathError> {
        find(
            &leaf.signed_by(&self.ca),
            &[intermediate.signed_by(&self.root)],
            &[self.root.anchor()],
        )
    }
}
fn find(
    leaf: &Certificate,
    others: &[Certificate],
    anchors: &[Anchor],
) -> Result<procura_pki::Path, PathError> {
    path::find(leaf, others, anchors, noon(), &PathOptions::default())
}
#[track_caller]
fn rule(result: Result<procura_pki::Path, PathError>, who: &str, expected: &str) {
    match result {
        Err(PathError::Rule { subject, rule } | PathError::Algorithm { subject, rule }) => {
            assert_eq!(
                (subject.as_str(), rule),
                (format!("O=RealTruth, CN={who}").as_str(), expected)
            );
        }
        other => panic!("{other:?}"),
    }
}
