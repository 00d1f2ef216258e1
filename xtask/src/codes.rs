//! Every stable code stands in `docs/errors.md`, once, and every one that stands there is given by some source.

use crate::run;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const PREFIX: &str = "PRO-";
const DIGITS: usize = 4;

/// Checks it; the text says what was checked.
pub(crate) fn check() -> Result<String, String> {
    let root = run::root();
    let page = read(&root.join("docs/errors.md"))?;
    let mut given = BTreeSet::new();
    for folder in ["crates", "issuer", "verifier", "wallet-pwa"] {
        for file in sources(&root.join(folder))? {
            given.extend(codes(&shipped(&read(&file)?)));
        }
    }
    let problems = differences(&given, &rows(&page));
    if problems.is_empty() {
        Ok(format!("{} codes, each documented once", given.len()))
    } else {
        Err(problems.join("\n"))
    }
}

fn differences(given: &BTreeSet<String>, documented: &[String]) -> Vec<String> {
    let known: BTreeSet<String> = documented.iter().cloned().collect();
    let mut problems: Vec<String> = given
        .difference(&known)
        .map(|code| format!("{code} has no row in docs/errors.md: say what causes and what mends it"))
        .collect();
    problems.extend(
        known
            .difference(given)
            .map(|code| format!("{code} stands in docs/errors.md and is given by no source")),
    );
    let mut seen = BTreeSet::new();
    problems.extend(
        documented
            .iter()
            .filter(|code| !seen.insert(*code))
            .map(|code| format!("{code} has two rows in docs/errors.md")),
    );
    problems
}

/// Codes of the rows of tables.
fn rows(page: &str) -> Vec<String> {
    page.lines()
        .filter_map(|line| line.strip_prefix("| "))
        .filter(|row| row.starts_with(PREFIX))
        .filter_map(|row| codes(row).into_iter().next())
        .collect()
}

/// Codes in a text, in order.
fn codes(text: &str) -> Vec<String> {
    text.match_indices(PREFIX)
        .filter_map(|(at, prefix)| {
            let digits = text.get(at + prefix.len()..)?.get(..DIGITS)?;
            digits
                .bytes()
                .all(|digit| digit.is_ascii_digit())
                .then(|| format!("{prefix}{digits}"))
        })
        .collect()
}

/// A source without comments and without its tests, which are last in every file.
fn shipped(text: &str) -> String {
    text.lines()
        .take_while(|line| line.trim() != "#[cfg(test)]")
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Sources and templates of what is shipped: no tests, no benchmarks.
fn sources(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let listed = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in listed {
        let path = entry
            .map_err(|error| format!("{}: {error}", folder.display()))?
            .path();
        let name = path.file_stem().unwrap_or_default();
        if ["tests", "benches", "examples", "node_modules", "target"]
            .iter()
            .any(|left_out| name == *left_out)
        {
            continue;
        }
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if path
            .extension()
            .is_some_and(|kind| kind == "rs" || kind == "html")
        {
            found.push(path);
        }
    }
    Ok(found)
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::{check, codes, differences, rows};

    #[test]
    fn every_code_is_documented_once_and_none_is_stale() {
        assert_eq!(check().map(drop), Ok(()));
    }

    #[test]
    fn a_code_that_is_missing_stale_or_doubled_is_told() {
        let given = codes("PRO-2001 and PRO-2002, not PRO-20").into_iter().collect();
        let page = "| PRO-2001 | x, see PRO-2002 |\n| PRO-2001 | y |\n| PRO-2003 | z |\nPRO-2002\n";
        let told = differences(&given, &rows(page));
        let about: Vec<_> = told.iter().filter_map(|problem| problem.get(..8)).collect();
        assert_eq!(about, ["PRO-2002", "PRO-2003", "PRO-2001"], "{told:?}");
    }
}
