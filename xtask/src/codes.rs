//! Every stable code stands in `docs/errors.md`, once, and every one that stands there is given by some source.

use crate::{
    run,
    sources::{files, read, shipped},
};
use std::collections::BTreeSet;

const PREFIX: &str = "PRO-";
const DIGITS: usize = 4;
/// Folders of what no user runs.
const NOT_SHIPPED: &[&str] = &["tests", "benches", "examples", "node_modules", "target"];

/// Checks it; the text says what was checked.
pub(crate) fn check() -> Result<String, String> {
    let root = run::root();
    let page = read(&root.join("docs/errors.md"))?;
    let mut given = BTreeSet::new();
    for folder in ["crates", "issuer", "verifier", "wallet-pwa"] {
        for file in files(&root.join(folder), &["rs"], NOT_SHIPPED)? {
            given.extend(codes(&shipped(&read(&file)?)));
        }
        for template in files(&root.join(folder), &["html"], NOT_SHIPPED)? {
            given.extend(codes(&read(&template)?));
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
