//! A path of two certificates beside the two bare signatures that it needs.
#[path = "../tests/forge/mod.rs"]
mod forge;

use divan::Bencher;
use forge::{Issuer, noon};
use procura_pki::{Anchor, Certificate, PathOptions, path};

fn main() {
    divan::main();
}

fn chain() -> (Certificate, Certificate, Anchor) {
    let (root, ca, seal) = (Issuer::new("Root"), Issuer::new("CA"), Issuer::new("Seal"));
    (
        seal.leaf().signed_by(&ca),
        ca.ca().signed_by(&root),
        root.anchor(),
    )
}

#[divan::bench]
fn bare_signatures(bencher: Bencher<'_, '_>) {
    let (leaf, ca, anchor) = chain();
    let check = |certificate: &Certificate, issuer: &Certificate| {
        let scheme = certificate.signature_scheme()?;
        issuer
            .verify(scheme, certificate.tbs_der(), certificate.signature_value())
            .ok()
    };
    bencher.bench_local(|| (check(&leaf, &ca), check(&ca, &anchor.0)));
}

#[divan::bench]
fn find(bencher: Bencher<'_, '_>) {
    let (leaf, ca, anchor) = chain();
    let (others, anchors) = ([ca], [anchor]);
    bencher.bench_local(|| path::find(&leaf, &others, &anchors, noon(), &PathOptions::default()));
}

#[divan::bench]
fn read_and_find(bencher: Bencher<'_, '_>) {
    let (leaf, ca, anchor) = chain();
    let anchors = [anchor];
    bencher.bench_local(|| {
        let leaf = Certificate::from_der(leaf.der()).ok()?;
        let others = [Certificate::from_der(ca.der()).ok()?];
        path::find(&leaf, &others, &anchors, noon(), &PathOptions::default()).ok()
    });
}
