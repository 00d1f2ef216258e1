//! What every service shares.
//!
//! | Module | For |
//! |---|---|
//! | [`config`] | one TOML file per service and `PROCURA_…` variables; errors name key and line |
//! | [`telemetry`] | structured logs without personal data |
//! | [`guarded`] | the one outbound HTTP client |
//! | [`shell`] | what stands around a service's routes: limits, headers, request ids, health, metrics |
//! | [`server`] | listeners, TLS, graceful shutdown |
//! | [`underway`] | work that goes on when nobody waits for it, and is waited for at the end |
//! | [`request`] | bearer tokens and media types of requests |
//! | [`error`] | problems (RFC 9457) and OAuth errors (RFC 6749 §5.2) |
//! | [`gather`] | facts for judges: caches, guarded fetches, one deadline, at most four rounds |
//! | [`trust`] | the trusted lists, kept current in the background |
//! | [`clock`] | time and randomness of the machine, to be passed on as arguments |
//!
//! It refuses to fetch from private addresses, to follow redirects across origins, to log what could be a person or a
//! secret, and to start with a configuration that it does not understand completely.
//!
//! ```
//! use procura_service::{GuardedClient, Purpose, guarded::GuardedConfig};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let client = GuardedClient::new(GuardedConfig::default())?;
//! assert!(client.check(Purpose::Protocol, &"https://issuer.example/offer".parse()?).is_ok());
//! assert!(client.check(Purpose::Protocol, &"http://issuer.example/offer".parse()?).is_err());
//! assert!(client.check(Purpose::Protocol, &"https://169.254.169.254/".parse()?).is_err());
//! # Ok(()) }
//! ```
pub mod clock;
pub mod config;
pub mod error;
pub mod gather;
pub mod guarded;
pub mod request;
pub mod server;
pub mod shell;
pub mod telemetry;
pub mod trust;
pub mod underway;

pub use clock::{Clock, SystemClock, SystemRng};
pub use error::{OAuthErrorResponse, Problem};
pub use guarded::{GuardedClient, Purpose};
pub use server::{Listener, Shutdown, serve};
