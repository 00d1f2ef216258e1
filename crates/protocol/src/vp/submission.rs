//! `presentation_submission` (DIF Presentation Exchange 2.0 §6), as far as the `dome` wire uses it: one entry, for one
//! credential in one JWT presentation.

use super::scope;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Longest path that is looked at, in bytes.
const MAXIMUM_PATH: usize = 256;

/// What stands where in the `vp_token`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresentationSubmission {
    /// Its own identifier.
    pub id: String,
    /// The definition that it answers.
    pub definition_id: String,
    /// One entry for each credential that is presented.
    pub descriptor_map: Vec<Descriptor>,
}

/// Where a credential stands, and in which format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Descriptor {
    /// The input descriptor that it answers; a nested one may leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Claim format designation (`jwt_vp_json`, `jwt_vc_json`, …).
    pub format: String,
    /// `JSONPath` from where the parent points to.
    pub path: String,
    /// What stands inside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_nested: Option<Box<Descriptor>>,
}

/// Why a submission does not describe what this profile presents: one JWT presentation with one JWT credential.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubmissionError {
    /// Not exactly one descriptor.
    #[error("descriptor_map must have exactly one entry, for the one credential that was asked for")]
    Count,
    /// An entry without `id`.
    #[error("the entry of descriptor_map has no id")]
    Id,
    /// An outer path other than `$`: the `vp_token` is one presentation.
    #[error("the entry of descriptor_map has another path than \"$\"")]
    Path,
    /// No `path_nested`, or one within another: the credential stands directly in the presentation.
    #[error("the entry of descriptor_map needs one path_nested, to the credential, and none within that")]
    Nesting,
    /// A format that this profile does not present.
    #[error("the entry of descriptor_map has a format that is not accepted: jwt_vp_json with jwt_vc_json is")]
    Format,
    /// The definition is not the one of what was asked for.
    #[error("definition_id is not that of the request: write the request's scope")]
    Definition,
    /// `path_nested` points to something else, or to nothing.
    #[error("path_nested does not point to the credential: \"$.vp.verifiableCredential[0]\" would")]
    Elsewhere,
}

impl PresentationSubmission {
    /// For one credential, first in one JWT presentation.
    #[must_use]
    pub fn of_one_credential(id: &str, definition_id: &str) -> Self {
        Self {
            id: id.to_owned(),
            definition_id: definition_id.to_owned(),
            descriptor_map: vec![Descriptor {
                id: Some("id_credential".to_owned()),
                format: "jwt_vp_json".to_owned(),
                path: "$".to_owned(),
                path_nested: Some(Box::new(Descriptor {
                    id: None,
                    format: "jwt_vc_json".to_owned(),
                    path: "$.vp.verifiableCredential[0]".to_owned(),
                    path_nested: None,
                })),
            }],
        }
    }

    /// Checks that it has the shape of what this profile presents.
    ///
    /// # Errors
    /// [`SubmissionError`] names the rule.
    pub fn check(&self) -> Result<(), SubmissionError> {
        let [descriptor] = self.descriptor_map.as_slice() else {
            return Err(SubmissionError::Count);
        };
        if descriptor.id.as_deref().is_none_or(str::is_empty) {
            return Err(SubmissionError::Id);
        }
        if descriptor.path != "$" {
            return Err(SubmissionError::Path);
        }
        if !matches!(descriptor.format.as_str(), "jwt_vp_json" | "jwt_vp") {
            return Err(SubmissionError::Format);
        }
        let Some(nested) = descriptor.path_nested.as_deref() else {
            return Err(SubmissionError::Nesting);
        };
        if !matches!(nested.format.as_str(), "jwt_vc_json" | "jwt_vc" | "vc+jwt") {
            return Err(SubmissionError::Format);
        }
        if nested.path_nested.is_some() {
            return Err(SubmissionError::Nesting);
        }
        Ok(())
    }

    /// Checks that it answers a request for `scope` ([`scope::is_definition_of`]).
    ///
    /// # Errors
    /// [`SubmissionError::Definition`].
    pub fn answers(&self, scope: &str) -> Result<(), SubmissionError> {
        if scope::is_definition_of(&self.definition_id, scope) {
            Ok(())
        } else {
            Err(SubmissionError::Definition)
        }
    }

    /// Checks that it points to the credential of a presentation with these `claims`: the one that a judge looks at.
    ///
    /// A path begins at the claims of the JWT (`$.vp.verifiableCredential[0]`) or, as the document and deployed wallets
    /// write it, at the presentation in them (`$.verifiableCredential[0]`). Claims that hold not exactly one credential are
    /// left to the judge, who says so.
    ///
    /// # Errors
    /// [`SubmissionError::Elsewhere`].
    pub fn points_into(&self, claims: &Value) -> Result<(), SubmissionError> {
        let Some(presentation) = claims.get("vp") else {
            return Ok(());
        };
        let presented = match presentation.get("verifiableCredential") {
            Some(Value::Array(credentials)) => match credentials.as_slice() {
                [credential] => credential,
                _ => return Ok(()),
            },
            Some(credential) => credential,
            None => return Ok(()),
        };
        let points_to_it = |descriptor: &Descriptor| {
            let nested = descriptor.path_nested.as_deref();
            nested.is_some_and(|nested| {
                [claims, presentation].into_iter().any(|root| {
                    follow(root, &nested.path).is_some_and(|found| core::ptr::eq(found, presented))
                })
            })
        };
        if self.descriptor_map.iter().all(points_to_it) {
            Ok(())
        } else {
            Err(SubmissionError::Elsewhere)
        }
    }
}

/// What a singular path leads to: `$` and then `.name`, `['name']`, `["name"]` or `[index]` (RFC 9535 §2.3.5.1).
fn follow<'a>(root: &'a Value, path: &str) -> Option<&'a Value> {
    if path.len() > MAXIMUM_PATH {
        return None;
    }
    let mut rest = path.strip_prefix('$')?;
    let mut value = root;
    while !rest.is_empty() {
        if let Some(named) = rest.strip_prefix('.') {
            let end = named.find(['.', '[']).unwrap_or(named.len());
            let (name, behind) = named.split_at_checked(end)?;
            value = value.get(name)?;
            rest = behind;
        } else {
            let (inside, behind) = rest.strip_prefix('[')?.split_once(']')?;
            let quoted = ['\'', '"'].into_iter().find_map(|quote| {
                let name = inside.strip_prefix(quote)?.strip_suffix(quote)?;
                (!name.contains(['\\', quote])).then_some(name)
            });
            value = match quoted {
                Some(name) => value.get(name)?,
                None => value.get(index(inside)?)?,
            };
            rest = behind;
        }
    }
    Some(value)
}

/// Digits only: `parse` would take a sign, too.
fn index(text: &str) -> Option<usize> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::{Descriptor, PresentationSubmission, SubmissionError};
    use crate::vp::scope::{LEAR_CREDENTIAL, LEAR_CREDENTIAL_EMPLOYEE};
    use proptest::prelude::proptest;
    use serde_json::{Value, json};

    fn submission() -> PresentationSubmission {
        PresentationSubmission::of_one_credential(
            "OnboardingPresentationSubmission",
            "OnboardingPresentationDefinition",
        )
    }

    fn refused(
        change: impl FnOnce(&mut PresentationSubmission, &mut Descriptor),
    ) -> Result<(), SubmissionError> {
        let mut submission = submission();
        let mut descriptor = submission.descriptor_map.pop().expect("one entry");
        change(&mut submission, &mut descriptor);
        submission.descriptor_map.push(descriptor);
        submission.check()
    }

    #[test]
    fn what_we_write_has_the_documents_shape_and_is_accepted() {
        assert_eq!(submission().check(), Ok(()));
        insta::assert_json_snapshot!(submission());
    }

    #[test]
    fn the_documents_linked_data_submission_is_read_and_refused_for_its_format() {
        let text = r#"{"definition_id":"d","id":"s","descriptor_map":[{"id":"id_credential","path":"$",
            "format":"ldp_vp","path_nested":{"format":"ldp_vc","path":"$.verifiableCredential[0]"}}]}"#;
        let read: PresentationSubmission = serde_json::from_str(text).expect("its shape is known");
        assert_eq!(read.check(), Err(SubmissionError::Format));
    }

    #[test]
    fn each_rule_refuses_what_breaks_it() {
        assert_eq!(refused(|_, d| d.id = None), Err(SubmissionError::Id));
        assert_eq!(
            refused(|_, d| d.path = "$[0]".to_owned()),
            Err(SubmissionError::Path)
        );
        assert_eq!(
            refused(|_, d| d.format = "ldp_vp".to_owned()),
            Err(SubmissionError::Format)
        );
        assert_eq!(
            refused(|_, d| d.path_nested.as_mut().expect("nested").format = "mso_mdoc".to_owned()),
            Err(SubmissionError::Format)
        );
        assert_eq!(
            refused(|s, d| s.descriptor_map = vec![d.clone()]),
            Err(SubmissionError::Count)
        );
        assert_eq!(
            PresentationSubmission {
                descriptor_map: Vec::new(),
                ..submission()
            }
            .check(),
            Err(SubmissionError::Count)
        );
        assert_eq!(
            refused(|_, d| d.path_nested = None),
            Err(SubmissionError::Nesting)
        );
        assert_eq!(
            refused(|_, d| {
                let nested = d.path_nested.as_mut().expect("nested");
                nested.path_nested = Some(nested.clone());
            }),
            Err(SubmissionError::Nesting)
        );
    }

    #[test]
    fn a_submission_answers_the_scope_of_its_definition() {
        assert_eq!(submission().answers(LEAR_CREDENTIAL), Ok(()));
        assert_eq!(
            submission().answers(LEAR_CREDENTIAL_EMPLOYEE),
            Err(SubmissionError::Definition)
        );
    }

    fn pointing(path: &str, claims: &Value) -> Result<(), SubmissionError> {
        let mut submission = submission();
        for descriptor in &mut submission.descriptor_map {
            descriptor.path_nested.as_mut().expect("nested").path = path.to_owned();
        }
        submission.points_into(claims)
    }

    #[test]
    fn a_path_points_to_the_credential_or_is_refused() {
        let claims = json!({ "iss": "credential", "vp": { "verifiableCredential": ["credential"], "holder": "credential" } });
        for path in [
            "$.vp.verifiableCredential[0]",
            "$.verifiableCredential[0]",
            "$['vp']['verifiableCredential'][0]",
            "$[\"vp\"].verifiableCredential[0]",
        ] {
            assert_eq!(pointing(path, &claims), Ok(()), "{path}");
        }
        let long = format!("${}", ".vp".repeat(1000));
        for path in [
            "",
            "$",
            "$.vp",
            "$.iss",
            "$.vp.holder",
            "$.vp.verifiableCredential",
            "$.vp.verifiableCredential[1]",
            "$.vp.verifiableCredential[*]",
            "$.vp.verifiableCredential[-1]",
            "$.vp.verifiableCredential[+0]",
            "$.vp.verifiableCredential[0",
            "$..verifiableCredential[0]",
            "vp.verifiableCredential[0]",
            &long,
        ] {
            assert_eq!(pointing(path, &claims), Err(SubmissionError::Elsewhere), "{path}");
        }
    }

    #[test]
    fn one_credential_may_stand_without_an_array_and_what_holds_none_is_the_judges() {
        let one = json!({ "vp": { "verifiableCredential": "credential" } });
        assert_eq!(pointing("$.vp.verifiableCredential", &one), Ok(()));
        assert_eq!(
            pointing("$.vp.verifiableCredential[0]", &one),
            Err(SubmissionError::Elsewhere)
        );
        for claims in [
            json!({}),
            json!({ "vp": {} }),
            json!({ "vp": { "verifiableCredential": ["a", "b"] } }),
        ] {
            assert_eq!(pointing("$", &claims), Ok(()));
        }
    }

    proptest! {
        #[test]
        fn any_path_is_followed_or_refused_without_panic(path in ".{0,60}", steps in "(\\$|\\.vp|\\[|\\]|'|\"|0|é){0,20}") {
            let claims = json!({ "vp": { "verifiableCredential": ["credential"] } });
            drop(pointing(&path, &claims));
            drop(pointing(&steps, &claims));
        }
    }
}
