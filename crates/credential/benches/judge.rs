//! One presentation judged with warm facts, beside the bare signature checks that it needs.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]
#[path = "../tests/goodair/mod.rs"]
mod goodair;

use divan::{Bencher, black_box};
use goodair::{AUDIENCE, NONCE, facts, good, now, presentation_expectations, world};
use procura_credential::{judge, lear::Shape};
use procura_jose::{AlgorithmSet, CompactJws, Understood, json::Limits};

fn main() {
    divan::main();
}

fn vp() -> String {
    world()
        .presentation(&good(Shape::EmployeeV3), NONCE, AUDIENCE, "urn:uuid:1", now())
        .unwrap()
}

#[divan::bench]
fn presentation_judged(bencher: Bencher<'_, '_>) {
    let (vp, expectations, facts) = (vp(), presentation_expectations(), facts());
    goodair::assert_accepted(&goodair::judge_presentation(&vp));
    bencher.bench_local(|| judge::presentation(black_box(&vp), &expectations, &facts, now()));
}

/// P-256: holder, seal, two certificates, the seal of the status list. The signatures of the CRLs were checked when
/// the first presentation was judged by them.
#[divan::bench]
fn five_bare_signature_checks(bencher: Bencher<'_, '_>) {
    let vp = vp();
    let limits = Limits {
        size: 1 << 20,
        depth: 16,
    };
    let jws = CompactJws::parse(&vp, Understood::default(), limits).unwrap();
    let key = world().holder_key().unwrap();
    let allowed: AlgorithmSet = judge::holder_algorithms();
    bencher.bench_local(|| {
        for _ in 0..5 {
            black_box(black_box(&jws).verify(key.public_key(), &allowed)).unwrap();
        }
    });
}
