//! HTTP as people's devices speak it.
use reqwest::{Method, Response, StatusCode, header};
use serde_json::Value;
use std::collections::BTreeMap;
use url::Url;

/// Redirects that a browser follows.
const REDIRECTS: usize = 8;

/// A device's HTTP client: follows nothing by itself and keeps no cookie.
#[derive(Clone, Debug)]
pub struct Client(reqwest::Client);

impl Client {
    #[expect(
        clippy::disallowed_methods,
        reason = "plays people at their devices, which are no part of any service"
    )]
    pub(crate) fn new(root_pem: Option<&str>) -> Self {
        let roots = root_pem.map(|pem| reqwest::Certificate::from_pem(pem.as_bytes()).expect("a root"));
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .tls_certs_only(roots)
            .build()
            .expect("a client");
        Self(client)
    }

    /// A call of an API, JSON there and back; `Null` where the answer has no body.
    pub async fn call(
        &self,
        method: Method,
        url: &str,
        bearer: Option<&str>,
        body: Option<&Value>,
    ) -> (StatusCode, Value) {
        let mut request = self.0.request(method, url);
        if let Some(bearer) = bearer {
            request = request.bearer_auth(bearer);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        Self::read(request.send().await.expect("an answer")).await
    }

    /// POST of a form, JSON back.
    pub async fn post_form(
        &self,
        url: &str,
        bearer: Option<&str>,
        form: &[(&str, &str)],
    ) -> (StatusCode, Value) {
        let mut request = self.0.post(url).form(form);
        if let Some(bearer) = bearer {
            request = request.bearer_auth(bearer);
        }
        Self::read(request.send().await.expect("an answer")).await
    }

    /// POST of a form as it was sent before, JSON back.
    pub async fn post_form_body(&self, url: &str, body: &[u8]) -> (StatusCode, Value) {
        let form = "application/x-www-form-urlencoded";
        let request = self
            .0
            .post(url)
            .header(header::CONTENT_TYPE, form)
            .body(body.to_vec());
        Self::read(request.send().await.expect("an answer")).await
    }

    async fn read(answer: Response) -> (StatusCode, Value) {
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        if text.is_empty() {
            return (status, Value::Null);
        }
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// The body of a successful GET.
    pub async fn text(&self, url: &str) -> String {
        let answer = self.0.get(url).send().await.expect("an answer");
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        assert!(status.is_success(), "{url}: {status}: {text}");
        text
    }
}

/// A browser with its cookies, which, as everywhere, are one host's whatever the port.
#[derive(Clone, Debug)]
pub struct Browser {
    client: Client,
    cookies: BTreeMap<String, String>,
}

/// A page that a browser ended on.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its address, after redirects.
    pub url: Url,
    /// Its status.
    pub status: StatusCode,
    /// Its text.
    pub text: String,
}

impl Browser {
    pub(crate) fn new(client: Client) -> Self {
        Self {
            client,
            cookies: BTreeMap::new(),
        }
    }

    /// Goes to an address and wherever it leads.
    pub async fn open(&mut self, url: &str) -> Page {
        let mut url = Url::parse(url).expect("an address");
        for _ in 0..REDIRECTS {
            let answer = self.get(&url).await;
            let location = answer.headers().get(header::LOCATION).cloned();
            match location {
                Some(location) if answer.status().is_redirection() => {
                    let location = location.to_str().expect("an address");
                    url = url.join(location).expect("an address");
                }
                _ => {
                    let status = answer.status();
                    let text = answer.text().await.expect("a page");
                    return Page { url, status, text };
                }
            }
        }
        panic!("{url} leads on and on")
    }

    /// Where an address leads, without going there.
    pub async fn leads_to(&mut self, url: &str) -> Url {
        let url = Url::parse(url).expect("an address");
        let answer = self.get(&url).await;
        let location = answer.headers().get(header::LOCATION).expect("a redirect");
        url.join(location.to_str().expect("an address"))
            .expect("an address")
    }

    async fn get(&mut self, url: &Url) -> Response {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = self.client.0.get(url.clone());
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let answer = request.send().await.expect("an answer");
        for set in answer.headers().get_all(header::SET_COOKIE) {
            let set = set.to_str().expect("a cookie");
            let pair = set.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a cookie has a name");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }
}
