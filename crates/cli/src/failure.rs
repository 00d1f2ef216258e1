//! Why a command failed, for a person at a terminal.

/// A failure in words: what, and where it helps, what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }
    /// `error`, and what it was about.
    pub(crate) fn of(about: impl core::fmt::Display, error: impl core::fmt::Display) -> Self {
        Self(format!("{about}: {error}"))
    }
}
/// Says what an error was about.
pub(crate) trait About<T> {
    fn about(self, about: impl core::fmt::Display) -> Result<T, Failure>;
}
impl<T, E: core::fmt::Display> About<T> for Result<T, E> {
    fn about(self, about: impl core::fmt::Display) -> Result<T, Failure> {
        self.map_err(|error| Failure::of(about, error))
    }
}
