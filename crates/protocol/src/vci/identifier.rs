//! Credential Issuer Identifiers and the endpoints that follow from them.
use std::collections::BTreeSet;
use url::Url;

/// A Credential Issuer Identifier: a case-sensitive https URL without query and fragment, compared byte by byte.
///
/// Plain http is refused unless its exact origin is listed in `development.origins`.
///
/// ```
/// use procura_protocol::vci::IssuerIdentifier;
/// let issuer = IssuerIdentifier::parse("https://goodair.example/tenant/", &Default::default()).unwrap();
/// assert_eq!(
///     issuer.append("/.well-known/openid-credential-issuer"),
///     "https://goodair.example/tenant/.well-known/openid-credential-issuer",
/// );
/// assert!(IssuerIdentifier::parse("http://goodair.example", &Default::default()).is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(transparent)]
pub struct IssuerIdentifier(String);

/// Why a URL is refused as an identifier or endpoint.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum IdentifierError {
    /// Not an absolute URL with a host, or too long, or with characters that URLs do not have.
    #[error("not a URL with a host")]
    Syntax,
    /// Not https, and not an origin listed in `development.origins`.
    #[error("{0} is neither https nor an origin listed in development.origins")]
    Scheme(String),
    /// User information is refused.
    #[error("a URL with user information is refused")]
    UserInformation,
    /// Query or fragment where none may stand.
    #[error("query or fragment is not allowed here")]
    QueryOrFragment,
}

const LONGEST: usize = 2048;

/// Reads an endpoint URL: https (or a development origin), a host, no user information, no fragment.
pub fn endpoint(text: &str, development_origins: &BTreeSet<String>) -> Result<Url, IdentifierError> {
    if text.len() > LONGEST || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(IdentifierError::Syntax);
    }
    let url = Url::parse(text).map_err(|_| IdentifierError::Syntax)?;
    if url.host_str().is_none_or(str::is_empty) {
        return Err(IdentifierError::Syntax);
    }
    let origin = url.origin().ascii_serialization();
    let development = url.scheme() == "http" && development_origins.contains(&origin);
    if url.scheme() != "https" && !development {
        return Err(IdentifierError::Scheme(origin));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(IdentifierError::UserInformation);
    }
    if text.contains('#') {
        return Err(IdentifierError::QueryOrFragment);
    }
    Ok(url)
}

impl IssuerIdentifier {
    /// Checks and keeps the text as it is.
    pub fn parse(text: &str, development_origins: &BTreeSet<String>) -> Result<Self, IdentifierError> {
        endpoint(text, development_origins)?;
        if text.contains('?') {
            return Err(IdentifierError::QueryOrFragment);
        }
        Ok(Self(text.to_owned()))
    }
    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The identifier without its terminating slash, followed by `path` (which begins with a slash).
    #[must_use]
    pub fn append(&self, path: &str) -> String {
        format!("{}{path}", self.0.strip_suffix('/').unwrap_or(&self.0))
    }
    /// `well_known` inserted between host and path (RFC 8414 §3); without a path the same as [`Self::append`].
    #[must_use]
    pub fn insert(&self, well_known: &str) -> String {
        let scheme_end = self.0.find("://").map_or(0, |at| at + 3);
        let (origin, path) = match self.0.get(scheme_end..).and_then(|rest| rest.find('/')) {
            Some(at) => self.0.split_at(scheme_end + at),
            None => (self.0.as_str(), ""),
        };
        format!("{origin}{well_known}{}", path.strip_suffix('/').unwrap_or(path))
    }
}
impl core::fmt::Display for IssuerIdentifier {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn development() -> BTreeSet<String> {
        BTreeSet::from(["http://127.0.0.1:8101".to_owned()])
    }

    #[test]
    fn plain_http_needs_its_exact_origin_listed() {
        assert!(IssuerIdentifier::parse("http://127.0.0.1:8101", &development()).is_ok());
        for text in [
            "http://127.0.0.1:8102",
            "http://127.0.0.1",
            "http://localhost:8101",
        ] {
            assert!(matches!(
                IssuerIdentifier::parse(text, &development()),
                Err(IdentifierError::Scheme(_))
            ));
        }
    }

    #[test]
    fn identifiers_without_query_fragment_and_user_only() {
        assert!(IssuerIdentifier::parse("https://a.example/x", &development()).is_ok());
        for (text, error) in [
            ("https://a.example/x?", IdentifierError::QueryOrFragment),
            ("https://a.example/x#", IdentifierError::QueryOrFragment),
            ("https://u@a.example/x", IdentifierError::UserInformation),
            ("https://u:p@a.example/x", IdentifierError::UserInformation),
            ("https://a.ex\tample/x", IdentifierError::Syntax),
            ("a.example", IdentifierError::Syntax),
            (
                "ftp://a.example",
                IdentifierError::Scheme("ftp://a.example".into()),
            ),
            ("data:text/plain,a", IdentifierError::Syntax),
        ] {
            assert_eq!(
                IssuerIdentifier::parse(text, &development()),
                Err(error),
                "{text}"
            );
        }
    }

    #[test]
    fn well_known_is_appended_or_inserted() {
        for (identifier, appended, inserted) in [
            (
                "https://a.example",
                "https://a.example/.well-known/x",
                "https://a.example/.well-known/x",
            ),
            (
                "https://a.example/",
                "https://a.example/.well-known/x",
                "https://a.example/.well-known/x",
            ),
            (
                "https://a.example/t",
                "https://a.example/t/.well-known/x",
                "https://a.example/.well-known/x/t",
            ),
            (
                "https://a.example/t/",
                "https://a.example/t/.well-known/x",
                "https://a.example/.well-known/x/t",
            ),
        ] {
            let identifier = IssuerIdentifier::parse(identifier, &development()).unwrap();
            assert_eq!(identifier.append("/.well-known/x"), appended);
            assert_eq!(identifier.insert("/.well-known/x"), inserted);
        }
    }
}
