//! `presentation_submission` (DIF Presentation Exchange 2.0 §6), as far as the `dome` wire uses it.

use serde::{Deserialize, Serialize};

/// Deepest `path_nested` that is looked at.
const MAXIMUM_DEPTH: usize = 4;
/// Most descriptors.
const MAXIMUM_DESCRIPTORS: usize = 16;

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

/// Why a submission does not describe what this profile presents: one JWT presentation with JWT credentials.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubmissionError {
    /// Not one to sixteen descriptors.
    #[error("descriptor_map must have 1 to 16 entries")]
    Count,
    /// An entry without `id`.
    #[error("an entry of descriptor_map has no id")]
    Id,
    /// Nested too deeply.
    #[error("path_nested is nested too deeply")]
    Depth,
    /// An outer path other than `$`: the `vp_token` is one presentation.
    #[error("an entry of descriptor_map has another path than \"$\"")]
    Path,
    /// A format that this profile does not present.
    #[error("an entry of descriptor_map has a format that is not accepted: jwt_vp_json with jwt_vc_json is")]
    Format,
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

    /// Checks that it describes what this profile presents. What the `vp_token` really holds is for the judge: a
    /// submission is a signpost and proves nothing.
    ///
    /// # Errors
    /// [`SubmissionError`] names the rule.
    pub fn check(&self) -> Result<(), SubmissionError> {
        if self.descriptor_map.is_empty() || self.descriptor_map.len() > MAXIMUM_DESCRIPTORS {
            return Err(SubmissionError::Count);
        }
        for descriptor in &self.descriptor_map {
            if descriptor.id.as_deref().is_none_or(str::is_empty) {
                return Err(SubmissionError::Id);
            }
            if descriptor.path != "$" {
                return Err(SubmissionError::Path);
            }
            if !matches!(descriptor.format.as_str(), "jwt_vp_json" | "jwt_vp") {
                return Err(SubmissionError::Format);
            }
            let mut nested = descriptor.path_nested.as_deref();
            for depth in 0.. {
                let Some(inner) = nested else { break };
                if depth >= MAXIMUM_DEPTH {
                    return Err(SubmissionError::Depth);
                }
                if !matches!(inner.format.as_str(), "jwt_vc_json" | "jwt_vc" | "vc+jwt") {
                    return Err(SubmissionError::Format);
                }
                nested = inner.path_nested.as_deref();
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Descriptor, PresentationSubmission, SubmissionError};

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
            refused(|s, d| s.descriptor_map = vec![d.clone(); 16]),
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
            refused(|_, d| {
                for _ in 0..5 {
                    let inner = d.path_nested.take().expect("nested");
                    d.path_nested = Some(Box::new(Descriptor {
                        path_nested: Some(inner.clone()),
                        ..*inner
                    }));
                }
            }),
            Err(SubmissionError::Depth)
        );
    }
}
