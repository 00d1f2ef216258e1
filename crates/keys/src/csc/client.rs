//! Asking a provider: who we are, each request once, answers within their bounds.
use super::{
    AccessToken, AnswerError, CscError, Info, Method, ProviderError, Secret, Settings, error::printable,
    request, settings::ClientAuthentication,
};
use crate::http::{Http, HttpRequest, HttpResponse};
use core::time::Duration;
use std::{sync::Arc, time::Instant};
use tokio::sync::Mutex;
use url::Url;
use zeroize::Zeroizing;

const JSON: &str = "application/json";
/// Bytes of the largest answer: a chain of certificates, and what else a provider says.
const LARGEST: usize = 1024 * 1024;
/// A token is renewed this long before its end, so that it does not end on its way.
const MARGIN: Duration = Duration::from_secs(10);

pub(super) struct Client {
    http: Arc<dyn Http>,
    pub(super) settings: Settings,
    base: Url,
    token_url: Url,
    token: Mutex<Option<Arc<Token>>>,
}

struct Token {
    value: Secret,
    good_until: Option<Instant>,
}

impl Client {
    /// Asks what the service offers, and where tokens are had.
    pub(super) async fn connect(settings: Settings, http: Arc<dyn Http>) -> Result<Self, CscError> {
        let base = base(&settings.base_url)?;
        let url = below(&base, Method::Info)?;
        let body = request::info();
        let answer = exchange(http.as_ref(), &settings, Method::Info, url, JSON, body, None, &[]).await?;
        let info = parsed(Method::Info, Info::parse(&answer.body))?;
        offers(&info, &settings)?;
        let token_url = token_url(&settings, &base, &info)?;
        Ok(Self {
            http,
            settings,
            base,
            token_url,
            token: Mutex::new(None),
        })
    }

    /// Calls a method with an access token. A token that the provider refuses is renewed once; the method is then
    /// called again, for a refused call has done nothing. Where a PIN was sent, the provider must have named the token:
    /// a 401 that says nothing may be about the PIN.
    pub(super) async fn call(
        &self,
        method: Method,
        body: &Zeroizing<Vec<u8>>,
        secrets: &[&Secret],
    ) -> Result<HttpResponse, CscError> {
        let token = self.token(None).await?;
        match self.call_with(method, body, &token, secrets).await {
            Err(CscError::Provider { error, .. })
                if error.names_token()
                    || (error.is_of_token()
                        && (method != Method::CredentialsAuthorize || secrets.is_empty())) =>
            {
                let token = self.token(Some(&token)).await?;
                self.call_with(method, body, &token, secrets).await
            }
            other => other,
        }
    }

    async fn call_with(
        &self,
        method: Method,
        body: &Zeroizing<Vec<u8>>,
        token: &Token,
        secrets: &[&Secret],
    ) -> Result<HttpResponse, CscError> {
        let url = below(&self.base, method)?;
        let bearer = request::joined(&["Bearer ", token.value.expose()]);
        exchange(
            self.http.as_ref(),
            &self.settings,
            method,
            url,
            JSON,
            body.clone(),
            Some(bearer),
            secrets,
        )
        .await
    }

    /// The token at hand, unless it is about to end or is the one that was refused. Who waits for the lock finds what
    /// the one before has fetched.
    async fn token(&self, refused: Option<&Arc<Token>>) -> Result<Arc<Token>, CscError> {
        let mut kept = self.token.lock().await;
        if let Some(token) = kept.as_ref() {
            let is_refused = refused.is_some_and(|refused| Arc::ptr_eq(refused, token));
            let is_good = token.good_until.is_some_and(|until| Instant::now() < until);
            if is_good && !is_refused {
                return Ok(Arc::clone(token));
            }
        }
        let fetched = Arc::new(self.fetch_token().await?);
        *kept = Some(Arc::clone(&fetched));
        Ok(fetched)
    }

    async fn fetch_token(&self) -> Result<Token, CscError> {
        let basic = (self.settings.client_authentication == ClientAuthentication::Basic)
            .then(|| request::basic(&self.settings));
        let asked = Instant::now();
        let answer = exchange(
            self.http.as_ref(),
            &self.settings,
            Method::Token,
            self.token_url.clone(),
            "application/x-www-form-urlencoded",
            Zeroizing::new(request::token(&self.settings).as_bytes().to_vec()),
            basic,
            &[&self.settings.client_secret],
        )
        .await?;
        let token = parsed(Method::Token, AccessToken::parse(&answer.body))?;
        let lifetime = Duration::from_secs(token.expires_in);
        Ok(Token {
            value: token.token,
            good_until: asked.checked_add(lifetime.saturating_sub(MARGIN.min(lifetime / 2))),
        })
    }
}

#[expect(clippy::too_many_arguments, reason = "one request, spelled out once")]
async fn exchange(
    http: &dyn Http,
    settings: &Settings,
    method: Method,
    url: Url,
    content_type: &'static str,
    body: Zeroizing<Vec<u8>>,
    authorization: Option<Zeroizing<String>>,
    secrets: &[&Secret],
) -> Result<HttpResponse, CscError> {
    let mut request = HttpRequest::new(url, content_type, body);
    request.accepted = &[JSON];
    request.max_response = LARGEST;
    request.time_limit = settings.time_limit;
    let mut secrets = secrets.to_vec();
    let header = authorization.as_ref().and_then(|value| value.split_once(' '));
    let header = header.map(|(_, credentials)| Secret::new(credentials));
    secrets.extend(&header);
    if let Some(value) = authorization {
        request = request.with_header("authorization", value);
    }
    let is_signature = matches!(method, Method::SignHash | Method::SignPolling);
    let answer = http.post(request).await.map_err(|error| CscError::Unavailable {
        method,
        was_sent: error.may_have_been_processed(),
        may_have_signed: is_signature && (method == Method::SignPolling || error.may_have_been_processed()),
        reason: error.to_string(),
    })?;
    if answer.is_success() {
        return Ok(answer);
    }
    let error = ProviderError::parse_without(answer.status, &answer.body, &secrets);
    // What a server says of its own troubles leaves open how far it got.
    Err(if matches!(answer.status, 408 | 429) || answer.status >= 500 {
        CscError::Unavailable {
            method,
            was_sent: true,
            may_have_signed: is_signature && answer.status != 429,
            reason: format!("the provider cannot answer now: {error}"),
        }
    } else {
        CscError::Provider { method, error }
    })
}

pub(super) fn parsed<T>(method: Method, parsed: Result<T, AnswerError>) -> Result<T, CscError> {
    parsed.map_err(|error| CscError::Answer { method, error })
}

/// The base, ending in a slash, so that methods are joined below it.
fn base(url: &Url) -> Result<Url, CscError> {
    if url.query().is_some() || url.fragment().is_some() || url.cannot_be_a_base() {
        let problem = "the base URL is one without query and fragment, such as https://qtsp.example/csc/v2/";
        return Err(CscError::Settings(problem.to_owned()));
    }
    let mut base = url.clone();
    if !base.path().ends_with('/') {
        base.set_path(&format!("{}/", url.path()));
    }
    Ok(base)
}

fn below(base: &Url, method: Method) -> Result<Url, CscError> {
    base.join(method.path())
        .map_err(|error| CscError::Settings(format!("the base URL: {error}")))
}

fn offers(info: &Info, settings: &Settings) -> Result<(), CscError> {
    if !info.authentication.iter().any(|kind| kind == "oauth2client") {
        return Err(CscError::Service(format!(
            "the provider does not let clients in by their credentials (oauth2client), but by: {}",
            printable(&info.authentication.join(", "))
        )));
    }
    let needed = [
        Some(Method::CredentialsInfo),
        Some(Method::CredentialsAuthorize),
        Some(Method::SignHash),
        settings
            .credential_id
            .is_none()
            .then_some(Method::CredentialsList),
        settings.asynchronous.then_some(Method::SignPolling),
    ];
    for method in needed.into_iter().flatten() {
        if !info.methods.iter().any(|offered| offered == method.path()) {
            return Err(CscError::Service(format!("the provider does not offer {method}")));
        }
    }
    Ok(())
}

/// Where the client's secret is sent: to whom the operator named, or to the origin of the API itself.
fn token_url(settings: &Settings, base: &Url, info: &Info) -> Result<Url, CscError> {
    if let Some(url) = &settings.token_url {
        return Ok(url.clone());
    }
    let missing = || {
        CscError::Service("the provider names no authorization server (oauth2); name token_url".to_owned())
    };
    let named = info.oauth2.as_deref().ok_or_else(missing)?;
    let url = Url::parse(named)
        .ok()
        .filter(|url| url.origin() == base.origin() && url.query().is_none() && url.fragment().is_none())
        .ok_or_else(|| {
            CscError::Service(format!(
                "the provider names an authorization server of another origin, {}; name its token_url, if it is to have \
                 the client's secret",
                printable(named)
            ))
        })?;
    below(&self::base(&url)?, Method::Token)
}
