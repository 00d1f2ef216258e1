//! What is sent to the provider and shown to nobody.
use crate::file::{self, FileError};
use core::fmt;
use serde::{Serialize, Serializer};
use std::path::Path;
use zeroize::Zeroizing;

/// A PIN, a client's secret, a token, signature activation data.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Reads a file of mode 0600: its text without the line break at the end.
    ///
    /// # Errors
    /// [`FileError`] names the file.
    pub fn from_file(path: &Path) -> Result<Self, FileError> {
        let text = file::read_secret(path)?;
        let secret = text.trim_end_matches(['\r', '\n']);
        if secret.is_empty() {
            return Err(FileError::Empty {
                path: path.to_owned(),
            });
        }
        Ok(Self::new(secret))
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Says nothing.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// For the one field of a request that carries it.
pub(super) fn exposed<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    secret.expose().serialize(serializer)
}
