//! Reading the project's own sources: which files are shipped, and what of a file is neither comment nor test.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A test's item is behind it.
const TEST: &str = "#[cfg(test)]";

/// The text of a file.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Files of these kinds (`rs`, `html`) in a folder and in those below, sorted; neither folders that are left out, nor
/// `tests.rs`, which is compiled for tests only.
pub(crate) fn files(folder: &Path, kinds: &[&str], left_out: &[&str]) -> Result<Vec<PathBuf>, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let named = |name: Option<&std::ffi::OsStr>, names: &[&str]| {
        name.is_some_and(|name| names.iter().any(|one| name == *one))
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            if !named(path.file_name(), left_out) {
                found.extend(files(&path, kinds, left_out)?);
            }
        } else if named(path.extension(), kinds) && !named(path.file_name(), &["tests.rs"]) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// A Rust source without comments and without the items behind `#[cfg(test)]`, wherever they stand.
pub(crate) fn shipped(text: &str) -> String {
    let code = uncommented(text);
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some((c, _)) = code.get(at) {
        if begins_test(&code, at) {
            at = end_of_item(&code, at + TEST.len());
        } else {
            out.push(*c);
            at += 1;
        }
    }
    out
}

/// What a character belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Code,
    /// A string or a character.
    Literal,
}

fn begins_test(code: &[(char, Kind)], at: usize) -> bool {
    let mut here = code.get(at..).unwrap_or_default().iter();
    TEST.chars().all(|c| here.next() == Some(&(c, Kind::Code)))
}

/// Where the item that begins at `at` ends: behind its semicolon or its last brace, at a comma (a field, an arm), or in
/// front of the brace that ends what is around it.
fn end_of_item(code: &[(char, Kind)], at: usize) -> usize {
    let mut depth = 0_usize;
    for (index, (c, kind)) in code.iter().enumerate().skip(at) {
        if *kind == Kind::Literal {
            continue;
        }
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => return index,
            '}' if depth == 1 => return index + 1,
            ')' | ']' | '}' => depth -= 1,
            ';' | ',' if depth == 0 => return index + 1,
            _ => {}
        }
    }
    code.len()
}

/// Each character that is in no comment, and what it belongs to.
fn uncommented(text: &str) -> Vec<(char, Kind)> {
    let text: Vec<char> = text.chars().collect();
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (length, kind) = match rest {
            ['/', '/', ..] => (until(rest, 2, |rest| rest.starts_with(&['\n']), 0), None),
            ['/', '*', ..] => (block(rest), None),
            ['"', ..] => (string(rest, 1), Some(Kind::Literal)),
            ['\'', '\\', ..] => (
                until(rest, 3, |rest| rest.starts_with(&['\'']), 1),
                Some(Kind::Literal),
            ),
            ['\'', _, '\'', ..] => (3, Some(Kind::Literal)),
            ['r', ..] if !follows_name(&text, at) => raw(rest),
            _ => (1, Some(Kind::Code)),
        };
        if let Some(kind) = kind {
            out.extend(rest.iter().take(length).map(|c| (*c, kind)));
        }
        at += length;
    }
    out
}

/// Whether what stands at `at` goes on with a name; a `b` or `c` alone, as in front of a raw string, is none.
fn follows_name(text: &[char], at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let name: Vec<char> = before
        .iter()
        .rev()
        .take_while(|c| c.is_alphanumeric() || **c == '_')
        .take(2)
        .copied()
        .collect();
    !matches!(name.as_slice(), [] | ['b' | 'c'])
}

/// How much stands until `end` holds, looked for from `from`, and `more` behind.
fn until(text: &[char], from: usize, end: impl Fn(&[char]) -> bool, more: usize) -> usize {
    (from..text.len())
        .find(|at| text.get(*at..).is_some_and(&end))
        .map_or(text.len(), |at| at + more)
}

/// The length of a comment `/* … */`, which may hold others.
fn block(text: &[char]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        match rest {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] if depth == 1 => return at + 2,
            ['*', '/', ..] => (depth, at) = (depth.saturating_sub(1), at + 2),
            _ => at += 1,
        }
    }
    text.len()
}

/// The length of a string of which `from` characters are its beginning.
fn string(text: &[char], from: usize) -> usize {
    let mut at = from;
    while let Some(c) = text.get(at) {
        match c {
            '"' => return at + 1,
            '\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

/// A raw string, or the `r` of something else.
fn raw(text: &[char]) -> (usize, Option<Kind>) {
    let hashes = text.iter().skip(1).take_while(|c| **c == '#').count();
    if text.get(hashes + 1) != Some(&'"') {
        return (1, Some(Kind::Code));
    }
    let ends = |rest: &[char]| {
        rest.first() == Some(&'"')
            && rest.iter().skip(1).take(hashes).filter(|c| **c == '#').count() == hashes
    };
    (until(text, hashes + 2, ends, hashes + 1), Some(Kind::Literal))
}

#[cfg(test)]
mod tests {
    use super::{files, shipped};

    #[test]
    fn comments_go_and_what_looks_like_one_in_a_literal_stays() {
        for (source, left) in [
            ("a // b\nc", "a \nc"),
            ("/// b\nc", "\nc"),
            ("a /* b /* c */ d */ e", "a  e"),
            (
                r#"let url = "https://a.example"; tokio"#,
                r#"let url = "https://a.example"; tokio"#,
            ),
            (r#""\"// a" b // c"#, r#""\"// a" b "#),
            ("r#\"a \" // b\"# c // d", "r#\"a \" // b\"# c "),
            ("br\"\\\" c // d", "br\"\\\" c "),
            ("'\"' a // b", "'\"' a "),
            ("'\\'' a // b", "'\\'' a "),
            ("fn f<'a>(s: &'a str) {} // b", "fn f<'a>(s: &'a str) {} "),
            ("r#fn // b", "r#fn "),
            ("bar\"a // b\"", "bar\"a // b\""),
        ] {
            assert_eq!(shipped(source), left, "{source}");
        }
    }

    #[test]
    fn tests_go_wherever_they_stand_and_what_is_behind_them_stays() {
        for (source, left) in [
            ("a\n#[cfg(test)]\nmod tests { fn f() { x } }\nb", "a\n\nb"),
            ("#[cfg(test)]\nmod tests;\nb", "\nb"),
            ("#[cfg(test)]\n#[derive(A, B)]\nstruct S(u8, u8);\nb", "\nb"),
            ("#[cfg(test)]\nconst A: [u8; 2] = [0; 2];\nb", "\nb"),
            ("#[cfg(test)]\nfn f() { \"}\"; '}' }\nb", "\nb"),
            ("struct S { #[cfg(test)] a: u8, b: u8 }", "struct S {  b: u8 }"),
            ("struct S { b: u8, #[cfg(test)] a: u8 }", "struct S { b: u8, }"),
            ("\"#[cfg(test)]\" b", "\"#[cfg(test)]\" b"),
            ("// #[cfg(test)]\nb", "\nb"),
        ] {
            assert_eq!(shipped(source), left, "{source}");
        }
    }

    #[test]
    fn files_of_tests_and_folders_that_are_left_out_are_not_found() {
        let root = crate::run::root().join("xtask");
        let found = files(&root, &["rs"], &["dag"]).unwrap_or_default();
        assert!(found.contains(&root.join("src/sources.rs")));
        assert!(found.iter().all(|file| !file.starts_with(root.join("src/dag"))));
        let found = files(&root, &["toml"], &[]).unwrap_or_default();
        assert_eq!(found, [root.join("Cargo.toml")]);
        assert!(files(&root.join("nowhere"), &["rs"], &[]).is_err());
    }
}
