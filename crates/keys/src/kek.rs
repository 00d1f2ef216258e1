//! Versioned key-encryption keys: new values are sealed under the newest, values of older ones can still be opened.
use crate::file::{self, FileError};
use procura_crypto::{Rng, aead::AeadKey};
use procura_jose::base64url;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Longest id of a key.
const MAX_ID: usize = 32;
/// Keys in a ring.
const MAX_KEYS: usize = 64;

/// Key-encryption keys, newest last. A file of mode 0600 with lines `id:base64url32`; blank lines and lines that
/// begin with `#` are skipped.
pub struct KekRing {
    keys: Vec<(String, AeadKey)>,
}

/// Says which keys it has, and nothing of them.
impl core::fmt::Debug for KekRing {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list()
            .entries(self.keys.iter().map(|(id, _)| id))
            .finish()
    }
}

/// A ring cannot be used, or a value cannot be opened; never with key or value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KekError {
    /// The file cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// A line is not `id:base64url32`.
    #[error("{path} line {line}: not a key of the form id:base64url of 32 bytes")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// An id stands twice.
    #[error("{path} line {line}: this id stands twice")]
    Duplicate {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// The file has no key, or too many.
    #[error("{path}: holds {count} keys; from 1 to 64 are needed")]
    Count {
        /// The file.
        path: PathBuf,
        /// How many.
        count: usize,
    },
    /// An id with other characters than letters, digits, `-`, `_`, `.`, or longer than 32.
    #[error("a key's id has 1 to 32 of A-Z a-z 0-9 - _ .")]
    Id,
    /// The value names no key of this ring.
    #[error("the value was sealed under a key that is not in the ring")]
    UnknownKey,
    /// The value was not sealed by this ring for this context.
    #[error("the sealed value cannot be opened")]
    Open,
}

impl KekRing {
    /// A ring of one key in memory (tests, or a key from elsewhere).
    pub fn single(id: &str, key: [u8; 32]) -> Result<Self, KekError> {
        if !is_id(id) {
            return Err(KekError::Id);
        }
        Ok(Self {
            keys: vec![(id.to_owned(), AeadKey::new(key))],
        })
    }

    /// Reads the file.
    pub fn open(path: &Path) -> Result<Self, KekError> {
        let text = file::read_secret(path)?;
        let mut keys: Vec<(String, AeadKey)> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line_number = index + 1;
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let (id, key) = read_line(line).ok_or_else(|| KekError::Line {
                path: path.to_owned(),
                line: line_number,
            })?;
            if keys.iter().any(|(known, _)| *known == id) {
                return Err(KekError::Duplicate {
                    path: path.to_owned(),
                    line: line_number,
                });
            }
            keys.push((id, AeadKey::new(*key)));
        }
        if keys.is_empty() || keys.len() > MAX_KEYS {
            return Err(KekError::Count {
                path: path.to_owned(),
                count: keys.len(),
            });
        }
        Ok(Self { keys })
    }

    /// Makes a file of mode 0600 with one new key; an existing file is never overwritten.
    pub fn create(path: &Path, id: &str, rng: &mut dyn Rng) -> Result<Self, KekError> {
        file::create_secret(path, &new_line(id, rng)?)?;
        Self::open(path)
    }

    /// Appends a new key, which new values are sealed under from then on.
    pub fn rotate(path: &Path, id: &str, rng: &mut dyn Rng) -> Result<Self, KekError> {
        let known = Self::open(path)?;
        if known.keys.iter().any(|(other, _)| other == id) {
            return Err(KekError::Duplicate {
                path: path.to_owned(),
                line: known.keys.len() + 1,
            });
        }
        // A file without a line break at its end must not lend it to the new line.
        let line = Zeroizing::new(format!("\n{}", *new_line(id, rng)?));
        file::append_secret(path, &line)?;
        Self::open(path)
    }

    /// The id of the key that new values are sealed under.
    pub fn newest(&self) -> Option<&str> {
        self.keys.last().map(|(id, _)| id.as_str())
    }

    /// Seals a value under the newest key: length of the id, id, nonce ‖ ciphertext ‖ tag. `context` says what the
    /// value is and where it belongs (`wallet/holder-key/{row}`): with another one it cannot be opened.
    pub fn seal_value(&self, rng: &mut dyn Rng, context: &str, value: &[u8]) -> Result<Vec<u8>, KekError> {
        let (id, key) = self.keys.last().ok_or(KekError::UnknownKey)?;
        let mut out = prefix(id)?;
        let sealed = key.seal(rng, &bound(&out, context), value);
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    /// Opens a value of any key of the ring.
    pub fn open_value(&self, context: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, KekError> {
        let (&length, rest) = sealed.split_first().ok_or(KekError::Open)?;
        let (id, body) = rest.split_at_checked(usize::from(length)).ok_or(KekError::Open)?;
        let (id, key) = self
            .keys
            .iter()
            .find(|(known, _)| known.as_bytes() == id)
            .ok_or(KekError::UnknownKey)?;
        key.open(&bound(&prefix(id)?, context), body)
            .map_err(|_| KekError::Open)
    }

    /// Proves that what this ring seals can be opened by the keys in the file, which the next start and every replica
    /// read: a ring in memory outlives a file that was lost or replaced.
    ///
    /// # Errors
    /// [`KekError::File`], [`KekError::Line`]… where the file cannot be read as a ring, [`KekError::UnknownKey`] or
    /// [`KekError::Open`] where its keys are others.
    pub fn prove_kept(&self, path: &Path, rng: &mut dyn Rng) -> Result<(), KekError> {
        const CONTEXT: &str = "kek/proof";
        let sealed = self.seal_value(rng, CONTEXT, b"")?;
        Self::open(path)?.open_value(CONTEXT, &sealed).map(drop)
    }

    /// Whether a value should be sealed anew, since a newer key exists.
    pub fn is_outdated(&self, sealed: &[u8]) -> bool {
        let newest = self.newest().and_then(|id| prefix(id).ok()).unwrap_or_default();
        !sealed.starts_with(&newest)
    }
}

fn is_id(id: &str) -> bool {
    (1..=MAX_ID).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

fn read_line(line: &str) -> Option<(String, Zeroizing<[u8; 32]>)> {
    let (id, key) = line.split_once(':')?;
    let key = Zeroizing::new(base64url::decode(key.trim_end())?);
    let key: [u8; 32] = key.as_slice().try_into().ok()?;
    is_id(id).then(|| (id.to_owned(), Zeroizing::new(key)))
}

fn new_line(id: &str, rng: &mut dyn Rng) -> Result<Zeroizing<String>, KekError> {
    if !is_id(id) {
        return Err(KekError::Id);
    }
    let mut key = Zeroizing::new([0; 32]);
    rng.fill(key.as_mut_slice());
    let encoded = Zeroizing::new(base64url::encode(key.as_slice()));
    Ok(Zeroizing::new(format!("{id}:{}\n", *encoded)))
}

fn prefix(id: &str) -> Result<Vec<u8>, KekError> {
    let mut out = vec![u8::try_from(id.len()).map_err(|_| KekError::Id)?];
    out.extend_from_slice(id.as_bytes());
    Ok(out)
}

/// The id is bound as well: a value cannot be relabelled.
fn bound(prefix: &[u8], context: &str) -> Vec<u8> {
    [b"procura/kek/1\0", prefix, context.as_bytes()].concat()
}
