//! Answering an authorization request: the host is confirmed, the request is proven, the person consents, the
//! presentation is signed by the credential's own key.
//!
//! What a scanned link leads to is fetched once: a verifier may hand whoever fetches it again less than the first one. The
//! request object is sealed in the database before it is judged, and a confirmation that is repeated judges that one.
//!
//! A request is refused as a replay when this very request object (by client, state and nonce) was shown before, to
//! whomever, and when its login (by client and state) was answered by this account already. A login that is still open and
//! was not answered may be scanned again, since its verifier makes another request object for that.

pub(crate) mod answer;
pub(crate) mod confirm;
mod hold;
mod proof;

use crate::{
    accounts::later,
    error::WalletError,
    holding::Summary,
    receipt::Link,
    resources::{Account, Body, Resources},
};
use axum::{Json, extract::State, http::StatusCode};
use jiff::{SignedDuration, Timestamp};
use procura_crypto::{digest::sha256, random};
use procura_service::{Purpose, SystemRng};
use procura_store::wallet as repository;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use url::Url;
use utoipa::ToSchema;

/// Minutes in which a scanned link may be confirmed.
const NAMED_MINUTES: i64 = 10;
/// The link was scanned.
const NAMED: &str = "named";
/// Somebody fetches what it leads to; whoever dies over that has used the link up.
const FETCHING: &str = "fetching";
/// The request object is here.
const FETCHED: &str = "fetched";
/// It is proven, and shown to the person.
const CONFIRMED: &str = "confirmed";
/// The answer is written down, and perhaps sent.
const ANSWERING: &str = "answering";
const ANSWERED: &str = "answered";
const REFUSED: &str = "refused";

/// Where a scanned link leads.
#[derive(Serialize, ToSchema)]
pub(crate) struct Named {
    /// Id of the request in this wallet.
    pub id: String,
    /// The host that the person must confirm before anything is fetched.
    pub host: String,
}

/// What a proven request asks for.
#[derive(Serialize, ToSchema)]
pub(crate) struct Asked {
    /// Who asks, as proven.
    pub relying_party: RelyingParty,
    /// What is asked for.
    #[expect(clippy::struct_field_names, reason = "the name on the wire")]
    pub asked: Asking,
    /// The person's credentials that fit.
    pub credentials: Vec<Summary>,
    /// Until when it may be answered.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// A relying party whose seal was proven and that is a participant.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct RelyingParty {
    /// Its did:elsi.
    pub did: String,
    /// The legal name in its certificate.
    pub legal_name: String,
    /// The host that the presentation would go to.
    pub host: String,
}

/// What is asked for.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct Asking {
    /// The scope.
    pub scope: String,
    /// The credential types that it stands for.
    pub credential_types: BTreeSet<String>,
}

/// Consent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Present {
    /// Which credential.
    credential_id: String,
}

/// What the verifier said.
#[derive(Serialize, ToSchema)]
pub(crate) struct Outcome {
    /// Whether it accepted. It is left out where nobody can say: see `answered`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<bool>,
    /// The standard's code when it did not accept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The names of the checks that refused, where the verifier tells them: then another credential, or the same one, may
    /// be presented to this request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<String>,
    /// Set where this answer was sent before and its reply was lost, and the verifier does not say now what came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered: Option<Answered>,
    /// What the person is told of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<&'static str>,
}

/// What is known of an answer that was sent before.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Answered {
    /// The login is over: accepted by that answer, or ended by something else.
    Unknown,
}

impl Outcome {
    fn accepted() -> Self {
        Self {
            accepted: Some(true),
            error: None,
            checks: Vec::new(),
            answered: None,
            detail: None,
        }
    }

    fn refused(error: String, checks: Vec<String>) -> Self {
        Self {
            accepted: Some(false),
            error: Some(error),
            checks,
            ..Self::accepted()
        }
    }

    /// The verifier knows of no open login for an answer that it may have accepted before.
    fn unknown() -> Self {
        Self {
            accepted: None,
            answered: Some(Answered::Unknown),
            detail: Some(
                "it is not known what came of an answer that you gave before; look at the page where you sign in",
            ),
            ..Self::accepted()
        }
    }

    /// Whether the verifier judged a presentation and refused it: the login stays open then.
    fn is_judged_refusal(&self) -> bool {
        self.accepted == Some(false) && !self.checks.is_empty()
    }
}

/// A proven request; sealed at rest.
#[derive(Serialize, Deserialize)]
struct Proven {
    relying_party: RelyingParty,
    asked: Asking,
    redirect_uri: Url,
    state: String,
    nonce: String,
    /// Until when it may be answered.
    expires_at: Timestamp,
    /// Whether an answer may have reached the verifier without its reply being heard.
    #[serde(default)]
    unheard: bool,
}

impl Proven {
    /// What this request object is known by.
    fn object(&self) -> [u8; 32] {
        digest(&["object", &self.relying_party.did, &self.state, &self.nonce])
    }

    /// What its login is known by, in this account.
    fn login(&self, account: &str) -> [u8; 32] {
        digest(&["login", account, &self.relying_party.did, &self.state])
    }
}

fn digest(parts: &[&str]) -> [u8; 32] {
    sha256(serde_json::json!(parts).to_string().as_bytes())
}

/// An answer that was made and perhaps sent; sealed at rest. Sent again it is the same one, so that a verifier sees one
/// presentation for one nonce; another one only after it has refused the first.
#[derive(Serialize, Deserialize, zeroize::ZeroizeOnDrop)]
struct Answer {
    /// What is answered.
    #[zeroize(skip)]
    proven: Proven,
    credential_id: String,
    form: String,
}

fn request_context(account: &str, id: &str) -> String {
    format!("wallet/request/{account}/{id}")
}

/// `POST /api/v1/requests`: reads a scanned link and names its host; nothing is fetched yet.
#[utoipa::path(post, path = "/api/v1/requests", request_body = Link, tag = "request", security(("session" = [])),
    responses((status = 201, body = Named), (status = 422, description = "PRO-3020: not a link to a request")))]
pub(crate) async fn name(
    account: Account,
    State(resources): State<Resources>,
    Body(link): Body<Link>,
) -> Result<(StatusCode, Json<Named>), WalletError> {
    let Resources {
        time,
        store,
        vault,
        world,
        ..
    } = resources;
    let url = request_link(&link.uri)?;
    world.client.check(Purpose::Protocol, &url)?;
    let id = random::token(&mut SystemRng, 16);
    let sealed = vault.seal(&request_context(&account.id, &id), &url)?;
    let expires_at = later(time.now(), SignedDuration::from_mins(NAMED_MINUTES));
    store
        .write(
            (id.clone(), account.id, sealed, expires_at),
            |tx, (id, account, sealed, expires_at)| {
                Box::pin(repository::add_request(
                    tx,
                    id,
                    account,
                    NAMED,
                    sealed,
                    *expires_at,
                ))
            },
        )
        .await?;
    Ok((StatusCode::CREATED, Json(Named { id, host: host(&url) })))
}

/// `https://…/authorization-requests?state=…`; the document also writes `/authentication-requests`.
fn request_link(text: &str) -> Result<Url, WalletError> {
    let refused = |reason| Err(WalletError::RequestLink(reason));
    if text.len() > 2048 {
        return refused("it is too long");
    }
    let Ok(url) = Url::parse(text) else {
        return refused("it is not a URL");
    };
    let path = url.path();
    if !path.ends_with("/authorization-requests") && !path.ends_with("/authentication-requests") {
        return refused("its path is neither /authorization-requests nor /authentication-requests");
    }
    let mut parameters = url.query_pairs();
    match (parameters.next(), parameters.next()) {
        (Some((name, state)), None) if name == "state" && !state.is_empty() => {}
        _ => return refused("it must have exactly one parameter, state"),
    }
    Ok(url)
}

fn host(url: &Url) -> String {
    let name = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"))
}

fn fits(summary: &Summary, asked: &Asking) -> bool {
    summary
        .types
        .iter()
        .any(|kind| asked.credential_types.contains(kind))
}
