//! Serial numbers of tokens: no two are the same, whatever happens in between (RFC 3161 §2.4.2).
use crate::world::{WorldError, folder};
use procura_crypto::{Rng, digest::hexadecimal};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

const FILE: &str = "time-stamp-serials";
/// Numbers that are reserved at once; after a restart those that were not used are left out.
const BLOCK: u64 = 256;

/// A row of serial numbers: a random prefix, so that a row whose file was lost is not begun again, and a counter whose
/// next block is written down before the first number of it is used.
#[derive(Debug)]
pub struct SerialNumbers {
    prefix: [u8; 8],
    next: u64,
    reserved: u64,
    file: Option<PathBuf>,
}

impl SerialNumbers {
    /// The row that is kept in a world's folder; begun where there is none.
    pub fn open(folder: &Path, rng: &mut dyn Rng) -> Result<Self, WorldError> {
        let path = folder.join(FILE);
        let (prefix, next) = match fs::read_to_string(&path) {
            Ok(text) => read(&text).ok_or_else(|| WorldError::Content {
                path: path.clone(),
                reason: "not a prefix and a number".to_owned(),
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => (prefix(rng), 1),
            Err(source) => return Err(WorldError::File { path, source }),
        };
        Ok(Self {
            prefix,
            next,
            reserved: next,
            file: Some(path),
        })
    }

    /// A row that ends with this process.
    pub fn in_memory(rng: &mut dyn Rng) -> Self {
        Self {
            prefix: prefix(rng),
            next: 1,
            reserved: u64::MAX,
            file: None,
        }
    }

    /// The next number: 16 content octets of a positive INTEGER.
    pub(super) fn next(&mut self) -> Result<[u8; 16], WorldError> {
        if self.next >= self.reserved {
            self.reserve()?;
        }
        let number = self.next;
        self.next += 1;
        let mut serial = [0; 16];
        for (to, from) in serial
            .iter_mut()
            .zip(self.prefix.into_iter().chain(number.to_be_bytes()))
        {
            *to = from;
        }
        Ok(serial)
    }

    fn reserve(&mut self) -> Result<(), WorldError> {
        let until = self
            .next
            .checked_add(BLOCK)
            .ok_or(WorldError::Missing("serial number left"))?;
        if let Some(path) = &self.file {
            let text = format!("{} {until}\n", hexadecimal(&self.prefix));
            folder::replace(path, text.as_bytes(), 0o644).map_err(|source| WorldError::File {
                path: path.clone(),
                source,
            })?;
        }
        self.reserved = until;
        Ok(())
    }
}

/// Eight octets that begin a positive number of full length.
fn prefix(rng: &mut dyn Rng) -> [u8; 8] {
    let mut prefix = [0; 8];
    rng.fill(&mut prefix);
    let [first, ..] = &mut prefix;
    *first = 0x40 | (*first & 0x3f);
    prefix
}

fn read(text: &str) -> Option<([u8; 8], u64)> {
    let (prefix, next) = text.trim_end().split_once(' ')?;
    let prefix = u64::from_str_radix(prefix, 16)
        .ok()
        .filter(|_| prefix.len() == 16)?;
    let prefix = prefix.to_be_bytes();
    let [first, ..] = prefix;
    (0x40..0x80)
        .contains(&first)
        .then_some((prefix, next.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use procura_service::SystemRng;
    use std::collections::BTreeSet;

    #[test]
    fn no_number_is_used_twice_whenever_the_authority_is_restarted() {
        let folder = tempfile::tempdir().unwrap();
        let mut seen = BTreeSet::new();
        for used in [1, 0, 3, 256, 257, 1] {
            let mut row = SerialNumbers::open(folder.path(), &mut SystemRng).unwrap();
            for _ in 0..used {
                assert!(seen.insert(row.next().unwrap()));
            }
        }
        assert_eq!(seen.len(), 518);
        let prefixes: BTreeSet<_> = seen.iter().map(|serial| serial[..8].to_vec()).collect();
        assert_eq!(prefixes.len(), 1);
    }

    #[test]
    fn a_row_whose_file_was_lost_is_not_begun_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = SerialNumbers::open(folder.path(), &mut SystemRng).unwrap();
        let serial = first.next().unwrap();
        fs::remove_file(folder.path().join(FILE)).unwrap();
        let mut second = SerialNumbers::open(folder.path(), &mut SystemRng).unwrap();
        assert_ne!(serial, second.next().unwrap());
    }

    #[test]
    fn a_file_that_says_something_else_is_refused() {
        for text in [
            "",
            "4142434445464748",
            "4142434445464748 x",
            "41 7",
            "f142434445464748 7",
        ] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(FILE), text).unwrap();
            let error = SerialNumbers::open(folder.path(), &mut SystemRng).unwrap_err();
            assert!(matches!(error, WorldError::Content { .. }), "{text:?}: {error}");
        }
    }

    #[test]
    fn nothing_is_issued_where_numbers_cannot_be_written_down() {
        let folder = tempfile::tempdir().unwrap();
        let gone = folder.path().join("file");
        fs::write(&gone, "").unwrap();
        let mut row = SerialNumbers {
            prefix: [0x40; 8],
            next: 1,
            reserved: 1,
            file: Some(gone.join(FILE)),
        };
        assert!(matches!(row.next(), Err(WorldError::File { .. })));
    }
}
