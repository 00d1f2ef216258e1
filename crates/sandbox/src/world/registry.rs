//! The registries of the ecosystem: who takes part, and who may issue what. A file that may be edited while the
//! ecosystem runs.
use super::fixtures::{FixtureError, Participation, fixtures};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The content of `registry.toml`.
///
/// ```
/// let registry = procura_sandbox::world::Registry::from_toml(r#"
///     [[participants]]
///     did = "did:elsi:VATES-12345678"
///     name = "GoodAir"
///     active = true
/// "#).unwrap();
/// assert!(registry.participant("did:elsi:VATES-12345678").unwrap().active);
/// assert!(registry.participant("did:elsi:VATES-00000000").is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registry {
    /// Participants of the ecosystem.
    #[serde(default)]
    pub participants: Vec<Participant>,
    /// Issuers of credentials.
    #[serde(default)]
    pub issuers: Vec<RegisteredIssuer>,
}
/// A participant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Participant {
    /// Its DID.
    pub did: String,
    /// Its name.
    pub name: String,
    /// `false`: known, but suspended.
    pub active: bool,
}
/// A registered issuer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisteredIssuer {
    /// Its DID.
    pub did: String,
    /// What it may issue.
    pub credentials: Vec<Permission>,
}
/// Permission to issue a type of credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permission {
    /// The credential type.
    #[serde(rename = "type")]
    pub credential_type: String,
    /// Valid from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Valid to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
}
impl Registry {
    /// What the demo starts with, as `fixtures/organisations/organisations.toml` says.
    ///
    /// # Errors
    /// That file is wrong.
    pub fn initial(from: Timestamp) -> Result<Self, FixtureError> {
        let mut registry = Self {
            participants: Vec::new(),
            issuers: Vec::new(),
        };
        for organisation in fixtures()?.organisations() {
            let Some(identifier) = &organisation.identifier else {
                continue;
            };
            let did = format!("did:elsi:{identifier}");
            if let Some(participation) = organisation.participant {
                registry.participants.push(Participant {
                    did: did.clone(),
                    name: organisation.name.clone(),
                    active: participation == Participation::Active,
                });
            }
            if !organisation.issues.is_empty() {
                let permission = |kind: &String| Permission {
                    credential_type: kind.clone(),
                    from: Some(from),
                    to: None,
                };
                registry.issuers.push(RegisteredIssuer {
                    did,
                    credentials: organisation.issues.iter().map(permission).collect(),
                });
            }
        }
        Ok(registry)
    }
    /// Reads `registry.toml`.
    pub fn from_toml(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }
    /// Writes `registry.toml`.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        toml::to_string_pretty(self)
    }
    /// A participant by DID.
    pub fn participant(&self, did: &str) -> Option<&Participant> {
        self.participants
            .iter()
            .find(|participant| participant.did == did)
    }
    /// An issuer by DID.
    pub fn issuer(&self, did: &str) -> Option<&RegisteredIssuer> {
        self.issuers.iter().find(|issuer| issuer.did == did)
    }
}
