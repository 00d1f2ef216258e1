//! Where a command writes: whole or not at all, and over nothing that it was not told to replace.
use crate::{
    failure::{About, Failure},
    output::say,
};
use procura_crypto::random;
use procura_service::SystemRng;
use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// Random bytes in the name of a file that is not whole yet.
const NAME_BYTES: usize = 9;

/// Standard output, or a file.
#[derive(Debug)]
pub(super) struct Destination(Option<Target>);

#[derive(Debug)]
struct Target {
    path: PathBuf,
    /// What stands there and is replaced.
    replaced: Option<Metadata>,
    /// Whether what stands there may be replaced.
    force: bool,
}

impl Destination {
    /// Asked before there is any work: whoever pays for a time-stamp has a place for it. `inputs` are what the command
    /// reads; none of them is written over.
    pub(super) fn new(out: Option<&Path>, force: bool, inputs: &[&Path]) -> Result<Self, Failure> {
        let Some(out) = out else {
            return Ok(Self(None));
        };
        let name = out.display();
        let replaced = existing(out)?;
        if let Some(there) = &replaced {
            if inputs.iter().any(|input| is_same(input, there)) {
                return Err(Failure::new(format!(
                    "{name}: is what is read, and stays as it is"
                )));
            }
            if !force {
                return Err(Failure::new(format!(
                    "{name}: is there already, and stays as it is; replace it with --force"
                )));
            }
        }
        Ok(Self(Some(Target {
            path: out.to_owned(),
            replaced,
            force,
        })))
    }

    /// The file that was read takes what comes of it.
    pub(super) fn in_place(file: &Path) -> Result<Self, Failure> {
        let name = file.display();
        let replaced =
            existing(file)?.ok_or_else(|| Failure::new(format!("{name}: is no file to replace")))?;
        Ok(Self(Some(Target {
            path: file.to_owned(),
            replaced: Some(replaced),
            force: true,
        })))
    }

    pub(super) fn write(self, text: &str) -> Result<(), Failure> {
        match self.0 {
            None => say(text),
            Some(target) => target.write(text).about(target.path.display()),
        }
    }
}

/// What stands there: nothing, or a file; devices and folders are never replaced.
fn existing(path: &Path) -> Result<Option<Metadata>, Failure> {
    match fs::metadata(path) {
        Ok(there) if there.is_file() => Ok(Some(there)),
        Ok(_) => Err(Failure::new(format!(
            "{}: is no file; without --out the document goes to standard output",
            path.display()
        ))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::of(path.display(), error)),
    }
}

/// By whatever names and links.
fn is_same(input: &Path, there: &Metadata) -> bool {
    fs::metadata(input).is_ok_and(|input| (input.dev(), input.ino()) == (there.dev(), there.ino()))
}

impl Target {
    /// Beside it first, and on the disk: whoever looks sees the old text or the new, also after a power cut.
    fn write(&self, text: &str) -> std::io::Result<()> {
        // A link stays one; what it leads to is replaced.
        let path = match &self.replaced {
            Some(_) => fs::canonicalize(&self.path)?,
            None => self.path.clone(),
        };
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let beside = Beside(folder.join(format!(".{}.part", random::token(&mut SystemRng, NAME_BYTES))));
        let mut file = OpenOptions::new().write(true).create_new(true).open(&beside.0)?;
        if let Some(there) = &self.replaced {
            file.set_permissions(there.permissions())?;
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        if self.force {
            fs::rename(&beside.0, &path)?;
        } else {
            // Unlike a renaming, it fails where something has come there meanwhile.
            match fs::hard_link(&beside.0, &path) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                    // File systems without links: the name is taken first.
                    OpenOptions::new().write(true).create_new(true).open(&path)?;
                    let taken = Beside(path.clone());
                    fs::rename(&beside.0, &path)?;
                    core::mem::forget(taken);
                }
                linked => linked?,
            }
        }
        File::open(folder)?.sync_all()
    }
}

/// A file that is gone in the end, unless it was renamed.
struct Beside(PathBuf);
impl Drop for Beside {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    struct Folder(tempfile::TempDir);
    impl Folder {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }
        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }
        fn with(&self, name: &str, text: &str) -> PathBuf {
            fs::write(self.path(name), text).unwrap();
            self.path(name)
        }
        fn names(&self) -> Vec<String> {
            let mut names: Vec<_> = fs::read_dir(self.0.path())
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            names
        }
    }
    fn refused(out: &Path, force: bool, inputs: &[&Path]) -> String {
        Destination::new(Some(out), force, inputs)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_new_file_is_written_and_nothing_is_left_beside_it() {
        let folder = Folder::new();
        let out = folder.path("out.json");
        let destination = Destination::new(Some(&out), false, &[]).unwrap();
        destination.write("new").unwrap();
        assert_eq!(fs::read_to_string(out).unwrap(), "new");
        assert_eq!(folder.names(), ["out.json"]);
    }

    #[test]
    fn a_file_that_is_there_stays_unless_it_may_be_replaced() {
        let folder = Folder::new();
        let out = folder.with("out.json", "old");
        assert!(refused(&out, false, &[]).contains("--force"));
        fs::set_permissions(&out, fs::Permissions::from_mode(0o600)).unwrap();
        Destination::new(Some(&out), true, &[])
            .unwrap()
            .write("new")
            .unwrap();
        assert_eq!(fs::read_to_string(&out).unwrap(), "new");
        assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(folder.names(), ["out.json"]);
    }

    #[test]
    fn a_file_that_came_meanwhile_stays() {
        let folder = Folder::new();
        let out = folder.path("out.json");
        let destination = Destination::new(Some(&out), false, &[]).unwrap();
        folder.with("out.json", "of somebody else");
        assert!(
            destination
                .write("new")
                .unwrap_err()
                .to_string()
                .contains("exists")
        );
        assert_eq!(fs::read_to_string(&out).unwrap(), "of somebody else");
        assert_eq!(folder.names(), ["out.json"]);
    }

    #[test]
    fn what_is_read_is_not_written_over_by_any_of_its_names() {
        let folder = Folder::new();
        let input = folder.with("in.json", "old");
        let link = folder.path("link.json");
        std::os::unix::fs::symlink(&input, &link).unwrap();
        for out in [&input, &link] {
            assert!(refused(out, true, &[&input]).contains("is what is read"));
        }
        // Unless it is asked for; a link stays a link.
        Destination::in_place(&link).unwrap().write("new").unwrap();
        assert_eq!(fs::read_to_string(&input).unwrap(), "new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(folder.names(), ["in.json", "link.json"]);
    }

    #[test]
    fn neither_devices_nor_folders_are_replaced() {
        let folder = Folder::new();
        for out in [Path::new("/dev/null"), folder.0.path()] {
            assert!(refused(out, true, &[]).contains("is no file"));
        }
        assert!(Destination::in_place(Path::new("-")).is_err());
    }
}
