//! The journey, by HTTP against the running processes: a mandate is issued, received, asked for, presented, and lets
//! its holder in.
use super::{browser::Browser, home::Home, processes::Processes, settings};
use crate::{
    arguments::ConfigArgument,
    failure::{About, Failure},
    operator,
    output::say,
    serve::Service,
};
use procura_credential::lear::Shape;
use procura_sandbox::world::mandate;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// How long the portal may take to hear from the verifier, and to let the browser in.
const PATIENCE: Duration = Duration::from_mins(1);
/// Pause between looks at a page.
const LOOK: Duration = Duration::from_millis(100);
/// Members of the token that are longer are shown by their beginning.
const LONGEST_SHOWN: usize = 60;

struct Walk<'a> {
    home: &'a Home,
    processes: &'a mut Processes,
    browser: Browser,
    kill: bool,
    steps: usize,
}
/// Walks; prints each step; shows the final token.
pub(super) async fn walk(home: &Home, processes: &mut Processes, kill: bool) -> Result<(), Failure> {
    let mut walk = Walk {
        home,
        processes,
        browser: Browser::new()?,
        kill,
        steps: 0,
    };
    let session = walk.open_account().await?;
    let lear = walk
        .receive(
            &session,
            Shape::LearCredential,
            "LEARCredential",
            "the COO's certificate",
        )
        .await?;
    walk.receive(
        &session,
        Shape::EmployeeV3,
        "LEARCredentialEmployee",
        "GoodAir's seal",
    )
    .await?;
    let token = walk.sign_in(&session, &lear).await?;
    say("\nThe access token that the portal verified:\n");
    say(serde_json::to_string_pretty(&shortened(&token)).about("token")?);
    say(format!("\n{} steps, every one of them passed.", walk.steps));
    Ok(())
}
impl Walk<'_> {
    /// A step is done: who did what to whom, and how it was judged.
    async fn done(&mut self, who: &str, whom: &str, what: &str, verdict: &str) -> Result<(), Failure> {
        self.steps += 1;
        say(format!(
            "{:>2}  {:<22} {what}: {verdict}",
            self.steps,
            format!("{who} → {whom}")
        ));
        if self.kill {
            self.processes.kill_and_restart().await?;
            say("    (every process was killed and started again)");
        }
        Ok(())
    }
    async fn open_account(&mut self) -> Result<String, Failure> {
        let config = ConfigArgument {
            config: self.home.config(Service::Wallet),
        };
        let invitation = operator::invitation(&config).await?;
        self.done(
            "wallet's operator",
            "employee",
            "an invitation for one account",
            "given",
        )
        .await?;
        let url = self.wallet("accounts");
        let account = self
            .browser
            .call(
                Method::POST,
                &url,
                None,
                Some(&json!({ "invitation": invitation })),
            )
            .await?;
        let session = text(&account, "session_token")?;
        self.done(
            "employee",
            "wallet",
            "opens an account",
            "open, with a session of its own",
        )
        .await?;
        Ok(session)
    }
    /// From the operator's wish to the credential in the wallet; its id there.
    async fn receive(
        &mut self,
        session: &str,
        shape: Shape,
        id: &str,
        sealed_with: &str,
    ) -> Result<String, Failure> {
        let request = mandate(shape).about("mandate")?;
        let mut body = serde_json::to_value(&request).about("mandate")?;
        if let Some(members) = body.as_object_mut() {
            members.insert("credential_configuration_id".to_owned(), json!(id));
        }
        let operator = self.home.read_secret(settings::OPERATOR_TOKEN)?;
        let url = self.management("issuances");
        let issuance = self
            .browser
            .call(Method::POST, &url, Some(&operator), Some(&body))
            .await?;
        let (issuance_id, link) = (text(&issuance, "id")?, text(&issuance, "offer_link")?);
        self.done(
            "operator",
            "issuer",
            &format!("asks for a {id} for John Doe"),
            "offer made, link as QR code",
        )
        .await?;

        let hander = self.home.read_secret(settings::PIN_TOKEN)?;
        let url = self.management(&format!("issuances/{issuance_id}/pin"));
        let pin = text(
            &self.browser.call(Method::POST, &url, Some(&hander), None).await?,
            "user_pin",
        )?;
        let words = format!("PIN of {} digits, once, by another way than the link", pin.len());
        self.done("operator", "employee", "hands the PIN over", &words)
            .await?;

        let url = self.wallet("offers");
        let offer = self
            .browser
            .call(Method::POST, &url, Some(session), Some(&json!({ "uri": link })))
            .await?;
        let (offer_id, issuer) = (text(&offer, "id")?, shown(&offer, "issuer"));
        self.done(
            "employee",
            "wallet",
            "scans the offer",
            &format!("resolved, issuer {issuer}"),
        )
        .await?;

        let url = self.wallet(&format!("offers/{offer_id}/accept"));
        let accepted = self
            .browser
            .call(
                Method::POST,
                &url,
                Some(session),
                Some(&json!({ "user_pin": pin })),
            )
            .await?;
        let credential = credential_id(&accepted)?;
        let words = format!("sealed with {sealed_with}, proven by the trusted lists, stored encrypted");
        self.done(
            "wallet",
            "issuer",
            "redeems code and PIN, proves a fresh key",
            &words,
        )
        .await?;

        let url = self.management(&format!("issuances/{issuance_id}"));
        let state = self
            .browser
            .call(Method::GET, &url, Some(&operator), None)
            .await?;
        if state.get("state") != Some(&json!("issued")) {
            return Err(Failure::new(format!(
                "the issuer does not say that it has issued: {state}"
            )));
        }
        self.done("operator", "issuer", "asks how far it is", "issued")
            .await?;
        Ok(credential)
    }
    /// From the portal's door to its greeting; the token that opened it.
    async fn sign_in(&mut self, session: &str, credential: &str) -> Result<Value, Failure> {
        let portal = self.home.world.origins().portal.clone();
        let begun = self.browser.page(&format!("{portal}login"), None).await?;
        let (Some(cookie), Some(login)) = (begun.cookie, begun.location) else {
            return Err(Failure::new(format!(
                "the portal did not send the browser on ({})",
                begun.status
            )));
        };
        self.done(
            "browser",
            "portal",
            "asks to sign in",
            "sent to the verifier with a state of its own",
        )
        .await?;

        let page = self.browser.page(&login, None).await?;
        let request = self.request_address(&login)?;
        let Some(begun_by) = page.cookie else {
            return Err(Failure::new("the verifier gave the browser no cookie"));
        };
        let escaped = request.replace('&', "&amp;");
        if !page.status.is_success() || !(page.text.contains(&request) || page.text.contains(&escaped)) {
            return Err(Failure::new(format!(
                "the verifier's page has no QR code for the request ({})",
                page.status
            )));
        }
        self.done(
            "browser",
            "verifier",
            "shows the QR code",
            "one request, for a minute's work",
        )
        .await?;

        let url = self.wallet("requests");
        let seen = self
            .browser
            .call(
                Method::POST,
                &url,
                Some(session),
                Some(&json!({ "uri": request })),
            )
            .await?;
        let request_id = text(&seen, "id")?;
        self.done(
            "employee",
            "wallet",
            "scans it",
            &format!("host {} to be confirmed", shown(&seen, "host")),
        )
        .await?;

        let url = self.wallet(&format!("requests/{request_id}/confirm"));
        let asked = self.browser.call(Method::POST, &url, Some(session), None).await?;
        let party = asked
            .get("relying_party")
            .cloned()
            .ok_or_else(|| Failure::new("the wallet does not say who asks"))?;
        let words = format!(
            "sealed by {} ({}), a participant",
            shown(&party, "legal_name"),
            shown(&party, "did")
        );
        self.done(
            "wallet",
            "verifier",
            "fetches the request and proves who asks",
            &words,
        )
        .await?;

        let url = self.wallet(&format!("requests/{request_id}/present"));
        let body = json!({ "credential_id": credential });
        let answer = self
            .browser
            .call(Method::POST, &url, Some(session), Some(&body))
            .await?;
        if answer.get("accepted") != Some(&Value::Bool(true)) {
            return Err(Failure::new(format!("the verifier refused: {answer}")));
        }
        self.done("wallet", "verifier", "presents the LEARCredential", "accepted")
            .await?;

        let back = self.way_back(&login, &begun_by).await?;
        self.done(
            "verifier",
            "portal",
            "notifies, and the portal verifies the token",
            "kept for the browser that began",
        )
        .await?;
        let greeting = self.greeting(&portal, &back, &cookie).await?;
        self.done("portal", "browser", "greets", &greeting).await?;
        let told = self
            .browser
            .page(&format!("{portal}session"), Some(&cookie))
            .await?;
        let told: Value = serde_json::from_str(&told.text).about("the portal's session")?;
        let token = told
            .get("access_token")
            .cloned()
            .ok_or_else(|| Failure::new("the portal shows no access token"))?;
        if token.pointer("/header/typ") != Some(&json!("at+jwt")) {
            return Err(Failure::new(
                "the token that opened the session is not typed at+jwt",
            ));
        }
        Ok(token)
    }
    /// What the verifier's QR code holds for a login.
    fn request_address(&self, login: &str) -> Result<String, Failure> {
        let state = state_of(login)?;
        Ok(format!(
            "{}authorization-requests?state={state}",
            self.home.world.origins().verifier
        ))
    }
    /// Looks at the verifier's page until it leads the browser that began back to the portal; where to.
    async fn way_back(&self, login: &str, cookie: &str) -> Result<String, Failure> {
        let state = state_of(login)?;
        let status = format!("{}login/status?state={state}", self.home.world.origins().verifier);
        let until = Instant::now() + PATIENCE;
        loop {
            let page = self.browser.page(&status, Some(cookie)).await?;
            if let Some(back) = page.location {
                return Ok(back);
            }
            if Instant::now() > until {
                return Err(Failure::new("the portal was not notified in time"));
            }
            tokio::time::sleep(LOOK).await;
        }
    }
    /// Comes back with the verifier's response code; what the portal says then.
    async fn greeting(&self, portal: &Url, back: &str, cookie: &str) -> Result<String, Failure> {
        let until = Instant::now() + PATIENCE;
        while self.browser.page(back, Some(cookie)).await?.location.is_none() {
            if Instant::now() > until {
                return Err(Failure::new("the portal did not let the browser in"));
            }
            tokio::time::sleep(LOOK).await;
        }
        let page = self.browser.page(portal.as_str(), Some(cookie)).await?;
        let greeting = between(&page.text, "<h1>Good day, ", "</h1>")
            .ok_or_else(|| Failure::new("the portal does not greet"))?;
        let organisation = between(&page.text, "<strong>", "</strong>").unwrap_or_default();
        Ok(format!("Good day, {greeting}, of {organisation}"))
    }
    fn wallet(&self, path: &str) -> String {
        format!("{}api/v1/{path}", self.home.world.origins().wallet)
    }
    fn management(&self, path: &str) -> String {
        format!("{}api/v1/{path}", self.home.world.origins().issuer_management)
    }
}
/// The portal's name for the session, of the address to which it sent the browser.
fn state_of(login: &str) -> Result<String, Failure> {
    Url::parse(login)
        .about("the verifier's address")?
        .query_pairs()
        .find(|(name, _)| name == "state")
        .map(|(_, state)| state.into_owned())
        .ok_or_else(|| Failure::new("the portal gave the browser no state"))
}
fn text(value: &Value, name: &str) -> Result<String, Failure> {
    value
        .get(name)
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| Failure::new(format!("an answer has no {name}")))
}
fn shown(value: &Value, name: &str) -> String {
    match value.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => "?".to_owned(),
    }
}
/// The id of the one credential that was received.
fn credential_id(accepted: &Value) -> Result<String, Failure> {
    let first = accepted.get("credentials").and_then(|list| list.get(0));
    [first, Some(accepted)]
        .into_iter()
        .flatten()
        .find_map(|value| text(value, "credential_id").or_else(|_| text(value, "id")).ok())
        .ok_or_else(|| Failure::new(format!("the wallet does not say what it stored: {accepted}")))
}
fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    text.split_once(start)?.1.split_once(end).map(|(inner, _)| inner)
}
/// Long strings by their beginning: a token carries a whole credential.
fn shortened(value: &Value) -> Value {
    match value {
        Value::String(text) if text.len() > LONGEST_SHOWN && !text.contains([' ', '/']) => {
            Value::String(format!(
                "{}… ({} characters)",
                text.chars().take(24).collect::<String>(),
                text.len()
            ))
        }
        Value::Array(items) => Value::Array(items.iter().map(shortened).collect()),
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, value)| (name.clone(), shortened(value)))
                .collect(),
        ),
        other => other.clone(),
    }
}
