//! One presentation judged with warm facts, beside the bare signature checks that it needs.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]
#[path = "../tests/goodair/mod.rs"]
mod goodair;

use divan::{Bencher, black_box};
use goodair::{AUDIENCE, NONCE, facts, good, now, presentation_expectations, world};
use procura_credential::{Facts, Fetched, judge, lear::Shape};
use procura_jose::{AlgorithmSet, CompactJws, Understood, json::Limits};
use procura_pki::CertificatePool;

fn main() {
    divan::main();
}

fn vp() -> String {
    world()
        .presentation(&good(Shape::EmployeeV3), NONCE, AUDIENCE, "urn:uuid:1", now())
        .unwrap()
}

/// As a running verifier judges: issuer and status list were met before.
#[divan::bench]
fn presentation_judged(bencher: Bencher<'_, '_>) {
    let (vp, expectations, facts) = (vp(), presentation_expectations(), facts());
    goodair::assert_accepted(&goodair::judge_presentation(&vp));
    bencher.bench_local(|| judge::presentation(black_box(&vp), &expectations, &facts, now()));
}

/// As a verifier judges that met neither issuer nor status list; what it fetched is at hand.
#[divan::bench]
fn presentation_judged_at_first_sight(bencher: Bencher<'_, '_>) {
    let (vp, expectations) = (vp(), presentation_expectations());
    bencher
        .with_inputs(at_first_sight)
        .bench_local_values(|facts| judge::presentation(black_box(&vp), &expectations, &facts, now()));
}

/// Facts of which nothing was kept but the signatures of the CRLs, which are shared by all judgements.
fn at_first_sight() -> Facts {
    let mut facts = facts();
    facts.certificates = CertificatePool::default();
    for fetched in facts.status_lists.values_mut() {
        if let Fetched::Have { value, .. } = fetched {
            *value = value.compact().to_owned().into();
        }
    }
    facts
}

/// P-256: holder and seal. Those of certificates and of the status list were checked when these were first met.
#[divan::bench]
fn two_bare_signature_checks(bencher: Bencher<'_, '_>) {
    bare(bencher, 2);
}

/// P-256: holder, seal, two certificates, the seal of the status list.
#[divan::bench]
fn five_bare_signature_checks(bencher: Bencher<'_, '_>) {
    bare(bencher, 5);
}

fn bare(bencher: Bencher<'_, '_>, checks: usize) {
    let vp = vp();
    let limits = Limits {
        size: 1 << 20,
        depth: 16,
    };
    let jws = CompactJws::parse(&vp, Understood::default(), limits).unwrap();
    let key = world().holder_key().unwrap();
    let allowed: AlgorithmSet = judge::holder_algorithms();
    bencher.bench_local(|| {
        for _ in 0..checks {
            black_box(black_box(&jws).verify(key.public_key(), &allowed)).unwrap();
        }
    });
}
