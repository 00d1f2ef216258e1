//! A world for tests, made once per process: keys cost time.
use jiff::Timestamp;
use procura_sandbox::world::{Origins, Plan, World};
use std::sync::LazyLock;

/// When the test world was made.
pub(crate) fn made_at() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// xorshift64*: repeats itself in every run.
pub(crate) struct Seeded(pub(crate) u64);
impl procura_crypto::Rng for Seeded {
    fn fill(&mut self, out: &mut [u8]) {
        for byte in out {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            *byte = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d).to_be_bytes()[0];
        }
    }
}

pub(crate) fn make() -> World {
    let origins = Origins::loopback([4710, 4711, 4712, 4713, 4714, 4715]).unwrap();
    World::make(
        &Plan {
            origins,
            now: made_at(),
        },
        &mut Seeded(7),
    )
    .unwrap()
}

static WORLD: LazyLock<World> = LazyLock::new(make);

pub(crate) fn world() -> &'static World {
    &WORLD
}
