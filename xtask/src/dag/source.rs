//! What the source of a pure library may not name: files, network, processes, environment, clocks, a runtime.

use crate::sources::{files, read, shipped};
use std::path::Path;

/// Modules of the standard library, and why a pure library has no use for them.
const STANDARD: &[(&str, &str)] = &[
    ("fs", "reads or writes files"),
    ("net", "reaches the network"),
    ("process", "starts or ends processes"),
    ("env", "reads the environment"),
];

/// Names, wherever they stand.
const NAMES: &[(&str, &str)] = &[
    (
        "SystemTime",
        "reads the clock; take `now: Timestamp` as an argument",
    ),
    ("Instant", "reads the clock; take `now: Timestamp` as an argument"),
    ("tokio", "needs a runtime"),
];

/// What is wrong with the sources of the library in `folder`, a line each.
pub(super) fn check(folder: &Path) -> Result<Vec<String>, String> {
    let mut problems = Vec::new();
    for file in files(&folder.join("src"), &["rs"], &["tests"])? {
        let text = read(&file)?;
        let shown = file.strip_prefix(folder).unwrap_or(&file);
        problems.extend(of(&text).into_iter().map(|found| {
            format!(
                "{}/{}: {found}",
                folder.file_name().unwrap_or_default().display(),
                shown.display()
            )
        }));
    }
    Ok(problems)
}

/// What one source names that it may not.
fn of(text: &str) -> Vec<String> {
    let code = shipped(text);
    let mut problems = Vec::new();
    for (module, why) in STANDARD {
        let path = format!("std::{module}");
        let imported = groups(&code).any(|first| first == *module);
        if imported || words(&code, &path) {
            problems.push(format!("std::{module} {why}"));
        }
    }
    for (name, why) in NAMES {
        if words(&code, name) {
            problems.push(format!("{name} {why}"));
        }
    }
    problems
}

/// Whether `name` stands in the code as words of its own.
fn words(code: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(name).any(|(at, _)| {
        let before = code.get(..at).and_then(|before| before.chars().next_back());
        let after = code.get(at + name.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

/// The first names inside of each `std::{…}`.
fn groups(code: &str) -> impl Iterator<Item = String> {
    code.match_indices("std::{").flat_map(|(at, opening)| {
        let mut depth = 1_u32;
        let (mut names, mut name) = (Vec::new(), String::new());
        for c in code.get(at + opening.len()..).unwrap_or_default().chars() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 || (depth == 1 && c == ',') {
                names.push(core::mem::take(&mut name));
            } else {
                name.push(c);
            }
            if depth == 0 {
                break;
            }
        }
        names
            .into_iter()
            .map(|name| name.trim().split("::").next().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    })
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn files_network_processes_environment_clocks_and_runtimes_are_found() {
        for source in [
            "use std::fs;",
            "use std::{collections::BTreeMap, fs::File};",
            "use std::{\n    fmt::{self, Write},\n    env,\n};",
            "let text = std::env::var(\"HOME\");",
            "fn f(_: std::net::TcpStream) {}",
            "std::process::exit(1)",
            "use std::time::{Duration, SystemTime};",
            "let begun = Instant::now();",
            "tokio::spawn(async {});",
            "let url = \"https://a.example\"; std::process::exit(1)",
            "#[cfg(test)]\nmod tests {}\nuse std::fs;",
        ] {
            assert_eq!(of(source).len(), 1, "{source}");
        }
    }

    #[test]
    fn comments_tests_and_longer_names_are_not_meant() {
        for source in [
            "// std::fs is not for us, nor is tokio",
            "use std::{collections::BTreeMap, fmt::{self, fs}};",
            "struct InstantOfSealing; fn tokio_free() {}",
            "fn f() {}\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}",
            "let text = include_str!(\"list.xml\");",
        ] {
            assert_eq!(of(source), Vec::<String>::new(), "{source}");
        }
    }
}
