//! What can go wrong between us and a provider. Nothing that was sent as a secret is in any of these.
use super::{ChainError, CredentialProblem, Secret};
use crate::SignerError;
use core::fmt;
use procura_jose::json::{self, Limits};
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

/// Longest text of a stranger that an error repeats.
const SHOWN: usize = 200;
/// Bounds of an error's JSON.
const LIMITS: Limits = Limits {
    size: 64 * 1024,
    depth: 8,
};

/// A method of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Method {
    /// CSC API v2 §11.1.
    Info,
    /// CSC API v2 §8.4.4.
    Token,
    /// CSC API v2 §11.4.
    CredentialsList,
    /// CSC API v2 §11.5.
    CredentialsInfo,
    /// CSC API v2 §11.6.
    CredentialsAuthorize,
    /// CSC API v2 §11.10.
    SignHash,
    /// CSC API v2 §11.12.
    SignPolling,
}

impl Method {
    /// Its path below the API's base.
    pub fn path(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Token => "oauth2/token",
            Self::CredentialsList => "credentials/list",
            Self::CredentialsInfo => "credentials/info",
            Self::CredentialsAuthorize => "credentials/authorize",
            Self::SignHash => "signatures/signHash",
            Self::SignPolling => "signatures/signPolling",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path())
    }
}

/// Remote signing failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CscError {
    /// The settings cannot be used.
    #[error("remote signing: {0}")]
    Settings(String),
    /// The provider does not offer what is needed.
    #[error("info: {0}")]
    Service(String),
    /// No answer, or the provider says that it cannot answer now.
    #[error("{method}: {reason}{}", if *.may_have_signed { "; the provider may have signed, nothing is released, and it is not asked again" } else { "" })]
    Unavailable {
        /// What was asked.
        method: Method,
        /// Why.
        reason: String,
        /// Whether the request may have reached the provider.
        was_sent: bool,
        /// Whether the provider may have made the signature nevertheless.
        may_have_signed: bool,
    },
    /// The provider refuses.
    #[error("{method}: the provider refuses: {error}")]
    Provider {
        /// What was asked.
        method: Method,
        /// What it says.
        error: ProviderError,
    },
    /// The answer is not what such an answer must be.
    #[error("{method}: the answer cannot be used: {error}")]
    Answer {
        /// What was asked.
        method: Method,
        /// Why.
        error: AnswerError,
    },
    /// The provider waits for a person.
    #[error(
        "credentials/authorize: the provider waits for the approval of a person; use a credential for automated seals"
    )]
    NeedsPerson,
    /// The PIN was sent and brought no authorization. It is not sent again, for wrong PINs lock a credential.
    #[error(
        "the PIN was sent and not accepted ({0}); it is not sent again lest it locks the credential; mend what the \
         provider says, or the PIN file, and restart"
    )]
    Pin(Box<CscError>),
    /// The credential cannot be used.
    #[error("credential {id}: {problem}")]
    Credential {
        /// Its id, made printable.
        id: String,
        /// Why.
        problem: CredentialProblem,
    },
    /// None of the provider's credentials can be used.
    #[error("credentials/list: none of {count} credentials can be used{}", .first.as_ref().map(|f| format!("; the first: {f}")).unwrap_or_default())]
    NoCredential {
        /// How many there are.
        count: usize,
        /// What is wrong with the first.
        first: Option<CredentialProblem>,
    },
    /// Several credentials can be used.
    #[error("credentials/list: several credentials can be used, name one of: {}", .0.join(", "))]
    SeveralCredentials(Vec<String>),
    /// The credential has another certificate than when it was opened.
    #[error("credential {0}: its certificate is another one than at the start; restart to use it")]
    CertificateChanged(String),
    /// What came back does not verify with the credential's certificate.
    #[error("the signature that came back does not verify with the credential's certificate")]
    NotVerified,
}

impl CscError {
    /// Whether a PIN that was to be sent may have been counted by the provider.
    pub(super) fn may_have_tried_pin(&self) -> bool {
        match self {
            Self::Unavailable { method, was_sent, .. } => {
                *method == Method::CredentialsAuthorize && *was_sent
            }
            Self::Provider { method, .. } | Self::Answer { method, .. } => {
                *method == Method::CredentialsAuthorize
            }
            Self::NeedsPerson => true,
            _ => false,
        }
    }
}

impl From<CscError> for SignerError {
    fn from(error: CscError) -> Self {
        match error {
            CscError::NotVerified => Self::NotVerified,
            CscError::Unavailable { .. } => Self::Unavailable(error.to_string()),
            other => Self::Refused(other.to_string()),
        }
    }
}

/// An answer is not what such an answer must be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// Not JSON within its bounds.
    #[error("{0}")]
    Json(String),
    /// A member is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A member is of another type.
    #[error("{member} is not {expected}")]
    Type {
        /// Which.
        member: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// A member has more characters or elements than allowed.
    #[error("{member} is longer than {limit}")]
    TooLong {
        /// Which.
        member: &'static str,
        /// What is allowed.
        limit: usize,
    },
    /// A member says what it cannot say.
    #[error("{member} {problem}")]
    Value {
        /// Which.
        member: &'static str,
        /// What is wrong.
        problem: &'static str,
    },
    /// Another number of signatures than was asked for.
    #[error("{found} signatures where one was asked for")]
    Count {
        /// How many came.
        found: usize,
    },
    /// The certificates are no chain.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// What a provider says when it refuses (CSC API v2 §10.2, RFC 6749 §5.2), shortened and made printable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderError {
    /// HTTP status.
    pub status: u16,
    /// `error`.
    pub code: Option<String>,
    /// `error_description`.
    pub description: Option<String>,
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        if let Some(code) = &self.code {
            write!(f, " {code}")?;
        }
        if let Some(description) = &self.description {
            write!(f, ": {description}")?;
        }
        Ok(())
    }
}

impl ProviderError {
    /// Reads the body of an answer with an error's status. Whatever is not as the standard says is left out.
    pub fn parse(status: u16, body: &[u8]) -> Self {
        Self::parse_without(status, body, &[])
    }

    /// The same, blotting out secrets that a provider may have repeated.
    pub(super) fn parse_without(status: u16, body: &[u8], secrets: &[&Secret]) -> Self {
        let object = json::parse_object(body, LIMITS).unwrap_or_default();
        let text = |name: &str| {
            let text = object.get(name)?.as_str()?;
            Some(printable(&blotted(text, secrets)))
        };
        Self {
            status,
            code: text("error"),
            description: text("error_description"),
        }
    }

    /// Whether the access token was refused. A 401 that names another reason is about that: whoever took it for the
    /// token's would send a refused PIN again.
    pub(super) fn is_of_token(&self) -> bool {
        (self.status == 401 && self.code.as_deref().unwrap_or_default().is_empty()) || self.names_token()
    }

    /// Whether it is said in so many words that the access token was refused.
    pub(super) fn names_token(&self) -> bool {
        self.is(&["invalid_token", "expired_token"])
    }

    /// Whether the signature activation data was refused, and nothing else: the standard tells it by description only.
    pub(super) fn is_of_sad(&self) -> bool {
        self.is(&["invalid_sad", "expired_sad"])
            || self.is_described(&["Invalid parameter SAD", "SAD expired"])
    }

    fn is(&self, codes: &[&str]) -> bool {
        self.code.as_deref().is_some_and(|code| codes.contains(&code))
    }

    /// Whether the description is one of these, and nothing more.
    fn is_described(&self, descriptions: &[&str]) -> bool {
        let description = self.description.as_deref().unwrap_or_default();
        let description = description.trim_end_matches('.');
        descriptions
            .iter()
            .any(|known| known.eq_ignore_ascii_case(description))
    }
}

/// Secrets as they are, and as they stand in the forms and JSON that were sent.
fn blotted(text: &str, secrets: &[&Secret]) -> String {
    let mut out = Zeroizing::new(text.to_owned());
    for secret in secrets
        .iter()
        .map(|secret| secret.expose())
        .filter(|s| !s.is_empty())
    {
        let form = byte_serialize(secret.as_bytes()).collect::<String>();
        let form = Zeroizing::new(form);
        let json = Zeroizing::new(serde_json::to_string(secret).unwrap_or_default());
        for written in [secret, json.trim_matches('"'), &form] {
            out = Zeroizing::new(out.replace(written, "…"));
        }
    }
    out.to_string()
}

/// A stranger's text for people: shortened, and without characters that move, hide or colour what stands beside them.
pub(super) fn printable(text: &str) -> String {
    let shown = |c: char| {
        if c == ' ' || c.is_ascii_graphic() || c.is_alphanumeric() || c == '…' {
            c
        } else {
            char::REPLACEMENT_CHARACTER
        }
    };
    let mut out: String = text.chars().take(SHOWN).map(shown).collect();
    if text.chars().nth(SHOWN).is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(body: &str) -> ProviderError {
        ProviderError::parse(400, body.as_bytes())
    }

    #[test]
    fn strangers_texts_are_shortened_and_made_printable() {
        let long = format!(
            r#"{{"error":"x","error_description":"a\u001b[31m\u202egnp\n{}"}}"#,
            "b".repeat(5000)
        );
        let shown = error(&long).to_string();
        assert!(
            shown.chars().count() < 220 && shown.starts_with("400 x: a\u{fffd}[31m\u{fffd}gnp\u{fffd}b"),
            "{shown}"
        );
    }

    /// Providers answer a refused PIN by 401 as well: it must not be sent again.
    #[test]
    fn a_401_that_names_another_reason_is_not_about_the_token() {
        let of = |body: &str| ProviderError::parse(401, body.as_bytes());
        for body in ["", r#"{"error":"invalid_token"}"#, r#"{"error":"expired_token"}"#] {
            assert!(of(body).is_of_token(), "{body}");
        }
        for code in ["invalid_pin", "invalid_authentication_data", "access_denied"] {
            let error = of(&format!(r#"{{"error":"{code}"}}"#));
            assert!(!error.is_of_token(), "{code}");
        }
    }

    #[test]
    fn what_is_not_an_error_object_is_left_out() {
        for body in [
            "",
            "<p>no",
            "[]",
            r#"{"error":1,"error_description":null}"#,
            r#"{"error":"a","error":"b"}"#,
        ] {
            assert_eq!(error(body).to_string(), "400", "{body}");
        }
    }

    #[test]
    fn a_provider_that_repeats_secrets_does_not_bring_them_into_an_error() {
        let pin = Secret::new("4711");
        let body = br#"{"error":"bad 4711","error_description":"PIN 4711 of 47114711"}"#;
        let error = ProviderError::parse_without(400, body, &[&pin, &Secret::new("")]);
        assert_eq!(error.to_string(), "400 bad …: PIN … of ……");
    }

    #[test]
    fn secrets_are_known_in_the_forms_in_which_they_were_sent() {
        let secret = Secret::new(r#"a "b" & c"#);
        let body = serde_json::json!({
            "error": "access_denied",
            "error_description": r#"client_secret=a+%22b%22+%26+c {"PIN":"a \"b\" & c"} a "b" & c"#
        });
        let error = ProviderError::parse_without(400, body.to_string().as_bytes(), &[&secret]);
        assert_eq!(
            error.to_string(),
            r#"400 access_denied: client_secret=… {"PIN":"…"} …"#
        );
    }

    #[test]
    fn refusals_are_told_apart() {
        let sad = |text: &str| {
            error(&format!(
                r#"{{"error":"invalid_request","error_description":"{text}"}}"#
            ))
            .is_of_sad()
        };
        assert!(sad("SAD expired") && sad("Invalid parameter SAD."));
        assert!(!sad("Hash is not authorized by the SAD") && !sad("Invalid parameter credentialID"));
        assert!(error(r#"{"error":"invalid_token"}"#).is_of_token());
        assert!(!error(r#"{"error":"invalid_request"}"#).is_of_token());
        assert!(ProviderError::parse(401, b"").is_of_token());
    }
}
