//! A wallet of another make: it holds John Doe's key and answers a login with whatever it is given.
use crate::{people::Login, stage::Stage};
use procura_credential::CheckName;
use procura_protocol::vp::{
    AuthorizationRequest, AuthorizationResponse, PresentationSubmission, check_request_object,
    scope::CUSTOMER_DEFINITION,
};
use procura_sandbox::world::DOME_DID;
use reqwest::StatusCode;
use serde_json::Value;

/// What a verifier said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Status.
    pub status: StatusCode,
    /// `error`, the standard's code; empty where accepted.
    pub error: String,
    /// `code`, ours.
    pub code: String,
    /// Every check that refused: name, code, and `failed` or `unknown`.
    pub checks: Vec<[String; 3]>,
}

impl Answered {
    /// Accepted.
    #[must_use]
    pub fn accepted() -> Self {
        Self {
            status: StatusCode::OK,
            error: String::new(),
            code: String::new(),
            checks: Vec::new(),
        }
    }

    /// Refused by one check alone.
    #[must_use]
    pub fn refused_by(check: CheckName, outcome: &str, error: &str) -> Self {
        let check = [check.as_str(), check.code(), outcome].map(str::to_owned);
        Self {
            status: StatusCode::BAD_REQUEST,
            error: error.to_owned(),
            code: "PRO-4023".to_owned(),
            checks: vec![check],
        }
    }

    /// The login is over, or never was.
    #[must_use]
    pub fn no_such_login() -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error: "invalid_request".to_owned(),
            code: "PRO-4022".to_owned(),
            checks: Vec::new(),
        }
    }

    fn of((status, body): (StatusCode, Value)) -> Self {
        let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let checks = body["checks"].as_array().cloned().unwrap_or_default();
        Self {
            status,
            error: text(&body, "error"),
            code: text(&body, "code"),
            checks: checks
                .iter()
                .map(|check| ["name", "code", "outcome"].map(|name| text(check, name)))
                .collect(),
        }
    }
}

impl Stage {
    /// Fetches the request of a login.
    pub async fn fetch_request(&self, login: &Login) -> AuthorizationRequest {
        self.fetch_request_at(&login.request).await
    }

    /// Fetches the request at the address of a QR code.
    pub async fn fetch_request_at(&self, address: &str) -> AuthorizationRequest {
        let request = self.client.text(address).await;
        let payload = request.split('.').nth(1).expect("a compact JWS");
        let payload = procura_jose::base64url::decode(payload).expect("base64url");
        check_request_object(&payload, self.now())
            .expect("a request")
            .request
    }

    /// Answers a login with John Doe's presentation of a credential.
    pub async fn answer(&self, login: &Login, credential: &str) -> Answered {
        let request = self.fetch_request(login).await;
        self.answer_request(&request, credential).await
    }

    /// Answers a request that was fetched before.
    pub async fn answer_request(&self, request: &AuthorizationRequest, credential: &str) -> Answered {
        let id = "urn:uuid:00000000-0000-4000-8000-000000000001";
        let presentation = self
            .world
            .presentation(credential, &request.nonce, DOME_DID, id, self.now());
        let response = AuthorizationResponse {
            vp_token: presentation.expect("a presentation"),
            presentation_submission: PresentationSubmission::of_one_credential(
                "submission",
                CUSTOMER_DEFINITION,
            ),
            state: Some(request.state.clone()),
        };
        let url = request.redirect_uri.as_str();
        let body = response.to_form();
        Answered::of(self.client.post_form_body(url, body.as_bytes()).await)
    }
}
