//! From the operator's wish to the credential in the wallet.
use super::{
    Walk,
    answers::{shown, text},
    at_rest,
};
use crate::{
    demo::settings,
    failure::{About, Failure},
    serve::Service,
};
use procura_credential::lear::Shape;
use procura_sandbox::world::mandate;
use reqwest::Method;
use serde_json::json;

/// A credential that the wallet holds.
pub(super) struct Received {
    /// Its id in the wallet.
    pub(super) credential: String,
    /// Its issuance, as the operator knows it.
    pub(super) issuance: String,
    /// What the issuer calls such credentials.
    pub(super) configuration: &'static str,
}
impl Walk<'_> {
    pub(super) async fn receive(
        &mut self,
        session: &str,
        shape: Shape,
        configuration: &'static str,
    ) -> Result<Received, Failure> {
        let request = mandate(shape).about("mandate")?;
        let mut body = serde_json::to_value(&request).about("mandate")?;
        if let Some(members) = body.as_object_mut() {
            members.insert("credential_configuration_id".to_owned(), json!(configuration));
        }
        let operator = self.home.read_secret(settings::OPERATOR_TOKEN)?;
        let url = self.management("issuances");
        let made = self
            .browser
            .call(Method::POST, &url, Some(&operator), Some(&body))
            .await?;
        let (issuance, link) = (text(&made, "id")?, text(&made, "offer_link")?);
        self.done(
            "operator",
            "issuer",
            &format!("asks for a {configuration} for John Doe"),
            "offer made, link as QR code",
        )
        .await?;

        let pin = self.pin(&issuance, &link).await?;
        let offer = self.scan_offer(session, &link).await?;
        let credential = self.accept(session, &offer, &pin, &request.payload).await?;

        let url = self.management(&format!("issuances/{issuance}"));
        self.state_is(&url, &operator, "issued").await?;
        self.done(
            "operator",
            "issuer",
            "asks how far it is",
            "the issuer says: issued",
        )
        .await?;
        Ok(Received {
            credential,
            issuance,
            configuration,
        })
    }
    async fn pin(&mut self, issuance: &str, link: &str) -> Result<String, Failure> {
        let hander = self.home.read_secret(settings::PIN_TOKEN)?;
        let url = self.management(&format!("issuances/{issuance}/pin"));
        let answer = self.browser.call(Method::POST, &url, Some(&hander), None).await?;
        let pin = text(&answer, "user_pin")?;
        if answer.to_string().contains(link) {
            return Err(Failure::new("the PIN travels with the link"));
        }
        let words = format!("{} digits, by another call than the link", pin.len());
        self.done("operator", "employee", "hands the PIN over", &words)
            .await?;
        Ok(pin)
    }
    async fn scan_offer(&mut self, session: &str, link: &str) -> Result<String, Failure> {
        let url = self.wallet("offers");
        let offer = self
            .browser
            .call(Method::POST, &url, Some(session), Some(&json!({ "uri": link })))
            .await?;
        let id = text(&offer, "id")?;
        let words = format!("the wallet names the issuer {}", shown(&offer, "issuer"));
        self.done("employee", "wallet", "scans the offer", &words).await?;
        Ok(id)
    }
    async fn accept(
        &mut self,
        session: &str,
        offer: &str,
        pin: &str,
        mandate: &serde_json::Value,
    ) -> Result<String, Failure> {
        let url = self.wallet(&format!("offers/{offer}/accept"));
        let body = json!({ "user_pin": pin });
        let received = self
            .browser
            .call(Method::POST, &url, Some(session), Some(&body))
            .await?;
        let held = received
            .pointer("/credentials/0")
            .ok_or_else(|| Failure::new("the wallet does not say what it received"))?;
        let id = text(held, "id")?;
        at_rest::shows_nothing_of(mandate, &self.home.database_file(Service::Wallet))?;
        let words = format!(
            "the wallet holds it, sealed by {} ({}); nothing of it is legible in its database",
            shown(held, "issuer_name"),
            shown(held, "issuer")
        );
        self.done("wallet", "issuer", "redeems code and PIN", &words)
            .await?;
        Ok(id)
    }
}
