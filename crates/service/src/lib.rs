//! What every service shares: config, telemetry, guarded client, errors → HTTP, rate limits, shutdown, gathering. SKELETON.
pub mod clock;
pub mod gather;
pub mod guarded;
pub use clock::{Clock, SystemRng};
pub use guarded::{GuardedClient, Purpose};
