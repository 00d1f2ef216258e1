//! What operators, employees and their browsers do.
use crate::{
    browser::{Browser, Page},
    stage::{Portal, Stage, until},
};
use procura_credential::lear::Shape;
use procura_jose::{Algorithm, AlgorithmSet, JwkSet, json};
use procura_protocol::oauth::access_token::{self, AccessToken, TokenError, TokenExpectations};
use procura_sandbox::world::{DOME_DID, mandate};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::sync::Mutex;

/// An offer, as its operator knows it.
#[derive(Clone, Debug)]
pub struct Issuance {
    /// Its id.
    pub id: String,
    /// The link in the QR code.
    pub link: String,
    /// The PIN, fetched by another operator.
    pub pin: String,
}

/// Somebody with an account in the wallet.
#[derive(Clone, Debug)]
pub struct Employee {
    /// The session of the account.
    pub session: String,
}

/// A browser that shows the verifier's page.
#[derive(Clone, Debug)]
pub struct Login {
    /// The browser.
    pub browser: Browser,
    /// The portal that it came from.
    pub portal: Portal,
    /// The page with the QR code.
    pub page: Page,
    /// What the QR code says.
    pub request: String,
    /// The portal's name for the session.
    pub state: String,
}

/// What the verifier said to a wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it accepted.
    pub accepted: bool,
    /// Which checks refused.
    pub checks: Vec<String>,
}

/// What a relying party was told.
#[derive(Clone, Debug)]
pub struct Told {
    /// The token.
    pub access_token: String,
    /// The portal's name for the session.
    pub state: String,
    /// With what the browser that began must come back.
    pub response_code: String,
}

impl Stage {
    /// The operator makes an offer for John Doe; a colleague fetches the PIN.
    pub async fn issue(&self, shape: Shape) -> Issuance {
        let id = match shape {
            Shape::LearCredential => "LEARCredential",
            Shape::EmployeeV2 => "LEARCredentialEmployeeV2",
            _ => "LEARCredentialEmployee",
        };
        let request = mandate(shape).expect("a mandate");
        let body = json!({ "credential_configuration_id": id, "payload": request.payload });
        let made = self
            .manage(&self.operator, "issuances", Some(&body), StatusCode::CREATED)
            .await;
        let (id, link) = (text(&made, "id"), text(&made, "offer_link"));
        let pin = self
            .manage(
                &self.pin_hander,
                &format!("issuances/{id}/pin"),
                None,
                StatusCode::OK,
            )
            .await;
        Issuance {
            pin: text(&pin, "user_pin"),
            id,
            link,
        }
    }

    /// The operator revokes.
    pub async fn revoke(&self, issuance: &Issuance) {
        self.manage(
            &self.operator,
            &format!("issuances/{}/revoke", issuance.id),
            None,
            StatusCode::OK,
        )
        .await;
    }

    /// How far an issuance is.
    pub async fn progress(&self, issuance: &Issuance) -> String {
        let url = self
            .places
            .management
            .at(&format!("api/v1/issuances/{}", issuance.id));
        let (status, view) = self
            .client
            .call(Method::GET, &url, Some(&self.operator), None)
            .await;
        assert_eq!(status, StatusCode::OK, "{view}");
        text(&view, "state")
    }

    async fn manage(&self, token: &str, path: &str, body: Option<&Value>, expected: StatusCode) -> Value {
        let url = self.places.management.at(&format!("api/v1/{path}"));
        let (status, answer) = self.client.call(Method::POST, &url, Some(token), body).await;
        assert_eq!(status, expected, "{path}: {answer}");
        answer
    }

    /// An invitation is given, and opens an account.
    pub async fn open_account(&self) -> Employee {
        let lifetimes = procura_wallet::config::Lifetimes::default();
        let invitation = procura_wallet::invite(self.wallet_store(), &lifetimes, self.now())
            .await
            .expect("an invitation");
        let url = self.places.wallet.at("api/v1/accounts");
        let body = json!({ "invitation": invitation });
        let (status, answer) = self.client.call(Method::POST, &url, None, Some(&body)).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        Employee {
            session: text(&answer, "session_token"),
        }
    }

    /// A call of the wallet.
    pub async fn wallet(
        &self,
        employee: &Employee,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> (StatusCode, Value) {
        let url = self.places.wallet.at(&format!("api/v1/{path}"));
        self.client
            .call(method, &url, Some(&employee.session), body)
            .await
    }

    /// The employee scans an offer; its id in the wallet.
    pub async fn scan_offer(&self, employee: &Employee, issuance: &Issuance) -> String {
        let body = json!({ "uri": issuance.link });
        let (status, offer) = self.wallet(employee, Method::POST, "offers", Some(&body)).await;
        assert_eq!(status, StatusCode::CREATED, "{offer}");
        assert_eq!(offer["pin_required"], true);
        text(&offer, "id")
    }

    /// The employee accepts an offer with the PIN; the credential's id in the wallet.
    pub async fn accept(&self, employee: &Employee, offer: &str, pin: &str) -> String {
        let body = json!({ "user_pin": pin });
        let path = format!("offers/{offer}/accept");
        let (status, received) = self.wallet(employee, Method::POST, &path, Some(&body)).await;
        assert_eq!(status, StatusCode::CREATED, "{received}");
        let held = &received["credentials"][0];
        assert_eq!(
            (&held["given_name"], &held["family_name"]),
            (&json!("John"), &json!("Doe"))
        );
        text(held, "id")
    }

    /// Scans and accepts.
    pub async fn receive(&self, employee: &Employee, issuance: &Issuance) -> String {
        let offer = self.scan_offer(employee, issuance).await;
        self.accept(employee, &offer, &issuance.pin).await
    }

    /// A browser asks a portal to be let in, and shows the verifier's page.
    pub async fn begin_login(&self, portal: &Portal) -> Login {
        let mut browser = Browser::new(self.client.clone());
        let welcome = browser.open(&portal.place.at("")).await;
        assert_eq!(welcome.status, StatusCode::OK);
        let address = portal.place.at("login");
        self.show_login(browser, portal, &address).await
    }

    /// An attacker begins a login and gives the verifier's address to a victim, who opens it: the attacker's browser,
    /// which holds the portal's cookie alone, and the victim's, which holds the verifier's alone.
    pub async fn lure(&self, portal: &Portal) -> (Browser, Login) {
        let mut attacker = Browser::new(self.client.clone());
        let address = attacker.leads_to(&portal.place.at("login")).await;
        let victim = Browser::new(self.client.clone());
        let login = self.show_login(victim, portal, address.as_str()).await;
        (attacker, login)
    }

    async fn show_login(&self, mut browser: Browser, portal: &Portal, address: &str) -> Login {
        let page = browser.open(address).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        assert_eq!(page.url.origin(), self.places.verifier.url().origin());
        assert!(page.text.contains("<svg"), "there is a QR code");
        let start = self.places.verifier.at("authorization-requests?state=");
        let (_, rest) = page
            .text
            .split_once(&start)
            .expect("the page tells what its QR code says");
        let state = rest.split(['<', '"', '&']).next().unwrap_or_default().to_owned();
        Login {
            browser,
            portal: portal.clone(),
            request: format!("{start}{state}"),
            page,
            state,
        }
    }

    /// The employee scans the QR code; the request's id in the wallet.
    pub async fn scan_request(&self, employee: &Employee, login: &Login) -> String {
        let body = json!({ "uri": login.request });
        let (status, named) = self.wallet(employee, Method::POST, "requests", Some(&body)).await;
        assert_eq!(status, StatusCode::CREATED, "{named}");
        text(&named, "id")
    }

    /// The employee confirms the host; the wallet says who asks.
    pub async fn confirm_request(&self, employee: &Employee, request: &str) -> Value {
        let path = format!("requests/{request}/confirm");
        let (status, asked) = self.wallet(employee, Method::POST, &path, None).await;
        assert_eq!(status, StatusCode::OK, "{asked}");
        assert_eq!(asked["relying_party"]["did"], DOME_DID);
        asked
    }

    /// Scans and confirms.
    pub async fn confirm(&self, employee: &Employee, login: &Login) -> String {
        let request = self.scan_request(employee, login).await;
        self.confirm_request(employee, &request).await;
        request
    }

    /// The employee consents.
    pub async fn present(&self, employee: &Employee, request: &str, credential: &str) -> Outcome {
        let body = json!({ "credential_id": credential });
        let path = format!("requests/{request}/present");
        let (status, outcome) = self.wallet(employee, Method::POST, &path, Some(&body)).await;
        assert_eq!(status, StatusCode::OK, "{outcome}");
        let checks = outcome["checks"].as_array().cloned().unwrap_or_default();
        Outcome {
            accepted: outcome["accepted"] == true,
            checks: checks
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
        }
    }

    /// The page of the verifier looks again and again, until it leads back to the portal; the portal's page.
    pub async fn greeting(&self, login: &mut Login) -> String {
        let browser = Mutex::new(login.browser.clone());
        let back = login.portal.place.url();
        until("the browser is led back to the portal", async || {
            browser
                .lock()
                .await
                .open(login.page.url.as_str())
                .await
                .url
                .origin()
                == back.origin()
        })
        .await;
        login.browser = browser.into_inner();
        self.home(login).await
    }

    /// A browser brings the portal a response code; what the portal shows it.
    pub async fn come_back(&self, browser: &mut Browser, portal: &Portal, told: &Told) -> String {
        let mut url = portal.place.url().clone();
        url.query_pairs_mut()
            .append_pair("state", &told.state)
            .append_pair("response_code", &told.response_code);
        browser.open(url.as_str()).await.text
    }

    /// What the portal shows this browser.
    pub async fn home(&self, login: &mut Login) -> String {
        let page = login.browser.open(login.portal.place.url().as_str()).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        page.text
    }

    /// What a portal was told so far, accepted or not.
    #[must_use]
    pub fn told(&self, portal: &Portal) -> Vec<Told> {
        let read = |body: &[u8], name: &str| {
            url::form_urlencoded::parse(body)
                .find_map(|(key, value)| (key == name).then(|| value.into_owned()))
                .expect("a notification has access_token, state and response_code")
        };
        portal
            .place
            .posted("/notify")
            .iter()
            .map(|body| Told {
                access_token: read(body, "access_token"),
                state: read(body, "state"),
                response_code: read(body, "response_code"),
            })
            .collect()
    }

    /// Notifies a portal as the verifier does.
    pub async fn notify(&self, portal: &Portal, told: &Told) -> (StatusCode, Value) {
        let form = [
            ("access_token", told.access_token.as_str()),
            ("state", &told.state),
            ("response_code", &told.response_code),
        ];
        self.client
            .post_form(&portal.place.at("notify"), Some(&portal.secret), &form)
            .await
    }

    /// Verifies a token as the resource server of a portal does: by the keys that the verifier publishes.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn verify_token(&self, portal: &Portal, token: &str) -> Result<AccessToken, TokenError> {
        let metadata = self
            .client
            .text(&self.places.verifier.at(".well-known/oauth-authorization-server"))
            .await;
        let metadata: Value = serde_json::from_str(&metadata).expect("metadata");
        let keys = self.client.text(&text(&metadata, "jwks_uri")).await;
        let keys = json::parse_object(keys.as_bytes(), json::Limits::default()).expect("keys");
        let keys = JwkSet::from_json(&keys).expect("keys");
        let expected = TokenExpectations {
            issuer: DOME_DID,
            audience: portal.place.url().as_str(),
            algorithms: &AlgorithmSet::new(&[Algorithm::Es256]),
            keys: &keys,
            skew_seconds: 0,
        };
        access_token::verify(token, &expected, self.now())
    }
}

fn text(value: &Value, name: &str) -> String {
    let text = value.get(name).and_then(Value::as_str);
    text.unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}
