//! From the portal's door to its greeting, or to the refusal.
use super::{
    Walk,
    answers::{between, shown, text},
    receipt::Received,
};
use crate::failure::{About, Failure};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// How long the portal may take to hear from the verifier, and to let the browser in.
const PATIENCE: Duration = Duration::from_mins(1);
/// Pause between looks at a page.
const LOOK: Duration = Duration::from_millis(100);

/// A login whose request the employee has confirmed.
struct Begun {
    /// The portal's cookie.
    portal_cookie: String,
    /// The verifier's page.
    login: String,
    /// The verifier's cookie.
    verifier_cookie: String,
    /// The request's id in the wallet.
    request: String,
}
impl Walk<'_> {
    /// From the portal's door to its greeting; the token that opened it.
    pub(super) async fn sign_in(
        &mut self,
        session: &str,
        scope: &str,
        received: &Received,
    ) -> Result<Value, Failure> {
        let begun = self.begin(session, scope).await?;
        let answer = self.present(session, &begun, received).await?;
        match answer.get("accepted") {
            Some(Value::Bool(true)) => {}
            Some(_) => return Err(Failure::new(format!("the verifier refused: {answer}"))),
            None => return Err(Failure::new(format!("what the verifier said was lost: {answer}"))),
        }
        let what = format!("presents the {}", received.configuration);
        self.done("wallet", "verifier", &what, "accepted").await?;

        let back = self.way_back(&begun.login, &begun.verifier_cookie).await?;
        self.done(
            "verifier",
            "browser",
            "leads it back to the portal",
            "with a code for this browser",
        )
        .await?;
        let greeting = self.greeting(&back, &begun.portal_cookie).await?;
        self.done("portal", "browser", "greets", &greeting).await?;
        self.token(&begun.portal_cookie).await
    }
    /// From the portal's door to the refusal of a credential that was revoked.
    pub(super) async fn refused_for_its_status(
        &mut self,
        session: &str,
        scope: &str,
        received: &Received,
    ) -> Result<(), Failure> {
        let begun = self.begin(session, scope).await?;
        let answer = self.present(session, &begun, received).await?;
        if answer.get("accepted") != Some(&json!(false)) || answer.get("checks") != Some(&json!(["status"])) {
            return Err(Failure::new(format!(
                "the verifier did not refuse the revoked mandate for its status alone: {answer}"
            )));
        }
        let what = format!("presents the {}", received.configuration);
        self.done("wallet", "verifier", &what, "refused by the check: status")
            .await?;
        let portal = self.home.world.origins().portal.clone();
        let page = self
            .browser
            .page(portal.as_str(), Some(&begun.portal_cookie))
            .await?;
        if !page.text.contains("You are not signed in yet") {
            return Err(Failure::new(format!(
                "the portal does not keep the browser out ({})",
                page.status
            )));
        }
        self.done("portal", "browser", "keeps it out", "not signed in")
            .await
    }
    /// From the portal's door to a request that the employee has confirmed.
    async fn begin(&mut self, session: &str, scope: &str) -> Result<Begun, Failure> {
        let portal = self.home.world.origins().portal.clone();
        let door = format!("{portal}login?scope={scope}");
        let begun = self.browser.page(&door, None).await?;
        let (Some(portal_cookie), Some(login)) = (begun.cookie, begun.location) else {
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
        let Some(verifier_cookie) = page.cookie else {
            return Err(Failure::new("the verifier gave the browser no cookie"));
        };
        let escaped = request.replace('&', "&amp;");
        if !page.status.is_success() || !(page.text.contains(&request) || page.text.contains(&escaped)) {
            return Err(Failure::new(format!(
                "the verifier's page does not name the request ({})",
                page.status
            )));
        }
        self.done(
            "browser",
            "verifier",
            "opens the page with the QR code",
            "it names the request of this state",
        )
        .await?;

        let body = json!({ "uri": request });
        let url = self.wallet("requests");
        let seen = self
            .browser
            .call(Method::POST, &url, Some(session), Some(&body))
            .await?;
        let request = text(&seen, "id")?;
        let words = format!("host {} to be confirmed", shown(&seen, "host"));
        self.done("employee", "wallet", "scans it", &words).await?;

        let url = self.wallet(&format!("requests/{request}/confirm"));
        let asked = self.browser.call(Method::POST, &url, Some(session), None).await?;
        let party = asked
            .get("relying_party")
            .ok_or_else(|| Failure::new("the wallet does not say who asks"))?;
        let words = format!(
            "the wallet says: {} ({}) asks",
            shown(party, "legal_name"),
            shown(party, "did")
        );
        self.done("wallet", "verifier", "fetches the request", &words)
            .await?;
        Ok(Begun {
            portal_cookie,
            login,
            verifier_cookie,
            request,
        })
    }
    /// The employee consents; what the verifier says.
    async fn present(&self, session: &str, begun: &Begun, received: &Received) -> Result<Value, Failure> {
        let url = self.wallet(&format!("requests/{}/present", begun.request));
        let body = json!({ "credential_id": received.credential });
        self.browser
            .call(Method::POST, &url, Some(session), Some(&body))
            .await
    }
    /// What the portal says of the token that opened the session.
    async fn token(&self, cookie: &str) -> Result<Value, Failure> {
        let portal = &self.home.world.origins().portal;
        let told = self
            .browser
            .page(&format!("{portal}session"), Some(cookie))
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
    async fn greeting(&self, back: &str, cookie: &str) -> Result<String, Failure> {
        let until = Instant::now() + PATIENCE;
        while self.browser.page(back, Some(cookie)).await?.location.is_none() {
            if Instant::now() > until {
                return Err(Failure::new("the portal did not let the browser in"));
            }
            tokio::time::sleep(LOOK).await;
        }
        let page = self
            .browser
            .page(self.home.world.origins().portal.as_str(), Some(cookie))
            .await?;
        let greeting = between(&page.text, "<h1>Good day, ", "</h1>")
            .ok_or_else(|| Failure::new("the portal does not greet"))?;
        let organisation = between(&page.text, "<strong>", "</strong>").unwrap_or_default();
        Ok(format!("Good day, {greeting}, of {organisation}"))
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
