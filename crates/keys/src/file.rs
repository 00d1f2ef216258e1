//! Secrets in files: readable by their owner only.
use std::{
    fs::{File, OpenOptions},
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// No key file is larger.
const MAX_SIZE: u64 = 256 * 1024;

/// A file cannot be used; names the file and the mend, never its content.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// It cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Others than the owner may read or write it.
    #[error("{path}: mode {mode:o} lets others read this secret; run chmod 600 on it")]
    Mode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Larger than any key file.
    #[error("{path}: larger than 256 KiB")]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// Holds nothing.
    #[error("{path}: is empty")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// Not text.
    #[error("{path}: not a text file")]
    NotText {
        /// The file.
        path: PathBuf,
    },
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> FileError {
    let path = path.to_owned();
    move |source| FileError::Io { path, source }
}

/// Reads a secret text file after its mode was checked on the open file.
pub(crate) fn read_secret(path: &Path) -> Result<Zeroizing<String>, FileError> {
    text(path, &read_secret_bytes(path)?)
}

/// Reads a secret file after its mode was checked on the open file.
pub(crate) fn read_secret_bytes(path: &Path) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let file = File::open(path).map_err(io(path))?;
    check_mode(path, &file)?;
    read(path, file)
}

/// Reads a password or PIN from a secret text file: without the one line break that editors put at the end.
pub(crate) fn read_password(path: &Path) -> Result<Zeroizing<String>, FileError> {
    let content = read_secret(path)?;
    let password = content.strip_suffix('\n').unwrap_or(&content);
    let password = password.strip_suffix('\r').unwrap_or(password);
    Ok(Zeroizing::new(password.to_owned()))
}

/// Reads a public text file.
pub(crate) fn read_public(path: &Path) -> Result<Zeroizing<String>, FileError> {
    text(path, &read(path, File::open(path).map_err(io(path))?)?)
}

fn text(path: &Path, bytes: &[u8]) -> Result<Zeroizing<String>, FileError> {
    core::str::from_utf8(bytes)
        .map(|text| Zeroizing::new(text.to_owned()))
        .map_err(|_| FileError::NotText {
            path: path.to_owned(),
        })
}

fn read(path: &Path, file: File) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let length = file.metadata().map_err(io(path))?.len();
    if length > MAX_SIZE {
        return Err(FileError::TooLarge {
            path: path.to_owned(),
        });
    }
    // As large as the file, so that no reallocation leaves a copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(
        usize::try_from(length).unwrap_or_default() + 1,
    ));
    file.take(MAX_SIZE).read_to_end(&mut bytes).map_err(io(path))?;
    Ok(bytes)
}

/// Creates a file of mode 0600; an existing one is never overwritten.
pub(crate) fn create_secret(path: &Path, content: &str) -> Result<(), FileError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(io(path))?;
    file.write_all(content.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(io(path))
}

/// Appends to a secret file of proper mode.
pub(crate) fn append_secret(path: &Path, content: &str) -> Result<(), FileError> {
    let mut file = OpenOptions::new().append(true).open(path).map_err(io(path))?;
    check_mode(path, &file)?;
    file.write_all(content.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(io(path))
}

#[cfg(unix)]
fn check_mode(path: &Path, file: &File) -> Result<(), FileError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = file.metadata().map_err(io(path))?.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(FileError::Mode {
            path: path.to_owned(),
            mode,
        });
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_mode(_path: &Path, _file: &File) -> Result<(), FileError> {
    Ok(())
}
