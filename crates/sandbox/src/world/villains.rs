//! Villains: each breaks exactly one rule and is refused for that reason (`fixtures/certificates/villains.toml`).
use super::{Lists, Party, World, WorldError, fixtures::fixtures, people, samples::Sample};
use procura_credential::{CheckName, lear::Shape};

/// A credential that must be refused, and why.
#[derive(Clone, Debug)]
pub struct Villain {
    /// Its name, also of its file.
    pub name: &'static str,
    /// The sealed credential.
    pub credential: String,
    /// The one check that refuses it.
    pub expected: CheckName,
    /// Which lists are served to who judges it.
    pub lists: Lists,
}

impl World {
    /// Every villain.
    pub fn villains(&self) -> Result<Vec<Villain>, WorldError> {
        fixtures()?
            .villains
            .iter()
            .zip(100..)
            .map(|(fixture, status_index)| {
                let party = fixture.sealed_with;
                let shape = if party == Party::Employee {
                    Shape::LearCredential
                } else {
                    Shape::EmployeeV3
                };
                let sample = Sample {
                    party,
                    shape,
                    at: people::days_before(self.index().made_at, fixture.sealed_days_ago)?,
                    status_index,
                };
                Ok(Villain {
                    name: &fixture.name,
                    credential: self.credential(sample)?,
                    expected: fixture.refused_by,
                    lists: fixture.lists,
                })
            })
            .collect()
    }
}
