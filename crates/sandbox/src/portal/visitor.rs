//! Whom the portal greets, as the token's credential names them.
use procura_credential::lear::{self, LearError, Power};
use procura_jose::{
    CompactJws, Understood, base64url,
    json::{self, Limits},
};
use procura_keys::{KekError, KekRing};
use procura_protocol::oauth::access_token::TokenError;
use procura_service::SystemRng;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

/// Name, organisation and powers of who signed in. Personal data: `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visitor {
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Name of the organisation that gave the mandate.
    pub organization: String,
    /// Its organizationIdentifier.
    pub organization_identifier: String,
    /// What the mandate allows, one line each.
    pub powers: Vec<String>,
}
impl core::fmt::Debug for Visitor {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Visitor")
    }
}
/// What a session remembers: whom to greet, and what the token said. At rest it is sealed, for its session and no other.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Remembered {
    /// Whom to greet.
    pub(super) visitor: Visitor,
    /// The access token without its signature and without the credential itself: nobody can use it.
    pub(super) access_token: Decoded,
}
/// What a session remembers cannot be sealed or opened; never with any of it.
#[derive(Debug, thiserror::Error)]
pub(super) enum VaultError {
    #[error("what a session remembers: {0}")]
    Kek(#[from] KekError),
    #[error("what a session remembers cannot be read")]
    Content,
}
impl Remembered {
    /// Sealed for the session that began with the state of this digest.
    pub(super) fn seal(&self, vault: &KekRing, state: &[u8]) -> Result<Vec<u8>, VaultError> {
        let text = Zeroizing::new(serde_json::to_vec(self).map_err(|_| VaultError::Content)?);
        Ok(vault.seal_value(&mut SystemRng, &context(state), &text)?)
    }
    /// Opens what [`Remembered::seal`] made for the same session.
    pub(super) fn open(vault: &KekRing, state: &[u8], sealed: &[u8]) -> Result<Self, VaultError> {
        let text = vault.open_value(&context(state), sealed)?;
        serde_json::from_slice(&text).map_err(|_| VaultError::Content)
    }
}
fn context(state: &[u8]) -> String {
    format!("portal/visitor/{}", base64url::encode(state))
}
/// Header and claims of a token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Decoded {
    /// Protected header.
    pub(super) header: Value,
    /// Claims.
    pub(super) claims: Value,
}
impl Decoded {
    /// Of a token that was verified.
    pub(super) fn of(token: &str) -> Result<Self, TokenError> {
        let jws = CompactJws::parse(token, Understood::default(), Limits::default())?;
        let mut claims = json::parse(jws.unverified_payload(), Limits::default())?;
        let credentials = claims
            .get_mut("verifiableCredential")
            .and_then(Value::as_array_mut);
        for credential in credentials.into_iter().flatten() {
            let length = credential.as_str().map_or(0, str::len);
            *credential = Value::from(format!("not kept ({length} characters)"));
        }
        Ok(Self {
            header: Value::Object(jws.header.members),
            claims,
        })
    }
}
impl Visitor {
    /// Reads the `vc` of an access token.
    pub fn of(vc: &Value) -> Result<Self, LearError> {
        let credential = lear::parse(vc)?;
        let mut powers: Vec<_> = credential.powers.iter().map(power).collect();
        powers.extend(credential.roles_and_duties.iter().map(role));
        Ok(Self {
            given_name: credential.given_name,
            family_name: credential.family_name,
            organization: credential.organization,
            organization_identifier: credential.mandator_identifier.as_str().to_owned(),
            powers,
        })
    }
}
/// `Onboarding: Execute (DOME)`.
fn power(power: &Power) -> String {
    format!(
        "{}: {} ({})",
        power.function,
        power.action.join(", "),
        power.domain.join(", ")
    )
}
/// Roles that stand in the credential, else where they are described.
fn role(role: &Value) -> String {
    let text = |name: &str| role.get(name).and_then(Value::as_str);
    let names: Vec<_> = role
        .get("roleNames")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    match (names.is_empty(), text("target"), text("id")) {
        (false, Some(target), _) => format!("{} at {target}", names.join(", ")),
        (false, None, _) => names.join(", "),
        (true, _, Some(id)) => format!("Roles and duties described at {id}"),
        (true, ..) => "Roles and duties of the mandate".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::role;
    use serde_json::json;

    #[test]
    fn roles_are_named_where_the_credential_names_them() {
        let embedded = json!({ "target": "https://bae.example/", "roleNames": ["seller", "customer"] });
        assert_eq!(role(&embedded), "seller, customer at https://bae.example/");
        let referred = json!({ "type": "LEARCredential", "id": "https://dome.example/lear/v1/7" });
        assert_eq!(
            role(&referred),
            "Roles and duties described at https://dome.example/lear/v1/7"
        );
    }
}
