//! Scope aliases: a scope value that stands for a kind of credential, agreed out of band (OpenID4VP draft §5.2).

use std::collections::BTreeSet;

/// Asks for the `LEARCredential` of the DOME document (§3.3.4.3).
pub const LEAR_CREDENTIAL: &str = "dome.credentials.presentation.LEARCredential";
/// Asks for a `LEARCredentialEmployee`, as deployed verifiers of the ecosystem spell it.
pub const LEAR_CREDENTIAL_EMPLOYEE: &str = "dome.credentials.presentation.LEARCredentialEmployee";

/// A scope that stands for no credential here. On the wire: `invalid_scope`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the scope stands for no credential that is known here")]
pub struct UnknownScope;

/// The credential types that a scope asks for. Exactly one scope value is understood: the profile demands a single
/// value that represents one presentation definition.
///
/// # Errors
/// [`UnknownScope`] for anything else, several values in one string included.
pub fn credential_types(scope: &str) -> Result<BTreeSet<String>, UnknownScope> {
    let credential_type = match scope {
        LEAR_CREDENTIAL => "LEARCredential",
        LEAR_CREDENTIAL_EMPLOYEE => "LEARCredentialEmployee",
        _ => return Err(UnknownScope),
    };
    Ok(BTreeSet::from([credential_type.to_owned()]))
}

#[cfg(test)]
mod tests {
    use super::{LEAR_CREDENTIAL, LEAR_CREDENTIAL_EMPLOYEE, UnknownScope, credential_types};

    #[test]
    fn each_alias_asks_for_its_one_type() {
        for (scope, expected) in [
            (LEAR_CREDENTIAL, "LEARCredential"),
            (LEAR_CREDENTIAL_EMPLOYEE, "LEARCredentialEmployee"),
        ] {
            let types = credential_types(scope).expect("a known scope");
            assert_eq!(types.into_iter().collect::<Vec<_>>(), [expected]);
        }
    }

    #[test]
    fn an_unknown_scope_is_refused() {
        for scope in [
            "",
            "openid",
            "dome.credentials.presentation.learcredential",
            "dome.credentials.presentation.LEARCredential dome.credentials.presentation.LEARCredentialEmployee",
            "dome.credentials.presentation.LEARCredential ",
        ] {
            assert_eq!(credential_types(scope), Err(UnknownScope), "{scope:?}");
        }
    }
}
