//! Scope aliases: a scope value that stands for a kind of credential, agreed out of band (OpenID4VP draft §5.2).

use std::collections::BTreeSet;

/// Asks for the `LEARCredential` of the DOME document (§3.3.4.3).
pub const LEAR_CREDENTIAL: &str = "dome.credentials.presentation.LEARCredential";
/// Asks for a `LEARCredentialEmployee`, as deployed verifiers of the ecosystem spell it.
pub const LEAR_CREDENTIAL_EMPLOYEE: &str = "dome.credentials.presentation.LEARCredentialEmployee";

/// `definition_id` of the document's example, which answers a request for a `LEARCredential` (DOME §3.3.4.5, step 13).
pub const ONBOARDING_DEFINITION: &str = "OnboardingPresentationDefinition";
/// `definition_id` that deployed wallets of the ecosystem write, whichever scope they were asked for.
pub const CUSTOMER_DEFINITION: &str = "CustomerPresentationDefinition";

/// Whether a submission with this `definition_id` answers a request for `scope`.
///
/// A scope stands for a presentation definition, but nothing on this wire says what that one's `id` is. So it is agreed
/// here: the scope value itself, which is what our wallet writes; the name in the document's example, for the scope of the
/// document's example; and the name that deployed wallets write for every scope. Any other answers something else.
#[must_use]
pub fn is_definition_of(definition_id: &str, scope: &str) -> bool {
    definition_id == scope
        || definition_id == CUSTOMER_DEFINITION
        || (scope == LEAR_CREDENTIAL && definition_id == ONBOARDING_DEFINITION)
}

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
    use super::{
        CUSTOMER_DEFINITION, LEAR_CREDENTIAL, LEAR_CREDENTIAL_EMPLOYEE, ONBOARDING_DEFINITION, UnknownScope,
        credential_types, is_definition_of,
    };

    #[test]
    fn a_definition_belongs_to_its_scope() {
        for (definition, lear, employee) in [
            (LEAR_CREDENTIAL, true, false),
            (LEAR_CREDENTIAL_EMPLOYEE, false, true),
            (ONBOARDING_DEFINITION, true, false),
            (CUSTOMER_DEFINITION, true, true),
            ("", false, false),
            ("AnotherPresentationDefinition", false, false),
        ] {
            assert_eq!(
                is_definition_of(definition, LEAR_CREDENTIAL),
                lear,
                "{definition:?}"
            );
            assert_eq!(
                is_definition_of(definition, LEAR_CREDENTIAL_EMPLOYEE),
                employee,
                "{definition:?}"
            );
        }
    }

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
