//! The registries of the ecosystem: who takes part, and who may issue what. A file that may be edited while the
//! ecosystem runs.
use super::people::{BADAIR_DID, DOME_DID, GOODAIR_DID};
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
    /// What the demo starts with: GoodAir and DOME onboarding take part, BadAir is suspended.
    pub fn initial(from: Timestamp) -> Self {
        let participant = |did: &str, name: &str, active| Participant {
            did: did.into(),
            name: name.into(),
            active,
        };
        let permission = |kind: &str| Permission {
            credential_type: kind.into(),
            from: Some(from),
            to: None,
        };
        Self {
            participants: vec![
                participant(GOODAIR_DID, "GoodAir", true),
                participant(DOME_DID, "DOME onboarding", true),
                participant(BADAIR_DID, "BadAir", false),
            ],
            issuers: vec![RegisteredIssuer {
                did: GOODAIR_DID.into(),
                credentials: vec![permission("LEARCredential"), permission("LEARCredentialEmployee")],
            }],
        }
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
