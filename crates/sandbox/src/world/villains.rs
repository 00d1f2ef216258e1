//! Villains: each breaks exactly one rule and is refused for that reason (`fixtures/certificates/README.md`).
use super::{Lists, Party, World, WorldError, people, samples::Sample};
use jiff::Timestamp;
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

struct Part {
    name: &'static str,
    party: Party,
    expected: CheckName,
    lists: Lists,
}
const fn part(name: &'static str, party: Party, expected: CheckName) -> Part {
    Part {
        name,
        party,
        expected,
        lists: Lists::Current,
    }
}
const CAST: [Part; 10] = [
    part("self-signed-clone", Party::SealClone, CheckName::CertificateChain),
    part("expired", Party::ExpiredSeal, CheckName::CertificateValidity),
    part("revoked", Party::RevokedSeal, CheckName::Revocation),
    part(
        "withdrawn-service",
        Party::WithdrawnServiceSeal,
        CheckName::ServiceStatus,
    ),
    part(
        "signatures-only-service",
        Party::SignaturesServiceSeal,
        CheckName::Qualification,
    ),
    part("other-organisation", Party::BadAirSeal, CheckName::IssuerBinding),
    part("associated-employee", Party::Employee, CheckName::Representation),
    part("plain-tls", Party::Website, CheckName::Qualification),
    Part {
        lists: Lists::ByStranger,
        ..part("strangers-list", Party::GoodAirSeal, CheckName::TrustedLists)
    },
    Part {
        lists: Lists::RolledBack,
        ..part(
            "rolled-back-list",
            Party::WithdrawnServiceSeal,
            CheckName::ServiceStatus,
        )
    },
];

impl World {
    /// Every villain.
    pub fn villains(&self) -> Result<Vec<Villain>, WorldError> {
        CAST.iter()
            .zip(100..)
            .map(|(part, status_index)| {
                let shape = if part.party == Party::Employee {
                    Shape::LearCredential
                } else {
                    Shape::EmployeeV3
                };
                let sample = Sample {
                    party: part.party,
                    shape,
                    at: self.sealed_at(part.party)?,
                    status_index,
                };
                Ok(Villain {
                    name: part.name,
                    credential: self.credential(sample)?,
                    expected: part.expected,
                    lists: part.lists,
                })
            })
            .collect()
    }
    /// The former seal sealed while it was valid: nothing but its expiry is wrong.
    fn sealed_at(&self, party: Party) -> Result<Timestamp, WorldError> {
        let made_at = self.index().made_at;
        if party == Party::ExpiredSeal {
            people::days_before(made_at, 60)
        } else {
            Ok(made_at)
        }
    }
}
