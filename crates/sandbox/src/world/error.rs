use jiff::Timestamp;
use std::path::PathBuf;

/// Why there is no demo world.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorldError {
    /// A file of `fixtures/` is wrong.
    #[error(transparent)]
    Fixture(#[from] super::FixtureError),
    /// A certificate, CRL or key could not be made.
    #[error("certificate could not be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// A trusted list could not be made.
    #[error("trusted list could not be made: {0}")]
    List(String),
    /// A sample credential could not be made.
    #[error("credential could not be made: {0}")]
    Credential(String),
    /// A point in time outside of what certificates can hold.
    #[error("{0} is not a time that a certificate can hold")]
    Time(Timestamp),
    /// A file of the world cannot be read or written.
    #[error("{path}: {source}; `--fresh` makes a new world")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file of the world does not say what it should.
    #[error("{path}: {reason}; `--fresh` makes a new world")]
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The world lacks something that every world has.
    #[error("the demo world has no {0}; `--fresh` makes a new world")]
    Missing(&'static str),
}
