#![expect(clippy::unwrap_used, reason = "helpers of tests")]
use procura_crypto::Rng;
use procura_keys::{FileError, KekError, KekRing};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Counts, so that no two keys or nonces are the same.
struct Counter(u8);
impl Rng for Counter {
    fn fill(&mut self, out: &mut [u8]) {
        self.0 += 1;
        out.fill(self.0);
    }
}
fn ring_file() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kek");
    (folder, path)
}
fn with_content(path: &Path, content: &str) -> Result<KekRing, KekError> {
    fs::write(path, content).unwrap();
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    KekRing::open(path)
}
const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[test]
fn a_value_comes_back_under_its_context_only() {
    let ring = KekRing::single("k1", [7; 32]).unwrap();
    let sealed = ring
        .seal_value(&mut Counter(0), "wallet/key/1", b"secret")
        .unwrap();
    assert!(!sealed.windows(6).any(|w| w == b"secret"));
    assert_eq!(
        ring.open_value("wallet/key/1", &sealed).unwrap().as_slice(),
        b"secret"
    );
    assert!(matches!(
        ring.open_value("wallet/key/2", &sealed),
        Err(KekError::Open)
    ));
}

#[test]
fn after_rotation_old_values_open_and_new_ones_use_the_newest_key() {
    let (_folder, path) = ring_file();
    let mut rng = Counter(0);
    let old = KekRing::create(&path, "2026-01", &mut rng).unwrap();
    let before = old.seal_value(&mut rng, "c", b"a").unwrap();
    let rotated = KekRing::rotate(&path, "2026-06", &mut rng).unwrap();
    assert_eq!(rotated.newest(), Some("2026-06"));
    assert_eq!(rotated.open_value("c", &before).unwrap().as_slice(), b"a");
    let after = rotated.seal_value(&mut rng, "c", b"b").unwrap();
    assert!(after[1..].starts_with(b"2026-06"));
    assert!(rotated.is_outdated(&before) && !rotated.is_outdated(&after));
    assert!(matches!(old.open_value("c", &after), Err(KekError::UnknownKey)));
    assert!(matches!(
        KekRing::rotate(&path, "2026-01", &mut rng),
        Err(KekError::Duplicate { .. })
    ));
}

#[test]
fn a_ring_is_kept_while_the_file_has_its_newest_key() {
    let (_folder, path) = ring_file();
    let mut rng = Counter(0);
    let held = KekRing::create(&path, "2026", &mut rng).unwrap();
    held.prove_kept(&path, &mut rng).unwrap();
    KekRing::rotate(&path, "2027", &mut rng).unwrap();
    held.prove_kept(&path, &mut rng).unwrap();
    fs::remove_file(&path).unwrap();
    let lost = held.prove_kept(&path, &mut rng).unwrap_err();
    assert!(matches!(lost, KekError::File(_)), "{lost}");
    // Of the same id, as the restored file of another machine may be.
    KekRing::create(&path, "2026", &mut rng).unwrap();
    let replaced = held.prove_kept(&path, &mut rng).unwrap_err();
    assert!(matches!(replaced, KekError::Open), "{replaced}");
    fs::remove_file(&path).unwrap();
    KekRing::create(&path, "2027", &mut rng).unwrap();
    let forgotten = held.prove_kept(&path, &mut rng).unwrap_err();
    assert!(matches!(forgotten, KekError::UnknownKey), "{forgotten}");
}

#[test]
fn a_value_cannot_be_relabelled_as_of_another_key() {
    let (_folder, path) = ring_file();
    // Two ids, one key: only the binding of the id can tell.
    let ring = with_content(&path, &format!("k1:{KEY}\nk2:{KEY}\n")).unwrap();
    let mut sealed = ring.seal_value(&mut Counter(0), "c", b"a").unwrap();
    sealed[2] = b'1';
    assert!(matches!(ring.open_value("c", &sealed), Err(KekError::Open)));
}

#[test]
fn any_changed_octet_is_refused() {
    let ring = KekRing::single("k1", [7; 32]).unwrap();
    let sealed = ring.seal_value(&mut Counter(0), "c", b"secret").unwrap();
    for index in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[index] ^= 1;
        assert!(ring.open_value("c", &changed).is_err(), "{index}");
        assert!(ring.open_value("c", &sealed[..index]).is_err(), "{index}");
    }
}

#[cfg(unix)]
#[test]
fn a_ring_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, path) = ring_file();
    KekRing::create(&path, "k1", &mut Counter(0)).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(
        KekRing::open(&path),
        Err(KekError::File(FileError::Mode { .. }))
    ));
    assert!(matches!(
        KekRing::rotate(&path, "k2", &mut Counter(1)),
        Err(KekError::File(FileError::Mode { .. }))
    ));
}

#[test]
fn an_existing_ring_is_never_overwritten() {
    let (_folder, path) = ring_file();
    KekRing::create(&path, "k1", &mut Counter(0)).unwrap();
    let before = fs::read(&path).unwrap();
    assert!(KekRing::create(&path, "k2", &mut Counter(1)).is_err());
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn lines_of_another_form_are_named_and_not_told() {
    let (_folder, path) = ring_file();
    for bad in [
        "k1",
        "k1:",
        "k1:AAAA",
        &format!(":{KEY}"),
        &format!("k 1:{KEY}"),
        &format!("k1:{KEY}="),
    ] {
        let error = with_content(&path, &format!("# keys\n\nk0:{KEY}\n{bad}\n")).unwrap_err();
        assert!(
            matches!(error, KekError::Line { line: 4, .. }),
            "{bad}: {error:?}"
        );
        assert!(!error.to_string().contains("AAAA"));
    }
    let twice = with_content(&path, &format!("k1:{KEY}\nk1:{KEY}\n")).unwrap_err();
    assert!(matches!(twice, KekError::Duplicate { line: 2, .. }));
    assert!(matches!(
        with_content(&path, "# none\n").unwrap_err(),
        KekError::Count { count: 0, .. }
    ));
}

#[test]
fn ids_are_short_and_plain() {
    for id in ["", "a b", "a:b", "é", &"x".repeat(33)] {
        assert!(
            matches!(KekRing::single(id, [0; 32]), Err(KekError::Id)),
            "{id:?}"
        );
    }
}

#[test]
fn debug_output_tells_ids_only() {
    assert_eq!(
        format!("{:?}", KekRing::single("k1", [7; 32]).unwrap()),
        r#"["k1"]"#
    );
}
