//! A look into a database's files: what is stored encrypted is not legible there.
use crate::failure::{About, Failure};
use serde_json::Value;
use std::{ffi::OsString, fs, io, path::Path};

/// Texts that are shorter may stand anywhere: the trusted lists, which the wallet stores too, have a `NextUpdate`.
const SHORTEST: usize = 8;
/// What compact JWSs begin with: `{"alg`, `{"typ`, `{"kid` and `{"x5c` in base64url.
const COMPACT_JWS: [&str; 4] = ["eyJhbGci", "eyJ0eXAi", "eyJraWQi", "eyJ4NWMi"];

/// Looks for every text of a mandate, and for any JWS, in a database of SQLite and its write-ahead log.
pub(super) fn shows_nothing_of(mandate: &Value, database: &Path) -> Result<(), Failure> {
    let mut texts = COMPACT_JWS.to_vec();
    collect(mandate, &mut texts);
    let mut log = OsString::from(database);
    log.push("-wal");
    for (file, must_be) in [(database, true), (Path::new(&log), false)] {
        let bytes = match fs::read(file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !must_be => continue,
            Err(error) => return Err(error).about(file.display()),
        };
        if let Some(number) = texts.iter().position(|text| holds(&bytes, text.as_bytes())) {
            let what = if number < COMPACT_JWS.len() {
                "a signed token"
            } else {
                "part of a mandate"
            };
            return Err(Failure::new(format!(
                "{} holds {what} in the clear",
                file.display()
            )));
        }
    }
    Ok(())
}
fn collect<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
    match value {
        Value::String(text) if text.len() >= SHORTEST => into.push(text),
        Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
        Value::Object(members) => members.values().for_each(|member| collect(member, into)),
        _ => {}
    }
}
fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

#[cfg(test)]
mod tests {
    use super::shows_nothing_of;
    use serde_json::json;

    #[test]
    fn what_is_legible_in_the_database_or_its_log_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let (database, log) = (
            folder.path().join("wallet.db"),
            folder.path().join("wallet.db-wal"),
        );
        let mandate = json!({ "mandatee": { "email": "johndoe@goodair.com", "nationality": "ES" } });
        assert!(
            shows_nothing_of(&mandate, &database).is_err(),
            "no database, no proof"
        );
        std::fs::write(&database, b"\x00sealed\xff ES").unwrap();
        assert!(shows_nothing_of(&mandate, &database).is_ok());
        std::fs::write(&log, b"\xffjohndoe@goodair.com\x00").unwrap();
        assert!(shows_nothing_of(&mandate, &database).is_err());
        std::fs::write(&log, b"\xffeyJhbGciOiJFUzI1NiJ9").unwrap();
        assert!(shows_nothing_of(&mandate, &database).is_err());
        std::fs::remove_file(&log).unwrap();
        assert!(shows_nothing_of(&mandate, &database).is_ok());
    }
}
