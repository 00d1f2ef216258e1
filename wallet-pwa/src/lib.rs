//! The wallet: an employee's credentials, each under a did:key of its own.
//!
//! It receives credentials (OpenID4VCI, `dome` wire profile) and judges them before it keeps them: seal, chain to the
//! trusted lists, did:elsi, type, status, and that they are for the key that was made for them. It answers
//! authorization requests (OpenID4VP) after it has proven who asks: the seal is that of the `client_id`, and the
//! relying party is a participant of the ecosystem.
//!
//! It refuses: to start without key-encryption keys, to fetch from addresses that are not public, to keep what is not
//! proven, to follow a scanned link twice, to show a request object again that was shown, to answer a login twice, to
//! answer a stranger. Pages and passkeys come later; so far sessions are opaque tokens that an invitation opens, and
//! requests by presentation definition are refused as unsupported.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let config: procura_wallet::Config =
//!     procura_service::config::load("wallet.toml".as_ref(), "PROCURA_WALLET_")?;
//! procura_wallet::run(config).await?;
//! # Ok(()) }
//! ```

mod accounts;
mod api;
pub mod config;
pub mod error;
mod holding;
mod receipt;
mod request;
mod resources;
mod run;

pub use accounts::invite;
pub use api::{openapi, router};
pub use config::Config;
pub use error::WalletError;
pub use resources::{Resources, Time, Vault, World};
pub use run::{StartError, Wallet, run};
