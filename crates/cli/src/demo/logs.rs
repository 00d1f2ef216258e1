//! Logs of the demo's services: they are kept, and do not grow for ever.
use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

/// What a log may grow to before it is set aside.
const MOST_BYTES: u64 = 4 << 20;

/// Where the older half of a log is.
pub(super) fn older(log: &Path) -> PathBuf {
    let mut name = OsString::from(log);
    name.push(".1");
    name.into()
}
/// Sets a log aside that has grown too long, in place of the one that was set aside before. Its service goes on writing
/// to the same file, which is emptied and not replaced. Lines of the moment in between may be lost.
pub(super) fn bound(log: &Path) -> io::Result<()> {
    bound_at(log, MOST_BYTES)
}
fn bound_at(log: &Path, most_bytes: u64) -> io::Result<()> {
    match fs::metadata(log) {
        Ok(found) if found.len() <= most_bytes => return Ok(()),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    }
    fs::copy(log, older(log))?;
    fs::OpenOptions::new().write(true).open(log)?.set_len(0)
}

#[cfg(test)]
mod tests {
    use super::{bound_at, older};
    use std::{
        fs::{self, OpenOptions},
        io::Write,
    };

    #[test]
    fn a_log_that_has_grown_too_long_is_set_aside_while_its_service_goes_on_writing() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("portal.log");
        bound_at(&log, 4).unwrap();
        let mut service = OpenOptions::new().create(true).append(true).open(&log).unwrap();
        service.write_all(b"1234").unwrap();
        bound_at(&log, 4).unwrap();
        assert!(!older(&log).exists(), "not too long");
        service.write_all(b"5").unwrap();
        bound_at(&log, 4).unwrap();
        service.write_all(b"6").unwrap();
        assert_eq!(fs::read(older(&log)).unwrap(), b"12345");
        assert_eq!(fs::read(&log).unwrap(), b"6", "no hole at the beginning");
        service.write_all(b"7890").unwrap();
        bound_at(&log, 4).unwrap();
        assert_eq!(fs::read(older(&log)).unwrap(), b"67890", "two files at the most");
    }
}
