//! The journey, by HTTP against the running processes: mandates are issued, received, asked for and presented, let their
//! holder in, and do not any more once they are revoked.
mod answers;
mod at_rest;
mod login;
mod receipt;

use super::{browser::Browser, home::Home, processes::Processes, settings};
use crate::{
    arguments::ConfigArgument,
    failure::{About, Failure},
    operator,
    output::say,
    serve::Service,
};
use answers::{shortened, text};
use procura_credential::lear::Shape;
use procura_protocol::vp::scope;
use receipt::Received;
use reqwest::Method;
use serde_json::{Value, json};

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
        .receive(&session, Shape::LearCredential, settings::LEAR_CREDENTIAL)
        .await?;
    let employee_v2 = walk
        .receive(&session, Shape::EmployeeV2, settings::EMPLOYEE_V2)
        .await?;
    let employee_v3 = walk
        .receive(&session, Shape::EmployeeV3, settings::EMPLOYEE_V3)
        .await?;
    walk.sign_in(&session, scope::LEAR_CREDENTIAL, &lear).await?;
    walk.sign_in(&session, scope::LEAR_CREDENTIAL_EMPLOYEE, &employee_v2)
        .await?;
    walk.revoke(&employee_v2).await?;
    walk.refused_for_its_status(&session, scope::LEAR_CREDENTIAL_EMPLOYEE, &employee_v2)
        .await?;
    let token = walk
        .sign_in(&session, scope::LEAR_CREDENTIAL_EMPLOYEE, &employee_v3)
        .await?;
    say("\nThe access token that the portal verified last:\n")?;
    say(serde_json::to_string_pretty(&shortened(&token)).about("token")?)?;
    say(format!("\n{} steps, every one of them passed.", walk.steps))?;
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
        ))?;
        if self.kill {
            self.processes.kill_and_restart().await?;
            say("    (every process was killed and started again)")?;
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
    /// The operator takes a mandate back.
    async fn revoke(&mut self, received: &Received) -> Result<(), Failure> {
        let operator = self.home.read_secret(settings::OPERATOR_TOKEN)?;
        let issuance = self.management(&format!("issuances/{}", received.issuance));
        self.browser
            .call(Method::POST, &format!("{issuance}/revoke"), Some(&operator), None)
            .await?;
        self.state_is(&issuance, &operator, "revoked").await?;
        let what = format!("revokes the {}", received.configuration);
        self.done("operator", "issuer", &what, "the issuer says: revoked")
            .await
    }
    /// What the issuer says of an issuance.
    async fn state_is(&self, issuance: &str, operator: &str, expected: &str) -> Result<(), Failure> {
        let answer: Value = self
            .browser
            .call(Method::GET, issuance, Some(operator), None)
            .await?;
        if answer.get("state") == Some(&json!(expected)) {
            return Ok(());
        }
        Err(Failure::new(format!(
            "the issuer does not say that the mandate is {expected}: {answer}"
        )))
    }
    fn wallet(&self, path: &str) -> String {
        format!("{}api/v1/{path}", self.home.world.origins().wallet)
    }
    fn management(&self, path: &str) -> String {
        format!("{}api/v1/{path}", self.home.world.origins().issuer_management)
    }
}
