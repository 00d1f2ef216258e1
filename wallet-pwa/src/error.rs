//! What the wallet refuses, each with its code and status. Details name what is wrong and what mends it.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use procura_credential::{CheckName, Outcome, Verdict};
use procura_keys::KekError;
use procura_protocol::vci::{MetadataError, OfferError};
use procura_service::{Problem, guarded::GuardError};
use procura_store::StoreError;

/// A refusal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WalletError {
    /// No session token, or one that is unknown, expired or revoked.
    #[error("no valid session")]
    Session,
    /// Unknown, expired and used invitations look the same.
    #[error("the invitation is not valid")]
    Invitation,
    /// The body is not what this route reads; where and what.
    #[error("request body: {0}")]
    Body(String),
    /// The body is larger than any that this route reads.
    #[error("the request body is too large")]
    TooLarge,
    /// Nothing of this account under this id.
    #[error("not found")]
    NotFound,
    /// The link of an offer, or what it leads to.
    #[error(transparent)]
    Offer(#[from] OfferError),
    /// Metadata of the issuer.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// Metadata that would send codes, PINs and tokens to somebody else.
    #[error("{0} is at another origin than the issuer; codes, PINs and tokens go to the issuer only")]
    Elsewhere(&'static str),
    /// An entry of the offer that neither the ecosystem nor the issuer describes.
    #[error("the offered credential {0:?} is described neither by the ecosystem nor by its issuer")]
    Unresolved(String),
    /// Of an offer's credentials one was not received; those before it are kept.
    #[error("{kept} of {of} offered credentials were received and are kept; {offered:?} was not")]
    Partly {
        /// How many are kept.
        kept: usize,
        /// How many were offered.
        of: usize,
        /// The name of the one that failed, in the offer.
        offered: String,
        /// Why.
        error: Box<WalletError>,
    },
    /// The issuer wants wallets to authenticate.
    #[error("the issuer does not accept wallets without a client id")]
    NotAnonymous,
    /// A PIN is needed, or what was given is none.
    #[error("this offer needs its PIN: one to eight digits")]
    Pin,
    /// The issuer refused code or PIN.
    #[error("the issuer refused the code or the PIN")]
    Grant,
    /// The issuer answered with something else.
    #[error("the issuer refused: {0}")]
    Issuer(String),
    /// The offer is over: expired, given up, or being received right now.
    #[error("{0}")]
    OfferOver(&'static str),
    /// What was received is not proven.
    #[error("the credential that was received is not proven")]
    CredentialRefused(Verdict),
    /// The link of a request.
    #[error("not a link to an authorization request: {0}")]
    RequestLink(&'static str),
    /// The seal of a request is not proven.
    #[error("the seal of the authorization request is not proven")]
    RequestSeal(Verdict),
    /// The request breaks a rule; the standard's code and the reason.
    #[error("the authorization request is refused: {reason}")]
    Request {
        /// `invalid_request`, `invalid_client`, …
        error: &'static str,
        /// Which rule.
        reason: String,
    },
    /// The relying party is known not to be an active participant.
    #[error("the relying party {did} {problem}")]
    NotParticipant {
        /// Who asked.
        did: String,
        /// What it is instead.
        problem: &'static str,
    },
    /// This request object was shown before, or its login was answered.
    #[error(
        "this authorization request was shown before, or its login was answered already; begin a new one"
    )]
    Replayed,
    /// The request is over, or not in a state for this step.
    #[error("the request is over: it expired, was refused or answered already, or could not be fetched")]
    RequestOver,
    /// Another credential was presented, and what came of it was not heard.
    #[error("another credential was presented here, and no reply was heard: present the same one again")]
    AnswerUnheard,
    /// The request is being confirmed or answered.
    #[error("this request is being confirmed or answered right now")]
    RequestBusy,
    /// The chosen credential is not what was asked for.
    #[error("this credential is not what the request asks for")]
    Mismatch,
    /// A peer cannot be reached as it must be.
    #[error(transparent)]
    Fetch(#[from] GuardError),
    /// A peer answered with a status or form that means nothing here.
    #[error("{0}")]
    Peer(String),
    /// The facts that judging takes could not be found out.
    #[error("what judging takes could not be found out in time")]
    Undecided,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Encryption at rest.
    #[error(transparent)]
    Vault(#[from] KekError),
    /// A defect of ours.
    #[error("{0}")]
    Internal(&'static str),
}

/// Whether a judgement refuses for good: not when all that it lacks is a fact that could not be found out.
pub(crate) fn is_refused(verdict: &Verdict) -> bool {
    verdict.refusals().any(|check| check.outcome == Outcome::Failed)
}

/// The checks that refuse, with code, object and mend.
fn refusal(verdict: &Verdict) -> String {
    verdict
        .checks
        .iter()
        .filter(|check| verdict.refused_by().contains(&check.name))
        .map(|check| {
            let mend = check.mend.as_deref().unwrap_or_default();
            format!(
                "{} {}: {}: {} {mend}",
                code_of(check.name),
                name_of(check.name),
                check.object,
                check.detail
            )
        })
        .collect::<Vec<_>>()
        .join("; ")
}

/// What is not proven: refused for good, or not known now, which may be tried again. The checks are named either way.
fn unproven(verdict: &Verdict, code: &'static str, refused: &'static str, unknown: &'static str) -> Problem {
    let (status, title) = if is_refused(verdict) {
        (StatusCode::UNPROCESSABLE_ENTITY, refused)
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, unknown)
    };
    Problem::new(status, code, title).with_detail(refusal(verdict))
}

fn name_of(name: CheckName) -> String {
    serde_json::to_value(name)
        .ok()
        .and_then(|v| v.as_str().map(ToOwned::to_owned))
        .unwrap_or_default()
}

fn code_of(name: CheckName) -> &'static str {
    name.code()
}

impl WalletError {
    #[expect(clippy::too_many_lines, reason = "an arm for each refusal, side by side")]
    fn problem(&self) -> Problem {
        use StatusCode as S;
        let shown = |status, code, title| Problem::new(status, code, title).with_detail(self.to_string());
        match self {
            Self::Session => Problem::new(S::UNAUTHORIZED, "PRO-3001", "No valid session"),
            Self::Invitation => Problem::new(S::FORBIDDEN, "PRO-3002", "The invitation is not valid"),
            Self::Body(_) => shown(S::BAD_REQUEST, "PRO-3003", "The request body cannot be read"),
            Self::TooLarge => Problem::new(S::PAYLOAD_TOO_LARGE, "PRO-9413", "The request body is too large"),
            Self::NotFound => Problem::not_found(),
            Self::Offer(_) => shown(
                S::UNPROCESSABLE_ENTITY,
                "PRO-3010",
                "The credential offer is refused",
            ),
            Self::Metadata(_) | Self::Elsewhere(_) => shown(
                S::UNPROCESSABLE_ENTITY,
                "PRO-3011",
                "The issuer's metadata are refused",
            ),
            Self::Unresolved(_) => shown(
                S::UNPROCESSABLE_ENTITY,
                "PRO-3012",
                "Nobody describes the offered credential",
            ),
            Self::Partly { error, .. } => {
                let problem = error.problem();
                let detail = match &problem.detail {
                    Some(reason) => format!("{self}: {reason}"),
                    None => self.to_string(),
                };
                problem.with_detail(detail)
            }
            Self::NotAnonymous => shown(
                S::UNPROCESSABLE_ENTITY,
                "PRO-3014",
                "The issuer wants wallets to authenticate",
            ),
            Self::Pin => shown(S::BAD_REQUEST, "PRO-3015", "The PIN is missing"),
            Self::Grant => shown(
                S::UNPROCESSABLE_ENTITY,
                "PRO-3016",
                "The issuer refused the code or the PIN",
            ),
            Self::Issuer(_) => shown(S::BAD_GATEWAY, "PRO-3017", "The issuer refused"),
            Self::CredentialRefused(verdict) => unproven(
                verdict,
                "PRO-3018",
                "The received credential is refused",
                "The received credential cannot be judged now",
            ),
            Self::OfferOver(_) => shown(S::CONFLICT, "PRO-3019", "The offer cannot be received now"),
            Self::RequestLink(_) => shown(
                S::UNPROCESSABLE_ENTITY,
                "PRO-3020",
                "Not a link to an authorization request",
            ),
            Self::RequestSeal(verdict) => unproven(
                verdict,
                "PRO-3021",
                "The seal of the authorization request is refused",
                "The seal of the authorization request cannot be judged now",
            ),
            Self::Request { error, reason } => Problem::new(
                S::UNPROCESSABLE_ENTITY,
                "PRO-3022",
                "The authorization request is refused",
            )
            .with_detail(format!("{error}: {reason}")),
            Self::NotParticipant { .. } => shown(
                S::UNPROCESSABLE_ENTITY,
                "PRO-3023",
                "The relying party is not a participant",
            ),
            Self::Replayed => shown(
                S::UNPROCESSABLE_ENTITY,
                "PRO-3024",
                "The authorization request was shown or answered before",
            ),
            Self::RequestOver => shown(S::CONFLICT, "PRO-3025", "The request is over"),
            Self::AnswerUnheard => shown(S::CONFLICT, "PRO-3032", "An answer waits for its reply"),
            Self::RequestBusy => shown(
                S::CONFLICT,
                "PRO-3030",
                "The request is being confirmed or answered",
            ),
            Self::Mismatch => shown(
                S::UNPROCESSABLE_ENTITY,
                "PRO-3026",
                "Another credential is asked for",
            ),
            Self::Fetch(_) => shown(S::BAD_GATEWAY, "PRO-3027", "A peer cannot be reached"),
            Self::Peer(_) => shown(
                S::BAD_GATEWAY,
                "PRO-3028",
                "A peer answered with what means nothing here",
            ),
            Self::Undecided => shown(
                S::SERVICE_UNAVAILABLE,
                "PRO-3029",
                "The judgement could not be made",
            ),
            Self::Store(StoreError::ClaimLost { .. }) => {
                Problem::new(S::CONFLICT, "PRO-3031", "Another run took this over")
                    .with_detail("this run took too long, and another one has gone on with it; look again")
            }
            Self::Store(error) => Problem::internal(error),
            Self::Vault(error) => Problem::internal(error),
            Self::Internal(reason) => Problem::internal(reason),
        }
    }
}

impl IntoResponse for WalletError {
    fn into_response(self) -> Response {
        let problem = self.problem();
        tracing::info!(code = problem.code, "refused");
        problem.into_response()
    }
}
